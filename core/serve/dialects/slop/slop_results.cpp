#include "core/serve/dialects/slop/slop_results.h"

#include "core/hub/hub.h"
#include "core/serve/socketio/random_id.h"

#include <QFile>
#include <QFileInfo>
#include <QUrl>

namespace stepwire::slop {

using namespace Qt::StringLiterals;

static constexpr std::size_t mostResults = 1000;
static constexpr std::size_t mostFiles = 2000;
static constexpr qint64 mostServed = 64LL * 1024 * 1024;
static constexpr qint64 mostInline = 4LL * 1024 * 1024;
static constexpr int deepest = 64; // jobs within jobs

/// What a player or a page can make something of; else bytes.
static QByteArray typeOf(const QString &ending)
{
    static const std::pair<const char *, const char *> types[] = {
        {"wav", "audio/wav"},         {"mp3", "audio/mpeg"},     {"ogg", "audio/ogg"},
        {"opus", "audio/ogg"},        {"flac", "audio/flac"},    {"m4a", "audio/mp4"},
        {"png", "image/png"},         {"jpg", "image/jpeg"},     {"jpeg", "image/jpeg"},
        {"gif", "image/gif"},         {"webp", "image/webp"},    {"avif", "image/avif"},
        {"mp4", "video/mp4"},         {"webm", "video/webm"},    {"txt", "text/plain; charset=utf-8"},
        {"json", "application/json"}, {"pdf", "application/pdf"}};
    for (const auto &[known, type] : types) {
        if (ending == QLatin1String(known))
            return type;
    }
    return "application/octet-stream";
}

Root rootOf(const Hub &hub, const Event &event)
{
    Root root{event.job, event.step};
    for (int depth = 0; depth < deepest; ++depth) {
        const Job *job = hub.state().find(root.job);
        if (!job || job->parent.isEmpty())
            break;
        root = {job->parent, job->parentStep};
    }
    return root;
}

Results::Results(Hub &hub, http::Server &http) : m_hub(hub)
{
    http.route("/files/", [this](const http::ExchangePtr &exchange) { serve(exchange); });
}

void Results::follow(const Event &event)
{
    const auto *custom = std::get_if<Custom>(&event.data);
    if (!custom || custom->name != u"result" || !custom->value.isObject())
        return;
    QJsonObject result = custom->value.toObject();
    for (const auto &[file, url] : {std::pair(u"file"_s, u"url"_s), std::pair(u"thumbnail"_s, u"thumbnailUrl"_s)}) {
        if (const QString path = result.value(file).toString(); path.startsWith(u'/'))
            result.insert(url, addressOf(path));
    }
    const QString job = rootOf(m_hub, event).job;
    if (m_results.insert_or_assign(job, result).second)
        m_jobs.push_back(job);
    if (m_jobs.size() > mostResults) {
        m_results.erase(m_jobs.front());
        m_jobs.pop_front();
    }
}

QJsonObject Results::of(const QString &job) const
{
    const auto it = m_results.find(job);
    return it == m_results.end() ? QJsonObject() : it->second;
}

QByteArray Results::bytesOf(const QString &job) const
{
    const QFileInfo info(of(job)[u"file"].toString());
    QFile file(info.filePath());
    if (!info.isFile() || info.size() > mostInline || !file.open(QIODevice::ReadOnly))
        return {};
    return file.read(mostInline);
}

QString Results::addressOf(const QString &file)
{
    const QByteArray key = randomId();
    m_files.emplace(key, file);
    m_keys.push_back(key);
    if (m_keys.size() > mostFiles) {
        m_files.erase(m_keys.front());
        m_keys.pop_front();
    }
    return m_base + u"/files/"_s + QString::fromLatin1(key) + u'/'
        + QString::fromLatin1(QUrl::toPercentEncoding(QFileInfo(file).fileName()));
}

void Results::serve(const http::ExchangePtr &exchange) const
{
    if (exchange->request().method != "GET" && exchange->request().method != "HEAD")
        return exchange->refuse(405, "only GET and HEAD are answered here");
    const auto it = m_files.find(exchange->request().path.split('/').value(2));
    if (it == m_files.end())
        return exchange->refuse(404, "there is no such file");
    const QFileInfo info(it->second);
    QFile file(it->second);
    if (!info.isFile() || !file.open(QIODevice::ReadOnly)) // a pipe would block
        return exchange->refuse(404, "the file has gone");
    if (info.size() > mostServed)
        return exchange->refuse(413, "the file is too large to be handed out");
    // What a job made must not act as a page of this address.
    exchange->respond(200,
                      {{"Content-Type", typeOf(info.suffix().toLower())},
                       {"X-Content-Type-Options", "nosniff"},
                       {"Content-Security-Policy", "sandbox; default-src 'none'"},
                       {"Cross-Origin-Resource-Policy", "cross-origin"},
                       {"Cache-Control", "private, no-store"}},
                      file.read(mostServed));
}

} // namespace stepwire::slop
