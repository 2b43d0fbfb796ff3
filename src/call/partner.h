// Who was met, from the card to the end of the call: the connection to them, and all that
// is agreed on over it and because of it. What web/core/peer.ts is to a page.
//
//   attach()    a connection, its channels, an offer      nothing leaves the device
//   describe()  what the intro says
//   begin()     both have accepted: servers, candidates, rounds, restarts, channels
//
// It tells the server's side what goes through that (caller::Client), and puts what the
// owner and the driver are to know into the two queues of its Call.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"
#include "call/description_check.h"
#include "call/direct_first.h"
#include "call/event.h"
#include "call/far_end.h"
#include "call/mending.h"
#include "call/offers.h"
#include "call/own_candidates.h"
#include "call/report.h"
#include "call/servers.h"
#include "caller/client.h"
#include "caller/code_run.h"
#include "caller/control.h"
#include "dtls/certificate.h"
#include "peer/connection.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::call {

/// The end that makes no offers leaves it to the other to restart ICE first, and only then asks for it.
inline constexpr std::chrono::milliseconds kSecondAskTime{400};
/// What was due and could not be done is tried again after this.
inline constexpr std::chrono::seconds kRetryTime{1};
/// A run of the safety code takes two round trips. After this the owner is told that there is none so far.
inline constexpr std::chrono::seconds kCodeLateTime{10};
/// So many bodies are read from the channel within so long: the server, which has limits of its own, does not see them.
inline constexpr std::size_t kChannelBodiesMax = 64;
inline constexpr std::chrono::seconds kChannelBodiesTime{10};
/// Bodies that wait while ICE is restarted; what comes on top the partner says again.
inline constexpr std::size_t kWaitingBodiesMax = 64;
/// Bytes that wait to be sent, past which no question is answered, and nothing is chatted.
inline constexpr std::size_t kAnswersWaitingMax = 16 * 1024;
inline constexpr std::size_t kChatWaitingMax = 256 * 1024;

class Partner {
public:
    struct Setup {
        bool is_first = false; // this end makes the first offer
        bool is_relay_only = false;
        bool sends_sound = true;
        bool sends_picture = true;
    };
    /// Its Call's; all outlive it.
    struct Around {
        caller::Client& client;
        Rng& rng;
        std::deque<Event>& events;
        std::deque<Command>& commands;
        Report& report;
    };
    /// started: from when phases are counted.
    Partner(const Setup& setup, const Around& around, Instant started);
    Partner(const Partner&) = delete;
    Partner& operator=(const Partner&) = delete;
    ~Partner() = default;

    void attach(Instant now, peer::PeerConnection& connection, const dtls::Certificate& certificate);
    /// Nothing before attach().
    [[nodiscard]] const std::optional<caller::OwnDescription>& own() const { return own_; }
    void begin(Instant now, caller::Begun begun);
    /// Says goodbye on the control channel, if that still carries it.
    void say_bye(Instant now, caller::ByeReason reason);

    void handle_body(Instant now, const caller::Body& body);
    void handle_servers(Instant now, std::vector<caller::IceServer> servers);
    void handle_standing(Instant now);
    /// The network may be another.
    void handle_sign(Instant now);
    void handle_peer(Instant now, peer::Event event);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    [[nodiscard]] peer::PeerConnection* connection() const { return connection_; }
    [[nodiscard]] bool is_connected() const;
    [[nodiscard]] bool wants_no_picture() const { return wants_no_picture_; }
    [[nodiscard]] Result<void, ChatError> say_chat(Instant now, std::string_view text);
    [[nodiscard]] Report report() const;

private:
    // A restart of ICE on its way, by an offer of this end's or the answer to the partner's: it waits for fresh servers
    // and, where it is over another connection, for that.
    struct Pending {
        std::optional<caller::OfferBody> offer; // the partner's; nothing: this end makes one
        std::optional<RestartReason> why;       // nothing: whatever it is by then, if it is still wanted
        bool is_prepared = false;
    };

