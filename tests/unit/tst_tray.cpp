// The tray: what its picture, tooltip and menu say of the jobs, and what a click asks for.

#include "core/view/words.h"
#include "ui/tray/tray.h"

#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace stepwire;

namespace {

struct FakeDriver final : HubView::Driver
{
    void call(const QString &method, const QJsonObject &params, HubLink::Answered answered) override
    {
        calls.append(method + u' ' + params.value(u"job").toString());
        answered(QJsonValue(QJsonObject()));
    }
    void followOutput(const QString &) override { }

    QStringList calls;
};

Job makeJob(const QString &id, State state, std::optional<double> fraction = {})
{
    static UnixMs clock = 1'000;
    Job job;
    job.id = id;
    job.title = id;
    job.host = QStringLiteral("here");
    job.state = state;
    job.source = QStringLiteral("engine");
    job.capabilities = {QStringLiteral("cancel"), QStringLiteral("pause")};
    job.created = clock;
    if (state != State::Queued && state != State::Held)
        job.started = clock;
    ++clock;
    Step step;
    step.id = QStringLiteral("s");
    step.title = QStringLiteral("prune");
    step.state = state;
    step.started = job.started;
    if (fraction) {
        step.progress.emplace();
        step.progress->fraction = fraction;
    }
    job.steps.push_back(step);
    return job;
}

/// A hub with jobs, and the tray that shows it.
struct Desk
{
    Desk()
    {
        view.setDriver(&driver);
        HubView::Status status;
        status.link = HubView::Link::Live;
        status.host = QStringLiteral("here");
        view.setStatus(status);
    }

    void tell(const Job &job, bool fresh = true)
    {
        HubDelta delta;
        delta.jobs.push_back({std::make_shared<const Job>(job), fresh});
        view.take(delta);
    }

    [[nodiscard]] QStringList lines() const { return tray.toolTip().split(u'\n'); }

    /// What stands in the menu as a person reads it.
    [[nodiscard]] QStringList entries(const QMenu &menu) const
    {
        QStringList texts;
        for (const QAction *action : menu.actions()) {
            if (action->isVisible() && !action->isSeparator())
                texts.append(action->text());
        }
        return texts;
    }

    [[nodiscard]] QAction *entry(const QMenu &menu, const QString &start) const
    {
        for (QAction *action : menu.actions()) {
            if (action->isVisible() && action->text().startsWith(start))
                return action;
        }
        return nullptr;
    }

    void open() { Q_EMIT tray.menu().aboutToShow(); }
    void close() { Q_EMIT tray.menu().aboutToHide(); }

    FakeDriver driver;
    HubView view;
    JobActions actions{view};
    Tray tray{view, actions};
};

bool isBlue(QRgb pixel)
{
    return qAlpha(pixel) > 200 && qBlue(pixel) > qRed(pixel) + 80;
}

bool isRed(QRgb pixel)
{
    return qAlpha(pixel) > 200 && qRed(pixel) > qBlue(pixel) + 80 && qRed(pixel) > qGreen(pixel) + 80;
}

/// The share of a circle through the ring's middle for which `holds` is true, from the top clockwise.
template <typename Predicate>
double share(const QImage &picture, double from, double to, Predicate holds)
{
    const double radius = picture.width() / 2.0 - std::max(1, picture.width() / 16) - picture.width() * 0.09;
    constexpr int points = 720;
    int hits = 0;
    int all = 0;
    for (int i = 0; i < points; ++i) {
        const double turn = (i + 0.5) / points;
        if (turn < from || turn > to)
            continue;
        const double angle = 2 * M_PI * turn;
        const int x = static_cast<int>(picture.width() / 2.0 + radius * std::sin(angle));
        const int y = static_cast<int>(picture.height() / 2.0 - radius * std::cos(angle));
        ++all;
        hits += holds(picture.pixel(x, y)) ? 1 : 0;
    }
    return static_cast<double>(hits) / all;
}

} // namespace

