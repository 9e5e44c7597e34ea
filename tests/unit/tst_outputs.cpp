#include "core/pipeline/binding.h"

#include <QtTest>

#include <algorithm>
#include <random>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestOutputs : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsOutputs_data();
    void readsOutputs();
    void readsNoMoreThanItShould();
    void fillsEverything();
    void leavesOtherStepsAlone();
    void tellsWhatIsWrong_data();
    void tellsWhatIsWrong();
    void refusesTextsThatGrowTooLong();
    void fillsPathsOfConditions_data();
    void fillsPathsOfConditions();
    void handsOnWhatWasPromisedBefore();
    void namesVariables();
    void keepsEveryText();
};

static BoundPipeline bound(const QByteArray &toml, const QJsonObject &given = {}, const QString &directory = u"/work"_s)
{
    const RecipeResult recipe = readRecipe(toml, {});
    if (!recipe)
        qFatal("%s", qPrintable(faultText(recipe.error().front())));
    auto pipeline = bindRecipe(*recipe, given, directory, u"/home/me"_s);
    if (!pipeline)
        qFatal("%s", qPrintable(pipeline.error().message));
    return std::move(*pipeline);
}

static QString text(const std::map<QString, QString> &values)
{
    QString all;
    for (const auto &[name, value] : values)
        all += name + u'=' + value + u';';
    return all;
}

void TestOutputs::readsOutputs_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("outputs"); // or the message
    QTest::addColumn<QStringList>("promised");
    const auto row = [](const char *name, const QByteArray &bytes, const QString &outputs,
                        const QStringList &promised = {}) { QTest::newRow(name) << bytes << outputs << promised; };
    row("nothing", "", {});
    row("one", "a=1\n", u"a=1;"_s, {u"a"_s});
    row("no line feed at the end", "a=1\nb=2", u"a=1;b=2;"_s, {u"a"_s, u"b"_s});
    row("blank lines and remarks", "\n# x=1\n  \na=1\n#\n", u"a=1;"_s);
    row("values are not touched", "a= x = \"y\" # z \nb=\nc={{steps.a.b}}", u"a= x = \"y\" # z ;b=;c={{steps.a.b}};"_s);
    row("line ends of Windows", "a=1\r\nb=2\r\n", u"a=1;b=2;"_s);
    row("the last counts", "a=1\na=2\n", u"a=2;"_s);
    row("more than was promised", "a=1\nb=2\n", u"a=1;b=2;"_s, {u"a"_s});
    row("UTF-8", "a=grün\n", u"a=grün;"_s);
    row("no value", "a=1\nfoo\n", u"line 2 of its outputs is \"foo\", expected name=value"_s);
    row("no name", "=x\n", u"line 1 of its outputs has the name \"\", expected 1 to 64 of A-Z a-z 0-9 _ -"_s);
    row("blanks around the name", "\n\n a =x\n",
        u"line 3 of its outputs has the name \" a \", expected 1 to 64 of A-Z a-z 0-9 _ -"_s);
    row("NUL", QByteArray("a=x\0y\n", 6), u"line 1 of its outputs is \"a=x\\x00y\", expected no NUL character in it"_s);
    row("invalid UTF-8", "a=1\nb=\xff\n", u"line 2 of its outputs is not valid UTF-8"_s);
    row("missing", "a=1\n", u"it wrote no output \"b\" or \"c\""_s, {u"b"_s, u"a"_s, u"c"_s});
}

void TestOutputs::readsOutputs()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, outputs);
    QFETCH(QStringList, promised);
    const auto read = readOutputs(bytes, promised);
    QCOMPARE(read ? text(*read) : read.error().message, outputs);
}

void TestOutputs::readsNoMoreThanItShould()
{
    const QByteArray longest = "a=" + QByteArray(120 * 1024, 'x') + "\n";
    QVERIFY(readOutputs(longest, {}));
    QCOMPARE(readOutputs("a=x" + longest.sliced(2), {}).error().message,
             u"line 1 of its outputs has 122881 bytes after 'a', expected at most 122880"_s);
    QByteArray all = longest + longest;
    all += QByteArray(256 * 1024 - all.size(), '\n');
    QVERIFY(readOutputs(all, {}));
    QCOMPARE(readOutputs(all + '\n', {}).error().message, u"its outputs have more than 262144 bytes"_s);
}

static const QByteArray producer = "[[steps]]\nid='pro-be'\ncommand=['x']\noutputs=['dir','frames']\n";

