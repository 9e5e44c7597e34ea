#include "core/engine/redactor.h"

#include "core/model/quote.h"

#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <limits>

namespace stepwire {

static const QByteArray &redactedBytes()
{
    static const QByteArray bytes = QString::fromUtf16(redactedText).toUtf8();
    return bytes;
}

/// A control character that no sensible line holds, and something that is the same whatever other secrets there are.
static QByteArray markFor(const QByteArray &secret)
{
    constexpr qsizetype digits = 12;
    return "\x01stepwire-secret:" + QCryptographicHash::hash(secret, QCryptographicHash::Sha256).toHex().left(digits)
        + '\x01';
}

std::shared_ptr<const Redactor> Redactor::make(const QStringList &secrets)
{
    std::vector<QByteArray> texts;
    const auto add = [&](const QString &text) {
        if (text.size() >= fewestCharacters)
            texts.push_back(text.toUtf8());
    };
    for (const QString &secret : secrets) {
        qsizetype end = secret.size();
        while (end > 0 && secret[end - 1].isSpace())
            --end;
        for (const QString &spelling : {secret, secret.first(end)}) {
            add(spelling);
            if (spelling.size() < fewestCharacters)
                continue;
            add(quoted(QStringView(spelling), std::numeric_limits<qsizetype>::max()).sliced(1).chopped(1));
            const QByteArray json = QJsonDocument(QJsonArray{spelling}).toJson(QJsonDocument::Compact);
            add(QString::fromUtf8(json.sliced(2, json.size() - 4)));
            if (spelling.contains(u'\n'))
                add(QString(spelling)
                        .replace(QStringLiteral("\r\n"), QStringLiteral("\n"))
                        .replace(QStringLiteral("\n"), QStringLiteral("\r\n")));
        }
    }
    std::sort(texts.begin(), texts.end(), [](const QByteArray &a, const QByteArray &b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    if (texts.empty())
        return {};
    std::shared_ptr<Redactor> redactor(new Redactor);
    for (const QByteArray &text : texts) {
        Pattern pattern;
        pattern.bytes = text;
        pattern.text = QString::fromUtf8(text);
        pattern.mark = markFor(text);
        pattern.fallback.assign(static_cast<std::size_t>(text.size()) + 1, 0);
        std::uint32_t matched = 0;
        for (qsizetype i = 1; i < text.size(); ++i) {
            while (matched > 0 && text[i] != text[static_cast<qsizetype>(matched)])
                matched = pattern.fallback[matched];
            if (text[i] == text[static_cast<qsizetype>(matched)])
                ++matched;
            pattern.fallback[static_cast<std::size_t>(i) + 1] = matched;
        }
        redactor->m_begins[static_cast<unsigned char>(text.front())] = true;
        redactor->m_patterns.push_back(std::move(pattern));
    }
    return redactor;
}

QByteArray Redactor::bytes(QByteArrayView bytes) const
{
    // The stream needs to share us only while it lives, which is here.
    RedactingStream stream(std::shared_ptr<const Redactor>(std::shared_ptr<const Redactor>(), this));
    QByteArray redacted = stream.feed(bytes);
    redacted += stream.finish();
    return redacted;
}

QString Redactor::text(const QString &text) const
{
    const bool mayHold =
        std::any_of(text.begin(), text.end(), [this](QChar c) { return c.unicode() >= 0x80 || m_begins[c.unicode()]; });
    if (!mayHold)
        return text;
    const QByteArray plain = text.toUtf8();
    const QByteArray redacted = bytes(plain);
    return withoutCutOnes(redacted == plain ? text : QString::fromUtf8(redacted));
}

QString Redactor::withoutCutOnes(QString text) const
{
    constexpr qsizetype longestShown = 1000; // sentences cut much earlier
    for (qsizetype cut = text.indexOf(u'…'); cut >= 0; cut = text.indexOf(u'…', cut + 1)) {
        const QStringView before = QStringView(text).first(cut);
        qsizetype longest = 0;
        for (const Pattern &pattern : m_patterns) {
            qsizetype size = std::min({cut, pattern.text.size() - 1, longestShown});
            while (size > longest && !before.endsWith(QStringView(pattern.text).first(size)))
                --size;
            longest = std::max(longest, size);
        }
        if (longest >= fewestCharacters) {
            text.replace(cut - longest, longest, QString::fromUtf16(redactedText));
            cut = text.indexOf(u'…', cut - longest);
        }
    }
    return text;
}

QString Redactor::id(const QString &id) const
{
    return text(id).replace(QString::fromUtf16(redactedText), QStringLiteral("---"));
}

QJsonValue Redactor::value(const QJsonValue &value) const
{
    if (value.isString())
        return text(value.toString());
    if (value.isArray()) {
        QJsonArray array;
        for (const QJsonArray elements = value.toArray(); const QJsonValue &element : elements)
            array.append(this->value(element));
        return array;
    }
    if (value.isObject()) {
        QJsonObject object;
        const QJsonObject members = value.toObject();
        for (auto it = members.begin(); it != members.end(); ++it)
            object.insert(text(it.key()), this->value(it.value()));
        return object;
    }
    if (value.isDouble()) { // a number may be a secret, too
        const QString number = QString::number(value.toDouble(), 'g', 17);
        if (text(number) != number)
            return QString::fromUtf16(redactedText);
    }
    return value;
}

QByteArray Redactor::conceal(QByteArrayView bytes) const
{
    QByteArray concealed;
    qsizetype at = 0;
    while (at < bytes.size()) {
        const auto here = bytes.sliced(at);
        const auto found = std::find_if(m_patterns.begin(), m_patterns.end(),
                                        [&](const Pattern &pattern) { return here.startsWith(pattern.bytes); });
        if (found == m_patterns.end()) {
            concealed.append(bytes[at++]);
            continue;
        }
        concealed += found->mark;
        at += found->bytes.size();
    }
    return concealed;
}

QByteArray Redactor::reveal(QByteArrayView bytes) const
{
    QByteArray revealed = bytes.toByteArray();
    for (const Pattern &pattern : m_patterns)
        revealed.replace(pattern.mark, pattern.bytes);
    return revealed;
}

RedactingStream::RedactingStream(std::shared_ptr<const Redactor> redactor)
    : m_redactor(std::move(redactor)), m_matched(m_redactor->m_patterns.size(), 0)
{
}

/// A new find ends where nothing that was found before ends later; it swallows what it overlaps.
void RedactingStream::found(Span span)
{
    while (!m_spans.empty() && m_spans.back().end > span.begin) {
        span.begin = std::min(span.begin, m_spans.back().begin);
        m_spans.pop_back();
    }
    m_spans.push_back(span);
}

void RedactingStream::scan(qsizetype from)
{
    const auto &patterns = m_redactor->m_patterns;
    bool within = std::any_of(m_matched.begin(), m_matched.end(), [](std::uint32_t matched) { return matched > 0; });
    for (qsizetype at = from; at < m_held.size(); ++at) {
        const char c = m_held[at];
        if (!within && !m_redactor->m_begins[static_cast<unsigned char>(c)])
            continue;
        within = false;
        for (std::size_t i = 0; i < patterns.size(); ++i) {
            const QByteArray &bytes = patterns[i].bytes;
            std::uint32_t &matched = m_matched[i];
            while (matched > 0 && c != bytes[static_cast<qsizetype>(matched)])
                matched = patterns[i].fallback[matched];
            if (c == bytes[static_cast<qsizetype>(matched)])
                ++matched;
            if (static_cast<qsizetype>(matched) == bytes.size()) {
                found({at + 1 - bytes.size(), at + 1, i});
                matched = patterns[i].fallback[matched];
            }
            within = within || matched > 0;
        }
    }
}

/// What stands before `most`, where nothing that is still to come can begin.
QByteArray RedactingStream::letOut(qsizetype most)
{
    QByteArray out;
    qsizetype at = 0;
    std::size_t done = 0;
    for (; done < m_spans.size() && m_spans[done].end <= most; ++done) {
        out += QByteArrayView(m_held).sliced(at, m_spans[done].begin - at);
        out += redactedBytes();
        at = m_spans[done].end;
    }
    // One that is found and may grow yet is held from its beginning.
    if (done < m_spans.size())
        most = std::min(most, m_spans[done].begin);
    if (most > at) {
        out += QByteArrayView(m_held).sliced(at, most - at);
        at = most;
    }
    m_held.remove(0, at);
    m_spans.erase(m_spans.begin(), m_spans.begin() + static_cast<std::ptrdiff_t>(done));
    for (Span &span : m_spans) {
        span.begin -= at;
        span.end -= at;
    }
    return out;
}

QByteArray RedactingStream::feed(QByteArrayView bytes)
{
    const qsizetype from = m_held.size();
    m_held.append(bytes);
    scan(from);
    const auto longest = std::max_element(m_matched.begin(), m_matched.end());
    return letOut(m_held.size() - static_cast<qsizetype>(*longest));
}

QByteArray RedactingStream::finish()
{
    QByteArray rest = letOut(m_held.size());
    std::fill(m_matched.begin(), m_matched.end(), 0);
    return rest;
}

} // namespace stepwire
