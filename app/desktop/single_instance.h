#pragma once

#include "core/desktop/session_bus.h"
#include "core/model/result.h"

#include <QLocalServer>
#include <QObject>
#include <QStringList>

#include <functional>
#include <memory>

namespace stepwire {

/// One window a user: by the name `org.stepwire.Stepwire` on the session bus, where it is an
/// org.freedesktop.Application (Desktop Entry Specification 1.5), or by a lock file and a socket in the runtime folder
/// where there is no bus. Lives on the main thread.
class SingleInstance : public QObject
{
    Q_OBJECT

public:
    /// What a start of the program wants: to be shown, or an action of the desktop file with what it is about.
    struct Wish
    {
        QString action; ///< empty: the window
        QStringList arguments;
        QString token; ///< of the activation, for the compositor
    };

    SingleInstance(SessionBus &bus, QString runtimeFolder);
    ~SingleInstance() override;

    /// `claimed` is told once: true when we are the one, false when the one that runs was given the wish; a fault
    /// when neither can be had (one sentence), and then we go on alone.
    void claim(const Wish &wish, std::function<void(const Result<bool> &)> claimed);

Q_SIGNALS:
    /// Another start wants something of us.
    void wished(const stepwire::SingleInstance::Wish &wish);

private:
    friend class ApplicationObject;
    void claimName();
    void passOn();
    void claimLock();
    void answer(const Result<bool> &first);
    void readWish(QLocalSocket *socket);

    SessionBus &m_bus;
    QString m_folder;
    Wish m_wish;
    std::function<void(const Result<bool> &)> m_claimed;
    int m_lock = -1;
    QLocalServer m_server;
    std::unique_ptr<QLocalSocket> m_other;
    QObject *m_object = nullptr;
};

} // namespace stepwire
