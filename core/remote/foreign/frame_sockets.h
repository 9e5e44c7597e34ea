#pragma once

#include "core/model/result.h"
#include "core/remote/backoff.h"

#include <QFileSystemWatcher>
#include <QIODevice>
#include <QObject>
#include <QTimer>

#include <functional>
#include <map>
#include <memory>

namespace stepwire {

/// Listens to sockets whose messages are a 32-bit big-endian length and that many bytes: one Unix socket, one of TCP,
/// or all in a folder as they come and go. It connects again after a cut, and to whoever took a socket's place. Lives
/// on the thread that made it.
class FrameSockets : public QObject
{
public:
    struct Place
    {
        QString socket; ///< its path; or
        QString folder; ///< all in there that end in
        QString suffix;
        QString host; ///< or this one
        quint16 port = 0;
    };

    /// Who hears of it. A socket is named as its file without the suffix, or as host:port.
    class Observer
    {
    public:
        virtual ~Observer() = default;
        /// There is something to listen to, or something that will be told when it comes.
        virtual void reachable() = 0;
        virtual void unreachable(const QString &reason) = 0;
        virtual void opened(const QString &name) = 0;
        /// False: these bytes are no message.
        virtual bool frame(const QString &name, QByteArrayView payload) = 0;
        /// Who listened there listens no more: its process has ended, or has made the socket anew.
        virtual void gone(const QString &name) = 0;
    };

    static constexpr qsizetype mostFrameBytes = 4 * 1024 * 1024;
    static constexpr int mostNonsense = 8; ///< frames in a row, until the stream counts as out of step
    static constexpr std::size_t mostSockets = 64;
    static constexpr int frameMs = 30'000; ///< within which a frame that began must be whole
    static constexpr int rescanMs = 5000;

    /// `socket`, `tcp` or `folder` of the settings, whichever is given; `standard` is the folder when none is.
    [[nodiscard]] static Result<Place> placeOf(const QJsonObject &settings, const QString &suffix,
                                               const QString &standard = {});

    FrameSockets(Place place, Observer &observer);
    ~FrameSockets() override;

    void start();
    /// What waits for its next attempt need not.
    void hurry();
    [[nodiscard]] bool anyOpen() const;
    /// There is such a socket, or was when it was last looked for.
    [[nodiscard]] bool knows(const QString &name) const { return m_channels.contains(name); }

private:
    class Channel;

    [[nodiscard]] bool isFolder() const { return !m_place.folder.isEmpty(); }
    void look();
    void watch(QString folder);
    void stand();

    Place m_place;
    Observer &m_observer;
    std::map<QString, std::unique_ptr<Channel>> m_channels;
    QFileSystemWatcher m_watcher;
    QTimer m_rescan;
};

} // namespace stepwire
