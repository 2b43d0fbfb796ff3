// What a service takes while it runs: a new configuration, with the addresses it
// tells, and a new certificate.
#pragma once

#include "net/connection_limits.h"
#include "net/file_watch.h"
#include "net/for_all_loops.h"
#include "net/region_watch.h"
#include "net/service.h"
#include "net/service_member.h"
#include "net/shared_limits.h"
#include "net/tls_context.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace vv::net {

/// Whoever uses the secrets of a configuration has them by then, and takes others at a reload. Where only the rest of
/// it is asked for, a secret that was retired because it had leaked would stay in memory.
void forget_secrets(ServiceConfig& config);

/// One for each member of a service. Throws as make_server_context.
[[nodiscard]] std::vector<SslContextPtr> make_server_contexts(const TlsCredentials& credentials, std::size_t members);

/// On the main loop's thread.
class ServiceReload {
public:
    /// What it reaches, which outlives it.
    struct Parts {
        ServiceConfig& config;                                // without its secrets
        std::vector<std::unique_ptr<ServiceMember>>& members; // the first is the main loop's
        ConnectionLimits& limits;
        SharedPrefixLimits& prefixes;
        std::optional<SharedRelayLimits>& turn;
        std::unique_ptr<RegionWatch>& regions;
        std::unique_ptr<FileWatch>& files; // from when the service runs
    };

    explicit ServiceReload(const Parts& parts);
    ServiceReload(const ServiceReload&) = delete;
    ServiceReload& operator=(const ServiceReload&) = delete;
    ~ServiceReload() = default;

    /// Service::reload.
    void reload(ServiceConfig wished, Task done);
    /// Service::reload_tls.
    void reload_tls(const TlsCredentials& credentials, Task done);

private:
    Parts parts_;
    ForAllLoops configurations_;
    ForAllLoops certificates_; // apart: the newest of one kind must not end the other's
};

} // namespace vv::net
