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
    void readsTimes_data();
    void readsTimes();
    void readsNewWords();
    void ordersFinallySteps();
    void readsItsOwnDocumentation();
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
kind = "process"
prefix = "raw"
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
    expected.kind = PipelineKind::Process;
    expected.prefix = u"raw"_s;
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
    expected.text = result->text;
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
    expected.text = result->text;
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
    row("kinds and prefixes", "kind = 'proces'\nprefix = 'a:b'\n" + step,
        {u"1:8: kind is \"proces\", expected \"workflow\" or \"process\""_s,
         u"2:10: prefix is \"a:b\", expected 1 to 64 of A-Z a-z 0-9 _ -"_s});
    row("a prefix that is taken", "kind = 'process'\nprefix = 'agent'\n" + step,
        {u"2:10: prefix is \"agent\", expected another one since that is of workflows"_s});
    row("a prefix of no process", "prefix = 'a'\n" + step, {u"1:10: prefix is given without kind = \"process\""_s});
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
        {u"1:1: missing key 'id' in a step"_s, u"1:1: missing key 'command', 'script' or 'pipeline' in a step"_s,
         u"2:1: missing key 'command', 'script' or 'pipeline' in a step"_s});
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

    const QString timeForm =
        u"expected seconds above 0 to 2592000 or a text from \"1ms\" to \"30d\" with the unit ms, s, m, h or d"_s;
    const QString delayForm =
        u"expected seconds from 0 to 2592000 or a text from \"0s\" to \"30d\" with the unit ms, s, m, h or d"_s;
    const QByteArray parameters = "[parameters]\nmode={type='choice',choices=['fast','slow']}\nsize={type='int'}\n"
                                  "gain={type='float'}\ndry={type='bool'}\nname={}\nimage={type='path'}\n";

    row("new words of the pipeline",
        "timeout = 0\non_failure = 'halt'\nhistory = ['preste', 'preset', 1, 'preset', 'qqqqqqqqqqqqqq']\n"
        "[parameters.preset]\n"
            + step,
        {u"1:11: timeout is 0, "_s + timeForm,
         u"2:14: on_failure is \"halt\", expected \"stop\", \"continue\" or \"finish_all\""_s,
         u"3:12: unknown parameter 'preste' in history, did you mean 'preset'?"_s,
         u"3:32: a name in history is 1, expected that of a parameter"_s, u"3:35: history has \"preset\" twice"_s,
         u"3:45: unknown parameter 'qqqqqqqqqqqqqq' in history"_s});
    row("types of new words of the pipeline", "timeout = '31d'\non_failure = 1\nhistory = 'preset'\n" + step,
        {u"1:11: timeout is \"31d\", "_s + timeForm,
         u"2:14: on_failure is 1, expected \"stop\", \"continue\" or \"finish_all\""_s,
         u"3:11: history is \"preset\", expected an array of parameter names"_s});

    row("retries",
        "[[steps]]\nid='a'\ncommand=['x']\nretries=1001\n[[steps]]\nid='b'\ncommand=['x']\nretries='3'\n"
        "[[steps]]\nid='c'\ncommand=['x']\nretries={delay='5x', max_delay=-1, backoff='linear', jitter=1.5, dely=1}\n"
        "[[steps]]\nid='d'\ncommand=['x']\nretries={count=-1, delay='2m', max_delay='1m', backoff=1, jitter='no'}\n"
        "[[steps]]\nid='e'\ncommand=['x']\nretries={coun=2}\n[[steps]]\nid='f'\ncommand=['x']\nretries=1.5\n",
        {u"4:9: retries is 1001, expected a whole number from 0 to 1000"_s,
         u"8:9: retries is \"3\", expected a whole number from 0 to 1000 or a table"_s,
         u"12:9: missing key 'count' in retries"_s, u"12:16: delay is \"5x\", "_s + delayForm,
         u"12:32: max_delay is -1, "_s + delayForm,
         u"12:44: backoff is \"linear\", expected \"fixed\" or \"exponential\""_s,
         u"12:61: jitter is 1.5, expected a number from 0 to 1, true or false"_s,
         u"12:66: unknown key 'dely' in retries, did you mean 'delay'?"_s,
         u"16:16: count is -1, expected a whole number from 0 to 1000"_s,
         u"16:42: max_delay is \"1m\", expected no less than the delay"_s,
         u"16:56: backoff is 1, expected \"fixed\" or \"exponential\""_s,
         u"16:66: jitter is \"no\", expected a number from 0 to 1, true or false"_s,
         u"20:10: unknown key 'coun' in retries, did you mean 'count'?"_s,
         u"24:9: retries is 1.5, expected a whole number from 0 to 1000 or a table"_s});
    row("times and flags of a step",
        inStep("timeout = '0s'\nstall_timeout = true\nfinally = 1\nallow_failure = 'yes'\ngrace = '1d'\n"),
        {u"4:11: timeout is \"0s\", "_s + timeForm, u"5:17: stall_timeout is true, "_s + timeForm,
         u"6:11: finally is 1, expected true or false"_s, u"7:17: allow_failure is \"yes\", expected true or false"_s,
         u"8:9: grace is \"1d\", "_s + graceForm});

    row("conditions on parameters",
        parameters
            + "[[steps]]\nid='a'\ncommand=['x']\nwhen={all=[\n"
              "{param='mod', equals='fast'},\n{param='mode', equals='fats'},\n{param='mode', at_most='fast'},\n"
              "{param='size', less_than=1.5},\n{param='gain', at_least='1'},\n{param='dry', not_equals=1},\n"
              "{param='name', in='x'},\n{param='name', in=[]},\n{param='name', in=['x', 1]},\n"
              "{param='image', equals=''},\n{param='size'},\n{param='size', equals=1, in=[2]},\n{param=1, equals=1},\n"
              "{param='dry', greater_than=true},\n{param='size', equal=1},\n]}\n",
        {u"12:8: unknown parameter 'mod' in a condition, did you mean 'mode'?"_s,
         u"13:23: equals is \"fats\", expected \"fast\" or \"slow\""_s,
         u"14:16: 'at_most' compares numbers, but parameter 'mode' has the type \"choice\""_s,
         u"15:26: less_than is 1.5, expected a whole number of at most 9007199254740992 either way"_s,
         u"16:25: at_least is \"1\", expected a finite number"_s, u"17:26: not_equals is 1, expected true or false"_s,
         u"18:19: in is \"x\", expected an array of values"_s, u"19:19: in is empty, expected at least one value"_s,
         u"20:25: a value of in is 1, expected a string"_s, u"21:24: equals is \"\", expected a path"_s,
         u"22:8: missing key 'equals', 'not_equals', 'less_than', 'at_most', 'greater_than', 'at_least' or 'in' in a "
         u"condition with 'param'"_s,
         u"23:26: a condition has 'equals' and 'in', expected one of both"_s,
         u"24:8: param is 1, expected the name of a parameter"_s,
         u"25:15: 'greater_than' compares numbers, but parameter 'dry' has the type \"bool\""_s,
         u"26:16: unknown key 'equal' in a condition, did you mean 'equals'?"_s});
    row("a condition on a parameter with a wrong type is not told as well",
        "[parameters.a]\ntype='intt'\n" + inStep("when={param='a', less_than='x'}\n"),
        {u"2:6: type is \"intt\", expected \"string\", \"path\", \"int\", \"float\", \"bool\" or \"choice\""_s});
    row("conditions on steps",
        step
            + "[[steps]]\nid='a'\ncommand=['x']\nwhen={all=[\n"
              "{step='okk', is='failed'},\n{step='a', is='failed'},\n{step='ok', is='done'},\n"
              "{step='ok', is=['failed', 1, 'failed']},\n{step='ok', is=[]},\n{step='ok'},\n{step=1, is='failed'},\n"
              "{step='ok', is='running'},\n]}\n",
        {u"8:7: unknown step 'okk' in when, did you mean 'ok'?"_s, u"9:7: step 'a' asks for its own outcome"_s,
         u"10:16: the outcome is \"done\", expected \"succeeded\", \"failed\", \"cancelled\", \"timed_out\", "
         u"\"skipped\" or \"interrupted\""_s,
         u"11:27: the outcome is 1, expected \"succeeded\", \"failed\", \"cancelled\", \"timed_out\", \"skipped\" or "
         u"\"interrupted\""_s,
         u"11:30: is has \"failed\" twice"_s, u"12:16: is is empty, expected at least one outcome"_s,
         u"13:7: missing key 'is' in a condition with 'step'"_s, u"14:7: step is 1, expected the id of a step"_s,
         u"15:16: the outcome is \"running\", expected \"succeeded\", \"failed\", \"cancelled\", \"timed_out\", "
         u"\"skipped\" or \"interrupted\""_s});
    row("forms of conditions",
        parameters
            + "[[steps]]\nid='a'\ncommand=['x']\nwhen={all=[\n"
              "{},\n1,\n{exists=''},\n{exists=1},\n{exists='{{nam}}'},\n{any=[]},\n{any={}},\n{not=[]},\n"
              "{param='mode', step='b', is='failed'},\n{exists='x', is='failed'},\n{step='ok', equals=1},\n"
              "{exist='x'},\n]}\n",
        {u"12:1: missing key 'param', 'step', 'exists', 'not', 'all' or 'any' in a condition"_s,
         u"13:1: a condition is 1, expected a table such as { param = \"mode\", equals = \"fast\" }"_s,
         u"14:9: exists is \"\", expected a path"_s, u"15:9: exists is 1, expected a string"_s,
         u"16:9: unknown name 'nam' in \"{{nam}}\", did you mean 'name'?"_s,
         u"17:6: any is empty, expected at least one condition"_s,
         u"18:6: any is a table, expected an array of conditions"_s,
         u"19:6: not is an array, expected a table such as { param = \"mode\", equals = \"fast\" }"_s,
         u"20:16: a condition has 'param' and 'step', expected one of both"_s,
         u"21:14: a condition has 'is' and 'exists', expected 'is' with 'step'"_s,
         u"22:13: a condition has 'equals' and 'step', expected 'equals' with 'param'"_s,
         u"23:2: unknown key 'exist' in a condition, did you mean 'exists'?"_s});
    row("when is text", inStep("when = 'always'\n"),
        {u"4:8: when is \"always\", expected a table such as { param = \"mode\", equals = \"fast\" }"_s});
    row("as deep as conditions may nest",
        inStep("when = " + QByteArray("{not=").repeated(7) + "{exists='x'}" + QByteArray("}").repeated(7) + "\n"), {});
    row("conditions that nest too deep",
        inStep("when = " + QByteArray("{not=").repeated(8) + "{exists='x'}" + QByteArray("}").repeated(8) + "\n"),
        {u"4:48: conditions nest deeper than 8"_s});
    row("a circle through a condition",
        "[[steps]]\nid='a'\ncommand=['x']\nwhen={step='c', is='failed'}\n[[steps]]\nid='b'\ncommand=['x']\n"
        "[[steps]]\nid='c'\ncommand=['x']\n",
        {u"4:12: steps need each other in a circle: a → c → b → a (a asks for c in when)"_s});
    row("a circle of conditions",
        "[[steps]]\nid='a'\ncommand=['x']\nneeds=[]\nwhen={step='b', is='failed'}\n"
        "[[steps]]\nid='b'\ncommand=['x']\nneeds=['a']\nwhen={not={step='a', is='failed'}}\n",
        {u"5:12: steps need each other in a circle: a → b → a (a asks for b in when)"_s});

    row("finally",
        "[[steps]]\nid='a'\ncommand=['x']\nneeds=['end']\n[[steps]]\nid='end'\ncommand=['x']\nfinally=true\n"
        "needs=['a']\n[[steps]]\nid='b'\ncommand=['x']\nwhen={step='end', is='failed'}\n"
        "[[steps]]\nid='after'\ncommand=['x']\nfinally=true\nneeds=['end']\nwhen={step='b', is='failed'}\n",
        {u"4:8: step 'a' needs finally step 'end', which runs after all others"_s,
         u"9:8: finally step 'end' needs step 'a', but a finally step runs after all others anyway"_s,
         u"13:12: step 'b' asks for the outcome of finally step 'end', which runs after all others"_s});

    row("matrices",
        "[[steps]]\nid='a'\ncommand=['{{matrix.size}}']\nmatrix=[1]\n[[steps]]\nid='b'\ncommand=['x']\nmatrix={}\n"
        "[[steps]]\nid='c'\ncommand=['{{matrix.szie}}', '{{matrix.size}}', '{{matrix.qqqqqqqqqq}}']\n"
        "matrix={size=[1, '1', inf, [], 9007199254740993, 1979-05-27], 'a b'=[1], form-at=['x'], FORM_AT=['y'], "
        "e=[], t='x', n=[\"\\u0000\"]}\n"
        "[[steps]]\nid='d'\ncommand=['x']\nmax_parallel=2\n[[steps]]\nid='e'\ncommand=['x']\nmax_parallel=0\n"
        "matrix={a=[1]}\n[[steps]]\nid='f'\ncommand=['x']\nmax_parallel=1025\nmatrix={a=['"
            + QByteArray(1001, 'x') + "']}\n",
        {u"3:10: unknown name 'matrix.size' in \"{{matrix.size}}\", expected a name of this step's matrix"_s,
         u"4:8: matrix is an array, expected a table of arrays"_s,
         u"8:8: matrix is empty, expected at least one array of values"_s,
         u"11:10: unknown name 'matrix.szie' in \"{{matrix.szie}}\", did you mean 'matrix.size'?"_s,
         u"11:48: unknown name 'matrix.qqqqqqqqqq' in \"{{matrix.qqqqqqqqqq}}\", expected a name of this step's "
         u"matrix"_s,
         u"12:18: matrix 'size' has \"1\" twice"_s,
         u"12:23: a value of matrix 'size' is inf, expected a string, a finite number, true or false"_s,
         u"12:28: a value of matrix 'size' is an array, expected a string, a finite number, true or false"_s,
         u"12:32: a value of matrix 'size' is 9007199254740993, expected at most 9007199254740992 either way"_s,
         u"12:50: a value of matrix 'size' is a date or time, expected a string, a finite number, true or false"_s,
         u"12:63: name 'a b' in a matrix, expected 1 to 64 of A-Z a-z 0-9 _ -"_s,
         u"12:89: matrix 'FORM_AT' gives the same variable STEPWIRE_MATRIX_FORM_AT as 'form-at'"_s,
         u"12:106: matrix 'e' is empty, expected at least one value"_s,
         u"12:112: matrix 't' is \"x\", expected an array of values"_s,
         u"12:120: a value of matrix 'n' is \"\\x00\", expected no NUL character in it"_s,
         u"16:14: a step has 'max_parallel' and no 'matrix', expected both"_s,
         u"20:14: max_parallel is 0, expected a whole number from 1 to 1024"_s,
         u"25:14: max_parallel is 1025, expected a whole number from 1 to 1024"_s,
         u"26:12: a value of matrix 'a' has 1001 characters, expected at most 1000"_s});
    const auto values = [](int count) {
        QByteArray text = "[";
        for (int i = 0; i < count; ++i)
            text += QByteArray::number(i) + ',';
        return text + ']';
    };
    const auto matrixStep = [&](const QByteArray &id, const QByteArray &matrix, const QByteArray &rest = {}) {
        return "[[steps]]\nid='" + id + "'\ncommand=['x']\nmatrix={" + matrix + "}\n" + rest;
    };
    row("as many combinations as may be", matrixStep("a", "a=" + values(100) + ",b=" + values(10)), {});
    row("too many combinations", matrixStep("a", "a=" + values(100) + ",b=" + values(11)),
        {u"4:8: matrix has more than 1000 combinations, expected at most these"_s});
    row("too many steps of matrices",
        matrixStep("a", "a=" + values(1000)) + matrixStep("b", "a=" + values(1000), "needs=[]\n")
            + matrixStep("c", "a=" + values(1000), "needs=[]\n") + matrixStep("d", "a=" + values(1000), "needs=[]\n")
            + step,
        {
            u"21:4: with all that matrices make of them there are more than 4000 steps, expected at most these"_s,
        });
    row("too many needs of matrices", matrixStep("a", "a=" + values(500)) + matrixStep("b", "a=" + values(500)),
        {u"6:4: with all that matrices make of them the steps need each other more than 200000 times, expected at most "
         u"these"_s});
    row("ids of matrices",
        matrixStep("a", "a=[1,2]") + "[[steps]]\nid='a-2'\ncommand=['x']\n[[steps]]\nid='a-3'\ncommand=['x']\n"
            + matrixStep(QByteArray(63, 'x'), "a=[1]"),
        {u"2:4: the matrix of step 'a' gives the step id 'a-2', which the step in line 6 has"_s,
         u"12:4: the matrix of step '"_s + QString(59, u'x') + u"…' gives the step id \""_s + QString(63, u'x')
             + u"-1\", expected a shorter id"_s});

    row("pipelines",
        "[[steps]]\nid='a'\npipeline='x y'\n[[steps]]\nid='b'\npipeline=1\n[[steps]]\nid='c'\npipeline='{{x}}/y'\n"
        "[[steps]]\nid='d'\npipeline='x'\nparams=[]\n[[steps]]\nid='e'\npipeline='x'\n"
        "params={'a b'=1, c=inf, d='{{x}}', e=[1], f=9007199254740993}\n[[steps]]\nid='f'\ncommand=['x']\nparams={}\n"
        "[[steps]]\nid='g'\ncommand=['x']\nscript='x'\npipeline='x'\n[[steps]]\nid='h'\nscript='x'\npipeline='x'\n"
        "[[steps]]\nid='i'\npipelin='x'\n",
        {u"3:10: pipeline is \"x y\", expected 1 to 64 of A-Z a-z 0-9 _ -, or a path"_s,
         u"6:10: pipeline is 1, expected a string"_s,
         u"9:10: pipeline is \"{{x}}/y\", expected a name or a path in which nothing is to be replaced"_s,
         u"13:8: params is an array, expected a table"_s,
         u"17:9: parameter name 'a b', expected 1 to 64 of A-Z a-z 0-9 _ -"_s,
         u"17:20: params 'c' is inf, expected a string, a finite number, true or false"_s,
         u"17:27: unknown name 'x' in \"{{x}}\", expected a parameter or pipeline.dir"_s,
         u"17:38: params 'e' is an array, expected a string, a finite number, true or false"_s,
         u"17:45: params 'f' is 9007199254740993, expected at most 9007199254740992 either way"_s,
         u"21:8: a step has 'params' and no 'pipeline', expected both"_s,
         u"26:10: a step has 'command', 'script' and 'pipeline', expected one of them"_s,
         u"30:10: a step has 'script' and 'pipeline', expected one of both"_s,
         u"33:1: unknown key 'pipelin' in a step, did you mean 'pipeline'?"_s});
    QStringList ofThatPipeline;
    int line = 4;
    for (const char16_t *key : {u"env", u"cwd", u"terminal", u"grace", u"stall_timeout", u"outputs", u"progress",
                                u"progress_pattern", u"phases"}) {
        const QString name = QString::fromUtf16(key);
        ofThatPipeline.push_back(QString::number(line++) + u":1: a step has 'pipeline' and '"_s + name
                                 + u"', expected '"_s + name + u"' in the steps of that pipeline"_s);
    }
    row("what a pipeline's steps have",
        "[[steps]]\nid='a'\npipeline='./x'\nenv={}\ncwd='x'\nterminal=true\ngrace=1\nstall_timeout=1\noutputs=['x']\n"
        "progress='percent'\nprogress_pattern='x'\nphases=['x']\ntimeout=1\nretries=1\nweight=2\nallow_failure=true\n"
        "finally=true\ntitle='x'\nwhen={exists='x'}\nmatrix={a=[1]}\nmax_parallel=1\nneeds=[]\n",
        ofThatPipeline);

    row("outputs",
        "[[steps]]\nid='a'\ncommand=['x']\noutputs='x'\n[[steps]]\nid='b'\ncommand=['x']\n"
        "outputs=['a b', 1, 'c', 'c', 'd-e', 'D_E']\n[[steps]]\nid='c'\ncommand=['x']\noutputs="
            + QByteArray("['x'") + QByteArray(",'x'").repeated(64) + "]\n",
        {u"4:9: outputs is \"x\", expected an array of names"_s,
         u"8:10: an output is \"a b\", expected 1 to 64 of A-Z a-z 0-9 _ -"_s,
         u"8:17: an output is 1, expected a name"_s, u"8:25: outputs has \"c\" twice"_s,
         u"8:37: output 'D_E' gives the same variable STEPWIRE_STEPS_B_D_E as 'd-e'"_s,
         u"12:9: there are 65 outputs, expected at most 64"_s});
    row("outputs with the same variable",
        "[[steps]]\nid='a'\ncommand=['x']\noutputs=['b_c']\n[[steps]]\nid='a-b'\ncommand=['x']\noutputs=['c']\n"
        "[[steps]]\nid='m'\ncommand=['x']\nmatrix={x=[1,2]}\noutputs=['o']\n"
        "[[steps]]\nid='M_2'\ncommand=['x']\noutputs=['o']\n",
        {u"8:10: output 'c' of step 'a-b' gives the same variable STEPWIRE_STEPS_A_B_C as 'b_c' of step 'a' in line 4"_s,
         u"17:10: output 'o' of step 'M_2' gives the same variable STEPWIRE_STEPS_M_2_O as 'o' of step 'm' in line "
         u"13"_s});
    row("uses of outputs",
        "event_data={x='{{steps.a.x}}'}\n"
        "[[steps]]\nid='a'\ncommand=['{{steps.a.x}}']\noutputs=['image']\n"
        "[[steps]]\nid='m'\ncommand=['x']\noutputs=['image']\nmatrix={x=[1]}\nneeds=[]\n"
        "[[steps]]\nid='aside'\ncommand=['x']\noutputs=['image']\nneeds=[]\n"
        "[[steps]]\nid='b'\nneeds=['a', 'm']\n"
        "command=['{{steps.a.image}}', '{{steps.a.imgae}}', '{{steps.a.qqqqqqqqqq}}', '{{steps.m.image}}', "
        "'{{steps.aside.image}}', '{{steps.asied.image}}', '{{steps.a}}', '{{steps.a.b.c}}', '{{steps. a.b}}']\n"
        "env={A='{{ steps.aside.image }}'}\ncwd='{{steps.aside.image}}'\nwhen={exists='{{steps.aside.image}}'}\n"
        "title='{{steps.aside.image}}'\n"
        "[[steps]]\nid='p'\npipeline='x'\nparams={a='{{steps.a.image}}',b='{{steps.aside.image}}'}\n"
        "[[steps]]\nid='f'\ncommand=['{{steps.a.image}}', '{{steps.b.x}}']\nfinally=true\nwhen={step='m', "
        "is='failed'}\n"
        "[[steps]]\nid='s'\nscript='{{steps.a.image}} {{ steps.a.image }} {{steps.a.x}} {{steps.q.x}} {{steps.x}}'\n",
        {u"1:15: unknown name 'steps.a.x' in \"{{steps.a.x}}\", expected a parameter or pipeline.dir"_s,
         u"4:10: step 'a' uses its own output {{steps.a.x}}"_s,
         u"20:31: step 'a' has no output 'imgae' for {{steps.a.imgae}}, did you mean 'image'?"_s,
         u"20:52: step 'a' has no output 'qqqqqqqqqq' for {{steps.a.qqqqqqqqqq}}, expected it in its outputs"_s,
         u"20:78: step 'm' has a matrix, expected a step without for {{steps.m.image}}"_s,
         u"20:99: step 'b' uses {{steps.aside.image}}, expected that it needs step 'aside'"_s,
         u"20:124: unknown step 'asied' in \"{{steps.asied.image}}\", did you mean 'aside'?"_s,
         u"20:149: unknown name 'steps.a' in \"{{steps.a}}\", expected {{steps.ID.NAME}}"_s,
         u"20:164: unknown name 'steps.a.b.c' in \"{{steps.a.b.c}}\", expected {{steps.ID.NAME}}"_s,
         u"20:183: unknown name 'steps. a.b' in \"{{steps. a.b}}\", expected {{steps.ID.NAME}}"_s,
         u"21:8: step 'b' uses {{steps.aside.image}}, expected that it needs step 'aside'"_s,
         u"22:5: step 'b' uses {{steps.aside.image}}, expected that it needs step 'aside'"_s,
         u"23:14: step 'b' uses {{steps.aside.image}}, expected that it needs step 'aside'"_s,
         u"28:33: step 'p' uses {{steps.aside.image}}, expected that it needs step 'aside'"_s,
         u"31:10: step 'f' uses {{steps.a.image}}, expected a when that asks for step 'a'"_s,
         u"31:31: step 'b' has no output 'x' for {{steps.b.x}}, expected it in its outputs"_s,
         u"36:8: nothing is replaced in a script, expected \"$STEPWIRE_STEPS_A_IMAGE\" for {{steps.a.image}}"_s});
    row("outputs that are used rightly",
        "[[steps]]\nid='a'\ncommand=['x']\noutputs=['o']\n[[steps]]\nid='b'\ncommand=['x']\n"
        "[[steps]]\nid='c'\ncommand=['{{steps.a.o}}']\n[[steps]]\nid='d'\ncommand=['{{ steps.a.o }}']\nneeds=[]\n"
        "when={step='a', is='succeeded'}\n[[steps]]\nid='e'\ncommand=['{{steps.a.o}}']\nfinally=true\n"
        "when={not={step='b', is='failed'}}\n",
        {});
    row("names of a matrix in a script",
        "[[steps]]\nid='a'\nmatrix={si-ze=[1]}\nscript='{{matrix.si-ze}} {{matrix.x}}'\n"
        "[[steps]]\nid='b'\nscript='{{matrix.si-ze}}'\n",
        {u"4:8: nothing is replaced in a script, expected \"$STEPWIRE_MATRIX_SI_ZE\" for {{matrix.si-ze}}"_s});

    row("progress",
        "[[steps]]\nid='a'\ncommand=['x']\nprogress='percnt'\nprogress_pattern='x'\n"
        "[[steps]]\nid='b'\ncommand=['x']\nprogress=1\n"
        "[[steps]]\nid='c'\ncommand=['x']\nprogress='auto'\nprogress_pattern='x'\n"
        "[[steps]]\nid='d'\ncommand=['x']\nprogress_pattern='(x'\n"
        "[[steps]]\nid='e'\ncommand=['x']\nprogress='percent'\nprogress_pattern=''\n"
        "[[steps]]\nid='f'\ncommand=['x']\nprogress='percent'\nprogress_pattern='"
            + QByteArray(1001, 'x')
            + "'\n[[steps]]\nid='g'\ncommand=['x']\nprogress='percent'\nprogress_pattern=1\n"
              "[[steps]]\nid='h'\ncommand=['x']\nprogress='percent'\nprogress_pattern='([0-9]+)%'\n",
        {u"4:10: progress is \"percnt\", expected \"own\", \"auto\", \"percent\" or \"none\""_s,
         u"9:10: progress is 1, expected \"own\", \"auto\", \"percent\" or \"none\""_s,
         u"14:18: a step has 'progress_pattern', expected progress = \"percent\" with it"_s,
         u"18:18: a step has 'progress_pattern', expected progress = \"percent\" with it"_s,
         u"18:18: progress_pattern is \"(x\", expected a regular expression: missing closing parenthesis at character "
         u"3"_s,
         u"23:18: progress_pattern is \"\", expected a regular expression"_s,
         u"28:18: progress_pattern has 1001 characters, expected at most 1000"_s,
         u"33:18: progress_pattern is 1, expected a string"_s});
    row("phases",
        "[[steps]]\nid='a'\ncommand=['x']\nphases='x'\n[[steps]]\nid='b'\ncommand=['x']\n"
        "phases=['a', 'b c', 1, {title=1, unit=2, total=0}, {id='a'}, {id=3, total='x'}, {ide='x', total=inf}]\n"
        "[[steps]]\nid='c'\ncommand=['x']\nphases="
            + QByteArray("['x'") + QByteArray(",'x'").repeated(64) + "]\n",
        {u"4:8: phases is \"x\", expected an array of ids or tables"_s,
         u"8:14: a phase is \"b c\", expected 1 to 64 of A-Z a-z 0-9 _ -"_s,
         u"8:21: a phase is 1, expected 1 to 64 of A-Z a-z 0-9 _ -"_s, u"8:24: missing key 'id' in a phase"_s,
         u"8:31: title is 1, expected a string"_s, u"8:39: unit is 2, expected a string"_s,
         u"8:48: total is 0, expected a number above 0"_s, u"8:56: phases has \"a\" twice"_s,
         u"8:66: id is 3, expected 1 to 64 of A-Z a-z 0-9 _ -"_s, u"8:75: total is \"x\", expected a number above 0"_s,
         u"8:82: unknown key 'ide' in a phase, did you mean 'id'?"_s,
         u"8:97: total is inf, expected a number above 0"_s, u"12:8: there are 65 phases, expected at most 64"_s});
}

