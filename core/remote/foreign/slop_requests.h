#pragma once

#include "core/model/job.h"
#include "core/model/result.h"

#include <QJsonArray>
#include <QJsonObject>

namespace stepwire {

// What Slop Studios 3 can be asked to do, and what it answers. Pure.

/// One kind of its work. Keys of jobs are its name, `:` and the server's id, which is also the server's name of its
/// room.
enum class SlopWork { Claude, Strudel, Workflow, Critique, Discussion };

[[nodiscard]] QString slopWorkName(SlopWork work);
/// What an event or a key begins with; nothing for others.
[[nodiscard]] std::optional<SlopWork> slopWorkOfKey(const QString &key);
[[nodiscard]] QString slopKey(SlopWork work, const QString &id);
[[nodiscard]] QString slopIdOfKey(const QString &key);

/// A piece of work to be started.
struct SlopCall
{
    SlopWork work = SlopWork::Claude;
    QString event;
    QJsonObject payload;
    QString id; ///< ours, for the kinds whose id the client chooses; else empty
    QString title;
    QStringList capabilities;
    std::vector<Step> steps; ///< of a workflow; empty for the others
    QJsonObject params; ///< as shown, long ones cut
    std::optional<int> rounds; ///< how many iterations or rounds there are at most
};

/// `params` are texts or JSON. `id` is used where the client may choose. Fails with one sentence that names the
/// parameter that is wrong.
[[nodiscard]] Result<SlopCall> slopCall(const QString &pipeline, const QJsonObject &params, const QString &id);

/// As `pipeline.list` and `pipeline.get` describe pipelines.
[[nodiscard]] QJsonArray slopPipelines();

/// The server's step ids are any text; ours are not. The same for the same.
[[nodiscard]] QString slopStepId(const QString &id);

/// Why the server refuses: `answer` is an acknowledgement without success, or the payload of one of its error events.
[[nodiscard]] Error slopRefusal(const QJsonObject &answer);

} // namespace stepwire
