#include "core/model/ids.h"

#include <QRandomGenerator>
#include <QStringList>
#include <QUuid>

#include <algorithm>
#include <vector>

namespace stepwire {

bool isValidId(QStringView id)
{
    if (id.isEmpty() || id.size() > 64)
        return false;
    return std::all_of(id.begin(), id.end(), [](QChar character) {
        const char16_t c = character.unicode();
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || c == u'_'
            || c == u'-';
    });
}

static qsizetype editDistance(QStringView a, QStringView b)
{
    std::vector<qsizetype> row(static_cast<std::size_t>(b.size()) + 1);
    for (std::size_t j = 0; j < row.size(); ++j)
        row[j] = static_cast<qsizetype>(j);
    for (qsizetype i = 0; i < a.size(); ++i) {
        qsizetype diagonal = row[0];
        row[0] = i + 1;
        for (qsizetype j = 0; j < b.size(); ++j) {
            const auto at = static_cast<std::size_t>(j);
            const qsizetype substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[at + 1];
            row[at + 1] = std::min({row[at] + 1, row[at + 1] + 1, substituted});
        }
    }
    return row.back();
}

QString nearest(QStringView word, const QStringList &known)
{
    if (word.size() > 128)
        return {};
    QString best;
    qsizetype bestDistance = (word.size() + 1) / 3;
    for (const QString &candidate : known) {
        const qsizetype distance = editDistance(word, candidate);
        if (distance <= bestDistance && (best.isEmpty() || distance < bestDistance)) {
            best = candidate;
            bestDistance = distance;
        }
    }
    return best;
}

QString makeJobId(qint64 unixMs)
{
    const auto ms = static_cast<quint64>(unixMs);
    const quint64 random = QRandomGenerator::system()->generate64();
    const quint64 moreRandom = QRandomGenerator::system()->generate64();
    const auto byte = [](quint64 value, int shift) { return static_cast<uchar>((value >> shift) & 0xff); };
    const QUuid uuid(static_cast<uint>((ms >> 16) & 0xffffffff), static_cast<ushort>(ms & 0xffff),
                     static_cast<ushort>(0x7000 | (random & 0x0fff)),
                     static_cast<uchar>(0x80 | ((random >> 12) & 0x3f)), byte(random, 24), byte(moreRandom, 0),
                     byte(moreRandom, 8), byte(moreRandom, 16), byte(moreRandom, 24), byte(moreRandom, 32),
                     byte(moreRandom, 40));
    return uuid.toString(QUuid::WithoutBraces);
}

} // namespace stepwire
