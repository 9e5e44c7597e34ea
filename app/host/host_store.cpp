#include "app/host/host_store.h"

#include "app/host/settings_edit.h"
#include "core/model/quote.h"

#include <toml++/toml.h>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>

#include <algorithm>
#include <cmath>
#include <optional>

namespace stepwire {

static Result<QByteArray> textOf(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return QByteArray();
    if (!file.open(QIODevice::ReadOnly))
        return fail(code::internalError, QStringLiteral("%1 cannot be read: %2").arg(path, file.errorString()));
    return file.readAll();
}

/// In one step: who reads sees the one text or the other. Through a symlink its target is written.
static Result<void> replace(const QString &path, const QByteArray &text, bool secret)
{
    const QFileInfo info(path);
    const QString target = info.isSymLink() ? info.symLinkTarget() : path;
    QDir().mkpath(QFileInfo(target).path());
    QSaveFile file(target);
    if (!file.open(QIODevice::WriteOnly))
        return fail(code::internalError, QStringLiteral("%1 cannot be written: %2").arg(target, file.errorString()));
    if (secret)
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    file.write(text);
    if (!file.commit())
        return fail(code::internalError, QStringLiteral("%1 cannot be written: %2").arg(target, file.errorString()));
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
    Result<QByteArray> text = textOf(m_settings);
    for (auto it = members.begin(); text && it != members.end(); ++it) {
        const auto value = toSetting(it.value());
        if (!value)
            return fail(code::invalidParams,
                        QStringLiteral("setting %1 is %2, expected text, a number, a truth value or an array of texts")
                            .arg(it.key(), quoted(it.value())));
        text = setSetting(*text, {table, name, it.key()}, *value);
    }
    if (!text)
        return tl::unexpected(text.error());
    if (!secrets.isEmpty()) {
        const QFileInfo folder(m_secrets);
        QDir().mkpath(m_secrets);
        QFile::setPermissions(m_secrets, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        if (const auto written = replace(secretFile(name), QJsonDocument(secrets).toJson(), true); !written)
            return written;
    }
    return replace(m_settings, *text, false);
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
    Result<QByteArray> text = textOf(m_settings);
    if (!text)
        return tl::unexpected(text.error());
    QStringList keys;
    try {
        const toml::table top =
            toml::parse(std::string_view(text->constData(), static_cast<std::size_t>(text->size())));
        if (const toml::table *named = top[table.toStdString()][name.toStdString()].as_table()) {
            for (auto &&[key, value] : *named)
                keys.append(QString::fromUtf8(key.str().data(), static_cast<qsizetype>(key.str().size())));
        }
    } catch (const toml::parse_error &error) {
        return fail(
            code::internalError,
            QStringLiteral("%1:%2: not valid TOML: it stays as it is").arg(m_settings).arg(error.source().begin.line));
    }
    for (const QString &key : keys) {
        text = removeSetting(*text, {table, name, key});
        if (!text)
            return tl::unexpected(text.error());
    }
    QFile::remove(secretFile(name));
    if (keys.isEmpty())
        return {};
    const QByteArray headline = QStringLiteral("[%1.%2]").arg(table, name).toUtf8();
    return replace(m_settings, withoutEmpty(*text, headline), false);
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
