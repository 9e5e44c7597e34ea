#include "app/host/settings_file.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

#include <chrono>

namespace stepwire {

using namespace std::chrono_literals;

SettingsFile::SettingsFile(const QString &path, QObject *parent)
    : QObject(parent), m_path(QDir::cleanPath(QFileInfo(path).absoluteFilePath()))
{
    m_settle.setSingleShot(true);
    m_settle.setInterval(100ms);
    connect(&m_settle, &QTimer::timeout, this, &SettingsFile::look);
    const auto settle = [this] {
        // Not put off by more of the same: a file that is written all the time is looked at all the same.
        if (!m_settle.isActive())
            m_settle.start();
    };
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, settle);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, settle);
    watch();
    m_seen = text().value_or(QByteArray());
}

QString SettingsFile::target() const
{
    QString path = m_path;
    // A chain that is longer goes in circles.
    for (int i = 0; i < 40; ++i) {
        const QString next = QFile::symLinkTarget(path);
        if (next.isEmpty())
            break;
        path = next;
    }
    return path;
}

Result<QByteArray> SettingsFile::text() const
{
    QFile file(m_path);
    if (!file.exists())
        return QByteArray();
    constexpr qint64 most = 1024LL * 1024;
    if (!file.open(QIODevice::ReadOnly))
        return fail(code::notAllowed, tr("%1 cannot be read: %2").arg(m_path, file.errorString()));
    QByteArray bytes = file.read(most + 1);
    if (bytes.size() > most)
        return fail(code::notAllowed, tr("%1 is larger than 1 MiB, change it by hand").arg(m_path));
    if (bytes.isNull())
        bytes = QByteArray("");
    return bytes;
}

Result<void> SettingsFile::change(const QStringList &keyPath, const SettingValue &value)
{
    return rewrite([&](QByteArrayView toml) { return setSetting(toml, keyPath, value); });
}

Result<void> SettingsFile::remove(const QStringList &keyPath)
{
    return rewrite([&](QByteArrayView toml) { return removeSetting(toml, keyPath); });
}

Result<void> SettingsFile::rewrite(const Edit &edit)
{
    const Result<QByteArray> before = text();
    if (!before)
        return tl::unexpected(before.error());
    const Result<QByteArray> after = edit(*before);
    if (!after) {
        // A sentence may start with its place in the text.
        const QString &sentence = after.error().message;
        const bool placed = !sentence.isEmpty() && sentence.front().isDigit();
        return fail(after.error().code, m_path + (placed ? QStringLiteral(":") : QStringLiteral(": ")) + sentence);
    }
    if (*after == *before)
        return {};
    const QString where = target();
    const QString folder = QFileInfo(where).path();
    if (!QDir().mkpath(folder))
        return fail(code::notAllowed, tr("folder %1 cannot be made").arg(folder));
    QSaveFile file(where);
    if (!file.open(QIODevice::WriteOnly) || file.write(*after) != after->size() || !file.commit())
        return fail(code::notAllowed, tr("%1 cannot be written: %2").arg(where, file.errorString()));
    m_seen = *after;
    watch();
    Q_EMIT changed();
    return {};
}

/// The file, the folder that it or its symlink stands in, and where there is none the next one above that is.
void SettingsFile::watch()
{
    QStringList wanted;
    for (const QString &path : {m_path, target()}) {
        if (QFileInfo::exists(path))
            wanted.append(path);
        QString folder = QFileInfo(path).path();
        while (!QFileInfo::exists(folder) && folder != QFileInfo(folder).path())
            folder = QFileInfo(folder).path();
        wanted.append(folder);
    }
    wanted.removeDuplicates();
    const QStringList watched = m_watcher.files() + m_watcher.directories();
    for (const QString &path : watched) {
        if (!wanted.contains(path))
            m_watcher.removePath(path);
    }
    for (const QString &path : wanted) {
        if (!watched.contains(path))
            m_watcher.addPath(path);
    }
}

void SettingsFile::look()
{
    watch();
    const Result<QByteArray> now = text();
    // One that cannot be read says nothing, as one that is not there.
    const QByteArray seen = now.value_or(QByteArray());
    if (seen == m_seen && seen.isNull() == m_seen.isNull())
        return;
    m_seen = seen;
    Q_EMIT changed();
}

} // namespace stepwire
