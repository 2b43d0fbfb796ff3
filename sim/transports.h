// What a native peer sends and receives by on a simulated host: a socket on each
// of its addresses, and relays of the real TURN client. Two programs have it, one
// around the ICE agent and one around the whole peer.
#pragma once

#include "ice/gathering.h"
#include "ice/path.h"
#include "ice/unpermitted_packets.h"
#include "sim/host.h"
#include "sim/turn_user.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace vv::sim {

class Transports {
public:
    /// Told of transports, as ice/agent.h has them, and given what comes by them.
    class Owner {
    public:
        Owner() = default;
        Owner(const Owner&) = delete;
        Owner& operator=(const Owner&) = delete;
        [[nodiscard]] virtual bool add_host(Instant now, const ice::HostTransport& host) = 0;
        [[nodiscard]] virtual bool add_relay(Instant now, const ice::RelayTransport& relay) = 0;
        virtual void remove_transport(Instant now, ice::TransportId via) = 0;
        virtual void hear(Instant now, const ice::Route& route, ByteView packet) = 0;

    protected:
        ~Owner() = default;
    };

    /// waiting_most: packets to one relay for their peers to be let in. The app outlives this, and is its owner.
    Transports(Host& host, App& app, Owner& owner, std::vector<TurnLogin> relays, std::size_t waiting_most);

    /// On every address of the host, IPv6 first (RFC 8421 §4).
    void open_sockets(Instant now);
    /// Asks for the relays, beside those that are there.
    void begin_relays();
    /// Gives back the relays it has, of which some may be gone without its knowing yet, and asks anew.
    void renew_relays(Instant now);
    /// Lets go of all, as the host has other addresses, and opens and asks anew.
    void move(Instant now);

    /// A datagram of one of its sockets.
    void handle_datagram(Instant now, const Datagram& in);
    /// What relays have told since; false: nothing.
    bool handle_relays(Instant now);
    [[nodiscard]] bool has_news() const { return has_news_; }

    void send(const ice::Transmit& out);
    /// Where that way leads through a relay: four bytes in place of thirty-six on every packet from then on.
    void keep_channel(const ice::Route& route);

    /// Each relay is there, or will not be.
    [[nodiscard]] bool has_all_relays() const;
    /// For their peers to be let in.
    [[nodiscard]] std::size_t packets_waiting() const;
    /// So far, those that have ended included.
    [[nodiscard]] std::size_t relays_asked() const { return relays_.size(); }

private:
    struct Relay {
        TurnUser* user = nullptr;
        turn::Transport transport = turn::Transport::kUdp;
        ice::UnpermittedPackets waiting;
        std::map<AddressFamily, ice::TransportId> ids{};
    };

    void handle(Instant now, Relay& relay, const turn::ClientEvent& event);
    void add(Instant now, Relay& relay, const turn::Allocated& there);
    void remove(Instant now, Relay& relay);
    [[nodiscard]] ice::TransportId next_id() { return ice::TransportId(++last_id_); }

    Host& host_;
    App& app_;
    Owner& owner_;
    std::vector<TurnLogin> logins_;
    std::size_t waiting_most_;
    std::uint32_t last_id_ = 0;
    std::map<ice::TransportId, SocketAddress> sockets_;
    std::deque<Relay> relays_; // of those that have ended too: their clients stay
    std::map<ice::TransportId, Relay*> by_id_;
    bool has_news_ = false;
};

} // namespace vv::sim
