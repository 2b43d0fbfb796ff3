// The TURN server (RFC 8656, UDP allocations) and the STUN server (RFC 8489
// Binding) of one shard, without a socket or a clock.
//
// The driver hands in every datagram of its listening sockets and of the relay
// sockets it was told to open, does what the returned Action says, then fetches
// the Commands; it calls handle_timeout when poll_timeout says so (sooner, later
// or repeatedly is harmless). Shards share nothing: each has its own part of the
// relay ports, and a client's path always meets the same shard.
//
// Nothing is kept about a client before it has authenticated, except its place
// in two tables of fixed size that bound how often it is answered.
//
// Not built yet, and answered as RFC 8656 says servers without them answer:
// RESERVATION-TOKEN and DONT-FRAGMENT (420), EVEN-PORT that reserves a second port
// (508; without it an even port is given), a second address family
// (ADDRESS-ERROR-CODE 440), TCP allocations (442).
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "stun/message.h"
#include "turn/action.h"
#include "turn/allocation.h"
#include "turn/authenticator.h"
#include "turn/config.h"
#include "turn/counters.h"
#include "turn/peer_policy.h"
#include "turn/port_pool.h"
#include "turn/quota_book.h"
#include "turn/rate_limit.h"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace vv::turn {

class Server {
public:
    /// Throws std::invalid_argument with one line that says what is wrong with the configuration.
    /// rng must outlive the server, and so must shared_quota: whom to ask instead of counting by config.quotas alone.
    Server(ServerConfig config, Rng& rng, QuotaKeeper* shared_quota = nullptr);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() = default;

    /// from: the path the datagram came on. IPv4 clients of a dual-stack socket may be given in mapped form.
    [[nodiscard]] Action handle_client_input(Instant now, WallTime wall, const FiveTuple& from, ByteView datagram);
    /// peer: the source the relay socket saw.
    [[nodiscard]] Action handle_peer_input(Instant now, RelaySocket relay, const PeerAddress& peer, ByteView payload);
    /// The answers to OpenRelayPort. A failure tries another port before the client hears 508.
    void handle_relay_port_opened(Instant now, RelaySocket relay);
    void handle_relay_port_failed(Instant now, RelaySocket relay);
    void handle_timeout(Instant now);

    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    [[nodiscard]] std::optional<Command> poll_command();

    /// From now on Allocate is answered 508; what stands goes on until it ends.
    void stop_allocating() { is_stopping_ = true; }
    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] bool is_empty() const { return allocations_.empty() && own_quota_.is_empty(); }

