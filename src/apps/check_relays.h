// The parts of `visavis check` that stand between a person and a partner: how the NAT
// here maps, and the service's relay by each transport. All are tried at once, since
// what the server gives for it is good for half a minute.
#pragma once

#include "apps/check_report.h"
#include "base/rng.h"
#include "caller/client.h"
#include "caller/ice_url.h"
#include "net/event_loop.h"
#include "net/host_search.h"
#include "net/http_url.h"
#include "net/stun_trial.h"
#include "net/timer_queue.h"
#include "net/turn_trial.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vv::apps {

struct RelaysFound {
    bool is_known = false; ///< the server has said what it offers
    bool is_offered = false;
    bool works = false; ///< by one transport at least
};

class CheckRelays final : net::TimerHandler {
public:
    /// loop and rng outlive it.
    CheckRelays(net::EventLoop& loop, Rng& rng, const net::HttpUrl& page, std::string trusted_pem);
    CheckRelays(const CheckRelays&) = delete;
    CheckRelays& operator=(const CheckRelays&) = delete;
    ~CheckRelays() = default;

    /// Once. servers: as the server gives them for a trial; stun: the addresses it tells everybody.
    void begin(const std::vector<caller::IceServer>& servers, const std::vector<std::string>& stun, Duration time_max);
    [[nodiscard]] bool is_done() const;
    /// Once begun: of STUN and of each transport, in the order of CheckPart.
    [[nodiscard]] std::vector<CheckFinding> findings() const;
    [[nodiscard]] RelaysFound found() const;

private:
    struct Relay {
        CheckPart part{};
        std::optional<caller::IceUrl> url{}; ///< nothing: there is none to be tried
        bool is_told = false;                ///< by the server; else it is guessed
        std::unique_ptr<net::TurnTrial> trial{};
        std::optional<net::TurnTrial::Outcome> outcome{};
    };
    struct Target {
        caller::IceUrl url;
        bool is_needed = true; ///< it is told as a server of STUN, or nobody is
        std::vector<SocketAddress> places{};
        std::unique_ptr<net::HostSearch> search{};
    };

    void begin_relays(const std::vector<caller::IceServer>& servers);
    void handle_timeout(net::Timer& timer, Instant now) override;
    [[nodiscard]] bool has_place() const;
    void handle_found(Target& target, std::vector<SocketAddress> places);
    void begin_stun();
    [[nodiscard]] CheckFinding stun_finding() const;
    [[nodiscard]] CheckFinding finding_of_relay(const Relay& relay) const;

    net::EventLoop& loop_;
    Rng& rng_;
    net::HttpUrl page_;
    std::string trusted_pem_;
    Instant end_at_{};
    std::vector<Relay> relays_;
    std::vector<std::unique_ptr<Target>> targets_; // of STUN
    bool is_stun_begun_ = false;
    bool is_search_late_ = false;
    net::Timer search_timer_;
    std::vector<std::unique_ptr<net::StunTrial>> stun_trials_;
    std::vector<net::StunTrial::Outcome> stun_;
};

/// What a machine behind a NAT is told, in words; of one family.
[[nodiscard]] std::string nat_words(const net::StunTrial::Outcome& outcome);

} // namespace vv::apps
