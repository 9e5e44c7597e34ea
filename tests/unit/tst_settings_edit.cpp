#include "app/host/settings_edit.h"

#include <QRandomGenerator>
#include <QtTest>

#include <toml++/toml.h>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestSettingsEdit : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sets_data();
    void sets();
    void values();
    void removes_data();
    void removes();
    void refuses_data();
    void refuses();
    void randomEdits();
};

static QStringList path(const QString &dotted)
{
    return dotted.split(u'.');
}

void TestSettingsEdit::sets_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QString>("key"); // is set to 7
    QTest::addColumn<QByteArray>("after");
    const auto row = [](const char *name, const QByteArray &before, const QString &key, const QByteArray &after) {
        QTest::newRow(name) << before << key << after;
    };
    row("in a table", "# one\n[a]\nb = 1 # two\n\nc=2\n", u"a.b"_s, "# one\n[a]\nb = 7 # two\n\nc=2\n");
    row("another type", "[a]\nb='x#y'#two\n", u"a.b"_s, "[a]\nb=7#two\n");
    row("the same", "[a]\nb = 0x7 # hex\n", u"a.b"_s, "[a]\nb = 0x7 # hex\n");
    row("dotted", "a.b = 1\na.c = 2\n", u"a.b"_s, "a.b = 7\na.c = 2\n");
    row("dotted with blanks", "a . \"b\" =\t1\n", u"a.b"_s, "a . \"b\" =\t7\n");
    row("inline", "a = {x = 'b = 1', b = 1 , c = 2} # z\n", u"a.b"_s, "a = {x = 'b = 1', b = 7 , c = 2} # z\n");
    row("inline in inline", "[t]\na = { b.c = { d = [1] } }\n", u"t.a.b.c.d"_s, "[t]\na = { b.c = { d = 7 } }\n");
    row("the same name elsewhere", "b = 1\n[x]\nb = 2\n[a]\nb = 3\n", u"a.b"_s, "b = 1\n[x]\nb = 2\n[a]\nb = 7\n");
    row("in a text", "x = '''\n[a]\nb = 1\n'''\n[a]\nb = 1\n", u"a.b"_s, "x = '''\n[a]\nb = 1\n'''\n[a]\nb = 7\n");
    row("quotes at a text's end", "x = \"\"\"\\\"\"\"\"\"\"\na.b = 1", u"a.b"_s, "x = \"\"\"\\\"\"\"\"\"\"\na.b = 7");
    row("a long text goes", "a.b = \"\"\"\n# no comment\n\"\"\" # one\nc = 1\n", u"a.b"_s, "a.b = 7 # one\nc = 1\n");
    row("comments in an array", "[a]\n  b = [ # one\n    1, # two\n    '#',\n  ] # three\n", u"a.b"_s,
        "[a]\n  # one\n  # two\n  b = 7 # three\n");
    row("missing key", "[a]\n  c = 1 # one\n  # d = 2\n\n[e]\n", u"a.b"_s,
        "[a]\n  c = 1 # one\n  b = 7\n  # d = 2\n\n[e]\n");
    row("missing key, empty table", "[a] # one\n# two\n[b]\n", u"a.b"_s, "[a] # one\nb = 7\n# two\n[b]\n");
    row("missing key, the file ends", "[a]\nc = 1", u"a.b"_s, "[a]\nc = 1\nb = 7\n");
    row("missing key, header ends the file", "[a]", u"a.b"_s, "[a]\nb = 7\n");
    row("missing key, dotted", "a.x.c = 1\nz = 2\n", u"a.b"_s, "a.x.c = 1\na.b = 7\nz = 2\n");
    row("missing key, dotted in a table", "[t]\na.c = 1\nz = 2\n", u"t.a.b"_s, "[t]\na.c = 1\na.b = 7\nz = 2\n");
    row("missing key, inline", "a = { c = 1 } # z\n", u"a.b"_s, "a = { c = 1, b = 7 } # z\n");
    row("missing key, empty inline", "a = {}\n", u"a.b"_s, "a = { b = 7 }\n");
    row("missing key, deep inline", "a = { c = 1 }\n", u"a.b.d"_s, "a = { c = 1, b.d = 7 }\n");
    row("missing key, dotted inline", "a = { b.c = 1, e = 2 }\n", u"a.b.d"_s, "a = { b.c = 1, b.d = 7, e = 2 }\n");
    row("missing table", "# one\n[c]\nd = 1\n", u"a.b"_s, "# one\n[c]\nd = 1\n\n[a]\nb = 7\n");
    row("missing table, no line end", "c = 1 # one", u"a.b"_s, "c = 1 # one\n\n[a]\nb = 7\n");
    row("missing table over one", "[a.c]\nd = 1\n", u"a.b"_s, "[a.c]\nd = 1\n\n[a]\nb = 7\n");
    row("missing table under one", "[a]\nc = 1\n[z]\n", u"a.x.b"_s, "[a]\nc = 1\n[z]\n\n[a.x]\nb = 7\n");
    row("beside an array of tables", "[[c]]\nb = 1\n[c.a]\nb = 2\n", u"a.b"_s,
        "[[c]]\nb = 1\n[c.a]\nb = 2\n\n[a]\nb = 7\n");
    row("at the top", "# file\n\n# table\n[a]\n", u"b"_s, "# file\n\nb = 7\n\n# table\n[a]\n");
    row("at the top, behind others", "c = 1\n\n[a]\n", u"b"_s, "c = 1\nb = 7\n\n[a]\n");
    row("empty file", "", u"a.b"_s, "[a]\nb = 7\n");
    row("only a comment", "# one", u"a.b"_s, "# one\n\n[a]\nb = 7\n");
    row("CRLF", "[a]\r\nc = 1 # one\r\n\r\n[d]\r\n", u"a.b"_s, "[a]\r\nc = 1 # one\r\nb = 7\r\n\r\n[d]\r\n");
    row("CRLF, missing table", "c = 1\r\n", u"a.b"_s, "c = 1\r\n\r\n[a]\r\nb = 7\r\n");
    row("CRLF, there", "a.b = 1\r\nc = 1\n", u"a.b"_s, "a.b = 7\r\nc = 1\n");
    row("other letters before it", "[\"ä€😀\"]\n\"ü\" = { x = '😀', b = 1 }\n", u"ä€😀.ü.b"_s,
        "[\"ä€😀\"]\n\"ü\" = { x = '😀', b = 7 }\n");
    row("a mark of byte order", "\xEF\xBB\xBFz = 1\n", u"b"_s, "\xEF\xBB\xBFz = 1\nb = 7\n");
    row("a name in quotes", "", u"a.my pipeline"_s, "[a]\n\"my pipeline\" = 7\n");
    row("NaN beside it", "[a]\nx = nan\nb = 1\n", u"a.b"_s, "[a]\nx = nan\nb = 7\n");
    row("dates beside it", "[a]\nx = 1979-05-27 07:32:00 # one\nb = 1\n", u"a.b"_s,
        "[a]\nx = 1979-05-27 07:32:00 # one\nb = 7\n");
}

