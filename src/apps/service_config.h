// A configuration in the service's own terms: at the start, and again whenever it
// has been read anew.
#pragma once

#include "apps/advertised.h"
#include "apps/config.h"
#include "apps/rooms_gate.h"
#include "net/log.h"
#include "net/service.h"
#include "net/state_dir.h"

#include <optional>

namespace vv::apps {

struct ServiceDescription {
    /// Without the page's files, the certificate and the place of the reports, which are the start's.
    net::ServiceConfig service;
    std::optional<RoomsGate> rooms; // none for a relay alone
};

/// config: with its rules read. key: the server's, from which the relay's secret is made if none is configured.
/// Throws ConfigError.
[[nodiscard]] ServiceDescription describe_service(const Config& config, const RelayPlan& plan,
                                                  const net::ServerKey& key, bool with_rooms);

/// What a relay alone needs of its configuration. Throws ConfigError.
void check_relay(const Config& config);

[[nodiscard]] net::LogOptions log_options(const Config& config);

} // namespace vv::apps
