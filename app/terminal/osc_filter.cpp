#include "app/terminal/osc_filter.h"

namespace stepwire {

QByteArray OscFilter::filter(QByteArrayView bytes)
{
    static const QByteArray intro = QByteArrayLiteral("\x1b]9;4;");
    constexpr qsizetype longest = 64;
    QByteArray input = m_held;
    input.append(bytes);
    m_held.clear();
    QByteArray out;
    out.reserve(input.size());
    qsizetype at = 0;
    while (at < input.size()) {
        const qsizetype escape = input.indexOf('\x1b', at);
        if (escape < 0) {
            out += QByteArrayView(input).sliced(at);
            break;
        }
        out += QByteArrayView(input).sliced(at, escape - at);
        const QByteArrayView rest = QByteArrayView(input).sliced(escape);
        if (!rest.startsWith(intro)) {
            if (QByteArrayView(intro).startsWith(rest)) { // cut within the introduction
                m_held = rest.toByteArray();
                break;
            }
            out += '\x1b';
            at = escape + 1;
            continue;
        }
        qsizetype end = intro.size();
        while (end < std::min(rest.size(), longest) && rest[end] != '\x07' && rest[end] != '\x1b')
            ++end;
        if (end == longest) { // whatever it is, it is no progress
            out += '\x1b';
            at = escape + 1;
            continue;
        }
        if (end == rest.size() || (rest[end] == '\x1b' && end + 1 == rest.size())) {
            m_held = rest.toByteArray();
            break;
        }
        const bool isBell = rest[end] == '\x07';
        if (isBell || rest[end + 1] == '\\')
            at = escape + end + (isBell ? 1 : 2);
        else // another sequence begins before this one was ended
            at = escape + end;
    }
    return out;
}

} // namespace stepwire
