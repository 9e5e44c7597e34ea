#include "core/model/quote.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace stepwire {

static QString shortened(QString text, qsizetype most)
{
    if (text.size() > most) {
        text.truncate(most - 1);
        if (text.back().isHighSurrogate())
            text.chop(1);
        text += u'…';
    }
    return text;
}

QString quoted(QStringView text, qsizetype most)
{
    QString out;
    const QString cut = shortened(text.toString(), most);
    for (const QChar c : cut) {
        if (c == u'"' || c == u'\\')
            out += u'\\';
        if (c == u'\n')
            out += u"\\n";
        else if (c == u'\t')
            out += u"\\t";
        else if (c.unicode() < 0x20 || (c.unicode() >= 0x7f && c.unicode() < 0xa0))
            out += QStringLiteral("\\x%1").arg(static_cast<int>(c.unicode()), 2, 16, QLatin1Char('0'));
        else
            out += c;
    }
    return u'"' + out + u'"';
}

QString quoted(const QJsonValue &value, qsizetype most)
{
    switch (value.type()) {
    case QJsonValue::String: return quoted(QStringView(value.toString()), most);
    case QJsonValue::Undefined: return QStringLiteral("missing");
    case QJsonValue::Null: return QStringLiteral("null");
    case QJsonValue::Bool: return value.toBool() ? QStringLiteral("true") : QStringLiteral("false");
    case QJsonValue::Double: return QString::number(value.toDouble(), 'g', 15);
    case QJsonValue::Array:
        return shortened(QString::fromUtf8(QJsonDocument(value.toArray()).toJson(QJsonDocument::Compact)), most);
    case QJsonValue::Object:
        return shortened(QString::fromUtf8(QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact)), most);
    }
    Q_UNREACHABLE();
}

QString plainLine(QStringView text)
{
    QString out;
    out.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char16_t c = text[i].unicode();
        if (c != 0x1b) {
            if (c == u'\t')
                out += u' ';
            else if (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0))
                out += text[i];
            continue;
        }
        const char16_t kind = i + 1 < text.size() ? text[i + 1].unicode() : u'\0';
        ++i;
        if (kind == u'[') { // CSI: up to its final byte
            while (i + 1 < text.size() && !(text[i + 1].unicode() >= 0x40 && text[i + 1].unicode() <= 0x7e))
                ++i;
            ++i;
        } else if (kind == u']' || kind == u'P' || kind == u'X' || kind == u'_'
                   || kind == u'^') { // strings: up to BEL or ST
            while (i + 1 < text.size() && text[i + 1].unicode() != 0x07 && text[i + 1].unicode() != 0x1b)
                ++i;
            ++i;
            if (i + 1 < text.size() && text[i].unicode() == 0x1b) {
                if (text[i + 1].unicode() == u'\\')
                    ++i;
                else
                    --i; // another sequence breaks the string off
            }
        } else if (kind >= 0x20 && kind <= 0x2f) { // intermediates such as `(` of a character set, then one more
            while (i + 1 < text.size() && text[i].unicode() >= 0x20 && text[i].unicode() <= 0x2f)
                ++i;
        }
    }
    return out.trimmed();
}

} // namespace stepwire
