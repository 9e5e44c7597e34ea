#include "app/terminal/frame.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace stepwire {

static constexpr int widestBar = 20;
static constexpr int narrowestBar = 5;
static constexpr int percentColumns = 6; // " 100 %"

static bool isWide(char32_t c)
{
    struct Range
    {
        char32_t first, last;
    };
    // East Asian Width W and F of Unicode, with the narrow ones between them where a range would be torn.
    static constexpr Range ranges[] = {
        {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x23f0, 0x23f0},
        {0x23f3, 0x23f3},   {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2630, 0x2637},   {0x2648, 0x2653},
        {0x267f, 0x267f},   {0x268a, 0x268f},   {0x2693, 0x2693},   {0x26a1, 0x26a1},   {0x26aa, 0x26ab},
        {0x26bd, 0x26be},   {0x26c4, 0x26c5},   {0x26ce, 0x26ce},   {0x26d4, 0x26d4},   {0x26ea, 0x26ea},
        {0x26f2, 0x26f3},   {0x26f5, 0x26f5},   {0x26fa, 0x26fa},   {0x26fd, 0x26fd},   {0x2705, 0x2705},
        {0x270a, 0x270b},   {0x2728, 0x2728},   {0x274c, 0x274c},   {0x274e, 0x274e},   {0x2753, 0x2755},
        {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27b0, 0x27b0},   {0x27bf, 0x27bf},   {0x2b1b, 0x2b1c},
        {0x2b50, 0x2b50},   {0x2b55, 0x2b55},   {0x2e80, 0xa4cf},   {0xa960, 0xa97c},   {0xac00, 0xd7a3},
        {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
        {0x16fe0, 0x18dff}, {0x1aff0, 0x1b2ff}, {0x1d300, 0x1d376}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf},
        {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a}, {0x1f200, 0x1f265}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd},
    };
    const auto *at = std::upper_bound(std::begin(ranges), std::end(ranges), c,
                                      [](char32_t value, const Range &range) { return value < range.first; });
    return at != std::begin(ranges) && c <= std::prev(at)->last;
}

int displayWidth(QStringView text)
{
    int width = 0;
    for (qsizetype i = 0; i < text.size(); ++i) {
        char32_t c = text[i].unicode();
        if (text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate()) {
            c = QChar::surrogateToUcs4(text[i], text[i + 1]);
            ++i;
        }
        const QChar::Category category = QChar::category(c);
        if (category == QChar::Mark_NonSpacing || category == QChar::Mark_Enclosing || c == 0x200b || c == 0x200d)
            continue;
        width += isWide(c) ? 2 : 1;
    }
    return width;
}

QString fitted(const QString &text, int columns)
{
    if (displayWidth(text) <= columns)
        return text;
    QString cut = text;
    while (!cut.isEmpty() && displayWidth(cut) > columns - 1) {
        const bool pair = cut.size() > 1 && cut.back().isLowSurrogate();
        cut.chop(pair ? 2 : 1);
    }
    return columns > 0 ? cut + u'…' : QString();
}

int wholePercent(double fraction)
{
    return static_cast<int>(std::floor(fraction * 100 + 1e-9));
}