void TestOutputs::fillsEverything()
{
    const BoundPipeline pipeline = bound("[parameters.p]\n" + producer + R"(
[[steps]]
id = "use"
command = ["x", "{{steps.pro-be.dir}}/{{p}}/{{ steps.pro-be.frames }}", "{{{{ {{p}}{{steps.pro-be.frames}}"]
env = { A = "{{p}}", B = "<{{steps.pro-be.dir}}>" }
cwd = "{{steps.pro-be.dir}}/../{{p}}"
when = { exists = "x/{{steps.pro-be.frames}}" }
)",
                                         {{u"p"_s, u"{{steps.pro-be.dir}}{"_s}});
    const StepOutputs outputs = {{u"pro-be"_s, {{u"dir"_s, u"/a/{{b}}"_s}, {u"frames"_s, u"{7"_s}}}};
    const StepSpec &late = pipeline.steps[1];
    QVERIFY(late.late);
    const auto filled = fillOutputs(late, outputs);
    QVERIFY2(filled, filled ? "" : qPrintable(filled.error().message));
    StepSpec expected = late;
    expected.late = false;
    expected.argv = {u"x"_s, u"/a/{{b}}/{{steps.pro-be.dir}}{/{7"_s, u"{{ {{steps.pro-be.dir}}{{7"_s};
    expected.env = {
        {u"A"_s, u"{{steps.pro-be.dir}}{"_s},
        {u"B"_s, u"</a/{{b}}>"_s},
        {u"STEPWIRE_PARAM_P"_s, u"{{steps.pro-be.dir}}{"_s},
        {u"STEPWIRE_PIPELINE_DIR"_s, u"/work"_s},
        {u"STEPWIRE_STEPS_PRO_BE_DIR"_s, u"/a/{{b}}"_s},
        {u"STEPWIRE_STEPS_PRO_BE_FRAMES"_s, u"{7"_s},
    };
    expected.cwd = u"/a/{{steps.pro-be.dir}}{"_s;
    expected.when->path = u"/a/{{steps.pro-be.dir}}{/x/{7"_s;
    QCOMPARE(filled->argv, expected.argv);
    QCOMPARE(filled->env, expected.env);
    QCOMPARE(filled->cwd, expected.cwd);
    QCOMPARE(filled->when->path, expected.when->path);
    QVERIFY(*filled == expected);
}

void TestOutputs::leavesOtherStepsAlone()
{
    const BoundPipeline pipeline = bound("[[steps]]\nid='a'\ncommand=['{{{{steps.a.b}}']\nwhen={exists='{{{{x'}\n");
    const StepOutputs outputs = {{u"a"_s, {{u"b"_s, u"x"_s}}}};
    QVERIFY(*fillOutputs(pipeline.steps[0], outputs) == pipeline.steps[0]);
    QVERIFY(fillCondition(pipeline.steps[0], outputs) == pipeline.steps[0].when);

    // a pipeline's steps have an environment of their own
    const BoundPipeline other =
        bound(producer + "[[steps]]\nid='p'\npipeline='x'\nparams={a='{{steps.pro-be.dir}}',n=1}\n");
    const auto filled = fillOutputs(other.steps[1], {{u"pro-be"_s, {{u"dir"_s, u"{{"_s}}}});
    QCOMPARE(filled->params, (QJsonObject{{u"a"_s, u"{{"_s}, {u"n"_s, 1}}));
    QVERIFY(filled->env.empty());
}

void TestOutputs::tellsWhatIsWrong_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<QString>("message");
    const QString missing = u"step 'use' uses output 'frames' of step 'pro-be', which did not write it"_s;
    QTest::newRow("argument") << QByteArray("command=['x','{{steps.pro-be.frames}}']") << missing;
    QTest::newRow("variable") << QByteArray("command=['x']\nenv={A='{{steps.pro-be.frames}}'}") << missing;
    QTest::newRow("cwd") << QByteArray("command=['x']\ncwd='{{steps.pro-be.frames}}'") << missing;
    QTest::newRow("parameter") << QByteArray("pipeline='x'\nparams={a='{{steps.pro-be.frames}}'}") << missing;
    QTest::newRow("condition") << QByteArray("command=['x']\nwhen={exists='{{steps.pro-be.frames}}'}") << QString();
    QTest::newRow("relative") << QByteArray("command=['x']\ncwd='{{steps.pro-be.dir}}'")
                              << u"the cwd of step 'use' is \"out\", expected an absolute path"_s;
    QTest::newRow("within") << QByteArray("command=['x']\ncwd='a/{{steps.pro-be.dir}}'") << QString();
    QTest::newRow("program") << QByteArray("command=['{{steps.pro-be.none}}']")
                             << u"step 'use' has no program with its outputs filled in"_s;
}

void TestOutputs::tellsWhatIsWrong()
{
    QFETCH(QByteArray, lines);
    QFETCH(QString, message);
    const BoundPipeline pipeline =
        bound("[[steps]]\nid='pro-be'\ncommand=['x']\noutputs=['dir','frames','none']\n[[steps]]\nid='use'\n" + lines);
    const auto filled = fillOutputs(pipeline.steps[1], {{u"pro-be"_s, {{u"dir"_s, u"out"_s}, {u"none"_s, QString()}}}});
    QCOMPARE(filled ? QString() : filled.error().message, message);
}