class TestTray : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void ringIsAsFullAsTheJobs_data();
    void ringIsAsFullAsTheJobs();
    void picturesDiffer();
    void dotIsThereAndTheRingApart();
    void stateOfAHub();
    void tooltipIsTheWindowsWords();
    void tooltipIsNoMarkup();
    void failureStaysUntilSeen();
    void historyIsNoFailureNow();
    void menuAsks();
    void queueIsHeldAndReleased();
    void openMenuKeepsItsPlaces();
    void floodIsShownNowAndThen();
};

void TestTray::ringIsAsFullAsTheJobs_data()
{
    QTest::addColumn<int>("size");
    QTest::addColumn<double>("fraction");
    for (const int size : {16, 22, 32, 64}) {
        for (const double fraction : {0.25, 0.5, 0.75})
            QTest::addRow("%d px %.2f", size, fraction) << size << fraction;
    }
}

void TestTray::ringIsAsFullAsTheJobs()
{
    QFETCH(int, size);
    QFETCH(double, fraction);
    TrayState state;
    state.running = 1;
    state.fraction = fraction;
    const QImage picture = trayPicture(state, size);
    // The ends are soft by a pixel.
    const double soft = 1.5 / (size * 2.2);
    QVERIFY(share(picture, 0.02, fraction - soft, isBlue) > 0.97);
    QVERIFY(share(picture, fraction + soft, 0.98, isBlue) < 0.03);
}

void TestTray::picturesDiffer()
{
    QList<TrayState> states(8);
    states[1].running = 1;
    states[2].running = 1;
    states[2].fraction = 0.0;
    states[3].running = 1;
    states[3].fraction = 0.999;
    states[4].paused = true;
    states[5].paused = true;
    states[5].fraction = 0.999;
    states[6].lost = true;
    states[7].failureUnseen = true;
    for (const int size : {16, 22, 64}) {
        for (qsizetype a = 0; a < states.size(); ++a) {
            for (qsizetype b = 0; b < a; ++b)
                QVERIFY2(trayPicture(states[a], size) != trayPicture(states[b], size),
                         qPrintable(QStringLiteral("%1 looks like %2").arg(a).arg(b)));
        }
    }
    TrayState nearly = states[2];
    nearly.fraction = 0.001;
    QCOMPARE(asShown(nearly), asShown(states[2]));
}

void TestTray::dotIsThereAndTheRingApart()
{
    TrayState state;
    state.running = 1;
    state.fraction = 0.99;
    for (const int size : {16, 22, 48}) {
        state.failureUnseen = false;
        const int at = size - size / 5;
        QVERIFY(!isRed(trayPicture(state, size).pixel(at, at)));
        state.failureUnseen = true;
        const QImage dotted = trayPicture(state, size);
        QVERIFY(isRed(dotted.pixel(at, at)));
        // Between both is nothing: along the ring from blue to red something is clear.
        QVERIFY(share(dotted, 0.15, 0.45, [](QRgb pixel) { return qAlpha(pixel) < 60; }) > 0.02);
        QVERIFY(share(dotted, 0.6, 0.9, isBlue) > 0.97);
    }
}

void TestTray::stateOfAHub()
{
    Desk desk;
    QCOMPARE(trayState(desk.view, false), TrayState());
    desk.tell(makeJob(QStringLiteral("a"), State::Running, 0.2));
    desk.tell(makeJob(QStringLiteral("b"), State::Running, 0.6));
    desk.tell(makeJob(QStringLiteral("c"), State::Running));
    desk.tell(makeJob(QStringLiteral("d"), State::Queued));
    desk.tell(makeJob(QStringLiteral("e"), State::Paused, 0.9));
    // A part of `a`, which counts with it.
    Job part = makeJob(QStringLiteral("f"), State::Running, 1.0);
    part.parent = QStringLiteral("a");
    desk.tell(part);
    TrayState state = trayState(desk.view, true);
    QCOMPARE(state.running, 3);
    QVERIFY(std::abs(state.fraction.value_or(0) - 0.4) < 1e-9);
    QVERIFY(!state.paused && state.failureUnseen && !state.lost);

    for (const char16_t *id : {u"a", u"b", u"c"})
        desk.tell(makeJob(QString::fromUtf16(id), State::Succeeded));
    state = trayState(desk.view, false);
    QVERIFY(state.paused);
    QVERIFY(std::abs(state.fraction.value_or(0) - 0.9) < 1e-9);

    HubView::Status status = desk.view.status();
    status.link = HubView::Link::Lost;
    desk.view.setStatus(status);
    QVERIFY(trayState(desk.view, false).lost);
}

