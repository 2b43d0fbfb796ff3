// The real ICE agent on a simulated host, with the host's sockets and relays of
// the real TURN client: what a native peer's driver is to it. Two of them tell
// each other what a signaling server would carry.
#pragma once

#include "base/rng.h"
#include "ice/agent.h"
#include "sim/host.h"
#include "sim/turn_user.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
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

class IceUser final : public App {
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
    [[nodiscard]] std::size_t packets_waiting() const;
    /// So far, those that have ended included.
    [[nodiscard]] std::size_t relays_asked() const { return relays_.size(); }
    /// In the order they were told.
    std::vector<ice::State> states;
    /// Data from the other end; whoever wants it takes it.
    std::vector<std::string> heard;

    void handle_datagram(Instant now, const Datagram& in) override;
    void handle_timeout(Instant now) override;
    [[nodiscard]] std::optional<Instant> poll_timeout() const override;
    void handle_addresses_changed(Instant now) override;

private:
    struct Relay {
        TurnUser* user = nullptr;
        turn::Transport transport = turn::Transport::kUdp;
        std::map<AddressFamily, ice::TransportId> ids{};
        std::deque<ice::Transmit> waiting{};

        /// It is there, or will not be.
        [[nodiscard]] bool has_answered() const { return user->is_there() || user->ended().has_value(); }
    };

    // Transports
    void open_sockets(Instant now);
    void begin_relays();
    void handle_relays(Instant now);
    void handle(Instant now, Relay& relay, const turn::ClientEvent& event);
    void remove(Instant now, Relay& relay);
    void move(Instant now);
    [[nodiscard]] ice::TransportId next_id() { return ice::TransportId(++last_id_); }

    // Packets
    void hear(Instant now, const ice::Route& route, ByteView packet);
    void note(ByteView data);
    void transmit(const ice::Transmit& out);
    static void send_through(Relay& relay, const ice::Transmit& out);

    // What the agent says, and signaling
    void flush(Instant now);
    void handle(const ice::Event& event);
    void keep_channel();
    template <typename What>
    void tell(What what);
    [[nodiscard]] bool begin_generation_of(const IceSignal& signal);

    IceSetup setup_;
    SeededRng rng_;
    ice::Agent agent_;
    std::uint32_t last_id_ = 0;
    std::map<ice::TransportId, SocketAddress> sockets_;
    std::deque<Relay> relays_; // of those that have ended too: their clients stay
    std::map<ice::TransportId, Relay*> by_id_;
    std::function<void(const IceSignal&)> carry_;
    bool leads_ = false;
    std::deque<IceSignal> missed_; // while the host slept
    std::uint32_t generation_ = 0;
    std::string told_ufrag_; // of the generation that the other end knows
    bool finished_ = false;  // with gathering
    bool relays_have_news_ = false;
    bool has_moved_ = false;
};

} // namespace vv::sim
