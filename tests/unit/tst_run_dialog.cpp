#include "ui/run/last_values.h"
#include "ui/run/parameter_form.h"
#include "ui/run/run_dialog.h"
#include "ui/run/welcome_page.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDropEvent>
#include <QJsonDocument>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMimeData>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace stepwire;
using namespace Qt::StringLiterals;

namespace {

/// The hub's end of a view: keeps what was asked, to be answered when the test says.
class FakeHub : public HubView::Driver
{
public:
    struct Call
    {
        QString method;
        QJsonObject params;
        HubLink::Answered answered;
    };

    explicit FakeHub(HubView &view) { view.setDriver(this); }

    void call(const QString &method, const QJsonObject &params, HubLink::Answered answered) override
    {
        calls.push_back({method, params, std::move(answered)});
    }
    void followOutput(const QString &) override { }

    int count(const QString &method) const
    {
        return static_cast<int>(
            std::count_if(calls.begin(), calls.end(), [&](const Call &call) { return call.method == method; }));
    }
    /// The last of this method that is not answered; what was asked.
    QJsonObject answer(const QString &method, const Result<QJsonValue> &result)
    {
        for (auto it = calls.rbegin(); it != calls.rend(); ++it) {
            if (it->method != method || !it->answered)
                continue;
            const Call call = *it;
            it->answered = nullptr;
            call.answered(result);
            return call.params;
        }
        return {{u"nothing was asked"_s, method}};
    }

    std::vector<Call> calls;
};

class MemoryValues : public LastValues
{
public:
    QJsonObject load(const QString &pipeline) const override { return values.value(pipeline); }
    void store(const QString &pipeline, const QJsonObject &given) override { values.insert(pipeline, given); }

    QHash<QString, QJsonObject> values;
};

QJsonArray jsonArray(const char *text)
{
    return QJsonDocument::fromJson(text).array();
}

QJsonArray everyType()
{
    return jsonArray(R"([
        {"name":"title_text","type":"string","required":false,"help":"what is written","default":"hi"},
        {"name":"image","type":"path","required":true,"help":"the picture"},
        {"name":"quality","type":"int","required":false,"help":"","default":85},
        {"name":"gamma","type":"float","required":false,"help":""},
        {"name":"keep","type":"bool","required":false,"help":"","default":true},
        {"name":"format","type":"choice","required":false,"help":"","default":"webp","choices":["png","webp"]},
        {"name":"effort","type":"choice","required":false,"help":"","choices":["low","high"]},
        {"name":"token","type":"string","required":false,"help":"","secret":true}])");
}

QJsonObject pipelines()
{
    const QJsonObject hello{
        {u"pipeline"_s, u"hello"_s},
        {u"title"_s, u"hello"_s},
        {u"description"_s, u"counts twice at once, then greets: a first pipeline to try"_s},
        {u"file"_s, u"/p/hello.toml"_s},
        {u"parameters"_s, jsonArray(R"([{"name":"name","type":"string","default":"world","help":"who is greeted"}])")},
        {u"steps"_s, jsonArray(R"([{"step":"a","title":"count sheep"},{"step":"g","title":"greet"}])")}};
    const QJsonObject broken{
        {u"pipeline"_s, u"broken"_s},
        {u"file"_s, u"/p/broken.toml"_s},
        {u"faults"_s, jsonArray(R"([{"file":"/p/broken.toml","line":3,"column":7,"message":"id is missing"}])")}};
    const QJsonObject picture{{u"pipeline"_s, u"picture"_s},
                              {u"title"_s, u"Picture"_s},
                              {u"description"_s, u"makes a picture small"_s},
                              {u"file"_s, u"/p/picture.toml"_s},
                              {u"parameters"_s, everyType()},
                              {u"steps"_s, jsonArray(R"([{"step":"s","title":"shrink"}])")}};
    return {{u"pipelines"_s, QJsonArray{broken, hello, picture}}};
}

void drop(QWidget &target, const QString &file)
{
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(file)});
    const QPoint place = target.rect().center();
    QDragEnterEvent enter(place, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&target, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent event(place, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&target, &event);
    QVERIFY(event.isAccepted());
}

