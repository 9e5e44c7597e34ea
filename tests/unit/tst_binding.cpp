#include "core/pipeline/binding.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QtTest>

#include <algorithm>
#include <array>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestBinding : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bindsEverything();
    void leavesOutWhatIsNotGiven();
    void checksValues_data();
    void checksValues();
    void tellsAllProblems_data();
    void tellsAllProblems();
    void writesValuesAsText_data();
    void writesValuesAsText();
    void fillsTexts_data();
    void fillsTexts();
    void choosesTheFolder_data();
    void choosesTheFolder();
    void choosesTheTitle_data();
    void choosesTheTitle();
    void refusesTextsThatGrowTooLong();
    void refusesAProgramThatIsEmpty();
    void knowsTheFolderOfThePipeline();
    void namesVariables_data();
    void namesVariables();
    void makesPathsAbsolute_data();
    void makesPathsAbsolute();
    void bindsNewWords();
    void multipliesByTheMatrix();
    void refusesAMatrixThatGrowsTooLarge();
    void decidesComparisons_data();
    void decidesComparisons();
    void asksForTheWorstOfAMatrix_data();
    void asksForTheWorstOfAMatrix();
    void waitsForWhatItAsksFor();
    void makesConditionPathsAbsolute();
    void findsThePipelineOfAStep_data();
    void findsThePipelineOfAStep();
    void knowsLateSteps();
    void namesTheHistory_data();
    void namesTheHistory();
};

static Recipe recipeFrom(const QByteArray &toml, const QString &file = {})
{
    RecipeResult result = readRecipe(toml, file);
    if (!result)
        qFatal("%s", qPrintable(faultText(result.error().front())));
    return *result;
}

static Result<BoundPipeline> bind(const Recipe &recipe, const QJsonObject &given)
{
    return bindRecipe(recipe, given, u"/work"_s, u"/home/me"_s);
}

static QString errorText(const Result<BoundPipeline> &bound)
{
    return bound ? QString() : QString::number(bound.error().code) + u' ' + bound.error().message;
}

/// A recipe with one parameter that has the given lines.
static Recipe withParameter(const QByteArray &lines)
{
    return recipeFrom("[parameters.p]\n" + lines + "\n[[steps]]\nid='a'\ncommand=['x','{{p}}']\n");
}

static QByteArray json(const QJsonValue &value)
{
    return QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
}

static QJsonValue fromJson(const QByteArray &text)
{
    return QJsonDocument::fromJson('[' + text + ']').array().at(0);
}

void TestBinding::bindsEverything()
{
    Recipe recipe = recipeFrom(R"(
title = "Develop"
event_name = "develop"
event_data = { image = "{{image}}", note = "{{note}}", size = 2, braces = "{{{{" }
grace = "1m"

[parameters.image]
type = "path"
required = true

[parameters.over-lay]
type = "path"
default = "frame.png"

[parameters.gain]
type = "float"
default = 1

[parameters.dry]
type = "bool"

[parameters.note]

[[steps]]
id = "read"
title = "Read {{image}}"
command = ["dcraw", "-g={{gain}}", "{{image}}", "{{note}}"]
env = { LOOK = "{{dry}}/{{pipeline.dir}}", A = "" }
cwd = "out"
weight = 3
terminal = true
grace = 1

[[steps]]
id = "tone"
script = "echo {{ .x }}"
)",
                               u"develop.toml"_s);
    recipe.file = u"/lib/develop.toml"_s;
    recipe.directory = u"/lib"_s;

    const auto bound = bind(recipe, {{u"image"_s, u"~/a b.raw"_s}, {u"dry"_s, u"Yes"_s}});
    QCOMPARE(errorText(bound), QString());

    BoundPipeline expected;
    expected.name = u"develop"_s;
    expected.title = u"Develop a b.raw"_s;
    expected.eventName = u"develop"_s;
    expected.eventData = {
        {u"image"_s, u"/home/me/a b.raw"_s}, {u"note"_s, u""_s}, {u"size"_s, 2}, {u"braces"_s, u"{{"_s}};
    expected.params = {
        {u"image"_s, u"/home/me/a b.raw"_s}, {u"over-lay"_s, u"/work/frame.png"_s}, {u"gain"_s, 1.0}, {u"dry"_s, true}};
    expected.graceMs = 60'000;
    expected.history = u"develop"_s;
    const std::vector<std::pair<QString, QString>> variables = {
        {u"STEPWIRE_PARAM_IMAGE"_s, u"/home/me/a b.raw"_s},
        {u"STEPWIRE_PARAM_OVER_LAY"_s, u"/work/frame.png"_s},
        {u"STEPWIRE_PARAM_GAIN"_s, u"1"_s},
        {u"STEPWIRE_PARAM_DRY"_s, u"true"_s},
        {u"STEPWIRE_PIPELINE_DIR"_s, u"/lib"_s},
    };
    expected.steps.resize(2);
    StepSpec &read = expected.steps[0];
    read.id = u"read"_s;
    read.title = u"Read {{image}}"_s;
    read.argv = {u"dcraw"_s, u"-g=1"_s, u"/home/me/a b.raw"_s, u""_s};
    read.env = {{u"LOOK"_s, u"true//lib"_s}, {u"A"_s, u""_s}};
    read.env.insert(read.env.end(), variables.begin(), variables.end());
    read.cwd = u"/work/out"_s;
    read.weight = 3;
    read.ownWeight = true;
    read.terminal = true;
    read.graceMs = 1000;
    StepSpec &tone = expected.steps[1];
    tone.id = u"tone"_s;
    tone.title = u"tone"_s;
    tone.argv = {u"sh"_s, u"-eu"_s, u"-c"_s, u"echo {{ .x }}"_s};
    tone.env = variables;
    tone.cwd = u"/work"_s;
    tone.needs = {u"read"_s};
    QCOMPARE(bound->eventData, expected.eventData);
    QCOMPARE(bound->params, expected.params);
    QCOMPARE(bound->steps[0].env, read.env);
    QVERIFY(*bound == expected);
}

