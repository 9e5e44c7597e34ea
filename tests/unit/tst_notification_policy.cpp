#include "core/desktop/notification_policy.h"

#include <QtTest>

#include <algorithm>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestNotificationPolicy : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void plays_data();
    void plays();
};

namespace {

/// Plays a script, with the ticks that the policy asks for in between, and writes down what it commands.
///
///   SECONDS VERB JOBS [WORD]    jobs: `a,b`, `a@nas`, `1..200`
class Play
{
public:
    explicit Play(const NotificationSettings &settings)
        : m_policy(settings,
                   {[this](const QString &) { return m_front; }, [this](const QString &) { return m_plasma; }})
    {
        m_policy.setHere(u"here"_s);
    }

    void line(const QString &text)
    {
        const QStringList words = text.split(u' ');
        const auto to = static_cast<qint64>(words[0].toDouble() * 1000);
        while (const auto due = m_policy.due(m_now)) {
            if (*due > to)
                break;
            m_now = *due;
            log(m_policy.tick(m_now));
        }
        m_now = to;
        const QString verb = words.value(1);
        if (verb == u"front")
            m_front = words[2] == u"yes";
        else if (verb == u"plasma")
            m_plasma = words[2] == u"yes";
        else if (verb == u"live")
            log(m_policy.setLive(words[2] == u"yes", at()));
        else if (verb == u"dismiss")
            m_policy.dismissed(words[2]);
        else if (verb == u"again")
            log(m_policy.again(at()));
        else if (verb != u"end")
            update(verb, words);
    }

    QStringList lines;

private:
    [[nodiscard]] UnixMs at() const { return m_now; }

    static QStringList jobsOf(const QString &text)
    {
        const auto range = text.split(u".."_s);
        if (range.size() != 2)
            return text.split(u',');
        QStringList jobs;
        for (int i = range[0].toInt(); i <= range[1].toInt(); ++i)
            jobs.append(QString::number(i));
        return jobs;
    }

    void update(const QString &verb, const QStringList &words)
    {
        HubView::Update update;
        for (const QString &name : jobsOf(words[2])) {
            const QString id = name.section(u'@', 0, 0);
            JobPtr &known = m_jobs[id];
            HubView::Change change{known, {}, !verb.startsWith(u"old-")};
            if (verb != u"gone") {
                auto job = std::make_shared<Job>(known ? *known : fresh(name));
                to(*job, verb.startsWith(u"old-") ? verb.mid(4) : verb, words.value(3));
                change.after = job;
            }
            known = change.after;
            update.changes.push_back(change);
        }
        log(m_policy.take(update, at()));
    }

    static Job fresh(const QString &name)
    {
        Job job;
        job.id = name.section(u'@', 0, 0);
        job.host = name.contains(u'@') ? name.section(u'@', 1) : u"here"_s;
        job.title = u"job "_s + job.id;
        job.pipeline = u"backup"_s;
        job.capabilities = {u"cancel"_s, u"retry"_s};
        for (const char16_t *step : {u"copy", u"prune"}) {
            Step made;
            made.id = QStringView(step).toString();
            made.title = made.id;
            job.steps.push_back(made);
        }
        return job;
    }

    void to(Job &job, const QString &verb, const QString &word) const
    {
        if (verb == u"nested")
            job.parent = u"parent"_s;
        if (verb == u"queue") {
            job.attempt += isFinal(job.state) ? 1 : 0;
            job.state = State::Queued;
            return;
        }
        if (verb == u"run" || verb == u"nested" || !job.started) {
            job.state = job.steps[0].state = State::Running;
            job.started = job.steps[0].started = m_now;
        }
        if (verb == u"at") {
            job.steps[0].progress = Progress{};
            job.steps[0].progress->fraction = word.toDouble() / 50;
            return;
        }
        const std::map<QString, State> ends{{u"ok"_s, State::Succeeded},    {u"fail"_s, State::Failed},
                                            {u"late"_s, State::TimedOut},   {u"cancelled"_s, State::Cancelled},
                                            {u"skipped"_s, State::Skipped}, {u"interrupted"_s, State::Interrupted}};
        const auto end = ends.find(verb);
        if (end == ends.end())
            return;
        job.state = end->second;
        job.finished = m_now;
        if (job.state == State::Failed || job.state == State::TimedOut)
            job.error = Failure{u"exited with 1"_s, u"prune"_s, 1, {}, word};
    }

