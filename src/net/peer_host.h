// Gives one peer::PeerConnection sockets, relays and time: a UDP socket on each
// address of this machine, a TURN client for each relay, multicast DNS for names of
// the other end's, and the event loop's clock. A relay that has gone, as over a stream
// that broke, takes its transport along, and is asked for anew when ICE restarts.
#pragma once

#include "base/rng.h"
#include "dtls/certificate.h"
#include "ice/unpermitted_packets.h"
#include "net/event_loop.h"
#include "net/interfaces.h"
#include "net/mdns_socket.h"
#include "net/turn_link.h"
#include "net/unique_fd.h"
#include "peer/connection.h"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vv::net {

/// Packets to one relay that wait for their peer to be let in; what comes on top is lost.
inline constexpr std::size_t kRelayWaitingMax = 16;

class PeerHost final : private TimerHandler {
public:
    struct Options {
        peer::Config connection;
        std::vector<TurnLogin> relays;
        /// No packet goes to the other end but through a relay, and it learns no address but that.
        bool is_relay_only = false;
        /// Where sockets are opened. Empty: every address of this machine but loopback, or that where it is all there
        /// is.
        std::vector<IpAddress> addresses;
        /// STUN servers and relays come later, by add_servers(): gathering does not end before
        /// expect_no_more_servers().
        bool expects_servers = false;
        /// Of this machine; as net::interface_addresses() is.
        std::function<std::vector<IpAddress>()> interfaces = interface_addresses;
    };
    /// Called from within the loop and from within flush(). It may call the connection, but not destroy this or throw.
    using Told = std::function<void(peer::Event event)>;

    /// loop and rng outlive it. Throws std::runtime_error if the kernel cannot be asked for this machine's addresses.
    PeerHost(EventLoop& loop, Options options, dtls::Certificate certificate, Rng& rng, Told told);
    PeerHost(const PeerHost&) = delete;
    PeerHost& operator=(const PeerHost&) = delete;
    ~PeerHost();

    /// Whoever has called it calls flush() then.
    [[nodiscard]] peer::PeerConnection& connection() { return connection_; }
    [[nodiscard]] Instant now() const { return loop_.now(); }
    /// Whether names of the other end's have been looked for by multicast.
    [[nodiscard]] bool asks_this_network() const { return mdns_ != nullptr; }
    /// Before start(), for who learns late that it is to be so: Options::is_relay_only.
    void hide();
    /// Opens the sockets and asks for the relays.
    void start();
    /// After start(). A relay that is there and is named with another login may have forgotten this end, unless it
    /// carries the call: it is asked for once more, and what there is stays until that is there. One that is gone and
    /// is not named here is not asked for any more.
    void add_servers(const std::vector<SocketAddress>& stun, const std::vector<TurnLogin>& relays);
    /// No more will come, before a restart of ICE or after it.
    void expect_no_more_servers();
    /// The addresses of this machine may be others: sockets of those that are gone are closed, those of new ones
    /// opened, and relays that were reached from one that is gone are asked for anew. Throws like the constructor.
    void look_again();
    /// The same for who calls flush() afterwards: nothing is told yet.
    void follow_addresses();
    /// One of those addresses has no socket: IPv6 has it on trial for a moment (RFC 4862 §5.4), or there was no
    /// descriptor. look_again() tries it once more.
    [[nodiscard]] bool lacks_socket() const;
    /// Sends what there is, tells what there is to tell, and sets the clock.
    void flush();

private:
    class Socket;
    struct Relay {
        TurnLogin login;
        std::unique_ptr<TurnLink> link{};
        std::map<AddressFamily, ice::TransportId> ids{};
        ice::UnpermittedPackets waiting{kRelayWaitingMax};
        bool has_answered = false; ///< it is there, or will not be
        bool has_ended = false;
        Relay* former = nullptr; ///< with the login before, while it is not known whether this one will be there
    };

    void handle_timeout(Timer& timer, Instant now) override;
    void open_sockets();
    void open_socket(const IpAddress& ip);
    void close_socket(ice::TransportId id);
    [[nodiscard]] bool has_socket(const IpAddress& ip) const;
    Relay& add_relay(const TurnLogin& login);
    [[nodiscard]] Relay* find_relay(const TurnLogin& login);
    [[nodiscard]] std::unique_ptr<TurnLink> make_link(Relay& relay);
    void note_generation();
    void renew_relays();
    [[nodiscard]] bool carries(const Relay& relay) const;
    void handle_allocated(Relay& relay, const turn::Allocated& there);
    void end(Relay& relay);
    void lose(Relay& relay);
    void forget(Relay& relay);
    [[nodiscard]] SocketAddress told_mapped(const IpAddress& relayed, const SocketAddress& mapped) const;
    void handle(Relay& relay, const turn::ClientEvent& event);
    void hear(const ice::Route& route, ByteView packet);
    void transmit(const ice::Transmit& out);
    static void send_through(Relay& relay, const ice::Transmit& out);
    void note_event(peer::Event event);
    void resolve(std::string_view name);
    [[nodiscard]] ice::TransportId next_id() { return ice::TransportId(++last_id_); }

    EventLoop& loop_;
    Options options_;
    Rng& rng_;
    Told told_;
    peer::PeerConnection connection_;
    std::uint32_t last_id_ = 0;
    std::map<ice::TransportId, std::unique_ptr<Socket>> sockets_;
    std::list<Relay> relays_;
    std::list<Relay> forgotten_; // until no link of theirs is on the stack
    std::map<ice::TransportId, Relay*> by_id_;
    std::unique_ptr<MdnsSocket> mdns_; // from the first name on
    bool is_finished_ = false;         // with gathering
    bool is_flushing_ = false;
    bool chooses_addresses_ = false;
    std::string generation_;            // of ICE, by its ufrag
    std::vector<IpAddress> interfaces_; // as they were found last
    Timer renewal_;                     // of relays that have gone, whose links may be on the stack
    Timer sweep_;                       // of those that are forgotten, likewise
    Timer timer_;
};

} // namespace vv::net
