#include "app/terminal/frame.h"

#include "support/bytes.h"

#include <QtTest>

#include <clocale>
#include <cwchar>

using namespace stepwire;
using namespace stepwire::test;
using namespace Qt::StringLiterals;

class TestFrame : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void frames_data();
    void frames();
    void colourAddsOnlyColour();
    void tooManySteps_data();
    void tooManySteps();
    void nestedJobs();
    void manyJobs();
    void neverTooManyLines();
    void neverWiderThanTheWindow();
    void wholePercents();
    void durations_data();
    void durations();
    void widths_data();
    void widths();
    void widthsAgreeWithTheSystem();
    void fits_data();
    void fits();
    void plainLines_data();
    void plainLines();
};

static constexpr UnixMs start = 1'000'000;

static Step step(const QString &title, State state = State::Queued)
{
    Step made;
    made.id = title;
    made.title = title;
    made.state = state;
    return made;
}

static Step running(const QString &title, qint64 forMs, const std::optional<Progress> &progress = {})
{
    Step made = step(title, State::Running);
    made.started = start + 5000 - forMs;
    made.progress = progress;
    return made;
}

static Step ended(const QString &title, State state, qint64 tookMs, const std::optional<Failure> &error = {})
{
    Step made = step(title, state);
    made.started = start;
    made.finished = start + tookMs;
    made.error = error;
    return made;
}

static Step notStarted(const QString &title, State state, const QString &why)
{
    Step made = step(title, state);
    made.error = Failure{why, {}, {}, {}, {}};
    return made;
}

static Progress counted(double done, double total, const QString &unit, const QString &message)
{
    Progress progress;
    progress.done = done;
    progress.total = total;
    progress.unit = unit;
    progress.message = message;
    normalise(progress);
    return progress;
}

static Progress percent(double done, const QString &message = {})
{
    return counted(done, 100, u"percent"_s, message);
}

static Job job(const QString &title, std::vector<Step> steps, State state = State::Running)
{
    Job made;
    made.id = u"j"_s;
    made.title = title;
    made.state = state;
    made.steps = std::move(steps);
    made.started = start;
    if (isFinal(state))
        made.finished = start + 5000;
    return made;
}

