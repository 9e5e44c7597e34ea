#pragma once

#include <QJsonObject>
#include <QString>

namespace stepwire {

/// Where another hub is and how it is reached.
struct HostSettings
{
    QString name;
    QString target; ///< `user@host` for ssh, `wss://host:port`, or the path of a hub's socket
    QString command; ///< what ssh calls there instead of `stepwire`
    QString token; ///< wss only
    QString pin; ///< wss only, see WebLink::Options

    bool operator==(const HostSettings &) const = default;
};

/// A foreign server and how it is reached.
struct SourceSettings
{
    QString name;
    QString kind;
    QJsonObject settings;
    QJsonObject secrets; ///< nobody else may see them

    bool operator==(const SourceSettings &) const = default;
};

} // namespace stepwire