void TestBinding::leavesOutWhatIsNotGiven()
{
    const auto bound = bind(withParameter("type = 'int'"), {});
    QCOMPARE(errorText(bound), QString());
    QCOMPARE(bound->params, QJsonObject());
    QCOMPARE(bound->steps[0].argv, QStringList({u"x"_s, u""_s}));
    QCOMPARE(bound->steps[0].env, (std::vector<std::pair<QString, QString>>{{u"STEPWIRE_PIPELINE_DIR"_s, u"/work"_s}}));
}

void TestBinding::checksValues_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<QByteArray>("given");
    QTest::addColumn<QByteArray>("value"); // as JSON; empty: refused
    QTest::addColumn<QString>("expected"); // what the message says was expected
    const auto takes = [](const char *type, const char *given, const char *value) {
        QTest::addRow("%s takes %s", type, given)
            << QByteArray("type='") + type + "'" << QByteArray(given) << QByteArray(value) << QString();
    };
    const auto refuses = [](const char *type, const char *given, const QString &message) {
        QTest::addRow("%s refuses %s", type, given)
            << QByteArray("type='") + type + "'" << QByteArray(given) << QByteArray() << message;
    };
    const auto wrong = [&](const char *type, const char *given, const QString &shown, const QString &expected) {
        refuses(type, given, u"-32602 parameter 'p' is "_s + shown + u", expected "_s + expected);
    };

    takes("string", R"("")", R"("")");
    takes("string", R"("a\nb {{p}}")", R"("a\nb {{p}}")");
    takes("string", R"("3")", R"("3")");
    wrong("string", "3", u"3"_s, u"a string"_s);
    wrong("string", "null", u"null"_s, u"a string"_s);
    wrong("string", "[1]", u"an array"_s, u"a string"_s);
    wrong("string", "{}", u"an object"_s, u"a string"_s);
    wrong("string", "true", u"true"_s, u"a string"_s);
    wrong("string", R"("a\u0000b")", u"\"a\\x00b\""_s, u"no NUL character in it"_s);

    takes("path", R"("a.png")", R"("/work/a.png")");
    takes("path", R"("/a/../b/")", R"("/b")");
    takes("path", R"("~/a")", R"("/home/me/a")");
    wrong("path", R"("")", u"\"\""_s, u"a path"_s);
    wrong("path", "1", u"1"_s, u"a path"_s);
    wrong("path", R"("a\u0000")", u"\"a\\x00\""_s, u"no NUL character in it"_s);

    const QString exact = u"at most 9007199254740992 either way"_s;
    takes("int", "3", "3");
    takes("int", "3.0", "3");
    takes("int", "-3", "-3");
    takes("int", R"("3")", "3");
    takes("int", R"("-3")", "-3");
    takes("int", R"("007")", "7");
    takes("int", "9007199254740992", "9007199254740992");
    takes("int", R"("-9007199254740992")", "-9007199254740992");
    wrong("int", "9007199254740993", u"9007199254740992"_s, exact);
    wrong("int", R"("9007199254740993")", u"\"9007199254740993\""_s, exact);
    wrong("int", R"("9223372036854775808")", u"\"9223372036854775808\""_s, exact);
    wrong("int", "1e300", u"1e+300"_s, exact);
    wrong("int", "1.5", u"1.5"_s, u"a whole number"_s);
    wrong("int", R"("abc")", u"\"abc\""_s, u"a whole number"_s);
    wrong("int", R"("1.5")", u"\"1.5\""_s, u"a whole number"_s);
    wrong("int", R"("0x10")", u"\"0x10\""_s, u"a whole number"_s);
    wrong("int", R"("1,000")", u"\"1,000\""_s, u"a whole number"_s);
    wrong("int", R"("")", u"\"\""_s, u"a whole number"_s);
    wrong("int", "true", u"true"_s, u"a whole number"_s);
    wrong("int", "null", u"null"_s, u"a whole number"_s);

    takes("float", "0.1", "0.1");
    takes("float", "3", "3");
    takes("float", R"("0.1")", "0.1");
    takes("float", R"("1e3")", "1000");
    takes("float", R"("-.5")", "-0.5");
    for (const char *text : {R"("inf")", R"("nan")", R"("1e999")", R"("1,5")", R"("")", R"("1.5x")"})
        wrong("float", text, QString::fromLatin1(text), u"a finite number"_s);
    wrong("float", "true", u"true"_s, u"a finite number"_s);

    for (const char *text : {"true", R"("true")", R"("yes")", R"("1")", R"("on")", R"("TRUE")", R"("On")"})
        takes("bool", text, "true");
    for (const char *text : {"false", R"("false")", R"("no")", R"("0")", R"("off")", R"("No")"})
        takes("bool", text, "false");
    wrong("bool", "1", u"1"_s, u"true or false"_s);
    wrong("bool", R"("maybe")", u"\"maybe\""_s, u"true or false"_s);
    wrong("bool", R"("")", u"\"\""_s, u"true or false"_s);

    const QByteArray choice = "type='choice'\nchoices=['fast','slow']";
    QTest::newRow("choice takes one") << choice << QByteArray(R"("slow")") << QByteArray(R"("slow")") << QString();
    QTest::newRow("choice refuses others") << choice << QByteArray(R"("Slow")") << QByteArray()
                                           << u"-32602 parameter 'p' is \"Slow\", expected \"fast\" or \"slow\""_s;
    QTest::newRow("choice refuses numbers")
        << choice << QByteArray("1") << QByteArray() << u"-32602 parameter 'p' is 1, expected \"fast\" or \"slow\""_s;
}

