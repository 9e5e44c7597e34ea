#include "core/view/words.h"
#include "ui/list/job_list_view.h"

#include <QAbstractItemModelTester>
#include <QContextMenuEvent>
#include <QDateTime>
#include <QLocale>
#include <QMenu>
#include <QRandomGenerator>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <map>

using namespace stepwire;

namespace {

constexpr UnixMs hour = 3'600'000;

/// Noon of a Wednesday, local time.
UnixMs noon()
{
    return QDateTime(QDate(2026, 5, 20), QTime(12, 0)).toMSecsSinceEpoch();
}

Job makeJob(const QString &id, State state)
{
    Job job;
    job.id = id;
    job.host = QStringLiteral("nas");
    job.title = QStringLiteral("job ") + id;
    job.state = state;
    job.source = QStringLiteral("engine");
    job.capabilities = {QStringLiteral("cancel"), QStringLiteral("pause"), QStringLiteral("retry")};
    job.created = noon() - hour;
    if (state != State::Queued && state != State::Held)
        job.started = noon() - hour;
    if (isFinal(state))
        job.finished = noon() - hour / 2;
    return job;
}

JobPtr ptr(Job job)
{
    return std::make_shared<const Job>(std::move(job));
}

HubDelta::Item item(Job job)
{
    return {ptr(std::move(job)), true};
}

HubDelta told(std::vector<HubDelta::Item> jobs)
{
    HubDelta delta;
    delta.jobs = std::move(jobs);
    return delta;
}

HubDelta gone(const QString &id)
{
    HubDelta delta;
    delta.removed = {id};
    return delta;
}

HubView::Status lost(const QString &host = {})
{
    HubView::Status status;
    status.link = HubView::Link::Lost;
    status.since = noon() - 240'000;
    status.host = host;
    return status;
}

/// Groups and their jobs as the page would show them, from nothing.
QStringList expected(const HubView &hub, const std::function<bool(const Job &)> &fits = {})
{
    std::map<QString, std::vector<JobPtr>> groups;
    for (const auto &[id, job] : hub.jobs()) {
        if (fits && !fits(*job))
            continue;
        QString key = QStringLiteral("0");
        if (job->state == State::Queued)
            key = QStringLiteral("1");
        else if (job->state == State::Held || job->state == State::Paused)
            key = QStringLiteral("2");
        else if (isFinal(job->state))
            key = QStringLiteral("3 ")
                + QDateTime::fromMSecsSinceEpoch(job->finished.value_or(job->created)).date().toString(Qt::ISODate);
        groups[key].push_back(job);
    }
    QStringList lines;
    const auto add = [&lines](const QString &key, std::vector<JobPtr> jobs) {
        std::sort(jobs.begin(), jobs.end(), [&key](const JobPtr &left, const JobPtr &right) {
            if (key.startsWith(u'3'))
                return std::tuple(right->finished, right->id) < std::tuple(left->finished, left->id);
            if (key == u'1')
                return std::tuple(left->group, left->queuePosition.value_or(INT_MAX), left->created, left->id)
                    < std::tuple(right->group, right->queuePosition.value_or(INT_MAX), right->created, right->id);
            return std::tuple(left->started.value_or(left->created), left->id)
                < std::tuple(right->started.value_or(right->created), right->id);
        });
        lines.append(QStringLiteral("[%1] %2").arg(key).arg(jobs.size()));
        for (const JobPtr &job : jobs)
            lines.append(job->id + u' ' + stateName(job->state));
    };
    for (const auto &[key, jobs] : groups) {
        if (!key.startsWith(u'3'))
            add(key, jobs);
    }
    for (auto it = groups.rbegin(); it != groups.rend(); ++it) {
        if (it->first.startsWith(u'3'))
            add(it->first, it->second);
    }
    return lines;
}

QStringList shown(const JobListModel &model)
{
    QStringList lines;
    for (int g = 0; g < model.rowCount(); ++g) {
        const QModelIndex group = model.index(g, 0);
        lines.append(QStringLiteral("[%1] %2")
                         .arg(group.data(JobListModel::GroupKeyRole).toString())
                         .arg(model.rowCount(group)));
        for (int row = 0; row < model.rowCount(group); ++row) {
            const JobPtr job = model.job(model.index(row, 0, group));
            lines.append(job->id + u' ' + stateName(job->state));
        }
    }
    return lines;
}

QStringList titles(const JobListModel &model)
{
    QStringList lines;
    for (int g = 0; g < model.rowCount(); ++g)
        lines.append(model.index(g, 0).data().toString());
    return lines;
}

class FakeHub : public HubView::Driver
{
public:
    void call(const QString &method, const QJsonObject &params, HubLink::Answered answered) override
    {
        calls.append(method + u' ' + params.value(QStringLiteral("job")).toString());
        Q_UNUSED(answered)
    }
    void followOutput(const QString & /*job*/) override { }
    QStringList calls;
};

} // namespace

