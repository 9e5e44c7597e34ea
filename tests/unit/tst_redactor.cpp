#include "core/engine/redactor.h"

#include "core/model/quote.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestRedactor : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void texts_data();
    void texts();
    void nothingToHide();
    void everyCutGivesTheSame();
    void neverLetsASecretOut();
    void leavesOthersAlone();
    void holdsNoMoreThanItMust();
    void cutOnes();
    void values();
    void concealsAndReveals();
    void longOnesCostNoMore();
};

void TestRedactor::texts_data()
{
    QTest::addColumn<QStringList>("secrets");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("shown");
    const QStringList one{u"hunter2"_s};
    QTest::newRow("none") << one << u"nothing here"_s << u"nothing here"_s;
    QTest::newRow("alone") << one << u"hunter2"_s << u"•••"_s;
    QTest::newRow("within") << one << u"a hunter2."_s << u"a •••."_s;
    QTest::newRow("twice") << one << u"hunter2hunter2"_s << u"••••••"_s;
    QTest::newRow("beginning alone") << one << u"hunter hunt hunter"_s << u"hunter hunt hunter"_s;
    QTest::newRow("beginning before") << one << u"huntehunter2"_s << u"hunte•••"_s;
    QTest::newRow("upper case is another") << one << u"Hunter2"_s << u"Hunter2"_s;
    QTest::newRow("over itself") << QStringList{u"abab"_s} << u"xabababx"_s << u"x•••x"_s;
    QTest::newRow("over another") << QStringList{u"abcd"_s, u"cdef"_s} << u"xabcdefx"_s << u"x•••x"_s;
    QTest::newRow("within another") << QStringList{u"abcdef"_s, u"bcde"_s} << u"abcdef bcde abcde"_s
                                    << u"••• ••• a•••"_s;
    QTest::newRow("long one that does not come")
        << QStringList{u"abcdefgh"_s, u"bcde"_s} << u"abcdefgx"_s << u"a•••fgx"_s;
    QTest::newRow("two lines") << QStringList{u"one\ntwo\n"_s} << u"<one\ntwo\n> <one\ntwo>"_s << u"<•••> <•••>"_s;
    QTest::newRow("two lines on a terminal") << QStringList{u"one\ntwo\n"_s} << u"<one\r\ntwo\r\n>"_s << u"<•••>"_s;
    QTest::newRow("space at its end") << QStringList{u"pass word "_s} << u"pass word"_s << u"•••"_s;
    QTest::newRow("other letters") << QStringList{u"схрон€𝄞"_s} << u"в схрон€𝄞 х"_s << u"в ••• х"_s;
    QTest::newRow("in quotes") << QStringList{u"a\"b\\c\td"_s} << u"{\"x\":\"a\\\"b\\\\c\\td\"}"_s
                               << u"{\"x\":\"•••\"}"_s;
    QTest::newRow("too short") << QStringList{u"abc"_s, u"hunter2"_s} << u"abc hunter2"_s << u"abc •••"_s;
    QTest::newRow("long enough") << QStringList{u"abcd"_s} << u"abcd"_s << u"•••"_s;
    QTest::newRow("four characters in more bytes") << QStringList{u"€€€"_s, u"hunter2"_s} << u"€€€"_s << u"€€€"_s;
}

void TestRedactor::texts()
{
    QFETCH(QStringList, secrets);
    QFETCH(QString, text);
    QFETCH(QString, shown);
    const auto redactor = Redactor::make(secrets);
    QVERIFY(redactor);
    QCOMPARE(redactor->text(text), shown);
    QCOMPARE(QString::fromUtf8(redactor->bytes(text.toUtf8())), shown);
}

void TestRedactor::nothingToHide()
{
    QVERIFY(!Redactor::make({}));
    QVERIFY(!Redactor::make({u""_s, u"abc"_s, u"   \n"_s.first(3)}));
}

/// Few different letters, so that beginnings and overlaps abound.
static QByteArray randomText(QRandomGenerator &random, int most)
{
    QByteArray text(random.bounded(most + 1), '\0');
    for (char &c : text)
        c = "ab\n"[random.bounded(8) == 0 ? 2 : random.bounded(2)];
    return text;
}

static QStringList randomSecrets(QRandomGenerator &random)
{
    QStringList secrets;
    for (int i = random.bounded(3); i >= 0; --i) {
        QByteArray secret = randomText(random, 9);
        secret.replace('\n', 'a');
        while (secret.size() < 4)
            secret += 'b';
        secrets.append(QString::fromLatin1(secret));
    }
    return secrets;
}

void TestRedactor::everyCutGivesTheSame()
{
    QRandomGenerator random(7);
    for (int round = 0; round < 20'000; ++round) {
        const auto redactor = Redactor::make(randomSecrets(random));
        const QByteArray text = randomText(random, 40);
        const QByteArray whole = redactor->bytes(text);
        RedactingStream stream(redactor);
        QByteArray pieces;
        for (qsizetype at = 0; at < text.size();) {
            const qsizetype size = std::min<qsizetype>(text.size() - at, random.bounded(6));
            pieces += stream.feed(QByteArrayView(text).sliced(at, size));
            at += size;
        }
        pieces += stream.finish();
        QCOMPARE(pieces, whole);
        QVERIFY(!stream.holds());
    }
}