void TestRecipe::tellsAllFaults()
{
    QFETCH(QByteArray, toml);
    QFETCH(QStringList, faults);
    const RecipeResult result = readRecipe(toml, {});
    QCOMPARE(faultTexts(result), faults);
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

void TestRecipe::readsTimes_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<qint64>("ms"); // of a timeout; -1: a fault
    QTest::addColumn<qint64>("delay"); // of a retry
    const auto row = [](const char *toml, qint64 ms, qint64 delay) {
        QTest::newRow(toml) << QByteArray(toml) << ms << delay;
    };
    row("0", -1, 0);
    row("'0d'", -1, 0);
    row("0.0001", -1, 0);
    row("'1ms'", 1, 1);
    row("90", 90'000, 90'000);
    row("'90s'", 90'000, 90'000);
    row("'2h'", 7'200'000, 7'200'000);
    row("'25h'", 90'000'000, 90'000'000);
    row("'1.5d'", 129'600'000, 129'600'000);
    row("'30d'", 2'592'000'000, 2'592'000'000);
    row("2592000", 2'592'000'000, 2'592'000'000);
    row("2592001", -1, -1);
    row("'31d'", -1, -1);
    row("'721h'", -1, -1);
    row("'1w'", -1, -1);
    row("-1", -1, -1);
    row("nan", -1, -1);
}