    // partner.cpp: descriptions, rounds, restarts
    void fail(Instant now, caller::EndReason why);
    void tell(Instant now, const caller::Body& body);
    [[nodiscard]] bool can_tell() const;
    [[nodiscard]] bool accept_description(Instant now, std::string_view sdp);
    [[nodiscard]] std::string bare(std::string_view sdp);
    void describe(Instant now, const crypto::Fingerprint& certificate);
    void answer(Instant now, const caller::OfferBody& offer);
    void offer(Instant now, peer::IceRestart restart);
    void take(Instant now, const caller::Body& body);
    void handle_offer(Instant now, const caller::OfferBody& offer);
    void handle_answer(Instant now, const caller::AnswerBody& answer);
    void handle_wish(Instant now, const caller::OfferWantedBody& wanted);
    void handle_candidates(Instant now, const caller::CandidatesBody& candidates);
    void handle_first_round(Instant now);
    void gather();
    void flush_candidates(Instant now);
    void add_own_candidate(const std::string& line, std::string mid, std::string ufrag);

    // partner_mending.cpp: restarts, and how the connection is
    void begin_restart(Instant now, Pending pending);
    void go_on(Instant now);
    void consider_restart(Instant now);
    [[nodiscard]] bool wants_restart(Instant now) const;
    [[nodiscard]] bool may_restart(Instant now) const;
    [[nodiscard]] bool must_avoid_direct() const;
    [[nodiscard]] RestartReason reason() const;
    void ask_for_restart(Instant now);
    void prepare_restart(Instant now, RestartReason why, bool is_renewed);
    void renew(Instant now);
    void handle_no_path(Instant now);
    void handle_state(Instant now, const peer::StateChanged& change);
    void break_path(Instant now);
    void plan_mending(Instant now);
    [[nodiscard]] std::optional<Instant> release_at() const;

    // partner_channels.cpp: what is said between the two
    void open_channels(Instant now);
    void handle_channels_open(Instant now);
    [[nodiscard]] bool say(Instant now, const caller::Control& control);
    [[nodiscard]] bool say_text(Instant now, std::string_view text);
    void handle_path(Instant now, const ice::PathInfo& path);
    void say_path(Instant now);
    void handle_message(Instant now, const peer::ChannelMessage& message);
    void handle_control(Instant now, const caller::Control& control);
    void handle_limit(const caller::LimitControl& limit);
    [[nodiscard]] bool may_read_body(Instant now);
    void begin_code(Instant now);
    void handle_code(Instant now, const caller::CodeMessage& message);
    void drain_code(Instant now, caller::CodeRun& run);
    void handle_secured(Instant now, const peer::Secured& secured);
    void follow_far_end(Instant now);

    void note(std::optional<Duration>& phase, Instant now) const;
    template <typename Told>
    void say_event(Told told) {
        events_.emplace_back(std::move(told));
    }

    Setup setup_;
    caller::Client& client_;
    Rng& rng_;
    std::deque<Event>& events_;
    std::deque<Command>& commands_;
    Report& report_;
    Instant started_;

    peer::PeerConnection* connection_ = nullptr;
    std::optional<crypto::Fingerprint> certificate_;
    std::optional<caller::OwnDescription> own_;
    bool has_begun_ = false;
    bool is_over_ = false;

    // Rounds
    Offers offers_;
    std::optional<std::string> pinned_;
    std::string partner_ufrag_;
    bool is_partner_firefox_ = false;
    bool is_negotiated_ = false;
    bool awaits_answer_ = false;
    bool is_new_ = false;    // the connection is in place of a former one, and has no answer yet, of either end
    bool is_making_ = false; // one is being made
    std::optional<Pending> pending_;
    std::deque<caller::Body> waiting_; // for it

    // Candidates and servers
    Servers servers_;
    OwnCandidates candidates_;
    std::vector<IpAddress> own_hosts_;
    std::size_t partners_direct_ = 0;
    bool with_relay_ = false;
    bool avoids_direct_ = false;

    // Restarts
    DirectFirst direct_;
    Mending mending_;
    bool has_asked_ = false;
    bool has_asked_to_avoid_ = false;
    std::optional<Instant> mend_at_;
    bool is_up_ = false;

    // Channels
    std::optional<peer::ChannelId> control_;
    std::optional<peer::ChannelId> chat_;
    bool has_opened_ = false; // on the present connection
    std::optional<ice::PathInfo> path_;
    FarEnd far_end_;
    bool is_reached_ = false;
    bool has_limit_ = false;
    bool wants_no_picture_ = false;
    std::size_t bodies_read_ = 0;
    Instant bodies_since_{};

    // The safety code
    std::optional<crypto::Sha256Digest> partner_certificate_;
    std::optional<caller::CodeRun> code_;
    bool has_begun_code_ = false;
    std::optional<Instant> code_late_at_;
};

} // namespace vv::call
