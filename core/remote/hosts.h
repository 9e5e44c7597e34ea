#pragma once

#include "core/remote/foreign/foreign_source.h"
#include "core/remote/network_watch.h"
#include "core/remote/remote_hub.h"

#include <map>
#include <memory>

namespace stepwire {

/// The other hubs and foreign servers that this hub shows: answers `host.*` and `source.*`, and keeps each under one
/// name and each hub, known by its identity, under one of them. Lives on the hub's thread.
class Hosts : public Source, private RemoteHub::Mediator
{
public:
    /// What it needs from the world.
    class Keeper
    {
    public:
        virtual ~Keeper() = default;
        [[nodiscard]] virtual UnixMs now() const = 0;
        // What is to be there the next time.
        [[nodiscard]] virtual Result<void> keep(const HostSettings &host) = 0;
        [[nodiscard]] virtual Result<void> keep(const SourceSettings &source) = 0;
        [[nodiscard]] virtual Result<void> forgetHost(const QString &name) = 0;
        [[nodiscard]] virtual Result<void> forgetSource(const QString &name) = 0;
    };

    Hosts(Hub &hub, Keeper &keeper);
    ~Hosts() override;

    /// Connects to those that were kept; `faults` gets a sentence for each that cannot be.
    void start(const std::vector<HostSettings> &hosts, const std::vector<SourceSettings> &sources,
               const std::function<void(const QString &)> &faulty);
    /// Lets go of all of them, as the hub is about to end: their jobs stay as they are.
    void close();
    void handle(const Request &request, Reply reply) override;

    [[nodiscard]] bool empty() const { return m_hosts.empty() && m_sources.empty(); }

private:
    // RemoteHub::Mediator
    [[nodiscard]] UnixMs now() const override { return m_keeper.now(); }
    [[nodiscard]] Way openLink(const HostSettings &settings, RpcLink::Opened opened) override;
    [[nodiscard]] QString claim(const QString &hub, const QString &name) override;
    void standingChanged(RemoteHub &host) override;

    void addHost(const AddHost &request, const Reply &reply);
    void addSource(const AddSource &request, const Reply &reply);
    [[nodiscard]] Result<Answer> removeHost(const QString &name);
    [[nodiscard]] Result<Answer> removeSource(const QString &name);
    void tellRemoved(const QString &name);
    [[nodiscard]] Result<void> isFree(const QString &name) const;
    RemoteHub &connectTo(const HostSettings &settings);
    [[nodiscard]] Result<void> watch(const SourceSettings &settings);
    void networkChanged();

    Hub &m_hub;
    Keeper &m_keeper;
    std::map<QString, std::unique_ptr<RemoteHub>> m_hosts;
    std::map<QString, std::unique_ptr<ForeignSource>> m_sources;
    std::map<QString, QString> m_names; ///< by the identity of the hub
    std::map<QString, std::vector<Reply>> m_adding; ///< answered when it is known how the first attempt ended
    std::unique_ptr<NetworkWatch> m_network;
};

/// What is wrong with a host's settings, or what they mean.
[[nodiscard]] Result<HostSettings> checkedHost(HostSettings settings);

} // namespace stepwire