/// All that can be read in the widget at the moment.
QString shownText(const QWidget &widget)
{
    QStringList texts;
    for (const QLabel *label : widget.findChildren<QLabel *>()) {
        if (label->isVisibleTo(&widget))
            texts.push_back(label->text());
    }
    return texts.join(u'\n');
}

QPushButton *button(const QWidget &widget, const QString &text)
{
    for (QPushButton *button : widget.findChildren<QPushButton *>()) {
        if (QString(button->text()).remove(u'&') == text)
            return button;
    }
    return nullptr;
}

} // namespace

class TestRunDialog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void typesOfValues();
    void emptyIsThePipelines();
    void faultsAtFields();
    void numbersAreChecked_data();
    void numbersAreChecked();
    void secretsAreKeptByNobody();
    void staleValuesAreLeftOut();
    void runsAPipeline();
    void refusalLosesNothing();
    void faultyPipelineCannotRun();
    void formsKeepWhatWasTyped();
    void searches();
    void runsACommand();
    void runsOnAnotherHost();
    void droppedFileFillsAField();
    void droppedPipelineRunsByPath();
    void choosesBeforeTheListIsThere();
    void listComesWithTheHub();
    void valuesOnDisk();
    void valuesThatCannotBeWritten();
    void sampleInOneClick();
    void welcomeWithoutHub();
};

template <class Editor>
static Editor &field(const QWidget &form, const QString &name)
{
    auto *editor = form.findChild<Editor *>(name);
    if (!editor)
        qFatal("no such field: %s", qPrintable(name));
    return *editor;
}

void TestRunDialog::typesOfValues()
{
    ParameterForm form(everyType());
    field<QLineEdit>(form, u"title_text"_s).setText(u"moin"_s);
    field<QLineEdit>(form, u"image"_s).setText(u"/a b.jpg"_s);
    field<QLineEdit>(form, u"quality"_s).setText(u" 9007199254740991"_s);
    field<QLineEdit>(form, u"gamma"_s).setText(u"2.5"_s);
    field<QCheckBox>(form, u"keep"_s).setChecked(false);
    field<QComboBox>(form, u"format"_s).setCurrentText(u"png"_s);
    field<QComboBox>(form, u"effort"_s).setCurrentText(u"high"_s);
    field<QLineEdit>(form, u"token"_s).setText(u" s3cret "_s);
    QVERIFY(form.check());
    QCOMPARE(form.values(),
             (QJsonObject{{u"title_text"_s, u"moin"_s},
                          {u"image"_s, u"/a b.jpg"_s},
                          {u"quality"_s, Q_INT64_C(9007199254740991)},
                          {u"gamma"_s, 2.5},
                          {u"keep"_s, false},
                          {u"format"_s, u"png"_s},
                          {u"effort"_s, u"high"_s},
                          {u"token"_s, u" s3cret "_s}}));
    QVERIFY(form.values().value(u"quality"_s).isDouble());

    ParameterForm other(everyType());
    other.setValues(form.values());
    QJsonObject expected = form.values();
    expected.remove(u"token"_s);
    QCOMPARE(other.values(), expected);
}

void TestRunDialog::emptyIsThePipelines()
{
    ParameterForm form(everyType());
    QCOMPARE(form.values(), QJsonObject());
    QCOMPARE(field<QLineEdit>(form, u"title_text"_s).placeholderText(), u"hi"_s);
    QCOMPARE(field<QLineEdit>(form, u"quality"_s).placeholderText(), u"85"_s);
    QVERIFY(field<QCheckBox>(form, u"keep"_s).isChecked());
    QCOMPARE(field<QComboBox>(form, u"format"_s).currentText(), u"webp"_s);
    // without a default there is nothing to send but no
    ParameterForm plain(jsonArray(R"([{"name":"keep","type":"bool","required":false,"help":""}])"));
    QCOMPARE(plain.values(), (QJsonObject{{u"keep"_s, false}}));
}

