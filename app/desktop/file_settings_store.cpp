#include "app/desktop/file_settings_store.h"

#include "app/host/settings.h"
#include "app/host/settings_edit.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include <cmath>

namespace stepwire {

using namespace Qt::StringLiterals;

namespace {

QString timeText(qint64 ms)
{
    constexpr qint64 day = 86'400'000;
    if (ms % day == 0 && ms > 0)
        return QString::number(ms / day) + u'd';
    return QString::number(static_cast<double>(ms) / 1e3, 'g', 15) + u's';
}

QJsonValue listenValue(const WebSettings &web)
{
    if (!web.listens)
        return false;
    return (web.address.contains(u':') ? u"[%1]:%2"_s : u"%1:%2"_s).arg(web.address).arg(web.port);
}

QString themeText(WindowSettings::Theme theme)
{
    switch (theme) {
    case WindowSettings::Theme::System: return u"system"_s;
    case WindowSettings::Theme::Light: return u"light"_s;
    case WindowSettings::Theme::Dark: return u"dark"_s;
    }
    return {};
}

QJsonObject toJson(const Settings &settings)
{
    const Retention &retention = settings.retention;
    const NotificationSettings &notifications = settings.notifications;
    const WindowSettings &window = settings.window;
    QJsonObject pipelines;
    for (const auto &[name, on] : notifications.pipelines)
        pipelines[name] = on;
    return {
        {u"retention"_s,
         QJsonObject{{u"max_age"_s, retention.olderThanMs ? timeText(*retention.olderThanMs) : u"never"_s},
                     {u"max_size"_s, retention.mostBytes ? QJsonValue(*retention.mostBytes) : QJsonValue(u"never"_s)},
                     {u"keep"_s, retention.keep.value_or(0)}}},
        {u"web"_s,
         QJsonObject{{u"listen"_s, listenValue(settings.web)},
                     {u"certificate"_s, settings.web.certificate},
                     {u"key"_s, settings.web.key}}},
        {u"notifications"_s,
         QJsonObject{{u"enabled"_s, notifications.enabled},
                     {u"progress"_s, notifications.progress},
                     {u"threshold"_s, QString::number(notifications.thresholdMs) + u"ms"_s},
                     {u"only_unfocused"_s, notifications.onlyUnfocused},
                     {u"inhibit_suspend"_s, notifications.inhibitSuspend},
                     {u"file_jobs"_s, notifications.fileJobs},
                     {u"pipelines"_s, pipelines}}},
        {u"window"_s,
         QJsonObject{{u"separate_hub"_s, window.separateHub},
                     {u"keep_in_tray"_s, window.keepInTray},
                     {u"theme"_s, themeText(window.theme)},
                     {u"language"_s, window.language},
                     {u"autostart"_s, window.autostart},
                     {u"start_hidden"_s, window.startHidden}}},
    };
}

Result<SettingValue> settingValue(const SettingChange &change)
{
    const QJsonValue &value = change.value;
    if (value.isBool())
        return SettingValue(value.toBool());
    if (value.isString())
        return SettingValue(value.toString());
    if (value.isDouble()) {
        const double number = value.toDouble();
        constexpr double exact = 9e15;
        const bool isWhole = std::abs(number) < exact && std::trunc(number) == number;
        return isWhole ? SettingValue(static_cast<qint64>(number)) : SettingValue(number);
    }
    if (value.isArray()) {
        QStringList texts;
        for (const QJsonValue &element : value.toArray())
            texts.append(element.toString());
        return SettingValue(texts);
    }
    return fail(QStringLiteral("%1 cannot be given a table").arg(change.keyPath.join(u'.')));
}

/// What is wrong without where: places move when lines come and go.
QStringList sentences(const Settings &settings)
{
    QStringList out;
    for (const QString &fault : settings.faults)
        out.append(fault.section(u": "_s, 1));
    return out;
}

} // namespace

FileSettingsStore::FileSettingsStore(SettingsFile &file, const Paths &paths, Autostart autostart)
    : m_file(file), m_paths(paths), m_autostart(std::move(autostart))
{
    connect(&m_file, &SettingsFile::changed, this, [this] {
        read();
        Q_EMIT changed();
    });
    read();
}

void FileSettingsStore::read()
{
    m_values = toJson(settingsFromText(m_file.text().value_or(QByteArray()), m_file.path()));
}

QJsonValue FileSettingsStore::value(const QStringList &keyPath) const
{
    QJsonValue value = m_values;
    for (const QString &key : keyPath)
        value = value.toObject().value(key);
    return value;
}

Result<void> FileSettingsStore::change(const QList<SettingChange> &changes)
{
    const bool wasAutostart = value({u"window"_s, u"autostart"_s}).toBool();
    std::optional<bool> autostart;
    for (const SettingChange &change : changes) {
        if (change.keyPath == QStringList{u"window"_s, u"autostart"_s})
            autostart = change.value.toBool();
    }
    if (autostart) {
        if (Result<void> done = setAutostart(m_autostart, *autostart); !done)
            return done;
    }
    Result<void> written = m_file.rewrite([&](QByteArrayView before) -> Result<QByteArray> {
        Result<QByteArray> text = before.toByteArray();
        for (const SettingChange &change : changes) {
            if (change.value.isNull()) {
                text = removeSetting(*text, change.keyPath);
            } else {
                const Result<SettingValue> value = settingValue(change);
                if (!value)
                    return tl::unexpected(value.error());
                text = setSetting(*text, change.keyPath, *value);
            }
            if (!text)
                return text;
        }
        QStringList faults = sentences(settingsFromText(*text, m_file.path()));
        for (const QString &old : sentences(settingsFromText(before, m_file.path())))
            faults.removeOne(old);
        if (!faults.isEmpty())
            return fail(faults.front());
        return text;
    });
    if (!written && autostart && !setAutostart(m_autostart, wasAutostart))
        qWarning("%s is not as the settings say", qPrintable(m_autostart.file));
    return written;
}

QString FileSettingsStore::tokenText() const
{
    QFile file(m_paths.config + u"/token"_s);
    constexpr qint64 most = 4096;
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.read(most)).trimmed() : QString();
}

QString FileSettingsStore::pageUrl() const
{
    QFile file(m_paths.runtime + u"/web.json"_s);
    constexpr qint64 most = 4096;
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return QJsonDocument::fromJson(file.read(most)).object().value(u"url"_s).toString();
}

void FileSettingsStore::setPipelines(const QStringList &names)
{
    if (names == m_pipelines)
        return;
    m_pipelines = names;
    Q_EMIT changed();
}

void FileSettingsStore::setLanguages(const QStringList &codes)
{
    m_languages = codes;
    Q_EMIT changed();
}

Result<void> FileSettingsStore::mendAutostart() const
{
    // Who switched it off in the session's own list meant it.
    const bool wanted = value({u"window"_s, u"autostart"_s}).toBool();
    return wanted && isAutostarted(m_autostart) ? setAutostart(m_autostart, true) : Result<void>();
}

} // namespace stepwire
