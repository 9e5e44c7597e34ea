#include "ui/job/job_pane.h"
#include "ui/job/steps_model.h"
#include "ui/job/timeline_view.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QFrame>
#include <QJsonObject>
#include <QLabel>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>

using namespace stepwire;
using Action = JobActions::Action;

namespace {

/// Notes what is asked.
class Driver : public HubView::Driver
{
public:
    void call(const QString &method, const QJsonObject &params, HubLink::Answered) override
    {
        QString line = method;
        for (auto it = params.begin(); it != params.end(); ++it)
            line += u' ' + it.key() + u'=' + it.value().toVariant().toString();
        asked.append(line);
    }
    void followOutput(const QString &) override { }

    QStringList asked;
};

Step step(const QString &id, State state, const QStringList &needs = {})
{
    Step made;
    made.id = id;
    made.title = id.toUpper();
    made.needs = needs;
    made.state = state;
    if (state != State::Queued && state != State::Skipped)
        made.started = 1'000'000;
    if (made.started && isFinal(state))
        made.finished = 1'060'000;
    return made;
}

Job job(State state)
{
    Job made;
    made.id = QStringLiteral("j1");
    made.host = QStringLiteral("nas");
    made.title = QStringLiteral("nightly");
    made.source = QStringLiteral("engine");
    made.capabilities = QStringList{QStringLiteral("cancel"), QStringLiteral("pause"), QStringLiteral("retry")};
    made.state = state;
    const bool waits = state == State::Queued || state == State::Held;
    if (!waits)
        made.started = 1'000'000;
    if (isFinal(state))
        made.finished = 1'100'000;
    const State last = waits ? State::Queued : state;
    made.steps = {step(QStringLiteral("one"), waits ? State::Queued : State::Succeeded),
                  step(QStringLiteral("two"), last, {QStringLiteral("one")})};
    return made;
}

Job failedJob()
{
    Job made = job(State::Failed);
    Failure failure;
    failure.step = QStringLiteral("two");
    failure.message = QStringLiteral("exited with 11");
    failure.lastLine = QStringLiteral("repository is <b>locked</b>");
    made.error = failure;
    made.steps[1].error = failure;
    return made;
}

} // namespace

class TestJobPane : public QObject
{
    Q_OBJECT

    HubView view;
    Driver driver;
    std::unique_ptr<JobActions> actions;
    std::unique_ptr<JobPane> pane;

    void tell(const Job &what)
    {
        HubDelta delta;
        delta.jobs.push_back({std::make_shared<const Job>(what), true});
        view.take(std::move(delta));
    }

    [[nodiscard]] QString texts() const
    {
        QStringList all;
        for (const QLabel *label : pane->findChildren<QLabel *>()) {
            if (label->isVisible())
                all.append(label->text());
        }
        return all.join(u'\n');
    }

private Q_SLOTS:
    void init()
    {
        QLocale::setDefault(QLocale::c());
        HubDelta nothing;
        nothing.reset = true;
        view.take(std::move(nothing));
        driver.asked.clear();
        view.setDriver(&driver);
        HubView::Status live;
        live.link = HubView::Link::Live;
        view.setStatus(live);
        actions = std::make_unique<JobActions>(view);
        pane = std::make_unique<JobPane>(view, *actions, new QWidget);
        pane->show();
    }

    void cleanup()
    {
        pane.reset();
        actions.reset();
    }

    void whichButtons_data()
    {
        QTest::addColumn<State>("state");
        QTest::addColumn<QString>("enabled");
        QTest::newRow("queued") << State::Queued << QStringLiteral("cancel hold");
        QTest::newRow("held") << State::Held << QStringLiteral("cancel release");
        QTest::newRow("running") << State::Running << QStringLiteral("cancel pause after");
        QTest::newRow("paused") << State::Paused << QStringLiteral("cancel resume");
        QTest::newRow("cancelling") << State::Cancelling << QString();
        QTest::newRow("succeeded") << State::Succeeded << QStringLiteral("retry");
        QTest::newRow("failed") << State::Failed << QStringLiteral("retry");
    }

    void whichButtons()
    {
        QFETCH(State, state);
        pane->showJob(QStringLiteral("j1"));
        tell(job(state));
        const auto enabled = [this] {
            QStringList names;
            for (const auto &[action, name] :
                 std::initializer_list<std::pair<Action, QString>>{{Action::Cancel, QStringLiteral("cancel")},
                                                                   {Action::PauseNow, QStringLiteral("pause")},
                                                                   {Action::PauseAfterStep, QStringLiteral("after")},
                                                                   {Action::Resume, QStringLiteral("resume")},
                                                                   {Action::Retry, QStringLiteral("retry")},
                                                                   {Action::Hold, QStringLiteral("hold")},
                                                                   {Action::Release, QStringLiteral("release")}}) {
                if (pane->action(action)->isEnabled())
                    names.append(name);
            }
            return names.join(u' ');
        };
        QTEST(enabled(), "enabled");
        HubView::Status gone;
        gone.link = HubView::Link::Lost;
        gone.since = 1'050'000;
        view.setStatus(gone);
        QCOMPARE(enabled(), QString()); // nobody would hear it
        QVERIFY2(texts().contains(QStringLiteral("ago")), qPrintable(texts()));
    }

