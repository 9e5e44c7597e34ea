#pragma once

#include "core/model/result.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QObject>
#include <QPointer>
#include <QVariant>

#include <functional>
#include <memory>
#include <vector>

class QThread;

namespace stepwire {

/// A message bus, of the session or the system, asked without ever waiting for it: what QtDBus waits for (the greeting
/// of the bus, the registration of a match) is done by a thread of its own. What is asked before the bus is there is
/// sent when it is, or refused at the deadline. Lives on the main thread, which gets every callback.
class SessionBus : public QObject
{
    Q_OBJECT

public:
    enum class Which { Session, System };

    struct Options
    {
        Which which = Which::Session;
        QString address; ///< empty: where the surroundings say the bus is
        int connectMs = 5000;
    };

    /// The values of the reply; the error's `data.name` is the D-Bus name of the error.
    using Answered = std::function<void(const Result<QVariantList> &)>;
    using Got = std::function<void(const QDBusMessage &)>;
    /// Empty: nobody owns the name.
    using Owned = std::function<void(const QString &owner)>;

    static constexpr int defaultTimeoutMs = 5000;

    /// `warn` gets one sentence, once, when there is no bus or it does not answer.
    SessionBus(Options options, std::function<void(const QString &)> warn, QObject *parent = nullptr);
    ~SessionBus() override;

    [[nodiscard]] bool available() const { return m_state == State::There; }
    /// No bus and none to come, or it went away.
    [[nodiscard]] bool failed() const { return m_state == State::None; }

    /// Exactly one answer, later, unless `context` is gone; null is no context, and then `answered` is always called.
    void call(QObject *context, const QDBusMessage &message, Answered answered = {}, int timeoutMs = defaultTimeoutMs);
    void call(QObject *context, const QString &service, const QString &path, const QString &interface,
              const QString &method, const QVariantList &arguments, Answered answered = {},
              int timeoutMs = defaultTimeoutMs);
    void property(QObject *context, const QString &service, const QString &path, const QString &interface,
                  const QString &name, std::function<void(const Result<QVariant> &)> got);
    /// A signal of ours; lost while there is no bus.
    void emitSignal(const QDBusMessage &signal);

    /// Each such signal from whoever, until `context` is gone: message.service() is the unique name of its sender. An
    /// empty path is any.
    void watchSignal(QObject *context, const QString &path, const QString &interface, const QString &name, Got got);
    /// Told who owns `name` now, then at each change, until `context` is gone. Told nothing while there is no bus; that
    /// nobody does when the bus goes away.
    void watchName(QObject *context, const QString &name, Owned owned);

    /// Called once when the bus is there, at once if it is: the time to register objects.
    void whenAvailable(QObject *context, std::function<void()> then);
    /// For registering objects (which waits for nobody); only while available(). Never call a method through it.
    [[nodiscard]] QDBusConnection connection() const { return m_connection; }

Q_SIGNALS:
    void availableChanged();

private:
    enum class State { Connecting, There, None };
    class Desk;
    class Relay;
    struct Asked
    {
        QPointer<QObject> context;
        bool hasContext = false;
        QDBusMessage message;
        Answered answered;
        int timeoutMs = defaultTimeoutMs;
        [[nodiscard]] bool wanted() const { return answered && (!hasContext || context); }
    };
    struct NameWatch
    {
        QPointer<QObject> context;
        QString name;
        Owned owned;
        bool told = false;
        QString owner;
    };
    struct Waiting
    {
        QPointer<QObject> context;
        std::function<void()> then;
    };

    void connected(const QDBusConnection &connection);
    void giveUp(const QString &sentence);
    void send(const Asked &asked);
    void establish(Relay *relay);
    void release(Relay *relay);
    void establish(const std::shared_ptr<NameWatch> &watch);
    void askOwner(const std::shared_ptr<NameWatch> &watch);
    void tell(const std::shared_ptr<NameWatch> &watch, const QString &owner);
    void lost();

    const Options m_options;
    std::function<void(const QString &)> m_warn;
    State m_state = State::Connecting;
    QDBusConnection m_connection;
    QThread *m_thread; // does what QtDBus blocks for
    Desk *m_away; // where that thread is given things to do
    Desk *m_home; // and gives things back
    std::vector<Asked> m_asked; // while connecting
    std::vector<Waiting> m_waiting;
    std::vector<Relay *> m_relays;
    std::vector<std::shared_ptr<NameWatch>> m_names;
};

} // namespace stepwire
