// Descriptions and rounds, candidates, time.

#include "call/partner.h"

#include "base/overloaded.h"
#include "caller/own_relays.h"
#include "sdp/description.h"

#include <algorithm>
#include <utility>

namespace vv::call {

using caller::EndReason;

namespace {

constexpr std::string_view kRelayType = " typ relay";
constexpr std::string_view kHostType = " typ host";

void take_earlier(std::optional<Instant>& first, const std::optional<Instant>& at) {
    if (at && (!first || *at < *first)) first = at;
}

} // namespace

Partner::Partner(const Setup& setup, const Around& around, Instant started)
    : setup_(setup),
      client_(around.client),
      rng_(around.rng),
      events_(around.events),
      commands_(around.commands),
      report_(around.report),
      started_(started),
      direct_(setup.is_relay_only) {
    commands_.emplace_back(MakeConnection{.has_new_certificate = true});
    is_making_ = true;
}

void Partner::note(std::optional<Duration>& phase, Instant now) const {
    if (!phase) phase = now - started_;
}

void Partner::fail(Instant now, EndReason why) {
    is_over_ = true;
    client_.fail(now, why);
}

// ---- the connection

void Partner::attach(Instant now, peer::PeerConnection& connection, const dtls::Certificate& certificate) {
    connection_ = &connection;
    certificate_ = certificate.fingerprint();
    is_making_ = has_opened_ = false;
    const auto direction = [](bool is_sent) { return is_sent ? sdp::Direction::kSendRecv : sdp::Direction::kRecvOnly; };
    connection.want(peer::MediaKind::kAudio, direction(setup_.sends_sound));
    connection.want(peer::MediaKind::kVideo, direction(setup_.sends_picture));
    connection.want_data();
    open_channels(now);
    if (!has_begun_) return describe(now, certificate.fingerprint());
    gather();
    go_on(now);
    plan_mending(now);
}

// Nothing has been found yet, so there are no candidates in it.
void Partner::describe(Instant now, const crypto::Fingerprint& certificate) {
    caller::OwnDescription own;
    own.fingerprint = crypto::write_fingerprint(certificate);
    if (setup_.is_first) {
        const auto offer = connection_->make_offer(now);
        if (!offer) return fail(now, EndReason::kFailed);
        own.sdp = bare(*offer);
        awaits_answer_ = true;
    }
    const ice::Credentials& credentials = connection_->ice().local_credentials();
    own.ufrag = credentials.ufrag;
    own.pwd = credentials.password;
    own_ = std::move(own);
}

void Partner::begin(Instant now, caller::Begun begun) {
    has_begun_ = true;
    note(report_.phases.begun, now);
    if (begun.relay_only && !std::exchange(setup_.is_relay_only, true)) direct_ = DirectFirst(true);
    if (!begun.partner.fingerprint.empty()) pinned_ = normal_fingerprint(begun.partner.fingerprint);
    if (begun.partner.relay_only) direct_.handle_relay_needed();
    servers_.take(now, std::move(begun.ice_servers));
    with_relay_ = direct_.is_released() || !caller::has_relay(servers_.list());
    offers_.handle_begin(setup_.is_first);
    if (!setup_.is_first && begun.partner.sdp) {
        if (!accept_description(now, *begun.partner.sdp)) return;
        answer(now, {*std::move(begun.partner.sdp), 0, false});
        handle_candidates(now, {std::move(begun.partner.candidates), false});
        handle_first_round(now);
    }
    if (!is_over_ && !is_making_) gather();
    plan_mending(now);
}

void Partner::gather() {
    commands_.emplace_back(Gather{.servers = servers_.list(),
                                  .uses_relays = with_relay_,
                                  .is_relay_only = setup_.is_relay_only || avoids_direct_});
}

// ---- what is told

bool Partner::can_tell() const {
    const caller::Standing standing = client_.standing();
    return standing == caller::Standing::kLive || standing == caller::Standing::kHalf;
}

// By the server and, where the path still carries something, by the channel as well: either may be dead without having
// said so.
void Partner::tell(Instant now, const caller::Body& body) {
    if (is_over_) return;
    if (is_negotiated_ && is_connected()) {
        const std::string text = caller::write_control(caller::BodyControl{body});
        const auto size = caller::utf16_size(text);
        if (size && *size <= caller::kControlBodySizeMax) (void)say_text(now, text);
    }
    (void)client_.tell(body); // what is too long for the server goes by the channel alone
}

void Partner::add_own_candidate(const std::string& line, std::string mid, std::string ufrag) {
    candidates_.add({.candidate = line, .mid = std::move(mid), .line = std::nullopt, .ufrag = std::move(ufrag)});
    if (!line.contains(kHostType)) return;
    const auto candidate = ice::parse_candidate(line);
    if (candidate && candidate->name.empty()) own_hosts_.push_back(candidate->address.ip);
}

// The candidates travel by themselves.
std::string Partner::bare(std::string_view sdp) {
    BareDescription told = without_candidates(sdp);
    if (told.candidates.empty() && !told.has_all) return std::move(told.sdp);
    if (const auto description = sdp::parse_description(sdp)) {
        const std::string& ufrag = connection_->ice().local_credentials().ufrag;
        for (const sdp::Media& media : description->media) {
            for (const std::string& line : media.candidates)
                add_own_candidate(line, media.mid, ufrag);
        }
    }
    if (told.has_all) candidates_.handle_end();
    return std::move(told.sdp);
}

void Partner::flush_candidates(Instant now) {
    if (!has_begun_ || is_over_) return;
    while (const auto body = candidates_.poll_body(now))
        tell(now, *body);
}

// ---- rounds

// The certificate that was vouched for first is the only one for the whole call. A description that is refused ends it.
bool Partner::accept_description(Instant now, std::string_view sdp) {
    auto facts = check_description(sdp, pinned_);
    if (!facts) {
        fail(now, facts.error() == DescriptionFlaw::kFingerprint ? EndReason::kFingerprint : EndReason::kFailed);
        return false;
    }
    pinned_ = std::move(facts->fingerprint);
    partner_ufrag_ = std::move(facts->ufrag);
    is_partner_firefox_ = facts->is_firefox;
    return true;
}

void Partner::answer(Instant now, const caller::OfferBody& offer) {
    const auto taken = connection_->take_offer(now, offer.sdp);
    const auto made = taken ? connection_->make_answer(now) : Result<std::string, peer::DescriptionError>();
    if (!taken || !made) {
        // In a call that works a round that leads nowhere is none.
        if (!is_negotiated_) fail(now, EndReason::kFailed);
        return;
    }
    is_new_ = false;
    tell(now, caller::AnswerBody{bare(*made), offer.round});
    offers_.handle_answered(offer.round);
}

void Partner::offer(Instant now, peer::IceRestart restart) {
    const bool restarts = restart == peer::IceRestart::kYes;
    const auto made = connection_->make_offer(now, is_new_ ? peer::IceRestart::kNo : restart);
    if (!made) return;
    awaits_answer_ = true;
    const Round round = offers_.handle_own(restarts, now, is_new_);
    tell(now, caller::OfferBody{bare(*made), round, is_new_});
}

void Partner::handle_body(Instant now, const caller::Body& body) {
    if (is_over_ || !has_begun_) return;
    if (pending_ || is_making_) {
        if (waiting_.size() < kWaitingBodiesMax) waiting_.push_back(body);
        return;
    }
    take(now, body);
    flush_candidates(now);
    plan_mending(now);
}

void Partner::take(Instant now, const caller::Body& body) {
    std::visit(Overloaded{
                   [&](const caller::OfferBody& offer) { handle_offer(now, offer); },
                   [&](const caller::AnswerBody& answer) { handle_answer(now, answer); },
                   [&](const caller::OfferWantedBody& wish) { handle_wish(now, wish); },
                   [&](const caller::CandidatesBody& candidates) { handle_candidates(now, candidates); },
               },
               body);
}

// A later one: the first came with the intro.
void Partner::handle_offer(Instant now, const caller::OfferBody& offer) {
    if (!is_negotiated_ || offers_.is_mine() || !offers_.take_new(offer.round)) return;
    if (offer.renewed && mending_.renews_too_often(now)) return;
    const std::string before = partner_ufrag_;
    if (!accept_description(now, offer.sdp)) return;
    if (!offer.renewed && partner_ufrag_ == before) return answer(now, offer);
    direct_.handle_partners_restart(now);
    begin_restart(now, {.offer = offer, .why = RestartReason::kPartner});
}

void Partner::handle_answer(Instant now, const caller::AnswerBody& answer) {
    if (!awaits_answer_ || !offers_.is_answer(answer.round) || !accept_description(now, answer.sdp)) return;
    if (!connection_->take_answer(now, answer.sdp)) {
        if (!is_negotiated_) fail(now, EndReason::kFailed);
        return;
    }
    awaits_answer_ = is_new_ = false;
    if (!is_negotiated_) return handle_first_round(now);
    if (offers_.take_owed()) return begin_restart(now, {.offer = std::nullopt, .why = RestartReason::kPartner});
    consider_restart(now);
}

void Partner::handle_wish(Instant now, const caller::OfferWantedBody& wanted) {
    if (!is_negotiated_ || !offers_.is_mine()) return;
    const bool is_free = !awaits_answer_;
    const OfferDue due = offers_.handle_wish(wanted.restart, wanted.round, is_free, now);
    if (due == OfferDue::kOffer) offer(now, peer::IceRestart::kNo);
    // What crosses an offer is granted after it, unless that is from another connection already.
    const bool may_renew = !mending_.renews_too_often(now) && !offers_.has_renewed_since(wanted.round);
    if (wanted.renew && may_renew && (due == OfferDue::kRestart || !is_free)) mending_.handle_renewal_wanted();
    if (due == OfferDue::kRestart) begin_restart(now, {.offer = std::nullopt, .why = RestartReason::kPartner});
}

void Partner::handle_candidates(Instant now, const caller::CandidatesBody& candidates) {
    if (connection_ == nullptr) return;
    for (const caller::CandidateInit& init : candidates.list) {
        if (!init.candidate.contains(kRelayType)) ++partners_direct_;
        // One that this end cannot use is no reason to give up the others. The last of all is not told: more may come
        // from another network.
        if (!init.candidate.empty())
            (void)connection_->add_remote_candidate(
                now, {.line = init.candidate, .mid = init.mid.value_or(""), .ufrag = init.ufrag.value_or("")});
    }
    if (candidates.end && partners_direct_ == 0) handle_no_path(now);
}

// It has been answered, by whichever end.
void Partner::handle_first_round(Instant now) {
    if (is_over_) return;
    is_negotiated_ = true;
    offers_.handle_first_round(is_partner_firefox_);
    mending_.set_patience(offers_.is_mine() ? Duration{} : Duration(kSecondAskTime));
    direct_.handle_checks_began(now);
    consider_restart(now);
}

// ---- the server

void Partner::handle_servers(Instant now, std::vector<caller::IceServer> servers) {
    if (is_over_) return;
    const bool was_owed = servers_.is_owed();
    servers_.take(now, std::move(servers));
    go_on(now);
    // A restart has had to do with old ones since.
    if (was_owed) handle_sign(now);
    plan_mending(now);
}

/// The server is there again, or the partner is.
void Partner::handle_standing(Instant now) {
    if (is_over_ || !has_begun_ || !can_tell()) return;
    if (servers_.is_owed()) (void)client_.ask_servers();
    consider_restart(now);
    plan_mending(now);
}

// ---- what the connection says

void Partner::handle_peer(Instant now, peer::Event event) {
    if (is_over_ || connection_ == nullptr) return;
    std::visit(Overloaded{
                   [&](const peer::StateChanged& change) { handle_state(now, change); },
                   [&](peer::Candidate& candidate) {
                       if (candidate.line.empty()) return candidates_.handle_end();
                       add_own_candidate(candidate.line, std::move(candidate.mid), std::move(candidate.ufrag));
                   },
                   [&](const peer::PathChanged& change) { handle_path(now, change.path); },
                   [&](const peer::Secured& secured) { handle_secured(now, secured); },
                   [&](const peer::ChannelMessage& message) { handle_message(now, message); },
                   [&](peer::AudioFrame& frame) {
                       note(report_.phases.media, now);
                       say_event(SoundHeard{std::move(frame)});
                   },
                   [&](peer::VideoFrame& frame) {
                       note(report_.phases.media, now);
                       say_event(PictureSeen{std::move(frame)});
                   },
                   [&](const peer::KeyframeWanted&) { say_event(KeyframeWanted{}); },
                   [](const auto&) {}, // channels that the partner opens, or that end with the connection
               },
               event);
    flush_candidates(now);
    plan_mending(now);
}

// ---- time

void Partner::handle_timeout(Instant now) {
    if (is_over_) return;
    if (const auto until = servers_.wait_until(); until && now >= *until) {
        servers_.handle_timeout();
        go_on(now);
    }
    if (const auto due = release_at(); due && now >= *due) {
        direct_.handle_timeout(now);
        consider_restart(now);
    }
    if (mend_at_ && now >= *mend_at_) {
        mend_at_.reset();
        if (mending_.is_hopeless(now)) return fail(now, EndReason::kFailed);
        consider_restart(now);
    }
    if (code_late_at_ && now >= *code_late_at_) {
        code_late_at_.reset();
        if (!report_.code) say_event(CodeMissing{});
    }
    flush_candidates(now);
    plan_mending(now);
}

std::optional<Instant> Partner::poll_timeout() const {
    if (is_over_) return std::nullopt;
    std::optional<Instant> first;
    take_earlier(first, servers_.wait_until());
    take_earlier(first, release_at());
    take_earlier(first, mend_at_);
    take_earlier(first, code_late_at_);
    if (has_begun_) take_earlier(first, candidates_.poll_timeout());
    return first;
}

Report Partner::report() const {
    Report report = report_;
    if (connection_ == nullptr) return report;
    report.round_trip = connection_->round_trip();
    report.sound = connection_->stats(peer::MediaKind::kAudio);
    report.picture = connection_->stats(peer::MediaKind::kVideo);
    return report;
}

} // namespace vv::call