    void log(const NotificationPolicy::Commands &commands)
    {
        const QString time = QString::number(static_cast<double>(m_now) / 1000);
        for (const auto &command : commands) {
            if (const auto *close = std::get_if<NotificationPolicy::Close>(&command)) {
                lines.append(time + u" close "_s + close->key);
                continue;
            }
            const Notification &note = std::get<NotificationPolicy::Show>(command).notification;
            QStringList parts{time
                                  + (note.running       ? u" runs "_s
                                         : note.failure ? u" FAILED "_s
                                                        : u" ended "_s)
                                  + note.key,
                              note.title};
            parts.append(note.body);
            if (note.value)
                parts.append(u"value %1"_s.arg(*note.value));
            QStringList actions;
            for (const auto &action : note.actions)
                actions.append(action.id + (action.id == u"retry" ? u'@' + note.step : QString()));
            parts.append(actions.join(u' '));
            lines.append(parts.join(u"|"_s));
        }
    }

    bool m_front = false;
    bool m_plasma = false;
    UnixMs m_now = 0;
    std::map<QString, JobPtr> m_jobs;
    NotificationPolicy m_policy;
};

} // namespace

void TestNotificationPolicy::plays_data()
{
    QTest::addColumn<NotificationSettings>("settings");
    QTest::addColumn<QStringList>("script");
    QTest::addColumn<QStringList>("result");
    NotificationSettings quiet;
    quiet.progress = false;
    const auto row = [](const char *name, const NotificationSettings &settings, const QStringList &script,
                        const QStringList &result) { QTest::newRow(name) << settings << script << result; };

    row("a short success is nobody's business", {}, {u"1 run a"_s, u"10.9 ok a"_s, u"60 end"_s}, {});
    row("a long one shows after the threshold, and ends in its place", {},
        {u"1 run a"_s, u"5 at a 20"_s, u"12 at a 40"_s, u"41 ok a"_s, u"60 end"_s},
        {u"11 runs a|job a|copy|value 20|show-output cancel"_s, u"12 runs a|job a|copy|value 40|show-output cancel"_s,
         u"41 ended a|job a succeeded after 40 s||show-output"_s});
    row("twice a second at most, the last one always", {},
        {u"1 run a"_s, u"11 at a 10"_s, u"11.1 at a 12"_s, u"11.2 at a 14"_s, u"11.3 at a 16"_s, u"13 end"_s},
        {u"11 runs a|job a|copy|value 0|show-output cancel"_s,
         u"11.5 runs a|job a|copy|value 16|show-output cancel"_s});
    row("a failure says where, at once", quiet, {u"1 run a@nas"_s, u"2461 fail a@nas locked"_s},
        {u"2461 FAILED a|job a failed at prune on nas after 41 min|locked|show-output retry@prune"_s});
    row("one that failed here does not say so", quiet, {u"1 run a"_s, u"2 late a"_s},
        {u"2 FAILED a|job a timed out at prune after 1 s|exited with 1|show-output retry@prune"_s});
    row("begun seconds do not count", quiet, {u"1 run a"_s, u"30.9 fail a x"_s, u"31 run b"_s, u"31.4 fail b x"_s},
        {u"30.9 FAILED a|job a failed at prune after 29 s|x|show-output retry@prune"_s,
         u"31.4 FAILED b|job b failed at prune after 0.4 s|x|show-output retry@prune"_s});
    row("the title is no format", quiet, {u"1 run %2"_s, u"2 fail %2 %1"_s},
        {u"2 FAILED %2|job %2 failed at prune after 1 s|%1|show-output retry@prune"_s});
    row("who cancels knows", {}, {u"1 run a"_s, u"30 cancelled a"_s, u"60 end"_s},
        {u"11 runs a|job a|copy|value 0|show-output cancel"_s, u"30 close a"_s});
    row("a retry takes the failure back", quiet,
        {u"1 run a"_s, u"2 fail a x"_s, u"5 queue a"_s, u"6 run a"_s, u"7 ok a"_s},
        {u"2 FAILED a|job a failed at prune after 1 s|x|show-output retry@prune"_s, u"5 close a"_s});
    row("history is no news", quiet,
        {u"50 old-fail a x"_s, u"50 old-interrupted b"_s, u"50 old-ok c"_s, u"51 at a 1"_s}, {});
    row("what ended while we were away is news", quiet, {u"1 old-run a"_s, u"90 old-fail a x"_s},
        {u"90 FAILED a|job a failed at prune after 89 s|x|show-output retry@prune"_s});
    row("interrupted just now", quiet, {u"1 run a"_s, u"2 run b"_s, u"3 interrupted a"_s, u"4 old-interrupted b"_s},
        {u"3 FAILED a|job a was interrupted||show-output retry@"_s});
    row("what a step starts never tells", {}, {u"1 nested a"_s, u"90 fail a x"_s}, {});
    row("nothing while the window is in front, again when it is not", {},
        {u"0.5 front yes"_s, u"1 run a"_s, u"20 front no"_s, u"21 front yes"_s, u"22 fail a x"_s},
        {u"20.5 runs a|job a|copy|value 0|show-output cancel"_s, u"21.5 close a"_s});
    row("Plasma shows the job, we its end", {}, {u"0.5 plasma yes"_s, u"1 run a"_s, u"22 ok a"_s},
        {u"22 ended a|job a succeeded after 21 s||show-output"_s});
    row("one that was closed stays closed until the end", {},
        {u"1 run a"_s, u"12 dismiss a"_s, u"15 at a 30"_s, u"40 ok a"_s},
        {u"11 runs a|job a|copy|value 0|show-output cancel"_s,
         u"40 ended a|job a succeeded after 39 s||show-output"_s});
    row("a hub that is away", {}, {u"1 run a"_s, u"12 live no"_s, u"20 live yes"_s, u"21 end"_s},
        {u"11 runs a|job a|copy|value 0|show-output cancel"_s, u"12 close a"_s,
         u"20 runs a|job a|copy|value 0|show-output cancel"_s});
    row("a server that forgot", {}, {u"1 run a"_s, u"12 again"_s},
        {u"11 runs a|job a|copy|value 0|show-output cancel"_s, u"12 runs a|job a|copy|value 0|show-output cancel"_s});

    NotificationSettings mute;
    mute.pipelines[u"backup"_s] = false;
    row("muted", mute, {u"1 run a"_s, u"30 fail a x"_s}, {});
    NotificationSettings only;
    only.enabled = false;
    only.progress = false;
    row("off", only, {u"1 run a"_s, u"30 fail a x"_s}, {});
    only.pipelines[u"backup"_s] = true;
    row("off but for one", only, {u"1 run a"_s, u"30 ok a"_s},
        {u"30 ended a|job a succeeded after 29 s||show-output"_s});

    row("a batch is one matter", {},
        {u"1 queue 1..200"_s, u"2 run 1..4"_s, u"6 ok 1..3"_s, u"7 run 5..200"_s, u"14 ok 4..60"_s,
         u"20 fail 61,62 x"_s, u"40 ok 63..200"_s, u"90 end"_s},
        {u"12 runs batch-1|backup: 3 of 200 jobs||value 1|"_s, u"14 runs batch-1|backup: 60 of 200 jobs||value 30|"_s,
         u"20 runs batch-1|backup: 62 of 200 jobs|2 failed|value 31|"_s,
         u"40 FAILED batch-1|200 jobs finished: 198 succeeded, 2 failed|job 61, job 62|show-output"_s});
    row("a short batch that went well", {}, {u"1 run 1..9"_s, u"5 ok 1..9"_s}, {});
    row("a batch within one frame", {}, {u"1 fail 1..9 x"_s},
        {u"1 FAILED batch-1|9 jobs finished: 9 failed|job 1, job 2, job 3 and 6 more|show-output"_s});
    row("a batch that was cancelled", {}, {u"1 run 1..9"_s, u"3 cancelled 1..9"_s}, {});
    row("four are four", quiet, {u"1 run 1..4"_s, u"30 ok 1..3"_s, u"31 fail 4 x"_s},
        {u"30 ended 1|job 1 succeeded after 29 s||show-output"_s,
         u"30 ended 2|job 2 succeeded after 29 s||show-output"_s,
         u"30 ended 3|job 3 succeeded after 29 s||show-output"_s,
         u"31 FAILED 4|job 4 failed at prune after 30 s|x|show-output retry@prune"_s});
    row("those on the screen go when they become a batch", {}, {u"1 run 1"_s, u"12 run 2..5"_s, u"13 end"_s},
        {u"11 runs 1|job 1|copy|value 0|show-output cancel"_s, u"12 close 1"_s,
         u"12 runs batch-1|backup: 0 of 5 jobs||value 0|"_s});
}

void TestNotificationPolicy::plays()
{
    QFETCH(NotificationSettings, settings);
    QFETCH(QStringList, script);
    QFETCH(QStringList, result);
    Play play(settings);
    for (const QString &line : script)
        play.line(line);
    QCOMPARE(play.lines.join(u'\n'), result.join(u'\n'));
}

QTEST_APPLESS_MAIN(TestNotificationPolicy)
#include "tst_notification_policy.moc"
