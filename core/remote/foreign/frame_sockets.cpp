#include "core/remote/foreign/frame_sockets.h"

#include "core/model/quote.h"

#include <QDir>
#include <QElapsedTimer>
#include <QJsonObject>
#include <QLocalSocket>
#include <QTcpSocket>
#include <QtEndian>

#include <sys/stat.h>

#include <algorithm>

namespace stepwire {

namespace {

/// Which socket a path names; two made one after the other differ, also where numbers of files are used again.
struct Identity
{
    dev_t device = 0;
    ino_t file = 0;
    qint64 seconds = 0;
    qint64 nanoseconds = 0;
    bool operator==(const Identity &) const = default;
};

std::optional<Identity> identityOf(const QString &path)
{
    struct stat found = {};
    if (::stat(QFile::encodeName(path).constData(), &found) != 0 || !S_ISSOCK(found.st_mode))
        return {};
    return Identity{found.st_dev, found.st_ino, found.st_ctim.tv_sec, found.st_ctim.tv_nsec};
}

QString absolute(const QString &path)
{
    if (path == u"~" || path.startsWith(u"~/"))
        return QDir::homePath() + path.sliced(1);
    return path;
}

} // namespace

Result<FrameSockets::Place> FrameSockets::placeOf(const QJsonObject &settings, const QString &suffix,
                                                  const QString &standard)
{
    const QString socket = QStringLiteral("socket");
    const QString tcp = QStringLiteral("tcp");
    for (const QString &name : {socket, tcp}) {
        if (settings.contains(name) && !settings[name].isString())
            return fail(code::invalidParams,
                        QStringLiteral("setting %1 is %2, expected a text").arg(name, quoted(settings[name])));
    }
    if (settings.contains(socket) && settings.contains(tcp))
        return fail(code::invalidParams,
                    QStringLiteral("settings socket and tcp are both given, expected one of them"));
    Place place;
    place.suffix = suffix;
    if (settings.contains(tcp)) {
        const QString text = settings[tcp].toString();
        const qsizetype colon = text.lastIndexOf(u':');
        bool isNumber = false;
        place.port = colon > 0 ? text.sliced(colon + 1).toUShort(&isNumber) : quint16(0);
        place.host = text.left(std::max<qsizetype>(colon, 0));
        if (place.host.startsWith(u'[') && place.host.endsWith(u']'))
            place.host = place.host.sliced(1, place.host.size() - 2);
        if (!isNumber || place.port == 0 || place.host.isEmpty())
            return fail(code::invalidParams, QStringLiteral("setting tcp is %1, expected HOST:PORT").arg(quoted(text)));
        return place;
    }
    if (!settings.contains(socket) && standard.isEmpty())
        return fail(code::invalidParams,
                    QStringLiteral("neither setting socket nor tcp is given, expected one of them"));
    const QString given = settings[socket].toString(standard);
    const QString path = QDir::cleanPath(absolute(given));
    if (!path.startsWith(u'/'))
        return fail(
            code::invalidParams,
            QStringLiteral("setting socket is %1, expected the whole path of a socket or folder").arg(quoted(given)));
    (path.endsWith(u".sock") ? place.socket : place.folder) = path;
    return place;
}

/// One socket. Tells the owner's observer what comes.
class FrameSockets::Channel : public QObject
{
public:
    static constexpr qint64 mostUnread = 1024 * 1024;

    Channel(FrameSockets &owner, QString name, QString path)
        : m_owner(owner), m_name(std::move(name)), m_path(std::move(path))
    {
        m_retry.setSingleShot(true);
        m_patience.setSingleShot(true);
        m_settle.setSingleShot(true);
        connect(&m_settle, &QTimer::timeout, this, [this] { settle(); });
        connect(&m_retry, &QTimer::timeout, this, [this] { open(); });
        connect(&m_patience, &QTimer::timeout, this, [this] {
            cut(m_isOpen ? QStringLiteral("a message that began did not go on") : QStringLiteral("nobody answers"));
        });
    }
    ~Channel() override { drop(); }

    /// It is open, and was not just opened to be closed again.
    [[nodiscard]] bool isSteady() const { return m_isSteady; }
    [[nodiscard]] const QString &reason() const { return m_reason; }

