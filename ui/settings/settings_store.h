#pragma once

#include "core/model/result.h"

#include <QJsonValue>
#include <QList>
#include <QObject>
#include <QStringList>

namespace stepwire {

/// One key of the settings with what it shall be; null: its default.
struct SettingChange
{
    QStringList keyPath;
    QJsonValue value;
};

/// The settings as the dialog sees them: what is set or else the default, by the keys of `config.toml`. Whoever
/// implements it knows the file. Lives on the main thread.
class SettingsStore : public QObject
{
    Q_OBJECT

public:
    /// As the file has it; `["notifications", "pipelines"]` is an object.
    [[nodiscard]] virtual QJsonValue value(const QStringList &keyPath) const = 0;
    /// All at once or, with one sentence, none of them.
    [[nodiscard]] virtual Result<void> change(const QList<SettingChange> &changes) = 0;
    /// What gives control over the network; empty while there is none.
    [[nodiscard]] virtual QString tokenText() const = 0;
    /// Where the hub serves its page now; empty while it serves none.
    [[nodiscard]] virtual QString pageUrl() const = 0;
    /// Names of the pipelines that there are.
    [[nodiscard]] virtual QStringList pipelines() const = 0;
    /// Codes of the languages that there are translations to.
    [[nodiscard]] virtual QStringList languages() const = 0;

Q_SIGNALS:
    /// Any of the above is another than before.
    void changed();
};

} // namespace stepwire
