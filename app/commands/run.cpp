#include "app/commands/commands.h"

#include "app/client/output_pump.h"
#include "app/host/signals.h"
#include "app/terminal/osc_filter.h"
#include "app/terminal/output.h"
#include "app/terminal/screen.h"
#include "core/model/ids.h"
#include "core/model/quote.h"
#include "core/wire/native/native.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTimer>

#include <chrono>
#include <csignal>

#include <unistd.h>

namespace stepwire {

namespace {

struct RunOptions
{
    std::string pipeline;
    std::vector<std::string> parameters;
    int jobs = 0;
    std::string title;
    std::optional<std::string> group;
    std::string socketDir;
    std::optional<std::string> unlessRunning;
    bool detach = false;
    bool json = false;
};

UnixMs unixNow()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// Shows one job in the foreground until it has ended, and cancels it on Ctrl-C.
class Foreground : public QObject, public HubLink::Sink
{
public:
    Foreground(Session &session, QString jobId, bool json, bool bareCommand)
        : m_session(session), m_jobId(std::move(jobId)), m_json(json), m_bare(bareCommand)
    {
        const bool terminal =
            !json && isTerminal(STDOUT_FILENO) && isTerminal(STDERR_FILENO) && qgetenv("TERM") != "dumb";
        if (terminal)
            m_screen = std::make_unique<Screen>(STDERR_FILENO);
        if (m_screen && !m_bare) {
            connect(&m_redraw, &QTimer::timeout, this, [this] { redraw(); });
            m_redraw.start(100);
        }
        m_signals = std::make_unique<SignalCatcher>(std::initializer_list<int>{SIGINT, SIGTERM, SIGHUP},
                                                    [this](int number) { onSignal(number); });
    }

    void start(const QJsonObject &run)
    {
        m_session.link().setSink(this);
        m_lastSeq = m_session.link().hello().seq;
        if (!m_jobId.isEmpty())
            subscribe();
        m_session.link().call(QStringLiteral("job.run"), run, [this](const Result<QJsonValue> &accepted) {
            if (!accepted) {
                m_refused = true;
                return m_session.refuse(accepted.error());
            }
            if (m_jobId.isEmpty()) { // another host names its job
                m_jobId = (*accepted)[u"job"].toString();
                m_seen.emplace(m_jobId, 0);
                subscribe();
                if (m_cancelled) {
                    m_cancelled = false;
                    cancel();
                }
            }
            if (!m_json && !m_bare)
                lookForNested();
        });
    }

    void eventReceived(const HubLink::Received &received) override
    {
        const Event &event = received.event;
        if (const auto *notice = std::get_if<Notice>(&event.data); notice && event.job.isEmpty())
            return sayHost(event, *notice);
        if (m_ended || !m_seen.contains(event.job) || event.seq <= m_seen[event.job])
            return;
        m_lastSeq = m_seen[event.job] = event.seq;
        apply(m_state, event);
        if (m_json)
            printLine(received.encoded);
        const Job *job = m_state.find(event.job);
        if (!job || !m_state.find(m_jobId))
            return;
        std::visit([&](const auto &data) { on(*job, event, data); }, event.data);
    }

    void snapshotReceived(const Snapshot &snapshot, const QByteArray &encoded) override
    {
        const Job *job = snapshot.find(m_jobId);
        if (!job || m_ended)
            return;
        m_state = snapshot;
        if (m_json)
            printLine("{\"type\":\"snapshot\"," + encoded.sliced(1));
        if (isFinal(job->state))
            ended(*m_state.find(m_jobId));
    }

    void linkLost(const QString &reason) override
    {
        if (m_refused)
            return;
        endScreen();
        sayError(QStringLiteral("the job cannot be seen any more: ") + reason);
        m_session.finish(exit_code::unreachable);
    }

private:
    void sayHost(const Event &event, const Notice &notice)
    {
        const bool shown = m_state.find(m_jobId);
        apply(m_state, event);
        const Job *job = m_state.find(m_jobId);
        if (shown && !job && !m_ended)
            return linkLost(QStringLiteral("it, or the host that runs it, was removed"));
        if (!job || m_ended || job->via.isEmpty() || job->via != notice.data[u"name"].toString())
            return;
        const bool lost = notice.type == u"host.lost";
        if (!lost && notice.type != u"host.connected")
            return;
        if (m_cancelled && !lost)
            sendCancel();
        if (m_json)
            return;
        const QString sentence = lost ? QStringLiteral("stepwire: %1 is out of reach (%2), the job goes on there")
                                            .arg(job->via, notice.data[u"reason"].toString())
                                      : QStringLiteral("stepwire: %1 is back").arg(job->via);
        if (m_screen && !m_bare)
            m_screen->printAbove(sentence);
        else
            say(sentence);
    }

