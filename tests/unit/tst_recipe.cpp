#include "core/pipeline/recipe.h"

#include "core/pipeline/library.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <sys/stat.h>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestRecipe : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsEverything();
    void leavesTheRestAtDefaults();
    void tellsAllFaults_data();
    void tellsAllFaults();
    void tellsMoreFaultsThanItShows();
    void takesTheNameOfItsFile_data();
    void takesTheNameOfItsFile();
    void survivesHostileFiles_data();
    void survivesHostileFiles();
    void readsGrace_data();
    void readsGrace();
    void splitsTemplates_data();
    void splitsTemplates();
    void printsFaults_data();
    void printsFaults();
    void listsWords_data();
    void listsWords();
    void readsFiles();
    void tellsUnreadableFiles();
    void findsByName();
    void findsByPath();
    void tellsPipelinesThatAreNotThere();
    void shippedPipelinesAreFree();
};

static QStringList faultTexts(const RecipeResult &result)
{
    QStringList texts;
    if (!result) {
        for (const Fault &fault : result.error())
            texts.push_back(faultText(fault));
    }
    return texts;
}

static void write(const QString &path, const QByteArray &content)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
}

void TestRecipe::readsEverything()
{
    const RecipeResult result = readRecipe(R"(name = "develop"
title = "Develop"
description = "Makes a picture of a raw file."
event_name = "develop"
event_data = { image = "{{image}}", kind = "raw", size = 2, share = 0.5, live = true }
grace = "1m"

[parameters.image]
type = "path"
required = true
help = "what to develop"

[parameters.copies]
type = "int"
default = 2

[parameters.gain]
type = "float"
default = 1

[parameters.dry]
type = "bool"
default = false

[parameters.look]
type = "choice"
choices = ["warm", "cold"]
default = "cold"

[parameters.note]

[[steps]]
id = "read"
title = "Read the file"
command = ["dcraw", "-c", "{{image}}"]
env = { TZ = "UTC", LOOK = "{{look}}" }
cwd = "{{pipeline.dir}}"
weight = 3
grace = 0.5

[[steps]]
id = "tone"
script = """
gamma "$STEPWIRE_PARAM_GAIN"
"""

[[steps]]
id = "thumb"
command = ["thumb"]
needs = []
terminal = true

[[steps]]
id = "store"
command = ["store"]
needs = ["tone", "thumb"]
)",
                                           u"develop.toml"_s);
    QCOMPARE(faultTexts(result), QStringList());

    Recipe expected;
    expected.name = u"develop"_s;
    expected.title = u"Develop"_s;
    expected.description = u"Makes a picture of a raw file."_s;
    expected.eventName = u"develop"_s;
    expected.eventData = {
        {u"image"_s, u"{{image}}"_s}, {u"kind"_s, u"raw"_s}, {u"size"_s, 2}, {u"share"_s, 0.5}, {u"live"_s, true}};
    expected.graceMs = 60'000;
    expected.parameters = {
        {u"image"_s, ParameterType::Path, true, {}, u"what to develop"_s, {}},
        {u"copies"_s, ParameterType::Int, false, QJsonValue(2), {}, {}},
        {u"gain"_s, ParameterType::Float, false, QJsonValue(1.0), {}, {}},
        {u"dry"_s, ParameterType::Bool, false, QJsonValue(false), {}, {}},
        {u"look"_s, ParameterType::Choice, false, QJsonValue(u"cold"_s), {}, {u"warm"_s, u"cold"_s}},
        {u"note"_s, ParameterType::String, false, {}, {}, {}},
    };
    expected.steps.resize(4);
    StepRecipe &read = expected.steps[0];
    read.id = u"read"_s;
    read.title = u"Read the file"_s;
    read.command = {u"dcraw"_s, u"-c"_s, u"{{image}}"_s};
    read.env = {{u"TZ"_s, u"UTC"_s}, {u"LOOK"_s, u"{{look}}"_s}};
    read.cwd = u"{{pipeline.dir}}"_s;
    read.weight = 3;
    read.graceMs = 500;
    StepRecipe &tone = expected.steps[1];
    tone.id = u"tone"_s;
    tone.script = u"gamma \"$STEPWIRE_PARAM_GAIN\"\n"_s;
    tone.needs = {u"read"_s};
    StepRecipe &thumb = expected.steps[2];
    thumb.id = u"thumb"_s;
    thumb.command = {u"thumb"_s};
    thumb.terminal = true;
    StepRecipe &store = expected.steps[3];
    store.id = u"store"_s;
    store.command = {u"store"_s};
    store.needs = {u"tone"_s, u"thumb"_s};
    QCOMPARE(result->parameters, expected.parameters);
    QCOMPARE(result->eventData, expected.eventData);
    QVERIFY(*result == expected);
}

void TestRecipe::leavesTheRestAtDefaults()
{
    const RecipeResult result = readRecipe("[[steps]]\nid = 'a'\ncommand = ['true']\n", {});
    QCOMPARE(faultTexts(result), QStringList());
    Recipe expected;
    expected.steps.resize(1);
    expected.steps[0].id = u"a"_s;
    expected.steps[0].command = {u"true"_s};
    QVERIFY(*result == expected);
}