void TestBinding::checksValues()
{
    QFETCH(QByteArray, lines);
    QFETCH(QByteArray, given);
    QFETCH(QByteArray, value);
    QFETCH(QString, expected);
    const auto bound = bind(withParameter(lines), {{u"p"_s, fromJson(given)}});
    QCOMPARE(errorText(bound), expected);
    if (bound)
        QCOMPARE(json(bound->params[u"p"]), '[' + value + ']');
}

void TestBinding::tellsAllProblems_data()
{
    QTest::addColumn<QByteArray>("parameters");
    QTest::addColumn<QByteArray>("given");
    QTest::addColumn<QString>("message");
    const QByteArray one = "[parameters.count]\ntype='int'\n[parameters.image]\ntype='path'\nrequired=true\n";
    const auto row = [](const char *name, const QByteArray &parameters, const QByteArray &given,
                        const QString &message) { QTest::newRow(name) << parameters << given << message; };
    row("several", one, R"({"count":"abc","imgae":"a.png"})",
        u"parameter 'count' is \"abc\", expected a whole number; parameter 'image' is required; "
        u"unknown parameter 'imgae', did you mean 'image'?"_s);
    row("required", one, "{}", u"parameter 'image' is required"_s);
    row("none known", "", R"({"a":1})", u"unknown parameter 'a'"_s);
    row("nothing near", one, R"({"image":"x","qqqqqqqqqqqqqqqqqqqqqqq":1})",
        u"unknown parameter 'qqqqqqqqqqqqqqqqqqqqqqq'"_s);
    row("quoted safely", "", R"({"\u001b[2J":1})", u"unknown parameter '\\x1b[2J'"_s);
    QByteArray many = "{";
    for (int i = 10; i < 40; ++i)
        many += "\"p" + QByteArray::number(i) + "\":1,";
    many.back() = '}';
    QStringList first;
    for (int i = 10; i < 30; ++i)
        first.push_back(u"unknown parameter 'p"_s + QString::number(i) + u'\'');
    row("many", "", many, first.join(u"; "_s) + u"; and 10 more"_s);
}

void TestBinding::tellsAllProblems()
{
    QFETCH(QByteArray, parameters);
    QFETCH(QByteArray, given);
    QFETCH(QString, message);
    const auto bound =
        bind(recipeFrom(parameters + "[[steps]]\nid='a'\ncommand=['x']\n"), QJsonDocument::fromJson(given).object());
    QVERIFY(!bound);
    QCOMPARE(bound.error().code, -32602);
    QCOMPARE(bound.error().message, message);
}

void TestBinding::writesValuesAsText_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("given");
    QTest::addColumn<QString>("text");
    const auto row = [](const char *type, const char *given, const QString &text) {
        QTest::addRow("%s %s", type, given) << QByteArray(type) << QByteArray(given) << text;
    };
    row("int", "-12", u"-12"_s);
    row("int", "9007199254740992", u"9007199254740992"_s);
    row("float", "0.1", u"0.1"_s);
    row("float", "0.30000000000000004", u"0.30000000000000004"_s);
    row("float", "1000000", u"1000000"_s);
    row("float", "2.5e-10", u"2.5e-10"_s);
    row("float", "1e21", u"1e+21"_s);
    row("float", "-0.5", u"-0.5"_s);
    row("bool", R"("on")", u"true"_s);
    row("bool", "false", u"false"_s);
    row("string", R"("ä 'b' \"c\" $d")", u"ä 'b' \"c\" $d"_s);
}

void TestBinding::writesValuesAsText()
{
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, given);
    QFETCH(QString, text);
    const auto bound = bind(withParameter("type='" + type + "'"), {{u"p"_s, fromJson(given)}});
    QCOMPARE(errorText(bound), QString());
    QCOMPARE(bound->steps[0].argv.at(1), text);
    QCOMPARE(bound->steps[0].env.front(), std::pair(u"STEPWIRE_PARAM_P"_s, text));
}

void TestBinding::fillsTexts_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("filled"); // with a = "A B", b = "{{a}}", c not given
    QTest::newRow("plain") << QByteArray("x y") << u"x y"_s;
    QTest::newRow("whole") << QByteArray("{{a}}") << u"A B"_s;
    QTest::newRow("within") << QByteArray("-x={{ a }},{{a}}") << u"-x=A B,A B"_s;
    QTest::newRow("values are not looked into") << QByteArray("{{b}}") << u"{{a}}"_s;
    QTest::newRow("not given") << QByteArray("[{{c}}]") << u"[]"_s;
    QTest::newRow("braces") << QByteArray("{{{{a}} {a}") << u"{{a}} {a}"_s;
    QTest::newRow("folder") << QByteArray("{{pipeline.dir}}/x") << u"/lib/x"_s;
}