void TestSettingsEdit::sets()
{
    QFETCH(QByteArray, before);
    QFETCH(QString, key);
    QFETCH(QByteArray, after);
    const Result<QByteArray> edited = setSetting(before, path(key), qint64(7));
    if (!edited)
        QFAIL(qPrintable(edited.error().message));
    QCOMPARE(*edited, after);
}

void TestSettingsEdit::values()
{
    const auto written = [](const SettingValue &value) { return setSetting("a = 0", {u"a"_s}, value).value(); };
    QCOMPARE(written(true), "a = true");
    QCOMPARE(written(qint64(-3)), "a = -3");
    QCOMPARE(written(2.0), "a = 2.0");
    QCOMPARE(written(0.1), "a = 0.1");
    QCOMPARE(written(1e300), "a = 1e+300");
    QCOMPARE(written(std::numeric_limits<double>::infinity()), "a = inf");
    QCOMPARE(written(u"ä \"b\" \\ \n\t\x01"_s), "a = \"ä \\\"b\\\" \\\\ \\n\\t\\u0001\"");
    QCOMPARE(written(QStringList{u"x"_s, u"y"_s}), "a = [\"x\", \"y\"]");
    QCOMPARE(written(QStringList()), "a = []");
    // An integer is no number with a fraction, whatever they compare as.
    QCOMPARE(setSetting("a = 2", {u"a"_s}, 2.0).value(), "a = 2.0");
}