void TestRecipe::tellsAllFaults_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<QStringList>("faults");
    const auto row = [](const char *name, const QByteArray &toml, const QStringList &faults) {
        QTest::newRow(name) << toml << faults;
    };
    // most rows are about what comes before or after one step that is right
    const QByteArray step = "[[steps]]\nid='ok'\ncommand=['true']\n";
    const auto inStep = [&](const QByteArray &lines) { return step + lines; };
    const QString idForm = u"expected 1 to 64 of A-Z a-z 0-9 _ -"_s;
    const QString graceForm =
        u"expected seconds from 0 to 3600 or a text from \"0s\" to \"1h\" with the unit ms, s, m or h"_s;

    row("empty", "", {u"1:1: missing key 'steps', expected at least one [[steps]]"_s});
    row("only a comment", "# nothing\n", {u"1:1: missing key 'steps', expected at least one [[steps]]"_s});
    row("no step", "steps = []", {u"1:9: steps is empty, expected at least one step"_s});
    row("steps is text", "steps = 'a'", {u"1:9: steps is \"a\", expected a table for each ([[steps]])"_s});
    row("steps is a table", "[steps]\nid='a'", {u"1:1: steps is a table, expected a table for each ([[steps]])"_s});
    row("a step is a number", "steps = [1]", {u"1:10: a step is 1, expected a table ([[steps]])"_s});

    row("unknown keys", "titel = 'x'\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq = 1\n" + step,
        {u"1:1: unknown key 'titel' in the pipeline, did you mean 'title'?"_s,
         u"2:1: unknown key 'qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq' in the pipeline"_s});
    row("misspelt key is not missing as well", "[[steps]]\nid = 'a'\ncomand = ['x']\n",
        {u"3:1: unknown key 'comand' in a step, did you mean 'command'?"_s});
    row("misspelt steps are not missing as well", "[[step]]\nid = 'a'\n",
        {u"1:3: unknown key 'step' in the pipeline, did you mean 'steps'?"_s});
    row("unknown key of a parameter", "[parameters.a]\ndefautl = 1\n" + step,
        {u"2:1: unknown key 'defautl' in a parameter, did you mean 'default'?"_s});
    row("keys are quoted safely", "\"\\u001b[31m\\n'\" = 1\n" + step,
        {u"1:1: unknown key '\\x1b[31m\\n'' in the pipeline"_s});
    row("values are quoted safely and shortened", inStep("weight = \"\\u001b" + QByteArray(80, 'x') + "\""),
        {u"4:10: weight is \"\\x1b"_s + QString(58, u'x') + u"…\", expected a number above 0"_s});
    row("columns count characters", "event_data = { \"grün\" = 'ü', b = nan }\n" + step,
        {u"1:34: event_data 'b' is nan, expected a string, a finite number, true or false"_s});

    row("types at the top",
        "name = 1\ntitle = 2\ndescription = true\nevent_name = 3.5\nevent_data = []\ngrace = true\n"
        "parameters = 1979-05-27\n"
            + step,
        {u"1:8: name is 1, "_s + idForm, u"2:9: title is 2, expected a string"_s,
         u"3:15: description is true, expected a string"_s, u"4:14: event_name is 3.5, "_s + idForm,
         u"5:14: event_data is an array, expected a table"_s, u"6:9: grace is true, "_s + graceForm,
         u"7:14: parameters is a date or time, expected a table for each ([parameters.NAME])"_s});
    row("names", "name = 'a b'\nevent_name = 'hub'\n" + step,
        {u"1:8: name is \"a b\", "_s + idForm,
         u"2:14: event_name is \"hub\", expected another name since the hub has this one"_s});
    row("event data",
        "[event_data]\na = inf\nb = [1]\nc = 9007199254740993\nd = '{{imgae}}'\ne = \"\\u0000\"\nf = -nan\n"
        "[parameters.image]\n"
            + step,
        {u"2:5: event_data 'a' is inf, expected a string, a finite number, true or false"_s,
         u"3:5: event_data 'b' is an array, expected a string, a finite number, true or false"_s,
         u"4:5: event_data 'c' is 9007199254740993, expected at most 9007199254740992 either way"_s,
         u"5:5: unknown name 'imgae' in \"{{imgae}}\", did you mean 'image'?"_s,
         u"6:5: event_data 'e' is \"\\x00\", expected no NUL character in it"_s,
         u"7:5: event_data 'f' is nan, expected a string, a finite number, true or false"_s});

    row("parameters",
        "[parameters]\na = 1\n[parameters.b]\ntype = 'strng'\nhelp = 1\nrequired = 'no'\n[parameters.'c d']\n"
        "[parameters.e]\nrequired = true\ndefault = 'x'\n"
            + step,
        {u"2:5: parameter 'a' is 1, expected a table ([parameters.NAME])"_s,
         u"4:8: type is \"strng\", expected \"string\", \"path\", \"int\", \"float\", \"bool\" "
         u"or \"choice\""_s,
         u"5:8: help is 1, expected a string"_s, u"6:12: required is \"no\", expected true or false"_s,
         u"7:13: parameter name 'c d', "_s + idForm,
         u"10:11: parameter 'e' is required and has a default, expected one of both"_s});
    row("same variable", "[parameters.in-put]\n[parameters.a]\n[parameters.IN_PUT]\n" + step,
        {u"3:13: parameter 'IN_PUT' gives the same variable STEPWIRE_PARAM_IN_PUT as 'in-put' in line 1"_s});
    row("defaults",
        "[parameters]\n"
        "a = { default = 1 }\n"
        "b = { type = 'path', default = '' }\n"
        "c = { type = 'int', default = '1' }\n"
        "d = { type = 'int', default = 9007199254740993 }\n"
        "e = { type = 'float', default = inf }\n"
        "f = { type = 'bool', default = 1 }\n"
        "g = { type = 'choice', choices = ['x', 'y'], default = 'z' }\n"
        "h = { default = \"a\\u0000\" }\n"
            + step,
        {u"2:17: default is 1, expected a string"_s, u"3:32: default is \"\", expected a path"_s,
         u"4:31: default is \"1\", expected a whole number of at most 9007199254740992 either way"_s,
         u"5:31: default is 9007199254740993, expected a whole number of at most 9007199254740992 "
         u"either way"_s,
         u"6:33: default is inf, expected a finite number"_s, u"7:32: default is 1, expected true or false"_s,
         u"8:56: default is \"z\", expected \"x\" or \"y\""_s,
         u"9:17: default is \"a\\x00\", expected no NUL character in it"_s});
    row("choices",
        "[parameters]\n"
        "a = { type = 'choice' }\n"
        "b = { type = 'choice', choices = [] }\n"
        "c = { type = 'choice', choices = ['x', 1, 'x'] }\n"
        "d = { type = 'int', choices = ['x'] }\n"
        "e = { type = 'choice', choices = 'x' }\n"
            + step,
        {u"2:5: missing key 'choices' in a parameter of type \"choice\""_s,
         u"3:34: choices is empty, expected at least one string"_s, u"4:40: a choice is 1, expected a string"_s,
         u"4:43: choices has \"x\" twice"_s, u"5:31: choices is given for type \"int\", expected type \"choice\""_s,
         u"6:34: choices is \"x\", expected an array of strings"_s});

    row("a step without anything", "[[steps]]\n[[steps]]\nid = 'b'\n",
        {u"1:1: missing key 'id' in a step"_s, u"1:1: missing key 'command' or 'script' in a step"_s,
         u"2:1: missing key 'command' or 'script' in a step"_s});
    row("command and script", inStep("script = 'x'\n"),
        {u"4:10: a step has 'command' and 'script', expected one of both"_s});
    row("commands",
        "[[steps]]\nid='a'\ncommand=[]\n[[steps]]\nid='b'\ncommand='ls -l'\n"
        "[[steps]]\nid='c'\ncommand=['', 2, \"\\u0000\"]\n[[steps]]\nid='d'\ncommand=[1]\n",
        {u"3:9: command is empty, expected a program and its arguments"_s,
         u"6:9: command is \"ls -l\", expected an array of strings"_s,
         u"9:10: the program is \"\", expected the name of a program"_s, u"9:14: an argument is 2, expected a string"_s,
         u"9:17: an argument is \"\\x00\", expected no NUL character in it"_s,
         u"12:10: the program is 1, expected a string"_s});
    row("scripts",
        "[[steps]]\nid='a'\nscript=' '\n[[steps]]\nid='b'\nscript=['x']\n[[steps]]\nid='c'\nscript='"
            + QByteArray(120 * 1024 + 1, 'x') + "'\n",
        {u"3:8: script is \" \", expected a shell script"_s, u"6:8: script is an array, expected a string"_s,
         u"9:8: script has 122881 bytes, expected at most 122880"_s});
    row("the largest script", "[[steps]]\nid='c'\nscript='" + QByteArray(120 * 1024, 'x') + "'\n", {});
    row("names in scripts",
        "[parameters.in-put]\n[[steps]]\nid='a'\nscript='''\njq {{ in-put }} {{in-put}} {{ .Name }} {{{{x}}\n"
        "{{{pipeline.dir}}}\n'''\n",
        {u"4:8: nothing is replaced in a script, expected \"$STEPWIRE_PARAM_IN_PUT\" for {{in-put}}"_s,
         u"4:8: nothing is replaced in a script, expected \"$STEPWIRE_PIPELINE_DIR\" for "
         u"{{pipeline.dir}}"_s});
    row("names in texts",
        "[parameters.image]\n[[steps]]\nid='a'\n"
        "command=['x', '{{image', '{{}}', '{{ imag }}', '{{{{x', '}}', "
        "'{{qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq}}']\ncwd='{{pipeline.dri}}'\nenv={A='{{image}}{{Image}}'}\n",
        {u"4:15: \"{{image\" has a '{{' without a '}}', expected {{name}}, or {{{{ for two braces"_s,
         u"4:26: unknown name '' in \"{{}}\", expected a parameter or pipeline.dir"_s,
         u"4:34: unknown name 'imag' in \"{{ imag }}\", did you mean 'image'?"_s,
         u"4:63: unknown name 'qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq' in \"{{qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq}}\", "
         u"expected a parameter or pipeline.dir"_s,
         u"5:5: unknown name 'pipeline.dri' in \"{{pipeline.dri}}\", did you mean 'pipeline.dir'?"_s,
         u"6:8: unknown name 'Image' in \"{{image}}{{Image}}\", did you mean 'image'?"_s});
    row("env", inStep("[steps.env]\nSTEPWIRE_X = '1'\n1a = '1'\n'ä' = '1'\nGOOD_1 = 1\n_ok = ''\n"),
        {u"5:1: variable 'STEPWIRE_X' is set by stepwire itself, expected another name"_s,
         u"6:1: variable '1a' has no name of a variable, expected letters, digits and _"_s,
         u"7:1: variable 'ä' has no name of a variable, expected letters, digits and _"_s,
         u"8:10: variable 'GOOD_1' is 1, expected a string"_s});
    row("types in a step",
        inStep("env = 'A=1'\ncwd = 1\nweight = 'high'\nneeds = 'a'\nterminal = 1\ngrace = '5 parsecs'\n"
               "title = {}\n"),
        {u"4:7: env is \"A=1\", expected a table of strings"_s, u"5:7: cwd is 1, expected a string"_s,
         u"6:10: weight is \"high\", expected a number above 0"_s,
         u"7:9: needs is \"a\", expected an array of step ids"_s, u"8:12: terminal is 1, expected true or false"_s,
         u"9:9: grace is \"5 parsecs\", "_s + graceForm, u"10:9: title is a table, expected a string"_s});
    for (const char *weight : {"0", "-1", "-0.5", "nan"})
        row(weight, inStep("weight = " + QByteArray(weight)),
            {u"4:10: weight is "_s + QString::fromLatin1(weight) + u", expected a number above 0"_s});
    row("infinite weight", inStep("weight = inf"), {u"4:10: weight is inf, expected a number above 0"_s});
    row("weight too large", inStep("weight = 1e300"),
        {u"4:10: weight is 1e+300, expected a number of at most 1000000000"_s});

    row("ids", "[[steps]]\nid = ''\ncommand=['x']\n[[steps]]\nid = 3\ncommand=['x']\n",
        {u"2:6: id is \"\", "_s + idForm, u"5:6: id is 3, "_s + idForm});
    row("duplicate ids",
        "[[steps]]\nid='a'\ncommand=['x']\n[[steps]]\nid='b'\ncommand=['x']\n"
        "[[steps]]\nid='a'\ncommand=['x']\n[[steps]]\nid='a'\ncommand=['x']\n",
        {u"8:4: duplicate step id 'a', first used in line 2"_s,
         u"11:4: duplicate step id 'a', first used in line 2"_s});
    row("needs",
        "[[steps]]\nid='convert'\ncommand=['x']\n"
        "needs=['convert', 'publish', 'publish', 1, 'publihs', 'qqqqqqqqqqqqqqqqqqqqqqq']\n"
        "[[steps]]\nid='publish'\ncommand=['x']\nneeds=[]\n",
        {u"4:8: step 'convert' needs itself"_s, u"4:30: needs has \"publish\" twice"_s,
         u"4:41: a need is 1, expected the id of a step"_s,
         u"4:44: unknown step 'publihs' in needs, did you mean 'publish'?"_s,
         u"4:55: unknown step 'qqqqqqqqqqqqqqqqqqqqqqq' in needs"_s});
    row("a need of a step whose id is wrong",
        "[[steps]]\nid='a b'\ncommand=['x']\n[[steps]]\nid='c'\n"
        "command=['x']\nneeds=['a b']\n",
        {u"2:4: id is \"a b\", "_s + idForm});

    row("a circle of three",
        "[[steps]]\nid='b'\ncommand=['x']\nneeds=['c']\n[[steps]]\nid='c'\ncommand=['x']\nneeds=['a']\n"
        "[[steps]]\nid='a'\ncommand=['x']\nneeds=['b']\n",
        {u"4:8: steps need each other in a circle: b → c → a → b"_s});
    row("a circle through steps without needs",
        "[[steps]]\nid='a'\ncommand=['x']\nneeds=['c']\n[[steps]]\nid='b'\ncommand=['x']\n"
        "[[steps]]\nid='c'\ncommand=['x']\n",
        {u"4:8: steps need each other in a circle: a → c → b → a"_s});
    row("two circles with a step in common, and one apart",
        "[[steps]]\nid='a'\ncommand=['x']\nneeds=['b', 'c']\n[[steps]]\nid='b'\ncommand=['x']\nneeds=['a']\n"
        "[[steps]]\nid='c'\ncommand=['x']\nneeds=['a']\n[[steps]]\nid='d'\ncommand=['x']\nneeds=['e']\n"
        "[[steps]]\nid='e'\ncommand=['x']\nneeds=['d']\n",
        {u"4:8: steps need each other in a circle: a → b → a"_s,
         u"4:13: steps need each other in a circle: a → c → a"_s,
         u"16:8: steps need each other in a circle: d → e → d"_s});
    row("no circle: two ways to one step",
        "[[steps]]\nid='a'\ncommand=['x']\nneeds=['b', 'c']\n[[steps]]\nid='b'\ncommand=['x']\nneeds=['d']\n"
        "[[steps]]\nid='c'\ncommand=['x']\nneeds=['d']\n[[steps]]\nid='d'\ncommand=['x']\nneeds=[]\n",
        {});
    QByteArray ring;
    for (int i = 0; i < 30; ++i)
        ring += "[[steps]]\nid='s" + QByteArray::number(i) + "'\ncommand=['x']\nneeds=['s"
            + QByteArray::number((i + 1) % 30) + "']\n";
    row("a long circle is shortened", ring,
        {u"4:8: steps need each other in a circle: s0 → s1 → s2 → s3 → s4 → s5 → s6 → s7 → s8 → s9 → "
         u"s10 → s11 → s12 → s13 → s14 → s15 → s16 → s17 → s18 → … → s29 → s0"_s});
}

