#include "core/engine/job_queue.h"

#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestJobQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void plays_data();
    void plays();
};

void TestJobQueue::plays_data()
{
    // `add GROUP JOB`, `hold JOB`, `release JOB`, `move JOB N`, `end JOB`; then the jobs that start, and `GROUP: the
    // queue`
    QTest::addColumn<QStringList>("script");
    QTest::addColumn<QStringList>("result");
    const auto row = [](const char *name, const QStringList &script, const QStringList &result) {
        QTest::newRow(name) << script << result;
    };
    row("a named group runs one after the other", {u"add g a"_s, u"add g b"_s, u"add g c"_s, u"end a"_s},
        {u"+a"_s, u"+b"_s, u"g: c"_s});
    row("default takes what comes", {u"add default a"_s, u"add default b"_s, u"add default c"_s},
        {u"+a"_s, u"+b"_s, u"+c"_s});
    row("a limit of one's own", {u"add pair a"_s, u"add pair b"_s, u"add pair c"_s, u"add pair d"_s, u"end b"_s},
        {u"+a"_s, u"+b"_s, u"+c"_s, u"pair: d"_s});
    row("groups do not wait for each other", {u"add g a"_s, u"add h b"_s, u"add g c"_s}, {u"+a"_s, u"+b"_s, u"g: c"_s});
    row("held ones are passed over, and keep their place",
        {u"add g a"_s, u"add g b"_s, u"add g c"_s, u"add g d"_s, u"hold b"_s, u"end a"_s, u"release b"_s},
        {u"+a"_s, u"+c"_s, u"g: b d"_s});
    row("a group of held ones alone", {u"add g a"_s, u"add g b"_s, u"hold b"_s, u"end a"_s, u"release b"_s},
        {u"+a"_s, u"+b"_s});
    row("move to the front", {u"add g a"_s, u"add g b"_s, u"add g c"_s, u"add g d"_s, u"move d 1"_s},
        {u"+a"_s, u"g: d b c"_s});
    row("move to the middle", {u"add g a"_s, u"add g b"_s, u"add g c"_s, u"add g d"_s, u"move b 2"_s},
        {u"+a"_s, u"g: c b d"_s});
    row("move beyond the end", {u"add g a"_s, u"add g b"_s, u"add g c"_s, u"add g d"_s, u"move b 99"_s},
        {u"+a"_s, u"g: c d b"_s});
    row("held ones do not count as places",
        {u"add g a"_s, u"add g b"_s, u"add g c"_s, u"add g d"_s, u"hold b"_s, u"move d 1"_s, u"release b"_s},
        {u"+a"_s, u"g: b d c"_s});
    row("one that waits ends", {u"add g a"_s, u"add g b"_s, u"add g c"_s, u"end b"_s, u"end a"_s}, {u"+a"_s, u"+c"_s});
}

void TestJobQueue::plays()
{
    QFETCH(QStringList, script);
    QFETCH(QStringList, result);
    JobQueue queue({{u"pair"_s, 2}});
    QMap<QString, QString> groupOf;
    QStringList found;
    for (const QString &line : script) {
        const QStringList words = line.split(u' ');
        if (words[0] == u"add") {
            groupOf[words[2]] = words[1];
            queue.add(words[1], words[2]);
        } else if (words[0] == u"move") {
            queue.move(groupOf[words[1]], words[1], words[2].toInt());
        } else if (words[0] == u"end") {
            queue.remove(groupOf[words[1]], words[1]);
        } else {
            queue.setHeld(groupOf[words[1]], words[1], words[0] == u"hold");
        }
        while (const auto next = queue.startNext()) {
            found.append(u'+' + *next);
            QVERIFY(!queue.position(groupOf[*next], *next));
        }
    }
    for (const QString &group : queue.groups()) {
        QStringList waiting;
        for (const QString &job : queue.waiting(group)) {
            waiting.append(job);
            QCOMPARE(queue.position(group, job), std::optional(static_cast<int>(waiting.size())));
        }
        if (!waiting.isEmpty())
            found.append(group + u": "_s + waiting.join(u' '));
    }
    QCOMPARE(found, result);
}

QTEST_APPLESS_MAIN(TestJobQueue)
#include "tst_job_queue.moc"
