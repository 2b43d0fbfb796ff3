// An ICE agent (RFC 8445) that trickles (RFC 8838): finds a path to one other end
// through whatever lies between, and keeps the other's consent to use it (RFC
// 7675). One stream, one component. No sockets and no clock: the driver tells
// transports, packets and time, and drains poll_transmit(), poll_event() and
// poll_timeout() after each call.
//
//   gathering   own candidates           session     checks of one generation, who is made of
//   checklist   pairs and their order    nomination  which pair it is        consent  keeping it
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"
#include "ice/candidate.h"
#include "ice/credentials.h"
#include "ice/gathering.h"
#include "ice/path.h"
#include "ice/previous_path.h"
#include "ice/remote_candidates.h"
#include "ice/session.h"
#include "ice/unvalidated_data.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vv::ice {

struct AgentConfig {
    bool controlling = false; ///< whoever makes the first offer (RFC 8445 §6.1.1)
    std::vector<SocketAddress> stun_servers;
};

/// RFC 8445 §8.3: so long after the nomination the path before it is still listened to, since the other end may need
/// that time to follow.
inline constexpr std::chrono::seconds kPreviousLinger{3};

enum class State : std::uint8_t {
    kNew,          ///< the other end is not known
    kChecking,     ///< no path yet
    kConnected,    ///< data can flow, and may move to a better path
    kCompleted,    ///< on the path both ends have agreed on
    kDisconnected, ///< nothing has come on it for some seconds
    kFailed,       ///< the path is lost for good, and only a restart helps; or none was found, but a check of the other
                   ///< end or a new candidate may still find one
};

struct CandidateFound {
    Candidate candidate; ///< for the other end, with this generation's ufrag
};
struct GatheringDone {}; ///< end-of-candidates (RFC 8838 §13)
struct NameToResolve {
    std::string name; ///< of mDNS; handle_resolved() answers
};
struct StateChanged {
    State state;
};
struct PathChanged {
    PathInfo path;
};
/// Came before its pair was valid. In the order of coming, and before what handle_input() gives back later.
struct EarlyPacket {
    ByteBuffer bytes;
};
using Event = std::variant<CandidateFound, GatheringDone, NameToResolve, StateChanged, PathChanged, EarlyPacket>;

/// Packets that were dropped, and why.
struct Counters {
    std::uint64_t malformed = 0;         ///< looks like STUN and is none
    std::uint64_t unauthenticated = 0;   ///< a request under another name or key
    std::uint64_t unexpected = 0;        ///< an answer to nothing, or a method that is not ICE's
    std::uint64_t unknown_transport = 0; ///< by a transport that is not there
    std::uint64_t unvalidated = 0;       ///< data from somebody whose pair is not valid, and not kept either
};

class Agent {
public:
    /// rng outlives the agent.
    Agent(const AgentConfig& config, Rng& rng);

    // ---- this end
    [[nodiscard]] const Credentials& local_credentials() const { return session_->local_credentials(); }
    [[nodiscard]] bool is_controlling() const { return session_->role().controlling; }
    /// For who learns only later than the agent was made which end makes the first offer; without effect once the other
    /// end is known.
    void set_controlling(bool controlling);
    /// Besides those of the configuration. False: there are kStunServersMax, or it is one of them.
    bool add_stun_server(Instant now, const SocketAddress& server);
    /// False: kTransportsMax, an id that is taken, or an address nobody can be reached at.
    bool add_host(Instant now, const HostTransport& host);
    bool add_relay(Instant now, const RelayTransport& relay);
    /// The socket or allocation is gone. If the path was on it, the state is kFailed until a restart.
    void remove_transport(Instant now, TransportId via);
    /// No more transports will come in this generation.
    void finish_gathering(Instant now);
    /// RFC 8445 §9: new credentials; transports stay and are told anew, finish_gathering() is to be called again.
    void restart(Instant now);

    // ---- the other end, as signaled
    /// Others than before are the other end's restart, and restart this end too. False: not credentials.
    [[nodiscard]] bool set_remote(Instant now, const Credentials& remote, bool is_lite = false);
    /// One more line of it; it may come before set_remote(). False: it was told too many, or of another generation.
    Result<bool, CandidateError> add_remote_candidate(Instant now, std::string_view line);
    void end_of_remote_candidates(Instant now);
    /// Nothing: there is no such name.
    void handle_resolved(Instant now, std::string_view name, const std::optional<IpAddress>& ip);

    // ---- packets and time
    /// What has come by a transport. Given back: data from a valid pair, the packet itself.
    [[nodiscard]] std::optional<ByteView> handle_input(Instant now, const Route& route, ByteView packet);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Transmit> poll_transmit();
    [[nodiscard]] std::optional<Event> poll_event();
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    // ---- the result
    [[nodiscard]] State state() const;
    /// Where data goes. Nothing while the other end has not consented (RFC 7675 §5.1).
    [[nodiscard]] std::optional<PathInfo> path() const;
    [[nodiscard]] std::optional<Duration> round_trip() const { return session_->round_trip(); }
    [[nodiscard]] const Counters& counters() const { return counters_; }

private:
    std::optional<ByteView> handle_data(Instant now, const Route& route, ByteView packet);
    void handle_message(Instant now, const Route& route, const stun::Message& message);
    void handle_request(Instant now, const Route& route, const stun::Message& request);
    void begin_session();
    void let_previous_go(Instant now);
    /// What follows from what was just handled.
    void settle(Instant now);
    void start_next(Instant now);
    [[nodiscard]] Duration pace(Instant now) const;
    [[nodiscard]] std::optional<PathInfo> session_path() const;
    /// The generation before a restart, while data goes its way.
    [[nodiscard]] const PreviousPath* carrying_previous() const;

    Rng& rng_;
    Gathering gathering_;
    RemoteCandidates remotes_;
    Role role_;
    std::unique_ptr<Session> session_; // always there; a restart makes another
    std::optional<PreviousPath> previous_;
    std::optional<Instant> previous_ends_at_;
    UnvalidatedData unvalidated_;
    Counters counters_;
    Instant next_start_;
    bool remote_ended_ = false;
    // What poll_event() has told.
    bool done_told_ = false;
    State state_told_ = State::kNew;
    std::optional<PathInfo> path_told_;
};

} // namespace vv::ice
