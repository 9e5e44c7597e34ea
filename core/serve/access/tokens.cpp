#include "core/serve/access/tokens.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace stepwire {

using namespace Qt::StringLiterals;

static constexpr qsizetype tokenBytes = 32;
static constexpr qsizetype shortestToken = 32; // characters, of one that somebody put there
static constexpr qsizetype longestFile = qsizetype(16) * 1024;

bool equalInConstantTime(QByteArrayView left, QByteArrayView right)
{
    const auto digest = [](QByteArrayView bytes) {
        QCryptographicHash hash(QCryptographicHash::Sha256);
        hash.addData(bytes);
        return hash.result();
    };
    const QByteArray a = digest(left);
    const QByteArray b = digest(right);
    return CRYPTO_memcmp(a.constData(), b.constData(), static_cast<std::size_t>(a.size())) == 0;
}

static QString systemProblem(int problem)
{
    return QString::fromLocal8Bit(::strerror(problem));
}

namespace {

class Descriptor
{
public:
    explicit Descriptor(int fd) : m_fd(fd) { }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    [[nodiscard]] int get() const { return m_fd; }

private:
    int m_fd;
};

} // namespace

Result<QByteArray> readSecretFile(const QString &path)
{
    const Descriptor file(::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (file.get() < 0)
        return fail(code::internalError, u"%1 cannot be read: %2"_s.arg(path, systemProblem(errno)));
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return fail(code::internalError, u"%1 is no file, expected one that holds a secret"_s.arg(path));
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
        return fail(code::notAllowed, u"%1 belongs to another user, expected a file of one's own"_s.arg(path));
    constexpr mode_t ofOthers = S_IRWXG | S_IRWXO;
    if ((status.st_mode & ofOthers) != 0)
        return fail(code::notAllowed,
                    u"%1 has the mode %2 and is open to others, expected 600"_s.arg(path).arg(
                        QString::number(status.st_mode & 07777U, 8)));
    QByteArray bytes;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(code::internalError, u"%1 cannot be read: %2"_s.arg(path, systemProblem(errno)));
        if (count == 0)
            break;
        bytes.append(buffer.data(), count);
        if (bytes.size() > longestFile)
            return fail(code::internalError, u"%1 has more than %2 bytes"_s.arg(path).arg(longestFile));
    }
    while (!bytes.isEmpty() && (bytes.back() == '\n' || bytes.back() == '\r' || bytes.back() == ' '))
        bytes.chop(1);
    if (bytes.isEmpty())
        return fail(code::internalError, u"%1 is empty, expected a secret"_s.arg(path));
    return bytes;
}

/// Writes a new token aside and puts it in its place, unless somebody else was faster.
static Result<void> makeToken(const QString &path)
{
    std::array<unsigned char, tokenBytes> random{};
    std::array<unsigned char, 8> suffix{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())
        || ::getrandom(suffix.data(), suffix.size(), 0) != static_cast<ssize_t>(suffix.size()))
        return fail(code::internalError, u"%1 cannot be made: no random numbers are to be had"_s.arg(path));
    const QByteArray token = QByteArray(reinterpret_cast<const char *>(random.data()), tokenBytes)
                                 .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals)
        + '\n';
    OPENSSL_cleanse(random.data(), random.size());
    const QByteArray place = QFile::encodeName(path);
    const QByteArray aside =
        place + '.' + QByteArray::fromRawData(reinterpret_cast<const char *>(suffix.data()), 8).toHex();
    int problem = 0;
    {
        const Descriptor file(::open(aside.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (file.get() < 0)
            return fail(code::internalError, u"%1 cannot be made: %2"_s.arg(path, systemProblem(errno)));
        if (::write(file.get(), token.constData(), static_cast<std::size_t>(token.size())) != token.size()
            || ::fsync(file.get()) != 0)
            problem = errno != 0 ? errno : ENOSPC;
    }
    // A link fails where there is one already; what cannot link is renamed.
    if (problem == 0 && ::link(aside.constData(), place.constData()) != 0) {
        problem = errno == EEXIST ? 0 : errno;
        if ((problem == EPERM || problem == EOPNOTSUPP || problem == ENOSYS)
            && ::rename(aside.constData(), place.constData()) == 0)
            return {};
    }
    ::unlink(aside.constData());
    if (problem != 0)
        return fail(code::internalError, u"%1 cannot be made: %2"_s.arg(path, systemProblem(problem)));
    return {};
}

static Result<QByteArray> loadToken(const QString &path)
{
    struct stat status = {};
    if (::lstat(QFile::encodeName(path).constData(), &status) != 0 && errno == ENOENT) {
        if (const auto made = makeToken(path); !made)
            return tl::unexpected(made.error());
    }
    auto token = readSecretFile(path);
    if (!token)
        return token;
    const bool wellFormed =
        token->size() >= shortestToken && std::all_of(token->begin(), token->end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        });
    if (!wellFormed)
        return fail(code::internalError,
                    u"%1 holds no token, expected %2 or more of A-Z a-z 0-9 _ -"_s.arg(path).arg(shortestToken));
    return token;
}

Result<Tokens> loadTokens(const QString &directory)
{
    if (!QFileInfo(directory).isDir()) {
        const QByteArray name = QFile::encodeName(directory);
        if (!QDir().mkpath(QFileInfo(directory).path()) || (::mkdir(name.constData(), 0700) != 0 && errno != EEXIST))
            return fail(code::internalError, u"%1 cannot be made: %2"_s.arg(directory, systemProblem(errno)));
    }
    const auto control = loadToken(directory + u"/token"_s);
    if (!control)
        return tl::unexpected(control.error());
    const auto read = loadToken(directory + u"/token.read"_s);
    if (!read)
        return tl::unexpected(read.error());
    if (equalInConstantTime(*control, *read))
        return fail(code::notAllowed,
                    u"%1/token and token.read hold the same token, expected two different ones"_s.arg(directory));
    return Tokens{*control, *read};
}

} // namespace stepwire
