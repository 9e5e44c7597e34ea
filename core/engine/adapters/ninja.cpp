// ninja 1.11.1 (manual: NINJA_STATUS, by default `[%f/%t] `: finished and total), on stdout; a line each in a pipe,
// behind CR and with `ESC [ K` behind it in a terminal:
//     [11/530] CXX core/engine.o
// Another NINJA_STATUS is read as far as it has `%f/%t` in it. Nothing is added.

#include "core/engine/adapters/adapters.h"

namespace stepwire::adapters {

namespace {

class Ninja : public LineAdapter
{
public:
    explicit Ninja(QRegularExpression status) : m_status(std::move(status)) { }

protected:
    std::optional<Progress> tells(Stream stream, const QByteArray &line) override
    {
        constexpr qsizetype longestStatus = 400;
        if (stream == Stream::Err || !line.left(longestStatus).contains('/'))
            return {};
        const QString text = QString::fromUtf8(line.left(longestStatus));
        const auto match = m_status.match(text);
        if (!match.hasMatch())
            return {};
        const int done = match.capturedView(1).toInt();
        const int total = match.capturedView(2).toInt();
        if (total <= 0 || done > total || !follows(done, total))
            return {};
        m_done = done;
        m_total = total;
        Progress progress;
        progress.done = done;
        progress.total = total;
        progress.unit = QStringLiteral("items");
        progress.message = message(QStringView(text).sliced(match.capturedEnd()));
        // One edge alone mostly makes build.ninja anew, and is finished before it has a figure worth having.
        if (total == 1) {
            progress.total.reset();
            return progress;
        }
        return m_rising.keep(std::move(progress));
    }

private:
    /// A ninja that this one has started counts on its own, and its lines come among these: another total counts when
    /// the next line has it as well.
    [[nodiscard]] bool follows(int done, int total)
    {
        const int doubted = std::exchange(m_doubted, 0);
        if (m_total <= 1)
            return true;
        if (total == m_total)
            return done >= m_done;
        if (done < m_done || done > m_done + 16)
            return false;
        m_doubted = total;
        return doubted == total;
    }

    QRegularExpression m_status;
    int m_done = 0;
    int m_total = 0;
    int m_doubted = 0; // another total that came once
    Rising m_rising;
};

/// Matches what ninja makes of a status; nothing for one that does not tell what is finished of how much.
std::optional<QRegularExpression> statusPattern(const QString &status)
{
    QString pattern = QStringLiteral("^");
    bool counts = false;
    for (qsizetype i = 0; i < status.size() && i < 100; ++i) {
        if (QStringView(status).sliced(i).startsWith(u"%f/%t") && !std::exchange(counts, true)) {
            pattern += QStringLiteral("(\\d{1,7})/(\\d{1,7})");
            i += 4;
        } else if (status[i] == u'%' && i + 1 < status.size()) {
            ++i;
            pattern += QStringLiteral("[^/]{0,20}?");
        } else {
            pattern += QRegularExpression::escape(QStringView(status).sliced(i, 1));
        }
    }
    // Blanks around a line are not looked at.
    static const QRegularExpression blanks(QStringLiteral("(\\\\[ \\t])+$"));
    pattern.remove(blanks);
    if (!counts)
        return {};
    return QRegularExpression(pattern);
}

} // namespace

Adapter adaptNinja(Command &command)
{
    const QString name = QStringLiteral("NINJA_STATUS");
    const QString own = command.variable(name);
    auto pattern = statusPattern(own.isEmpty() ? QStringLiteral("[%f/%t] ") : own);
    return pattern ? std::make_unique<Ninja>(std::move(*pattern)) : nullptr;
}

} // namespace stepwire::adapters
