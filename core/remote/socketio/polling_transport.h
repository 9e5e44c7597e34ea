#pragma once

#include "core/remote/socketio/transport.h"

#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTimer>

#include <optional>

namespace stepwire::engineio::client {

/// Packets over HTTP: one held GET brings what comes, one POST at a time takes what goes.
class PollingTransport final : public Transport
{
    Q_OBJECT
public:
    PollingTransport(Endpoint endpoint, QObject *parent);
    ~PollingTransport() override;

    void open() override { poll(); }
    void setSid(const QByteArray &sid) override { m_endpoint.sid = sid; }
    void send(std::deque<Packet> &queue, qsizetype maxPayload) override;
    [[nodiscard]] bool isWritable() const override { return m_phase == Phase::Open && !m_post; }
    [[nodiscard]] qint64 bufferedBytes() const override { return m_postBytes; }
    void pause() override;
    void release() override;

private:
    enum class Phase { Opening, Open, Pausing, Paused, Ended };

    void poll();
    void onPolled();
    void post(const QByteArray &body);
    void onPosted();
    void checkPaused();
    [[nodiscard]] QNetworkRequest request() const;
    void watch(QNetworkReply *reply);
    /// Empty when the answer can be used.
    [[nodiscard]] std::optional<Failure> failureOf(QNetworkReply &reply, const QByteArray &body) const;
    void keepCookies(QNetworkReply &reply);
    void fail(const Failure &failure);

    Endpoint m_endpoint;
    QNetworkAccessManager m_network;
    Phase m_phase = Phase::Opening;
    QNetworkReply *m_poll = nullptr;
    QNetworkReply *m_post = nullptr;
    qint64 m_postBytes = 0;
    QString m_untrusted; ///< why the certificate was not accepted
    bool m_released = false;
    bool m_closeSent = false;
};

} // namespace stepwire::engineio::client