class TestJobList : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void groupsAndOrder();
    void midnight();
    void filter();
    void randomHistories_data();
    void randomHistories();
    void fewOfTenThousand();
    void manyAtOnce();
    void chosenJobSurvives();
    void oneThatComesLater();
    void readingOnWhileJobsCome();
    void keys();
    void menu();
    void sentences();
    void aLostHostsJobs();
    void busyBarsMoveWhileSeen();
    void picture();
};

void TestJobList::initTestCase()
{
    QLocale::setDefault(QLocale(QStringLiteral("en_GB")));
}

void TestJobList::groupsAndOrder()
{
    HubView hub;
    HubDelta delta;
    Job early = makeJob(QStringLiteral("r1"), State::Running);
    early.started = noon() - 2 * hour;
    Job second = makeJob(QStringLiteral("q2"), State::Queued);
    second.queuePosition = 2;
    Job first = makeJob(QStringLiteral("q1"), State::Queued);
    first.queuePosition = 1;
    Job other = makeJob(QStringLiteral("q3"), State::Queued);
    other.group = QStringLiteral("a group");
    other.queuePosition = 7;
    Job old = makeJob(QStringLiteral("e0"), State::Failed);
    old.finished = noon() - 5 * 24 * hour;
    Job older = makeJob(QStringLiteral("d0"), State::Failed);
    older.finished = noon() - 365 * 24 * hour;
    Job yesterday = makeJob(QStringLiteral("e1"), State::Cancelled);
    yesterday.finished = noon() - 13 * hour;
    Job newest = makeJob(QStringLiteral("a2"), State::Succeeded);
    newest.finished = noon();
    for (const Job &job : {makeJob(QStringLiteral("r2"), State::Cancelling), early, second, first, other, old, older,
                           yesterday, makeJob(QStringLiteral("z2"), State::Skipped), newest,
                           makeJob(QStringLiteral("p1"), State::Paused), makeJob(QStringLiteral("h1"), State::Held)})
        delta.jobs.push_back(item(job));
    hub.take(delta);
    JobListModel model(hub, [] { return noon(); });
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    QCOMPARE(
        titles(model),
        QStringList({QStringLiteral("RUNNING (2)"), QStringLiteral("QUEUED (3)"), QStringLiteral("HELD / PAUSED (2)"),
                     QStringLiteral("TODAY (2)"), QStringLiteral("YESTERDAY (1)"), QStringLiteral("FRIDAY 15 MAY (1)"),
                     QStringLiteral("TUESDAY 20 MAY 2025 (1)")}));
    QStringList ids;
    for (const QString &line : shown(model)) {
        if (!line.startsWith(u'['))
            ids.append(line.section(u' ', 0, 0));
    }
    QCOMPARE(ids.join(u' '), QStringLiteral("r1 r2 q3 q1 q2 h1 p1 a2 z2 e1 e0 d0"));
    QCOMPARE(shown(model), expected(hub));
}

void TestJobList::midnight()
{
    HubView hub;
    UnixMs now = noon();
    hub.take(told({item(makeJob(QStringLiteral("a"), State::Succeeded))}));
    JobListModel model(hub, [&now] { return now; });
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    QCOMPARE(titles(model), QStringList(QStringLiteral("TODAY (1)")));
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    now += 12 * hour + 1;
    model.dayChanged();
    QCOMPARE(titles(model), QStringList(QStringLiteral("YESTERDAY (1)")));
    QCOMPARE(changed.size(), 1);
    Job late = makeJob(QStringLiteral("b"), State::Failed);
    late.finished = now;
    hub.take(told({item(late)}));
    QCOMPARE(titles(model), QStringList({QStringLiteral("TODAY (1)"), QStringLiteral("YESTERDAY (1)")}));
}

