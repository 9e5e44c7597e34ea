#pragma once

#include "core/view/hub_view.h"

#include <QObject>

#include <functional>

namespace stepwire {

/// A person's wishes about jobs, as requests to the hub. What comes of them is seen in the hub's events; here only
/// what was refused, and what can be taken back, is told. Lives on the main thread.
class JobActions : public QObject
{
    Q_OBJECT

public:
    enum class Action { Cancel, PauseNow, PauseAfterStep, Resume, Retry, Hold, Release, MoveUp, MoveDown };

    explicit JobActions(HubView &view) : m_view(view) { }

    /// What can be asked of the job as it stands.
    [[nodiscard]] static bool can(Action action, const Job &job);

    void cancel(const QString &job, const QString &step = {});
    void pause(const QString &job, bool afterStep);
    void resume(const QString &job);
    /// `from` empty: what did not succeed.
    void retry(const QString &job, const QString &from = {});
    void hold(const QString &job);
    void release(const QString &job);
    /// All of them, with one word about them and one undo.
    void hold(const QStringList &jobs);
    void move(const QString &job, int position);
    void perform(Action action, const QString &job);

    /// The job with its steps and errors as plain text, for a bug report.
    [[nodiscard]] static QString report(const Job &job);

Q_SIGNALS:
    /// The hub refused; `sentence` says why.
    void refused(const QString &sentence);
    /// Something was done that `undo` takes back.
    void done(const QString &sentence, const std::function<void()> &undo);

private:
    void ask(const QString &method, const QString &job, QJsonObject params = {}, const QString &said = {},
             std::function<void()> undo = {});

    HubView &m_view;
};

} // namespace stepwire
