#include "core/engine/engine.h"

#include "support/scripted_runner.h"

#include <QtTest>

using namespace stepwire;
using namespace stepwire::test;
using namespace Qt::StringLiterals;

/// Whole event logs of runs, one file each in tests/unit/histories: pipelines (`=== NAME` before each but the first,
/// which is `main`), a line `---`, then what is done, and indented by two blanks everything that comes of it. With
/// STEPWIRE_UPDATE_HISTORIES set the files are written anew, to be read before they are committed.
class TestHistories : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void history_data();
    void history();
};

namespace {

class Play
{
public:
    explicit Play(const QString &text)
    {
        const QStringList halves = text.split(u"\n---\n"_s);
        script = halves.value(1).split(u'\n', Qt::SkipEmptyParts);
        QString name = u"main"_s;
        QString toml;
        const auto keep = [&] {
            QFile file(m_folder.filePath(name + u".toml"_s));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(toml.toUtf8());
        };
        for (const QString &line : halves.value(0).split(u'\n')) {
            if (line.startsWith(u"=== "_s)) {
                keep();
                name = line.mid(4);
                toml.clear();
            } else {
                toml += line + u'\n';
            }
        }
        keep();
        begin();
    }

    QStringList script;

    void perform(const QString &line)
    {
        const QStringList words = line.split(u' ');
        const QString &verb = words[0];
        const QString subject = words.value(1);
        const QString rest = line.section(u' ', 2);
        if (verb == u"run") { // JOB [group=G] [key=K] [NAME=VALUE]
            RunJob run;
            run.pipeline = u"main"_s;
            run.jobId = subject;
            run.env.emplace();
            for (const QString &word : words.mid(2)) {
                const QString value = word.section(u'=', 1);
                if (word.startsWith(u"group="))
                    run.group = value;
                else if (word.startsWith(u"key="))
                    run.unlessRunning = value;
                else if (word.startsWith(u"pipeline="))
                    run.pipeline = value;
                else
                    run.params.insert(word.section(u'=', 0, 0), value);
            }
            post(run);
        } else if (verb == u"cancel") {
            post(CancelJob{subject, rest});
        } else if (verb == u"pause") {
            post(PauseJob{subject, rest == u"after" ? PauseMode::AfterStep : PauseMode::Now});
        } else if (verb == u"resume") {
            post(ResumeJob{subject});
        } else if (verb == u"hold") {
            post(HoldJob{subject});
        } else if (verb == u"release") {
            post(ReleaseJob{subject});
        } else if (verb == u"move") {
            post(MoveJob{subject, rest.toInt()});
        } else if (verb == u"retry") {
            RetryJob retry{subject, rest, {}};
            for (const auto &job : m_state.jobs())
                retry.known.push_back(std::make_shared<const Job>(*job));
            std::stable_sort(retry.known.begin(), retry.known.end(),
                             [&](const auto &a, const auto &) { return a->id == subject; });
            post(retry);
        } else if (verb == u"drain") {
            m_engine->drain();
        } else if (verb == u"restart") { // the hub was killed and comes back
            std::vector<Job> live;
            for (const auto &job : m_state.jobs()) {
                if (!isFinal(job->state))
                    live.push_back(*job);
            }
            begin();
            m_engine->engine.adopt(live);
            QCoreApplication::sendPostedEvents();
        } else if (verb == u"wait") {
            m_engine->wait(subject.toLongLong());
        } else if (verb == u"started") {
            m_engine->runner->started(subject, 100 + static_cast<qint64>(m_engine->runner->numberOf(subject)));
        } else if (verb == u"out" || verb == u"err") {
            QString text = rest;
            m_engine->runner->output(subject, verb == u"out" ? Stream::Out : Stream::Err,
                                     text.replace(u'|', u'\n').toUtf8());
        } else if (verb == u"exit") {
            m_engine->runner->ended(subject, StepExit{rest.toInt(), {}, {}});
        } else if (verb == u"killed") {
            m_engine->runner->ended(subject, StepExit{{}, 15, {}});
        } else if (verb == u"report") { // JOB STEP [phase=P] [by=N] [done=N] [total=N]
            ReportProgress report;
            report.job = subject;
            report.step = words.value(2);
            for (const QString &word : words.mid(3)) {
                const QString value = word.section(u'=', 1);
                if (word.startsWith(u"phase="))
                    report.phase = value;
                else if (word.startsWith(u"by="))
                    report.increment = value.toDouble();
                else if (word.startsWith(u"done="))
                    report.progress.done = value.toDouble();
                else
                    report.progress.total = value.toDouble();
            }
            post(report);
        } else if (verb == u"output") { // STEP NAME=VALUE
            QFile file(ScriptedRunner::variable(m_engine->runner->commandOf(subject), u"STEPWIRE_OUTPUT"_s));
            QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Append));
            file.write(rest.toUtf8() + '\n');
        } else if (verb == u"argv") {
            m_lines.append(u"  "_s + m_engine->runner->commandOf(subject).argv.join(u' '));
        } else if (verb == u"env") {
            m_lines.append(u"  "_s + ScriptedRunner::variable(m_engine->runner->commandOf(subject), rest));
        } else if (verb == u"make") {
            QFile file(m_folder.filePath(subject));
            QVERIFY(file.open(QIODevice::WriteOnly));
        } else if (!verb.startsWith(u'#')) {
            QFAIL(qPrintable(u"no such verb: "_s + line));
        }
    }

    /// What came of it, one line each.
    QStringList take()
    {
        QStringList lines = std::exchange(m_lines, {});
        for (QString line : m_engine->takeLines())
            lines.append(u"  "_s + line.replace(m_folder.path(), u"HOME"_s));
        for (; m_seen < m_engine->outputs.size(); ++m_seen) {
            const auto *fact = std::get_if<Fact>(&m_engine->outputs[m_seen]);
            if (!fact)
                continue;
            Event event;
            event.seq = ++m_seq;
            event.time = fact->time;
            event.job = fact->job;
            event.step = fact->step;
            event.data = fact->data;
            apply(m_state, event);
            if (const auto *queued = std::get_if<JobQueued>(&fact->data); queued && !queued->job.parent.isEmpty())
                m_names[fact->job] =
                    m_names.value(queued->job.parent, queued->job.parent) + u'/' + queued->job.parentStep;
        }
        for (QString &line : lines) {
            for (auto it = m_names.constBegin(); it != m_names.constEnd(); ++it)
                line.replace(it.key(), it.value());
        }
        return lines;
    }

