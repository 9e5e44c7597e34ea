#include "app/host/host_store.h"

#include "app/host/settings_file.h"
#include "core/model/quote.h"

#include <toml++/toml.h>

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace stepwire {

static Result<void> writeSecret(const QString &path, const QByteArray &text)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return fail(code::internalError, QStringLiteral("%1 cannot be written: %2").arg(path, file.errorString()));
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    file.write(text);
    if (!file.commit())
        return fail(code::internalError, QStringLiteral("%1 cannot be written: %2").arg(path, file.errorString()));
    return {};
}

static std::optional<SettingValue> toSetting(const QJsonValue &value)
{
    if (value.isBool())
        return value.toBool();
    if (value.isString())
        return value.toString();
    if (value.isDouble())
        return std::floor(value.toDouble()) == value.toDouble() ? SettingValue(value.toInteger())
                                                                : SettingValue(value.toDouble());
    if (!value.isArray())
        return {};
    QStringList texts;
    for (const QJsonArray array = value.toArray(); const QJsonValue &text : array) {
        if (!text.isString())
            return {};
        texts.append(text.toString());
    }
    return texts;
}

Result<void> HostStore::write(const QString &table, const QString &name, const QJsonObject &members,
                              const QJsonObject &secrets) const
{
    std::vector<std::pair<QString, SettingValue>> values;
    for (auto it = members.begin(); it != members.end(); ++it) {
        const auto value = toSetting(it.value());
        if (!value)
            return fail(code::invalidParams,
                        QStringLiteral("setting %1 is %2, expected text, a number, a truth value or an array of texts")
                            .arg(it.key(), quoted(it.value())));
        values.emplace_back(it.key(), *value);
    }
    if (!secrets.isEmpty()) {
        QDir().mkpath(m_secrets);
        QFile::setPermissions(m_secrets, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        if (const auto kept = writeSecret(secretFile(name), QJsonDocument(secrets).toJson()); !kept)
            return kept;
    }
    const auto written = SettingsFile(m_settings).rewrite([&](QByteArrayView before) {
        Result<QByteArray> text = before.toByteArray();
        for (const auto &[key, value] : values) {
            if (text)
                text = setSetting(*text, {table, name, key}, value);
        }
        return text;
    });
    if (!written && !secrets.isEmpty())
        QFile::remove(secretFile(name)); // of what is not kept
    return written;
}

Result<void> HostStore::keep(const HostSettings &host) const
{
    QJsonObject members{{QStringLiteral("target"), host.target}};
    if (!host.command.isEmpty())
        members.insert(QStringLiteral("command"), host.command);
    if (!host.pin.isEmpty())
        members.insert(QStringLiteral("pin"), host.pin);
    QJsonObject secrets;
    if (!host.token.isEmpty())
        secrets.insert(QStringLiteral("token"), host.token);
    return write(QStringLiteral("hosts"), host.name, members, secrets);
}

Result<void> HostStore::keep(const SourceSettings &source) const
{
    QJsonObject members = source.settings;
    members.insert(QStringLiteral("kind"), source.kind);
    return write(QStringLiteral("sources"), source.name, members, source.secrets);
}

/// The text without the headline of that table, when nothing stands below it any more.
static QByteArray withoutEmpty(const QByteArray &text, const QByteArray &headline)
{
    QByteArrayList lines = text.split('\n');
    for (qsizetype i = 0; i < lines.size(); ++i) {
        if (lines[i].trimmed() != headline)
            continue;
        qsizetype next = i + 1;
        while (next < lines.size() && lines[next].trimmed().isEmpty())
            ++next;
        if (next == lines.size() || lines[next].trimmed().startsWith('['))
            lines.remove(i, std::min(next, lines.size() - 1) - i);
        break;
    }
    return lines.join('\n');
}

Result<void> HostStore::forget(const QString &table, const QString &name) const
{
    const auto forgotten = SettingsFile(m_settings).rewrite([&](QByteArrayView before) -> Result<QByteArray> {
        QStringList keys;
        try {
            const toml::table top =
                toml::parse(std::string_view(before.data(), static_cast<std::size_t>(before.size())));
            if (const toml::table *named = top[table.toStdString()][name.toStdString()].as_table()) {
                for (auto &&[key, value] : *named)
                    keys.append(QString::fromUtf8(key.str().data(), static_cast<qsizetype>(key.str().size())));
            }
        } catch (const toml::parse_error &error) {
            return fail(code::internalError,
                        QStringLiteral("%1: not valid TOML: it stays as it is").arg(error.source().begin.line));
        }
        Result<QByteArray> text = before.toByteArray();
        for (const QString &key : keys) {
            if (text)
                text = removeSetting(*text, {table, name, key});
        }
        if (!text || keys.isEmpty())
            return text;
        return withoutEmpty(*text, QStringLiteral("[%1.%2]").arg(table, name).toUtf8());
    });
    if (forgotten)
        QFile::remove(secretFile(name));
    return forgotten;
}

Result<void> HostStore::forgetHost(const QString &name) const
{
    return forget(QStringLiteral("hosts"), name);
}

Result<void> HostStore::forgetSource(const QString &name) const
{
    return forget(QStringLiteral("sources"), name);
}

QJsonObject HostStore::secretsOf(const QString &name) const
{
    QFile file(secretFile(name));
    return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
}

} // namespace stepwire