void TestBinding::fillsTexts()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, filled);
    Recipe recipe = recipeFrom("event_data={e='" + text
                               + "'}\n[parameters]\na={}\nb={}\nc={}\n"
                                 "[[steps]]\nid='a'\ncommand=['x','"
                               + text
                               + "']\n"
                                 "env={E='"
                               + text + "'}\ncwd='/" + text + "'\n");
    recipe.directory = u"/lib"_s;
    const auto bound = bind(recipe, {{u"a"_s, u"A B"_s}, {u"b"_s, u"{{a}}"_s}});
    QCOMPARE(errorText(bound), QString());
    QCOMPARE(bound->steps[0].argv, QStringList({u"x"_s, filled}));
    QCOMPARE(bound->steps[0].env.front(), std::pair(u"E"_s, filled));
    QCOMPARE(bound->steps[0].cwd, QDir::cleanPath(u'/' + filled));
    QCOMPARE(bound->eventData, (QJsonObject{{u"e"_s, filled}}));
}

void TestBinding::choosesTheFolder_data()
{
    QTest::addColumn<QByteArray>("cwd");
    QTest::addColumn<QString>("folder");
    QTest::newRow("none") << QByteArray() << u"/work"_s;
    QTest::newRow("empty") << QByteArray("cwd=''") << u"/work"_s;
    QTest::newRow("empty when filled in") << QByteArray("cwd='{{p}}'") << u"/work"_s;
    QTest::newRow("relative") << QByteArray("cwd='a/../b'") << u"/work/b"_s;
    QTest::newRow("absolute") << QByteArray("cwd='/a/'") << u"/a"_s;
    QTest::newRow("home") << QByteArray("cwd='~/a'") << u"/home/me/a"_s;
    QTest::newRow("of the pipeline") << QByteArray("cwd='{{pipeline.dir}}/a'") << u"/lib/a"_s;
}

void TestBinding::choosesTheFolder()
{
    QFETCH(QByteArray, cwd);
    QFETCH(QString, folder);
    Recipe recipe = recipeFrom("[parameters.p]\n[[steps]]\nid='a'\ncommand=['x']\n" + cwd);
    recipe.directory = u"/lib"_s;
    const auto bound = bind(recipe, {});
    QCOMPARE(errorText(bound), QString());
    QCOMPARE(bound->steps[0].cwd, folder);
}

void TestBinding::choosesTheTitle_data()
{
    QTest::addColumn<QByteArray>("top");
    QTest::addColumn<QString>("file");
    QTest::addColumn<QJsonObject>("given");
    QTest::addColumn<QString>("title");
    const QJsonObject none;
    QTest::newRow("title") << QByteArray("title='Blur'") << u"b.toml"_s << none << u"Blur"_s;
    QTest::newRow("name") << QByteArray() << u"b.toml"_s << none << u"b"_s;
    QTest::newRow("neither") << QByteArray() << QString() << none << u"pipeline"_s;
    QTest::newRow("paths") << QByteArray("title='Blur'") << u"b.toml"_s
                           << QJsonObject{{u"a"_s, u"x/1.png"_s}, {u"b"_s, u"/2 3.png"_s}, {u"s"_s, u"/no"_s}}
                           << u"Blur 1.png 2 3.png"_s;
    QTest::newRow("a path without a name")
        << QByteArray("title='Blur'") << u"b.toml"_s << QJsonObject{{u"a"_s, u"/"_s}} << u"Blur"_s;
}

void TestBinding::choosesTheTitle()
{
    QFETCH(QByteArray, top);
    QFETCH(QString, file);
    QFETCH(QJsonObject, given);
    QFETCH(QString, title);
    const Recipe recipe = recipeFrom(top
                                         + "\n[parameters]\na={type='path'}\nb={type='path'}\ns={}\n"
                                           "d={type='path',default='/default.png'}\n"
                                           "[[steps]]\nid='a'\ncommand=['x']\n",
                                     file);
    const auto bound = bind(recipe, given);
    QCOMPARE(errorText(bound), QString());
    QCOMPARE(bound->title, title);
}

