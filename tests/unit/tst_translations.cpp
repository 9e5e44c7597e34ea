// The translations inside the program: which one somebody gets, and that their plurals are right.

#include "core/view/words.h"
#include "translations/translations.h"

#include <QCoreApplication>
#include <QLocale>
#include <QTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestTranslations : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (Translations::available().size() < 2)
            QSKIP("built without Qt's linguist tools");
    }

    void cleanup() { QLocale::setDefault(QLocale::system()); }

    void languages()
    {
        QCOMPARE(Translations::available(), (QStringList{u"de"_s, u"en"_s, u"es"_s, u"fr"_s, u"ja"_s, u"zh_CN"_s}));
    }

    void chooses_data()
    {
        QTest::addColumn<QStringList>("asked");
        QTest::addColumn<QString>("chosen");
        QTest::newRow("german") << QStringList{u"de-DE"_s} << u"de"_s;
        QTest::newRow("swiss") << QStringList{u"de-CH"_s, u"de"_s} << u"de"_s;
        QTest::newRow("as a file says it") << QStringList{u"zh_CN"_s} << u"zh_CN"_s;
        QTest::newRow("singapore reads simplified") << QStringList{u"zh-Hans-SG"_s} << u"zh_CN"_s;
        QTest::newRow("taiwan does not") << QStringList{u"zh-Hant-TW"_s, u"zh-TW"_s} << u"en"_s;
        QTest::newRow("the second, when the first is not there") << QStringList{u"pt-BR"_s, u"es"_s} << u"es"_s;
        QTest::newRow("english before another") << QStringList{u"en-GB"_s, u"de"_s} << u"en"_s;
        QTest::newRow("none") << QStringList{u"it-IT"_s} << u"en"_s;
        QTest::newRow("no locale") << QStringList{u"C"_s} << u"en"_s;
        QTest::newRow("nonsense") << QStringList{u"qqq"_s} << u"en"_s;
    }

    void chooses()
    {
        QFETCH(QStringList, asked);
        QFETCH(QString, chosen);
        QCOMPARE(Translations::choose(asked, Translations::available()), chosen);
    }

    void plurals_data()
    {
        QTest::addColumn<QString>("language");
        QTest::addColumn<QStringList>("days"); // 0, 1, 2, 5
        const auto row = [](const char *language, const QStringList &days) {
            QTest::newRow(language) << QString::fromLatin1(language) << days;
        };
        row("en", {u"0 days ago"_s, u"1 day ago"_s, u"2 days ago"_s, u"5 days ago"_s});
        row("de", {u"vor 0 Tagen"_s, u"vor 1 Tag"_s, u"vor 2 Tagen"_s, u"vor 5 Tagen"_s});
        row("fr", {u"il y a 0 jour"_s, u"il y a 1 jour"_s, u"il y a 2 jours"_s, u"il y a 5 jours"_s});
        row("es", {u"hace 0 días"_s, u"hace 1 día"_s, u"hace 2 días"_s, u"hace 5 días"_s});
        row("zh_CN", {u"0 天前"_s, u"1 天前"_s, u"2 天前"_s, u"5 天前"_s});
        row("ja", {u"0 日前"_s, u"1 日前"_s, u"2 日前"_s, u"5 日前"_s});
    }

    void plurals()
    {
        QFETCH(QString, language);
        QFETCH(QStringList, days);
        const Translations translations(language);
        QCOMPARE(translations.language(), language);
        QVERIFY(translations.found());
        QStringList said;
        for (const int count : {0, 1, 2, 5})
            said.append(QCoreApplication::translate("Words", "%n days ago", nullptr, count));
        QCOMPARE(said, days);
    }

    void endsWithItsObject()
    {
        {
            const Translations german(u"de"_s);
            QCOMPARE(Words::state(State::Running), u"läuft"_s);
            QCOMPARE(QLocale().language(), QLocale::German);
        }
        QCOMPARE(Words::state(State::Running), u"running"_s);
    }

    void whatIsNotThere()
    {
        const Translations none(u"it"_s);
        QVERIFY(!none.found());
        QCOMPARE(none.language(), u"en"_s);
    }
};

QTEST_GUILESS_MAIN(TestTranslations)
#include "tst_translations.moc"
