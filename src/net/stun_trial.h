// How a NAT maps what leaves one socket of this machine (RFC 5780 §4.3): asks several
// ports of a service how they see it, and where one names another address of the
// service, that too.
#pragma once

#include "base/rng.h"
#include "base/socket_address.h"
#include "net/event_loop.h"
#include "net/unique_fd.h"
#include "stun/message.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace vv::net {

/// Between two requests to one that has not answered.
inline constexpr std::chrono::milliseconds kStunTrialResend{250};
/// Once all have answered that should, so long others are waited for.
inline constexpr std::chrono::milliseconds kStunTrialGrace{400};
/// Addresses asked in one trial.
inline constexpr std::size_t kStunTrialServersMax = 8;

class StunTrial final : EventHandler, TimerHandler {
public:
    struct Server {
        SocketAddress address;
        bool is_needed = true; ///< else it may be that nobody answers there
    };
    struct Seen {
        Server server;
        std::optional<SocketAddress> mapped{}; ///< nothing: no answer
        std::optional<SocketAddress> local{};  ///< of the socket, as this machine leaves for there; nothing: no way
        Duration round_trip{};
        std::uint16_t refused = 0; ///< the code of an answer that is an error; 0: none
    };
    struct Outcome {
        bool has_way = false; ///< this machine has one to somebody, as far as it knows
        std::vector<Seen> seen;
    };
    /// Called once, from a round of the loop. It may not destroy this.
    using Done = std::function<void(Outcome)>;

    /// servers: of one family; those past kStunTrialServersMax are passed over. loop and rng outlive this.
    StunTrial(EventLoop& loop, const std::vector<Server>& servers, Duration time_max, Rng& rng, Done done);
    StunTrial(const StunTrial&) = delete;
    StunTrial& operator=(const StunTrial&) = delete;
    ~StunTrial();

private:
    struct Asked {
        Seen seen;
        stun::TransactionId id;
        Instant first_at;

        [[nodiscard]] bool has_answer() const { return seen.mapped || seen.refused != 0; }
    };

    void handle_ready(std::uint32_t events) override;
    void handle_timeout(Timer& timer, Instant now) override;
    void add(const Server& server, Instant now);
    void ask(const Asked& asked) const;
    void handle_answer(Instant now, const SocketAddress& from, ByteView datagram);
    void look_whether_all_answered(Instant now);
    [[nodiscard]] bool has_all(bool needed_only) const;
    void finish();

    EventLoop& loop_;
    Rng& rng_;
    Done done_;
    UniqueFd fd_;
    std::vector<Asked> asked_;
    Instant end_;
    Timer resend_;
    Timer deadline_;
};

} // namespace vv::net
