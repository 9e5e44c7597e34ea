#pragma once

#include "core/serve/web_server.h"

#include <QByteArray>

#include <map>

namespace stepwire {

/// The page for people at `/`: files that are part of the program and hold no secret, hence for anybody who reaches the
/// port. What the page shows comes over `/ws`, where a token is asked for. To outlive the server's requests. Lives on
/// the hub's thread.
class WebPage
{
public:
    explicit WebPage(WebServer &web);
    WebPage(const WebPage &) = delete;
    WebPage &operator=(const WebPage &) = delete;

private:
    struct File
    {
        http::Headers headers;
        QByteArray etag;
        QByteArray content;
    };

    void answer(http::Exchange &exchange) const;

    std::map<QByteArray, File> m_files; ///< by path
};

} // namespace stepwire
