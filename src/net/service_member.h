// One thread's part of the service: its shard, and what is served there.
#pragma once

#include "net/connection.h"
#include "net/log.h"
#include "net/relay_shard.h"
#include "net/service.h"
#include "net/shard.h"
#include "net/signal_hub.h"
#include "net/tls_context.h"
#include "signal/settings.h"
#include "turn/config.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace vv::net {

/// In the order in which each may use the ones before it. The shard's thread's, once it runs.
struct ServiceMember {
    /// All references outlive it.
    ServiceMember(std::size_t index, ConnectionCounters& counters, Log& log, const ServiceConfig& config);
    ServiceMember(const ServiceMember&) = delete;
    ServiceMember& operator=(const ServiceMember&) = delete;
    ~ServiceMember();

    /// New connections get this one; those there are hold the old one as long as they need it.
    void use_tls(SslContextPtr context);
    /// The member's part of the relay's ports with all else as it is for the whole service.
    [[nodiscard]] turn::ServerConfig relay_part(const turn::ServerConfig& whole) const;
    /// Takes what may change while it runs. Throws std::invalid_argument, and changes nothing, if the relay cannot use
    /// its part; a configuration that one member can use all others can, since only their ports differ.
    void reload(const ServiceConfig& wished);

    const std::size_t index;
    const std::size_t members; // of the service
    Shard shard;
    signal::Settings settings;
    SslContextPtr tls;
    Site page;
    Site redirect;
    Site turn_only;
    std::unique_ptr<SignalHub> hub;    // made by the service, as the next one
    std::unique_ptr<RelayShard> relay; // none: the service has none
};

/// Ports at which something of this service answers; those that the kernel chooses are not known.
[[nodiscard]] std::vector<std::uint16_t> listening_ports(const ServiceConfig& config);

/// The main loop's first.
[[nodiscard]] std::vector<EventLoop*> loops_of(const std::vector<std::unique_ptr<ServiceMember>>& members);

} // namespace vv::net
