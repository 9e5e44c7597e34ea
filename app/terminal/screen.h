#pragma once

#include "app/terminal/frame.h"

namespace stepwire {

/// A frame that is redrawn in place on a terminal, and the terminal's own progress (OSC 9;4). Whatever ends the
/// program leaves the cursor visible and the terminal's progress cleared.
class Screen
{
public:
    /// Draws on `descriptor`, which must be a terminal.
    explicit Screen(int descriptor);
    ~Screen();
    Screen(const Screen &) = delete;
    Screen &operator=(const Screen &) = delete;

    void draw(const QStringList &lines);
    /// Leaves the last frame where it is and gives the cursor back.
    void end();
    /// Lines above the frame, which stays below them.
    void printAbove(const QString &text);

    /// Nothing: indeterminate. Only sent when it changed or a second is over.
    void setProgress(std::optional<double> fraction, bool failed = false);
    void clearProgress();

    [[nodiscard]] FrameStyle style() const;

private:
    void erase(QByteArray &out) const;
    void sendProgress(const QByteArray &parameters);

    int m_descriptor;
    QStringList m_lines;
    bool m_hidden = false;
    bool m_showsProgress = false;
    QByteArray m_lastProgress;
    qint64 m_lastProgressAt = 0;
};

/// Whether people on this terminal want colours (NO_COLOR, TERM).
[[nodiscard]] bool wantsColour();

} // namespace stepwire
