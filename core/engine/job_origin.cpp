#include "core/engine/job_origin.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace stepwire {

static constexpr int originVersion = 1;

static QString originPath(const QString &directory)
{
    return directory + QStringLiteral("/private");
}

static QJsonObject toJson(const RunJob &run)
{
    QJsonObject object{{QStringLiteral("pipeline"), run.pipeline},
                       {QStringLiteral("command"), QJsonArray::fromStringList(run.command)},
                       {QStringLiteral("params"), run.params},
                       {QStringLiteral("cwd"), run.cwd},
                       {QStringLiteral("job"), run.jobId},
                       {QStringLiteral("title"), run.title},
                       {QStringLiteral("group"), run.group},
                       {QStringLiteral("columns"), run.columns},
                       {QStringLiteral("rows"), run.rows}};
    if (run.env) {
        QJsonObject env;
        for (const auto &[name, value] : *run.env)
            env.insert(name, value);
        object.insert(QStringLiteral("env"), env);
    }
    if (run.parallel)
        object.insert(QStringLiteral("jobs"), *run.parallel);
    if (run.terminal)
        object.insert(QStringLiteral("terminal"), *run.terminal);
    if (run.unlessRunning)
        object.insert(QStringLiteral("unless_running"), *run.unlessRunning);
    return object;
}

static RunJob toRun(const QJsonObject &object)
{
    RunJob run;
    run.pipeline = object[u"pipeline"].toString();
    for (const QJsonArray command = object[u"command"].toArray(); const QJsonValue &argument : command)
        run.command.append(argument.toString());
    run.params = object[u"params"].toObject();
    run.cwd = object[u"cwd"].toString();
    run.jobId = object[u"job"].toString();
    run.title = object[u"title"].toString();
    run.group = object[u"group"].toString();
    run.columns = object[u"columns"].toInt();
    run.rows = object[u"rows"].toInt();
    if (object[u"env"].isObject()) {
        run.env.emplace();
        const QJsonObject env = object[u"env"].toObject();
        for (auto it = env.begin(); it != env.end(); ++it)
            run.env->emplace_back(it.key(), it.value().toString());
    }
    if (object[u"jobs"].isDouble())
        run.parallel = object[u"jobs"].toInt();
    if (object[u"terminal"].isBool())
        run.terminal = object[u"terminal"].toBool();
    if (object[u"unless_running"].isString())
        run.unlessRunning = object[u"unless_running"].toString();
    return run;
}

Result<void> writeOrigin(const JobOrigin &origin, const QString &directory)
{
    QJsonObject pipelines;
    for (const auto &[name, text] : origin.pipelines)
        pipelines.insert(
            name,
            QJsonObject{{QStringLiteral("file"), text.file}, {QStringLiteral("toml"), QString::fromUtf8(text.toml)}});
    QJsonObject children;
    for (const auto &[path, id] : origin.children)
        children.insert(path, id);
    const QByteArray bytes = QJsonDocument(QJsonObject{{QStringLiteral("version"), originVersion},
                                                       {QStringLiteral("request"), toJson(origin.request)},
                                                       {QStringLiteral("pipelines"), pipelines},
                                                       {QStringLiteral("children"), children}})
                                 .toJson(QJsonDocument::Compact);
    // Written aside and renamed: half of it would be of no use, and the umask must not decide who reads it.
    const QByteArray path = QFile::encodeName(originPath(directory));
    const QByteArray aside = path + ".new";
    const auto failed = [&] {
        return fail(code::internalError,
                    QStringLiteral("%1 cannot be written: %2")
                        .arg(originPath(directory), QString::fromLocal8Bit(::strerror(errno))));
    };
    const int fd = ::open(aside.constData(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed();
    qsizetype at = 0;
    while (at < bytes.size()) {
        const ssize_t wrote = ::write(fd, bytes.constData() + at, static_cast<std::size_t>(bytes.size() - at));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            break;
        at += wrote;
    }
    const bool written = at == bytes.size();
    const int problem = errno;
    ::close(fd);
    if (written && ::rename(aside.constData(), path.constData()) == 0)
        return {};
    if (!written)
        errno = problem;
    const auto error = failed();
    ::unlink(aside.constData());
    return error;
}

Result<JobOrigin> readOrigin(const QString &directory)
{
    QFile file(originPath(directory));
    if (!file.open(QIODevice::ReadOnly))
        return fail(code::wrongState,
                    QStringLiteral("what it was made from is not kept any more (%1: %2)")
                        .arg(file.fileName(), file.errorString()));
    const QJsonObject object = QJsonDocument::fromJson(file.readAll()).object();
    if (object[u"version"].toInt() != originVersion)
        return fail(code::wrongState,
                    QStringLiteral("what it was made from cannot be read (%1 is of version %2, expected %3)")
                        .arg(file.fileName())
                        .arg(object[u"version"].toInt())
                        .arg(originVersion));
    JobOrigin origin;
    origin.request = toRun(object[u"request"].toObject());
    const QJsonObject pipelines = object[u"pipelines"].toObject();
    for (auto it = pipelines.begin(); it != pipelines.end(); ++it) {
        const QJsonObject text = it.value().toObject();
        origin.pipelines[it.key()] = {text[u"toml"].toString().toUtf8(), text[u"file"].toString()};
    }
    const QJsonObject children = object[u"children"].toObject();
    for (auto it = children.begin(); it != children.end(); ++it)
        origin.children[it.key()] = it.value().toString();
    return origin;
}

} // namespace stepwire
