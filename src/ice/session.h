// One generation of ICE, from credentials to a nominated pair that is kept alive:
// sends checks, answers the peer's, settles who controls, and hands the result to
// consent. A restart makes a new session; the agent keeps the old one's path.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "ice/check_message.h"
#include "ice/checklist.h"
#include "ice/consent.h"
#include "ice/nomination.h"
#include "ice/path.h"
#include "stun/client_transaction.h"

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace vv::ice {

/// RFC 8445 §14.2: between two new transactions, the default and the least.
inline constexpr std::chrono::milliseconds kPaceDefault{50};
inline constexpr std::chrono::milliseconds kPaceMin{5};
/// So few transactions are no burst at whatever pace.
inline constexpr std::size_t kSmallList = 10;
/// The first wait of a check on a path nobody has measured, and the longest of any.
inline constexpr std::chrono::milliseconds kCheckRtoInitial{250};
inline constexpr std::chrono::milliseconds kCheckIntervalMax{2000};
inline constexpr std::chrono::milliseconds kCheckLastWaitMax{4000};
inline constexpr int kCheckRequestsMax = 10;
/// A pair whose last answer is older is proven anew before it is used: the rest of its consent may be over before the
/// first request for more is answered.
inline constexpr std::chrono::seconds kProofMax = kConsentTimeout / 2;
/// Role conflicts in which a check of one pair ends before the pair has failed.
inline constexpr int kConflictsMax = 5;
/// RFC 8445 §14.3 has Ta here: with many checks on their way they are repeated no more often than this on the whole.
inline constexpr std::chrono::milliseconds kRepeatPace{20};
/// RFC 8863 §4: so long ICE does not give up, since the peer's checks may yet come.
inline constexpr std::chrono::milliseconds kPacTimer{39'500};

class Session {
public:
    /// rng outlives this.
    Session(Credentials local, Role role, Rng& rng);

    [[nodiscard]] const Credentials& local_credentials() const { return between_.local; }
    [[nodiscard]] const Credentials& remote_credentials() const { return between_.remote; }
    [[nodiscard]] bool has_remote() const { return has_remote_; }
    [[nodiscard]] const Role& role() const { return role_; }
    [[nodiscard]] const Checklist& checklist() const { return checklist_; }

    /// Before set_remote().
    void set_controlling(bool controlling) { switch_role(controlling); }
    /// Once. Checks begin. is_lite: the peer only answers, so this end controls (RFC 8445 §6.1.1).
    void set_remote(Instant now, Credentials remote, bool is_lite);
    void add_local(const LocalCandidate& base) { checklist_.add_local(base); }
    void remove_local(TransportId via);
    void add_remote(const Candidate& candidate) { checklist_.add_remote(candidate); }
    /// Both ends have told all their candidates.
    void set_all_known(bool all_known) { all_known_ = all_known; }

    /// request: authentic under the local password.
    void handle_request(Instant now, const Route& route, const stun::Message& request);
    /// False: no answer to a request from here.
    bool handle_answer(Instant now, const Route& route, const stun::Message& answer);
    /// Data, or whatever else has come by this route.
    void handle_sign_of_life(Instant now, const Route& route);
    void handle_timeout(Instant now);

    /// Starts a check if there is one to start; the agent paces. Ends with what follows from all that was handled.
    bool start_next(Instant now);
    [[nodiscard]] bool can_start() const;
    /// Checks not yet begun, and what is known of the path: for the pace.
    [[nodiscard]] std::size_t waiting_count() const { return checklist_.waiting_count(); }
    [[nodiscard]] std::optional<Duration> round_trip() const;
    /// To be called after everything above: nominates, chooses the path.
    void settle(Instant now);

    [[nodiscard]] std::optional<Transmit> poll_transmit();
    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    /// A pair that has become valid since the last call.
    [[nodiscard]] std::optional<Route> poll_validated();

    /// Where data goes: the selected pair, before that the best valid one (RFC 8445 §12.1).
    [[nodiscard]] const Pair* path() const;
    /// To send on the path; nothing while there is no path.
    [[nodiscard]] const Consent* consent() const { return in_use_ ? &in_use_->consent : nullptr; }
    [[nodiscard]] bool is_nominated() const { return nomination_.selected().has_value(); }
    /// Consent was withdrawn, the socket of the path is gone, or no pair has worked in all that time.
    [[nodiscard]] bool has_failed() const;
    [[nodiscard]] bool is_valid(const Route& route) const;

private:
    struct RunningCheck {
        PairId pair;
        Route route;
        stun::ClientTransaction transaction;
        Instant began_at;
        bool controlling = false;
        bool nominates = false;
    };
    /// The pair that data takes.
    struct InUse {
        PairId pair;
        Consent consent;
        Instant used_at; ///< by the peer, of itself: answers to this end's requests do not count
    };

    // What is sent
    bool start(Instant now, Pair& pair);
    [[nodiscard]] stun::RequestTiming check_timing() const;
    void answer(const Route& route, ByteBuffer bytes);
    // What is heard
    bool settle_roles(const Role& peer);
    [[nodiscard]] bool follow(Instant now, const Route& route, const Check& check);
    bool doubt(Instant now, Pair& pair);
    void handle_success(Instant now, const RunningCheck& check, Pair& pair, const SocketAddress& mapped);
    void handle_conflict(const RunningCheck& check);
    void handle_failure(const RunningCheck& check, Pair& pair);
    void switch_role(bool controlling);
    // What follows
    void nominate(Instant now);
    void choose_path(Instant now);
    void retire_others(Instant now);
    void lose_path();
    void renew(const InUse& path);
    [[nodiscard]] bool wants(const Check& check, const Pair* pair) const;
    [[nodiscard]] bool has_peer_moved_to(Instant now, const Pair* pair) const;
    void handle_time_out(const RunningCheck& check, Pair& pair);

    CredentialPair between_;
    Role role_;
    Rng& rng_;
    Checklist checklist_;
    Nomination nomination_;
    std::vector<RunningCheck> checks_;
    std::deque<Transmit> answers_;
    std::deque<Route> validated_;
    std::optional<InUse> in_use_;
    stun::RoundTripEstimate estimate_;
    std::optional<Instant> began_at_;
    std::optional<PairId> retired_for_;
    bool has_remote_ = false;
    bool all_known_ = false;
    bool gave_up_waiting_ = false;
    bool closed_ = false;
};

} // namespace vv::ice