    void requests()
    {
        tell(job(State::Running));
        pane->showJob(QStringLiteral("j1"));
        for (const Action action : {Action::Cancel, Action::PauseNow, Action::PauseAfterStep})
            pane->action(action)->trigger();
        tell(job(State::Paused));
        pane->action(Action::Resume)->trigger();
        tell(job(State::Queued));
        pane->action(Action::Hold)->trigger();
        tell(job(State::Held));
        pane->action(Action::Release)->trigger();
        tell(job(State::Cancelled));
        pane->action(Action::Retry)->trigger();
        QCOMPARE(driver.asked.join(u'\n'),
                 QStringLiteral("job.cancel job=j1\njob.pause job=j1 mode=now\njob.pause job=j1 mode=after_step\n"
                                "job.resume job=j1\njob.hold job=j1\njob.release job=j1\njob.retry job=j1"));
    }

    void errorFirst()
    {
        tell(job(State::Running));
        pane->showJob(QStringLiteral("j1"));
        auto *box = pane->findChild<QFrame *>(QStringLiteral("error"));
        QVERIFY(!box->isVisible());
        tell(failedJob());
        QVERIFY(box->isVisible());
        for (const QString &part : {QStringLiteral("TWO failed on nas after 1 min 0 s"),
                                    QStringLiteral("exited with 11"), QStringLiteral("repository is <b>locked</b>")})
            QVERIFY2(texts().contains(part), qPrintable(texts()));
        for (const QLabel *label : box->findChildren<QLabel *>())
            QCOMPARE(label->textFormat(), Qt::PlainText);

        QSignalSpy wanted(pane.get(), &JobPane::outputWanted);
        box->findChild<QPushButton *>(QStringLiteral("showOutput"))->click();
        QCOMPARE(wanted.value(0).value(0).toString(), QStringLiteral("two"));
        QCOMPARE(pane->tab(), JobPane::Tab::Output);
        box->findChild<QPushButton *>(QStringLiteral("retryFromHere"))->click();
        QCOMPARE(driver.asked, QStringList{QStringLiteral("job.retry from=two job=j1")});
        box->findChild<QPushButton *>(QStringLiteral("copyReport"))->click();
        QCOMPARE(QApplication::clipboard()->text(), JobActions::report(failedJob()));

        Job verbose = failedJob();
        verbose.title = QString(500, u'x');
        verbose.steps[1].error->lastLine = QString(100'000, u'y');
        const int width = pane->minimumSizeHint().width();
        tell(verbose);
        QCOMPARE(pane->minimumSizeHint().width(), width);
        QVERIFY(!texts().contains(QString(1000, u'y')));

        tell(job(State::Running)); // it was retried
        QVERIFY(!box->isVisible());
    }

    void nothingChosen()
    {
        QVERIFY(texts().contains(QStringLiteral("Choose a job")));
        tell(job(State::Running));
        pane->showJob(QStringLiteral("j1"));
        QVERIFY(texts().contains(QStringLiteral("nightly · nas")));
        HubDelta gone;
        gone.removed.append(QStringLiteral("j1"));
        view.take(std::move(gone));
        QVERIFY(texts().contains(QStringLiteral("no longer known")));
        QVERIFY(!pane->action(Action::Cancel)->isEnabled());
    }

    void enterOpensTheOutputOfAStep()
    {
        tell(job(State::Running));
        pane->showJob(QStringLiteral("j1"));
        auto *steps = pane->findChild<QTreeView *>();
        QSignalSpy chosen(pane.get(), &JobPane::stepChosen);
        steps->setCurrentIndex(steps->model()->index(0, 0));
        QTest::keyClick(steps, Qt::Key_Return);
        QCOMPARE(pane->tab(), JobPane::Tab::Output);
        pane->showTab(JobPane::Tab::Timeline);
        auto *timeline = pane->findChild<TimelineView *>();
        QCOMPARE(timeline->currentStep(), QStringLiteral("one")); // one choice in both
        QTest::keyClick(timeline, Qt::Key_Down);
        QVERIFY(timeline->accessibleDescription().startsWith(QStringLiteral("TWO, running")));
        QTest::keyClick(timeline, Qt::Key_Return);
        QCOMPARE(chosen.size(), 2);
        QCOMPARE(chosen.value(0).value(0).toString(), QStringLiteral("one"));
        QCOMPARE(chosen.value(1).value(0).toString(), QStringLiteral("two"));
    }

    void whatStepsSay()
    {
        StepsModel model;
        const auto notes = [&](int row) { return model.index(row, StepsModel::Notes).data().toString(); };
        Job told = job(State::Running);
        told.steps.push_back(step(QStringLiteral("three"), State::Queued, {QStringLiteral("two")}));
        Step &two = told.steps[1];
        two.progress = Progress{2, 3, 6, QStringLiteral("files"), 0.5, {}, {}};
        two.attempt = 2;
        two.stalledMs = 70'000;
        model.setJob(std::make_shared<const Job>(told), 1'005'000);
        QCOMPARE(notes(1), QStringLiteral("50 %, 3/6 files, attempt 2, quiet for 70 s"));
        QCOMPARE(notes(2), QStringLiteral("after TWO"));
        QCOMPARE(model.index(1, StepsModel::Time).data().toString(), QStringLiteral("5.0 s"));
        model.tick(1'007'000);
        QCOMPARE(model.index(1, StepsModel::Time).data().toString(), QStringLiteral("7.0 s"));

        two.estimated = true;
        two.progress->phases = {{QStringLiteral("p"), QStringLiteral("blur"), 1, 4, QStringLiteral("items")}};
        model.setJob(std::make_shared<const Job>(told), 1'007'000);
        QVERIFY(notes(1).startsWith(QStringLiteral("~50 %")));
        const QModelIndex phase = model.index(0, StepsModel::Bar, model.index(1, 0));
        QCOMPARE(phase.data(StepsModel::Fraction).toDouble(), 0.25);

        two.state = State::Queued;
        two.progress.reset();
        two.stalledMs.reset();
        two.retryInMs = 12'000;
        model.setJob(std::make_shared<const Job>(told), 1'010'000);
        QVERIFY(notes(1).contains(QStringLiteral("again in 12 s")));
        QCOMPARE(model.rowCount(model.index(1, 0)), 0);
        told.etaMs = 1; // other news do not start it over
        model.setJob(std::make_shared<const Job>(told), 1'013'000);
        QVERIFY2(notes(1).contains(QStringLiteral("again in 9 s")), qPrintable(notes(1)));

        const Job failed = failedJob();
        model.setJob(std::make_shared<const Job>(failed), 1'013'000);
        QCOMPARE(notes(1), QStringLiteral("exited with 11: repository is <b>locked</b>"));
    }

    void randomChanges()
    {
        StepsModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QTreeView watching; // persistent indexes, expansion
        watching.setModel(&model);
        QRandomGenerator dice(7);
        const auto roll = [&dice](int sides) { return dice.bounded(sides); };
        Job told = job(State::Running);
        for (int turn = 0; turn < 1500; ++turn) {
            switch (roll(12)) {
            case 0: told.steps.push_back(step(QStringLiteral("s%1").arg(turn), State::Queued)); break;
            case 1: told.id = QStringLiteral("j%1").arg(turn); break;
            case 2:
                std::rotate(told.steps.begin(), told.steps.begin() + roll(static_cast<int>(told.steps.size())),
                            told.steps.end());
                break;
            case 3:
                if (told.steps.size() > 12)
                    told.steps.resize(2);
                break;
            default: {
                Step &one = told.steps[static_cast<std::size_t>(roll(static_cast<int>(told.steps.size())))];
                one.state = static_cast<State>(roll(12));
                one.started = roll(4) > 0 ? std::optional<UnixMs>(1'000'000) : std::nullopt;
                one.retryInMs = roll(4) > 0 ? std::nullopt : std::optional<qint64>(5000);
                Progress progress;
                for (int i = roll(5); i > 0; --i)
                    progress.phases.push_back({QStringLiteral("p%1").arg(i), {}, 1.0 * i, 9, {}});
                one.progress = progress;
            }
            }
            model.setJob(roll(60) == 0 ? JobPtr() : std::make_shared<const Job>(told), 1'000'000 + turn);
            watching.expandAll();
            model.tick(1'000'500 + turn);
            if (!model.job())
                continue;
            QCOMPARE(model.rowCount(), static_cast<int>(told.steps.size()));
            for (int row = 0; row < model.rowCount(); ++row) {
                const Step &one = told.steps[static_cast<std::size_t>(row)];
                const QModelIndex index = model.index(row, 0);
                QCOMPARE(index.data().toString(), one.title);
                const bool live = one.started && !isFinal(one.state) && one.state != State::Queued;
                QCOMPARE(model.rowCount(index),
                         live && one.progress ? static_cast<int>(one.progress->phases.size()) : 0);
            }
        }
    }
};

QTEST_MAIN(TestJobPane)
#include "tst_job_pane.moc"
