// Our client against remote_socketio_flood.mjs: URL receive|emit|ask COUNT. Prints seconds and processor seconds.

#include "core/remote/socketio/socketio_client.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QTimer>

#include <sys/resource.h>

#include <cstdio>

using namespace stepwire;
using namespace stepwire::socketio::client;

static double processorSeconds()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval &time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments();
    if (words.size() != 4)
        return 2;
    const QString what = words[2];
    const qint64 count = words[3].toLongLong();
    Options options;
    options.transports = {TransportKind::WebSocket};
    options.reconnection = false;
    Manager manager(QUrl(words[1]), options);
    Socket *const socket = manager.socket();
    QElapsedTimer timer;
    double cpu = 0;
    const auto end = [&] {
        std::printf("%f %f\n", static_cast<double>(timer.nsecsElapsed()) / 1e9, processorSeconds() - cpu);
        QCoreApplication::quit();
    };

    qint64 came = 0;
    socket->on(QStringLiteral("progress"), [&](const QCborArray &arguments, const Ack &) {
        if (arguments.at(0)[QLatin1String("fraction")].toDouble() > 0)
            ++came;
    });
    socket->on(QStringLiteral("done"), [&](const QCborArray &, const Ack &) {
        if (came == count)
            end();
        else
            QCoreApplication::exit(1);
    });
    qint64 sent = 0;
    QTimer feed;
    const QCborArray event{QCborMap{{QStringLiteral("job"), QStringLiteral("7b9cd8f2")},
                                    {QStringLiteral("step"), QStringLiteral("encode")},
                                    {QStringLiteral("fraction"), 0.42},
                                    {QStringLiteral("message"), QStringLiteral("frame 1012 of 2400, 48.1 fps")}}};
    QObject::connect(&feed, &QTimer::timeout, &application, [&] {
        for (int i = 0; i < 500 && sent < count; ++i, ++sent)
            socket->emit(QStringLiteral("progress"), event);
        if (sent == count)
            feed.stop();
    });
    qint64 asked = 0;
    std::function<void(const Result<QCborArray> &)> next = [&](const Result<QCborArray> &) {
        if (asked++ == count)
            end();
        else
            socket->emitWithAck(QStringLiteral("ask"), {}, next);
    };
    QObject::connect(socket, &Socket::connected, &application, [&] {
        timer.start();
        cpu = processorSeconds();
        if (what == QStringLiteral("receive")) {
            socket->emit(QStringLiteral("go"), {count});
        } else if (what == QStringLiteral("emit")) {
            socket->emitWithAck(QStringLiteral("count"), {count}, [&](const Result<QCborArray> &) { end(); });
            feed.start(0);
        } else {
            next(QCborArray());
        }
    });
    QObject::connect(socket, &Socket::connectError, &application, [](const ConnectError &error) {
        std::fprintf(stderr, "%s\n", qUtf8Printable(error.message));
        QCoreApplication::exit(1);
    });
    return QCoreApplication::exec();
}
