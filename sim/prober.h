// Hole punching and nothing else: asks a STUN server, then asks the other end
// at every address it knows of, again and again. It holds the oracle against
// the boxes without any of the ICE that the oracle is to judge.
#pragma once

#include "base/rng.h"
#include "sim/host.h"
#include "stun/message.h"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace vv::sim {

inline constexpr std::chrono::milliseconds kProbeInterval{50};
/// Questions that still count if they are answered; of those older ones nobody is waiting for the answer.
inline constexpr std::size_t kProbesOpenMax = 512;

class Prober final : public App {
public:
    /// stun: of each family at most one is asked.
    Prober(Host& host, std::span<const SocketAddress> stun);

    /// Its own addresses, and what the STUN server saw.
    [[nodiscard]] std::vector<SocketAddress> candidates() const;
    void learn(const SocketAddress& remote);
    /// An answer has come from where the question went.
    [[nodiscard]] bool has_reached(AddressFamily family) const { return reached_.contains(family); }

    void handle_datagram(Instant now, const Datagram& in) override;
    void handle_timeout(Instant now) override;
    [[nodiscard]] std::optional<Instant> poll_timeout() const override { return next_round_; }

private:
    struct Question {
        SocketAddress local;
        SocketAddress to;
    };
    void ask(const SocketAddress& local, const SocketAddress& to);

    SeededRng rng_;
    std::vector<SocketAddress> sockets_;
    std::vector<SocketAddress> stun_;
    std::vector<SocketAddress> mapped_;
    std::vector<SocketAddress> remotes_; // in the order they were learned
    std::map<stun::TransactionId, Question> open_;
    std::deque<stun::TransactionId> order_;
    std::set<AddressFamily> reached_;
    Instant next_round_;
    ByteBuffer bytes_;
};

} // namespace vv::sim
