// The TURN server (RFC 8656, UDP allocations) and the STUN server (RFC 8489
// Binding) of one shard, without a socket or a clock.
//
// The driver hands in every datagram of its listening sockets and of the relay
// sockets it was told to open, and every frame of its clients' streams, does what the returned Action says, then
// fetches the Commands; it calls handle_timeout when poll_timeout says so (sooner, later or repeatedly is harmless).
// Shards share nothing: each has its own part of the relay ports, and a datagram's path always meets the same shard, a
// stream's the shard that accepted it.
//
// Nothing is kept about a client before it has authenticated, except its place
// in two tables of fixed size that bound how often it is answered.
//
// Not built, and answered as RFC 8656 says servers without them answer: TCP
// allocations (442).
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "base/slab_memory.h"
#include "stun/attributes.h"
#include "stun/message.h"
#include "stun/source_limiter.h"
#include "turn/action.h"
#include "turn/allocation.h"
#include "turn/authenticator.h"
#include "turn/config.h"
#include "turn/counters.h"
#include "turn/flow_pace.h"
#include "turn/path_hash.h"
#include "turn/peer_policy.h"
#include "turn/port_pool.h"
#include "turn/quota_book.h"
#include "turn/recent_paths.h"
#include "turn/reservation_book.h"
#include "turn/stranger_limits.h"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace vv::turn {

class Server {
public:
    /// Throws std::invalid_argument with one line that says what is wrong with the configuration.
    /// rng must outlive the server, and so must shared_quota: whom to ask instead of counting by config.quotas alone.
    /// The same holds for shared_reservations, of machines that share the relay's ports among them, and for
    /// shared_strangers, in whose rates the configuration's are. memory outlives the server too: what each allocation
    /// takes is in it, and the server's own book of quotas.
    Server(ServerConfig config, Rng& rng, QuotaKeeper* shared_quota = nullptr,
           ReservationKeeper* shared_reservations = nullptr, StrangerKeeper* shared_strangers = nullptr,
           std::pmr::memory_resource& memory = *std::pmr::get_default_resource());
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() = default;

    /// from: the path the datagram, or the frame of a stream, came on. IPv4 clients of a dual-stack socket may be given
    /// in mapped form.
    [[nodiscard]] Action handle_client_input(Instant now, WallTime wall, const FiveTuple& from, ByteView datagram);
    /// peer: the source the relay socket saw; of what another machine of this server has handed over (ForwardToRelay),
    /// its relay port at the address those are bound to.
    [[nodiscard]] Action handle_peer_input(Instant now, RelaySocket relay, const PeerAddress& peer, ByteView payload);
    /// peer: where the packet that caused the ICMP message was going (RFC 8656 §11.5).
    [[nodiscard]] Action handle_peer_error(Instant now, RelaySocket relay, const PeerAddress& peer,
                                           const stun::IcmpValue& icmp);
    /// The answers to OpenRelayPort. A failure tries another port before the client hears 508.
    void handle_relay_port_opened(Instant now, RelaySocket relay);
    void handle_relay_port_failed(Instant now, RelaySocket relay);
    /// The stream of this path has ended, and with it its allocation, which nobody could reach again.
    void handle_path_closed(Instant now, const FiveTuple& path);
    void handle_timeout(Instant now);

    /// Takes from the configuration what may change under standing allocations (each_reloadable); all else stays as it
    /// was. Allocations stay, with the key they were made with; permissions for what is denied now do not. Throws
    /// std::invalid_argument as the constructor does, and changes nothing.
    void reconfigure(Instant now, ServerConfig config);
    /// Of the configuration own_addresses alone. Permissions for what is ours now end.
    void set_own_addresses(std::vector<IpAddress> addresses);

    /// Whether anything hangs on this path; an Allocate that waits for its socket counts.
    [[nodiscard]] bool has_allocation(const FiveTuple& path) const { return allocations_.contains(path); }
    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    [[nodiscard]] std::optional<Command> poll_command();