private:
    /// A request whose sender is known.
    struct Request {
        Instant now;
        WallTime wall;
        const FiveTuple& from;
        const stun::Message& message;
        const Caller& caller;
    };
    struct Wish {
        AddressFamily family = AddressFamily::kIpv4;
        std::uint32_t lifetime_seconds = 0;
        bool second_family_refused = false;
        bool even_port = false;
    };
    /// Clients choose their addresses, so the place of a path in the table must not be theirs to choose.
    struct PathHash {
        crypto::SipHashKey key;
        [[nodiscard]] std::size_t operator()(const FiveTuple& path) const;
    };
    using Deadline = std::pair<Instant, std::uint64_t>;

    // server.cpp: the life of an allocation
    [[nodiscard]] const std::optional<RelayAddress>& relay_address(AddressFamily family) const;
    [[nodiscard]] SocketAddress relayed_address(const Allocation& allocation) const;
    [[nodiscard]] const ClassLimits& limits(CredentialClass credential_class) const;
    [[nodiscard]] Allocation* find_by_path(const FiveTuple& path);
    [[nodiscard]] Allocation* find_by_relay(RelaySocket relay);
    [[nodiscard]] Allocation*& relay_slot(RelaySocket relay);
    [[nodiscard]] std::uint16_t last_channel() const {
        return config_.legacy_channels ? kLegacyChannelLast : kChannelLast;
    }
    [[nodiscard]] PortPool& ports(AddressFamily family);
    [[nodiscard]] bool assign_port(Instant now, Allocation& allocation);
    void set_expiry(Allocation& allocation, Instant expiry);
    void remove(Instant now, Allocation& allocation);

    // server_requests.cpp: what clients ask
    [[nodiscard]] Action handle_binding(Instant now, const FiveTuple& from, const stun::Message& message);
    [[nodiscard]] Action handle_request(Instant now, WallTime wall, const FiveTuple& from,
                                        const stun::Message& message);
    [[nodiscard]] Action handle_authenticated(const Request& request);
    [[nodiscard]] Action handle_allocate(const Request& request);
    [[nodiscard]] Action create_allocation(const Request& request, const Wish& wish);
    [[nodiscard]] Action handle_refresh(const Request& request, Allocation& allocation);
    [[nodiscard]] Action handle_create_permission(const Request& request, Allocation& allocation);
    [[nodiscard]] Action handle_channel_bind(const Request& request, Allocation& allocation);
    [[nodiscard]] Result<Wish, stun::ErrorCode> parse_wish(const stun::Message& message) const;
    [[nodiscard]] bool is_in_time(const Request& request);
    [[nodiscard]] static Instant expiry_after(Instant now, std::uint32_t seconds, Instant life_end);
    [[nodiscard]] std::optional<stun::ErrorCode> judge_peer(const Allocation& allocation, const SocketAddress& peer,
                                                            bool with_port) const;

    // server_replies.cpp: how they are answered
    [[nodiscard]] Action challenge(Instant now, const FiveTuple& from, const stun::Message& message,
                                   stun::ErrorCode code);
    [[nodiscard]] Action refuse(const Request& request, stun::ErrorCode code);
    [[nodiscard]] Action refuse_unknown(const Request& request, std::span<const stun::AttributeType> unknown);
    /// lifetime: goes into the answer where the method has one.
    [[nodiscard]] Action confirm(const Request& request, std::optional<std::chrono::seconds> lifetime);
    void write_allocate_success(Instant now, const Allocation& allocation, ByteBuffer& out) const;
    void write_allocate_failure(const Allocation& allocation, stun::ErrorCode code, ByteBuffer& out);
    void count_error(stun::ErrorCode code);

    // server_data.cpp: what clients and peers send each other
    [[nodiscard]] Action handle_channel_data(Instant now, const FiveTuple& from, ByteView datagram);
    [[nodiscard]] Action handle_indication(Instant now, const FiveTuple& from, const stun::Message& message);
    [[nodiscard]] Action send_to_peer(Instant now, Allocation& allocation, const PeerAddress& peer, ByteView payload);
    [[nodiscard]] Action send_to_own_relay(Instant now, const Allocation& sender, const PeerAddress& peer,
                                           ByteView payload);
    [[nodiscard]] Action send_to_client(Instant now, RelaySocket relay, const PeerAddress& peer, ByteView payload);
    /// Takes from the class's rates.
    [[nodiscard]] bool admit(Instant now, const Allocation& allocation, Flow& flow, ByteView payload) const;
    [[nodiscard]] std::uint64_t& refusals_of(ConsentVerdict verdict);
    [[nodiscard]] stun::TransactionId next_indication_id();
    [[nodiscard]] HeaderBytes data_indication_header(const PeerAddress& peer, std::size_t payload_size);
    [[nodiscard]] static Action drop(std::uint64_t& counter);

    ServerConfig config_;
    Rng& rng_;
    Authenticator authenticator_;
    PeerPolicy policy_;
    QuotaBook own_quota_;
    QuotaKeeper& quota_;
    SourceLimiter challenges_;
    SourceLimiter bindings_;
    SourceLimiter guesses_;
    Counters counters_;
    bool is_stopping_ = false;

    std::unordered_map<FiveTuple, std::unique_ptr<Allocation>, PathHash> allocations_;
    /// Indexed by port within shard_ports; null where nobody has it.
    std::array<std::vector<Allocation*>, 2> by_relay_;
    std::array<PortPool, 2> ports_;
    std::map<Deadline, Allocation*> deadlines_;
    std::uint64_t next_id_ = 1;

    std::deque<Command> commands_;
    ByteBuffer reply_;
    crypto::SipHashKey indication_key_;
    std::uint64_t indications_sent_ = 0;
};

} // namespace vv::turn
