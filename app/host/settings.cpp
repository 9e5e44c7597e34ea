#include "app/host/settings.h"

#include "core/model/ids.h"
#include "core/model/quantity.h"
#include "core/model/quote.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QFileInfo>
#include <QHostAddress>
#include <QUrl>

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>

namespace stepwire {

namespace {

class SettingsReader
{
public:
    SettingsReader(const QString &path, Settings &settings) : m_path(path), m_settings(settings) { }

    void read(const toml::table &top)
    {
        if (const toml::node *groups = top.get("groups"))
            readGroups(*groups);
        if (const toml::node *retention = top.get("retention"))
            readRetention(*retention);
        if (const toml::node *web = top.get("web"))
            readWeb(*web);
        if (const toml::node *notifications = top.get("notifications"))
            readNotifications(*notifications);
        if (const toml::node *window = top.get("window"))
            readWindow(*window);
        if (const toml::node *hosts = top.get("hosts"))
            readNamed(*hosts, "hosts", &SettingsReader::readHost);
        if (const toml::node *sources = top.get("sources"))
            readNamed(*sources, "sources", &SettingsReader::readSource);
        if (const toml::node *dialects = top.get("dialects"))
            readNamed(*dialects, "dialects", &SettingsReader::readDialect);
    }

    void fault(const toml::source_position &at, const QString &sentence)
    {
        m_settings.faults.append(QStringLiteral("%1:%2:%3: %4").arg(m_path).arg(at.line).arg(at.column).arg(sentence));
    }

private:
    static QString toText(std::string_view text)
    {
        return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
    }

