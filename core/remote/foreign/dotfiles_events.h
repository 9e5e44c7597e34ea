#pragma once

#include "core/remote/foreign/foreign_jobs.h"

#include <QSet>

namespace stepwire {

/// What one event socket of dotfiles-socket says, as jobs: one run after the other, each from its first message to the
/// one that ends it. The server repeats what it said while nobody listened to everyone who connects: each message
/// counts once, also after a restart of this hub. Lives on the hub's thread.
class DotfilesEvents
{
public:
    /// `name` is the socket's.
    DotfilesEvents(ForeignJobs &jobs, QString name);

    /// From here on the server may repeat itself.
    void opened();
    /// False: it is no message of the protocol.
    bool take(const QJsonObject &message);
    /// Nobody listens there any more: what had not ended never will.
    void gone();

    /// The socket that a job's key speaks of.
    [[nodiscard]] static QString socketOf(const QString &key) { return key.left(key.lastIndexOf(u'@')); }

    static constexpr int mostRepeated = 100; ///< as many as the server keeps
    static constexpr qint64 repeatMs = 10'000; ///< after connecting, within which it repeats them
    static constexpr qint64 echoMs = 5000; ///< an end that follows another within that is the same end, told twice

private:
    [[nodiscard]] bool isStale(UnixMs time, const QJsonObject &message);
    [[nodiscard]] QString job() const;
    QString begin(UnixMs time, const QJsonObject &data);
    void showProgress(const QString &job, const QJsonObject &data);
    void end(UnixMs time, State state, const QJsonObject &data);

    ForeignJobs &m_jobs;
    QString m_name;
    UnixMs m_newest = 0; ///< by the server's clock, of all that was taken
    QSet<QByteArray> m_ofNewest; ///< what was said at that time
    UnixMs m_opened = 0;
    int m_repeated = 0;
    UnixMs m_ended = 0; ///< by the server's clock
    bool m_recalled = false;
};

} // namespace stepwire