void TestRecipe::tellsAllFaults()
{
    QFETCH(QByteArray, toml);
    QFETCH(QStringList, faults);
    const RecipeResult result = readRecipe(toml, {});
    QCOMPARE(faultTexts(result).join(u'\n'), faults.join(u'\n'));
    QCOMPARE(result.has_value(), faults.isEmpty());
}

void TestRecipe::tellsMoreFaultsThanItShows()
{
    QByteArray toml;
    for (int i = 0; i < 700; ++i)
        toml += "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq" + QByteArray::number(i) + " = 1\n";
    const QStringList texts = faultTexts(readRecipe(toml, u"x.toml"_s));
    QCOMPARE(texts.size(), 501);
    QCOMPARE(texts[499], u"x.toml:500:1: unknown key 'qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq499' in the pipeline"_s);
    QCOMPARE(texts[500], u"x.toml: there are 201 more faults"_s);
}

void TestRecipe::takesTheNameOfItsFile_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QStringList>("faults");
    const QStringList none;
    QTest::newRow("of the file") << u"/x/blur.toml"_s << QByteArray() << u"blur"_s << none;
    QTest::newRow("both") << u"/x/blur.toml"_s << QByteArray("name='blur'") << u"blur"_s << none;
    QTest::newRow("another") << u"/x/blur.toml"_s << QByteArray("name='blurr'") << QString()
                             << QStringList{u"/x/blur.toml:1:6: name is \"blurr\", expected \"blur\" as "
                                            u"the file is called"_s};
    QTest::newRow("no ending") << u"./blur"_s << QByteArray() << u"blur"_s << none;
    QTest::newRow("text") << QString() << QByteArray("name='a'") << u"a"_s << none;
    QTest::newRow("text without a name") << QString() << QByteArray() << QString() << none;
    QTest::newRow("standard input") << u"-"_s << QByteArray("name='a'") << u"a"_s << none;
    QTest::newRow("no name of a file") << u"<text>"_s << QByteArray() << QString() << none;
    QTest::newRow("wrong name of a file")
        << u"my blur.toml"_s << QByteArray() << QString()
        << QStringList{u"my blur.toml:1:1: the file is called \"my blur.toml\", expected 1 to 64 of "
                       u"A-Z a-z 0-9 _ - before \".toml\""_s};
}

