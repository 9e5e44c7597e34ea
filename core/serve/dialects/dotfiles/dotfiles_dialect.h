#pragma once

#include "core/serve/dialects/dialect.h"
#include "core/serve/dialects/dotfiles/daemon.h"
#include "core/serve/event_sockets.h"

namespace stepwire::dotfiles_daemon {

/// dotfiles-socket over TCP, each job with an event name on the first free port of a range; and the sockets of its
/// successor, dotfiles-daemon. Lives on the hub's thread.
class DotfilesDialect final : public Dialect
{
public:
    struct Settings
    {
        bool tcp = true;
        int firstPort = 9000;
        int lastPort = 9100;
        QString folder; ///< of the daemon's sockets; empty: there are none

        [[nodiscard]] static Result<Settings> read(const QJsonObject &members);
    };

    DotfilesDialect(const Setup &setup, Settings settings);

    [[nodiscard]] static Result<std::unique_ptr<Dialect>> make(const Setup &setup);

    [[nodiscard]] Result<QString> listen() override;
    [[nodiscard]] std::size_t clients() const override { return m_daemon ? m_daemon->clients() : 0; }
    void drain(std::function<void()> done) override;

private:
    [[nodiscard]] Result<EventSockets::Door> openPort(const Job &job) const;
    void warn(const QString &job, const QString &sentence) const;

    Setup m_setup;
    Settings m_settings;
    std::unique_ptr<EventSockets> m_sockets;
    std::unique_ptr<Daemon> m_daemon;
};

} // namespace stepwire::dotfiles_daemon
