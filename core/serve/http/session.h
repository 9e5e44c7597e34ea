#pragma once

#include "core/serve/http/http_server.h"

namespace stepwire::http {

/// A connection as long as it speaks HTTP: reads one request, waits for its answer, reads the next.
class Session final : public io::Protocol
{
public:
    Session(Server &server, QHostAddress peer);
    ~Session() override;

    void attach(io::Connection &connection);
    void timedOut();
    /// Closes it unless a request waits for its answer; then after that.
    void endSoon();

private:
    friend class Exchange;

    qsizetype received(io::Connection &connection, QByteArrayView bytes) override;
    void closed(io::Connection &connection) override;
    void handle();
    void refuse(int status, QByteArrayView sentence);
    void answer(int status, Headers headers, QByteArrayView body);
    /// The session's part is over: the connection is somebody else's now.
    io::Connection &handOver();
    void forgetExchange();

    Server *m_server; ///< null when it has gone
    QHostAddress m_peer;
    io::Connection *m_connection = nullptr;
    RequestReader m_reader;
    std::weak_ptr<Exchange> m_exchange;
    bool m_waiting = false; ///< for the answer
    bool m_keepAlive = true;
    bool m_headOnly = false;
    bool m_started = false; ///< of a request something has come
};

} // namespace stepwire::http
