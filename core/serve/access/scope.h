#pragma once

#include <QString>

#include <optional>

namespace stepwire {

/// What a client of the web carriers may do; each includes the one before.
enum class Scope {
    None,
    Read, ///< see jobs, their output and the pipelines
    Control ///< start, end and change jobs, report and emit
};

/// `none`, `read` or `control`, as `hello` tells it.
[[nodiscard]] inline QString scopeName(Scope scope)
{
    return scope == Scope::Control ? QStringLiteral("control")
        : scope == Scope::Read     ? QStringLiteral("read")
                                   : QStringLiteral("none");
}

/// Who stands behind a request of the web.
struct Principal
{
    Scope scope = Scope::None;
    QString name; ///< `sub` of a JWT, else "token"
    std::optional<qint64> expires; ///< seconds since 1970; a connection that lives longer is to be closed then

    bool operator==(const Principal &) const = default;
};

} // namespace stepwire
