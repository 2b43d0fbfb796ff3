// The real ICE agent on a simulated host, with the host's sockets and relays of
// the real TURN client: what a native peer's driver is to it. Two of them tell
// each other what a signaling server would carry.
#pragma once

#include "base/rng.h"
#include "ice/agent.h"
#include "sim/host.h"
#include "sim/transports.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vv::sim {

/// Packets to one relay that wait for their peer to be let in; what comes on top is lost.
inline constexpr std::size_t kIceWaitingMax = 16;

struct IceSetup {
    bool controlling = false;
    std::vector<SocketAddress> stun_servers;
    std::vector<TurnLogin> relays;
};

struct EndOfCandidates {};
/// To the end that leads.
struct RestartWish {};
/// What signaling carries. As with offers and answers, one end leads: it alone begins a new generation, and what
/// belongs to an older one than the present is passed over. The text is a candidate's line.
struct IceSignal {
    std::uint32_t generation = 0;
    std::variant<ice::Credentials, std::string, EndOfCandidates, RestartWish> what;
};

class IceUser final : public App, private Transports::Owner {
public:
    IceUser(Host& host, IceSetup setup);

    /// Signaling from here to there, in order and without loss; a host that sleeps hears it when it wakes. Both stay
    /// until the world ends, and one leads.
    void signal_to(IceUser& other, Duration delay, bool leads);
    /// By whatever carries it, in order and without loss, to the other end's handle_signal().
    void signal_by(std::function<void(const IceSignal&)> carry, bool leads);
    void handle_signal(const IceSignal& signal);
    /// On every address of the host.
    void start();
    /// Where this end does not lead, it asks the other for it.
    void restart();
    /// Gives back the relays it has, of which some may be gone without its knowing yet, and asks anew.
    void renew_relays();
    /// On the path in use; lost without one.
    void send(std::string_view text);

    [[nodiscard]] const ice::Agent& agent() const { return agent_; }
    [[nodiscard]] bool is_in(ice::State state) const { return agent_.state() == state; }
    /// At its relays, for their peers to be let in.
    [[nodiscard]] std::size_t packets_waiting() const { return transports_.packets_waiting(); }
    /// So far, those that have ended included.
    [[nodiscard]] std::size_t relays_asked() const { return transports_.relays_asked(); }
    /// In the order they were told.
    std::vector<ice::State> states;
    /// Data from the other end; whoever wants it takes it.
    std::vector<std::string> heard;

    void handle_datagram(Instant now, const Datagram& in) override;
    void handle_timeout(Instant now) override;
    [[nodiscard]] std::optional<Instant> poll_timeout() const override;
    void handle_addresses_changed(Instant now) override;

private:
    [[nodiscard]] bool add_host(Instant now, const ice::HostTransport& its_host) override {
        return agent_.add_host(now, its_host);
    }
    [[nodiscard]] bool add_relay(Instant now, const ice::RelayTransport& relay) override {
        return agent_.add_relay(now, relay);
    }
    void remove_transport(Instant now, ice::TransportId via) override { agent_.remove_transport(now, via); }
    void hear(Instant now, const ice::Route& route, ByteView packet) override;
    void note(ByteView data);

    // What the agent says, and signaling
    void flush(Instant now);
    void handle(const ice::Event& event);
    template <typename What>
    void tell(What what);
    [[nodiscard]] bool begin_generation_of(const IceSignal& signal);

    SeededRng rng_;
    ice::Agent agent_;
    Transports transports_;
    std::function<void(const IceSignal&)> carry_;
    bool leads_ = false;
    std::deque<IceSignal> missed_; // while the host slept
    std::uint32_t generation_ = 0;
    std::string told_ufrag_; // of the generation that the other end knows
    bool finished_ = false;  // with gathering
    bool has_moved_ = false;
};

} // namespace vv::sim
