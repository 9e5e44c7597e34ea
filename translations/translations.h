#pragma once

#include <QString>
#include <QStringList>
#include <QTranslator>

#include <memory>
#include <vector>

namespace stepwire {

/// The language that people read, for as long as this lives: ours, Qt's own sentences, and how days and numbers are
/// written. To be made before the first sentence is shown, on the main thread.
class Translations
{
public:
    /// `wanted` such as `de` or `zh_CN`; empty: what the system asks for, where it is there.
    explicit Translations(const QString &wanted = {});
    ~Translations();

    Translations(const Translations &) = delete;
    Translations &operator=(const Translations &) = delete;

    /// Codes of what is there, English among them; nothing else in a build without Qt's linguist tools.
    [[nodiscard]] static QStringList available();
    /// The one of `there` that serves somebody who reads `asked`, the best first; `en` if none does.
    [[nodiscard]] static QString choose(const QStringList &asked, const QStringList &there);
    /// What is shown.
    [[nodiscard]] const QString &language() const { return m_language; }
    /// Whether it is what was wanted.
    [[nodiscard]] bool found() const { return m_found; }

private:
    void install(const QString &file, const QString &folder);

    QString m_language;
    bool m_found = true;
    std::vector<std::unique_ptr<QTranslator>> m_installed;
};

} // namespace stepwire
