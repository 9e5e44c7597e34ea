#pragma once

#include <cstdint>

/// What the engine and `sw-guard` say to each other.
///
/// They share one AF_UNIX stream socket pair. The engine writes requests, the guard writes replies; both are
/// structs of a fixed size in native byte order, since both ends are on one machine and of one build. The
/// engine must always read replies, and must keep its end of the pair out of every other process: the guard
/// takes the end of file on the socket for the death of the engine, and ends every step that still runs.
///
/// What answers a Start:
///
///     StartFailed                      nothing runs, and nothing follows
///     Started  Exited(gone = 1)        nothing of the step is left
///     Started  Exited(gone = 0)  Gone  something outlived the step's first process, and then ended
///
/// A Terminate or Kill that meets a step the guard does not know (any more) is answered with a Gone, so a
/// Gone can come after Exited(gone = 1). From the moment the guard has a Terminate for a step that runs, the
/// step's end is always Exited(gone = 0) and then Gone.
namespace stepwire {

/// The kind of a GuardRequest. A kind that the guard does not know is skipped, together with its payload.
enum class GuardRequestKind : std::uint32_t {
    Start = 1,
    /// Ask everything of the step to end (SIGTERM), and after graceMs make it (SIGKILL). 0 makes it at once.
    /// A second one can shorten the time that is left but not lengthen it.
    Terminate = 2,
    /// Terminate with a grace of 0.
    Kill = 3,
    /// SIGSTOP for the step's process group. Ignored once the step is being ended.
    Suspend = 4,
    /// SIGCONT for the step's process group.
    Resume = 5,
};

/// The kind of a GuardReply.
enum class GuardReplyKind : std::uint32_t {
    Started = 1,
    StartFailed = 2,
    Exited = 3,
    Gone = 4,
};

/// Where a Start failed; GuardReply::error tells why.
enum class GuardStage : std::uint32_t {
    None = 0,
    /// The request was malformed: EMSGSIZE payload too large, EINVAL strings and counts do not match, EBADF
    /// wrong number of descriptors, EEXIST the step's number is in use.
    BadRequest = 1,
    Fork = 2,
    /// Process group or session, controlling terminal, descriptors, limits.
    Setup = 3,
    Chdir = 4,
    Exec = 5,
};

/// GuardRequest::flags: the step gets a terminal. Without it, it gets two pipes.
inline constexpr std::uint32_t guardFlagTerminal = 1;

/// The largest GuardRequest::payloadBytes. A larger payload is read and thrown away.
inline constexpr std::uint32_t guardMaxPayloadBytes = 8 * 1024 * 1024;

/// The grace that every running step has when the engine is gone.
inline constexpr std::uint32_t guardOrphanGraceMs = 1000;

/// The header of a request; payloadBytes of payload follow.
///
/// Only a Start has a payload: strings that each end with a NUL: cookie, cwd, argc times argument, envc times
/// NAME=value. The cookie is the whole environment entry by which the step's processes are known again after
/// they left its process group, so it has to be among the envc entries too. cwd is absolute. The command,
/// argument 0, is looked up as execvp() does, in the PATH of these very entries.
///
/// Only a Start has descriptors, passed by SCM_RIGHTS with the first byte of the header: the write ends for
/// stdout and stderr, or with guardFlagTerminal the terminal's slave. The guard closes its copies at once.
struct GuardRequest
{
    GuardRequestKind kind;
    std::uint32_t payloadBytes;
    /// The engine's number for this start of a step; unique for as long as the guard runs.
    std::uint64_t step;
    /// Start: how long the background processes of a step live on after its first process. Terminate: how
    /// long the step has.
    std::uint32_t graceMs;
    std::uint32_t flags;
    std::uint32_t argc;
    std::uint32_t envc;
    /// The soft RLIMIT_NOFILE, at most the hard one; 0 for the one that the guard was started with.
    std::uint32_t maxFiles;
    std::uint32_t reserved[3];
};
static_assert(sizeof(GuardRequest) == 48);

/// A reply. Fields that do not belong to the kind are 0.
struct GuardReply
{
    GuardReplyKind kind;
    /// Started, Exited: the step's first process, whose number is also that of its process group.
    std::int32_t pid;
    std::uint64_t step;
    /// StartFailed
    GuardStage stage;
    /// StartFailed: an errno. Gone: EPERM if something of the step lives on because the guard may not signal
    /// it (it took another user's identity), otherwise 0.
    std::int32_t error;
    /// Exited: as wait() has it.
    std::int32_t waitStatus;
    /// Exited: 1 if nothing of the step's process group is left, so that no Gone follows.
    std::uint32_t gone;
    /// Exited: what the first process and all it waited for have used.
    std::uint64_t userUs;
    std::uint64_t sysUs;
    std::uint64_t maxRssKiB;
};
static_assert(sizeof(GuardReply) == 56);

} // namespace stepwire
