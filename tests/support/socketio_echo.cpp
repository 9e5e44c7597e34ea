// What the conformance suites of the Engine.IO and Socket.IO protocols expect to find: a server that sends back.
#include "core/serve/socketio/socketio_server.h"

#include <QCborMap>
#include <QCommandLineParser>
#include <QCoreApplication>

#include <cstdio>

using namespace stepwire;
using namespace Qt::StringLiterals;

/// Sends every message of its session back.
struct Echo final : engineio::SessionHandler
{
    void messageReceived(engineio::Session &session, QByteArrayView payload, bool binary) override
    {
        session.send(binary ? engineio::Outgoing::binary(payload) : engineio::Outgoing::text(payload));
    }
};

static void echo(socketio::Namespace &nsp)
{
    nsp.onConnection([](socketio::Socket &socket) {
        socket.emit(u"auth"_s, {QCborMap::fromJsonObject(socket.auth())});
        socket.on(u"message"_s, [&socket](const QCborArray &arguments, const socketio::Ack &) {
            socket.emit(u"message-back"_s, arguments);
        });
        socket.on(u"message-with-ack"_s, [](const QCborArray &arguments, const socketio::Ack &ack) {
            if (ack)
                ack(arguments);
        });
    });
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    QCommandLineParser parser;
    parser.addOptions({{u"port"_s, {}, u"n"_s, u"3000"_s},
                       {u"ping-interval"_s, {}, u"ms"_s, u"25000"_s},
                       {u"ping-timeout"_s, {}, u"ms"_s, u"20000"_s},
                       {u"max-payload"_s, {}, u"bytes"_s, u"1000000"_s},
                       {u"connect-timeout"_s, {}, u"ms"_s, u"45000"_s},
                       {u"recovery"_s, {}, u"on|off"_s, u"off"_s}});
    parser.process(app);

    socketio::Server::Options options;
    options.engine.pingIntervalMs = parser.value(u"ping-interval"_s).toInt();
    options.engine.pingTimeoutMs = parser.value(u"ping-timeout"_s).toInt();
    options.engine.maxPayload = parser.value(u"max-payload"_s).toInt();
    options.connectTimeoutMs = parser.value(u"connect-timeout"_s).toInt();
    if (parser.value(u"recovery"_s) == u"on")
        options.recovery.emplace();

    io::Reactor reactor;
    http::Server web(reactor, {});
    socketio::Server server(reactor, options);
    server.attach(web);
    echo(server.of());
    echo(server.of(u"/custom"_s));
    engineio::Server plain(reactor, options.engine, [](engineio::Session &) { return std::make_unique<Echo>(); });
    plain.attach(web, "/engine.io/");

    const auto port = web.listen(QHostAddress::LocalHost, parser.value(u"port"_s).toUShort());
    if (!port) {
        std::fprintf(stderr, "%s\n", qPrintable(port.error().message));
        return 1;
    }
    std::printf("listening on %u\n", unsigned(*port));
    std::fflush(stdout);
    return QCoreApplication::exec();
}
