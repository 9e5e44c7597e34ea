#include "app/host/paths.h"

#include "app/version.h"
#include "core/model/ids.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSysInfo>

#include <cerrno>
#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

namespace stepwire {

static QString variable(const char *name)
{
    return qEnvironmentVariable(name);
}

/// An XDG base directory; relative values are to be ignored, says the specification.
static QString baseFolder(const char *name, const QString &otherwise)
{
    const QString value = variable(name);
    return value.startsWith(u'/') ? value : otherwise;
}

static bool isOurFolder(const QString &path)
{
    struct stat status
    {
    };
    return ::lstat(QFile::encodeName(path).constData(), &status) == 0 && S_ISDIR(status.st_mode)
        && status.st_uid == ::getuid();
}

static QString runtimeFolder()
{
    const QString given = baseFolder("XDG_RUNTIME_DIR", {});
    if (!given.isEmpty())
        return QDir::cleanPath(given) + QStringLiteral("/stepwire");
    const QString usual = QStringLiteral("/run/user/%1").arg(::getuid());
    if (isOurFolder(usual))
        return usual + QStringLiteral("/stepwire");
    return QStringLiteral("/tmp/stepwire-%1").arg(::getuid());
}

Paths findPaths()
{
    Paths paths;
    paths.home = variable("HOME").startsWith(u'/') ? variable("HOME") : QDir::homePath();
    paths.runtime = runtimeFolder();
    paths.config = baseFolder("XDG_CONFIG_HOME", paths.home + QStringLiteral("/.config")) + QStringLiteral("/stepwire");
    paths.state =
        baseFolder("XDG_STATE_HOME", paths.home + QStringLiteral("/.local/state")) + QStringLiteral("/stepwire");
    const QFileInfo running(QFile::symLinkTarget(QStringLiteral("/proc/self/exe")));
    paths.program = running.path();
    if (running.fileName() == u"sw-hub" && !QFileInfo::exists(paths.program + QStringLiteral("/stepwire")))
        paths.program = QDir::cleanPath(paths.program + u'/' + QString::fromUtf8(build::binFromLibexec));

    paths.pipelineFolders.append(paths.config + QStringLiteral("/pipelines"));
    const QString data = baseFolder("XDG_DATA_HOME", paths.home + QStringLiteral("/.local/share"));
    paths.pipelineFolders.append(data + QStringLiteral("/stepwire/pipelines"));
    const QString dataFolders =
        variable("XDG_DATA_DIRS").isEmpty() ? QStringLiteral("/usr/local/share:/usr/share") : variable("XDG_DATA_DIRS");
    for (const QString &folder : dataFolders.split(u':', Qt::SkipEmptyParts)) {
        if (folder.startsWith(u'/'))
            paths.pipelineFolders.append(QDir::cleanPath(folder) + QStringLiteral("/stepwire/pipelines"));
    }
    // Those shipped: in the build folder, else in our own prefix.
    const QString built = QString::fromUtf8(build::pipelinesBeside);
    paths.pipelineFolders.append(
        QFileInfo::exists(paths.program + u'/' + built)
            ? QDir::cleanPath(paths.program + u'/' + built)
            : QDir::cleanPath(paths.program + u'/' + QString::fromUtf8(build::pipelinesFromPrefix)));
    paths.pipelineFolders.removeDuplicates();
    return paths;
}

Result<void> ensureRuntimeFolder(const Paths &paths)
{
    const QByteArray name = QFile::encodeName(paths.runtime);
    QDir().mkpath(QFileInfo(paths.runtime).path());
    if (::mkdir(name.constData(), 0700) != 0 && errno != EEXIST) {
        return fail(code::internalError,
                    QStringLiteral("folder %1 cannot be made: %2")
                        .arg(paths.runtime, QString::fromLocal8Bit(::strerror(errno))));
    }
    struct stat status
    {
    };
    if (::lstat(name.constData(), &status) != 0 || !S_ISDIR(status.st_mode))
        return fail(code::internalError, QStringLiteral("%1 is not a folder").arg(paths.runtime));
    if (status.st_uid != ::getuid())
        return fail(code::notAllowed,
                    QStringLiteral("folder %1 belongs to user %2, not to us (%3)")
                        .arg(paths.runtime)
                        .arg(status.st_uid)
                        .arg(::getuid()));
    if ((status.st_mode & 077) != 0 && ::chmod(name.constData(), 0700) != 0)
        return fail(code::notAllowed, QStringLiteral("folder %1 is open to other users").arg(paths.runtime));
    return {};
}

QString findHelper(const Paths &paths, const QString &name)
{
    for (const QString &path : {paths.program + u'/' + name,
                                paths.program + u'/' + QString::fromUtf8(build::libexecFromPrefix) + u'/' + name}) {
        if (QFileInfo(path).isExecutable())
            return QDir::cleanPath(path);
    }
    return {};
}

std::map<QString, QString> currentEnvironment()
{
    std::map<QString, QString> result;
    for (char **entry = environ; *entry; ++entry) {
        const QString text = QString::fromLocal8Bit(*entry);
        const qsizetype equals = text.indexOf(u'=');
        if (equals > 0)
            result.emplace(text.first(equals), text.sliced(equals + 1));
    }
    return result;
}

QString hostName()
{
    QString name = QSysInfo::machineHostName().section(u'.', 0, 0);
    for (QChar &c : name) {
        if (!isValidId(QStringView(&c, 1)))
            c = u'-';
    }
    name.truncate(64);
    return name.isEmpty() ? QStringLiteral("localhost") : name;
}

} // namespace stepwire
