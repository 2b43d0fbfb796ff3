// One relayed address of a TURN server's, for a client (RFC 8656): got, kept,
// given back, and what is sent and received through it. A machine without a
// socket: it is given what comes from the server, be it datagrams or pieces of a
// stream, and says what is to be sent there.
//
// handle_input for what comes, handle_timeout when poll_timeout says so (sooner, later or repeatedly is harmless); then
// poll_transmit and poll_event until there is nothing more.
#pragma once

#include "base/datagram.h"
#include "base/instant.h"
#include "base/rng.h"
#include "base/socket_address.h"
#include "crypto/secret_bytes.h"
#include "stun/client_transaction.h"
#include "stun/message.h"
#include "stun/round_trip.h"
#include "turn/action.h"
#include "turn/channel_data.h"
#include "turn/client_credentials.h"
#include "turn/client_event.h"
#include "turn/config.h"
#include "turn/stream_framer.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::turn {

/// Addresses that are let in, and peers with a channel, of one client; past it none is added but in the place of one
/// that was refused.
inline constexpr std::size_t kClientPermissionsMax = 64;
inline constexpr std::size_t kClientChannelsMax = 64;
/// RFC 8656 §12: a number whose binding has ended rests so long before it stands for another peer.
inline constexpr std::chrono::minutes kChannelRest{5};
/// Packets to peers that wait to be fetched; past it none is taken.
inline constexpr std::size_t kClientPacketsMax = 256;
/// Events that wait to be fetched; past it no ICMP error is told, of which a server may send any number.
inline constexpr std::size_t kClientEventsMax = 256;
/// RFC 8489 §10: servers that send on to others end somewhere.
inline constexpr int kAlternatesMax = 2;
/// So long before its end everything is asked for anew: more than a request takes to be answered or given up.
inline constexpr std::chrono::seconds kRefreshAhead{60};
/// Over UDP. RFC 8489 §6.2.1 asks seven times with longer and longer waits; where a third is lost each way, one in a
/// hundred gets no answer to that. A relay is what such lines need most, so the waits stop growing here and the tries
/// fill about the same time: at most 40 s, however slow the server has been, so that kRefreshAhead is more.
inline constexpr std::chrono::seconds kRequestIntervalMax{2};
inline constexpr std::chrono::seconds kRequestLastWaitMax{8};
inline constexpr int kClientRequestsMax = 17;
/// RFC 8489 §6.2: requests to one server at one time. One place is the refresh's, which waits for no other.
inline constexpr std::size_t kClientRequestsAtOnceMax = 10;
/// Who leaves does not wait as long as who needs the answer.
inline constexpr int kReleaseRequestsMax = 3;
/// Over UDP, so that NATs on the way remember who is asking (RFC 8445 §11); many forget after 30 s.
inline constexpr std::chrono::seconds kKeepaliveInterval{20};
inline constexpr std::string_view kClientSoftware = "visavis";

struct ClientConfig {
    SocketAddress local;
    SocketAddress server;
    Transport transport = Transport::kUdp;
    std::string username;
    crypto::SecretBytes password;
    /// Of the relayed address; IPv4 where nothing is said.
    std::optional<AddressFamily> family;
    /// An IPv6 address besides the IPv4 one, if the server has both (RFC 8656 §7.1). Not together with `family`.
    bool dual = false;
};

/// What a peer has sent.
struct FromPeer {
    PeerAddress peer;
    ByteView payload; ///< as long as the input it was in, or until the next call
};

class Client {
public:
    /// rng outlives it.
    Client(ClientConfig config, Rng& rng);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() = default;

    /// Asks for the relay. Over a stream: once that is connected, and again after TryAlternate.
    void start(Instant now);
    /// Takes one datagram, or of a stream as much as the next frame needs, off the front of the input. Call it until
    /// that is empty. What it returns came from a peer.
    [[nodiscard]] std::optional<FromPeer> handle_input(Instant now, ByteView& input);
    /// The stream to the server has ended.
    void handle_path_closed();
    void handle_timeout(Instant now);

    /// Lets this address in and keeps doing so; one that was refused is asked for again. False: as many as may be are
    /// there already, or the relay is being given back. What is asked for before the relay is there waits for it.
    bool permit(Instant now, const IpAddress& peer);
    /// Takes a channel for the peer and keeps it, likewise; its address is let in as well. False: no more channels or
    /// permissions.
    bool bind_channel(Instant now, const PeerAddress& peer);
    /// False: its address is not let in (yet), or too much waits already.
    bool send(const PeerAddress& peer, ByteView payload, bool dont_fragment = false);
    /// Gives the relay back; Ended follows.
    void close(Instant now);