void TestBinding::refusesTextsThatGrowTooLong()
{
    const QString longest(120 * 1024, u'x');
    const Recipe once = withParameter({});
    QCOMPARE(errorText(bind(once, {{u"p"_s, longest}})), QString());
    QCOMPARE(errorText(bind(once, {{u"p"_s, QString(longest + u'x')}})),
             u"-32602 parameter 'p' has 122881 bytes, expected at most 122880"_s);
    QCOMPARE(errorText(bind(once, {{u"p"_s, QString(60 * 1024, u'ü')}})), QString());
    QCOMPARE(errorText(bind(once, {{u"p"_s, QString(60 * 1024 + 1, u'ü')}})),
             u"-32602 parameter 'p' has 122882 bytes, expected at most 122880"_s);

    const Recipe twice = recipeFrom("[parameters.p]\n[[steps]]\nid='a'\ncommand=['x','{{p}}{{p}}']\n"
                                    "env={E='-{{p}}'}\n");
    QCOMPARE(errorText(bind(twice, {{u"p"_s, longest}})),
             u"-32602 an argument of step 'a' has more than 122880 bytes with its parameters filled in; "
             u"variable 'E' of step 'a' has more than 122880 bytes with its parameters filled in"_s);

    const Recipe often = recipeFrom("[parameters.p]\n[[steps]]\nid='a'\ncommand=['x',"
                                    + QByteArray("'{{p}}',").repeated(100'000) + "]\n");
    QCOMPARE(errorText(bind(often, {{u"p"_s, longest}})),
             u"-32602 the pipeline has more than 16777216 characters with its parameters filled in"_s);
}

void TestBinding::refusesAProgramThatIsEmpty()
{
    const Recipe recipe = recipeFrom("[parameters.p]\n[[steps]]\nid='a'\ncommand=['{{p}}']\n");
    QCOMPARE(errorText(bind(recipe, {})), u"-32602 step 'a' has no program with its parameters filled in"_s);
    QCOMPARE(errorText(bind(recipe, {{u"p"_s, u"ls"_s}})), QString());
}

void TestBinding::knowsTheFolderOfThePipeline()
{
    Recipe recipe = recipeFrom("[[steps]]\nid='a'\ncommand=['{{pipeline.dir}}/x']\n");
    QCOMPARE(bind(recipe, {})->steps[0].argv, QStringList(u"/work/x"_s));
    recipe.directory = u"/lib"_s;
    const auto bound = bind(recipe, {});
    QCOMPARE(bound->steps[0].argv, QStringList(u"/lib/x"_s));
    QCOMPARE(bound->steps[0].env.back(), std::pair(u"STEPWIRE_PIPELINE_DIR"_s, u"/lib"_s));
}

void TestBinding::namesVariables_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("variable");
    QTest::newRow("lower") << u"image"_s << u"STEPWIRE_PARAM_IMAGE"_s;
    QTest::newRow("mixed") << u"In-put_2"_s << u"STEPWIRE_PARAM_IN_PUT_2"_s;
    QTest::newRow("digit") << u"1x"_s << u"STEPWIRE_PARAM_1X"_s;
}

void TestBinding::namesVariables()
{
    QFETCH(QString, name);
    QFETCH(QString, variable);
    QCOMPARE(parameterVariable(name), variable);
}

void TestBinding::makesPathsAbsolute_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("home");
    QTest::addColumn<QString>("absolute");
    QTest::newRow("relative") << u"a/b"_s << u"/h"_s << u"/d/a/b"_s;
    QTest::newRow("cleaned") << u"./a//../b/"_s << u"/h"_s << u"/d/b"_s;
    QTest::newRow("up") << u"../a"_s << u"/h"_s << u"/a"_s;
    QTest::newRow("absolute") << u"/a"_s << u"/h"_s << u"/a"_s;
    QTest::newRow("home") << u"~"_s << u"/h"_s << u"/h"_s;
    QTest::newRow("in home") << u"~/a"_s << u"/h/"_s << u"/h/a"_s;
    QTest::newRow("no home") << u"~/a"_s << u""_s << u"/d/~/a"_s;
    QTest::newRow("a name with a tilde") << u"~a"_s << u"/h"_s << u"/d/~a"_s;
    QTest::newRow("folder itself") << u"."_s << u"/h"_s << u"/d"_s;
    QTest::newRow("spaces and wildcards") << u" a*[b] "_s << u"/h"_s << u"/d/ a*[b] "_s;
}

void TestBinding::makesPathsAbsolute()
{
    QFETCH(QString, path);
    QFETCH(QString, home);
    QFETCH(QString, absolute);
    QCOMPARE(absolutePath(path, u"/d"_s, home), absolute);
}

void TestBinding::bindsNewWords()
{
    Recipe recipe = recipeFrom(R"(
timeout = "1d"
on_failure = "finish_all"

[parameters.image]

[[steps]]
id = "a"
title = "A"
command = ["x"]
outputs = ["o"]
retries = { count = 2, delay = 3, max_delay = 4, backoff = "fixed", jitter = 0.5 }
timeout = 5
stall_timeout = 6
allow_failure = true
progress = "percent"
progress_pattern = "x"
phases = ["p", { id = "q", title = "Q", total = 3, unit = "u" }]

[[steps]]
id = "b"
pipeline = "other"
params = { image = "{{image}}/x", n = 1, f = 0.5, t = false }

[[steps]]
id = "c"
command = ["y"]
finally = true
)",
                               u"words.toml"_s);
    const auto bound = bind(recipe, {{u"image"_s, u"{{"_s}});
    QCOMPARE(errorText(bound), QString());
    QCOMPARE(bound->timeoutMs, std::optional<qint64>(86'400'000));
    QCOMPARE(bound->onFailure, OnFailure::FinishAll);
    QCOMPARE(bound->history, u"words"_s);
    QCOMPARE(bound->steps.size(), 3u);

    StepSpec a;
    a.id = u"a"_s;
    a.title = u"A"_s;
    a.argv = {u"x"_s};
    a.env = {{u"STEPWIRE_PARAM_IMAGE"_s, u"{{"_s}, {u"STEPWIRE_PIPELINE_DIR"_s, u"/work"_s}};
    a.cwd = u"/work"_s;
    a.retry = {2, RetryPolicy::Backoff::Fixed, 3000, 4000, 0.5};
    a.timeoutMs = 5000;
    a.stallTimeoutMs = 6000;
    a.allowFailure = true;
    a.outputs = {u"o"_s};
    a.progress = ProgressSource::Percent;
    a.progressPattern = u"x"_s;
    a.phases = {{u"p"_s, {}, {}, {}}, {u"q"_s, u"Q"_s, 3, u"u"_s}};
    QVERIFY(bound->steps[0] == a);

    StepSpec b;
    b.id = u"b"_s;
    b.title = u"b"_s;
    b.pipeline = u"other"_s;
    b.params = {{u"image"_s, u"{{{{/x"_s}, {u"n"_s, 1}, {u"f"_s, 0.5}, {u"t"_s, false}};
    b.cwd = u"/work"_s;
    b.needs = {u"a"_s};
    b.late = true;
    QVERIFY(bound->steps[1] == b);

    StepSpec c;
    c.id = u"c"_s;
    c.title = u"c"_s;
    c.argv = {u"y"_s};
    c.env = a.env;
    c.cwd = u"/work"_s;
    c.finally = true;
    QVERIFY(bound->steps[2] == c);
}