void TestFrame::frames_data()
{
    QTest::addColumn<Job>("job");
    QTest::addColumn<int>("columns");
    QTest::addColumn<bool>("unicode");
    QTest::addColumn<QStringList>("lines");
    const auto row = [](const char *name, const Job &shown, int columns, const QStringList &lines) {
        QTest::newRow(name) << shown << columns << true << lines;
    };

    const Job wallpaper = job(u"wallpaper dunes.jpg"_s,
                              {ended(u"Generate colour scheme"_s, State::Succeeded, 1234),
                               running(u"Create effect variants"_s, 3700, counted(4, 6, u"items"_s, u"blur"_s)),
                               step(u"Change wallpaper"_s)});
    row("running, 80 columns", wallpaper, 80,
        {u" wallpaper dunes.jpg                                           1/3  55 %  5.0 s "_s,
         u" ✓ Generate colour scheme  1.2 s"_s,
         u" ● Create effect variants  ▕█████████████░░░░░░░▏  66 %  3.7 s  blur 4/6"_s,
         u" ○ Change wallpaper        "_s});
    {
        Step again = step(u"fetch"_s);
        again.attempt = 1;
        again.started = start;
        again.finished = start + 4000;
        again.retryInMs = 9000;
        again.error = Failure{u"exited with 1"_s, {}, 1, {}, u"no route"_s};
        Step guessed = running(u"pack"_s, 3000, percent(40));
        guessed.estimated = true;
        Step quiet = running(u"wait"_s, 3000);
        quiet.stalledMs = 240'000;
        quiet.attempt = 2;
        Step paused = running(u"copy"_s, 2000, percent(10));
        paused.state = State::Paused;
        Job night = job(u"nightly"_s, {again, guessed, quiet, paused});
        night.etaMs = 90'000;
        row("what is special about steps", night, 80,
            {u" nightly                                          0/4  ~12 %  5.0 s  ~90 s left "_s,
             u" ○ fetch     again in 8 s: exited with 1: no route"_s,
             u" ● pack      ▕████████░░░░░░░░░░░░▏ ~40 %  3.0 s"_s,
             u" ● wait      ▕░░░░░░░░░░░░████░░░░▏        3.0 s  quiet for 4 min  attempt 2"_s,
             u" ● copy      ▕██░░░░░░░░░░░░░░░░░░▏  10 %  2.0 s  paused"_s});
        Progress counts;
        counts.phases = {{u"reserve"_s, u"Reserve"_s, 10, 10, u"items"_s},
                         {u"write"_s, u"Write"_s, 50, 200, u"MiB"_s},
                         {u"confirm"_s, {}, 3, {}, {}}};
        counts.fraction = 0.5;
        row("phases have bars of their own", job(u"put"_s, {running(u"upload"_s, 3000, counts)}), 60,
            {u" put                                       0/1  50 %  5.0 s "_s,
             u" ● upload     ▕██████████░░░░░░░░░░▏  50 %  3.0 s"_s, u"     Reserve  ▕████████████████████▏  10/10"_s,
             u"     Write    ▕█████░░░░░░░░░░░░░░░▏  50/200 MiB"_s, u"     confirm  ▕░░░░░░░░░░░░░░░░░░░░▏  3"_s});
        Job waits = job(u"nightly"_s, {step(u"a"_s)}, State::Queued);
        waits.started.reset();
        waits.queuePosition = 3;
        waits.etaMs = 3'600'000;
        row("in the queue", waits, 60,
            {u" nightly                 0/1  #3 in the queue  ~60 min left "_s, u" ○ a         "_s});
    }
    row("running, 40 columns", wallpaper, 40,
        {u" wallpaper dunes.jpg   1/3  55 %  5.0 s "_s, u" ✓ Generate col…  1.2 s"_s,
         u" ● Create effec…  ▕█████████░░░░░▏  66 %"_s, u" ○ Change wallp…  "_s});
    QTest::newRow("without Unicode")
        << wallpaper << 80 << false
        << QStringList{u" wallpaper dunes.jpg                                           1/3  55 %  5.0 s "_s,
                       u" + Generate colour scheme  1.2 s"_s,
                       u" * Create effect variants  [#############.......]  66 %  3.7 s  blur 4/6"_s,
                       u" . Change wallpaper        "_s};

    row("nobody knows how far", job(u"make"_s, {running(u"main"_s, 5000)}), 80,
        {u" make                                                                0/1  5.0 s "_s,
         u" ● main      ▕░░░░░░░░░░░░████░░░░▏        5.0 s"_s});
    row("a message without a figure",
        job(u"make"_s,
            {running(u"main"_s, 5000,
                     [] {
                         Progress progress;
                         progress.unit = u"percent"_s;
                         progress.message = u"linking"_s;
                         return progress;
                     }())}),
        80,
        {u" make                                                                0/1  5.0 s "_s,
         u" ● main      ▕░░░░░░░░░░░░████░░░░▏        5.0 s  linking"_s});
    row("per cent without their words", job(u"make"_s, {running(u"main"_s, 5000, percent(29, u"link"_s))}), 80,
        {u" make                                                          0/1  29 %  5.0 s "_s,
         u" ● main      ▕█████░░░░░░░░░░░░░░░▏  29 %  5.0 s  link"_s});
    row("a unit", job(u"get"_s, {running(u"main"_s, 5000, counted(1.5, 6, u"MiB"_s, {}))}), 80,
        {u" get                                                           0/1  25 %  5.0 s "_s,
         u" ● main      ▕█████░░░░░░░░░░░░░░░▏  25 %  5.0 s  1.5/6 MiB"_s});

    Failure boom{u"exited with 3"_s, {}, 3, {}, u"no space left"_s};
    Job failed = job(u"build"_s,
                     {ended(u"compile"_s, State::Failed, 61'000, boom),
                      notStarted(u"link"_s, State::Skipped, u"step compile, which it needs, failed"_s),
                      ended(u"docs"_s, State::Succeeded, 100)},
                     State::Failed);
    row("failed", failed, 80,
        {u" build                                                       1/3  failed  5.0 s "_s,
         u" ✗ compile   1 min 1 s  exited with 3: no space left"_s,
         u" – link      skipped: step compile, which it needs, failed"_s, u" ✓ docs      0.1 s"_s});
    row("failed, 40 columns", failed, 40,
        {u" build               1/3  failed  5.0 s "_s, u" ✗ compile   1 min 1 s  exited with 3: …"_s,
         u" – link      skipped: step compile, whi…"_s, u" ✓ docs      0.1 s"_s});
    row("cancelled",
        job(u"build"_s,
            {ended(u"compile"_s, State::Cancelled, 1000, Failure{u"cancelled"_s, {}, {}, {}, {}}),
             notStarted(u"link"_s, State::Cancelled, u"cancelled before it started"_s)},
            State::Cancelled),
        80,
        {u" build                                                    0/2  cancelled  5.0 s "_s,
         u" – compile   1.0 s  cancelled"_s, u" – link      cancelled"_s});
    Step cancelling = running(u"compile"_s, 2000, percent(50));
    cancelling.state = State::Cancelling;
    row("cancelling", job(u"build"_s, {cancelling}, State::Cancelling), 80,
        {u" build                                             0/1  50 %  cancelling  5.0 s "_s,
         u" ● compile   ▕██████████░░░░░░░░░░▏  50 %  2.0 s  cancelling"_s});
    row("succeeded", job(u"build"_s, {ended(u"compile"_s, State::Succeeded, 1000)}, State::Succeeded), 80,
        {u" build                                                    1/1  succeeded  5.0 s "_s,
         u" ✓ compile   1.0 s"_s});
    row("timed out", job(u"build"_s, {ended(u"compile"_s, State::TimedOut, 1000)}, State::TimedOut), 40,
        {u" build            0/1  timed out  5.0 s "_s, u" ✗ compile   1.0 s  timed out"_s});

    Job waiting = job(u"backup"_s, {step(u"copy"_s), step(u"check"_s)}, State::Queued);
    waiting.started.reset();
    waiting.queuePosition = 3;
    waiting.etaMs = 95'000;
    row("in a queue", waiting, 80,
        {u" backup                                        0/2  #3 in the queue  ~95 s left "_s, u" ○ copy      "_s,
         u" ○ check     "_s});
    row("held", job(u"backup"_s, {step(u"copy"_s)}, State::Held), 40,
        {u" backup                       0/1  held "_s, u" ○ copy      "_s});
    Step again = ended(u"copy"_s, State::Failed, 1000, Failure{u"exited with 7"_s, {}, 7, {}, u"no route"_s});
    again.state = State::Queued;
    again.retryInMs = 8000;
    Step third = ended(u"send"_s, State::Succeeded, 1000);
    third.attempt = 3;
    row("started again", job(u"backup"_s, {again, third}), 80,
        {u" backup                                                        1/2  50 %  5.0 s "_s,
         u" ○ copy      again in 4 s: exited with 7: no route"_s, u" ✓ send      1.0 s  attempt 3"_s});
    Step paused = running(u"copy"_s, 2000);
    paused.state = State::Paused;
    row("paused", job(u"backup"_s, {paused}, State::Paused), 80,
        {u" backup                                                      0/1  paused  5.0 s "_s,
         u" ● copy      ▕░░░░░░░░░░░░░░░░░░░░▏        2.0 s  paused"_s});
    Step quiet = running(u"copy"_s, 2000, percent(50));
    quiet.stalledMs = 240'000;
    quiet.attempt = 2;
    row("quiet", job(u"backup"_s, {quiet}), 80,
        {u" backup                                                        0/1  50 %  5.0 s "_s,
         u" ● copy      ▕██████████░░░░░░░░░░▏  50 %  2.0 s  quiet for 4 min  attempt 2"_s});
    Step guessed = running(u"copy"_s, 2000, percent(50));
    guessed.estimated = true;
    Job eta = job(u"backup"_s, {guessed, step(u"check"_s)});
    eta.etaMs = 35'000;
    row("guessed from earlier runs", eta, 80,
        {u" backup                                           0/2  ~25 %  5.0 s  ~35 s left "_s,
         u" ● copy      ▕██████████░░░░░░░░░░▏ ~50 %  2.0 s"_s, u" ○ check     "_s});
    Progress phases;
    phases.phases = {
        {u"read"_s, {}, 3, 3, u"items"_s}, {u"w"_s, u"Write it all"_s, 1.5, 6, u"MiB"_s}, {u"z"_s, {}, 7, {}, {}}};
    phases.message = u"block 7"_s;
    row("phases", job(u"put"_s, {running(u"main"_s, 5000, phases)}), 80,
        {u" put                                                                 0/1  5.0 s "_s,
         u" ● main            ▕░░░░░░░░░░░░████░░░░▏        5.0 s  block 7"_s,
         u"     read          ▕████████████████████▏  3/3"_s, u"     Write it all  ▕█████░░░░░░░░░░░░░░░▏  1.5/6 MiB"_s,
         u"     z             ▕░░░░░░░░░░░░░░░░░░░░▏  7"_s});

    row("a long title leaves room for the state",
        job(u"encode the whole of last summer's holiday"_s, {running(u"main"_s, 5000, percent(50))}), 40,
        {u" encode the whole of…  0/1  50 %  5.0 s "_s, u" ● main      ▕█████████░░░░░░░░░░▏  50 %"_s});
    row("wide characters",
        job(u"壁紙を変える"_s, {running(u"画像を作る"_s, 5000, percent(50, u"雪"_s)), step(u"✅ done"_s)}), 40,
        {u" 壁紙を変える          0/2  25 %  5.0 s "_s, u" ● 画像を作る  ▕████████░░░░░░░░░▏  50 %"_s,
         u" ○ ✅ done     "_s});
}

void TestFrame::frames()
{
    QFETCH(Job, job);
    QFETCH(int, columns);
    QFETCH(bool, unicode);
    QFETCH(QStringList, lines);
    const QStringList shown = renderFrame(job, {columns, 24, false, unicode}, start + 5000);
    if (shown != lines) {
        for (const QString &line : shown)
            qInfo().noquote() << line + u'$';
    }
    QCOMPARE(u'\n' + shown.join(u'\n'), u'\n' + lines.join(u'\n'));
}

static QString withoutColour(QString text)
{
    static const QRegularExpression colour(u"\x1b\\[[0-9;]*m"_s);
    return text.remove(colour);
}

static const std::vector<QString> &someWords()
{
    static const std::vector<QString> words = {
        u"build"_s,    u"a"_s,       u" "_s,
        u"壁紙"_s,     u"é"_s,       u"e\u0301"_s,
        u"🙂"_s,     u"✅"_s,       u"⚡"_s,
        u"👩\u200d🔧"_s, u"❤\uFE0F"_s, u"한국어"_s,
        u"ｗｉｄｅ"_s, u"%1 %2"_s,   u"a much longer word that fills more than half of the line"_s,
        u"…"_s,
    };
    return words;
}

static QString randomText(Random &random)
{
    QString text;
    for (qsizetype count = randomBelow(random, 6); count > 0; --count)
        text += oneOf(random, someWords());
    return text;
}

static Job randomJob(Random &random)
{
    static const std::vector<State> states = {State::Queued,     State::Held,      State::Running,    State::Paused,
                                              State::Cancelling, State::Succeeded, State::Failed,     State::Cancelled,
                                              State::TimedOut,   State::Skipped,   State::Interrupted};
    std::vector<Step> steps;
    for (qsizetype count = 1 + randomBelow(random, 30); count > 0; --count) {
        Step made = step(randomText(random), oneOf(random, states));
        if (randomBelow(random, 3) > 0)
            made.started = start - randomBelow(random, 100'000'000);
        if (made.started && isFinal(made.state))
            made.finished = *made.started + randomBelow(random, 10'000'000);
        if (randomBelow(random, 2) == 0)
            made.error = Failure{randomText(random), {}, {}, {}, randomText(random)};
        if (randomBelow(random, 2) == 0)
            made.progress =
                counted(static_cast<double>(randomBelow(random, 2000)), static_cast<double>(randomBelow(random, 1000)),
                        randomText(random), randomText(random));
        steps.push_back(std::move(made));
    }
    return job(randomText(random), std::move(steps), oneOf(random, states));
}

void TestFrame::colourAddsOnlyColour()
{
    Random random(4);
    bool coloured = false;
    for (int round = 0; round < 200; ++round) {
        const Job shown = randomJob(random);
        const int columns = 20 + static_cast<int>(randomBelow(random, 100));
        const QStringList plain = renderFrame(shown, {columns, 24, false, true}, start + 5000);
        QStringList colour = renderFrame(shown, {columns, 24, true, true}, start + 5000);
        coloured = coloured || colour != plain;
        for (QString &line : colour) {
            QVERIFY(!line.contains(u'\x1b') || line.lastIndexOf(u"\x1b[0m"_s) == line.lastIndexOf(u'\x1b'));
            line = withoutColour(line);
        }
        QCOMPARE(colour, plain);
    }
    QVERIFY(coloured);
}

void TestFrame::tooManySteps_data()
{
    QTest::addColumn<QString>("states"); // a letter a step
    QTest::addColumn<int>("rows");
    QTest::addColumn<QString>("shown");
    QTest::newRow("all fit") << u"ssrq"_s << 8 << u"0 1 2 3"_s;
    QTest::newRow("what runs comes first, then what is next") << u"sssssrrqqqqq"_s << 8 << u"5 6 7 8 +8"_s;
    QTest::newRow("failures before all") << u"fssssrrrrrfq"_s << 8 << u"0 5 6 10 +8"_s;
    QTest::newRow("what is left is filled with what is done") << u"ssssssssrq"_s << 8 << u"0 1 8 9 +6"_s;
    QTest::newRow("all done") << u"ssssssss"_s << 8 << u"0 1 2 3 +4"_s;
    QTest::newRow("cancelling counts as running") << u"sssssscqqqq"_s << 8 << u"6 7 8 9 +7"_s;
    QTest::newRow("a very low window") << u"sssrrrq"_s << 3 << u"3 4 5 +4"_s;
}

void TestFrame::tooManySteps()
{
    QFETCH(QString, states);
    QFETCH(int, rows);
    QFETCH(QString, shown);
    std::vector<Step> steps;
    for (qsizetype i = 0; i < states.size(); ++i) {
        const State state = states[i] == u's' ? State::Succeeded
            : states[i] == u'r'               ? State::Running
            : states[i] == u'f'               ? State::Failed
            : states[i] == u'c'               ? State::Cancelling
                                              : State::Queued;
        steps.push_back(step(QString::number(i), state));
    }
    QStringList lines = renderFrame(job(u"many"_s, std::move(steps)), {80, rows, false, true}, start);
    lines.removeFirst();
    QStringList found;
    for (const QString &line : lines)
        found.append(line.startsWith(u"   and "_s) ? u'+' + line.section(u' ', 4, 4) : line.section(u' ', 2, 2));
    QCOMPARE(found.join(u' '), shown);
}

void TestFrame::nestedJobs()
{
    Step inner = running(u"second of it"_s, 1000);
    Job nested = job(u"inner"_s, {ended(u"first of it"_s, State::Succeeded, 1000), inner});
    nested.id = u"n"_s;
    const Job outer = job(u"outer"_s, {running(u"all"_s, 2000, percent(50)), step(u"after"_s)});
    const NestedOf nestedOf = [&](const Job &parent, const Step &step) {
        return parent.id == u"j" && step.id == u"all" ? &nested : nullptr;
    };
    const QStringList steps{u" ● all             ▕██████████░░░░░░░░░░▏  50 %  2.0 s"_s, u"   ✓ first of it   1.0 s"_s,
                            u"   ● second of it  ▕░░░░░░░░░░░░████░░░░▏        1.0 s"_s, u" ○ after           "_s};
    const QString head = u" outer                                                         0/2  25 %  5.0 s "_s;
    QCOMPARE(renderFrame(outer, {80, 24, false, true}, start + 5000, nestedOf), QStringList(head) + steps);
    QStringList low{head, steps[0], steps[2], steps[3]}; // what runs is worth more
    QCOMPARE(renderFrame(outer, {80, 7, false, true}, start + 5000, nestedOf), low);
}

void TestFrame::manyJobs()
{
    const auto named = [](const QString &title, State state, std::vector<Step> steps,
                          std::optional<int> position = {}) {
        Job made = job(title, std::move(steps), state);
        made.queuePosition = position;
        return made;
    };
    const std::vector<Job> jobs = {
        named(u"held"_s, State::Held, {step(u"x"_s)}),
        named(u"second"_s, State::Queued, {step(u"x"_s)}, 2),
        named(u"big"_s, State::Running,
              {running(u"r1"_s, 1), running(u"r2"_s, 1), step(u"q1"_s), step(u"q2"_s), step(u"q3"_s)}),
        named(u"first"_s, State::Queued, {step(u"x"_s)}, 1),
        named(u"small"_s, State::Paused, {running(u"only"_s, 1)}),
    };
    std::vector<const Job *> shown;
    for (const Job &each : jobs)
        shown.push_back(&each);
    const auto words = [&](int rows) {
        QStringList found;
        for (const QString &line : renderJobs(shown, {80, rows, false, true}, start))
            found.append(line.simplified().section(u' ', 0, 1));
        return found.join(u", "_s);
    };
    const QString waiting = u"first 0/1, second 0/1, held 0/1"_s;
    QCOMPARE(words(24), u"big 0/5, ● r1, ● r2, ○ q1, ○ q2, ○ q3, small 0/1, ● only, "_s + waiting);
    QCOMPARE(words(11), u"big 0/5, ● r1, and 4, small 0/1, ● only, "_s + waiting);
    QCOMPARE(words(7), u"big 0/5, small 0/1, "_s + waiting);
    QCOMPARE(words(6), u"big 0/5, small 0/1, first 0/1, and 2"_s);
    QCOMPARE(renderJobs({}, {80, 24, false, true}, start), QStringList(u" nothing runs"_s));
}

void TestFrame::neverTooManyLines()
{
    Random random(6);
    for (int round = 0; round < 200; ++round) {
        std::vector<Job> jobs;
        for (qsizetype count = randomBelow(random, 12); count >= 0; --count)
            jobs.push_back(randomJob(random));
        std::vector<const Job *> shown;
        for (const Job &each : jobs)
            shown.push_back(&each);
        const FrameStyle style{1 + static_cast<int>(randomBelow(random, 130)),
                               1 + static_cast<int>(randomBelow(random, 40)), false, true};
        const NestedOf nestedOf = [&](const Job &, const Step &step) {
            return step.id.size() % 2 == 0 ? &jobs[static_cast<std::size_t>(step.id.size()) % jobs.size()] : nullptr;
        };
        const QStringList lines = renderJobs(shown, style, start, nestedOf);
        QVERIFY(lines.size() <= std::max(3, style.rows - 2));
        for (const QString &line : lines + renderFrame(jobs.front(), style, start, nestedOf))
            QVERIFY(displayWidth(line) <= style.columns);
        QVERIFY(renderFrame(jobs.front(), style, start, nestedOf).size() <= std::max(5, style.rows - 2));
    }
}

void TestFrame::neverWiderThanTheWindow()
{
    Random random(5);
    for (int round = 0; round < 3000; ++round) {
        const Job shown = randomJob(random);
        const FrameStyle style{1 + static_cast<int>(randomBelow(random, 130)),
                               1 + static_cast<int>(randomBelow(random, 40)), false, randomBelow(random, 4) > 0};
        const QStringList lines = renderFrame(shown, style, start + 5000);
        QVERIFY(lines.size() <= std::max(5, style.rows - 2));
        for (const QString &line : lines)
            QVERIFY2(displayWidth(line) <= style.columns, qPrintable(u"%1 columns: %2"_s.arg(style.columns).arg(line)));
    }
}

void TestFrame::wholePercents()
{
    for (int i = 0; i <= 99; ++i) {
        Progress progress = percent(i);
        QCOMPARE(wholePercent(*progress.fraction), i); // 29 / 100.0 * 100 is less than 29
    }
    QCOMPARE(wholePercent(0.2999), 29);
    QCOMPARE(wholePercent(0.999), 99);
}

void TestFrame::durations_data()
{
    QTest::addColumn<qint64>("ms");
    QTest::addColumn<QString>("expected");
    const auto row = [](qint64 ms, const QString &expected) {
        QTest::newRow(qPrintable(QString::number(ms))) << ms << expected;
    };
    row(-5, u"0.0 s"_s);
    row(0, u"0.0 s"_s);
    row(99, u"0.0 s"_s);
    row(1234, u"1.2 s"_s);
    row(59'999, u"59.9 s"_s); // not "60.0 s"
    row(60'000, u"1 min 0 s"_s);
    row(250'999, u"4 min 10 s"_s);
    row(3'599'999, u"59 min 59 s"_s);
    row(3'600'000, u"1 h 0 min"_s);
    row(7'500'000, u"2 h 5 min"_s);
    row(360'000'000, u"100 h 0 min"_s);
}

void TestFrame::durations()
{
    QFETCH(qint64, ms);
    QFETCH(QString, expected);
    QCOMPARE(durationText(ms), expected);
}

void TestFrame::widths_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("columns");
    QTest::newRow("nothing") << QString() << 0;
    QTest::newRow("ASCII") << u"abc"_s << 3;
    QTest::newRow("Latin") << u"äöü"_s << 3;
    QTest::newRow("combining") << u"e\u0301"_s << 1;
    QTest::newRow("Japanese") << u"壁紙"_s << 4;
    QTest::newRow("Korean") << u"한국"_s << 4;
    QTest::newRow("full width") << u"ｗ！"_s << 4;
    QTest::newRow("half width") << u"ｱ"_s << 1;
    QTest::newRow("emoji") << u"🙂"_s << 2;
    QTest::newRow("old emoji") << u"✅❌⭐⚡"_s << 8;
    QTest::newRow("our own marks") << u"✓●○✗–█░▕▏…"_s << 10;
    QTest::newRow("beyond the basic plane") << u"𠀀"_s << 2;
    QTest::newRow("narrow beyond the basic plane") << u"𝒳"_s << 1;
}

void TestFrame::widths()
{
    QFETCH(QString, text);
    QFETCH(int, columns);
    QCOMPARE(displayWidth(text), columns);
}

void TestFrame::widthsAgreeWithTheSystem()
{
    if (!std::setlocale(LC_CTYPE, "C.UTF-8"))
        QSKIP("no C.UTF-8 locale here");
    // Too wide only costs a column; too narrow breaks the frame.
    QStringList tooNarrow;
    for (char32_t c = 0x20; c < 0x30000; ++c) {
        if (QChar::isSurrogate(c) || QChar::category(c) == QChar::Other_NotAssigned)
            continue;
        const int here = displayWidth(QString::fromUcs4(&c, 1));
        const int there = ::wcwidth(static_cast<wchar_t>(c));
        if (there > here)
            tooNarrow.append(u"U+%1 %2 for %3"_s.arg(static_cast<uint>(c), 4, 16).arg(here).arg(there));
    }
    QCOMPARE(tooNarrow, QStringList());
}

void TestFrame::fits_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("columns");
    QTest::addColumn<QString>("expected");
    QTest::newRow("fits") << u"abc"_s << 3 << u"abc"_s;
    QTest::newRow("cut") << u"abcd"_s << 3 << u"ab…"_s;
    QTest::newRow("one column") << u"abcd"_s << 1 << u"…"_s;
    QTest::newRow("no column") << u"abcd"_s << 0 << QString();
    QTest::newRow("less than none") << u"abcd"_s << -3 << QString();
    QTest::newRow("nothing in no column") << QString() << 0 << QString();
    QTest::newRow("no half of a wide one") << u"壁紙壁"_s << 4 << u"壁…"_s;
    QTest::newRow("no half of a pair") << u"🙂🙂"_s << 3 << u"🙂…"_s;
    QTest::newRow("a letter keeps its accent") << u"e\u0301e\u0301"_s << 2 << u"e\u0301e\u0301"_s;
}

void TestFrame::fits()
{
    QFETCH(QString, text);
    QFETCH(int, columns);
    QFETCH(QString, expected);
    QCOMPARE(fitted(text, columns), expected);
}

void TestFrame::plainLines_data()
{
    QTest::addColumn<Job>("job");
    QTest::addColumn<QStringList>("lines"); // of every step, then of the job
    const auto row = [](const char *name, const Job &shown, const QStringList &lines) {
        QTest::newRow(name) << shown << lines;
    };

    row("running", job(u"build"_s, {running(u"compile"_s, 100)}),
        {u"build: compile started"_s, u"build: running, 0 of 1 steps"_s});
    row("succeeded", job(u"build"_s, {ended(u"compile"_s, State::Succeeded, 1200)}, State::Succeeded),
        {u"build: compile succeeded after 1.2 s"_s, u"build: succeeded, 1 of 1 steps, after 5.0 s"_s});
    Job failed =
        job(u"build"_s,
            {ended(u"compile"_s, State::Failed, 1200, Failure{u"exited with 3"_s, {}, 3, {}, u"no space left"_s}),
             notStarted(u"link"_s, State::Skipped, u"step compile, which it needs, failed"_s)},
            State::Failed);
    failed.error = Failure{u"step compile: exited with 3"_s, u"compile"_s, 3, {}, u"no space left"_s};
    row("failed", failed,
        {u"build: compile failed after 1.2 s: exited with 3: no space left"_s,
         u"build: link skipped: step compile, which it needs, failed"_s,
         u"build: failed, 0 of 2 steps, after 5.0 s: step compile: exited with 3"_s});
    row("the reason is the last line",
        job(u"build"_s,
            {ended(u"compile"_s, State::Skipped, 100, Failure{u"nothing to do"_s, {}, 77, {}, u"nothing to do"_s})}),
        {u"build: compile skipped after 0.1 s: nothing to do"_s, u"build: running, 1 of 1 steps"_s});
    row("a title that looks like a place for a value", job(u"printf %1 %2 %3 %4"_s, {running(u"%1"_s, 100)}),
        {u"printf %1 %2 %3 %4: %1 started"_s, u"printf %1 %2 %3 %4: running, 0 of 1 steps"_s});
}

void TestFrame::plainLines()
{
    QFETCH(Job, job);
    QFETCH(QStringList, lines);
    QStringList shown;
    for (const Step &each : job.steps)
        shown.append(plainStepLine(job, each));
    shown.append(plainJobLine(job));
    QCOMPARE(shown, lines);
}

QTEST_APPLESS_MAIN(TestFrame)
#include "tst_frame.moc"