void TestJobList::filter()
{
    HubView hub;
    Job backup = makeJob(QStringLiteral("1"), State::Running);
    backup.title = QStringLiteral("Nightly backup");
    backup.pipeline = QStringLiteral("restic");
    Job child = makeJob(QStringLiteral("2"), State::TimedOut);
    child.title = QStringLiteral("prune");
    child.parent = QStringLiteral("1");
    child.host = QStringLiteral("gpu-box");
    Job build = makeJob(QStringLiteral("3"), State::Queued);
    build.group = QStringLiteral("builds");
    hub.take(told({item(backup), item(child), item(build)}));
    JobListModel model(hub, [] { return noon(); });
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    const auto found = [&model](const QString &text, const QString &host = {}) {
        model.setFilter(text, host);
        QString ids;
        for (const QString &line : shown(model)) {
            if (!line.startsWith(u'['))
                ids += line.front();
        }
        return ids;
    };
    QCOMPARE(found(QStringLiteral("RESTIC")), QStringLiteral("1"));
    QCOMPARE(found(QStringLiteral("backup")), QStringLiteral("12")); // the child by its parent
    QCOMPARE(found(QStringLiteral("timed out")), QStringLiteral("2"));
    QCOMPARE(found(QStringLiteral("  gpu   Prune ")), QStringLiteral("2"));
    QCOMPARE(found(QStringLiteral("builds")), QStringLiteral("3"));
    QCOMPARE(found({}, QStringLiteral("nas")), QStringLiteral("13"));
    QCOMPARE(found(QStringLiteral("nothing like it")), QString());
    QCOMPARE(model.rowCount(), 0);

    // What stops to fit goes, what begins to fit comes.
    QCOMPARE(found(QStringLiteral("running")), QStringLiteral("1"));
    backup.state = State::Succeeded;
    backup.finished = noon();
    build.state = State::Running;
    build.started = noon();
    hub.take(told({item(backup), item(build)}));
    QCOMPARE(shown(model), QStringList({QStringLiteral("[0] 1"), QStringLiteral("3 running")}));
    QCOMPARE(found({}), QStringLiteral("312"));
}

