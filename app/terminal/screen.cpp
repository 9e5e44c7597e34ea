#include "app/terminal/screen.h"

#include "app/terminal/output.h"

#include <chrono>

#include <sys/ioctl.h>
#include <unistd.h>

namespace stepwire {

bool wantsColour()
{
    return qEnvironmentVariableIsEmpty("NO_COLOR") && qgetenv("TERM") != "dumb";
}

static bool isUtf8Locale()
{
    for (const char *name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const QByteArray value = qgetenv(name).toLower();
        if (!value.isEmpty())
            return value.contains("utf-8") || value.contains("utf8");
    }
    return false;
}

static bool wantsTerminalProgress()
{
    return qgetenv("STEPWIRE_OSC_PROGRESS") != "0" && qgetenv("TERM") != "dumb" && qgetenv("TERM") != "linux";
}

static qint64 steadyMs()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

Screen::Screen(int descriptor) : m_descriptor(descriptor), m_showsProgress(wantsTerminalProgress()) { }

Screen::~Screen()
{
    end();
    clearProgress();
}

FrameStyle Screen::style() const
{
    FrameStyle style;
    winsize size{};
    if (::ioctl(m_descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        style.columns = size.ws_col;
        style.rows = size.ws_row > 0 ? size.ws_row : 24;
    }
    style.colour = wantsColour();
    style.unicode = isUtf8Locale();
    return style;
}

void Screen::erase(QByteArray &out) const
{
    if (m_lines.isEmpty())
        return;
    // A narrower window may have wrapped what was drawn.
    const int columns = std::max(1, style().columns);
    qsizetype rows = 0;
    for (const QString &line : m_lines) {
        QString plain;
        for (qsizetype i = 0; i < line.size(); ++i) {
            if (line[i] == u'\x1b') {
                while (i < line.size() && line[i] != u'm')
                    ++i;
            } else {
                plain += line[i];
            }
        }
        rows += std::max(1, (displayWidth(plain) + columns - 1) / columns);
    }
    out += "\r\x1b[" + QByteArray::number(rows) + "A\x1b[J";
}

void Screen::draw(const QStringList &lines)
{
    if (m_hidden && lines == m_lines)
        return;
    QByteArray out = "\x1b[?2026h"; // synchronised update: no half frames
    if (!std::exchange(m_hidden, true))
        out += "\x1b[?25l";
    erase(out);
    for (const QString &line : lines)
        out += line.toUtf8() + "\n";
    out += "\x1b[?2026l";
    m_lines = lines;
    (void)writeAll(m_descriptor, out);
}

void Screen::printAbove(const QString &text)
{
    QByteArray out;
    erase(out);
    out += text.toUtf8() + "\n";
    for (const QString &line : m_lines)
        out += line.toUtf8() + "\n";
    (void)writeAll(m_descriptor, out);
}

void Screen::end()
{
    if (std::exchange(m_hidden, false))
        (void)writeAll(m_descriptor, QByteArrayLiteral("\x1b[?25h"));
    m_lines.clear();
}

void Screen::sendProgress(const QByteArray &parameters)
{
    if (!m_showsProgress)
        return;
    const qint64 now = steadyMs();
    if (parameters == m_lastProgress && now - m_lastProgressAt < 1000)
        return;
    m_lastProgress = parameters;
    m_lastProgressAt = now;
    const QByteArray sequence = "\x1b]9;4;" + parameters + "\x1b\\";
    if (qEnvironmentVariableIsEmpty("TMUX"))
        (void)writeAll(m_descriptor, sequence);
    else // tmux hands on what is wrapped for it
        (void)writeAll(m_descriptor, "\x1bPtmux;" + QByteArray(sequence).replace("\x1b", "\x1b\x1b") + "\x1b\\");
}

void Screen::setProgress(std::optional<double> fraction, bool failed)
{
    if (!fraction)
        return sendProgress("3;0");
    sendProgress((failed ? "2;" : "1;") + QByteArray::number(wholePercent(*fraction)));
}

void Screen::clearProgress()
{
    if (m_lastProgress.isEmpty())
        return;
    m_lastProgress.clear();
    sendProgress("0;0");
    m_lastProgress.clear();
}

} // namespace stepwire