    void subscribe()
    {
        QJsonArray jobs;
        for (const auto &[job, seq] : m_seen)
            jobs.append(job);
        m_session.request(QStringLiteral("subscribe"),
                          {{QStringLiteral("jobs"), jobs},
                           {QStringLiteral("epoch"), m_session.link().hello().epoch},
                           {QStringLiteral("seq"), static_cast<qint64>(m_lastSeq)}},
                          [](const QJsonValue &) {});
    }

    /// The jobs that are steps of ours were announced with it; what they do is shown below those steps.
    void lookForNested()
    {
        m_session.request(QStringLiteral("job.list"), {{QStringLiteral("limit"), 200}}, [this](const QJsonValue &page) {
            if (m_ended)
                return;
            std::vector<Job> jobs;
            for (const QJsonArray array = page[u"jobs"].toArray(); const QJsonValue &value : array) {
                if (auto job = native::decodeJob(value.toObject()); job && !job->parent.isEmpty())
                    jobs.insert(jobs.begin(),
                                std::move(*job)); // a page begins with the newest, so parents come first now
            }
            const std::size_t known = m_seen.size();
            for (const Job &job : jobs) {
                if (m_seen.contains(job.parent) && m_seen.emplace(job.id, 0).second)
                    m_state.put(job);
            }
            if (m_seen.size() > known)
                subscribe();
        });
    }

    template <class Data>
    void on(const Job &, const Event &, const Data &)
    {
    }

    void on(const Job &job, const Event &event, const StepStarted &) { sayStep(job, event.step); }
    void on(const Job &job, const Event &event, const StepFinished &) { sayStep(job, event.step); }

    void on(const Job &job, const Event &event, const StepChanged &changed)
    {
        if (changed.retryInMs && !m_screen && !m_json && !m_bare)
            say(QStringLiteral("%1: %2 is started again in %3")
                    .arg(job.title, event.step, durationText(*changed.retryInMs)));
    }

    void on(const Job &job, const Event &, const JobQueued &) { sayPlace(job); }
    void on(const Job &job, const Event &, const JobChanged &changed)
    {
        if (job.id != m_jobId)
            return;
        if (changed.queuePosition)
            sayPlace(job);
        else if (changed.state && *changed.state != State::Cancelling && (m_bare || !m_screen) && !m_json)
            say(QStringLiteral("stepwire: %1 is %2").arg(job.title, spokenState(*changed.state)));
    }

    void on(const Job &, const Event &, const StepProgress &)
    {
        if (m_screen)
            m_screen->setProgress(jobFraction(*m_state.find(m_jobId)));
    }

    void on(const Job &, const Event &event, const StepOutput &output)
    {
        if (m_json)
            return;
        if (m_bare)
            return pump(event.step).take(output);
        QString &tail = m_tails[{event.job, event.step}];
        tail += output.text;
        constexpr qsizetype keptTail = 8 * 1024;
        if (tail.size() > 2 * keptTail)
            tail = tail.right(keptTail);
    }

    void on(const Job &, const Event &, const Notice &notice)
    {
        const QString sentence = QStringLiteral("stepwire: ") + notice.data[u"message"].toString();
        if (m_screen && !m_bare)
            m_screen->printAbove(sentence);
        else
            say(sentence);
    }

    void on(const Job &job, const Event &, const JobFinished &)
    {
        if (job.id == m_jobId)
            ended(job);
    }

    void ended(const Job &job)
    {
        m_redraw.stop();
        m_ended = true;
        if (m_bare && !m_json)
            return pump(QStringLiteral("main")).finish([this] { finish(); });
        if (m_screen)
            redraw();
        else if (!m_json)
            say(plainJobLine(job));
        finish();
    }

    /// A job that has to wait says so, also where nothing is drawn.
    void sayPlace(const Job &job)
    {
        if (job.queuePosition && (m_bare || !m_screen) && !m_json)
            say(QStringLiteral("stepwire: %1 waits in group %2, %3")
                    .arg(job.title, job.group, placeText(*job.queuePosition)));
    }

