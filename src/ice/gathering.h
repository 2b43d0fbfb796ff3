// Finds out at which addresses this end may be reached (RFC 8445 §5.1.1). Its
// driver opens the sockets and tells them, and the relayed addresses a TURN
// client has got; each socket then asks each STUN server how it is seen, and
// goes on asking so that the mapping of a NAT stays until ICE is done.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "crypto/siphash.h"
#include "ice/candidate.h"
#include "ice/path.h"
#include "stun/client_transaction.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vv::ice {

/// RFC 8445 §11: Tr, how often a mapping has to be used to stay.
inline constexpr std::chrono::seconds kMappingKeepalive{15};
/// Preferences that one transport takes: its host candidate's, and one for each reflexive one.
inline constexpr std::uint16_t kPreferenceStep = 8;
/// With the first wait of half a second a silent server is given up after 15.5 s.
inline constexpr int kProbeRequestsMax = 5;

/// A UDP socket of this machine. Transports are preferred in the order they are told (RFC 8421 §4 has IPv6 first).
struct HostTransport {
    TransportId id;
    SocketAddress address;
    /// An mDNS name under which the driver answers for the address; empty: the address itself is told. With a name
    /// no candidate says the address, reflexive ones included.
    std::string name;
};

/// An allocation at a TURN server. What is sent through it goes to its client, which wraps it.
struct RelayTransport {
    TransportId id;
    SocketAddress relayed;
    SocketAddress mapped; ///< this end, as the server sees it
    IpAddress server;
    RelayProtocol protocol = RelayProtocol::kUdp;
};

/// A candidate that packets can leave from: the only kind that is paired, since a reflexive one would be replaced by
/// its base and pruned (RFC 8445 §6.1.2.4).
struct LocalCandidate {
    TransportId via;
    CandidateType type = CandidateType::kHost;
    SocketAddress address;
    std::string foundation;
    std::uint32_t priority = 0;
    std::uint32_t reflexive_priority = 0; ///< PRIORITY of its checks (RFC 8445 §7.1.1)
    std::optional<RelayProtocol> relay{}; ///< of a relayed one
};

class Gathering {
public:
    /// stun_servers: kStunServersMax of them are used. rng outlives this.
    Gathering(std::vector<SocketAddress> stun_servers, Rng& rng);

    /// Each socket asks it as well. False: there are kStunServersMax, or it is one of them.
    bool add_server(Instant now, const SocketAddress& server);
    /// Nothing: kTransportsMax are there, the id is taken, or nobody can be reached at the address.
    const LocalCandidate* add_host(Instant now, const HostTransport& host);
    const LocalCandidate* add_relay(const RelayTransport& relay);
    /// Its candidates are told no more; what was told the peer finds out by itself.
    void remove(TransportId via);
    /// No transport will come any more in this generation.
    void finish() { finished_ = true; }
    /// RFC 8445 §9: everything is told anew, and asked anew.
    void restart(Instant now);
    /// ICE is done: mappings may go.
    void let_mappings_go();

    /// Asks one server from one socket if that is due: a new transaction, which the agent paces.
    bool start_next(Instant now);
    /// When there will be something to start.
    [[nodiscard]] std::optional<Instant> next_start() const;
    [[nodiscard]] std::size_t waiting_count(Instant now) const;

    /// False: no answer to a request from here.
    bool handle_answer(Instant now, const Route& route, const stun::Message& answer);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Transmit> poll_transmit();
    /// Of what has been started.
    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    /// Each candidate once.
    [[nodiscard]] std::optional<Candidate> poll_candidate();

    [[nodiscard]] std::span<const LocalCandidate> bases() const { return bases_; }
    [[nodiscard]] const LocalCandidate* find(TransportId via) const;
    /// Finished, and every server has answered or been given up.
    [[nodiscard]] bool is_done() const;
    /// What kind of candidate is seen at this address when this transport sends. Through a relay it is relayed,
    /// whatever the peer sees.
    [[nodiscard]] CandidateType type_of(const LocalCandidate& base, const SocketAddress& mapped) const;

private:
    struct Local {
        Candidate candidate;
        TransportId via;
        bool told = false;
    };
    struct Probe {
        TransportId via;
        SocketAddress server;
        std::optional<Instant> due_at; ///< while nothing is running: when to ask, if at all
        std::optional<stun::ClientTransaction> running;
        bool settled = false; ///< asked, and answered or given up
    };
    /// What candidates of one foundation have in common (RFC 8445 §5.1.1.3); all are UDP.
    struct Kinship {
        CandidateType type = CandidateType::kHost;
        IpAddress base;
        IpAddress server; ///< unspecified for hosts
        RelayProtocol protocol = RelayProtocol::kUdp;
    };

    void add_probe(Instant now, TransportId via, const SocketAddress& address, const SocketAddress& server);
    [[nodiscard]] bool can_add(TransportId id, const SocketAddress& address) const;
    [[nodiscard]] std::string foundation_of(const Kinship& kinship) const;
    void add_candidate(Candidate candidate, TransportId via);
    const LocalCandidate* add_base(LocalCandidate base, Candidate candidate);
    [[nodiscard]] std::uint16_t take_preference();
    void add_reflexive(const LocalCandidate& base, const SocketAddress& mapped, const IpAddress& server);
    [[nodiscard]] bool is_behind_name(const IpAddress& ip) const;
    [[nodiscard]] const LocalCandidate& base_of(const Probe& probe) const;
    void settle(Probe& probe, std::optional<Instant> ask_again_at);

    std::vector<SocketAddress> servers_;
    Rng& rng_;
    std::vector<LocalCandidate> bases_;
    std::vector<TransportId> named_; // hosts whose address is not told
    std::vector<Local> locals_;
    std::vector<Probe> probes_;
    crypto::SipHashKey foundation_key_;
    stun::RoundTripEstimate round_trip_;
    std::uint16_t next_preference_ = 0xFFFF;
    bool finished_ = false;
    bool keeps_mappings_ = true;
};

} // namespace vv::ice
