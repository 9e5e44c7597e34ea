#pragma once

#include "core/engine/tool_adapter.h"

#include <QRegularExpression>

#include <array>
#include <map>

// What the adapters share; nobody else includes this.
namespace stepwire::adapters {

/// How a line ended: `None` at the end of the stream.
enum class LineEnd { Lf, Cr, CrLf, None };

/// Cuts a step's output into lines that end with LF, CR or both, asks what each tells, and takes out those that were
/// only meant for us. Text is held back only while it may still become such a line; a line longer than `longestLine` is
/// shown and not read. Lives on the engine's thread.
class LineAdapter : public ToolAdapter
{
public:
    static constexpr qsizetype longestLine = 4096;

    Read read(Stream stream, QByteArrayView bytes) final;
    Read finish(Stream stream) final;

protected:
    /// What a line tells, once a line, without escape sequences and blanks around it.
    virtual std::optional<Progress> tells(Stream stream, const QByteArray &line) = 0;
    /// The same of a line that is not ended yet, for tools that end it with the next redraw; changes nothing.
    virtual std::optional<Progress> tellsAlready(Stream stream, const QByteArray &line) const;
    /// Is the line, as it came, only meant for us? Must not depend on earlier lines. The default shows all.
    virtual bool hides(Stream stream, QByteArrayView line, LineEnd end) const;
    /// May a line that begins so still become one that is hidden? Once false it stays so whatever follows, and the line
    /// is shown.
    virtual bool mayHide(Stream stream, QByteArrayView begin) const;

private:
    struct Cut
    {
        QByteArray line; // at most longestLine bytes
        qsizetype given = 0; // how much of the line was shown already
        bool tooLong = false;
        bool cr = false; // a CR came: LF may follow
        bool crGiven = false;
    };

    static void append(Cut &cut, QByteArrayView piece, QByteArray &shown);
    void end(Stream stream, Cut &cut, LineEnd end, Read &result) const;
    void ask(Stream stream, const Cut &cut, Read &result);

    std::array<Cut, 3> m_cuts; // one a stream
};

/// A line for people and patterns: without escape sequences, and without blanks around it.
[[nodiscard]] QByteArray plain(QByteArrayView line);
[[nodiscard]] QString message(QStringView text);
/// `number` with `unit` behind: B, kB, KiB, M, GiB… `kilo` is what a unit without an i counts in.
[[nodiscard]] std::optional<double> bytesOf(QStringView number, QStringView unit, double kilo);
/// `[[hours:]minutes:]seconds[.fraction]` in seconds.
[[nodiscard]] std::optional<double> secondsOf(QStringView text);
[[nodiscard]] Progress percentOf(double percent);

/// Keeps the figure from falling.
class Rising
{
public:
    [[nodiscard]] Progress operator()(Progress progress) const;
    Progress keep(Progress progress);

private:
    std::optional<double> m_highest;
};

/// Phases that follow each other, each with its share of the whole. A phase that was not expected is shown with the
/// others and counts nothing; with nothing expected there is no figure for the whole.
class Phases
{
public:
    struct Expected
    {
        QString id;
        double weight;
    };

    Phases() = default;
    explicit Phases(std::vector<Expected> expected) : m_expected(std::move(expected)) { }

    void set(const QString &id, const QString &title, double done, std::optional<double> total, const QString &unit);
    [[nodiscard]] Progress progress();

private:
    std::vector<Expected> m_expected;
    std::vector<Phase> m_phases; // in the order they began; at most mostPhases
    std::size_t m_current = 0;
    Rising m_rising;
};

/// What is known of a tool's command line when its adapter is made.
struct Command
{
    QStringList args; ///< what stands behind the tool's name
    bool terminal = false;
    bool mayAdd = true; ///< false where another program decides by the exact arguments, such as sudo
    std::map<QString, QString> env; ///< what `env` in front of it sets

    // What the adapter makes of it.
    qsizetype addAt = 0; ///< before which of `args`
    QStringList add;
    std::vector<std::pair<QString, QString>> addEnv;

    [[nodiscard]] QString variable(const QString &name) const; ///< as far as it can be known here
};

/// Is there a long option that `prefix` is an abbreviation of, or begins? Looks up to `--`.
[[nodiscard]] bool hasLong(const QStringList &args, QStringView prefix);
/// May one of these letters be among the short options? Errs towards yes.
[[nodiscard]] bool hasShort(const QStringList &args, QStringView letters);
/// How many arguments are addresses (`scheme://…`) that are no option's value; nothing when that cannot be told.
[[nodiscard]] std::optional<int> countAddresses(const QStringList &args, const QStringList &takeValue);

using Adapter = std::unique_ptr<ToolAdapter>;
[[nodiscard]] Adapter adaptApt(Command &command);
[[nodiscard]] Adapter adaptBorg(Command &command);
[[nodiscard]] Adapter adaptCurl(Command &command);
[[nodiscard]] Adapter adaptFfmpeg(Command &command);
[[nodiscard]] Adapter adaptGit(Command &command);
[[nodiscard]] Adapter adaptNinja(Command &command);
[[nodiscard]] Adapter adaptPv(Command &command);
[[nodiscard]] Adapter adaptRestic(Command &command);
[[nodiscard]] Adapter adaptRsync(Command &command);
[[nodiscard]] Adapter adaptTar(Command &command);
[[nodiscard]] Adapter adaptWget(Command &command);
[[nodiscard]] Adapter adaptYtDlp(Command &command);

} // namespace stepwire::adapters