private:
    void begin()
    {
        EngineConfig config;
        config.jobsDirectory = m_folder.filePath(u"jobs"_s);
        config.pipelineFolders = {m_folder.path()};
        config.parallel = 8;
        config.home = m_folder.path();
        config.socketPath = u"/run/hub.sock"_s;
        config.groupLimits = {{u"pair"_s, 2}};
        m_engine = std::make_unique<ScriptedEngine>(config);
        m_engine->namesJobs = true;
        m_seen = 0;
    }

    void post(Request request) { m_engine->post(m_nextRequest++, std::move(request)); }

    QTemporaryDir m_folder;
    std::unique_ptr<ScriptedEngine> m_engine;
    quint64 m_nextRequest = 1;
    std::size_t m_seen = 0;
    quint64 m_seq = 0;
    Snapshot m_state;
    QMap<QString, QString> m_names;
    QStringList m_lines;
};

} // namespace

void TestHistories::history_data()
{
    QTest::addColumn<QString>("path");
    const QDir folder(QStringLiteral(STEPWIRE_SOURCE_DIR "/tests/unit/histories"));
    for (const QString &name : folder.entryList({u"*.history"_s}))
        QTest::newRow(qPrintable(name)) << folder.filePath(name);
}

void TestHistories::history()
{
    QFETCH(QString, path);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QString text = QString::fromUtf8(file.readAll());
    file.close();
    Play play(text);
    QStringList found;
    for (const QString &line : std::as_const(play.script)) {
        if (line.startsWith(u"  "_s))
            continue;
        found.append(line);
        play.perform(line);
        found += play.take();
    }
    if (qEnvironmentVariableIsSet("STEPWIRE_UPDATE_HISTORIES")) {
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write((text.section(u"\n---\n"_s, 0, 0) + u"\n---\n"_s + found.join(u'\n') + u'\n').toUtf8());
        return;
    }
    QCOMPARE(found, play.script);
}

QTEST_GUILESS_MAIN(TestHistories)
#include "tst_histories.moc"