void TestJobList::randomHistories_data()
{
    QTest::addColumn<quint32>("seed");
    for (quint32 seed = 1; seed <= 12; ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

void TestJobList::randomHistories()
{
    QFETCH(quint32, seed);
    QRandomGenerator random(seed);
    HubView hub;
    JobListModel model(hub, [] { return noon(); });
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    JobActions actions(hub);
    JobListView view(model, actions);
    view.resize(300, 400);
    view.show();
    // Somebody holds on to some rows; they stay those of the same jobs.
    std::map<QString, QPersistentModelIndex> held;
    bool filtered = false;
    for (int turn = 0; turn < 120; ++turn) {
        HubDelta delta;
        delta.reset = random.bounded(25) == 0;
        const int changes = random.bounded(turn % 10 == 0 ? 60 : 8);
        for (int i = 0; i < changes; ++i) {
            Job job = makeJob(QString::number(random.bounded(80)), static_cast<State>(random.bounded(12)));
            job.group = random.bounded(2) ? QStringLiteral("a") : QStringLiteral("b");
            if (random.bounded(3))
                job.queuePosition = random.bounded(10);
            job.created += random.bounded(5);
            if (job.started)
                *job.started += random.bounded(5);
            if (job.finished && random.bounded(10))
                *job.finished -= hour * random.bounded(60);
            else
                job.finished.reset();
            if (const JobPtr known = hub.find(job.id); known && random.bounded(2)) {
                Job same = *known; // only a figure is another
                same.etaMs = random.bounded(1000);
                job = same;
            }
            delta.jobs.push_back(item(job));
        }
        if (delta.reset) {
            // Of a snapshot each job is there once.
            std::map<QString, HubDelta::Item> once;
            for (const HubDelta::Item &each : delta.jobs)
                once[each.job->id] = each;
            delta.jobs.clear();
            for (const auto &[id, each] : once)
                delta.jobs.push_back(each);
        }
        for (int i = random.bounded(4); i > 0; --i)
            delta.removed.append(QString::number(random.bounded(80)));
        hub.take(delta);
        if (random.bounded(15) == 0) {
            filtered = !filtered;
            model.setFilter(filtered ? QStringLiteral("job 1") : QString());
        }
        const auto fits = [](const Job &job) { return job.title.contains(u'1'); };
        QCOMPARE(shown(model), filtered ? expected(hub, fits) : expected(hub));
        for (auto it = held.begin(); it != held.end();) {
            if (it->second.isValid())
                QCOMPARE(it->second.data(JobListModel::IdRole).toString(), it->first);
            it = it->second.isValid() ? std::next(it) : held.erase(it);
        }
        for (int i = 0; i < 3; ++i) {
            const QString id = QString::number(random.bounded(80));
            if (const QModelIndex index = model.indexOf(id); index.isValid())
                held[id] = index;
        }
        if (turn % 7 == 0)
            view.selectJob(QString::number(random.bounded(80)));
        if (turn % 5 == 0)
            QCoreApplication::sendPostedEvents();
        if (model.indexOf(view.chosenJob()).isValid())
            QCOMPARE(view.currentIndex().data(JobListModel::IdRole).toString(), view.chosenJob());
    }
}

void TestJobList::fewOfTenThousand()
{
    HubView hub;
    HubDelta delta;
    constexpr int count = 10'000;
    constexpr int live = 500;
    for (int i = 0; i < count; ++i) {
        Job job = makeJob(QString::number(i), i < live ? State::Running : State::Succeeded);
        if (job.finished)
            *job.finished -= i * 60'000LL;
        delta.jobs.push_back(item(job));
    }
    delta.reset = true;
    hub.take(delta);
    JobListModel model(hub, [] { return noon(); });
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    QSignalSpy layouts(&model, &QAbstractItemModel::layoutChanged);
    QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);

    // A figure of each of them: one range.
    HubDelta figures;
    for (int i = 0; i < live; ++i) {
        Job job = *hub.find(QString::number(i));
        job.etaMs = i;
        figures.jobs.push_back(item(job));
    }
    hub.take(figures);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed.first().at(0).toModelIndex().row(), 0);
    QCOMPARE(changed.first().at(1).toModelIndex().row(), live - 1);
    QCOMPARE(inserted.size() + removed.size() + layouts.size(), 0);

    // Some end.
    HubDelta ends;
    for (int i = 10; i < 14; ++i) {
        Job job = *hub.find(QString::number(i));
        job.state = State::Succeeded;
        job.finished = noon();
        ends.jobs.push_back(item(job));
    }
    hub.take(ends);
    QCOMPARE(inserted.size(), 1);
    QVERIFY(removed.size() >= 1 && removed.size() <= 4);
    QCOMPARE(resets.size(), 0);
    QCOMPARE(shown(model), expected(hub));

    // A snapshot after a loss that tells little that is new.
    HubDelta again;
    again.reset = true;
    for (const auto &[id, job] : hub.jobs()) {
        if (id != u"77")
            again.jobs.push_back({job, false});
    }
    hub.take(again);
    QCOMPARE(resets.size(), 0);
    QCOMPARE(shown(model), expected(hub));

    QBENCHMARK
    {
        hub.take(figures);
        for (HubDelta::Item &each : figures.jobs)
            each.job = ptr(*each.job);
    }
}

void TestJobList::manyAtOnce()
{
    HubView hub;
    JobListModel model(hub, [] { return noon(); });
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    HubDelta delta;
    for (int i = 0; i < 3000; ++i)
        delta.jobs.push_back(item(makeJob(QString::number(i), State::Running)));
    hub.take(delta);
    QCOMPARE(resets.size(), 1);
    QCOMPARE(shown(model), expected(hub));
}

