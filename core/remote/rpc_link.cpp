#include "core/remote/rpc_link.h"

#include "core/wire/native/rpc.h"

#include <QJsonDocument>

namespace stepwire {

void RpcLink::call(const QString &method, const QJsonObject &params, Answered answered)
{
    QJsonObject message{{QStringLiteral("jsonrpc"), QStringLiteral("2.0")},
                        {QStringLiteral("method"), method},
                        {QStringLiteral("params"), params}};
    if (answered) {
        message.insert(QStringLiteral("id"), m_nextId);
        m_calls.emplace(m_nextId++, std::move(answered));
    }
    write(QJsonDocument(message).toJson(QJsonDocument::Compact));
}

void RpcLink::receive(const QByteArray &text)
{
    auto message = native::parseMessage(text);
    if (!message)
        return lost(message.error().message);
    if (auto *notification = std::get_if<native::Notification>(&*message))
        return handleNotification(notification->method, notification->params, text);
    auto &response = std::get<native::Response>(*message);
    const auto it = m_calls.find(response.id);
    if (it == m_calls.end()) {
        // An error that answers none of our calls: the hub refused the connection itself.
        if (!response.result)
            lost(QStringLiteral("the hub refused: ") + response.result.error().message);
        return;
    }
    const Answered answered = std::move(it->second);
    m_calls.erase(it);
    answered(response.result);
}

/// The value of `params` as it stands in the message.
static QByteArray encodedParams(const QByteArray &text, const char *method, const QJsonObject &params)
{
    const QByteArray prefix = native::notification(method, QByteArray()).chopped(1);
    if (text.startsWith(prefix) && text.endsWith('}'))
        return text.sliced(prefix.size()).chopped(1);
    return QJsonDocument(params).toJson(QJsonDocument::Compact);
}

void RpcLink::handleNotification(const QString &method, const QJsonObject &params, const QByteArray &text)
{
    if (method == u"hello") {
        const Result<native::Hello> hello = native::decodeHello(params);
        if (hello)
            m_hello = *hello;
        if (m_opened)
            std::exchange(m_opened, {})(hello);
        return;
    }
    if (!m_sink)
        return;
    if (method == u"event") {
        auto event = native::decodeEvent(params);
        if (event)
            m_sink->eventReceived({std::move(*event), encodedParams(text, "event", params),
                                   static_cast<quint64>(params[u"skipped"].toInteger())});
    } else if (method == u"snapshot") {
        const auto snapshot = native::decodeSnapshot(params);
        if (snapshot)
            m_sink->snapshotReceived(*snapshot, encodedParams(text, "snapshot", params));
    }
}

void RpcLink::abandon(const QString &reason)
{
    m_opened = {};
    m_sink = nullptr;
    for (auto &[id, answered] : std::exchange(m_calls, {}))
        answered(fail(code::hostUnreachable, reason));
}

void RpcLink::lost(const QString &reason)
{
    if (m_opened)
        return std::exchange(m_opened, {})(fail(code::hostUnreachable, reason));
    for (auto &[id, answered] : std::exchange(m_calls, {}))
        answered(fail(code::hostUnreachable, reason));
    if (Sink *sink = std::exchange(m_sink, nullptr))
        sink->linkLost(reason);
}

} // namespace stepwire