void TestTray::tooltipIsTheWindowsWords()
{
    Desk desk;
    QTRY_COMPARE(desk.tray.toolTip(), QStringLiteral("Nothing is running"));
    Job backup = makeJob(QStringLiteral("nightly backup"), State::Running, 0.63);
    backup.host = QStringLiteral("nas");
    backup.etaMs = 12 * 60'000;
    desk.tell(backup);
    QTRY_COMPARE(desk.tray.toolTip(), QStringLiteral("nightly backup on nas, prune, 63 %, ~12 min left"));
    QCOMPARE(desk.tray.toolTip(), Words::line(backup, QStringLiteral("here")));
    for (int i = 0; i < 6; ++i)
        desk.tell(makeJob(QStringLiteral("job %1").arg(i), State::Running));
    QTRY_COMPARE(desk.lines().size(), 6);
    QVERIFY(desk.lines().first().startsWith(QStringLiteral("nightly backup")));
    QCOMPARE(desk.lines().last(), QStringLiteral("and 2 more"));

    HubView::Status status = desk.view.status();
    status.link = HubView::Link::Lost;
    status.reason = QStringLiteral("the hub ended");
    desk.view.setStatus(status);
    QTRY_COMPARE(desk.tray.toolTip(), QStringLiteral("No connection to the hub: the hub ended"));
}

void TestTray::tooltipIsNoMarkup()
{
    Desk desk;
    desk.tell(makeJob(QStringLiteral("<img src=\"file:///etc/hostname\">\nand\t&more"), State::Running));
    QTRY_VERIFY(desk.tray.toolTip().contains(u"<img"));
    QVERIFY(!desk.lines().first().contains(u'<'));
    desk.open();
    QVERIFY(desk.entries(desk.tray.menu()).first().contains(u"and &&more"));
    QCOMPARE(Tray::menuLabel(QStringLiteral("a_b & c & d"), false), QStringLiteral("a_b && c && d"));
    QCOMPARE(Tray::menuLabel(QStringLiteral("a_b & c & d"), true), QStringLiteral("a__b && c & d"));
}

void TestTray::failureStaysUntilSeen()
{
    Desk desk;
    QSignalSpy wanted(&desk.tray, &Tray::jobWanted);
    Job job = makeJob(QStringLiteral("a"), State::Running);
    desk.tell(job);
    job.state = State::Failed;
    job.steps[0].state = State::Failed;
    desk.tell(job, false); // its end came with a snapshot after the link was lost
    QVERIFY(desk.tray.failureUnseen());
    QTRY_VERIFY(desk.tray.shown().failureUnseen);
    QVERIFY(desk.lines().contains(QStringLiteral("a, failed: prune")));
    desk.open();
    desk.entry(desk.tray.menu(), QStringLiteral("a, failed"))->trigger();
    QCOMPARE(wanted.count(), 1);

    desk.tray.failureSeen(QStringLiteral("another"));
    QVERIFY(desk.tray.failureUnseen());
    desk.tray.failureSeen(job.id);
    QTRY_VERIFY(!desk.tray.shown().failureUnseen);
    // Later news of the same failure are no new one; the next attempt's are.
    job.title = QStringLiteral("b");
    desk.tell(job);
    QVERIFY(!desk.tray.failureUnseen());
    job.attempt = 2;
    job.state = State::TimedOut;
    desk.tell(job);
    QVERIFY(desk.tray.failureUnseen());
    job.state = State::Queued; // retried
    desk.tell(job);
    QVERIFY(!desk.tray.failureUnseen());
}