void TestJobList::chosenJobSurvives()
{
    HubView hub;
    hub.take(
        told({item(makeJob(QStringLiteral("a"), State::Running)), item(makeJob(QStringLiteral("b"), State::Running)),
              item(makeJob(QStringLiteral("c"), State::Running))}));
    JobListModel model(hub, [] { return noon(); });
    JobActions actions(hub);
    JobListView view(model, actions);
    QSignalSpy chosen(&view, &JobListView::jobChosen);
    view.selectJob(QStringLiteral("b"));
    QCOMPARE(chosen.size(), 1);
    const auto selected = [&view] {
        const QModelIndexList rows = view.selectionModel()->selectedIndexes();
        return rows.size() == 1 ? rows.first().data(JobListModel::IdRole).toString() : QString();
    };
    const auto current = [&view] { return view.currentIndex().data(JobListModel::IdRole).toString(); };

    Job ended = makeJob(QStringLiteral("b"), State::Failed);
    hub.take(told({item(ended)})); // to another group
    QCOMPARE(selected(), QStringLiteral("b"));
    QCOMPARE(current(), QStringLiteral("b"));

    model.setFilter(QStringLiteral("running")); // out of sight and back
    QCOMPARE(selected(), QString());
    model.setFilter({});
    QCOMPARE(selected(), QStringLiteral("b"));

    HubDelta many; // so many that it is a reset
    for (int i = 0; i < 2000; ++i)
        many.jobs.push_back(item(makeJob(QString::number(i), State::Queued)));
    hub.take(many);
    QCOMPARE(selected(), QStringLiteral("b"));
    QVERIFY(view.isExpanded(model.index(0, 0)) && view.isExpanded(model.index(2, 0)));
    QCOMPARE(chosen.size(), 1);

    hub.take(gone(QStringLiteral("a")));
    QCOMPARE(chosen.size(), 1);
    hub.take(gone(QStringLiteral("b"))); // gone: none, rather than a neighbour that nobody chose
    QCOMPARE(selected(), QString());
    QCOMPARE(chosen.size(), 2);
    QCOMPARE(chosen.last().at(0).toString(), QString());
}

void TestJobList::oneThatComesLater()
{
    HubView hub;
    JobListModel model(hub, [] { return noon(); });
    JobActions actions(hub);
    JobListView view(model, actions);
    view.selectJob(QStringLiteral("new"));
    hub.take(told({item(makeJob(QStringLiteral("other"), State::Running))}));
    QVERIFY(!view.currentIndex().isValid());
    hub.take(told({item(makeJob(QStringLiteral("new"), State::Queued))}));
    QCOMPARE(view.currentIndex().data(JobListModel::IdRole).toString(), QStringLiteral("new"));
    QVERIFY(view.isExpanded(view.currentIndex().parent()));
}

void TestJobList::readingOnWhileJobsCome()
{
    HubView hub;
    HubDelta delta;
    for (int i = 0; i < 100; ++i)
        delta.jobs.push_back(item(makeJob(QString::number(i), State::Succeeded)));
    hub.take(delta);
    JobListModel model(hub, [] { return noon(); });
    JobActions actions(hub);
    JobListView view(model, actions);
    view.resize(300, 300);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    const QModelIndex middle = model.indexOf(QStringLiteral("50"));
    view.scrollTo(middle, QAbstractItemView::PositionAtTop);
    view.viewport()->repaint();
    const QPersistentModelIndex seen = view.indexAt(QPoint(100, 100));
    const int top = view.visualRect(seen).top();
    hub.take(told({item(makeJob(QStringLiteral("new"), State::Running)),
                   item(makeJob(QStringLiteral("newer"), State::Running))}));
    QTRY_COMPARE(view.visualRect(seen).top(), top);
    hub.take(gone(QStringLiteral("99"))); // above as well
    QTRY_COMPARE(view.visualRect(seen).top(), top);

    // Scrolled, and more comes before it is painted.
    view.verticalScrollBar()->setValue(view.verticalScrollBar()->value() + 30);
    hub.take(gone(QStringLiteral("98")));
    QTRY_COMPARE(view.visualRect(seen).top(), top - 30);

    view.scrollToTop();
    view.viewport()->repaint();
    hub.take(told({item(makeJob(QStringLiteral("q"), State::Held))}));
    Job first = makeJob(QStringLiteral("first"), State::Running);
    first.started = noon() - 2 * hour;
    hub.take(told({item(first)}));
    QTRY_COMPARE(view.visualRect(model.index(0, 0)).top(), 0);
    QVERIFY(view.visualRect(model.indexOf(QStringLiteral("first"))).top() > 0);
}

