#pragma once

#include <QByteArrayList>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>

namespace stepwire::test {

/// A client of the native protocol on this thread's event loop: collects what comes, line by line.
class LineClient : public QObject
{
public:
    explicit LineClient(const QString &path)
    {
        connect(&m_socket, &QLocalSocket::readyRead, this, [this] { read(); });
        connect(&m_socket, &QLocalSocket::disconnected, this, [this] {
            if (m_socket.bytesAvailable() > 0)
                read();
            ended = true;
        });
        m_socket.connectToServer(path);
    }

    ~LineClient() override { m_socket.disconnect(this); }

    void write(const QByteArray &bytes)
    {
        m_socket.write(bytes);
        m_socket.flush();
    }
    void call(int id, const QByteArray &method, const QByteArray &params = "{}")
    {
        write(R"({"jsonrpc":"2.0","id":)" + QByteArray::number(id) + R"(,"method":")" + method + R"(","params":)"
              + params + "}\n");
    }
    void leave() { m_socket.abort(); }
    [[nodiscard]] bool connected() const { return m_socket.state() == QLocalSocket::ConnectedState; }

    /// The lines in short: `hello`, `result 1`, `error 1 SENTENCE`, `snapshot 7 j,k`, `8 job.started j`, with `+n`
    /// after the number for skipped.
    [[nodiscard]] QStringList story() const
    {
        QStringList words;
        for (const QByteArray &line : lines)
            words.append(inShort(line));
        return words;
    }

    [[nodiscard]] static QString inShort(const QByteArray &line)
    {
        const QJsonObject object = QJsonDocument::fromJson(line).object();
        const QString method = object[u"method"].toString();
        const QJsonObject params = object[u"params"].toObject();
        if (method == u"event") {
            QString text = QString::number(params[u"seq"].toInteger());
            if (params.contains(u"skipped"))
                text += QStringLiteral("+%1").arg(params[u"skipped"].toInteger());
            return text + u' ' + params[u"type"].toString() + u' ' + params[u"job"].toString();
        }
        if (method == u"snapshot") {
            QStringList jobs;
            const QJsonArray array = params[u"jobs"].toArray();
            for (const QJsonValue &job : array)
                jobs.append(job[u"job"].toString());
            return QStringLiteral("snapshot %1 %2").arg(params[u"seq"].toInteger()).arg(jobs.join(u','));
        }
        if (!method.isEmpty())
            return method;
        const QString id = object[u"id"].isNull() ? QStringLiteral("null") : object[u"id"].toVariant().toString();
        if (object.contains(u"error"))
            return QStringLiteral("error %1 %2").arg(id, object[u"error"][u"message"].toString());
        return QStringLiteral("result ") + id;
    }

    QByteArrayList lines;
    qint64 received = 0;
    bool ended = false;

private:
    void read()
    {
        const QByteArray bytes = m_socket.readAll();
        received += bytes.size();
        m_rest += bytes;
        qsizetype start = 0;
        for (qsizetype end = m_rest.indexOf('\n'); end >= 0; end = m_rest.indexOf('\n', start)) {
            lines.append(m_rest.sliced(start, end - start));
            start = end + 1;
        }
        m_rest.remove(0, start);
    }

    QLocalSocket m_socket;
    QByteArray m_rest;
};

} // namespace stepwire::test
