#pragma once

#include "core/model/job.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>

namespace stepwire {

/// Reads progress out of what a step prints on stdout: a line `{"progress":0.5}` (also with `message`, `done`,
/// `total`, `unit`) or a line that is only `50%`. Also remembers the last line that was neither empty nor
/// progress. Lines end with LF or CR.
class LineReader
{
public:
    /// Gives the newest progress in `bytes`, if any.
    std::optional<Progress> read(QByteArrayView bytes);

    /// Takes what is left as the last line.
    std::optional<Progress> finish();

    /// Without escape sequences and control characters, at most 500 characters.
    [[nodiscard]] QString lastLine() const;

    /// What was printed last, as it came: the line that is not ended yet, else the last one.
    [[nodiscard]] const QByteArray &newestLine() const { return m_partial.isEmpty() ? m_last : m_partial; }

private:
    std::optional<Progress> line(QByteArrayView text);
    void append(QByteArrayView piece);
    std::optional<Progress> endLine();

    QByteArray m_partial; // without leading blanks, at most longestLine bytes; what follows is only known to be there
    QByteArray m_last;
    bool m_tooLong = false;
};

/// Progress in one line, if it is one.
[[nodiscard]] std::optional<Progress> progressInLine(QByteArrayView line);

/// Reads the progress sequence of ConEmu (OSC 9;4;state;percent, ended by BEL or ST) out of a terminal's stream.
class OscReader
{
public:
    struct Report
    {
        enum class Kind { Removed, Value, Indeterminate } kind = Kind::Removed;
        double percent = 0;
    };

    /// Gives the newest report in `bytes`, if any.
    std::optional<Report> read(QByteArrayView bytes);

private:
    enum class At { Text, Escape, Osc, OscEscape };

    At m_at = At::Text;
    QByteArray m_osc;
};

/// The report as progress in per cent.
[[nodiscard]] Progress toProgress(const OscReader::Report &report);

} // namespace stepwire
