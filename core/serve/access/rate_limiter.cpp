#include "core/serve/access/rate_limiter.h"

#include <QHostAddress>

#include <algorithm>
#include <cmath>

namespace stepwire {

RateLimiter::RateLimiter(Rate rate, std::size_t mostKeys) : m_rate(rate), m_mostKeys(std::max<std::size_t>(mostKeys, 1))
{
    m_rate.perSecond = std::max(m_rate.perSecond, 1e-6);
    m_rate.burst = std::max(m_rate.burst, 1.0);
}

double RateLimiter::levelAt(const Bucket &bucket, qint64 nowMs) const
{
    const auto passed = static_cast<double>(std::max<qint64>(nowMs - bucket.at, 0));
    return std::min(m_rate.burst, bucket.level + passed * m_rate.perSecond / 1000);
}

std::optional<qint64> RateLimiter::waitFor(double level) const
{
    constexpr double rounding = 1e-9; // who comes back after exactly the time that was told must find one
    if (level >= 1 - rounding)
        return {};
    return std::max<qint64>(1, static_cast<qint64>(std::ceil((1 - level) * 1000 / m_rate.perSecond)));
}

std::optional<qint64> RateLimiter::check(const QByteArray &key, qint64 nowMs) const
{
    const auto found = m_byKey.constFind(key);
    return found == m_byKey.constEnd() ? std::nullopt : waitFor(levelAt(**found, nowMs));
}

std::optional<qint64> RateLimiter::take(const QByteArray &key, qint64 nowMs)
{
    if (const auto found = m_byKey.constFind(key); found != m_byKey.constEnd()) {
        m_buckets.splice(m_buckets.begin(), m_buckets, *found);
    } else {
        if (m_buckets.size() >= m_mostKeys) {
            m_byKey.remove(m_buckets.back().key);
            m_buckets.pop_back();
        }
        m_buckets.push_front({key, m_rate.burst, nowMs});
        m_byKey.insert(key, m_buckets.begin());
    }
    Bucket &bucket = m_buckets.front();
    bucket.level = levelAt(bucket, nowMs);
    bucket.at = std::max(bucket.at, nowMs);
    const auto wait = waitFor(bucket.level);
    if (!wait)
        bucket.level = std::max(0.0, bucket.level - 1);
    return wait;
}

QByteArray addressKey(const QHostAddress &address)
{
    bool isFour = false;
    const quint32 four = address.toIPv4Address(&isFour); // also of one that is mapped into version 6
    if (isFour)
        return QHostAddress(four).toString().toLatin1();
    const Q_IPV6ADDR six = address.toIPv6Address();
    constexpr int networkBytes = 8;
    return QByteArray::fromRawData(reinterpret_cast<const char *>(six.c), networkBytes).toHex();
}

} // namespace stepwire