void TestTray::historyIsNoFailureNow()
{
    Desk desk;
    desk.tell(makeJob(QStringLiteral("old"), State::Failed), false);
    QVERIFY(!desk.tray.failureUnseen());
    desk.tell(makeJob(QStringLiteral("whole"), State::Running));
    Job part = makeJob(QStringLiteral("part"), State::Failed);
    part.parent = QStringLiteral("whole");
    desk.tell(part);
    QVERIFY(!desk.tray.failureUnseen());
    desk.tell(makeJob(QStringLiteral("whole"), State::Cancelled));
    QVERIFY(!desk.tray.failureUnseen());
    desk.tell(makeJob(QStringLiteral("new"), State::Failed), true);
    QVERIFY(desk.tray.failureUnseen());
    HubDelta gone;
    gone.removed.append(QStringLiteral("new"));
    desk.view.take(gone);
    QVERIFY(!desk.tray.failureUnseen());
}

void TestTray::menuAsks()
{
    Desk desk;
    Job job = makeJob(QStringLiteral("a"), State::Running, 0.5);
    desk.tell(job);
    Job reported = makeJob(QStringLiteral("b"), State::Running);
    reported.capabilities.clear();
    desk.tell(reported);
    desk.open();
    QCOMPARE(
        desk.entries(desk.tray.menu()),
        QStringList({QStringLiteral("a, prune, 50 %"), QStringLiteral("b, prune"), QStringLiteral("&Run a Pipeline…"),
                     QStringLiteral("&Pause the Queue"), QStringLiteral("&Show Window"), QStringLiteral("&Quit")}));
    QMenu *menu = desk.entry(desk.tray.menu(), QStringLiteral("a"))->menu();
    QVERIFY(menu);
    QCOMPARE(desk.entries(*menu),
             QStringList({QStringLiteral("&Show"), QStringLiteral("&Pause"), QStringLiteral("&Cancel")}));
    QCOMPARE(desk.entries(*desk.entry(desk.tray.menu(), QStringLiteral("b"))->menu()),
             QStringList(QStringLiteral("&Show")));
    QSignalSpy wanted(&desk.tray, &Tray::jobWanted);
    menu->actions().at(0)->trigger();
    QCOMPARE(wanted.value(0).value(0).toString(), QStringLiteral("a"));
    QAction *pause = menu->actions().at(1);
    pause->trigger();
    job.state = State::Paused;
    desk.tell(job);
    desk.open();
    QCOMPARE(menu->actions().at(1), pause);
    QCOMPARE(pause->text(), QStringLiteral("&Resume"));
    pause->trigger();
    menu->actions().at(2)->trigger();
    QCOMPARE(
        desk.driver.calls,
        QStringList({QStringLiteral("job.pause a"), QStringLiteral("job.resume a"), QStringLiteral("job.cancel a")}));

    QSignalSpy shown(&desk.tray, &Tray::showWanted);
    QSignalSpy run(&desk.tray, &Tray::runWanted);
    QSignalSpy quit(&desk.tray, &Tray::quitWanted);
    for (const char16_t *text : {u"&Run", u"&Show", u"&Quit"})
        desk.entry(desk.tray.menu(), QString::fromUtf16(text))->trigger();
    QCOMPARE(shown.count() + run.count() * 10 + quit.count() * 100, 111);
}

