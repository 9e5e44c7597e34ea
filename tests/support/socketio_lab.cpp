// A server for tests of what the echo server does not show: rooms, acknowledgements, middlewares, families of
// namespaces, recovery. Clients ask for it by events; POST /emit and GET /state do from outside.
#include "core/serve/socketio/socketio_server.h"

#include <QCborMap>
#include <QCommandLineParser>
#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTimer>

#include <cstdio>

using namespace stepwire;
using namespace Qt::StringLiterals;
using socketio::Ack;
using socketio::Delivery;
using socketio::Namespace;
using socketio::Socket;

static QJsonArray reasons; // NOLINT: of disconnects, for /state

static QCborArray names(const std::vector<QString> &list)
{
    QCborArray array;
    for (const QString &name : list)
        array.append(name);
    return array;
}

static void receive(Socket &socket)
{
    socket.emit(u"session"_s,
                {QCborMap{{u"recovered"_s, socket.recovered()},
                          {u"rooms"_s, names(socket.rooms())},
                          {u"note"_s, std::any_cast<QString>(socket.data.has_value() ? socket.data : QString())}}});
    socket.onDisconnect([](const QString &reason) { reasons.append(reason); });
    socket.on(u"join"_s, [&socket](const QCborArray &arguments, const Ack &ack) {
        const bool joined = socket.join(arguments.at(0).toString());
        if (ack)
            ack({joined});
    });
    socket.on(u"leave"_s, [&socket](const QCborArray &arguments, const Ack &ack) {
        socket.leave(arguments.at(0).toString());
        if (ack)
            ack({});
    });
    socket.on(u"note"_s, [&socket](const QCborArray &arguments, const Ack &ack) {
        socket.data = arguments.at(0).toString();
        if (ack)
            ack({});
    });
    // room (null: everybody), event, arguments…
    socket.on(u"others"_s, [&socket](const QCborArray &arguments, const Ack &) {
        QCborArray rest = arguments;
        const QString room = rest.takeFirst().toString();
        const QString event = rest.takeFirst().toString();
        (room.isEmpty() ? socket.broadcast() : socket.to(room)).emit(event, rest);
    });
    socket.on(u"ask"_s, [&socket](const QCborArray &arguments, const Ack &) {
        socket.emitWithAck(
            u"question"_s, arguments,
            [weak = socket.weak_from_this()](const std::optional<QCborArray> &answer) {
                if (const auto asker = weak.lock())
                    asker->emit(u"asked"_s, {answer ? QCborValue(*answer) : QCborValue(nullptr)});
            },
            200);
    });
    socket.on(u"kick"_s,
              [&socket](const QCborArray &arguments, const Ack &) { socket.disconnect(arguments.at(0).toBool()); });
    socket.on(u"echo"_s, [&socket](const QCborArray &arguments, const Ack &ack) {
        socket.emit(u"echoed"_s, arguments);
        if (ack)
            ack(arguments);
    });
    socket.onAny([](const QString &event, const QCborArray &, const Ack &ack) {
        if (event == u"unknown" && ack)
            ack({u"seen by onAny"_s});
    });
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    QCommandLineParser parser;
    parser.addOptions({{u"ping-interval"_s, {}, u"ms"_s, u"25000"_s},
                       {u"ping-timeout"_s, {}, u"ms"_s, u"20000"_s},
                       {u"recovery-ms"_s, {}, u"ms"_s, {}},
                       {u"log-bytes"_s, {}, u"bytes"_s, u"4194304"_s},
                       {u"most-buffered"_s, {}, u"bytes"_s, u"8388608"_s},
                       {u"most-sessions"_s, {}, u"n"_s, u"4096"_s},
                       {u"run-middlewares"_s, {}}});
    parser.process(app);
    socketio::Server::Options options;
    options.engine.pingIntervalMs = parser.value(u"ping-interval"_s).toInt();
    options.engine.pingTimeoutMs = parser.value(u"ping-timeout"_s).toInt();
    options.engine.mostBufferedBytes = parser.value(u"most-buffered"_s).toLongLong();
    options.engine.mostSessions = parser.value(u"most-sessions"_s).toULongLong();
    options.engine.responseHeaders = [](const http::Request &request) -> http::Headers {
        const QByteArray origin = request.header("origin");
        if (origin.isEmpty())
            return {};
        return {{"Access-Control-Allow-Origin", origin}};
    };
    options.cleanupEmptyChildNamespaces = true;
    options.mostRooms = 8;
    options.mostNamespaces = 4;
    if (parser.isSet(u"recovery-ms"_s)) {
        options.recovery.emplace();
        options.recovery->maxDisconnectionMs = parser.value(u"recovery-ms"_s).toInt();
        options.recovery->logBytes = parser.value(u"log-bytes"_s).toLongLong();
        options.recovery->skipMiddlewares = !parser.isSet(u"run-middlewares"_s);
    }

    io::Reactor reactor;
    http::Server web(reactor, {});
    socketio::Server server(reactor, options);
    server.attach(web);
    server.of().onConnection(receive);

    Namespace &guarded = server.of(u"/guarded"_s);
    guarded.use([](Socket &socket, const socketio::Next &next) {
        const QString token = socket.auth().value("token"_L1).toString();
        if (token == u"plain")
            next(socketio::ConnectError{u"not you"_s, {}});
        else if (token.isEmpty())
            next(socketio::ConnectError{u"no token"_s, QCborMap{{u"code"_s, 7}}});
        else
            QTimer::singleShot(20, [next] { next({}); });
    });
    guarded.use([](Socket &socket, const socketio::Next &next) {
        socket.data = u"checked"_s;
        next({});
        next(socketio::ConnectError{u"a second call counts for nothing"_s, {}});
    });
    guarded.onConnection(receive);

    server.family(QRegularExpression(u"/dynamic-\\d+"_s)).onConnection(receive);
    server
        .family([](const QString &name, const QJsonObject &auth, const engineio::Handshake &) {
            return name == "/asked"_L1 && auth.value("please"_L1).toBool();
        })
        .onConnection(receive);

    web.route("/emit", [&](const http::ExchangePtr &exchange) {
        const auto value = [&](const char *name) { return QString::fromUtf8(exchange->request().queryValue(name)); };
        Namespace *nsp = server.find(value("nsp").isEmpty() ? u"/"_s : value("nsp"));
        if (!nsp)
            return exchange->refuse(404, "no such namespace");
        socketio::Broadcast broadcast = value("room").isEmpty() ? nsp->all() : nsp->to(value("room"));
        if (!value("except").isEmpty())
            broadcast.except(value("except"));
        const int times = std::max(1, value("times").toInt());
        for (int i = 0; i < times; ++i)
            broadcast.emitJson(value("event"), exchange->request().body, value("offset"),
                               value("volatile").isEmpty() ? Delivery::Reliable : Delivery::Volatile);
        exchange->respond(200, {}, "ok");
    });
    web.route("/state", [&](const http::ExchangePtr &exchange) {
        const QJsonObject state{{u"clients"_s, qint64(server.clients())},
                                {u"namespaces"_s, qint64(server.namespaces())},
                                {u"sockets"_s, qint64(server.of().sockets())},
                                {u"reasons"_s, reasons}};
        exchange->respond(200, {}, QJsonDocument(state).toJson(QJsonDocument::Compact));
    });
    web.route("/close", [&](const http::ExchangePtr &exchange) {
        server.close();
        exchange->respond(200, {}, "ok");
    });

    const auto port = web.listen(QHostAddress::LocalHost, 0);
    if (!port)
        return 1;
    std::printf("listening on %u\n", unsigned(*port));
    std::fflush(stdout);
    return QCoreApplication::exec();
}
