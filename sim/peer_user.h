// A whole native peer on a simulated host: the connection of src/peer with the
// host's sockets and relays of the real TURN client, as its driver is to it. Two
// of them tell each other what a signaling server would carry.
#pragma once

#include "base/rng.h"
#include "peer/connection.h"
#include "sim/host.h"
#include "sim/transports.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vv::sim {

struct PeerSetup {
    std::vector<SocketAddress> stun_servers{};
    std::vector<TurnLogin> relays{};
    bool offers = false; ///< the first time, and whenever ICE is to begin anew
    bool has_media = false;
};

struct Offer {
    std::string sdp;
};
struct Answer {
    std::string sdp;
};
/// To the end that offers.
struct OfferWish {};
using PeerSignal = std::variant<Offer, Answer, OfferWish, peer::Candidate>;

class PeerUser final : public App, private Transports::Owner {
public:
    /// A certificate for every user of a world makes it fast.
    PeerUser(Host& host, PeerSetup setup, const dtls::Certificate& certificate);

    /// Signaling from here to there, in order and without loss; a host that sleeps hears it when it wakes. Both stay
    /// until the world ends.
    void signal_to(PeerUser& other, Duration delay);
    /// On every address of the host.
    void start();
    /// Where this end does not offer, it asks the other for it.
    void restart();
    void close();

    /// On a channel that the end that offers opens. False: not yet, or it has no room.
    bool say(std::string_view text);
    /// 20 ms of sound and a picture. False: not now.
    bool send_media();

    [[nodiscard]] peer::PeerConnection& connection() { return connection_; }
    [[nodiscard]] const peer::PeerConnection& connection() const { return connection_; }
    [[nodiscard]] bool is_in(peer::State state) const { return connection_.state() == state; }
    /// In the order they were told; whoever wants the others takes them.
    std::vector<peer::StateChanged> states;
    std::vector<std::string> heard;
    std::size_t sounds = 0;
    std::size_t pictures = 0;

    void handle_datagram(Instant now, const Datagram& in) override;
    void handle_timeout(Instant now) override;
    [[nodiscard]] std::optional<Instant> poll_timeout() const override;
    void handle_addresses_changed(Instant now) override;

private:
    [[nodiscard]] bool add_host(Instant now, const ice::HostTransport& its_host) override {
        return connection_.add_host(now, its_host);
    }
    [[nodiscard]] bool add_relay(Instant now, const ice::RelayTransport& relay) override {
        return connection_.add_relay(now, relay);
    }
    void remove_transport(Instant now, ice::TransportId via) override { connection_.remove_transport(now, via); }
    void hear(Instant now, const ice::Route& route, ByteView packet) override;

    void begin_relays();
    void move(Instant now);
    // What the connection says, and signaling
    void flush(Instant now);
    void handle(peer::Event& event);
    void offer(Instant now, peer::IceRestart restart);
    void tell(PeerSignal signal);
    void handle_signal(PeerSignal& signal);

    PeerSetup setup_;
    SeededRng rng_;
    peer::PeerConnection connection_;
    Transports transports_;
    PeerUser* other_ = nullptr;
    Duration signaling_delay_{};
    std::deque<PeerSignal> missed_; // while the host slept
    std::optional<peer::ChannelId> channel_;
    std::uint32_t frames_sent_ = 0;
    bool is_key_due_ = true;
    bool awaits_answer_ = false;
    bool wants_restart_ = false; // once it has come
    bool finished_ = false;      // with gathering
    bool has_moved_ = false;
};

} // namespace vv::sim