void TestRecipe::readsTimes()
{
    QFETCH(QByteArray, toml);
    QFETCH(qint64, ms);
    QFETCH(qint64, delay);
    const QByteArray step = "[[steps]]\nid='a'\ncommand=['x']\n";
    const RecipeResult job = readRecipe("timeout = " + toml + '\n' + step, {});
    QCOMPARE(job ? job->timeoutMs.value_or(-2) : -1, ms);
    const RecipeResult whole = readRecipe(step + "timeout = " + toml, {});
    QCOMPARE(whole ? whole->steps[0].timeoutMs.value_or(-2) : -1, ms);
    const RecipeResult stall = readRecipe(step + "stall_timeout = " + toml, {});
    QCOMPARE(stall ? stall->steps[0].stallTimeoutMs.value_or(-2) : -1, ms);
    const RecipeResult retry = readRecipe(step + "retries = { count = 1, delay = " + toml + " }", {});
    QCOMPARE(retry ? retry->steps[0].retry.delayMs : -1, delay);
}

void TestRecipe::readsNewWords()
{
    const RecipeResult result = readRecipe(R"(
timeout = "2d"
on_failure = "stop"
history = ["preset", "image"]

[parameters.image]
type = "path"
[parameters.preset]
[parameters.crf]
type = "int"

[[steps]]
id = "probe"
command = ["probe"]
outputs = ["dir", "frames"]
retries = 5
timeout = "90s"
stall_timeout = 30
phases = ["read", { id = "write", title = "Write", total = 2.5, unit = "items" }]

[[steps]]
id = "encode"
command = ["encode", "{{matrix.size}}", "{{steps.probe.frames}}"]
matrix = { size = [1, 2.5, true], format = ["png", "1"] }
max_parallel = 2
retries = { count = 3, delay = "10m", backoff = "fixed", jitter = true }
progress = "percent"
progress_pattern = '(\d+)%'

[[steps]]
id = "other"
pipeline = "./other.toml"
params = { image = "{{steps.probe.dir}}", n = 1, f = 0.5, b = true }
allow_failure = true

[[steps]]
id = "clean"
script = "rm"
finally = true
retries = { count = 1, delay = 1, max_delay = 2, backoff = "exponential", jitter = 0.25 }
progress = "auto"

[steps.when]
all = [
    { param = "preset", in = ["fast", "slow"] },
    { not = { param = "crf", less_than = 10 } },
    { any = [{ step = "encode", is = ["failed", "timed_out"] }, { exists = "~/done" }] },
    { param = "image", not_equals = "x.png" },
]
)",
                                           {});
    QCOMPARE(faultTexts(result), QStringList());

    Recipe expected;
    expected.timeoutMs = 172'800'000;
    expected.onFailure = OnFailure::Stop;
    expected.history = {u"preset"_s, u"image"_s};
    expected.parameters = {{u"image"_s, ParameterType::Path, false, {}, {}, {}},
                           {u"preset"_s, ParameterType::String, false, {}, {}, {}},
                           {u"crf"_s, ParameterType::Int, false, {}, {}, {}}};
    expected.steps.resize(4);
    StepRecipe &probe = expected.steps[0];
    probe.id = u"probe"_s;
    probe.command = {u"probe"_s};
    probe.outputs = {u"dir"_s, u"frames"_s};
    probe.retry.retries = 5;
    probe.timeoutMs = 90'000;
    probe.stallTimeoutMs = 30'000;
    probe.phases = {{u"read"_s, {}, {}, {}}, {u"write"_s, u"Write"_s, 2.5, u"items"_s}};
    StepRecipe &encode = expected.steps[1];
    encode.id = u"encode"_s;
    encode.command = {u"encode"_s, u"{{matrix.size}}"_s, u"{{steps.probe.frames}}"_s};
    encode.needs = {u"probe"_s};
    encode.matrix = {{u"size"_s, {u"1"_s, u"2.5"_s, u"true"_s}}, {u"format"_s, {u"png"_s, u"1"_s}}};
    encode.maxParallel = 2;
    encode.retry = {3, RetryPolicy::Backoff::Fixed, 600'000, 600'000, 1};
    encode.progress = ProgressSource::Percent;
    encode.progressPattern = u"(\\d+)%"_s;
    StepRecipe &other = expected.steps[2];
    other.id = u"other"_s;
    other.pipeline = u"./other.toml"_s;
    other.params = {{u"image"_s, u"{{steps.probe.dir}}"_s}, {u"n"_s, 1}, {u"f"_s, 0.5}, {u"b"_s, true}};
    other.needs = {u"encode"_s};
    other.allowFailure = true;
    StepRecipe &clean = expected.steps[3];
    clean.id = u"clean"_s;
    clean.script = u"rm"_s;
    clean.finally = true;
    clean.retry = {1, RetryPolicy::Backoff::Exponential, 1000, 2000, 0.25};
    clean.progress = ProgressSource::Auto;
    using Kind = Condition::Kind;
    using Compare = Condition::Compare;
    Condition preset{Kind::Parameter, u"preset"_s, Compare::In, {u"fast"_s, u"slow"_s}, {}, {}, true, {}};
    Condition crf{Kind::Parameter, u"crf"_s, Compare::Less, {10}, {}, {}, true, {}};
    Condition notCrf{Kind::Not, {}, Compare::Equals, {}, {}, {}, true, {crf}};
    Condition step{Kind::Outcome, u"encode"_s, Compare::Equals, {}, {State::Failed, State::TimedOut}, {}, true, {}};
    Condition exists{Kind::Exists, {}, Compare::Equals, {}, {}, u"~/done"_s, true, {}};
    Condition any{Kind::Any, {}, Compare::Equals, {}, {}, {}, true, {step, exists}};
    Condition image{Kind::Parameter, u"image"_s, Compare::NotEquals, {u"x.png"_s}, {}, {}, true, {}};
    clean.when = Condition{Kind::All, {}, Compare::Equals, {}, {}, {}, true, {preset, notCrf, any, image}};
    for (std::size_t i = 0; i < expected.steps.size(); ++i)
        QVERIFY2(result->steps.at(i) == expected.steps[i], qPrintable(expected.steps[i].id));
    expected.text = result->text;
    QVERIFY(*result == expected);
}