void TestSettingsEdit::removes_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after"); // without a.b
    const auto row = [](const char *name, const QByteArray &before, const QByteArray &after) {
        QTest::newRow(name) << before << after;
    };
    row("in a table", "[a]\n# one\nb = 1\nc = 2\n", "[a]\n# one\nc = 2\n");
    row("its comment stays", "[a]\n  b = 1 # one\n  c = 2\n", "[a]\n  # one\n  c = 2\n");
    row("the last one", "[a]\nb = 1", "[a]\n");
    row("dotted", "a.b = 1\nc = 1\n", "c = 1\n");
    row("inline, first", "a = { b = 1, c = 2 }\n", "a = { c = 2 }\n");
    row("inline, last", "a = { c = 2, b = 1 }\n", "a = { c = 2 }\n");
    row("inline, alone", "a = { b = 1 }\n", "a = { }\n");
    row("an array over lines", "[a]\nb = [\n 1, # one\n]\n[c]\n", "[a]\n# one\n[c]\n");
    row("CRLF", "[a]\r\nb = 1 # one\r\nc = 2\r\n", "[a]\r\n# one\r\nc = 2\r\n");
    row("not there", "[c]\nb = 1\n", "[c]\nb = 1\n");
}

void TestSettingsEdit::removes()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    const Result<QByteArray> edited = removeSetting(before, path(u"a.b"_s));
    if (!edited)
        QFAIL(qPrintable(edited.error().message));
    QCOMPARE(*edited, after);
}

void TestSettingsEdit::refuses_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("sentence"); // its start
    QTest::newRow("no TOML") << QByteArray("[a]\nb = \n") << u"a.b"_s << u"2:5: not valid TOML: "_s;
    QTest::newRow("a fault elsewhere") << QByteArray("[a]\nb = 1\nb = 2\n") << u"c"_s << u"3:"_s;
    QTest::newRow("in a value") << QByteArray("x = 1\na = 1\n") << u"a.b"_s
                                << u"2:5: a is no table, so a.b cannot be in it"_s;
    QTest::newRow("in an array of tables") << QByteArray("[[a]]\nb = 1\n") << u"a.b"_s << u"1:1: a is no table"_s;
    QTest::newRow("a table") << QByteArray("[a.b]\n") << u"a.b"_s << u"1:1: a.b is a table, expected a value"_s;
    QTest::newRow("no key") << QByteArray() << QString() << u"\"\" is no key of the settings"_s;
}

void TestSettingsEdit::refuses()
{
    QFETCH(QByteArray, toml);
    QFETCH(QString, key);
    QFETCH(QString, sentence);
    for (const Result<QByteArray> &result : {setSetting(toml, path(key), true), removeSetting(toml, path(key))}) {
        QVERIFY(!result);
        QVERIFY2(result.error().message.startsWith(sentence), qPrintable(result.error().message));
    }
}

static QString pathText(const QStringList &keys)
{
    return keys.join(u'/');
}

/// All values that are no tables, by their path, as JSON writes them.
static void flatten(const toml::table &table, const QStringList &above, std::map<QString, std::string> &out)
{
    for (auto &&[key, node] : table) {
        const QStringList path = above + QStringList(QString::fromStdString(std::string(key.str())));
        if (const toml::table *inner = node.as_table()) {
            flatten(*inner, path, out);
        } else {
            std::ostringstream text;
            node.visit([&text](const auto &value) { text << value; });
            out[pathText(path)] = text.str();
        }
    }
}

static std::map<QString, std::string> flat(const QByteArray &toml)
{
    std::map<QString, std::string> out;
    flatten(toml::parse(std::string_view(toml.constData(), static_cast<std::size_t>(toml.size()))), {}, out);
    return out;
}

