#pragma once

#include "core/model/result.h"

#include <QJsonArray>
#include <QJsonValue>
#include <QString>

#include <variant>
#include <vector>

namespace stepwire {

/// Where a value stands in an event of somebody else's server: members with dots, elements with brackets, as
/// `data.items[0].percent`. It begins at the event's first argument; `$[1].percent` begins at all of them, and `$event`
/// is the event's name.
class JsonPath
{
public:
    /// Fails with what a path looks like.
    [[nodiscard]] static Result<JsonPath> parse(const QString &text);

    /// Undefined where nothing stands.
    [[nodiscard]] QJsonValue in(const QString &event, const QJsonArray &arguments) const;

private:
    enum class Root { Event, Arguments, First };

    Root m_root = Root::First;
    std::vector<std::variant<QString, int>> m_parts;
};

/// A number, or a text that is one, a percent sign behind it or not.
[[nodiscard]] std::optional<double> numberOf(const QJsonValue &value);
/// Text, number or truth value as one line of at most `most` characters; else empty.
[[nodiscard]] QString lineOf(const QJsonValue &value, qsizetype most = 500);

} // namespace stepwire