void TestRedactor::neverLetsASecretOut()
{
    QRandomGenerator random(8);
    for (int round = 0; round < 20'000; ++round) {
        const QStringList secrets = randomSecrets(random);
        const auto redactor = Redactor::make(secrets);
        RedactingStream stream(redactor);
        QByteArray out;
        for (int i = 0; i < 6; ++i) {
            out += stream.feed(randomText(random, 12));
            for (const QString &secret : secrets)
                QVERIFY(!out.contains(secret.toLatin1()));
        }
        out += stream.finish();
        for (const QString &secret : secrets)
            QVERIFY(!out.contains(secret.toLatin1()));
    }
}

void TestRedactor::leavesOthersAlone()
{
    QRandomGenerator random(9);
    int told = 0;
    for (int round = 0; round < 20'000; ++round) {
        const QStringList secrets = randomSecrets(random);
        const QByteArray text = randomText(random, 30);
        const bool holds = std::any_of(secrets.begin(), secrets.end(),
                                       [&](const QString &secret) { return text.contains(secret.toLatin1()); });
        QCOMPARE(Redactor::make(secrets)->bytes(text) != text, holds);
        told += holds ? 0 : 1;
    }
    QVERIFY(told > 1000);
}

void TestRedactor::holdsNoMoreThanItMust()
{
    RedactingStream stream(Redactor::make({u"hunter2"_s}));
    QCOMPARE(stream.feed("push"), "pus");
    QVERIFY(stream.holds());
    QCOMPARE(stream.feed("\n"), "h\n");
    QVERIFY(!stream.holds());
    QCOMPARE(stream.feed("a hunter"), "a ");
    QCOMPARE(stream.feed("2"), "•••");
    QCOMPARE(stream.feed(" hunt"), " ");
    QCOMPARE(stream.finish(), "hunt");
    QCOMPARE(stream.feed("er2"), "er2"); // the stream had begun anew
    QCOMPARE(stream.feed(""), "");
}

void TestRedactor::cutOnes()
{
    const QString secret = u"hunter2 \"with\" many words"_s;
    const auto redactor = Redactor::make({secret});
    for (qsizetype most = 2; most <= secret.size() + 3; ++most) {
        const QString sentence = u"path is "_s + quoted(secret, most) + u", not … another"_s;
        const bool toldLittle = most - 1 < Redactor::fewestCharacters;
        QVERIFY2(toldLittle || !redactor->text(sentence).contains(u"hunt"), qPrintable(redactor->text(sentence)));
        QVERIFY(redactor->text(sentence).endsWith(u"\", not … another"));
    }
    QCOMPARE(redactor->text(u"hunting… hunt…"_s), u"hunting… •••…"_s);
}

void TestRedactor::values()
{
    const auto redactor = Redactor::make({u"hunter2"_s, u"123456"_s});
    const QJsonObject plain{{u"a"_s, QJsonArray{u"x hunter2"_s, 1, true, QJsonValue()}},
                            {u"hunter2"_s, QJsonObject{{u"n"_s, 123456}, {u"m"_s, 12345}}}};
    const QJsonObject shown{{u"a"_s, QJsonArray{u"x •••"_s, 1, true, QJsonValue()}},
                            {u"•••"_s, QJsonObject{{u"n"_s, u"•••"_s}, {u"m"_s, 12345}}}};
    QCOMPARE(redactor->value(plain), QJsonValue(shown));
    QCOMPARE(redactor->id(u"a-hunter2"_s), u"a----"_s);
}

void TestRedactor::concealsAndReveals()
{
    QRandomGenerator random(10);
    for (int round = 0; round < 5000; ++round) {
        const QStringList secrets = randomSecrets(random);
        const auto redactor = Redactor::make(secrets);
        const QByteArray text = randomText(random, 60);
        const QByteArray concealed = redactor->conceal(text);
        for (const QString &secret : secrets)
            QVERIFY(!concealed.contains(secret.toLatin1()));
        QCOMPARE(redactor->reveal(concealed), text);
    }
    // other secrets beside it change nothing
    const QByteArray concealed = Redactor::make({u"hunter2"_s})->conceal("a=hunter2\n");
    QVERIFY(!concealed.contains("hunter"));
    QCOMPARE(Redactor::make({u"hunter2"_s, u"another secret"_s})->reveal(concealed), "a=hunter2\n");
}

/// A secret that almost comes at every byte is the worst case of a plain search.
void TestRedactor::longOnesCostNoMore()
{
    RedactingStream stream(Redactor::make({QString(100'000, u'a') + u'b'}));
    const QByteArray piece(1000, 'a');
    qsizetype out = 0;
    for (int i = 0; i < 2000; ++i) // a plain search compares 2 * 10^11 bytes
        out += stream.feed(piece).size();
    out += stream.finish().size();
    QCOMPARE(out, 2'000'000);
}

QTEST_GUILESS_MAIN(TestRedactor)
#include "tst_redactor.moc"