void TestBinding::multipliesByTheMatrix()
{
    const Recipe recipe = recipeFrom(R"(
[parameters.p]

[[steps]]
id = "prepare"
command = ["x"]

[[steps]]
id = "make"
title = "Make"
command = ["make", "{{matrix.si-ze}}{{p}}", "{{ matrix.format }}"]
env = { S = "{{matrix.si-ze}}" }
cwd = "{{matrix.format}}"
matrix = { si-ze = [1, 2.5], format = ["png", "{{p}}"] }
max_parallel = 3
weight = 2

[[steps]]
id = "one"
script = "x"
matrix = { only = [true] }

[[steps]]
id = "pack"
command = ["pack"]
needs = ["make", "prepare"]
)");
    const auto bound = bind(recipe, {{u"p"_s, u"{{matrix.format}}"_s}});
    QCOMPARE(errorText(bound), QString());
    QStringList told;
    for (const StepSpec &step : bound->steps) {
        QStringList env;
        for (const auto &[name, value] : step.env) {
            if (name != u"STEPWIRE_PIPELINE_DIR" && name != u"STEPWIRE_PARAM_P")
                env.push_back(name + u'=' + value);
        }
        told.push_back(QStringList{step.id, step.title, step.argv.join(u' '), env.join(u' '), step.cwd, step.matrix,
                                   QString::number(step.maxParallel), step.needs.join(u',')}
                           .join(u'|'));
    }
    const QString made = u"{{matrix.format}}"_s;
    QCOMPARE(
        told,
        QStringList({
            u"prepare|prepare|x||/work||0|"_s,
            u"make-1|Make (1, png)|make 1"_s + made
                + u" png|S=1 STEPWIRE_MATRIX_SI_ZE=1 STEPWIRE_MATRIX_FORMAT=png|/work/png|make|3|prepare"_s,
            u"make-2|Make (1, {{p}})|make 1"_s + made
                + u" {{p}}|S=1 STEPWIRE_MATRIX_SI_ZE=1 STEPWIRE_MATRIX_FORMAT={{p}}|/work/{{p}}|make|3|prepare"_s,
            u"make-3|Make (2.5, png)|make 2.5"_s + made
                + u" png|S=2.5 STEPWIRE_MATRIX_SI_ZE=2.5 STEPWIRE_MATRIX_FORMAT=png|/work/png|make|3|prepare"_s,
            u"make-4|Make (2.5, {{p}})|make 2.5"_s + made
                + u" {{p}}|S=2.5 STEPWIRE_MATRIX_SI_ZE=2.5 STEPWIRE_MATRIX_FORMAT={{p}}|/work/{{p}}|make|3|prepare"_s,
            u"one-1|one (true)|sh -eu -c x|STEPWIRE_MATRIX_ONLY=true|/work|one|0|make-1,make-2,make-3,make-4"_s,
            u"pack|pack|pack||/work||0|make-1,make-2,make-3,make-4,prepare"_s,
        }));
}

