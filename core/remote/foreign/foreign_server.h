#pragma once

#include "core/hub/source.h"
#include "core/remote/backoff.h"
#include "core/remote/foreign/foreign_jobs.h"

#include <QJsonObject>

#include <memory>

namespace stepwire {

/// What reads one kind of foreign server: speaks its wire format, says in `ForeignJobs` what it learned, and does there
/// what is asked of it. It connects by itself again after a cut, with a `Backoff`. One file a kind; `foreignKinds`
/// lists them. Lives on the hub's thread.
class ForeignServer : public QObject
{
public:
    struct Setup
    {
        QJsonObject settings; ///< as `source add` was given them
        QJsonObject secrets;
        ForeignJobs &jobs;
    };

    /// Connects; what becomes of that is told by `ForeignJobs::connected` and `lost`.
    virtual void start() = 0;
    /// The network is another than before: what waits for its next attempt need not.
    virtual void hurry() { }
    /// Cancel, pause, resume, retry of a live job, and `job.run` and `pipeline.*` that name the source as their host.
    /// Answered once, when the effect is real or is known not to be had.
    virtual void handle(const Request &request, Reply reply);
    /// The source is removed: what is not answered yet gets this for an answer. Nothing comes after.
    virtual void abandon(const QString & /*reason*/) { }
};

/// A setting of a kind, for `source add` and its help.
struct ForeignSetting
{
    const char *name;
    const char *help;
    bool required = false;
    bool secret = false;
};

/// A kind of foreign server.
struct ForeignKind
{
    const char *name; ///< as in `source add NAME KIND`
    const char *title;
    std::vector<ForeignSetting> settings;
    /// Fails with one sentence that names the setting that is wrong; connects to nothing yet.
    Result<std::unique_ptr<ForeignServer>> (*make)(const ForeignServer::Setup &setup);
};

[[nodiscard]] const std::vector<ForeignKind> &foreignKinds();

} // namespace stepwire