/// Whatever is set and removed, all other keys keep their values, and every comment is there in its order.
void TestSettingsEdit::randomEdits()
{
    const QByteArray corpus[] = {
        "# Mine\n\nunknown = 'x # y' # 1\n\n[web] # 2\n# 3\nlisten = \"0.0.0.0:80\" # 4\nhosts = [ # 5\n  \"a\", # 6\n"
        "  # 7\n  \"b\" ]\n\n[notifications]\nthreshold = '10s'\n\n[notifications.pipelines]\n\"nightly backup\" = "
        "false\n",
        "a.b = 1 # 1\na.c.d = 2\n# 2\nw = { x = 1, y.z = [ {q = 1}, { q = '}' } ], \"e f\" = {} } # 3\n"
        "[[list]]\nb = 1 # 4\n[list.sub] # 5\nb = 2\n[[list]]\n# 6\n[t.u]\nv.w = 1.5 # 7\n# 8",
        "\r\n# 1\r\n[web]\r\n  listen = false # 2\r\n\r\n[x]# 3\r\ntext = \"\"\"\r\n# no\r\n[no]\r\n\"\"\" # 4\r\nlit "
        "= '''a'''''\r\n",
        "",
    };
    const QStringList names = {
        u"a"_s,         u"b"_s,      u"c"_s,      u"d"_s,     u"w"_s, u"x"_s, u"y"_s, u"z"_s,
        u"e f"_s,       u"web"_s,    u"listen"_s, u"hosts"_s, u"t"_s, u"u"_s, u"v"_s, u"notifications"_s,
        u"pipelines"_s, u"ünknown"_s};
    const SettingValue values[] = {true,         qint64(5), 0.5, u"# \"no\" \\ comment"_s, QStringList{u"#"_s, u"]"_s},
                                   QStringList()};
    const auto comments = [](QByteArray text) {
        // Those of the corpus are `# 1` and on, and no value that is set has a digit behind the sign.
        QList<int> numbers;
        for (qsizetype at = text.indexOf("# "); at >= 0; at = text.indexOf("# ", at + 1)) {
            if (at + 2 < text.size() && text[at + 2] >= '0' && text[at + 2] <= '9')
                numbers.append(text[at + 2] - '0');
        }
        std::sort(numbers.begin(), numbers.end());
        return numbers;
    };
    QRandomGenerator random(20);
    int edits = 0;
    int removals = 0;
    for (int round = 0; round < 400; ++round) {
        const QByteArray first = corpus[random.bounded(int(std::size(corpus)))];
        QByteArray text = first;
        for (int step = 0; step < 12; ++step) {
            QStringList keys;
            for (int i = random.bounded(1, 4); i > 0; --i)
                keys.append(names.at(random.bounded(int(names.size()))));
            const bool removal = random.bounded(3) == 0;
            const auto there = flat(text);
            if (random.bounded(2) == 0 && !there.empty())
                keys = std::next(there.begin(), random.bounded(int(there.size())))->first.split(u'/');
            const SettingValue value = values[random.bounded(int(std::size(values)))];
            const Result<QByteArray> next = removal ? removeSetting(text, keys) : setSetting(text, keys, value);
            if (!next) {
                // Only what is in the way may stop an edit, never our own check.
                QVERIFY2(next.error().message.contains(u" table"),
                         qPrintable(next.error().message + u'\n' + QString::fromUtf8(text)));
                continue;
            }
            auto before = flat(text);
            auto after = flat(*next);
            before.erase(pathText(keys));
            QCOMPARE(after.erase(pathText(keys)), std::size_t(removal ? 0 : 1));
            QVERIFY2(before == after, (text + "\n→\n" + *next).constData());
            QVERIFY2(comments(*next) == comments(first), (text + "\n→\n" + *next).constData());
            if (!removal) {
                QCOMPARE(setSetting(*next, keys, value).value(), *next);
                ++edits;
            } else if (*next != text) {
                ++removals;
            }
            text = *next;
        }
    }
    QVERIFY(edits > 1000);
    QVERIFY(removals > 50);
}

QTEST_GUILESS_MAIN(TestSettingsEdit)
#include "tst_settings_edit.moc"