    /// From now on Allocate is answered 508; what stands goes on until it ends.
    void stop_allocating() { is_stopping_ = true; }
    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] bool is_empty() const { return allocations_.empty() && own_quota_.is_empty() && held_.empty(); }

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
        /// An IPv6 address besides the IPv4 one.
        bool is_dual = false;
        PortWish port = PortWish::kAny;
        std::optional<stun::ReservationToken> token;
    };
    using Deadline = std::pair<Instant, std::uint64_t>;
    /// Was told to clients until a change of the configuration.
    struct FormerAddress {
        IpAddress ip;
        Instant expiry; // by then no allocation is left that was made under it
    };
    /// A port of ours in the book of reservations.
    struct Held {
        RelaySocket relay;
        Instant expiry;
    };

    // server.cpp: the life of an allocation
    [[nodiscard]] const std::optional<RelayAddress>& relay_address(AddressFamily family) const;
    [[nodiscard]] SocketAddress relayed_address(RelaySocket relay) const;
    [[nodiscard]] const ClassLimits& limits(CredentialClass credential_class) const;
    [[nodiscard]] Allocation* find_by_path(const FiveTuple& path);
    [[nodiscard]] Allocation* find_by_relay(RelaySocket relay) const;
    [[nodiscard]] std::uint16_t last_channel() const {
        return config_.legacy_channels ? kLegacyChannelLast : kChannelLast;
    }
    [[nodiscard]] PortPool& ports(AddressFamily family);
    [[nodiscard]] bool assign_port(Instant now, Allocation& allocation, RelaySocket& socket);
    [[nodiscard]] bool assign_reserved(Allocation& allocation, const stun::ReservationToken& token);
    [[nodiscard]] std::optional<RelayPort> take_port(Instant now, const Allocation& allocation, AddressFamily family);
    void release_reservation(Instant now, const Allocation& allocation);
    void end_reservations(Instant now);
    void collect_ports(Instant now);
    [[nodiscard]] static RelaySocket port_above(RelaySocket relay);
    /// A port of another machine that an allocation of ours came by through a token.
    [[nodiscard]] bool is_adopted(RelaySocket relay) const { return !config_.shard_ports.contains(relay.port.value()); }
    void set_relay_slot(RelaySocket relay, Allocation* allocation);
    void assign_second(Instant now, Allocation& allocation);
    void return_port(Instant now, RelaySocket relay);
    void give_back_port(Instant now, const Allocation& allocation, RelaySocket socket);
    void drop_second(Instant now, Allocation& allocation);
    void promote_second(Allocation& allocation);
    void finish_opening(Instant now, Allocation& allocation);
    /// family: of one relayed address; nothing: of all.
    void set_expiry(Allocation& allocation, std::optional<AddressFamily> family, Instant expiry);
    void end_family(Instant now, Allocation& allocation, AddressFamily family);
    void expire(Instant now, Allocation& allocation);
    void remove(Instant now, Allocation& allocation);
    void keep_former(Instant now, const std::optional<RelayAddress>& own, const std::optional<RelayAddress>& wished);
    void end_former_addresses(Instant now);
    void give_back_quota(Instant now, std::string_view user, const IpAddress& source, const Spent& spent);
    void forget_rested(Instant now);
    void renew_policy();

    // server_requests.cpp: what clients ask
    [[nodiscard]] Action handle_binding(Instant now, const FiveTuple& from, const stun::Message& message);
    [[nodiscard]] Action handle_request(Instant now, WallTime wall, const FiveTuple& from,
                                        const stun::Message& message);
    [[nodiscard]] bool may_be_checked(Instant now, const FiveTuple& from, const stun::Message& message,
                                      bool has_allocation) const;
    [[nodiscard]] Action handle_authenticated(const Request& request);
    [[nodiscard]] Action handle_allocate(const Request& request);
    [[nodiscard]] Action create_allocation(const Request& request, const Wish& wish, const Spent& spent);
    [[nodiscard]] Action handle_refresh(const Request& request, Allocation& allocation);
    [[nodiscard]] Action handle_create_permission(const Request& request, Allocation& allocation);
    [[nodiscard]] Action handle_channel_bind(const Request& request, Allocation& allocation);
    [[nodiscard]] Result<Wish, stun::ErrorCode> parse_wish(const stun::Message& message) const;
    [[nodiscard]] static std::optional<stun::ErrorCode> parse_port_wish(const stun::Message& message, Wish& wish);
    /// Nothing: its name is good now.
    [[nodiscard]] std::optional<AuthRefused::Why> judge_time(const Request& request);
    [[nodiscard]] static Instant expiry_after(Instant now, std::uint32_t seconds, Instant life_end);
    [[nodiscard]] std::optional<stun::ErrorCode> judge_peer(const Allocation& allocation, const SocketAddress& peer,
                                                            bool with_port) const;
    [[nodiscard]] bool hears_itself(const Allocation& allocation, const IpAddress& peer) const;

    // server_replies.cpp: how they are answered
    [[nodiscard]] Action challenge(Instant now, const FiveTuple& from, const stun::Message& message,
                                   stun::ErrorCode code);
    [[nodiscard]] SecurityFeatures features_for(const stun::Message& message, stun::ErrorCode code) const;
    void write_challenge(Instant now, const FiveTuple& from, const stun::Message& message, stun::ErrorCode code,
                         SecurityFeatures features);
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
    [[nodiscard]] Action send_to_peer(Instant now, Allocation& allocation, const PeerAddress& peer, ByteView payload,
                                      bool dont_fragment);
    [[nodiscard]] Action send_to_own_relay(Instant now, const ForwardToRelay& packet);
    [[nodiscard]] Action send_to_client(Instant now, RelaySocket relay, const PeerAddress& peer, ByteView payload);
    [[nodiscard]] const FlowPace& pace(CredentialClass credential_class) const {
        return credential_class == CredentialClass::kProbe ? probe_pace_ : call_pace_;
    }
    [[nodiscard]] std::uint64_t& refusals_of(ConsentVerdict verdict);
    [[nodiscard]] SocketAddress as_advertised(Instant now, RelaySocket relay, const PeerAddress& peer) const;
    [[nodiscard]] SocketAddress known_to(Instant now, const Allocation* client, RelaySocket relay) const;
    [[nodiscard]] stun::TransactionId next_indication_id();
    [[nodiscard]] HeaderBytes data_indication_header(const PeerAddress& peer, std::size_t payload_size);
    [[nodiscard]] static Action drop(std::uint64_t& counter);

    ServerConfig config_;
    Rng& rng_;
    std::pmr::memory_resource& memory_;
    Authenticator authenticator_;
    PeerPolicy policy_;
    FlowPace call_pace_;
    FlowPace probe_pace_;
    std::vector<FormerAddress> former_; // the newest first, at most kFormerAddressesMax of each family
    QuotaBook own_quota_;
    QuotaKeeper& quota_;
    std::unique_ptr<StrangerLimits> own_strangers_; // null: shared
    StrangerKeeper& strangers_;
    stun::SourceLimiter guesses_; // by address and port, which always meet the same machine
    Counters counters_;
    bool is_stopping_ = false;

    std::pmr::unordered_map<FiveTuple, Placed<Allocation>, PathHash> allocations_;
    RecentPaths recent_paths_;
    /// Indexed by port within shard_ports; null where nobody has it.
    std::array<std::vector<Allocation*>, 2> by_relay_;
    std::array<PortPool, 2> ports_;
    std::map<RelaySocket, Allocation*> adopted_;
    ReservationBook own_reservations_;
    ReservationKeeper& reservations_;
    std::deque<Held> held_; // all are held equally long, so the first is the next to end
    std::pmr::map<Deadline, Allocation*> deadlines_;
    std::optional<Instant> forgetting_at_; // of the book of quotas; nothing: nobody rests in it
    std::uint64_t next_id_ = 1;

    std::deque<Command> commands_;
    ByteBuffer reply_;
    crypto::SipHashKey indication_key_;
    std::uint64_t indications_sent_ = 0;
};

} // namespace vv::turn
