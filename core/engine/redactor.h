#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QJsonValue>
#include <QString>
#include <QStringList>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace stepwire {

/// Texts that nobody may see. Immutable and shared by all that shows something of a job; null stands for none, so that
/// jobs without secrets pay nothing. Each is also known as a terminal shows it (CR LF for LF), without the white space
/// at its end, and as JSON and our own sentences write it in quotes. Texts of less than four characters are left out:
/// they would turn up everywhere.
class Redactor
{
public:
    static constexpr qsizetype fewestCharacters = 4;

    /// Null when none of `secrets` is long enough.
    [[nodiscard]] static std::shared_ptr<const Redactor> make(const QStringList &secrets);

    /// The text with every occurrence replaced; occurrences that overlap are replaced as one. So is the beginning of
    /// one that a sentence cuts with "…".
    [[nodiscard]] QString text(const QString &text) const;
    [[nodiscard]] QByteArray bytes(QByteArrayView bytes) const;
    /// An id, with dashes for what is secret in it.
    [[nodiscard]] QString id(const QString &id) const;
    /// All texts in it, names of members too.
    [[nodiscard]] QJsonValue value(const QJsonValue &value) const;

    /// For what is kept and needed again: each occurrence as a mark, which the same secrets turn back.
    [[nodiscard]] QByteArray conceal(QByteArrayView bytes) const;
    [[nodiscard]] QByteArray reveal(QByteArrayView bytes) const;

private:
    friend class RedactingStream;

    struct Pattern
    {
        QByteArray bytes;
        QString text; ///< the same
        QByteArray mark; ///< in concealed text
        std::vector<std::uint32_t> fallback; ///< by matched bytes: how many of them match still (Knuth, Morris, Pratt)
    };

    Redactor() = default;
    [[nodiscard]] QString withoutCutOnes(QString text) const;

    std::vector<Pattern> m_patterns; ///< the longest first
    std::array<bool, 256> m_begins{}; ///< the first bytes of them
};

/// Redacts a stream that comes in pieces: the same comes out however it is cut. Holds back what may be the beginning of
/// a secret until it is known not to be one; what is let out never holds a secret. Linear in what comes in.
class RedactingStream
{
public:
    explicit RedactingStream(std::shared_ptr<const Redactor> redactor);

    /// What can be shown now.
    [[nodiscard]] QByteArray feed(QByteArrayView bytes);
    /// The rest; the stream begins anew.
    [[nodiscard]] QByteArray finish();
    /// Something waits for what comes after it.
    [[nodiscard]] bool holds() const { return !m_held.isEmpty(); }

private:
    friend class Redactor;

    /// From `begin` to before `end`, counted from the beginning of `m_held`.
    struct Span
    {
        qsizetype begin;
        qsizetype end;
        std::size_t pattern; ///< the last that was found in it
    };

    void scan(qsizetype from);
    void found(Span span);
    [[nodiscard]] QByteArray letOut(qsizetype most);

    std::shared_ptr<const Redactor> m_redactor;
    std::vector<std::uint32_t> m_matched; ///< by pattern: how many of its first bytes stand at the end
    QByteArray m_held;
    std::vector<Span> m_spans; ///< in m_held; none touches another's inside
};

} // namespace stepwire