QString durationText(qint64 ms)
{
    if (ms < 0)
        ms = 0;
    if (ms < 60'000)
        return QStringLiteral("%1 s").arg(static_cast<double>(ms / 100) / 10, 0, 'f', 1);
    const qint64 seconds = ms / 1000;
    if (seconds < 3600)
        return QStringLiteral("%1 min %2 s").arg(seconds / 60).arg(seconds % 60);
    return QStringLiteral("%1 h %2 min").arg(seconds / 3600).arg(seconds / 60 % 60);
}

QString roughDuration(qint64 ms)
{
    const qint64 seconds = (std::max<qint64>(ms, 0) + 999) / 1000;
    if (seconds < 100)
        return QStringLiteral("%1 s").arg(seconds);
    if (seconds < 100 * 60)
        return QStringLiteral("%1 min").arg((seconds + 30) / 60);
    return QStringLiteral("%1 h").arg(static_cast<double>((seconds + 180) / 360) / 10);
}

QString placeText(int position)
{
    return QStringLiteral("#%1 in the queue").arg(position);
}

QString etaText(const Job &job)
{
    return job.etaMs && !isFinal(job.state) ? QStringLiteral("~%1 left").arg(roughDuration(*job.etaMs)) : QString();
}

QString percentText(const Job &job)
{
    const auto fraction = jobFraction(job);
    if (!fraction || isFinal(job.state) || job.state == State::Queued || job.state == State::Held)
        return {};
    const bool guessed = std::any_of(job.steps.begin(), job.steps.end(),
                                     [](const Step &step) { return step.estimated && !isFinal(step.state); });
    return QStringLiteral("%1%2 %").arg(guessed ? QStringLiteral("~") : QString()).arg(wholePercent(*fraction));
}

QString spokenState(State state)
{
    return stateName(state).replace(u'_', u' ');
}

namespace {

struct Glyphs
{
    QString done, running, waiting, failed, skipped, barFull, barEmpty, barLeft, barRight, dash;
};

const Glyphs &glyphs(bool unicode)
{
    static const Glyphs pretty{QStringLiteral("✓"), QStringLiteral("●"), QStringLiteral("○"), QStringLiteral("✗"),
                               QStringLiteral("–"), QStringLiteral("█"), QStringLiteral("░"), QStringLiteral("▕"),
                               QStringLiteral("▏"), QStringLiteral("–")};
    static const Glyphs ascii{QStringLiteral("+"), QStringLiteral("*"), QStringLiteral("."), QStringLiteral("x"),
                              QStringLiteral("-"), QStringLiteral("#"), QStringLiteral("."), QStringLiteral("["),
                              QStringLiteral("]"), QStringLiteral("-")};
    return unicode ? pretty : ascii;
}

/// A line that is built column by column, with colours that count for nothing.
class Line
{
public:
    explicit Line(const FrameStyle &style) : m_style(style) { }

    Line &add(const QString &text, const char *colour = nullptr)
    {
        const int room = m_style.columns - m_width;
        if (room <= 0)
            return *this;
        const QString shown = fitted(text, room);
        m_width += displayWidth(shown);
        if (colour && m_style.colour)
            m_text += QStringLiteral("\x1b[%1m").arg(QLatin1String(colour)) + shown + QStringLiteral("\x1b[0m");
        else
            m_text += shown;
        return *this;
    }

    Line &padTo(int column)
    {
        const int missing = std::min(column, m_style.columns) - m_width;
        return missing > 0 ? add(QString(missing, u' ')) : *this;
    }

    /// `text` so that it ends at the last column.
    Line &addRight(const QString &text)
    {
        padTo(m_style.columns - displayWidth(text));
        return add(text);
    }

    [[nodiscard]] int width() const { return m_width; }
    [[nodiscard]] int room() const { return m_style.columns - m_width; }
    [[nodiscard]] const QString &text() const { return m_text; }

private:
    const FrameStyle &m_style;
    QString m_text;
    int m_width = 0;
};

QString bar(double fraction, int columns, const Glyphs &g)
{
    const int full = std::clamp(static_cast<int>(std::floor(fraction * columns + 1e-9)), 0, columns);
    return g.barLeft + g.barFull.repeated(full) + g.barEmpty.repeated(columns - full) + g.barRight;
}

/// A block that wanders: something moves, nobody knows how far.
QString wanderingBar(const Step &step, UnixMs now, int columns, const Glyphs &g)
{
    if (step.state == State::Paused)
        return bar(0, columns, g);
    constexpr int block = 4;
    const int range = columns - block;
    const int phase = static_cast<int>(now / 150 % (2 * range));
    const int at = phase < range ? phase : 2 * range - phase;
    return g.barLeft + g.barEmpty.repeated(at) + g.barFull.repeated(block) + g.barEmpty.repeated(range - at)
        + g.barRight;
}

QString counted(double value)
{
    return std::floor(value) == value ? QString::number(value, 'f', 0) : QString::number(value, 'f', 1);
}

QString progressWords(const Progress &progress)
{
    QString words = progress.message;
    if (progress.unit == u"percent" || !progress.phases.empty()) // phases are figures of their own
        return words;
    if (!words.isEmpty())
        words += u' ';
    words += counted(progress.done);
    if (progress.total)
        words += u'/' + counted(*progress.total);
    if (progress.unit != u"items" && !progress.unit.isEmpty())
        words += u' ' + progress.unit;
    return words;
}

qint64 elapsed(const std::optional<UnixMs> &from, const std::optional<UnixMs> &to, UnixMs now)
{
    return from ? to.value_or(now) - *from : 0;
}

void addAttempt(Line &line, const Step &step)
{
    if (step.attempt > 1)
        line.add(QStringLiteral("  attempt %1").arg(step.attempt), "33");
}

void addRunning(Line &line, const Step &step, const Glyphs &g, UnixMs now)
{
    const bool known = step.progress && step.progress->fraction;
    const double fraction = known ? *step.progress->fraction : 0;
    // In a narrow window the figure is worth more than the bar.
    const int columns = std::min(widestBar, line.room() - percentColumns - 2);
    if (columns >= narrowestBar)
        line.add(known ? bar(fraction, columns, g) : wanderingBar(step, now, columns, g), "36");
    // What was guessed from earlier runs is marked as a guess.
    const QString percent =
        (step.estimated ? QStringLiteral("~") : QString()) + QString::number(wholePercent(fraction));
    line.add(known ? percent.rightJustified(percentColumns - 2) + QStringLiteral(" %") : QString(percentColumns, u' '));
    line.add(QStringLiteral("  ") + durationText(elapsed(step.started, {}, now)));
    if (step.state == State::Paused)
        line.add(QStringLiteral("  paused"), "33");
    else if (step.stalledMs)
        line.add(QStringLiteral("  quiet for ") + roughDuration(*step.stalledMs), "33");
    addAttempt(line, step);
    // A guess has no figures of its own.
    const QString words = !step.progress ? QString()
        : step.estimated                 ? step.progress->message
                                         : progressWords(*step.progress);
    if (!words.isEmpty())
        line.add(QStringLiteral("  ") + words);
    if (step.state == State::Cancelling)
        line.add(QStringLiteral("  cancelling"), "33");
}

/// A counted phase of a running step: its title, a bar of its own, its figures.
QString phaseLine(const Phase &phase, const FrameStyle &style, int titleColumns, int depth)
{
    const Glyphs &g = glyphs(style.unicode);
    Line line(style);
    const int indent = 2 * (depth + 1);
    line.add(QString(3 + indent, u' ')
                 + fitted(phase.title.isEmpty() ? phase.id : phase.title, std::max(1, titleColumns - indent)),
             "90");
    line.padTo(3 + titleColumns + 2);
    const bool known = phase.total && *phase.total > 0;
    const int columns = std::min(widestBar, line.room() - percentColumns - 2);
    if (columns >= narrowestBar)
        line.add(bar(known ? std::clamp(phase.done / *phase.total, 0.0, 1.0) : 0, columns, g), "36");
    line.add(QStringLiteral("  ") + counted(phase.done));
    if (phase.total)
        line.add(u'/' + counted(*phase.total));
    if (!phase.unit.isEmpty() && phase.unit != u"items")
        line.add(u' ' + phase.unit);
    return line.text();
}

QString failureWords(const Failure &failure)
{
    if (failure.lastLine.isEmpty() || failure.lastLine == failure.message)
        return failure.message;
    return failure.message + QStringLiteral(": ") + failure.lastLine;
}

QString stepLine(const Step &step, const FrameStyle &style, int titleColumns, int depth, UnixMs now)
{
    const Glyphs &g = glyphs(style.unicode);
    Line line(style);
    line.add(QString(1 + 2 * depth, u' '));
    const QString title = fitted(step.title, std::max(1, titleColumns - 2 * depth));
    const auto head = [&](const QString &glyph, const char *colour) {
        line.add(glyph, colour).add(u' ' + title).padTo(3 + titleColumns + 2);
    };
    const QString took = step.started ? durationText(elapsed(step.started, step.finished, now)) : QString();
    switch (step.state) {
    case State::Queued:
    case State::Held:
        head(g.waiting, "90");
        if (step.retryInMs)
            line.add(QStringLiteral("again in %1%2")
                         .arg(roughDuration(*step.retryInMs - (step.finished ? now - *step.finished : 0)),
                              step.error ? QStringLiteral(": ") + failureWords(*step.error) : QString()),
                     "33");
        break;
    case State::Running:
    case State::Pausing:
    case State::Paused:
    case State::Cancelling:
        head(g.running, "36");
        addRunning(line, step, g, now);
        break;
    case State::Succeeded:
        head(g.done, "32");
        line.add(took);
        addAttempt(line, step);
        if (step.progress && !progressWords(*step.progress).isEmpty())
            line.add(QStringLiteral("  ") + progressWords(*step.progress), "90");
        break;
    case State::Skipped:
        head(g.skipped, "33");
        line.add(QStringLiteral("skipped: ") + (step.error ? step.error->message : QString()));
        break;
    case State::Cancelled:
    case State::Interrupted:
        head(g.skipped, "33");
        line.add((took.isEmpty() ? QString() : took + QStringLiteral("  ")) + spokenState(step.state));
        break;
    case State::Failed:
    case State::TimedOut:
        head(g.failed, "31");
        line.add(took);
        addAttempt(line, step);
        line.add(QStringLiteral("  "));
        line.add(step.error ? failureWords(*step.error) : spokenState(step.state), "31");
        break;
    }
    return line.text();
}

/// Which steps to show when not all fit: what runs and what failed, then what comes next, in plan order.
std::vector<const Step *> stepsToShow(const Job &job, std::size_t room)
{
    std::vector<const Step *> all;
    for (const Step &step : job.steps)
        all.push_back(&step);
    if (all.size() <= room)
        return all;
    const auto rank = [](const Step *step) {
        if (step->state == State::Failed || step->state == State::TimedOut)
            return 0;
        if (!isFinal(step->state))
            return step->state == State::Queued ? 2 : 1;
        return 3;
    };
    std::vector<const Step *> chosen = all;
    std::stable_sort(chosen.begin(), chosen.end(), [&](const Step *a, const Step *b) { return rank(a) < rank(b); });
    chosen.resize(room);
    std::sort(chosen.begin(), chosen.end()); // they lie in one vector: by address is in plan order
    return chosen;
}

} // namespace

QString renderHead(const Job &job, const FrameStyle &style, UnixMs now)
{
    const bool waits = job.state == State::Queued || job.state == State::Held;
    QStringList words{QStringLiteral("%1/%2").arg(stepsDone(job)).arg(job.steps.size())};
    words.append(percentText(job));
    if (job.state != State::Running && job.state != State::Queued)
        words.append(spokenState(job.state));
    if (job.lostSince)
        words.append(QStringLiteral("last seen %1 ago").arg(roughDuration(now - *job.lostSince)));
    if (job.queuePosition)
        words.append(placeText(*job.queuePosition));
    if (job.started && !waits)
        words.append(durationText(elapsed(job.started, job.finished, job.ownersNow(now))));
    if (!job.lostSince)
        words.append(etaText(job));
    words.removeAll(QString());
    const QString right = words.join(QStringLiteral("  "));
    Line head(style);
    head.add(QStringLiteral(" "));
    const QString title = job.via.isEmpty() ? job.title : job.via + QStringLiteral(": ") + job.title;
    head.add(fitted(title, std::max(12, style.columns - displayWidth(right) - 4)), job.lostSince ? "2" : "1");
    if (head.width() + 2 + displayWidth(right) < style.columns)
        head.addRight(right + u' ');
    else
        head.add(QStringLiteral("  ") + right);
    return head.text();
}

namespace {

/// The lines of steps, those of their phases, and those of the jobs that they are, as far as there is room.
class StepLines
{
public:
    StepLines(const FrameStyle &style, const NestedOf &nestedOf, UnixMs now)
        : m_style(style), m_nestedOf(nestedOf), m_now(now)
    {
    }

    [[nodiscard]] QStringList draw(const Job &job, std::size_t room)
    {
        m_titleColumns = std::min(std::max(8, widestTitle(job, 0)), std::max(12, m_style.columns / 3));
        const std::vector<const Step *> shown = stepsToShow(job, room);
        m_spare = room - shown.size();
        add(shown, job, 0);
        if (job.steps.size() > room)
            m_lines.append(fitted(QStringLiteral("   and %1 more").arg(job.steps.size() - room), m_style.columns));
        return m_lines;
    }

private:
    [[nodiscard]] static bool isUnderWay(const Step &step)
    {
        return !isFinal(step.state) && step.state != State::Queued && step.state != State::Held;
    }

    [[nodiscard]] const Job *nestedIn(const Job &job, const Step &step, int depth) const
    {
        constexpr int deepest = 4;
        return m_nestedOf && isUnderWay(step) && depth < deepest ? m_nestedOf(job, step) : nullptr;
    }

    [[nodiscard]] int widestTitle(const Job &job, int depth) const
    {
        int widest = 0;
        for (const Step &step : job.steps) {
            widest = std::max(widest, displayWidth(step.title) + 2 * depth);
            if (step.progress && isUnderWay(step)) {
                for (const Phase &phase : step.progress->phases)
                    widest = std::max(widest,
                                      displayWidth(phase.title.isEmpty() ? phase.id : phase.title) + 2 * (depth + 1));
            }
            if (const Job *nested = nestedIn(job, step, depth))
                widest = std::max(widest, widestTitle(*nested, depth + 1));
            if (!step.progress || isFinal(step.state))
                continue;
            for (const Phase &phase : step.progress->phases)
                widest = std::max(widest, displayWidth(phase.title) + 2 * (depth + 1));
        }
        return widest;
    }

    void add(const std::vector<const Step *> &steps, const Job &job, int depth)
    {
        for (const Step *step : steps) {
            m_lines.append(stepLine(*step, m_style, m_titleColumns, depth, m_now));
            if (const Job *nested = nestedIn(job, *step, depth)) {
                const std::vector<const Step *> inner = stepsToShow(*nested, m_spare);
                m_spare -= inner.size();
                add(inner, *nested, depth + 1);
            } else if (step->progress && isUnderWay(*step) && step->progress->phases.size() <= m_spare) {
                for (const Phase &phase : step->progress->phases)
                    m_lines.append(phaseLine(phase, m_style, m_titleColumns, depth));
                m_spare -= step->progress->phases.size();
            }
        }
    }

    const FrameStyle &m_style;
    const NestedOf &m_nestedOf;
    UnixMs m_now;
    int m_titleColumns = 0;
    std::size_t m_spare = 0;
    QStringList m_lines;
};

} // namespace

QStringList renderFrame(const Job &job, const FrameStyle &style, UnixMs now, const NestedOf &nestedOf)
{
    const auto room = static_cast<std::size_t>(std::max(3, style.rows - 4));
    return QStringList{renderHead(job, style, now)} + StepLines(style, nestedOf, job.ownersNow(now)).draw(job, room);
}

QStringList renderJobs(std::vector<const Job *> jobs, const FrameStyle &style, UnixMs now, const NestedOf &nestedOf)
{
    if (jobs.empty())
        return {fitted(QStringLiteral(" nothing runs"), style.columns)};
    const auto waits = [](const Job *job) { return job->state == State::Queued || job->state == State::Held; };
    const auto place = [&](const Job *job) {
        constexpr int last = 1 << 30;
        return std::tuple(waits(job), waits(job) ? job->group : QString(), job->queuePosition.value_or(last));
    };
    std::stable_sort(jobs.begin(), jobs.end(), [&](const Job *a, const Job *b) { return place(a) < place(b); });
    const auto room = static_cast<std::size_t>(std::max(3, style.rows - 2));
    const std::size_t heads = jobs.size() <= room ? jobs.size() : room - 1;
    std::size_t spare = room - heads - (heads < jobs.size() ? 1 : 0);
    QStringList lines;
    auto begun = static_cast<std::size_t>(std::count_if(jobs.begin(), jobs.end(), std::not_fn(waits)));
    for (std::size_t i = 0; i < heads; ++i) {
        const Job &job = *jobs[i];
        lines.append(renderHead(job, style, now));
        if (waits(&job))
            continue;
        const std::size_t share = (spare + begun - 1) / begun; // what one does not need is the others'
        --begun;
        const std::size_t most = job.steps.size() <= share || share == 0 ? share : share - 1;
        if (most == 0)
            continue;
        const QStringList steps = StepLines(style, nestedOf, job.ownersNow(now)).draw(job, most);
        lines += steps;
        spare -= std::min(spare, static_cast<std::size_t>(steps.size()));
    }
    if (heads < jobs.size())
        lines.append(fitted(QStringLiteral(" and %1 more jobs").arg(jobs.size() - heads), style.columns));
    return lines;
}

QString plainStepLine(const Job &job, const Step &step)
{
    QString line = QStringLiteral("%1: %2 %3")
                       .arg(job.title, step.title,
                            step.state == State::Running ? QStringLiteral("started") : spokenState(step.state));
    if (isFinal(step.state) && step.started && step.finished)
        line += QStringLiteral(" after ") + durationText(*step.finished - *step.started);
    if (step.error)
        line += QStringLiteral(": ") + failureWords(*step.error);
    return line;
}

QString plainJobLine(const Job &job)
{
    QString line = job.title
        + QStringLiteral(": %1, %2 of %3 steps").arg(spokenState(job.state)).arg(stepsDone(job)).arg(job.steps.size());
    if (job.started && job.finished)
        line += QStringLiteral(", after ") + durationText(*job.finished - *job.started);
    if (job.error)
        line += QStringLiteral(": ") + job.error->message;
    return line;
}

} // namespace stepwire
