#include "core/serve/unix_listener.h"

#include "core/model/quote.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace stepwire {

static tl::unexpected<Error> failed(const QString &path, const QString &what, int error)
{
    return fail(code::internalError,
                QStringLiteral("%1 %2: %3").arg(path, what, QString::fromLocal8Bit(::strerror(error))));
}

Result<int> listenUnix(const QString &path)
{
    const QByteArray name = QFile::encodeName(path);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.size() >= static_cast<qsizetype>(sizeof address.sun_path)) {
        return fail(code::internalError,
                    QStringLiteral("%1 is a path of %2 bytes where a socket's has at most %3")
                        .arg(path)
                        .arg(name.size())
                        .arg(sizeof address.sun_path - 1));
    }
    std::memcpy(address.sun_path, name.constData(), static_cast<std::size_t>(name.size()));

    const QString folder = QFileInfo(path).path();
    if (!QFileInfo::exists(folder)) {
        QDir().mkpath(QFileInfo(folder).path());
        if (::mkdir(QFile::encodeName(folder).constData(), 0700) != 0 && errno != EEXIST)
            return failed(folder, QStringLiteral("cannot be made"), errno);
    }
    struct stat status
    {
    };
    if (::lstat(name.constData(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode))
            return fail(code::internalError, QStringLiteral("%1 is in the way: it is not a socket").arg(path));
        ::unlink(name.constData());
    }
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return failed(path, QStringLiteral("cannot be made a socket"), errno);
    // On Linux the mode of the unbound socket becomes that of the file, so that there is no moment in between.
    if (::fchmod(descriptor, 0600) != 0
        || ::bind(descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0
        || ::listen(descriptor, SOMAXCONN) != 0) {
        const int error = errno;
        ::close(descriptor);
        return failed(path, QStringLiteral("cannot be listened on"), error);
    }
    return descriptor;
}

bool peerIsUs(int descriptor)
{
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return false;
    return peer.uid == ::getuid() || peer.uid == 0;
}

} // namespace stepwire
