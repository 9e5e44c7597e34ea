#pragma once

#include "app/host/autostart.h"
#include "app/host/paths.h"
#include "app/host/settings_file.h"
#include "ui/settings/settings_store.h"

#include <QJsonObject>

namespace stepwire {

struct Settings;

/// The settings of the dialog in `config.toml`. What would be a fault in there is refused. The session's list of
/// programs follows `[window] autostart`. Lives on the main thread, no longer than the file.
class FileSettingsStore : public SettingsStore
{
    Q_OBJECT

public:
    FileSettingsStore(SettingsFile &file, const Paths &paths, Autostart autostart);

    [[nodiscard]] QJsonValue value(const QStringList &keyPath) const override;
    [[nodiscard]] Result<void> change(const QList<SettingChange> &changes) override;
    [[nodiscard]] QString tokenText() const override;
    [[nodiscard]] QString pageUrl() const override;
    [[nodiscard]] QStringList pipelines() const override { return m_pipelines; }
    [[nodiscard]] QStringList languages() const override { return m_languages; }

    void setPipelines(const QStringList &names);
    void setLanguages(const QStringList &codes);

    /// At start: an entry that starts us from where we are no more is mended.
    [[nodiscard]] Result<void> mendAutostart() const;

private:
    void read();

    SettingsFile &m_file;
    Paths m_paths;
    Autostart m_autostart;
    QJsonObject m_values; ///< as they count: defaults where nothing or something wrong is said
    QStringList m_pipelines;
    QStringList m_languages;
};

} // namespace stepwire