void TestRunDialog::faultsAtFields()
{
    ParameterForm form(everyType());
    QCOMPARE(form.faults(), (std::vector<ParameterForm::Fault>{{u"image"_s, u"“Image” is needed."_s}}));
    QVERIFY(!shownText(form).contains(u"is needed"_s)); // nobody has done anything wrong yet
    QVERIFY(!form.check());
    QVERIFY(shownText(form).contains(u"“Image” is needed."_s));
    auto &image = field<QLineEdit>(form, u"image"_s);
    QVERIFY(image.accessibleDescription().contains(u"“Image” is needed."_s));
    QCOMPARE(image.accessibleName(), u"Image"_s);
    image.setText(u"/x"_s);
    QVERIFY(!shownText(form).contains(u"is needed"_s));
    QVERIFY(!image.accessibleDescription().contains(u"is needed"_s));

    ParameterForm choice(jsonArray(R"([{"name":"a-b","type":"choice","required":true,"help":"","choices":["x"]}])"));
    QCOMPARE(choice.faults().size(), std::size_t(1));
    field<QComboBox>(choice, u"a-b"_s).setCurrentIndex(0);
    QVERIFY(choice.faults().empty());
}

void TestRunDialog::numbersAreChecked_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QJsonValue>("value"); // null: a fault
    QTest::newRow("int") << u"int"_s << u"-12"_s << QJsonValue(-12);
    QTest::newRow("not whole") << u"int"_s << u"1.5"_s << QJsonValue();
    QTest::newRow("not a number") << u"int"_s << u"many"_s << QJsonValue();
    QTest::newRow("too large") << u"int"_s << u"9007199254740993"_s << QJsonValue();
    QTest::newRow("float") << u"float"_s << u"1e-3"_s << QJsonValue(0.001);
    QTest::newRow("not finite") << u"float"_s << u"inf"_s << QJsonValue();
    QTest::newRow("nan") << u"float"_s << u"nan"_s << QJsonValue();
    QTest::newRow("German") << u"float"_s << u"1,5"_s << QJsonValue(1.5);
    QTest::newRow("not German thousands") << u"float"_s << u"1.500"_s << QJsonValue(1.5);
}

void TestRunDialog::numbersAreChecked()
{
    QFETCH(QString, type);
    QFETCH(QString, text);
    QFETCH(QJsonValue, value);
    const QLocale before;
    QLocale::setDefault(QLocale(QLocale::German));
    const auto restore = qScopeGuard([&] { QLocale::setDefault(before); });
    ParameterForm form({QJsonObject{{u"name"_s, u"n"_s}, {u"type"_s, type}}});
    field<QLineEdit>(form, u"n"_s).setText(text);
    if (value.isNull()) {
        QCOMPARE(form.faults().size(), std::size_t(1));
        QVERIFY(form.faults().front().sentence.contains(text));
    } else {
        QVERIFY(form.faults().empty());
        QCOMPARE(form.values().value(u"n"_s), value);
    }
}

void TestRunDialog::secretsAreKeptByNobody()
{
    ParameterForm form(jsonArray(R"([{"name":"token","type":"string","secret":true,"required":true},
        {"name":"pin","type":"int","secret":true}, {"name":"sure","type":"bool","secret":true}])"));
    form.setValues({{u"token"_s, u"from a file"_s}});
    QCOMPARE(form.values(), QJsonObject()); // nor does an untouched yes or no hide the pipeline's own
    auto &token = field<QLineEdit>(form, u"token"_s);
    QCOMPARE(token.echoMode(), QLineEdit::Password);
    token.setText(u"s3cret"_s);
    field<QLineEdit>(form, u"pin"_s).setText(u"12x4"_s);
    field<QComboBox>(form, u"sure"_s).setCurrentIndex(2);
    QVERIFY(!form.check());
    QVERIFY(!shownText(form).contains(u"12x4"_s));
    QCOMPARE(form.values().value(u"token"_s), QJsonValue(u"s3cret"_s));
    QCOMPARE(form.values().value(u"sure"_s), QJsonValue(false));
    QCOMPARE(form.memorable(), QJsonObject());
}

void TestRunDialog::staleValuesAreLeftOut()
{
    ParameterForm form(everyType());
    form.setValues({{u"quality"_s, u"best"_s}, {u"format"_s, u"gif"_s}, {u"gone"_s, 1}, {u"gamma"_s, 3}});
    QCOMPARE(form.values(), (QJsonObject{{u"gamma"_s, 3}}));
}

namespace {

/// A dialog that has its list.
struct Bench
{
    HubView view;
    FakeHub hub{view};
    MemoryValues values;
    RunDialog dialog{view, values};
    QString job;

