#pragma once

#include "core/model/event.h"

#include <QByteArrayView>
#include <QStringList>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace stepwire {

/// Understands how one known tool tells how far it is. Belongs to one start of one step; lives on the engine's thread.
class ToolAdapter
{
public:
    /// What became of a piece of output: `shown` is what people see of it (lines that were only meant for us are taken
    /// out), `progress` the newest figure in it, if any.
    struct Read
    {
        QByteArray shown;
        std::optional<Progress> progress;
    };

    virtual ~ToolAdapter() = default;

    /// Bytes as they came, cut anywhere.
    [[nodiscard]] virtual Read read(Stream stream, QByteArrayView bytes) = 0;
    /// What was held back of this stream, at its end.
    [[nodiscard]] virtual Read finish(Stream stream) = 0;

    /// How often `poll` wants to be called, in ms; 0: never.
    [[nodiscard]] virtual qint64 pollIntervalMs() const { return 0; }
    /// Looks at the running process (of the step's first process `pid`); never blocks.
    [[nodiscard]] virtual std::optional<Progress> poll(qint64 pid);
};

/// A command that was made to tell its progress: its arguments with what was added to them, what its environment needs
/// besides, and who reads it. `adapter` is null for a tool that is not known.
struct AdaptedCommand
{
    QStringList argv;
    std::vector<std::pair<QString, QString>> env;
    std::unique_ptr<ToolAdapter> adapter;
};

/// Recognises the tool by the file name of argv[0] (and of what stands after `env`, `nice`, `ionice`, `sudo`… where that
/// can be told for sure). `terminal`: its stdout and stderr are one pseudo-terminal rather than two pipes. Arguments are
/// only added where they cannot change what the tool does or what it leaves on stdout for others.
[[nodiscard]] AdaptedCommand adaptCommand(const QStringList &argv, bool terminal);

/// Reads percentages out of any output by a pattern whose first group (or whose whole match) is a number from 0 to 100;
/// `fault` says what is wrong with a pattern.
[[nodiscard]] std::unique_ptr<ToolAdapter> percentAdapter(const QString &pattern);
[[nodiscard]] std::optional<QString> percentPatternFault(const QString &pattern);
/// A number followed by a per cent sign that stands alone.
inline constexpr char16_t defaultPercentPattern[] = u"(?:^|[^\\d.])(\\d+(?:\\.\\d+)?)\\s?%(?:[^\\d]|$)";

} // namespace stepwire
