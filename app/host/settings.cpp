#include "app/host/settings.h"

#include "core/model/ids.h"
#include "core/model/quantity.h"
#include "core/model/quote.h"

#include <QFile>

#include <toml++/toml.h>

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
    const QByteArray bytes = file.read(most);
    SettingsReader reader(path, settings);
    try {
        reader.read(toml::parse(std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size()))));
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
    options.settingsFaults = std::move(settings.faults);
}

} // namespace stepwire