    [[nodiscard]] std::optional<Transmit> poll_transmit();
    [[nodiscard]] std::optional<ClientEvent> poll_event();
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    [[nodiscard]] bool is_allocated() const { return state_ == State::kAllocated; }
    [[nodiscard]] bool has_ended() const { return state_ == State::kEnded; }
    /// Of the relayed addresses; empty while there is none.
    [[nodiscard]] const std::vector<SocketAddress>& relayed() const { return relayed_; }
    [[nodiscard]] bool is_permitted(const IpAddress& peer) const;
    [[nodiscard]] bool has_channel(const PeerAddress& peer) const;
    /// Where it asks now; not the configured one after an alternate.
    [[nodiscard]] const SocketAddress& server() const { return config_.server; }
    /// How passwords are hashed with this server.
    [[nodiscard]] PasswordHash password_hash() const { return credentials_.hash(); }
    [[nodiscard]] std::optional<Duration> round_trip() const { return round_trip_.smoothed(); }

private:
    enum class State : std::uint8_t { kIdle, kAllocating, kAllocated, kReleasing, kEnded };
    enum class Purpose : std::uint8_t { kAllocate, kRefresh, kRelease, kPermission, kChannel };
    struct Pending {
        Purpose purpose = Purpose::kAllocate;
        std::size_t index = 0; // of the permission or the channel
        bool is_signed = false;
        int challenges = 0;
        stun::ClientTransaction transaction;
    };
    /// Neither is ever taken out: its place is what Pending::index means. One that was refused may give its place away.
    struct Permission {
        IpAddress peer;
        bool is_granted = false;
        std::optional<Instant> ask_at; // it waits for room; nothing: an answer is awaited, or it was refused
    };
    struct Channel {
        PeerAddress peer;
        bool is_bound = false;
        std::optional<Instant> ask_at;
        std::optional<Instant> free_at; // of one that was refused: when the server can have it bound no more

        [[nodiscard]] static ChannelNumber number_of(std::size_t index) {
            return ChannelNumber(static_cast<std::uint16_t>(kChannelFirst + index));
        }
    };

    // client.cpp
    [[nodiscard]] std::optional<FromPeer> handle_frame(Instant now, ByteView frame);
    [[nodiscard]] std::optional<FromPeer> handle_indication(const stun::Message& message);
    [[nodiscard]] std::optional<FromPeer> handle_channel_data(ByteView frame) const;
    [[nodiscard]] Permission* find_permission(const IpAddress& peer);
    [[nodiscard]] std::optional<std::size_t> find_channel(const PeerAddress& peer) const;
    [[nodiscard]] bool has_room_to_ask() const { return pending_.size() + 1 < kClientRequestsAtOnceMax; }
    [[nodiscard]] bool is_asking(Purpose purpose, std::size_t index) const;
    [[nodiscard]] std::optional<std::size_t> place_for_permission() const;
    [[nodiscard]] std::optional<std::size_t> place_for_channel(Instant now) const;
    [[nodiscard]] bool is_leaving() const {
        return is_closing_ || state_ == State::kReleasing || state_ == State::kEnded;
    }
    void ask_what_is_due(Instant now);
    void keep_alive(Instant now);
    void release(Instant now, Ended::Why why);
    void end(Ended::Why why, std::uint16_t code = 0);

    // client_requests.cpp
    void ask(Instant now, Purpose purpose, std::size_t index = 0, int challenges = 0);
    void write_request(stun::MessageBuilder& builder, Purpose purpose, std::size_t index) const;
    void handle_answer(Instant now, const stun::Message& message);
    void handle_success(Instant now, const Pending& request, const stun::Message& message);
    void handle_allocated(Instant now, const stun::Message& message);
    void handle_refreshed(Instant now, const stun::Message& message);
    void handle_error(Instant now, const Pending& request, const stun::Message& message, std::uint16_t code);
    void handle_refusal(Instant now, Purpose purpose, std::size_t index, std::uint16_t code);
    void handle_no_answer(Instant now, Purpose purpose, std::size_t index);
    [[nodiscard]] bool follow_alternate(Instant now, const Pending& request, const stun::Message& message);
    [[nodiscard]] bool is_credible(const Pending& request, const stun::Message& message, std::uint16_t code) const;
    [[nodiscard]] bool grants_what_was_asked(const std::vector<SocketAddress>& relayed) const;
    [[nodiscard]] stun::RequestTiming timing_for(Purpose purpose) const;

    ClientConfig config_;
    Rng& rng_;
    State state_ = State::kIdle;
    bool is_closing_ = false; // while it is not known yet whether there is a relay to give back
    Ended::Why release_why_ = Ended::Why::kClosed;
    ClientCredentials credentials_;
    StreamFramer framer_;
    stun::RoundTripEstimate round_trip_;
    int alternates_ = 0;
    std::vector<SocketAddress> relayed_;
    std::optional<Instant> refresh_at_;
    std::optional<Instant> keepalive_at_;
    std::vector<Permission> permissions_;
    std::vector<Channel> channels_;
    std::vector<Pending> pending_; // at most one for each thing that can be asked
    std::deque<ByteBuffer> packets_;
    std::deque<ClientEvent> events_;
};

} // namespace vv::turn
