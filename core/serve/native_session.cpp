#include "core/serve/native_session.h"

namespace stepwire {

static constexpr qint64 unreadAnswers = 256L * 1024; // bytes above which no more of a client's calls are read
static constexpr qint64 hopelessAnswers = 32L * 1024 * 1024; // and above which it is given up
static constexpr int mostOutstanding = 64; // calls without an answer

native::Hello helloOf(const Hub &hub, const QString &server, const QString &scope)
{
    const Hub::Identity &identity = hub.identity();
    native::Hello hello;
    hello.server = server;
    hello.hub = identity.hub;
    hello.host = identity.host;
    hello.epoch = identity.epoch;
    hello.seq = hub.state().seq;
    hello.scope = scope;
    hello.degraded = hub.degraded();
    return hello;
}

QJsonObject subscribeResult(const Hub &hub, const native::Subscribe &wanted)
{
    const bool recovered = wanted.seq && hub.canRecover(wanted.epoch, *wanted.seq);
    return {{QStringLiteral("recovered"), recovered},
            {QStringLiteral("epoch"), hub.identity().epoch},
            {QStringLiteral("seq"), static_cast<qint64>(hub.state().seq)}};
}

NativeSession::NativeSession(Hub &hub, Feed &feed, StreamCarrier &stream, io::Connection &connection, Carrier carrier)
    : m_hub(hub),
      m_connection(connection),
      m_carrier(std::move(carrier)),
      m_outlet(stream, connection),
      m_reader(feed, m_outlet)
{
}

void NativeSession::sendHello(const native::Hello &hello)
{
    m_connection.send(m_carrier.frame(native::notification("hello", native::helloParams(hello))));
}

bool NativeSession::busy() const
{
    return m_outstanding >= mostOutstanding || m_unread > unreadAnswers;
}

void NativeSession::resumeIfRead()
{
    if (m_held && !busy() && resume) {
        m_held = false;
        resume();
    }
}

void NativeSession::refuse(const Error &error)
{
    answer(native::error(QJsonValue::Null, error));
}

void NativeSession::answer(const QByteArray &message)
{
    const QByteArray framed = m_carrier.frame(message);
    if (m_connection.stalled())
        m_unread += framed.size();
    m_connection.send(framed);
    if (m_unread > hopelessAnswers) {
        m_connection.dropPending();
        m_carrier.end("the client does not read its answers");
    }
}

void NativeSession::receive(QByteArrayView message)
{
    const auto call = native::parseCall(message);
    if (!call)
        return answer(native::error(call.error().id, call.error().error));
    const auto refused = [&](const Error &error) {
        if (call->wantsAnswer())
            answer(native::error(call->id, error));
    };
    auto decoded = native::decodeCall(*call);
    if (!decoded)
        return refused(decoded.error());
    if (const auto *wanted = std::get_if<native::Subscribe>(&*decoded))
        return subscribe(*call, *wanted);
    Result<Request> request = std::get<Request>(std::move(*decoded));
    if (m_carrier.permit)
        request = m_carrier.permit(std::move(*request));
    if (!request)
        return refused(request.error());
    ++m_outstanding;
    if (!m_self)
        m_self = std::make_shared<NativeSession *>(this);
    m_hub.request(
        *request,
        [self = std::weak_ptr(m_self), id = call->id, wanted = call->wantsAnswer()](const Result<Answer> &reply) {
            const auto alive = self.lock();
            if (!alive)
                return;
            NativeSession &session = **alive;
            --session.m_outstanding;
            if (wanted)
                session.answer(reply ? native::result(id, *reply) : native::error(id, reply.error()));
            session.resumeIfRead();
        });
    m_held = m_held || busy();
}

void NativeSession::subscribe(const native::Call &call, const native::Subscribe &wanted)
{
    if (call.wantsAnswer())
        answer(native::result(call.id, Answer(Object{subscribeResult(m_hub, wanted)})));
    m_reader.subscribe(wanted);
}

void NativeSession::end(const QByteArray &reason)
{
    m_reader.end([this, reason] { m_carrier.end(reason); });
}

void NativeSession::stalled()
{
    m_reader.stalled();
}

void NativeSession::drained()
{
    m_unread = 0;
    m_reader.drained();
    resumeIfRead();
}

} // namespace stepwire