    Bench()
    {
        QObject::connect(&dialog, &RunDialog::started, &dialog, [this](const QString &id) { job = id; });
        hub.answer(u"pipeline.list"_s, QJsonValue(pipelines()));
        dialog.show();
        (void)QTest::qWaitForWindowActive(&dialog); // shortcuts ask for it
    }
    QListWidget &list() { return *dialog.findChild<QListWidget *>(); }
    QPushButton &run() { return *button(dialog, u"Run"_s); }
    /// The field of the form that is shown.
    QLineEdit &line(const QString &name)
    {
        for (auto *edit : dialog.findChildren<QLineEdit *>(name)) {
            if (edit->isVisible())
                return *edit;
        }
        qFatal("not shown: %s", qPrintable(name));
    }
};

} // namespace

void TestRunDialog::runsAPipeline()
{
    Bench bench;
    bench.dialog.choosePipeline(u"picture"_s);
    QVERIFY(shownText(bench.dialog).contains(u"Makes a picture small"_s));
    bench.run().click();
    QCOMPARE(bench.hub.count(u"job.run"_s), 0);
    QVERIFY(shownText(bench.dialog).contains(u"“Image” is needed."_s));
    bench.line(u"image"_s).setText(u"/a.jpg"_s);
    bench.line(u"token"_s).setText(u"s3cret"_s);
    QTest::keyClick(&bench.line(u"image"_s), Qt::Key_Return, Qt::ControlModifier);
    QTest::keyClick(&bench.line(u"image"_s), Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(bench.hub.count(u"job.run"_s), 1); // the second one while the first is on its way
    QVERIFY(bench.dialog.isVisible());
    const QJsonObject asked = bench.hub.answer(u"job.run"_s, QJsonValue(QJsonObject{{u"job"_s, u"j1"_s}}));
    QCOMPARE(asked,
             (QJsonObject{{u"pipeline"_s, u"picture"_s},
                          {u"params"_s, QJsonObject{{u"image"_s, u"/a.jpg"_s}, {u"token"_s, u"s3cret"_s}}}}));
    QCOMPARE(bench.job, u"j1"_s);
    QVERIFY(!bench.dialog.isVisible());
    QCOMPARE(bench.values.load(u"picture"_s), (QJsonObject{{u"image"_s, u"/a.jpg"_s}}));

    RunDialog again(bench.view, bench.values);
    bench.hub.answer(u"pipeline.list"_s, QJsonValue(pipelines()));
    again.choosePipeline(u"picture"_s);
    QCOMPARE(field<QLineEdit>(again, u"image"_s).text(), u"/a.jpg"_s);
    QCOMPARE(field<QLineEdit>(again, u"token"_s).text(), QString());
}

void TestRunDialog::refusalLosesNothing()
{
    Bench bench;
    bench.dialog.choosePipeline(u"picture"_s);
    bench.line(u"image"_s).setText(u"/a.jpg"_s);
    bench.run().click();
    const QJsonArray faults = jsonArray(R"([{"file":"/p/inner.toml","line":4,"column":2,"message":"weight is 0"}])");
    bench.hub.answer(u"job.run"_s, fail(code::invalidPipeline, u"pipeline has faults"_s, {{u"faults"_s, faults}}));
    QVERIFY(bench.dialog.isVisible());
    QVERIFY(bench.job.isEmpty());
    QVERIFY2(shownText(bench.dialog).contains(u"/p/inner.toml, line 4, column 2: weight is 0"_s),
             qPrintable(shownText(bench.dialog)));
    QCOMPARE(bench.line(u"image"_s).text(), u"/a.jpg"_s);
    QVERIFY(bench.values.values.isEmpty());

    bench.run().click();
    bench.hub.answer(u"job.run"_s, fail(code::invalidParams, u"parameter x is too long"_s));
    QVERIFY(shownText(bench.dialog).contains(u"Parameter x is too long"_s));
    QVERIFY(!shownText(bench.dialog).contains(u"weight is 0"_s));
    bench.run().click();
    bench.hub.answer(u"job.run"_s, QJsonValue(QJsonObject{{u"job"_s, u"j2"_s}}));
    QCOMPARE(bench.job, u"j2"_s);
}

void TestRunDialog::faultyPipelineCannotRun()
{
    Bench bench;
    QCOMPARE(bench.list().currentItem()->text(), u"hello"_s); // the first that can be run
    bench.list().setCurrentRow(0);
    QVERIFY(!bench.run().isEnabled());
    QVERIFY(shownText(bench.dialog).contains(u"line 3, column 7: id is missing"_s, Qt::CaseInsensitive));
    QTest::keyClick(&bench.list(), Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(bench.hub.count(u"job.run"_s), 0);
    bench.list().setCurrentRow(1);
    QVERIFY(bench.run().isEnabled());
    bench.run().click();
    bench.list().setCurrentRow(0);
    bench.hub.answer(u"job.run"_s, fail(code::internalError, u"no"_s));
    QVERIFY(!bench.run().isEnabled()); // nor after the answer about another
}

void TestRunDialog::formsKeepWhatWasTyped()
{
    Bench bench;
    bench.dialog.choosePipeline(u"hello"_s);
    bench.line(u"name"_s).setText(u"Ada"_s);
    bench.dialog.choosePipeline(u"picture"_s);
    bench.dialog.choosePipeline(u"hello"_s);
    QCOMPARE(bench.line(u"name"_s).text(), u"Ada"_s);
}

void TestRunDialog::searches()
{
    Bench bench;
    auto *search = bench.dialog.findChild<QLineEdit *>(u"search"_s);
    QTest::keyClicks(search, u"small PIC"_s);
    QStringList shown;
    for (int row = 0; row < bench.list().count(); ++row) {
        if (!bench.list().item(row)->isHidden())
            shown.push_back(bench.list().item(row)->text());
    }
    QCOMPARE(shown, (QStringList{u"Picture"_s, u"A command…"_s}));
    QTest::keyClick(search, Qt::Key_Return); // goes on, starts nothing
    QCOMPARE(bench.list().currentItem()->text(), u"Picture"_s);
    QCOMPARE(bench.hub.count(u"job.run"_s), 0);
}

void TestRunDialog::runsACommand()
{
    Bench bench;
    bench.dialog.chooseCommand();
    bench.run().click();
    QVERIFY(shownText(bench.dialog).contains(u"A command is needed."_s));
    bench.line(u"command"_s).setText(u"tar cf \"my files.tar\" x"_s);
    bench.line(u"folder"_s).setText(u"elsewhere"_s);
    bench.run().click();
    QCOMPARE(bench.hub.count(u"job.run"_s), 0); // relative to what?
    bench.line(u"folder"_s).setText(u"/srv/"_s);
    bench.dialog.findChild<QComboBox *>(u"group"_s)->setCurrentText(u"disk"_s);
    bench.run().click();
    const QJsonObject asked = bench.hub.answer(u"job.run"_s, QJsonValue(QJsonObject{{u"job"_s, u"j3"_s}}));
    QCOMPARE(asked,
             (QJsonObject{{u"command"_s, QJsonArray{u"tar"_s, u"cf"_s, u"my files.tar"_s, u"x"_s}},
                          {u"cwd"_s, u"/srv"_s},
                          {u"group"_s, u"disk"_s}}));
    QCOMPARE(bench.job, u"j3"_s);
}

void TestRunDialog::runsOnAnotherHost()
{
    Bench bench;
    auto *on = bench.dialog.findChild<QComboBox *>(u"host"_s);
    bench.dialog.show();
    QVERIFY(!on->isVisible()); // there is no other
    const auto tellHosts = [&bench](const char *hosts) {
        HubView::Status status;
        status.link = HubView::Link::Lost;
        bench.view.setStatus(status);
        status.link = HubView::Link::Live;
        bench.view.setStatus(status);
        bench.hub.answer(u"host.list"_s, QJsonValue(QJsonObject{{u"hosts"_s, jsonArray(hosts)}}));
        bench.hub.answer(u"source.list"_s, QJsonValue(QJsonObject{{u"sources"_s, QJsonArray()}}));
    };
    tellHosts(R"([{"name":"nas","state":"connected"},{"name":"gone","state":"lost","reason":"x"}])");
    QVERIFY(on->isVisible());
    QCOMPARE(on->count(), 2);
    on->setCurrentIndex(1);
    QCOMPARE(bench.dialog.findChild<QListWidget *>()->count(), 1); // those of here are not those of there
    bench.hub.answer(u"pipeline.list"_s, QJsonValue(pipelines()));
    QCOMPARE(bench.hub.calls.back().method, u"pipeline.list"_s);
    QCOMPARE(bench.hub.calls.back().params, (QJsonObject{{u"host"_s, u"nas"_s}}));
    bench.run().click();
    const QJsonObject asked = bench.hub.answer(u"job.run"_s, fail(code::hostUnreachable, u"nas is lost"_s));
    QCOMPARE(asked[u"pipeline"].toString(), u"hello"_s);
    QCOMPARE(asked[u"host"].toString(), u"nas"_s);
    QVERIFY(shownText(bench.dialog).contains(u"Nas is lost"_s));

    bench.dialog.findChild<QListWidget *>()->setCurrentRow(3);
    QVERIFY(!bench.dialog.findChild<QLineEdit *>(u"folder"_s)->isVisible()); // one of here says nothing there
    bench.line(u"command"_s).setText(u"make"_s);
    tellHosts(R"([{"name":"nas","state":"lost","reason":"x"}])");
    QCOMPARE(on->currentText(), u"nas"_s); // what was chosen stays
    tellHosts(R"([{"name":"nas","state":"connected"}])");
    bench.run().click();
    QCOMPARE(bench.hub.answer(u"job.run"_s, QJsonValue(QJsonObject{{u"job"_s, u"j9"_s}})),
             (QJsonObject{{u"command"_s, QJsonArray{u"make"_s}}, {u"host"_s, u"nas"_s}}));
    QCOMPARE(bench.job, u"j9"_s);
}

void TestRunDialog::droppedFileFillsAField()
{
    Bench bench;
    bench.dialog.chooseCommand();
    drop(bench.dialog, u"/usr"_s);
    drop(bench.dialog, u"/x/my tool"_s);
    drop(bench.dialog, u"/x/file"_s);
    QCOMPARE(bench.line(u"folder"_s).text(), u"/usr"_s);
    QCOMPARE(bench.line(u"command"_s).text(), u"\"/x/my tool\" /x/file"_s);
    bench.dialog.choosePipeline(u"hello"_s);
    drop(bench.dialog, u"/tmp/a b.png"_s);
    QVERIFY(shownText(bench.dialog).contains(u"takes no file"_s));
    bench.dialog.choosePipeline(u"picture"_s);
    drop(bench.dialog, u"/tmp/a b.png"_s);
    QCOMPARE(bench.line(u"image"_s).text(), u"/tmp/a b.png"_s);
    drop(bench.line(u"image"_s), u"/tmp/recipe.toml"_s); // there it is a file like any other
    QCOMPARE(bench.line(u"image"_s).text(), u"/tmp/recipe.toml"_s);
    QCOMPARE(bench.hub.count(u"pipeline.get"_s), 0);
}

void TestRunDialog::droppedPipelineRunsByPath()
{
    Bench bench;
    drop(bench.dialog, u"/w/mine.toml"_s);
    const QJsonObject asked = bench.hub.answer(
        u"pipeline.get"_s, QJsonValue(QJsonObject{{u"pipeline"_s, u"mine"_s}, {u"title"_s, u"Mine"_s}}));
    QCOMPARE(asked, (QJsonObject{{u"pipeline"_s, u"/w/mine.toml"_s}}));
    QCOMPARE(bench.list().currentItem()->text(), u"Mine"_s);
    QCOMPARE(bench.list().item(bench.list().count() - 1)->text(), u"A command…"_s);
    bench.run().click();
    QCOMPARE(bench.hub.answer(u"job.run"_s, QJsonValue(QJsonObject{{u"job"_s, u"j4"_s}})),
             (QJsonObject{{u"pipeline"_s, u"/w/mine.toml"_s}}));

    Bench other;
    drop(other.dialog, u"/w/bad.toml"_s);
    other.hub.answer(u"pipeline.get"_s, fail(code::invalidPipeline, u"/w/bad.toml:1:2: expected a key"_s));
    QVERIFY(shownText(other.dialog).contains(u"/w/bad.toml:1:2: expected a key"_s));
}

void TestRunDialog::choosesBeforeTheListIsThere()
{
    HubView view;
    FakeHub hub(view);
    MemoryValues values;
    RunDialog dialog(view, values);
    dialog.choosePipeline(u"picture"_s);
    hub.answer(u"pipeline.list"_s, QJsonValue(pipelines()));
    QCOMPARE(dialog.findChild<QListWidget *>()->currentItem()->text(), u"Picture"_s);
    dialog.choosePipeline(u"pictur"_s);
    hub.answer(u"pipeline.get"_s, fail(code::invalidPipeline, u"no pipeline \"pictur\", did you mean \"picture\"?"_s));
    dialog.show();
    QVERIFY(shownText(dialog).contains(u"did you mean"_s));
}

void TestRunDialog::listComesWithTheHub()
{
    HubView view;
    FakeHub hub(view);
    MemoryValues values;
    RunDialog dialog(view, values);
    dialog.show();
    hub.answer(u"pipeline.list"_s, fail(code::hostUnreachable, u"no hub is connected"_s));
    QVERIFY(shownText(dialog).contains(u"no hub is connected"_s));
    HubView::Status status;
    status.link = HubView::Link::Live;
    view.setStatus(status);
    hub.answer(u"pipeline.list"_s, QJsonValue(pipelines()));
    QCOMPARE(dialog.findChild<QListWidget *>()->count(), 4);
    QVERIFY(!shownText(dialog).contains(u"no hub is connected"_s));
}

void TestRunDialog::valuesOnDisk()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(u"deep/last.json"_s);
    {
        LastValuesFile file(path);
        QCOMPARE(file.load(u"a"_s), QJsonObject());
        file.store(u"a"_s, {{u"x"_s, 1}});
        file.store(u"b"_s, {{u"y"_s, u"z"_s}});
        file.store(u"a"_s, {{u"x"_s, 2}});
    }
    LastValuesFile file(path);
    QCOMPARE(file.load(u"a"_s), (QJsonObject{{u"x"_s, 2}}));
    QCOMPARE(file.load(u"b"_s), (QJsonObject{{u"y"_s, u"z"_s}}));
    const QFile::Permissions others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
    QVERIFY(!(QFile::permissions(path) & others));
}

void TestRunDialog::valuesThatCannotBeWritten()
{
    LastValuesFile file(u"/proc/nowhere/last.json"_s);
    file.store(u"a"_s, {{u"x"_s, 1}});
    QCOMPARE(file.load(u"a"_s), (QJsonObject{{u"x"_s, 1}}));
}

void TestRunDialog::sampleInOneClick()
{
    HubView view;
    FakeHub hub(view);
    WelcomePage page(view);
    QString job;
    connect(&page, &WelcomePage::started, this, [&](const QString &id) { job = id; });
    HubView::Status status;
    status.link = HubView::Link::Live;
    view.setStatus(status);
    page.show();
    QPushButton *sample = button(page, u"Run the Sample"_s);
    QVERIFY(!sample->isVisible());
    hub.answer(u"pipeline.list"_s, QJsonValue(pipelines()));
    QVERIFY(sample->isVisible());
    sample->click();
    sample->click();
    QCOMPARE(hub.count(u"job.run"_s), 1);
    QCOMPARE(hub.answer(u"job.run"_s, fail(code::internalError, u"the disk is full"_s)),
             (QJsonObject{{u"pipeline"_s, u"hello"_s}}));
    QVERIFY(shownText(page).contains(u"the disk is full"_s));
    sample->click();
    hub.answer(u"job.run"_s, QJsonValue(QJsonObject{{u"job"_s, u"j5"_s}}));
    QCOMPARE(job, u"j5"_s);
    button(page, u"Copy"_s)->click();
    QCOMPARE(QGuiApplication::clipboard()->text(), u"stepwire run -- make"_s);
}

void TestRunDialog::welcomeWithoutHub()
{
    HubView view;
    FakeHub hub(view);
    WelcomePage page(view);
    page.show();
    QVERIFY(!button(page, u"Run a Pipeline…"_s)->isEnabled());
    HubView::Status status;
    status.link = HubView::Link::Lost;
    status.reason = u"the socket is gone"_s;
    view.setStatus(status);
    QVERIFY(shownText(page).contains(u"the socket is gone"_s));
    QVERIFY(hub.calls.empty());
    status.link = HubView::Link::Live;
    view.setStatus(status);
    QVERIFY(button(page, u"Run a Pipeline…"_s)->isEnabled());
    QCOMPARE(hub.count(u"pipeline.list"_s), 1);
}

QTEST_MAIN(TestRunDialog)
#include "tst_run_dialog.moc"