void TestRecipe::takesTheNameOfItsFile()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, key);
    QFETCH(QString, name);
    QFETCH(QStringList, faults);
    const RecipeResult result = readRecipe(key + "\n[[steps]]\nid='a'\ncommand=['x']\n", file);
    QCOMPARE(faultTexts(result), faults);
    if (result)
        QCOMPARE(result->name, name);
}

void TestRecipe::survivesHostileFiles_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<QString>("fault");
    const auto row = [](const char *name, const QByteArray &toml, const QString &fault) {
        QTest::newRow(name) << toml << fault;
    };
    const QByteArray step = "[[steps]]\nid='a'\ncommand=['x']\n";
    const QString deep = u"not valid TOML here, it nests deeper than any pipeline does"_s;

    row("byte order mark", "\xef\xbb\xbf" + step, {});
    row("line ends of Windows", QByteArray(step).replace("\n", "\r\n"), {});
    row("UTF-16", QByteArray("\xff\xfe[\0[\0", 6), u"1:1: not valid UTF-8, byte 0xff at offset 0"_s);
    row("invalid UTF-8", "title = 'a'\ndescription = 'ä\xff'\n", u"2:17: not valid UTF-8, byte 0xff at offset 29"_s);
    row("cut UTF-8", "title = 'a\xe2\x82", u"1:11: not valid UTF-8, byte 0xe2 at offset 10"_s);
    row("NUL in a string", QByteArray("title = 'a\0'", 12),
        u"1:11: not valid TOML, literal string: control characters other than TAB (U+0009) are explicitly "
        u"prohibited"_s);
    row("open string", "title = \"abc\nx = 1\n",
        u"1:13: not valid TOML, string: expected its closing quote in the same line"_s);
    row("open literal string", "x = 'ü'\ntitle = 'äbc\nx = 1\n",
        u"2:13: not valid TOML, literal string: expected its closing quote in the same line"_s);
    row("open long string", "title = '''abc\n", u"1:16: not valid TOML, literal string: encountered end-of-file"_s);
    row("text without quotes", "title = yes\n",
        u"1:9: not valid TOML, value: expected a number, true, false or a text in quotes"_s);
    row("no value", "title =\n", u"1:8: not valid TOML, key-value pair: expected value, saw '\\n'"_s);
    row("twice", "title = 'a'\ntitle = 'b'\n",
        u"2:9: not valid TOML, key-value pair: cannot redefine existing string 'title'"_s);
    row("deep arrays", "title = " + QByteArray(100'000, '['), u"1:41: "_s + deep);
    row("deep tables", "title = " + QByteArray("{a=").repeated(50'000), u"1:105: "_s + deep);
    row("deep keys", QByteArray("a.").repeated(400'000) + "a = 1\n", u"1:34: "_s + deep);
    row("deep headers", "[" + QByteArray("'a' . ").repeated(100'000) + "a]\n", u"1:102: "_s + deep);
    row("a key with many dots in quotes", "'" + QByteArray("a.").repeated(100) + "' = 1\n" + step,
        u"1:1: unknown key '"_s + QString(u"a."_s).repeated(29) + u"a…' in the pipeline"_s);
    row("brackets in strings and comments",
        "title = \"\\\"" + QByteArray(40, '[') + "\" # " + QByteArray(40, '{') + "\ndescription = '''"
            + QByteArray(40, '[') + "'" + QByteArray(40, '{') + "'''''\n" + step,
        {});
    row("too large", QByteArray(1024 * 1024 + 1, '\n'),
        u"the file has more than 1048576 bytes, expected at most these"_s);
    row("as large as may be", step + QByteArray(1024 * 1024 - step.size(), '\n'), {});
    row("too many steps", "steps = [" + QByteArray("{},").repeated(4001) + "]",
        u"1:9: there are 4001 steps, expected at most 4000"_s);
    QByteArray parameters;
    for (int i = 0; i < 257; ++i)
        parameters += "[parameters.p" + QByteArray::number(i) + "]\n";
    row("too many parameters", parameters + step, u"1:1: there are 257 parameters, expected at most 256"_s);
    QByteArray most;
    for (int i = 0; i < 4000; ++i)
        most += "[[steps]]\nid='s" + QByteArray::number(i) + "'\ncommand=['x']\n";
    row("as many steps as may be", most, {});
}

void TestRecipe::survivesHostileFiles()
{
    QFETCH(QByteArray, toml);
    QFETCH(QString, fault);
    QCOMPARE(faultTexts(readRecipe(toml, {})).join(u'\n'), fault);
}

void TestRecipe::readsGrace_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<qint64>("ms"); // -1: a fault
    const auto row = [](const char *toml, qint64 ms) { QTest::newRow(toml) << QByteArray(toml) << ms; };
    row("0", 0);
    row("10", 10'000);
    row("0.25", 250);
    row("3600", 3'600'000);
    row("3600.1", -1);
    row("-1", -1);
    row("9223372036854775807", -1);
    row("inf", -1);
    row("nan", -1);
    row("'500ms'", 500);
    row("'10s'", 10'000);
    row("'1.5s'", 1'500);
    row("'2m'", 120'000);
    row("'1h'", 3'600'000);
    row("'60m'", 3'600'000);
    row("'0s'", 0);
    row("'1.1h'", -1);
    row("'10'", -1);
    row("''", -1);
    row("'s'", -1);
    row("'-1s'", -1);
    row("'+1s'", -1);
    row("'1 s'", -1);
    row("'1.s'", -1);
    row("'.5s'", -1);
    row("'1.2.3s'", -1);
    row("'1e1s'", -1);
    row("'99999999999999999999999999999h'", -1);
    row("[1]", -1);
}

void TestRecipe::readsGrace()
{
    QFETCH(QByteArray, toml);
    QFETCH(qint64, ms);
    const RecipeResult result = readRecipe("grace = " + toml + "\n[[steps]]\nid='a'\ncommand=['x']\n", {});
    QCOMPARE(result ? result->graceMs.value_or(-2) : -1, ms);
    if (!result)
        QCOMPARE(result.error().size(), 1u);
}

void TestRecipe::splitsTemplates_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("parts"); // names in < >
    QTest::newRow("empty") << u""_s << QStringList{};
    QTest::newRow("plain") << u"a b"_s << QStringList{u"a b"_s};
    QTest::newRow("name") << u"{{a}}"_s << QStringList{u"<a>"_s};
    QTest::newRow("name with blanks") << u"{{ a }}"_s << QStringList{u"<a>"_s};
    QTest::newRow("between") << u"x{{a}}y{{b}}{{c}}"_s << QStringList{u"x"_s, u"<a>"_s, u"y"_s, u"<b>"_s, u"<c>"_s};
    QTest::newRow("braces") << u"{{{{a}}"_s << QStringList{u"{{a}}"_s};
    QTest::newRow("braces, then a name") << u"{{{{{{a}}"_s << QStringList{u"{{"_s, u"<a>"_s};
    QTest::newRow("one brace") << u"{a}"_s << QStringList{u"{a}"_s};
    QTest::newRow("three") << u"{{{a}}}"_s << QStringList{u"<{a>"_s, u"}"_s};
    QTest::newRow("nothing named") << u"{{}}"_s << QStringList{u"<>"_s};
    QTest::newRow("only closed") << u"}}"_s << QStringList{u"}}"_s};
    QTest::newRow("open") << u"a{{b"_s << QStringList{u"?"_s};
    QTest::newRow("open at the end") << u"{{a}}{{"_s << QStringList{u"?"_s};
}

void TestRecipe::splitsTemplates()
{
    QFETCH(QString, text);
    QFETCH(QStringList, parts);
    QStringList found;
    if (const auto split = splitTemplate(text)) {
        for (const TemplatePart &part : *split)
            found.push_back(part.isName ? u'<' + part.text + u'>' : part.text);
    } else {
        found.push_back(u"?"_s);
    }
    QCOMPARE(found, parts);
}

void TestRecipe::printsFaults_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("line");
    QTest::addColumn<QString>("text");
    QTest::newRow("whole") << u"a.toml"_s << 3 << u"a.toml:3:7: it is wrong"_s;
    QTest::newRow("no place") << u"a.toml"_s << 0 << u"a.toml: it is wrong"_s;
    QTest::newRow("no file") << QString() << 3 << u"3:7: it is wrong"_s;
    QTest::newRow("neither") << QString() << 0 << u"it is wrong"_s;
}

void TestRecipe::printsFaults()
{
    QFETCH(QString, file);
    QFETCH(int, line);
    QFETCH(QString, text);
    QCOMPARE(faultText({file, line, 7, u"it is wrong"_s}), text);
}

void TestRecipe::listsWords_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("text");
    const auto letters = [](int count) {
        QStringList words;
        for (int i = 0; i < count; ++i)
            words.push_back(QString(QChar(static_cast<char16_t>(u'a' + i))));
        return words;
    };
    QTest::newRow("none") << QStringList{} << u""_s;
    QTest::newRow("one") << letters(1) << u"\"a\""_s;
    QTest::newRow("two") << letters(2) << u"\"a\" or \"b\""_s;
    QTest::newRow("three") << letters(3) << u"\"a\", \"b\" or \"c\""_s;
    QTest::newRow("many") << letters(20)
                          << u"\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\", \"j\", … "
                             u"or \"t\""_s;
}

void TestRecipe::listsWords()
{
    QFETCH(QStringList, words);
    QFETCH(QString, text);
    QCOMPARE(anyOf(words), text);
}

void TestRecipe::readsFiles()
{
    QTemporaryDir dir;
    const QString path = dir.path() + u"/sub/../one.toml"_s;
    QVERIFY(QDir(dir.path()).mkdir(u"sub"_s));
    write(path, "[[steps]]\nid='a'\ncommand=['x']\n");
    const RecipeResult result = readRecipeFile(path);
    QCOMPARE(faultTexts(result), QStringList());
    QCOMPARE(result->name, u"one"_s);
    QCOMPARE(result->file, QString(dir.path() + u"/one.toml"_s));
    QCOMPARE(result->directory, dir.path());

    write(path, "steps = 1\n");
    QCOMPARE(faultTexts(readRecipeFile(path)),
             QStringList(path + u":1:9: steps is 1, expected a table for each ([[steps]])"_s));
    write(path, QByteArray(1024 * 1024 + 1, '#'));
    QCOMPARE(faultTexts(readRecipeFile(path)),
             QStringList(path + u": the file has more than 1048576 bytes, expected at most these"_s));
}

void TestRecipe::tellsUnreadableFiles()
{
    QTemporaryDir dir;
    const QString path = dir.path() + u"/one.toml"_s;
    QCOMPARE(faultTexts(readRecipeFile(path)), QStringList(path + u": cannot be read: no such file or directory"_s));
    QCOMPARE(faultTexts(readRecipeFile(dir.path())), QStringList(dir.path() + u": cannot be read: it is a folder"_s));
    QCOMPARE(mkfifo(qPrintable(path), 0600), 0);
    QCOMPARE(faultTexts(readRecipeFile(path)), QStringList(path + u": cannot be read: it is no regular file"_s));
}

void TestRecipe::findsByName()
{
    QTemporaryDir dir;
    const QString mine = dir.path() + u"/mine"_s;
    const QString theirs = dir.path() + u"/theirs"_s;
    QVERIFY(QDir(dir.path()).mkdir(u"mine"_s) && QDir(dir.path()).mkdir(u"theirs"_s));
    const QByteArray step = "[[steps]]\nid='a'\ncommand=['x']\n";
    write(mine + u"/blur.toml"_s, "title='mine'\n" + step);
    write(mine + u"/bad.toml"_s, "steps = 1\n");
    write(mine + u"/not a name.toml"_s, step);
    write(mine + u"/upper.TOML"_s, step);
    write(mine + u"/notes.txt"_s, step);
    write(mine + u"/.toml"_s, step);
    QVERIFY(QDir(mine).mkdir(u"folder.toml"_s));
    QVERIFY(QDir(mine).mkdir(u"sharpen.toml"_s));
    write(theirs + u"/blur.toml"_s, "title='theirs'\n" + step);
    write(theirs + u"/sharpen.toml"_s, "title='theirs'\n" + step);
    QVERIFY(QFile::link(theirs + u"/sharpen.toml"_s, theirs + u"/linked.toml"_s));

    const PipelineLibrary library({mine, dir.path() + u"/absent"_s, theirs});
    QStringList listed;
    for (const PipelineLibrary::Entry &entry : library.list()) {
        listed.push_back(entry.name + u' ' + entry.file + u' '
                         + (entry.recipe ? entry.recipe->title : faultTexts(entry.recipe).join(u'\n')));
        // the list shows what a name loads
        const RecipeResult loaded = library.load(entry.name, u"/"_s, u"/"_s);
        QCOMPARE(faultTexts(loaded), faultTexts(entry.recipe));
        if (loaded)
            QVERIFY(*loaded == *entry.recipe);
    }
    QCOMPARE(listed,
             QStringList({
                 u"bad "_s + mine + u"/bad.toml "_s + mine
                     + u"/bad.toml:1:9: steps is 1, expected a table for each ([[steps]])"_s,
                 u"blur "_s + mine + u"/blur.toml mine"_s,
                 u"linked "_s + theirs + u"/linked.toml theirs"_s,
                 u"sharpen "_s + theirs + u"/sharpen.toml theirs"_s,
             }));
}

void TestRecipe::findsByPath()
{
    QTemporaryDir dir;
    write(dir.path() + u"/one.toml"_s, "[[steps]]\nid='a'\ncommand=['x']\n");
    const PipelineLibrary library({});
    const QString nowhere = u"/nowhere"_s;
    const QString base = QDir(dir.path()).dirName();
    const QString parent = QFileInfo(dir.path()).path();
    for (const RecipeResult &result :
         {library.load(dir.path() + u"/one.toml"_s, nowhere, nowhere), library.load(u"one.toml"_s, dir.path(), nowhere),
          library.load(u"./one.toml"_s, dir.path(), nowhere), library.load(base + u"/one.toml"_s, parent, nowhere),
          library.load(u"~/one.toml"_s, nowhere, dir.path())}) {
        QCOMPARE(faultTexts(result), QStringList());
        QCOMPARE(result->file, QString(dir.path() + u"/one.toml"_s));
    }
    QCOMPARE(faultTexts(library.load(u"./two.toml"_s, dir.path(), nowhere)),
             QStringList(dir.path() + u"/two.toml: cannot be read: no such file or directory"_s));
}

void TestRecipe::tellsPipelinesThatAreNotThere()
{
    QTemporaryDir dir;
    write(dir.path() + u"/sharpen.toml"_s, "");
    const PipelineLibrary library({dir.path(), u"/absent"_s});
    const auto told = [](const PipelineLibrary &from, const QString &name) {
        const RecipeResult result = from.load(name, u"/"_s, u"/"_s);
        return result ? QString() : faultTexts(result).join(u'\n');
    };
    QCOMPARE(told(library, u"sharpne"_s),
             QString(u"there is no pipeline 'sharpne' in "_s + dir.path() + u", /absent, did you mean 'sharpen'?"_s));
    QCOMPARE(told(library, u"qqqqqqqqqqqqqqqqqqqqqqqqqqqq"_s),
             QString(u"there is no pipeline 'qqqqqqqqqqqqqqqqqqqqqqqqqqqq' in "_s + dir.path() + u", /absent"_s));
    QCOMPARE(told(PipelineLibrary({}), u"a b"_s), u"there is no pipeline 'a b' since no folder is searched"_s);
    const RecipeResult result = library.load(u"x"_s, u"/"_s, u"/"_s);
    QCOMPARE(result.error().size(), 1u);
    QCOMPARE(result.error().front().line, 0);
}

void TestRecipe::shippedPipelinesAreFree()
{
#ifdef STEPWIRE_SOURCE_DIR
    const QDir folder(QString::fromUtf8(STEPWIRE_SOURCE_DIR) + u"/resources/pipelines"_s);
    if (!folder.exists())
        QSKIP("no pipelines are shipped");
    const QStringList files = folder.entryList({u"*.toml"_s}, QDir::Files);
    QVERIFY(!files.isEmpty());
    for (const QString &file : files)
        QCOMPARE(faultTexts(readRecipeFile(folder.filePath(file))), QStringList());
#else
    QSKIP("the source folder is not known");
#endif
}

QTEST_APPLESS_MAIN(TestRecipe)
#include "tst_recipe.moc"
