#pragma once

#include "app/host/settings_edit.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QTimer>

#include <functional>

namespace stepwire {

/// `config.toml` on disk, which a person and an editor write too: changes one value at a time, and tells when the
/// file says something else than before. Lives on the thread that made it; the file is small.
class SettingsFile : public QObject
{
    Q_OBJECT

public:
    explicit SettingsFile(const QString &path, QObject *parent = nullptr);

    [[nodiscard]] QString path() const { return m_path; }

    /// Reads, edits and replaces the file in one step: who reads it sees the one text or the other. Through a symlink
    /// its target is written, and permissions stay.
    [[nodiscard]] Result<void> change(const QStringList &keyPath, const SettingValue &value);
    /// Its default counts again.
    [[nodiscard]] Result<void> remove(const QStringList &keyPath);

    using Edit = std::function<Result<QByteArray>(QByteArrayView)>;
    /// Several values at once; what the edit refuses leaves the file as it was.
    [[nodiscard]] Result<void> rewrite(const Edit &edit);

    [[nodiscard]] Result<QByteArray> text() const;

Q_SIGNALS:
    /// The text is another than the last time, by us or by somebody else; also when the file came or went.
    void changed();

private:
    /// Symlinks followed to their end, be it there or not.
    [[nodiscard]] QString target() const;
    void watch();
    void look();

    QString m_path;
    QByteArray m_seen; ///< null: there was no file
    QFileSystemWatcher m_watcher;
    QTimer m_settle; ///< editors touch a file several times in a row
};

} // namespace stepwire
