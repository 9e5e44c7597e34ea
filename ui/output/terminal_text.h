#pragma once

#include <QByteArray>
#include <QColor>
#include <QHash>
#include <QString>
#include <QStringList>

#include <array>
#include <deque>
#include <utility>
#include <vector>

namespace stepwire {

/// What a program wrote, as lines that a terminal would show: bytes in, in whatever pieces; lines with runs of styles
/// out. A column is a QChar, so that index and column are the same: a wide character takes two, in the Basic
/// Multilingual Plane by a `filler` after it. Knows no colours, only their names, so that the same text can be shown
/// light and dark. Belongs to one thread, whichever.
class TerminalText
{
public:
    static constexpr QChar filler{u'\uffff'};
    static constexpr int screenRows = 50; ///< how far up the cursor gets
    static constexpr int defaultLimit = 100'000;
    static constexpr int defaultColumns = 10'000;

    enum Attribute : quint16 {
        Bold = 1,
        Dim = 2,
        Italic = 4,
        Underline = 8,
        Inverse = 16,
        Strike = 32,
        Note = 64 ///< a word of ours, not of the program
    };

    struct Style
    {
        quint32 ink = 0; ///< see `indexed` and `direct`; 0: the usual
        quint32 paper = 0;
        quint16 attributes = 0;
        quint16 link = 0; ///< number of a hyperlink; 0: none
        bool operator==(const Style &) const = default;
    };

    /// From `start` to the next run, or the end of the line. What is before the first run has style 0.
    struct Run
    {
        int start = 0;
        quint32 style = 0;
        bool operator==(const Run &) const = default;
    };

    struct Line
    {
        QString text;
        std::vector<Run> runs;
        bool operator==(const Line &) const = default;
    };

    explicit TerminalText(int limit = defaultLimit, int columns = defaultColumns);

    void write(const QByteArray &bytes);
    /// A line of ours between what the program wrote.
    void note(const QString &sentence);

    /// Without the empty line that a newline begins.
    [[nodiscard]] int lineCount() const;
    [[nodiscard]] const Line &line(int index) const { return m_lines[static_cast<std::size_t>(index)]; }
    /// Lines that were before these and are gone.
    [[nodiscard]] qint64 dropped() const { return m_dropped; }
    /// Columns of the longest line there ever was.
    [[nodiscard]] int widest() const { return m_widest; }
    /// Number (with those that are gone) of the first line that changed since this was asked last; -1: none.
    [[nodiscard]] qint64 takeChanged();

    [[nodiscard]] const Style &style(quint32 number) const { return m_styles[number]; }
    [[nodiscard]] quint32 styleAt(const Line &line, int column) const;
    [[nodiscard]] QString link(quint16 number) const { return m_links.value(number); }

    /// Of a wide character or of a surrogate pair: where no cursor stands.
    [[nodiscard]] static bool isSecondHalf(QChar c) { return c == filler || c.isLowSurrogate(); }
    /// Text without fillers, for copying and searching.
    [[nodiscard]] static QString plain(QStringView text);

    /// One of the 256 colours, by its number.
    [[nodiscard]] static constexpr quint32 indexed(int number) { return 0x0100'0000U | static_cast<quint32>(number); }
    [[nodiscard]] static constexpr quint32 direct(quint32 rgb) { return 0x0200'0000U | (rgb & 0xff'ffffU); }
    /// `usual` for 0.
    [[nodiscard]] static QColor colour(quint32 code, bool dark, const QColor &usual);

private:
    enum class Mode { Ground, Escape, EscapeRest, Control, Command, CommandEscape, Ignored, IgnoredEscape };

    void take(uchar byte);
    void takeGround(uchar byte);
    void takeEscape(uchar byte);
    void takeControl(uchar byte);
    void takeCommand(uchar byte);
    void decode(uchar byte);
    void print(char32_t letter);
    void place(const QChar *cells, int count);
    void printAscii(const char *text, int count);
    void character(uchar byte);
    void newLine();
    void control(uchar last);
    void command();
    void rendition();
    int extendedColour(std::size_t at, quint32 &colour) const;
    void eraseLine(int how);
    void eraseScreen(int how);
    void moveTo(qint64 row, int column);

    Line &here();
    void setStyle(Line &line, int from, int to, quint32 style) const;
    void touch(qint64 row);
    quint32 intern(const Style &style);
    void penChanged();
    [[nodiscard]] int parameter(std::size_t index, int otherwise) const;

    int m_limit;
    int m_columns;
    std::deque<Line> m_lines;
    qint64 m_dropped = 0;
    qint64 m_changed = -1;
    int m_widest = 0;

    // Rows are numbered with those that are gone.
    qint64 m_top = 0;
    qint64 m_row = 0;
    int m_column = 0;

    std::vector<Style> m_styles;
    using StyleKey = std::pair<quint64, quint32>;
    QHash<StyleKey, quint32> m_styleNumbers;
    QStringList m_links;
    QHash<QString, quint16> m_linkNumbers;
    Style m_pen;
    quint32 m_penNumber = 0;

    Mode m_mode = Mode::Ground;
    struct Parameter
    {
        int value = -1; ///< -1: not given
        bool sub = false; ///< follows a colon
    };
    std::vector<Parameter> m_parameters;
    bool m_private = false;
    QByteArray m_command;

    char32_t m_letter = 0;
    int m_missing = 0; ///< bytes of `m_letter`
    uchar m_lower = 0x80;
    uchar m_upper = 0xbf;
};

} // namespace stepwire