void TestRecipe::ordersFinallySteps()
{
    const RecipeResult result = readRecipe("[[steps]]\nid='f1'\ncommand=['x']\nfinally=true\n"
                                           "[[steps]]\nid='a'\ncommand=['x']\n"
                                           "[[steps]]\nid='f2'\ncommand=['x']\nfinally=true\n"
                                           "[[steps]]\nid='b'\ncommand=['x']\nfinally=false\n"
                                           "[[steps]]\nid='f3'\ncommand=['x']\nfinally=true\nneeds=[]\n"
                                           "[[steps]]\nid='f4'\ncommand=['x']\nfinally=true\nneeds=['f1','f2']\n",
                                           {});
    QCOMPARE(faultTexts(result), QStringList());
    QStringList needs;
    for (const StepRecipe &step : result->steps)
        needs.push_back(step.id + u':' + step.needs.join(u','));
    QCOMPARE(needs, QStringList({u"f1:"_s, u"a:"_s, u"f2:f1"_s, u"b:a"_s, u"f3:"_s, u"f4:f1,f2"_s}));
}

/// Every pipeline that the documentation shows is one.
void TestRecipe::readsItsOwnDocumentation()
{
    QFile file(QString::fromUtf8(STEPWIRE_SOURCE_DIR) + u"/docs/PIPELINES.md"_s);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QList<QByteArray> blocks = file.readAll().split('\n');
    QByteArray example;
    int start = 0;
    int examples = 0;
    for (int line = 0; line < blocks.size(); ++line) {
        if (start == 0) {
            if (blocks[line] == "```toml")
                start = line + 1;
        } else if (blocks[line] != "```") {
            example += blocks[line] + '\n';
        } else {
            if (example.contains("[[steps]]")) {
                const QString name = u"line "_s + QString::number(start);
                QCOMPARE(name + faultTexts(readRecipe(example, {})).join(u'\n'), name);
                ++examples;
            }
            example.clear();
            start = 0;
        }
    }
    QVERIFY(examples > 10);
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