void TestJobList::keys()
{
    HubView hub;
    FakeHub fake;
    hub.setDriver(&fake);
    Job second = makeJob(QStringLiteral("q"), State::Queued);
    second.queuePosition = 2;
    hub.take(told({item(makeJob(QStringLiteral("r"), State::Running)), item(second),
                   item(makeJob(QStringLiteral("h"), State::Held)), item(makeJob(QStringLiteral("p"), State::Paused)),
                   item(makeJob(QStringLiteral("e"), State::Failed))}));
    JobListModel model(hub, [] { return noon(); });
    JobActions actions(hub);
    JobListView view(model, actions);
    view.resize(300, 500);
    view.show();
    view.setFocus();
    QSignalSpy chosen(&view, &JobListView::jobChosen);
    QSignalSpy activated(&view, &JobListView::jobActivated);
    const auto press = [&](const char *id, Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
        view.selectJob(QString::fromLatin1(id));
        fake.calls.clear();
        QTest::keyClick(&view, key, modifiers);
        return fake.calls.join(u',');
    };
    QCOMPARE(press("r", Qt::Key_Delete), QStringLiteral("job.cancel r"));
    QCOMPARE(press("r", Qt::Key_Space), QStringLiteral("job.pause r"));
    QCOMPARE(press("p", Qt::Key_Space), QStringLiteral("job.resume p"));
    QCOMPARE(press("e", Qt::Key_R, Qt::ControlModifier), QStringLiteral("job.retry e"));
    QCOMPARE(press("r", Qt::Key_R, Qt::ControlModifier), QString());
    QCOMPARE(press("q", Qt::Key_Up, Qt::ControlModifier), QStringLiteral("job.move q"));
    QCOMPARE(press("q", Qt::Key_Down, Qt::ControlModifier), QStringLiteral("job.move q"));
    QCOMPARE(press("q", Qt::Key_H), QStringLiteral("job.hold q"));
    QCOMPARE(press("h", Qt::Key_H), QStringLiteral("job.release h"));
    QCOMPARE(press("e", Qt::Key_Delete), QString());

    // The arrows step over the titles of groups.
    view.selectJob(QStringLiteral("r"));
    QTest::keyClick(&view, Qt::Key_Down);
    QCOMPARE(chosen.last().at(0).toString(), QStringLiteral("q"));
    QTest::keyClick(&view, Qt::Key_Home);
    QCOMPARE(view.chosenJob(), QStringLiteral("r"));
    QTest::keyClick(&view, Qt::Key_Left); // nothing folds
    QVERIFY(view.isExpanded(model.index(0, 0)));
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(activated.size(), 1);
    QCOMPARE(activated.first().at(0).toString(), QStringLiteral("r"));
    hub.setDriver(nullptr);
}

void TestJobList::menu()
{
    HubView hub;
    FakeHub fake;
    hub.setDriver(&fake);
    hub.take(told({item(makeJob(QStringLiteral("r"), State::Running))}));
    JobListModel model(hub, [] { return noon(); });
    JobActions actions(hub);
    JobListView view(model, actions);
    view.resize(300, 300);
    view.show();
    view.selectJob(QStringLiteral("r"));
    QContextMenuEvent event(QContextMenuEvent::Keyboard, QPoint(), QPoint());
    QCoreApplication::sendEvent(view.viewport(), &event);
    auto *menu = view.findChild<QMenu *>();
    QVERIFY(menu);
    QStringList entries;
    for (QAction *entry : menu->actions()) {
        if (!entry->isSeparator())
            entries.append(entry->text().remove(u'&'));
        if (entry->text() == u"&Cancel")
            entry->trigger();
    }
    QCOMPARE(entries, QStringList({QStringLiteral("Pause"), QStringLiteral("Cancel"), QStringLiteral("Copy report")}));
    QCOMPARE(fake.calls, QStringList(QStringLiteral("job.cancel r")));
    hub.setDriver(nullptr);
}