    OutputPump &pump(const QString &step)
    {
        if (!m_pump) {
            m_pump = std::make_unique<OutputPump>(
                m_session.link(), m_jobId, step,
                [this](Stream stream, QByteArrayView bytes) {
                    if (stream == Stream::Err)
                        return writeAll(STDERR_FILENO, bytes);
                    if (writeAll(STDOUT_FILENO, stream == Stream::Tty ? m_filter.filter(bytes) : bytes.toByteArray()))
                        return true;
                    cancel(); // as a program ends when nobody reads what it prints
                    return false;
                },
                [](qint64 bytes) {
                    sayError(QStringLiteral("%1 bytes of output were left out: the log keeps the first and last 32 MiB")
                                 .arg(bytes));
                });
        }
        return *m_pump;
    }

    void sayStep(const Job &job, const QString &stepId)
    {
        const Step *step = job.findStep(stepId);
        if (m_screen)
            m_screen->setProgress(jobFraction(*m_state.find(m_jobId)));
        else if (!m_json && !m_bare && step)
            say(plainStepLine(job, *step));
    }

    void redraw()
    {
        if (const Job *job = m_state.find(m_jobId)) {
            m_screen->draw(renderFrame(*job, m_screen->style(), unixNow(), m_nestedOf));
            if (!isFinal(job->state))
                m_screen->setProgress(jobFraction(*job));
        }
    }

    void endScreen()
    {
        m_redraw.stop();
        m_screen.reset();
    }

    void finish()
    {
        const Job &job = *m_state.find(m_jobId);
        const bool drawn = m_screen != nullptr;
        endScreen();
        if (!m_json && !m_bare) {
            if (job.state != State::Succeeded) // else those that failed may fail
                sayTails(job);
            for (const Step &step : job.steps) {
                if (drawn && step.state == State::Skipped && step.started && step.error)
                    saySkipped(step);
            }
        } else if (m_bare && !m_json && job.error) {
            const bool ran =
                job.steps.front().error && job.steps.front().error->exitCode && job.steps.front().error->exitCode < 126;
            if (!ran || drawn)
                sayError(QStringLiteral("%1: %2").arg(
                    job.title, job.steps.front().error ? job.steps.front().error->message : job.error->message));
        }
        m_session.finish(exitCodeFor(job));
    }

    /// The whole reason where the frame had no room for it.
    void saySkipped(const Step &step)
    {
        constexpr int frameHead = 24;
        const QString sentence = QStringLiteral("%1 was skipped: %2").arg(step.title, step.error->message);
        if (displayWidth(sentence) + frameHead > Screen(STDERR_FILENO).style().columns)
            say(u'\n' + sentence);
    }

    void sayTails(const Job &job)
    {
        for (const Step &step : job.steps) {
            if (step.state != State::Failed && step.state != State::TimedOut)
                continue;
            if (const Job *nested = m_nestedOf(job, step))
                sayTails(*nested);
            else
                sayTail(job, step);
        }
    }

    void sayTail(const Job &job, const Step &step)
    {
        QStringList lines;
        for (const QString &line : m_tails[{job.id, step.id}].split(u'\n')) {
            const QString plain = plainLine(line.section(u'\r', -1, -1, QString::SectionSkipEmpty));
            if (!plain.isEmpty())
                lines.append(plain);
        }
        constexpr qsizetype shownLines = 10;
        if (lines.isEmpty())
            return;
        say(QStringLiteral("\nThe last lines of %1:").arg(step.title));
        for (const QString &line : lines.mid(std::max<qsizetype>(0, lines.size() - shownLines)))
            say(QStringLiteral("  ") + line);
    }

    void cancel()
    {
        if (std::exchange(m_cancelled, true))
            return;
        if (!m_jobId.isEmpty()) // else when it has a name
            sendCancel();
    }

    void sendCancel()
    {
        m_session.link().call(
            QStringLiteral("job.cancel"), {{QStringLiteral("job"), m_jobId}}, [this](const Result<QJsonValue> &answer) {
                if (answer || m_ended || answer.error().code != code::hostUnreachable)
                    return;
                const QString sentence =
                    QStringLiteral("stepwire: %1; the job is cancelled when that is back, Ctrl-C again does not wait")
                        .arg(answer.error().message);
                if (m_screen && !m_bare)
                    m_screen->printAbove(sentence);
                else
                    say(sentence);
            });
    }