void TestBinding::refusesAMatrixThatGrowsTooLarge()
{
    QByteArray values;
    for (int i = 0; i < 1000; ++i)
        values += QByteArray::number(i) + ',';
    const QByteArray step = "[[steps]]\nid='a'\nmatrix={n=[" + values + "]}\n";
    const QString message = u"-32602 the pipeline has more than 16777216 characters with its parameters filled in"_s;
    QCOMPARE(errorText(bind(recipeFrom("[parameters.p]\n" + step + "command=['x','{{p}}']\n"),
                            {{u"p"_s, QString(100'000, u'x')}})),
             message);
    QCOMPARE(errorText(bind(recipeFrom(step + "command=['x']\ntitle='" + QByteArray(100'000, 'x') + "'\n"), {})),
             message);
}

void TestBinding::decidesComparisons_data()
{
    QTest::addColumn<QByteArray>("condition");
    QTest::addColumn<bool>("holds");
    const auto row = [](const char *condition, bool holds) {
        QTest::newRow(condition) << QByteArray(condition) << holds;
    };
    row("param='s', equals='a'", true);
    row("param='s', equals='A'", false);
    row("param='s', not_equals='a'", false);
    row("param='s', in=['b','a']", true);
    row("param='s', in=['b']", false);
    row("param='n', equals=3", true);
    row("param='n', less_than=3", false);
    row("param='n', less_than=4", true);
    row("param='n', at_most=3", true);
    row("param='n', at_most=2", false);
    row("param='n', greater_than=3", false);
    row("param='n', greater_than=2", true);
    row("param='n', at_least=3", true);
    row("param='n', at_least=4", false);
    row("param='f', equals=2", true);
    row("param='f', in=[1.5, 2.0]", true);
    row("param='f', greater_than=1.99", true);
    row("param='b', equals=true", true);
    row("param='b', not_equals=true", false);
    row("param='c', equals='fast'", true);
    row("param='p', equals='x/../a.png'", true);
    row("param='p', equals='/work/a.png'", true);
    row("param='p', equals='/a.png'", false);
    row("param='none', equals=0", false);
    row("param='none', not_equals=0", true);
    row("param='none', less_than=1", false);
    row("param='none', at_least=-1", false);
}

void TestBinding::decidesComparisons()
{
    QFETCH(QByteArray, condition);
    QFETCH(bool, holds);
    const Recipe recipe = recipeFrom("[parameters]\ns={}\nn={type='int'}\nf={type='float'}\nb={type='bool'}\n"
                                     "c={type='choice',choices=['fast','slow']}\np={type='path'}\nnone={type='int'}\n"
                                     "[[steps]]\nid='a'\ncommand=['x']\nwhen={not={"
                                     + condition + "}}\n");
    const auto bound = bind(recipe,
                            {{u"s"_s, u"a"_s},
                             {u"n"_s, u"3"_s},
                             {u"f"_s, 2},
                             {u"b"_s, u"on"_s},
                             {u"c"_s, u"fast"_s},
                             {u"p"_s, u"a.png"_s}});
    QCOMPARE(errorText(bound), QString());
    const Condition &decided = bound->steps[0].when->parts.at(0);
    QCOMPARE(decided.kind, Condition::Kind::Constant);
    QCOMPARE(decided.constant, holds);
    const Condition &read = recipe.steps[0].when->parts.at(0);
    QCOMPARE(decided.name, read.name);
    QCOMPARE(decided.compare, read.compare);
    QCOMPARE(decided.values.size(), read.values.size() + 1);
    const QJsonObject params = bound->params;
    QCOMPARE(decided.values.front(), params.contains(read.name) ? params[read.name] : QJsonValue(QJsonValue::Null));
}

void TestBinding::asksForTheWorstOfAMatrix_data()
{
    QTest::addColumn<QByteArray>("states");
    QTest::newRow("best") << QByteArray("'skipped'");
    QTest::newRow("worst") << QByteArray("'failed'");
    for (const char *state : {"succeeded", "cancelled", "interrupted", "timed_out"})
        QTest::newRow(state) << '\'' + QByteArray(state) + '\'';
    QTest::newRow("good") << QByteArray("'succeeded','skipped'");
    QTest::newRow("bad") << QByteArray("'timed_out','failed','interrupted','cancelled'");
    QTest::newRow("gaps") << QByteArray("'skipped','cancelled','failed'");
    QTest::newRow("middle") << QByteArray("'interrupted','cancelled'");
    QTest::newRow("all") << QByteArray("'succeeded','skipped','timed_out','failed','interrupted','cancelled'");
}

void TestBinding::asksForTheWorstOfAMatrix()
{
    QFETCH(QByteArray, states);
    const auto bound = bind(recipeFrom("[[steps]]\nid='m'\ncommand=['x']\nmatrix={n=[1,2,3]}\n"
                                       "[[steps]]\nid='a'\ncommand=['x']\nwhen={step='m',is=["
                                       + states + "]}\n"),
                            {});
    QCOMPARE(errorText(bound), QString());
    const StepSpec &step = bound->steps.back();
    QCOMPARE(step.after, QStringList({u"m-1"_s, u"m-2"_s, u"m-3"_s}));
    QCOMPARE(step.needs, QStringList());
    QStringList asked = stepsAskedFor(*step.when);
    asked.sort();
    QCOMPARE(asked, step.after);
    const std::array<State, 6> ranks = {State::Skipped,     State::Succeeded, State::Cancelled,
                                        State::Interrupted, State::TimedOut,  State::Failed};
    for (std::size_t outcome = 0; outcome < 6 * 6 * 6; ++outcome) {
        const std::array<std::size_t, 3> each = {outcome % 6, outcome / 6 % 6, outcome / 36};
        const State worst = ranks.at(*std::max_element(each.begin(), each.end()));
        const auto why = unmet(
            *step.when,
            {[&](const QString &id) { return ranks.at(each.at(static_cast<std::size_t>(id.back().digitValue() - 1))); },
             {}});
        QCOMPARE(!why, states.contains('\'' + stateName(worst).toUtf8() + '\''));
    }
}

void TestBinding::waitsForWhatItAsksFor()
{
    const auto bound = bind(recipeFrom("[[steps]]\nid='a'\ncommand=['x']\n[[steps]]\nid='b'\ncommand=['x']\n"
                                       "[[steps]]\nid='c'\ncommand=['x']\nneeds=['a','b']\n"
                                       "when={any=[{step='b',is='failed'},{step='b',is='succeeded'}]}\n"
                                       "[[steps]]\nid='d'\ncommand=['x']\nwhen={step='c',is='failed'}\n"
                                       "[[steps]]\nid='e'\ncommand=['x']\nfinally=true\nwhen={step='d',is='failed'}\n"),
                            {});
    QCOMPARE(errorText(bound), QString());
    QStringList order;
    for (const StepSpec &step : bound->steps)
        order.push_back(step.id + u':' + step.needs.join(u',') + u'|' + step.after.join(u','));
    QCOMPARE(order, QStringList({u"a:|"_s, u"b:a|"_s, u"c:a|b"_s, u"d:|c"_s, u"e:|d"_s}));
}

void TestBinding::makesConditionPathsAbsolute()
{
    const auto pathOf = [](const QByteArray &exists, const QByteArray &cwd) {
        const auto bound = bind(
            recipeFrom("[parameters.p]\n[[steps]]\nid='a'\ncommand=['x']\nwhen={exists='" + exists + "'}\n" + cwd), {});
        return bound ? bound->steps[0].when->path : errorText(bound);
    };
    QCOMPARE(pathOf("done", {}), u"/work/done"_s);
    QCOMPARE(pathOf("./x/../done", "cwd='out'"), u"/work/out/done"_s);
    QCOMPARE(pathOf("~/done", "cwd='/out'"), u"/home/me/done"_s);
    QCOMPARE(pathOf("/done/", "cwd='/out'"), u"/done"_s);
    QCOMPARE(pathOf("{{p}}", {}), QString());
    QCOMPARE(pathOf("{{p}}/{{{{x", {}), u"/{{x"_s);
}

void TestBinding::findsThePipelineOfAStep_data()
{
    QTest::addColumn<QByteArray>("reference");
    QTest::addColumn<QString>("pipeline");
    QTest::newRow("name") << QByteArray("other") << u"other"_s;
    QTest::newRow("beside") << QByteArray("./other.toml") << u"/lib/other.toml"_s;
    QTest::newRow("a file") << QByteArray("other.toml") << u"/lib/other.toml"_s;
    QTest::newRow("up") << QByteArray("../x/other") << u"/x/other"_s;
    QTest::newRow("absolute") << QByteArray("/a/other.toml") << u"/a/other.toml"_s;
    QTest::newRow("home") << QByteArray("~/other.toml") << u"/home/me/other.toml"_s;
}

void TestBinding::findsThePipelineOfAStep()
{
    QFETCH(QByteArray, reference);
    QFETCH(QString, pipeline);
    Recipe recipe = recipeFrom("[[steps]]\nid='a'\npipeline='" + reference + "'\n");
    recipe.directory = u"/lib"_s;
    const auto bound = bind(recipe, {});
    QCOMPARE(errorText(bound), QString());
    QCOMPARE(bound->steps[0].pipeline, pipeline);
    QCOMPARE(bound->steps[0].argv, QStringList());
    QVERIFY(bound->steps[0].env.empty());
}

void TestBinding::knowsLateSteps()
{
    const auto bound = bind(recipeFrom("[[steps]]\nid='beside'\ncommand=['x']\n"
                                       "[[steps]]\nid='a'\ncommand=['x']\noutputs=['o']\nneeds=[]\n"
                                       "[[steps]]\nid='b'\nscript='echo {{ .x }}'\nneeds=['beside','a']\n"
                                       "[[steps]]\nid='m'\ncommand=['x']\nmatrix={n=[1,2]}\nneeds=['b']\n"
                                       "[[steps]]\nid='c'\ncommand=['x']\nneeds=['beside']\n"
                                       "[[steps]]\nid='f'\ncommand=['x']\nfinally=true\n"
                                       "[[steps]]\nid='g'\ncommand=['x']\nfinally=true\nneeds=[]\n"
                                       "when={step='a',is='failed'}\n"),
                            {});
    QCOMPARE(errorText(bound), QString());
    QStringList late;
    for (const StepSpec &step : bound->steps) {
        if (step.late)
            late.push_back(step.id);
    }
    QCOMPARE(late, QStringList({u"b"_s, u"m-1"_s, u"m-2"_s, u"g"_s}));
    QCOMPARE(bound->steps[2].argv.back(), u"echo {{{{ .x }}"_s);
}

void TestBinding::namesTheHistory_data()
{
    QTest::addColumn<QByteArray>("history");
    QTest::addColumn<QJsonObject>("given");
    QTest::addColumn<QString>("key");
    const QJsonObject none;
    QTest::newRow("no parameters") << QByteArray("[]") << QJsonObject{{u"a"_s, u"x"_s}} << u"encode"_s;
    QTest::newRow("one") << QByteArray("['a']") << QJsonObject{{u"a"_s, u"x"_s}}
                         << u"encode\x1f"
                            "a=x"_s;
    QTest::newRow("two in order") << QByteArray("['n','a']") << QJsonObject{{u"a"_s, u"x"_s}, {u"n"_s, u"007"_s}}
                                  << u"encode\x1fn=7\x1f"
                                     "a=x"_s;
    QTest::newRow("not set") << QByteArray("['a','n']") << none
                             << u"encode\x1f"
                                "a\x1fn"_s;
    QTest::newRow("empty") << QByteArray("['a']") << QJsonObject{{u"a"_s, u""_s}}
                           << u"encode\x1f"
                              "a="_s;
    QTest::newRow("separators") << QByteArray("['a','n']") << QJsonObject{{u"a"_s, u"x\x1fn=1"_s}}
                                << u"encode\x1f"
                                   "a=x\x1f\x1fn=1\x1fn"_s;
    QTest::newRow("long") << QByteArray("['a']") << QJsonObject{{u"a"_s, QString(1000, u'x')}}
                          << u"encode\x1f=26950e0e8c7ca1142c9e31bf2394971ce91b5cc003100f8a3fca9e0932807c27"_s;
}

void TestBinding::namesTheHistory()
{
    QFETCH(QByteArray, history);
    QFETCH(QJsonObject, given);
    QFETCH(QString, key);
    const QByteArray toml =
        "history=" + history + "\n[parameters]\na={}\nn={type='int'}\n[[steps]]\nid='a'\ncommand=['x']\n";
    const auto bound = bind(recipeFrom(toml, u"encode.toml"_s), given);
    QCOMPARE(errorText(bound), QString());
    QCOMPARE(bound->history, key);
    QCOMPARE(bind(recipeFrom(toml), given)->history, QString());
}

QTEST_APPLESS_MAIN(TestBinding)
#include "tst_binding.moc"
