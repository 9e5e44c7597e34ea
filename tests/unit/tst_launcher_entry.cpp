#include "core/desktop/launcher_entry.h"
#include "support/private_bus.h"
#include "support/samples.h"

#include <QDBusArgument>
#include <QtTest>

#include <set>

using namespace stepwire;
using namespace Qt::StringLiterals;

/// A dock, which hears all that is said to it.
class Dock : public QObject
{
    Q_OBJECT

public:
    explicit Dock(const QString &address) : m_peer(address, u"dock%1"_s.arg(++s_count))
    {
        QVERIFY(m_peer.connection.connect({}, {}, u"com.canonical.Unity.LauncherEntry"_s, u"Update"_s, this,
                                          SLOT(heard(QDBusMessage))));
    }

    [[nodiscard]] QVariantMap newest() const { return entries.isEmpty() ? QVariantMap() : entries.last(); }

    QStringList heads;
    QList<QVariantMap> entries;

public Q_SLOTS:
    void heard(const QDBusMessage &message)
    {
        heads.append(message.signature() + u' ' + message.arguments().value(0).toString());
        entries.append(qdbus_cast<QVariantMap>(message.arguments().value(1)));
    }

private:
    static inline int s_count = 0;
    test::BusPeer m_peer;
};

namespace {

Job running(const QString &id, std::optional<double> fraction)
{
    Job job = test::makeJob(id);
    job.state = State::Running;
    job.steps[0].state = State::Running;
    if (fraction) {
        job.steps[0].progress = Progress();
        job.steps[0].progress->fraction = fraction;
    }
    return job;
}

QVariantMap entry(double progress, bool visible, qlonglong count, bool urgent = false)
{
    return {{u"progress"_s, progress},
            {u"progress-visible"_s, visible},
            {u"count"_s, count},
            {u"count-visible"_s, count > 0},
            {u"urgent"_s, urgent}};
}

struct Scene
{
    test::PrivateBus daemon;
    Dock dock{daemon.address()};
    HubView view;
    SessionBus bus{{SessionBus::Which::Session, daemon.address()}, {}};
    std::set<QString> elsewhere;
    std::optional<LauncherEntry> launcher;

    void start()
    {
        launcher.emplace(view, bus, [this](const QString &job) { return elsewhere.contains(job); });
    }
    void take(const Job &job, bool fresh = true)
    {
        HubDelta delta;
        delta.jobs.push_back({std::make_shared<const Job>(job), fresh});
        view.take(std::move(delta));
    }
};

} // namespace

class TestLauncherEntry : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void wipesAtStartAndAtTheEnd();
    void theMeanOfWhatRuns();
    void whatPlasmaShowsIsNotCounted();
    void aFailureIsUrgentUntilSeen();
    void fourTimesASecond();
};

void TestLauncherEntry::wipesAtStartAndAtTheEnd()
{
    Scene scene;
    scene.start();
    QTRY_COMPARE(scene.dock.entries.size(), 1);
    QCOMPARE(scene.dock.heads[0], u"sa{sv} application://org.stepwire.Stepwire.desktop"_s);
    QCOMPARE(scene.dock.newest(), entry(0, false, 0));
    QCOMPARE(scene.dock.newest()[u"progress"_s].metaType(), QMetaType::fromType<double>());
    QCOMPARE(scene.dock.newest()[u"count"_s].metaType(), QMetaType::fromType<qlonglong>());
    QCOMPARE(scene.dock.newest()[u"urgent"_s].metaType(), QMetaType::fromType<bool>());
    scene.take(running(u"a"_s, 0.5));
    QTRY_COMPARE(scene.dock.newest(), entry(0.5, true, 1));
    scene.launcher.reset();
    QTRY_COMPARE(scene.dock.newest(), entry(0, false, 0));
}

void TestLauncherEntry::theMeanOfWhatRuns()
{
    Scene scene;
    scene.take(running(u"a"_s, 0.5), false); // before it was made
    scene.start();
    QTRY_COMPARE(scene.dock.newest(), entry(0.5, true, 1));
    scene.take(running(u"b"_s, 0.25));
    QTRY_COMPARE(scene.dock.newest(), entry(0.375, true, 2));
    scene.take(running(u"c"_s, {})); // nobody knows how far: no part of the mean
    Job child = running(u"d"_s, 0.9);
    child.parent = u"a"_s;
    scene.take(child);
    scene.take(test::makeJob(u"e"_s)); // waits
    QTRY_COMPARE(scene.dock.newest(), entry(0.375, true, 3));
    for (const QString &id : {u"a"_s, u"b"_s}) {
        Job job = running(id, {});
        job.state = State::Succeeded;
        scene.take(job);
    }
    QTRY_COMPARE(scene.dock.newest(), entry(0, false, 1));
    HubDelta gone;
    gone.reset = true;
    scene.view.take(std::move(gone));
    QTRY_COMPARE(scene.dock.newest(), entry(0, false, 0));
}

void TestLauncherEntry::whatPlasmaShowsIsNotCounted()
{
    Scene scene;
    scene.start();
    scene.take(running(u"a"_s, 0.5));
    scene.take(running(u"b"_s, 0.7));
    QTRY_COMPARE(scene.dock.newest(), entry(0.6, true, 2));
    scene.elsewhere = {u"a"_s};
    scene.launcher->refresh();
    QTRY_COMPARE(scene.dock.newest(), entry(0.7, true, 1));
    scene.elsewhere = {u"a"_s, u"b"_s};
    scene.launcher->refresh();
    QTRY_COMPARE(scene.dock.newest(), entry(0, false, 0));
}

void TestLauncherEntry::aFailureIsUrgentUntilSeen()
{
    Scene scene;
    scene.start();
    QTRY_COMPARE(scene.dock.entries.size(), 1);
    Job old = running(u"old"_s, {});
    old.state = State::Failed;
    scene.take(old, false); // history
    Job job = running(u"a"_s, 0.5);
    scene.take(job);
    QTRY_COMPARE(scene.dock.newest(), entry(0.5, true, 1));
    job.state = State::Failed;
    scene.take(job);
    QTRY_COMPARE(scene.dock.newest(), entry(0, false, 0, true));
    scene.launcher->seen();
    QTRY_COMPARE(scene.dock.newest(), entry(0, false, 0));
}

void TestLauncherEntry::fourTimesASecond()
{
    Scene scene;
    scene.start();
    QTRY_COMPARE(scene.dock.entries.size(), 1);
    QElapsedTimer clock;
    clock.start();
    double fraction = 0;
    while (clock.elapsed() < 800) {
        fraction += 0.002;
        scene.take(running(u"a"_s, fraction));
        QTest::qWait(5);
    }
    QTRY_COMPARE(qRound(scene.dock.newest()[u"progress"_s].toDouble() * 1000), qRound(fraction * 1000)); // not lost
    const qint64 told = scene.dock.entries.size() - 1;
    QVERIFY2(told >= 2 && told <= clock.elapsed() / LauncherEntry::intervalMs + 1, qPrintable(QString::number(told)));
}

QTEST_GUILESS_MAIN(TestLauncherEntry)
#include "tst_launcher_entry.moc"
