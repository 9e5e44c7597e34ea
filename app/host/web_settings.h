#pragma once

#include <QString>
#include <QStringList>

#include <optional>

namespace stepwire {

/// `[web]` of the settings: where the web server listens and whom it lets in.
struct WebSettings
{
    /// `jwt`: JSON Web Tokens are taken beside the hub's own tokens.
    struct Jwt
    {
        QString algorithm; ///< `HS256` or `RS256`
        QString secretFile; ///< for HS256
        QString publicKeyFile; ///< for RS256
        QString audience;
        QString issuer;

        bool operator==(const Jwt &) const = default;
    };

    bool listens = true; ///< false for `listen = false`
    QString address = QStringLiteral("127.0.0.1"); ///< numeric; those of version 6 without brackets
    quint16 port = 7837;
    bool listenGiven = false; ///< then that port and no other
    QStringList hosts; ///< further values of `Host`
    QStringList origins; ///< further values of `Origin`
    QString certificate; ///< file, absolute; empty: no TLS
    QString key;
    bool commands = false; ///< clients may run bare commands
    bool allPipelines = false; ///< and pipelines that are not marked `remote = true`
    bool queryToken = false; ///< `?token=` is taken
    double requestsPerSecond = 50; ///< of one client
    int clients = 8192; ///< connections at once
    std::optional<Jwt> jwt;

    bool operator==(const WebSettings &) const = default;
};

/// `127.0.0.1:7837`, `localhost:0`, `[::1]:80`: a numeric address and a port, 0 for a free one. Nothing for what is
/// neither.
[[nodiscard]] std::optional<std::pair<QString, quint16>> listenAddress(const QString &text);

} // namespace stepwire
