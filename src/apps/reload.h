// A new configuration or certificate for a service that runs: what of it is taken,
// and what has to wait for a restart.
#pragma once

#include "apps/advertised.h"
#include "apps/command_line.h"
#include "apps/config.h"
#include "net/log.h"
#include "net/service.h"
#include "net/state_dir.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::apps {

struct ReloadPlan {
    Config config;                         // the running one with what may change taken from the new one
    std::vector<std::string_view> changed; // keys that are taken and differ
    std::vector<std::string_view> kept;    // keys that differ and need a restart
};

/// Throws ConfigError if what is taken does not go together with what is kept. with_rooms: as check_together().
[[nodiscard]] ReloadPlan plan_reload(const Config& running, const Config& read, bool with_rooms = true);

/// The running plan with the addresses told from now on. A family whose relay ports would have to be bound to another
/// address, or that was not there or is gone, stays as it runs and gets its key in kept.
[[nodiscard]] RelayPlan renewed_places(const RelayPlan& running, const RelayPlan& found,
                                       std::vector<std::string_view>& kept);

class Reloader {
public:
    struct Running {
        Config config; // as given, without what its files hold
        RelayPlan plan;
        ReadAgain read_again;
        net::ServerKey key;
        bool with_rooms = true; // false: a relay alone
    };

    /// log outlives it.
    Reloader(Running running, net::Log& log) : running_(std::move(running)), log_(log) {}

    /// Before the service runs; it outlives every call of the two below.
    void begin(net::Service& service);
    /// Reads the configuration again and gives the service what may change. What cannot be used is refused as a whole,
    /// and the log says why.
    void reload();
    /// The same for the certificate. False if it could not be used; then the old one stays. The log says that it has
    /// been taken once every thread has.
    [[nodiscard]] bool reload_certificate();

private:
    struct Outcomes {
        net::Counter* taken = nullptr;
        net::Counter* refused = nullptr;
    };

    /// What the log says of a reload.
    struct Told {
        std::string changed;
        std::string ipv4;
        std::string ipv6;
        std::optional<std::string> rooms_closed; // why
        std::vector<UntoldAddress> untold;
        std::string kept;
    };

    void take(const Config& read);
    void tell(const Told& told);

    Running running_;
    net::Log& log_;
    net::Service* service_ = nullptr;
    Outcomes configuration_;
    Outcomes certificate_;
};

} // namespace vv::apps
