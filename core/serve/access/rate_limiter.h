#pragma once

#include <QByteArray>
#include <QHash>

#include <list>
#include <optional>

class QHostAddress;

namespace stepwire {

/// A bucket of tokens for each key: `burst` at once, `perSecond` in the long run. Remembers a bounded number of keys,
/// those unseen for longest being forgotten first. Belongs to one thread; times are steady milliseconds.
class RateLimiter
{
public:
    struct Rate
    {
        double perSecond = 50;
        double burst = 100;
    };

    explicit RateLimiter(Rate rate, std::size_t mostKeys = 4096);

    /// Takes one, or says after how many milliseconds there will be one.
    [[nodiscard]] std::optional<qint64> take(const QByteArray &key, qint64 nowMs);
    /// The same without taking.
    [[nodiscard]] std::optional<qint64> check(const QByteArray &key, qint64 nowMs) const;

    [[nodiscard]] std::size_t keys() const { return m_buckets.size(); }

private:
    struct Bucket
    {
        QByteArray key;
        double level;
        qint64 at;
    };
    using Buckets = std::list<Bucket>;

    [[nodiscard]] double levelAt(const Bucket &bucket, qint64 nowMs) const;
    [[nodiscard]] std::optional<qint64> waitFor(double level) const;

    Rate m_rate;
    std::size_t m_mostKeys;
    Buckets m_buckets; ///< the one used last first
    QHash<QByteArray, Buckets::iterator> m_byKey;
};

/// For attempts with a wrong token or none, by address: 10 at once, one in 6 s from then on. Ask `check` before looking
/// at a token and `take` when it was wrong.
inline constexpr RateLimiter::Rate failedAttemptsRate{1.0 / 6, 10};

/// What an address counts as: itself, or its network (/64) for version 6, of which a client has many.
[[nodiscard]] QByteArray addressKey(const QHostAddress &address);

} // namespace stepwire
