#include "core/pipeline/binding.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QtTest>

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

QTEST_APPLESS_MAIN(TestBinding)
#include "tst_binding.moc"
