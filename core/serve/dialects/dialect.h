#pragma once

#include "core/hub/hub.h"
#include "core/serve/dialects/dialect_settings.h"
#include "core/serve/io/reactor.h"

#include <QHostAddress>

#include <functional>
#include <memory>
#include <vector>

namespace stepwire {

/// Another system's server, spoken by this hub, so that the clients which people have for that system work with it. One
/// folder a kind. Facts come from `Hub::observe`, wishes go to `Hub::request`; it keeps no truth of its own but what
/// its clients call things. Lives on the hub's thread.
class Dialect
{
public:
    struct Setup
    {
        Hub &hub;
        io::Reactor &reactor;
        DialectSettings settings;
        QByteArray token; ///< of scope control: a client that can carry one must
        QString socketFolder; ///< where sockets of files are made
    };

    virtual ~Dialect() = default;
    /// Where it listens, for people; or why it does not, in one sentence.
    [[nodiscard]] virtual Result<QString> listen() = 0;
    [[nodiscard]] virtual std::size_t clients() const = 0;
    void onClientsChanged(std::function<void()> callback) { m_clientsChanged = std::move(callback); }
    /// Takes no more, gives clients what waits for them; then `done` is called, within seconds.
    virtual void drain(std::function<void()> done) = 0;

protected:
    void tellClientsChanged() const
    {
        if (m_clientsChanged)
            m_clientsChanged();
    }

private:
    std::function<void()> m_clientsChanged;
};

/// A kind of dialect.
struct DialectKind
{
    const char *name; ///< as in `[dialects.NAME]`
    const char *title;
    quint16 port; ///< the one that its clients expect; 0: it listens on sockets of files
    /// Fails with one sentence that names the setting that is wrong.
    Result<std::unique_ptr<Dialect>> (*make)(const Dialect::Setup &setup);
};

[[nodiscard]] const std::vector<DialectKind> &dialectKinds();

/// Fails for a kind that is not there, and for an address that is not of loopback.
[[nodiscard]] Result<std::unique_ptr<Dialect>> makeDialect(Dialect::Setup setup);

} // namespace stepwire