void TestOutputs::refusesTextsThatGrowTooLong()
{
    const auto told = [](const QByteArray &lines, qsizetype size) {
        const BoundPipeline pipeline = bound(producer + "[[steps]]\nid='use'\n" + lines);
        const auto filled = fillOutputs(pipeline.steps[1], {{u"pro-be"_s, {{u"dir"_s, QString(size, u'x')}}}});
        return filled ? QString() : filled.error().message;
    };
    QCOMPARE(told("command=['x','{{steps.pro-be.dir}}']", 120 * 1024), QString());
    QCOMPARE(told("command=['x','-{{steps.pro-be.dir}}']", 120 * 1024),
             u"an argument of step 'use' has more than 122880 bytes with its outputs filled in"_s);
    QCOMPARE(told("command=['x','ü{{steps.pro-be.dir}}']", 120 * 1024 - 1),
             u"an argument of step 'use' has more than 122880 bytes with its outputs filled in"_s);
    QCOMPARE(told("command=['x']\nenv={A='{{steps.pro-be.dir}}{{steps.pro-be.dir}}'}", 120 * 1024),
             u"variable 'A' of step 'use' has more than 122880 bytes with its outputs filled in"_s);
    QCOMPARE(told("command=['x'," + QByteArray("'{{steps.pro-be.dir}}',").repeated(30'000) + "]", 120 * 1024),
             u"step 'use' has more than 16777216 characters with its outputs filled in"_s);
}

void TestOutputs::fillsPathsOfConditions_data()
{
    QTest::addColumn<QByteArray>("exists");
    QTest::addColumn<QByteArray>("cwd");
    QTest::addColumn<QString>("path"); // with dir = "/d", name = "n", none not written
    const auto row = [](const char *exists, const char *cwd, const QString &path) {
        QTest::addRow("%s in %s", exists, cwd) << QByteArray(exists) << QByteArray(cwd) << path;
    };
    row("{{steps.a.dir}}/x/", "", u"/d/x"_s);
    row("{{steps.a.name}}", "", u"/work/{{/n"_s);
    row("{{steps.a.name}}", "{{steps.a.dir}}", u"/d/n"_s);
    row("x", "{{steps.a.dir}}", u"/d/x"_s);
    row("x", "y", u"/work/{{/y/x"_s);
    row("~/{{steps.a.name}}", "", u"/home/me/n"_s);
    row("{{steps.a.none}}", "", QString());
    row("x", "{{steps.a.none}}", QString());
    row("x", "{{steps.a.name}}", QString());
    row("/x", "{{steps.a.none}}", u"/x"_s);
}

void TestOutputs::fillsPathsOfConditions()
{
    QFETCH(QByteArray, exists);
    QFETCH(QByteArray, cwd);
    QFETCH(QString, path);
    const BoundPipeline pipeline = bound("[[steps]]\nid='a'\ncommand=['x']\noutputs=['dir','name','none']\n"
                                         "[[steps]]\nid='b'\ncommand=['x']\ncwd='"
                                             + cwd + "'\nwhen={not={exists='" + exists + "'}}\n",
                                         {}, u"/work/{{"_s);
    const auto when = fillCondition(pipeline.steps[1], {{u"a"_s, {{u"dir"_s, u"/d"_s}, {u"name"_s, u"n"_s}}}});
    QCOMPARE(when->parts.at(0).path, path);
}

void TestOutputs::handsOnWhatWasPromisedBefore()
{
    const BoundPipeline pipeline =
        bound("[[steps]]\nid='a'\ncommand=['x']\noutputs=['o']\n"
              "[[steps]]\nid='m'\ncommand=['x']\nmatrix={n=[1,2]}\noutputs=['o']\n"
              "[[steps]]\nid='aside'\ncommand=['x']\noutputs=['o']\nneeds=[]\n"
              "[[steps]]\nid='b'\ncommand=['x']\nneeds=['m']\n"
              "[[steps]]\nid='f'\ncommand=['x']\nfinally=true\nwhen={step='b',is='failed'}\n");
    const std::map<QString, QString> written = {{u"o"_s, u"1"_s}, {u"more"_s, u"2"_s}};
    const StepOutputs outputs = {
        {u"a"_s, written}, {u"m-1"_s, written}, {u"m-2"_s, written}, {u"aside"_s, written}, {u"b"_s, written}};
    const std::map<QString, QString> promised = {{u"o"_s, u"1"_s}};
    const StepOutputs before = {{u"a"_s, promised}, {u"m-1"_s, promised}, {u"m-2"_s, promised}};
    QCOMPARE(outputsBefore(pipeline.steps, 0, outputs), StepOutputs());
    QCOMPARE(outputsBefore(pipeline.steps, 4, outputs), before);
    QCOMPARE(outputsBefore(pipeline.steps, 5, outputs), before);
}

void TestOutputs::namesVariables()
{
    QCOMPARE(outputVariable(u"pro-be"_s, u"out_Dir"_s), u"STEPWIRE_STEPS_PRO_BE_OUT_DIR"_s);
    QCOMPARE(matrixVariable(u"si-ze"_s), u"STEPWIRE_MATRIX_SI_ZE"_s);
}

/// Whatever parameters, outputs and texts hold, what comes out is what a person would have written by hand.
void TestOutputs::keepsEveryText()
{
    std::mt19937 random(4711);
    const auto below = [&](std::size_t n) { return random() % n; };
    const auto pick = [&](const QStringList &from) {
        return from[static_cast<qsizetype>(below(static_cast<std::size_t>(from.size())))];
    };
    const QStringList scraps = {u"{"_s,  u"{{"_s, u"{{{"_s,           u"}"_s,     u"}}"_s, u"x"_s,
                                u" "_s,  u"/"_s,  u"{{steps.a.o}}"_s, u"{{p}}"_s, u"ü"_s,  u"{{{{"_s,
                                u"\n"_s, u"."_s,  u"steps.a.o"_s,     u"{{ "_s};
    const auto wild = [&] {
        QString text;
        for (std::size_t n = below(6); n > 0; --n)
            text += pick(scraps);
        return text;
    };
    for (int round = 0; round < 2000; ++round) {
        const QString p = wild();
        const QString o = wild();
        const QString m = u"m"_s + wild();
        // a text as it is written and as it is meant
        const auto make = [&](QString &written, QString &meant) {
            QString literal;
            const auto flush = [&] {
                // a single brace before a name cannot be written
                while (literal.endsWith(u'{'))
                    literal.chop(1);
                meant += literal;
                written += literal.replace(u"{{"_s, u"{{{{"_s);
                literal.clear();
            };
            for (std::size_t n = below(7); n > 0; --n) {
                switch (below(5)) {
                case 0:
                    flush();
                    written += u"{{p}}"_s;
                    meant += p;
                    break;
                case 1:
                    flush();
                    written += u"{{ steps.a.o }}"_s;
                    meant += o;
                    break;
                case 2:
                    flush();
                    written += u"{{matrix.m}}"_s;
                    meant += m;
                    break;
                default: literal += pick(scraps);
                }
            }
            flush();
        };
        Recipe recipe;
        recipe.parameters = {{u"p"_s, ParameterType::String, false, {}, {}, {}}};
        recipe.steps.resize(2);
        recipe.steps[0].id = u"a"_s;
        recipe.steps[0].command = {u"x"_s};
        recipe.steps[0].outputs = {u"o"_s};
        StepRecipe &use = recipe.steps[1];
        use.id = u"b"_s;
        use.needs = {u"a"_s};
        use.matrix = {{u"m"_s, {m}}};
        use.command = {u"x"_s};
        QStringList argv = {u"x"_s};
        for (int i = 0; i < 4; ++i) {
            QString written;
            QString meant;
            make(written, meant);
            use.command.push_back(written);
            argv.push_back(meant);
        }
        QString value;
        QString variable;
        make(value, variable);
        use.env = {{u"A"_s, value}};
        QString parameter;
        QString given;
        make(parameter, given);
        use.params = {{u"q"_s, parameter}};
        QString folder;
        QString cwd;
        make(folder, cwd);
        use.cwd = u"/r/"_s + folder;
        const QString caller = u"/work/"_s + wild();

        const auto pipeline = bindRecipe(recipe, {{u"p"_s, p}}, caller, u"/home/me"_s);
        QVERIFY(pipeline);
        const auto filled = fillOutputs(pipeline->steps[1], {{u"a"_s, {{u"o"_s, o}}}});
        QVERIFY2(filled, filled ? "" : qPrintable(filled.error().message));
        QCOMPARE(filled->argv, argv);
        QCOMPARE(filled->env,
                 (std::vector<std::pair<QString, QString>>{{u"A"_s, variable},
                                                           {u"STEPWIRE_MATRIX_M"_s, m},
                                                           {u"STEPWIRE_PARAM_P"_s, p},
                                                           {u"STEPWIRE_PIPELINE_DIR"_s, caller},
                                                           {u"STEPWIRE_STEPS_A_O"_s, o}}));
        QCOMPARE(filled->params, (QJsonObject{{u"q"_s, given}}));
        QCOMPARE(filled->cwd, QDir::cleanPath(u"/r/"_s + cwd));
    }
}

QTEST_APPLESS_MAIN(TestOutputs)
#include "tst_outputs.moc"
