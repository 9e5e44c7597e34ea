#include "translations/translations.h"

#include <QCoreApplication>
#include <QDir>
#include <QLibraryInfo>
#include <QLocale>

#include <algorithm>

namespace stepwire {

static QString ours()
{
    return QStringLiteral(":/i18n");
}

QStringList Translations::available()
{
    const QString before = QStringLiteral("stepwire_");
    QStringList codes = {QStringLiteral("en")};
    for (const QString &file : QDir(ours()).entryList({before + QStringLiteral("*.qm")}, QDir::Files)) {
        const QString code = file.mid(before.size()).chopped(3);
        if (!codes.contains(code))
            codes.append(code);
    }
    codes.sort();
    return codes;
}

QString Translations::choose(const QStringList &asked, const QStringList &there)
{
    for (const QString &one : asked) {
        const QLocale wanted(one);
        // Qt reads what it does not know as C.
        if (wanted.language() == QLocale::C)
            continue;
        // By script and not by country: zh_SG reads what zh_CN does, zh_TW does not.
        const auto match = std::find_if(there.begin(), there.end(), [&](const QString &code) {
            const QLocale has(code);
            return has.language() == wanted.language() && has.script() == wanted.script();
        });
        if (match != there.end())
            return *match;
    }
    return QStringLiteral("en");
}

Translations::Translations(const QString &wanted)
{
    const QLocale system = QLocale::system();
    m_language = choose(wanted.isEmpty() ? system.uiLanguages() : QStringList(wanted), available());
    const QLocale named(wanted);
    m_found = wanted.isEmpty() || named.language() == QLocale(m_language).language();
    // Days and numbers as the named language writes them, but somebody in Vienna keeps those of Vienna.
    if (!wanted.isEmpty() && m_found && named.language() != system.language())
        QLocale::setDefault(named);

    install(QStringLiteral("qtbase_") + m_language, QLibraryInfo::path(QLibraryInfo::TranslationsPath));
    // English has the plurals of what another may lack.
    install(QStringLiteral("stepwire_en"), ours());
    if (m_language != QStringLiteral("en"))
        install(QStringLiteral("stepwire_") + m_language, ours());
}

Translations::~Translations()
{
    for (const auto &translator : m_installed)
        QCoreApplication::removeTranslator(translator.get());
}

void Translations::install(const QString &file, const QString &folder)
{
    auto translator = std::make_unique<QTranslator>();
    if (!translator->load(file, folder))
        return;
    QCoreApplication::installTranslator(translator.get());
    m_installed.push_back(std::move(translator));
}

} // namespace stepwire
