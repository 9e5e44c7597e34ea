// ffmpeg 5.1.9 (man page: -stats, -progress, -t, -to, -ss), on stderr, in a pipe as in a terminal and without a flag:
//     Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'in.mp4':
//       Duration: 00:00:06.00, start: 0.000000, bitrate: 155 kb/s          (or N/A)
//     frame=   21 fps=9.4 q=0.0 size=       0kB time=00:00:02.15 bitrate=   0.2kbits/s speed=0.964x    CR
// and of the user's own -progress to a pipe the lines `out_time=00:00:01.950476`. The whole is the longest input, as
// far as -ss, -t, -to and -sseof let it be read; where filters, loops or frame counts change that there is no whole.

#include "core/engine/adapters/adapters.h"

namespace stepwire::adapters {

namespace {

struct Span
{
    std::optional<double> from;
    std::optional<double> length;
    std::optional<double> to;
    std::optional<double> fromEnd;
    bool endless = false;

    /// What is left of `whole`.
    [[nodiscard]] std::optional<double> of(std::optional<double> whole) const
    {
        if (endless)
            whole.reset();
        if (whole)
            whole = fromEnd ? std::min(*whole, *fromEnd) : *whole - from.value_or(0);
        std::optional<double> most = length;
        if (!most && to)
            most = *to - from.value_or(0);
        if (most)
            whole = whole ? std::min(*whole, *most) : *most;
        return whole && *whole > 0 ? whole : std::nullopt;
    }
};

std::optional<double> duration(const QString &text)
{
    QStringView number = text;
    double unit = 1;
    if (number.endsWith(u"ms")) {
        number.chop(2);
        unit = 1e-3;
    } else if (number.endsWith(u"us")) {
        number.chop(2);
        unit = 1e-6;
    } else if (number.endsWith(u's')) {
        number.chop(1);
    }
    if (number.startsWith(u'-')) // of -sseof
        number = number.sliced(1);
    const auto seconds = secondsOf(number);
    return seconds ? std::optional(*seconds * unit) : std::nullopt;
}

struct Plan
{
    std::vector<Span> inputs;
    Span output;
    bool shortest = false;
    bool unknown = false; ///< something in it changes the time
};

Plan planOf(const QStringList &args)
{
    // These and others that follow them in filters make time run differently.
    static const QRegularExpression changesTime(
        QStringLiteral("\\b(a?setpts|atempo|concat|xfade|acrossfade|loop|aloop|tpad|apad|a?trim|a?select|framestep|"
                       "minterpolate|a?reverse|zoompan)\\b"));
    Plan plan;
    Span pending;
    std::optional<double> longest;
    for (qsizetype i = 0; i + 1 < args.size(); ++i) {
        const QString &arg = args[i];
        if (!arg.startsWith(u'-') || arg.size() < 2)
            continue;
        const QStringView name = QStringView(arg).sliced(1).left(arg.indexOf(u':') > 0 ? arg.indexOf(u':') - 1 : -1);
        const QString &value = args[i + 1];
        if (name == u"i") {
            plan.inputs.push_back(std::exchange(pending, {}));
            ++i;
        } else if (name == u"t") {
            pending.length = duration(value);
            if (pending.length)
                longest = std::max(longest.value_or(0), *pending.length);
        } else if (name == u"to") {
            pending.to = duration(value);
        } else if (name == u"ss") {
            pending.from = duration(value);
        } else if (name == u"sseof") {
            pending.fromEnd = duration(value);
        } else if (name == u"stream_loop" || name == u"loop") {
            pending.endless = pending.endless || value != u"0";
        } else if (name == u"shortest") {
            plan.shortest = true;
        } else if (name == u"frames" || name == u"vframes" || name == u"aframes" || name == u"fs" || name == u"copyts"
                   || name == u"itsscale" || name == u"f") {
            plan.unknown = plan.unknown || name != u"f" || value == u"concat";
        } else if (name == u"vf" || name == u"af" || name == u"filter" || name == u"filter_complex" || name == u"lavfi"
                   || name.startsWith(u"filter_script") || name.startsWith(u"filter_complex_script")) {
            plan.unknown = plan.unknown || name.contains(u"script") || changesTime.match(value).hasMatch();
        }
        if (name == u"i")
            longest.reset();
    }
    plan.output = pending;
    plan.output.endless = false; // -loop of an output is about how often a picture is to be shown
    if (plan.output.length)
        plan.output.length = longest; // of several outputs
    return plan;
}

class Ffmpeg : public LineAdapter
{
public:
    explicit Ffmpeg(Plan plan) : m_plan(std::move(plan))
    {
        m_durations.resize(std::min<std::size_t>(m_plan.inputs.size(), 64));
    }

protected:
    std::optional<Progress> tells(Stream stream, const QByteArray &line) override
    {
        // On stdout there are only the user's own -progress lines, or data.
        if (line.startsWith("out_time="))
            return at(line.sliced(9));
        if (stream == Stream::Out)
            return {};
        if (line.startsWith("Input #")) {
            m_input = line.sliced(7, std::min<qsizetype>(line.size() - 7, 4)).split(',').front().toInt();
            return {};
        }
        if (line.startsWith("Duration: ")) {
            const auto whole = secondsOf(QString::fromLatin1(line.sliced(10).split(',').front()));
            if (m_input >= 0 && static_cast<std::size_t>(m_input) < m_durations.size())
                m_durations[static_cast<std::size_t>(m_input)] = whole;
            return {};
        }
        const qsizetype time = line.indexOf(" time=");
        if (time < 0 || !(line.startsWith("frame=") || line.startsWith("size=") || line.contains(" bitrate=")))
            return {};
        return at(line.sliced(time + 6).split(' ').front());
    }

private:
    [[nodiscard]] std::optional<double> whole() const
    {
        if (m_plan.unknown)
            return {};
        std::optional<double> longest;
        bool open = false;
        for (std::size_t i = 0; i < m_durations.size(); ++i) {
            const auto span = m_plan.inputs[i].of(m_durations[i]);
            open = open || !span;
            if (span)
                longest = !longest ? *span : m_plan.shortest ? std::min(*longest, *span) : std::max(*longest, *span);
        }
        if (open && !m_plan.shortest)
            longest.reset();
        return m_plan.output.of(longest);
    }

    std::optional<Progress> at(const QByteArray &time)
    {
        const auto seconds = secondsOf(QString::fromLatin1(time)); // N/A and below nothing: before the first frame
        if (!seconds)
            return {};
        Progress progress;
        progress.done = *seconds;
        progress.total = whole();
        progress.unit = QStringLiteral("seconds");
        return m_rising.keep(std::move(progress));
    }

    Plan m_plan;
    int m_input = -1;
    std::vector<std::optional<double>> m_durations;
    Rising m_rising;
};

} // namespace

Adapter adaptFfmpeg(Command &command)
{
    return std::make_unique<Ffmpeg>(planOf(command.args));
}

} // namespace stepwire::adapters