void TestTray::queueIsHeldAndReleased()
{
    Desk desk;
    desk.open();
    QAction *pause = desk.entry(desk.tray.menu(), QStringLiteral("&Pause the Queue"));
    QVERIFY(pause && !pause->isEnabled());
    desk.tell(makeJob(QStringLiteral("runs"), State::Running));
    desk.tell(makeJob(QStringLiteral("w1"), State::Queued));
    desk.tell(makeJob(QStringLiteral("w2"), State::Queued));
    Job foreign = makeJob(QStringLiteral("foreign"), State::Queued);
    foreign.source = QStringLiteral("report");
    desk.tell(foreign);
    desk.open();
    QVERIFY(pause->isEnabled());
    QVERIFY(!desk.entry(desk.tray.menu(), QStringLiteral("R&elease")));
    std::vector<std::function<void()>> undos;
    connect(&desk.actions, &JobActions::done, this,
            [&](const QString &, const std::function<void()> &undo) { undos.push_back(undo); });
    pause->trigger();
    QCOMPARE(desk.driver.calls, QStringList({QStringLiteral("job.hold w1"), QStringLiteral("job.hold w2")}));
    desk.driver.calls.clear();
    QCOMPARE(undos.size(), std::size_t{1}); // for all of them
    undos.front()();
    QCOMPARE(desk.driver.calls, QStringList({QStringLiteral("job.release w1"), QStringLiteral("job.release w2")}));
    desk.driver.calls.clear();
    desk.tell(makeJob(QStringLiteral("w1"), State::Held));
    desk.tell(makeJob(QStringLiteral("w2"), State::Held));
    desk.open();
    QVERIFY(!pause->isVisible());
    desk.entry(desk.tray.menu(), QStringLiteral("R&elease"))->trigger();
    QCOMPARE(desk.driver.calls, QStringList({QStringLiteral("job.release w1"), QStringLiteral("job.release w2")}));
}

void TestTray::openMenuKeepsItsPlaces()
{
    Desk desk;
    desk.tell(makeJob(QStringLiteral("a"), State::Running));
    desk.tell(makeJob(QStringLiteral("b"), State::Running));
    desk.open();
    QAction *second = desk.entry(desk.tray.menu(), QStringLiteral("b"));
    const qsizetype place = desk.tray.menu().actions().indexOf(second);
    Job ended = makeJob(QStringLiteral("a"), State::Succeeded);
    desk.tell(ended);
    desk.tell(makeJob(QStringLiteral("c"), State::Running));
    QTRY_VERIFY(desk.entry(desk.tray.menu(), QStringLiteral("c")));
    QCOMPARE(desk.tray.menu().actions().indexOf(second), place);
    QVERIFY(!desk.entry(desk.tray.menu(), QStringLiteral("a"))->isEnabled());
    desk.close();
    desk.open();
    QVERIFY(!desk.entry(desk.tray.menu(), QStringLiteral("a")));
    QCOMPARE(desk.entry(desk.tray.menu(), QStringLiteral("b")), second);
}

void TestTray::floodIsShownNowAndThen()
{
    Desk desk;
    QTRY_COMPARE(desk.tray.toolTip(), QStringLiteral("Nothing is running"));
    QSignalSpy pictures(&desk.tray, &Tray::pictureChanged);
    Job job = makeJob(QStringLiteral("a"), State::Running, 0.0);
    QElapsedTimer clock;
    clock.start();
    constexpr int news = 3000;
    for (int i = 1; i <= news; ++i) {
        job.steps[0].progress->fraction = 0.999 * i / news;
        desk.tell(job);
        QCoreApplication::processEvents();
    }
    QVERIFY2(pictures.count() <= clock.elapsed() / 250 + 1,
             qPrintable(QStringLiteral("%1 pictures in %2 ms").arg(pictures.count()).arg(clock.elapsed())));
    // The last of it is shown though nothing follows.
    QTRY_COMPARE(desk.tray.toolTip(), QStringLiteral("a, prune, 99 %"));
    const qsizetype before = pictures.count();
    job.steps[0].progress->fraction = 0.9991;
    desk.tell(job);
    QTest::qWait(300);
    QCOMPARE(pictures.count(), before);
}

QTEST_MAIN(TestTray)
#include "tst_tray.moc"