void TestJobList::sentences()
{
    HubView hub;
    hub.take(told(
        {item(makeJob(QStringLiteral("r"), State::Running)), item(makeJob(QStringLiteral("e"), State::Succeeded))}));
    JobListModel model(hub, [] { return noon(); });
    const auto said = [](const QModelIndex &index) { return index.data(Qt::AccessibleTextRole).toString(); };
    QCOMPARE(said(model.indexOf(QStringLiteral("e"))),
             QStringLiteral("job e on nas, succeeded, took 30 min 0 s, 30 min ago"));
    QVERIFY(said(model.index(0, 0)).startsWith(QStringLiteral("Running, 1 job")));

    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    hub.setStatus(lost());
    QCOMPARE(changed.size(), 1); // what has ended cannot go stale
    QCOMPARE(said(model.indexOf(QStringLiteral("r"))), QStringLiteral("job r on nas, running, last seen 4 min ago"));
    QCOMPARE(model.indexOf(QStringLiteral("r")).data(JobListModel::StaleSinceRole).toLongLong(), noon() - 240'000);
    QCOMPARE(model.indexOf(QStringLiteral("e")).data(JobListModel::StaleSinceRole).toLongLong(), 0);
}

/// Those of one host that is lost, while the hub itself is there.
void TestJobList::aLostHostsJobs()
{
    HubView hub;
    Job lost = makeJob(QStringLiteral("r"), State::Running);
    hub.take(told({item(lost), item(makeJob(QStringLiteral("h"), State::Running))}));
    JobListModel model(hub, [] { return noon(); });
    const auto stale = [&model](const QString &id) {
        return model.indexOf(id).data(JobListModel::StaleSinceRole).toLongLong();
    };
    QCOMPARE(stale(QStringLiteral("r")), 0);
    QVERIFY(JobActions::can(JobActions::Action::Cancel, lost));
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    lost.lostSince = noon() - 240'000;
    hub.take(told({item(lost)}));
    QVERIFY(!changed.isEmpty());
    QCOMPARE(stale(QStringLiteral("r")), noon() - 240'000);
    QCOMPARE(stale(QStringLiteral("h")), 0);
    QVERIFY(model.indexOf(QStringLiteral("r"))
                .data(Qt::AccessibleTextRole)
                .toString()
                .endsWith(QStringLiteral("last seen 4 min ago")));
    using Action = JobActions::Action;
    for (const Action action : {Action::Cancel, Action::PauseNow, Action::PauseAfterStep, Action::Resume, Action::Hold,
                                Action::Release, Action::MoveUp, Action::MoveDown})
        QVERIFY(!JobActions::can(action, lost));

    // Greyed to the eye, too: a picture of the same row with the host there and gone.
    JobActions actions(hub);
    JobListView view(model, actions);
    view.resize(360, 200);
    view.show();
    const QModelIndex row = model.indexOf(QStringLiteral("r"));
    const auto inkOf = [&view, &model](const QString &id) {
        const QImage picture = view.grab(view.visualRect(model.indexOf(id))).toImage();
        int darkest = 255;
        for (int y = 0; y < picture.height() / 2; ++y) {
            for (int x = 0; x < picture.width(); ++x)
                darkest = std::min(darkest, qGray(picture.pixel(x, y)));
        }
        return darkest;
    };
    QVERIFY(row.isValid());
    QVERIFY(inkOf(QStringLiteral("r")) > inkOf(QStringLiteral("h")) + 20);
}

void TestJobList::busyBarsMoveWhileSeen()
{
    HubView hub;
    Job job = makeJob(QStringLiteral("r"), State::Running);
    job.steps.resize(1);
    job.steps[0].state = State::Running;
    hub.take(told({item(job)}));
    JobListModel model(hub, [] { return noon(); });
    JobActions actions(hub);
    JobListView view(model, actions);
    view.resize(300, 300);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    QTRY_VERIFY(view.isAnimating());
    job.state = State::Succeeded;
    job.finished = noon();
    hub.take(told({item(job)}));
    QTRY_VERIFY(!view.isAnimating());
}

void TestJobList::picture()
{
    // For eyes: STEPWIRE_PICTURES names a folder.
    const QString folder = qEnvironmentVariable("STEPWIRE_PICTURES");
    if (folder.isEmpty())
        QSKIP("no pictures asked for");
    HubView hub;
    HubView::Status status;
    status.link = HubView::Link::Live;
    status.host = QStringLiteral("desk");
    hub.setStatus(status);
    const auto step = [](const char *title, State state, std::optional<double> fraction = {}) {
        Step made;
        made.id = made.title = QString::fromLatin1(title);
        made.state = state;
        made.started = noon() - hour / 4;
        if (fraction) {
            made.progress.emplace();
            made.progress->fraction = fraction;
        }
        return made;
    };
    Job backup = makeJob(QStringLiteral("1"), State::Running);
    backup.title = QStringLiteral("nightly backup");
    backup.steps = {step("snapshot", State::Succeeded), step("prune", State::Running, 0.31)};
    backup.etaMs = 12 * 60'000;
    Job build = makeJob(QStringLiteral("2"), State::Running);
    build.title = QStringLiteral("cargo build");
    build.host = QStringLiteral("desk");
    build.steps = {step("build", State::Running)};
    build.steps[0].progress.emplace();
    build.steps[0].progress->done = 212;
    build.steps[0].progress->total = 530;
    build.steps[0].progress->fraction = 0.4;
    build.steps[0].estimated = true;
    Job busy = makeJob(QStringLiteral("3"), State::Running);
    busy.title = QStringLiteral("a rather long title of a job that nobody can read to the end of it");
    busy.steps = {step("download", State::Running)};
    busy.steps[0].stalledMs = 240'000;
    Job queued = makeJob(QStringLiteral("4"), State::Queued);
    queued.title = QStringLiteral("wallpaper");
    queued.queuePosition = 1;
    queued.waitingFor = {QStringLiteral("gpu"), QStringLiteral("disk")};
    Job paused = makeJob(QStringLiteral("5"), State::Paused);
    paused.steps = {step("encode", State::Paused, 0.7), step("upload", State::Queued)};
    Job failed = makeJob(QStringLiteral("6"), State::Failed);
    failed.title = QStringLiteral("nightly");
    failed.steps = {step("prune", State::Failed)};
    failed.error.emplace();
    failed.error->message = QStringLiteral("repository is locked");
    failed.error->step = QStringLiteral("prune");
    Job done = makeJob(QStringLiteral("7"), State::Succeeded);
    done.host = QStringLiteral("desk");
    done.finished = *done.started + 4000;
    Job gone = makeJob(QStringLiteral("8"), State::Cancelled);
    gone.finished = noon() - 26 * hour;
    hub.take(told(
        {item(backup), item(build), item(busy), item(queued), item(paused), item(failed), item(done), item(gone)}));
    JobListModel model(hub, [] { return noon(); });
    JobActions actions(hub);
    const QPalette light = QApplication::palette();
    QPalette dark(QColor(0x2b303b));
    dark.setColor(QPalette::Base, QColor(0x1d2129));
    dark.setColor(QPalette::Text, QColor(0xe6e9ef));
    dark.setColor(QPalette::Highlight, QColor(0x3d7fe0));
    const auto take = [&](const QString &name, const QPalette &palette, Qt::LayoutDirection direction) {
        JobListView view(model, actions);
        view.setPalette(palette);
        view.setLayoutDirection(direction);
        view.resize(340, 760);
        view.show();
        view.setFocus();
        view.selectJob(QStringLiteral("2"));
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        view.grab().save(folder + u'/' + name + QStringLiteral(".png"));
    };
    take(QStringLiteral("list-light"), light, Qt::LeftToRight);
    take(QStringLiteral("list-dark"), dark, Qt::LeftToRight);
    take(QStringLiteral("list-rtl"), light, Qt::RightToLeft);
    hub.setStatus(lost(QStringLiteral("desk")));
    take(QStringLiteral("list-lost"), light, Qt::LeftToRight);
    model.setFilter(QStringLiteral("xyz"));
    take(QStringLiteral("list-empty"), light, Qt::LeftToRight);
}

QTEST_MAIN(TestJobList)
#include "tst_job_list.moc"