    void open()
    {
        if (m_device)
            return;
        m_isOpen = false;
        m_heard = false;
        m_nonsense = 0;
        m_buffer.clear();
        m_patience.start(FrameSockets::frameMs);
        if (m_path.isEmpty()) {
            auto socket = std::make_unique<QTcpSocket>();
            QTcpSocket *tcp = socket.get();
            m_device = std::move(socket);
            tcp->setReadBufferSize(mostUnread);
            connect(tcp, &QTcpSocket::connected, this, [this] { opened(); });
            connect(tcp, &QTcpSocket::readyRead, this, [this] { read(); });
            connect(
                tcp, &QTcpSocket::errorOccurred, this,
                [this, tcp] {
                    if (m_device.get() == tcp)
                        ended(tcp->error() == QTcpSocket::RemoteHostClosedError ? closedWords() : tcp->errorString());
                },
                Qt::QueuedConnection);
            tcp->connectToHost(m_owner.m_place.host, m_owner.m_place.port, QIODevice::ReadOnly);
            return;
        }
        m_identity = identityOf(m_path);
        if (!m_identity)
            return cut(QStringLiteral("there is no socket %1").arg(quoted(m_path)), true);
        auto socket = std::make_unique<QLocalSocket>();
        QLocalSocket *local = socket.get();
        m_device = std::move(socket);
        local->setReadBufferSize(mostUnread);
        connect(local, &QLocalSocket::connected, this, [this] { opened(); });
        connect(local, &QLocalSocket::readyRead, this, [this] { read(); });
        connect(
            local, &QLocalSocket::errorOccurred, this,
            [this, local](QLocalSocket::LocalSocketError error) {
                if (m_device.get() != local)
                    return;
                if (m_isOpen)
                    return ended(error == QLocalSocket::PeerClosedError ? closedWords() : local->errorString());
                const bool nobody =
                    error == QLocalSocket::ConnectionRefusedError || error == QLocalSocket::ServerNotFoundError;
                cut(nobody ? QStringLiteral("nobody listens at %1").arg(quoted(m_path)) : local->errorString(), nobody);
            },
            Qt::QueuedConnection);
        local->connectToServer(m_path, QIODevice::ReadOnly);
    }

    /// Somebody looked at the folder: is it still the socket that it was?
    void look()
    {
        if (m_path.isEmpty())
            return;
        const auto now = identityOf(m_path);
        if (m_device && now && now != m_identity) {
            read();
            // A server that stops need not close what it had: waiting for the end there would be for ever.
            drop();
            m_backoff.reset();
            tellGone();
            open();
        } else if (!m_device && now && now != m_identity) {
            hurry();
        }
    }

    void hurry()
    {
        m_backoff.reset();
        if (!m_device)
            open();
    }

    /// Nothing is there any more.
    [[nodiscard]] bool isOver() const { return !m_device && !m_path.isEmpty() && !identityOf(m_path); }

    void tellGone()
    {
        if (!std::exchange(m_toldGone, true))
            m_owner.m_observer.gone(m_name);
    }

private:
    void opened()
    {
        m_isOpen = true;
        m_since.start();
        m_toldGone = false;
        m_patience.stop();
        constexpr int settleMs = 300;
        m_settle.start(settleMs);
        m_owner.m_observer.opened(m_name);
        read();
    }

    void settle()
    {
        m_isSteady = true;
        m_reason.clear();
        m_owner.stand();
    }

    void read()
    {
        if (!m_device)
            return;
        while (m_device->bytesAvailable() > 0) {
            m_buffer += m_device->read(mostUnread);
            if (!takeFrames())
                return;
        }
        if (m_buffer.isEmpty())
            m_patience.stop();
        else if (!m_patience.isActive())
            m_patience.start(FrameSockets::frameMs);
    }

    /// False when the stream is at its end.
    bool takeFrames()
    {
        constexpr qsizetype head = 4;
        qsizetype at = 0;
        while (m_buffer.size() - at >= head) {
            const qsizetype length = qFromBigEndian<quint32>(m_buffer.constData() + at);
            if (length == 0) {
                cut(QStringLiteral("it said its end"));
                return false;
            }
            if (length > FrameSockets::mostFrameBytes) {
                cut(QStringLiteral("what it says is no message: one of %1 bytes is announced").arg(length));
                return false;
            }
            if (m_buffer.size() - at - head < length)
                break;
            const QByteArray payload = m_buffer.mid(at + head, length);
            at += head + length;
            m_patience.stop();
            if (m_owner.m_observer.frame(m_name, payload)) {
                m_nonsense = 0;
                if (!std::exchange(m_heard, true)) {
                    m_backoff.reset();
                    m_settle.stop();
                    settle();
                }
            } else if (++m_nonsense == FrameSockets::mostNonsense) {
                cut(QStringLiteral("what it says are no messages"));
                return false;
            }
        }
        m_buffer.remove(0, at);
        return true;
    }