    void readGroups(const toml::node &node)
    {
        const toml::table *table = node.as_table();
        if (!table)
            return fault(node.source().begin, QStringLiteral("groups is no table, expected [groups]"));
        for (auto &&[key, value] : *table) {
            const QString name = toText(key.str());
            const auto limit = value.value<int64_t>();
            if (!isValidId(name))
                fault(key.source().begin,
                      QStringLiteral("group %1, expected 1 to 64 of A-Z a-z 0-9 _ -").arg(quoted(name)));
            else if (!value.is_integer() || *limit < 1 || *limit > 10'000)
                fault(value.source().begin,
                      QStringLiteral("the limit of group %1 is wrong, expected jobs at once from 1 to 10000")
                          .arg(quoted(name)));
            else
                m_settings.groupLimits[name] = static_cast<int>(*limit);
        }
    }

    /// Tables below one table, each with a name that a person chose; one whose last key was taken away counts as gone.
    void readNamed(const toml::node &node, const char *key,
                   void (SettingsReader::*readOne)(const QString &, const toml::table &))
    {
        const QString section = QString::fromUtf8(key);
        const toml::table *table = node.as_table();
        if (!table)
            return fault(node.source().begin, QStringLiteral("%1 is no table, expected [%1.NAME]").arg(section));
        for (auto &&[name, value] : *table) {
            const toml::table *named = value.as_table();
            if (!isValidId(toText(name.str())))
                fault(name.source().begin,
                      QStringLiteral("%1.%2, expected 1 to 64 of A-Z a-z 0-9 _ -").arg(section, toText(name.str())));
            else if (!named)
                fault(value.source().begin, QStringLiteral("%1.%2 is no table").arg(section, toText(name.str())));
            else if (!named->empty())
                (this->*readOne)(toText(name.str()), *named);
        }
    }

    QString text(const toml::table &table, const char *key)
    {
        const toml::node *node = table.get(key);
        if (!node)
            return {};
        if (const auto value = node->value<std::string_view>())
            return toText(*value);
        wrong(*node, key, "a text");
        return {};
    }

    void readHost(const QString &name, const toml::table &table)
    {
        HostSettings host{name, text(table, "target"), text(table, "command"), {}, text(table, "pin")};
        if (host.target.isEmpty())
            return fault(
                table.source().begin,
                QStringLiteral("host %1 has no target, expected user@host or wss://host:port").arg(quoted(name)));
        m_settings.hosts.push_back(std::move(host));
    }

    void readSource(const QString &name, const toml::table &table)
    {
        SourceSettings source{name, text(table, "kind"), {}, {}};
        if (source.kind.isEmpty())
            return fault(table.source().begin, QStringLiteral("source %1 has no kind").arg(quoted(name)));
        for (auto &&[key, value] : table) {
            const QString setting = toText(key.str());
            if (setting == u"kind")
                continue;
            if (const auto truth = value.value<bool>(); truth && value.is_boolean())
                source.settings.insert(setting, *truth);
            else if (const auto number = value.value<double>(); number && value.is_number())
                source.settings.insert(setting, *number);
            else if (const auto words = value.value<std::string_view>())
                source.settings.insert(setting, toText(*words));
            else if (const toml::array *array = value.as_array())
                source.settings.insert(setting, textsOf(*array));
            else
                fault(
                    value.source().begin,
                    QStringLiteral("%1 of source %2 is wrong, expected a text, a number, a truth value or an array of "
                                   "texts")
                        .arg(setting, quoted(name)));
        }
        m_settings.sources.push_back(std::move(source));
    }

    void readDialect(const QString &name, const toml::table &table)
    {
        DialectSettings dialect;
        dialect.name = name;
        bool enabled = true;
        readTruth(table, "enabled", enabled);
        if (const toml::node *listen = table.get("listen")) {
            const auto words = listen->value<std::string_view>();
            const auto where = words ? listenAddress(toText(*words)) : std::nullopt;
            if (!where)
                return wrong(*listen, "listen", "an address of loopback and a port such as \"127.0.0.1:3030\"");
            dialect.address = where->first;
            dialect.port = where->second;
        }
        dialect.members = toJson(table).toObject();
        dialect.members.remove(QStringLiteral("enabled"));
        dialect.members.remove(QStringLiteral("listen"));
        if (enabled)
            m_settings.dialects.push_back(std::move(dialect));
    }

    /// Dates and times are told as null: no setting is one.
    static QJsonValue toJson(const toml::node &node)
    {
        if (const toml::table *table = node.as_table()) {
            QJsonObject object;
            for (auto &&[key, value] : *table)
                object.insert(toText(key.str()), toJson(value));
            return object;
        }
        if (const toml::array *array = node.as_array()) {
            QJsonArray values;
            for (const toml::node &value : *array)
                values.append(toJson(value));
            return values;
        }
        if (const auto truth = node.value<bool>(); truth && node.is_boolean())
            return *truth;
        if (const auto number = node.value<double>(); number && node.is_number())
            return *number;
        if (const auto text = node.value<std::string_view>())
            return toText(*text);
        return {};
    }

    static QJsonArray textsOf(const toml::array &array)
    {
        QJsonArray texts;
        for (const toml::node &element : array) {
            if (const auto value = element.value<std::string_view>())
                texts.append(toText(*value));
        }
        return texts;
    }

    /// A number, or a text with a unit; "never" and 0 for no limit. Nothing for what is wrong.
    static std::optional<std::optional<qint64>> amount(const toml::node &node,
                                                       std::initializer_list<std::pair<const char *, double>> units)
    {
        if (const auto number = node.value<double>(); number && (node.is_integer() || node.is_floating_point())) {
            if (!(*number >= 0 && *number < 9e15))
                return {};
            return *number == 0 ? std::optional<qint64>() : std::llround(*number * units.begin()->second);
        }
        const auto text = node.value<std::string_view>();
        if (!text)
            return {};
        const QString given = toText(*text).trimmed();
        if (given == u"never" || given == u"none")
            return std::optional<qint64>();
        const auto value = quantityFromText(given, units);
        if (!value)
            return {};
        return *value == 0 ? std::optional<qint64>() : value;
    }

    void readRetention(const toml::node &node)
    {
        const toml::table *table = node.as_table();
        if (!table)
            return fault(node.source().begin, QStringLiteral("retention is no table, expected [retention]"));
        if (const toml::node *age = table->get("max_age")) {
            if (const auto ms = amount(*age, {{"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}, {"w", 604800e3}}))
                m_settings.retention.olderThanMs = *ms;
            else
                fault(age->source().begin,
                      QStringLiteral("max_age is wrong, expected a time such as \"90d\", or \"never\""));
        }
        if (const toml::node *size = table->get("max_size")) {
            constexpr double kib = 1024;
            if (const auto bytes = amount(*size, {{"", 1}, {"k", kib}, {"m", kib * kib}, {"g", kib * kib * kib}}))
                m_settings.retention.mostBytes = *bytes;
            else
                fault(size->source().begin,
                      QStringLiteral("max_size is wrong, expected bytes or a text such as \"5G\", or \"never\""));
        }
        if (const toml::node *keep = table->get("keep")) {
            const auto count = keep->value<int64_t>();
            if (!keep->is_integer() || *count < 0)
                fault(keep->source().begin,
                      QStringLiteral("keep is wrong, expected how many of the newest jobs are kept"));
            else
                m_settings.retention.keep = *count > 0 ? std::optional<qint64>(*count) : std::nullopt;
        }
    }

    void wrong(const toml::node &node, const char *key, const char *expected)
    {
        fault(node.source().begin,
              QStringLiteral("%1 is wrong, expected %2").arg(QString::fromUtf8(key), QString::fromUtf8(expected)));
    }

    void readTruth(const toml::table &table, const char *key, bool &value)
    {
        const toml::node *node = table.get(key);
        if (node && node->is_boolean())
            value = node->ref<bool>();
        else if (node)
            wrong(*node, key, "true or false");
    }

    void readText(const toml::table &table, const char *key, QString &value)
    {
        const toml::node *node = table.get(key);
        const auto text = node ? node->value<std::string_view>() : std::nullopt;
        if (text && !text->empty())
            value = toText(*text);
        else if (node)
            wrong(*node, key, "a text");
    }

    /// Relative to the folder of the settings; `~/` is the home folder.
    void readFile(const toml::table &table, const char *key, QString &value)
    {
        QString name;
        readText(table, key, name);
        if (name.isEmpty())
            return;
        if (name.startsWith(u"~/"))
            name = QDir::homePath() + name.sliced(1);
        value = QDir::cleanPath(QFileInfo(m_path).absoluteDir().absoluteFilePath(name));
    }

    void readTexts(const toml::table &table, const char *key, QStringList &values, bool (*fits)(const QString &),
                   const char *expected)
    {
        const toml::node *node = table.get(key);
        if (!node)
            return;
        if (!node->is_array())
            return wrong(*node, key, "an array of texts");
        for (const toml::node &element : *node->as_array()) {
            const auto text = element.value<std::string_view>();
            if (text && fits(toText(*text)))
                values.append(toText(*text));
            else
                fault(element.source().begin,
                      QStringLiteral("%1 has %2, expected %3")
                          .arg(QString::fromUtf8(key), text ? quoted(toText(*text)) : QStringLiteral("no text"),
                               QString::fromUtf8(expected)));
        }
    }

    /// `name`, `name:port`, `1.2.3.4`, `[::1]:port`: as it stands in a Host header.
    static bool isHost(const QString &text)
    {
        const QUrl url(QStringLiteral("http://") + text, QUrl::StrictMode);
        return !text.isEmpty() && url.isValid() && !url.host().isEmpty() && !text.contains(u'/') && !text.contains(u'@')
            && !text.contains(u'?') && !text.contains(u'#') && !text.contains(u'*') && !text.endsWith(u':');
    }

    /// `scheme://host`, perhaps with a port and nothing behind it: as it stands in an Origin header.
    static bool isOrigin(const QString &text)
    {
        const qsizetype at = text.indexOf(u"://");
        const QString scheme = text.left(std::max<qsizetype>(at, 0));
        return (scheme == u"http" || scheme == u"https") && isHost(text.sliced(at + 3));
    }

    void readListen(const toml::node &node)
    {
        WebSettings &web = m_settings.web;
        constexpr char expected[] = "an address and a port such as \"127.0.0.1:7837\", or false";
        if (node.is_boolean() && !node.ref<bool>()) {
            web.listens = false;
            return;
        }
        const auto text = node.value<std::string_view>();
        const auto where = text ? listenAddress(toText(*text)) : std::nullopt;
        if (!where || where->second == 0)
            return wrong(node, "listen", expected);
        web.address = where->first;
        web.port = where->second;
        web.listenGiven = true;
    }

    void readJwt(const toml::node &node)
    {
        const toml::table *table = node.as_table();
        if (!table)
            return wrong(node, "jwt", "a table with algorithm and a key");
        WebSettings::Jwt jwt;
        readText(*table, "algorithm", jwt.algorithm);
        readFile(*table, "secret_file", jwt.secretFile);
        readFile(*table, "public_key_file", jwt.publicKeyFile);
        readText(*table, "audience", jwt.audience);
        readText(*table, "issuer", jwt.issuer);
        const bool bySecret = jwt.algorithm == u"HS256";
        if (!bySecret && jwt.algorithm != u"RS256")
            return wrong(node, "jwt", "algorithm = \"HS256\" or \"RS256\" in it");
        if (bySecret ? jwt.secretFile.isEmpty() || !jwt.publicKeyFile.isEmpty()
                     : jwt.publicKeyFile.isEmpty() || !jwt.secretFile.isEmpty())
            return wrong(node, "jwt", bySecret ? "secret_file for HS256" : "public_key_file for RS256");
        m_settings.web.jwt = jwt;
    }

    void readWeb(const toml::node &node)
    {
        const toml::table *table = node.as_table();
        if (!table)
            return fault(node.source().begin, QStringLiteral("web is no table, expected [web]"));
        WebSettings &web = m_settings.web;
        if (const toml::node *listen = table->get("listen"))
            readListen(*listen);
        readTexts(*table, "hosts", web.hosts, isHost, "a name such as \"nas.local\" or \"nas.local:7837\"");
        readTexts(*table, "origins", web.origins, isOrigin, "an origin such as \"https://panel.example\"");
        readFile(*table, "certificate", web.certificate);
        readFile(*table, "key", web.key);
        if (web.certificate.isEmpty() != web.key.isEmpty()) {
            // Rather not at all than in the clear.
            fault(node.source().begin,
                  QStringLiteral("web has one of certificate and key, expected both or none: it does not listen"));
            web.listens = false;
        }
        readTruth(*table, "commands", web.commands);
        readTruth(*table, "query_token", web.queryToken);
        if (const toml::node *pipelines = table->get("pipelines")) {
            const auto which = pipelines->value<std::string_view>();
            if (which == "all" || which == "remote")
                web.allPipelines = which == "all";
            else
                wrong(*pipelines, "pipelines", "\"remote\" or \"all\"");
        }
        if (const toml::node *rate = table->get("requests_per_second")) {
            const auto number = rate->value<double>();
            constexpr double most = 100'000;
            if (number && !rate->is_boolean() && *number > 0 && *number <= most)
                web.requestsPerSecond = *number;
            else
                wrong(*rate, "requests_per_second", "a number above 0 and up to 100000");
        }
        if (const toml::node *clients = table->get("clients")) {
            const auto count = clients->value<int64_t>();
            if (clients->is_integer() && *count >= 1 && *count <= 100'000)
                web.clients = static_cast<int>(*count);
            else
                wrong(*clients, "clients", "connections at once from 1 to 100000");
        }
        if (const toml::node *jwt = table->get("jwt"))
            readJwt(*jwt);
    }

    void readNotifications(const toml::node &node)
    {
        const toml::table *table = node.as_table();
        if (!table)
            return fault(node.source().begin, QStringLiteral("notifications is no table, expected [notifications]"));
        NotificationSettings &notifications = m_settings.notifications;
        readTruth(*table, "enabled", notifications.enabled);
        readTruth(*table, "progress", notifications.progress);
        readTruth(*table, "only_unfocused", notifications.onlyUnfocused);
        readTruth(*table, "inhibit_suspend", notifications.inhibitSuspend);
        readTruth(*table, "file_jobs", notifications.fileJobs);
        if (const toml::node *threshold = table->get("threshold")) {
            // A number is seconds; the way to have none is `enabled`.
            std::optional<qint64> ms;
            if (const auto text = threshold->value<std::string_view>())
                ms = quantityFromText(toText(*text), {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}});
            else if (const auto seconds = amount(*threshold, {{"s", 1e3}}))
                ms = seconds->value_or(0);
            if (ms)
                notifications.thresholdMs = *ms;
            else
                wrong(*threshold, "threshold", "seconds or a time such as \"10s\"");
        }
        const toml::node *pipelines = table->get("pipelines");
        if (pipelines && !pipelines->is_table())
            return wrong(*pipelines, "pipelines", "a table of pipelines with true or false");
        if (!pipelines)
            return;
        for (auto &&[key, value] : *pipelines->as_table()) {
            const QString name = toText(key.str());
            if (value.is_boolean())
                notifications.pipelines[name] = value.ref<bool>();
            else
                fault(value.source().begin,
                      QStringLiteral("pipeline %1 is wrong, expected true or false").arg(quoted(name)));
        }
    }

    void readWindow(const toml::node &node)
    {
        const toml::table *table = node.as_table();
        if (!table)
            return fault(node.source().begin, QStringLiteral("window is no table, expected [window]"));
        WindowSettings &window = m_settings.window;
        readTruth(*table, "separate_hub", window.separateHub);
        readTruth(*table, "keep_in_tray", window.keepInTray);
        readTruth(*table, "autostart", window.autostart);
        readTruth(*table, "start_hidden", window.startHidden);
        if (const toml::node *theme = table->get("theme")) {
            const auto which = theme->value<std::string_view>();
            if (which == "system")
                window.theme = WindowSettings::Theme::System;
            else if (which == "light")
                window.theme = WindowSettings::Theme::Light;
            else if (which == "dark")
                window.theme = WindowSettings::Theme::Dark;
            else
                wrong(*theme, "theme", "\"system\", \"light\" or \"dark\"");
        }
        if (const toml::node *language = table->get("language")) {
            const auto code = language->value<std::string_view>();
            const auto fits = [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
                    || c == '-';
            };
            if (code && code->size() <= 32 && std::all_of(code->begin(), code->end(), fits))
                window.language = toText(*code);
            else
                wrong(*language, "language", "a code such as \"de\", or \"\" for the system's");
        }
    }

    QString m_path;
    Settings &m_settings;
};

} // namespace

Settings readSettings(const QString &path)
{
    Settings settings;
    QFile file(path);
    if (!file.exists())
        return settings;
    if (!file.open(QIODevice::ReadOnly)) {
        settings.faults.append(QStringLiteral("%1 cannot be read: %2").arg(path, file.errorString()));
        return settings;
    }
    constexpr qint64 most = 1024LL * 1024;
    return settingsFromText(file.read(most), path);
}

Settings settingsFromText(QByteArrayView bytes, const QString &path)
{
    Settings settings;
    SettingsReader reader(path, settings);
    try {
        reader.read(toml::parse(std::string_view(bytes.data(), static_cast<std::size_t>(bytes.size()))));
    } catch (const toml::parse_error &error) {
        const std::string_view text = error.description();
        reader.fault(error.source().begin,
                     QStringLiteral("not valid TOML: %1")
                         .arg(QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()))));
    }
    return settings;
}

void applySettings(Settings settings, HubOptions &options)
{
    options.groupLimits = std::move(settings.groupLimits);
    options.retention = settings.retention;
    options.web = std::move(settings.web);
    options.settingsFaults = std::move(settings.faults);
    options.hosts = std::move(settings.hosts);
    options.sources = std::move(settings.sources);
    options.dialects = std::move(settings.dialects);
}

} // namespace stepwire