    void onSignal(int number)
    {
        if (m_ended)
            return;
        if (number == SIGHUP) { // the terminal is gone, the job is not
            m_screen.reset();
            return m_session.finish(128 + SIGHUP);
        }
        if (m_cancelled) { // asked twice: the hub goes on ending the job, we do not wait for it
            endScreen();
            return m_session.finish(exit_code::cancelled);
        }
        cancel();
    }

    static std::map<QString, quint64> startWith(const QString &job)
    {
        return job.isEmpty() ? std::map<QString, quint64>() : std::map<QString, quint64>{{job, 0}};
    }

    Session &m_session;
    QString m_jobId; ///< empty until another host has named it
    bool m_json;
    bool m_bare;
    Snapshot m_state;
    const NestedOf m_nestedOf = [this](const Job &job, const Step &step) { return nestedIn(m_state, job, step); };
    std::map<QString, quint64> m_seen = startWith(m_jobId); ///< the newest event of each job that is shown
    quint64 m_lastSeq = 0;
    std::map<std::pair<QString, QString>, QString> m_tails; ///< of each job's steps
    std::unique_ptr<Screen> m_screen;
    QTimer m_redraw;
    std::unique_ptr<OutputPump> m_pump;
    OscFilter m_filter;
    std::unique_ptr<SignalCatcher> m_signals;
    bool m_cancelled = false;
    bool m_refused = false;
    bool m_ended = false;
};

/// A pipeline of this machine for another one: what is said there is its text, not where it lies here.
Result<void> putPipeline(QJsonObject &run, const QString &pipeline, bool elsewhere)
{
    if (!elsewhere || (!pipeline.contains(u'/') && !pipeline.endsWith(u".toml"))) {
        run.insert(QStringLiteral("pipeline"), pipeline);
        return {};
    }
    QFile file(pipeline);
    if (!file.open(QIODevice::ReadOnly))
        return fail(QStringLiteral("%1 cannot be read: %2").arg(quoted(pipeline), file.errorString()));
    constexpr qint64 most = 512LL * 1024;
    if (file.size() > most)
        return fail(
            QStringLiteral("%1 has %2 bytes, expected at most %3").arg(quoted(pipeline)).arg(file.size()).arg(most));
    run.insert(QStringLiteral("toml"), QString::fromUtf8(file.readAll()));
    return {};
}

Result<QJsonObject> describeRun(const RunOptions &options, const QStringList &command, bool isCommand,
                                const QString &host)
{
    QJsonObject run;
    if (host.isEmpty()) {
        QJsonObject env;
        for (const auto &[name, value] : currentEnvironment())
            env.insert(name, value);
        run = {{QStringLiteral("cwd"), QDir::currentPath()}, {QStringLiteral("env"), env}};
    } else {
        run.insert(QStringLiteral("host"), host);
    }
    if (options.jobs > 0)
        run.insert(QStringLiteral("jobs"), options.jobs);
    if (!options.title.empty())
        run.insert(QStringLiteral("title"), fromArgument(options.title));
    if (options.group && options.group->empty())
        return fail(QStringLiteral("--group is empty, expected a name"));
    if (options.group)
        run.insert(QStringLiteral("group"), fromArgument(*options.group));
    if (options.unlessRunning) {
        if (options.unlessRunning->empty())
            return fail(QStringLiteral("--unless-running is empty, expected a key"));
        run.insert(QStringLiteral("unless_running"), fromArgument(*options.unlessRunning));
    }
    if (isCommand) {
        run.insert(QStringLiteral("command"), QJsonArray::fromStringList(command));
        run.insert(QStringLiteral("terminal"), false);
        if (isTerminal(STDOUT_FILENO)) {
            const FrameStyle style = Screen(STDOUT_FILENO).style();
            run.insert(QStringLiteral("terminal"),
                       QJsonObject{{QStringLiteral("columns"), style.columns}, {QStringLiteral("rows"), style.rows}});
        }
        return run;
    }
    if (const auto put = putPipeline(run, fromArgument(options.pipeline), !host.isEmpty()); !put)
        return tl::unexpected(put.error());
    QJsonObject params;
    for (const std::string &text : options.parameters) {
        const QString parameter = fromArgument(text);
        const qsizetype equals = parameter.indexOf(u'=');
        if (equals <= 0)
            return fail(QStringLiteral("%1 is no parameter, expected NAME=VALUE").arg(quoted(parameter)));
        if (params.contains(parameter.first(equals)))
            return fail(QStringLiteral("parameter %1 is given twice").arg(quoted(parameter.first(equals))));
        params.insert(parameter.first(equals), parameter.sliced(equals + 1));
    }
    run.insert(QStringLiteral("params"), params);
    return run;
}

int runJob(const CommandSetup &setup, const RunOptions &options)
{
    const bool isCommand = setup.hasDashes;
    if (!setup.strangeArgument.isEmpty())
        return wrongUsage(QStringLiteral("argument %1 is not UTF-8 and would not reach the hub as it is")
                              .arg(quoted(setup.strangeArgument)));
    if (isCommand && setup.afterDashes.isEmpty())
        return wrongUsage(QStringLiteral("nothing stands after --, expected a command"));
    if (isCommand && !options.pipeline.empty())
        return wrongUsage(QStringLiteral("both a pipeline (%1) and a command after -- are given, expected one")
                              .arg(quoted(fromArgument(options.pipeline))));
    if (!isCommand && options.pipeline.empty())
        return wrongUsage(
            QStringLiteral("no pipeline is given: stepwire run PIPELINE [NAME=VALUE…], or stepwire run -- COMMAND"));
    auto run = describeRun(options, setup.afterDashes, isCommand, QString::fromStdString(setup.host));
    if (!run)
        return wrongUsage(run.error().message);

    Session session(setup.paths);

    setup.prepare(session);
    session.setSocketDir(options.socketDir.empty() ? QString()
                                                   : QDir::current().absoluteFilePath(fromArgument(options.socketDir)));
    std::unique_ptr<Foreground> foreground;
    return session.run(Session::IfNone::Start, [&] {
        if (!options.socketDir.empty() && !session.startedHub()
            && session.link().hello().socketDir != QDir::current().absoluteFilePath(fromArgument(options.socketDir)))
            say(QStringLiteral("stepwire: a hub runs already and keeps its event sockets in %1")
                    .arg(session.link().hello().socketDir));
        if (options.detach) {
            session.request(QStringLiteral("job.run"), *run, [&](const QJsonValue &ack) {
                printLine(options.json ? QJsonDocument(ack.toObject()).toJson(QJsonDocument::Compact)
                                       : ack[u"job"].toString().toUtf8());
                if (!options.json && ack[u"queue_position"].isDouble())
                    say(ackLine(ack.toObject()));
                session.finish(exit_code::succeeded);
            });
            return;
        }
        const QString jobId = setup.host.empty() ? makeJobId(unixNow()) : QString();
        if (!jobId.isEmpty())
            run->insert(QStringLiteral("job_id"), jobId);
        foreground = std::make_unique<Foreground>(session, jobId, options.json, isCommand);
        foreground->start(*run);
    });
}

} // namespace

void addRun(const CommandSetup &setup)
{
    auto options = std::make_shared<RunOptions>();
    CLI::App *run = setup.app.add_subcommand("run", "Run a pipeline, or a command after --, and show how far it is");
    run->add_option("pipeline", options->pipeline, "name of a pipeline, or a path to one")->type_name("PIPELINE");
    run->add_option("parameters", options->parameters, "values for its parameters")->type_name("NAME=VALUE");
    run->add_option("--jobs,-j", options->jobs, "steps at once (default: the number of cores)")
        ->check(wholeNumber(1, 1024))
        ->type_name("N");
    run->add_option("--title", options->title, "what the job is called");
    run->add_option("--group", options->group,
                    "its queue: one job of a group after the other, unless config.toml says more");
    run->add_option("--unless-running", options->unlessRunning,
                    "start nothing and exit with 1 while a job with this key has not ended")
        ->type_name("KEY");
    run->add_option("--socket-dir", options->socketDir, "where the hub that is started makes event sockets")
        ->type_name("DIR");
    run->add_flag("--detach,-d", options->detach, "print the job's id and leave it running");
    run->add_flag("--json", options->json, "one event a line on stdout");
    run->callback([setup, options] { setup.action = [setup, options] { return runJob(setup, *options); }; });
}

} // namespace stepwire