    void drop()
    {
        m_patience.stop();
        m_retry.stop();
        if (!m_device)
            return;
        m_device->disconnect(this);
        m_device.release()->deleteLater();
        m_settle.stop();
        m_buffer.clear();
        m_isOpen = false;
        m_isSteady = false;
    }

    [[nodiscard]] QString closedWords() const
    {
        return m_heard
            ? QStringLiteral("it closed the connection")
            : QStringLiteral("it closed the connection without a word: it may have all the clients it takes");
    }

    /// The connection is over, but not yet what came by it.
    void ended(const QString &reason)
    {
        read();
        if (m_device)
            cut(reason);
    }

    /// `nobody`: certainly nobody is there.
    void cut(const QString &reason, bool nobody = false)
    {
        constexpr qint64 steadyMs = 5000;
        if (m_isOpen && m_since.hasExpired(steadyMs))
            m_backoff.reset();
        drop();
        m_reason = reason;
        m_retry.start(m_backoff.nextMs());
        if (nobody)
            tellGone();
        m_owner.stand();
    }

    FrameSockets &m_owner;
    QString m_name;
    QString m_path;
    std::unique_ptr<QIODevice> m_device;
    std::optional<Identity> m_identity;
    QByteArray m_buffer;
    bool m_isOpen = false;
    bool m_isSteady = false;
    bool m_heard = false;
    bool m_toldGone = false;
    int m_nonsense = 0;
    QString m_reason;
    QElapsedTimer m_since; ///< it is open
    Backoff m_backoff;
    QTimer m_retry;
    QTimer m_patience;
    QTimer m_settle;
};

FrameSockets::FrameSockets(Place place, Observer &observer) : m_place(std::move(place)), m_observer(observer)
{
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, [this] { look(); });
    connect(&m_rescan, &QTimer::timeout, this, [this] { look(); });
}

FrameSockets::~FrameSockets() = default;

void FrameSockets::start()
{
    if (!m_place.host.isEmpty()) {
        const QString name = QStringLiteral("%1:%2").arg(m_place.host).arg(m_place.port);
        const auto made = m_channels.emplace(name, std::make_unique<Channel>(*this, name, QString()));
        return made.first->second->open();
    }
    if (!isFolder()) {
        const QFileInfo file(m_place.socket);
        QString name = file.fileName();
        name.chop(name.endsWith(m_place.suffix) ? m_place.suffix.size() : 0);
        m_channels.emplace(name, std::make_unique<Channel>(*this, name, m_place.socket)).first->second->open();
    }
    m_rescan.start(rescanMs);
    look();
}

void FrameSockets::hurry()
{
    for (const auto &[name, channel] : m_channels)
        channel->hurry();
    if (m_place.host.isEmpty())
        look();
}

bool FrameSockets::anyOpen() const
{
    return std::any_of(m_channels.begin(), m_channels.end(),
                       [](const auto &entry) { return entry.second->isSteady(); });
}

void FrameSockets::watch(QString folder)
{
    while (!QFileInfo(folder).isDir() && folder != u"/")
        folder = QFileInfo(folder).path();
    if (m_watcher.directories() == QStringList{folder})
        return;
    if (!m_watcher.directories().isEmpty())
        m_watcher.removePaths(m_watcher.directories());
    m_watcher.addPath(folder);
}

void FrameSockets::look()
{
    watch(isFolder() ? m_place.folder : QFileInfo(m_place.socket).path());
    if (!isFolder()) {
        for (const auto &[name, channel] : m_channels)
            channel->look();
        return;
    }
    QDir folder(m_place.folder);
    const QStringList files =
        folder.entryList({u'*' + m_place.suffix}, QDir::Files | QDir::System | QDir::Hidden, QDir::Name);
    for (const QString &file : files) {
        const QString name = file.chopped(m_place.suffix.size());
        const QString path = folder.filePath(file);
        if (m_channels.contains(name) || m_channels.size() >= mostSockets || !identityOf(path))
            continue;
        m_channels.emplace(name, std::make_unique<Channel>(*this, name, path)).first->second->open();
    }
    for (auto it = m_channels.begin(); it != m_channels.end();) {
        it->second->look();
        if (!it->second->isOver()) {
            ++it;
            continue;
        }
        it->second->tellGone();
        it = m_channels.erase(it);
    }
    stand();
}

void FrameSockets::stand()
{
    if (isFolder()) {
        if (QFileInfo(m_place.folder).isDir())
            return m_observer.reachable();
        return m_observer.unreachable(QStringLiteral("there is no folder %1 yet").arg(quoted(m_place.folder)));
    }
    if (anyOpen())
        return m_observer.reachable();
    if (!m_channels.empty())
        m_observer.unreachable(m_channels.begin()->second->reason());
}

} // namespace stepwire
