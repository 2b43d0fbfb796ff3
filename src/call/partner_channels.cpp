// What is said between the two: control channel, chat, the safety code.

#include "base/overloaded.h"
#include "call/partner.h"

#include <algorithm>
#include <utility>

namespace vv::call {

using caller::EndReason;

namespace {

constexpr std::uint16_t kControlStream = 0;
constexpr std::uint16_t kChatStream = 1;

caller::ControlLeg leg_of(ice::RelayProtocol protocol) {
    switch (protocol) {
    case ice::RelayProtocol::kTcp:
        return caller::ControlLeg::kTcp;
    case ice::RelayProtocol::kTls:
        return caller::ControlLeg::kTls;
    case ice::RelayProtocol::kUdp:
        break;
    }
    return caller::ControlLeg::kUdp;
}

ice::RelayProtocol protocol_of(caller::ControlLeg leg) {
    switch (leg) {
    case caller::ControlLeg::kTcp:
        return ice::RelayProtocol::kTcp;
    case caller::ControlLeg::kTls:
        return ice::RelayProtocol::kTls;
    case caller::ControlLeg::kUdp:
        break;
    }
    return ice::RelayProtocol::kUdp;
}

} // namespace

// ---- channels

void Partner::open_channels(Instant now) {
    const auto open = [&](std::uint16_t stream, std::string label) -> std::optional<peer::ChannelId> {
        sctp::ChannelOptions options;
        options.label = std::move(label);
        const auto id = connection_->open_negotiated(now, sctp::ChannelId(stream), options);
        return id ? std::optional(*id) : std::nullopt;
    };
    control_ = open(kControlStream, "control");
    chat_ = open(kChatStream, "chat");
}

bool Partner::is_connected() const {
    return connection_ != nullptr && connection_->state() == peer::State::kConnected;
}

bool Partner::say_text(Instant now, std::string_view text) {
    return !is_over_ && has_opened_ && connection_ != nullptr && control_ &&
           connection_->send_text(now, *control_, text).has_value();
}

bool Partner::say(Instant now, const caller::Control& control) {
    return say_text(now, caller::write_control(control));
}

void Partner::say_bye(Instant now, caller::ByeReason reason) {
    (void)say(now, caller::ByeControl{reason}); // what cannot be said here the server tells
    is_over_ = true;
}

// What is said while nothing comes through leaves once there is a path again.
Result<void, ChatError> Partner::say_chat(Instant now, std::string_view text) {
    if (is_over_ || !has_opened_ || connection_ == nullptr || !chat_) return Failure(ChatError::kNotConnected);
    if (connection_->buffered(*chat_) > kChatWaitingMax) return Failure(ChatError::kFull);
    const auto sent = connection_->send_text(now, *chat_, text);
    if (sent) return {};
    // No wait brings back a channel that the partner has closed.
    return Failure(sent.error() == sctp::SendError::kBufferFull ? ChatError::kFull : ChatError::kNotConnected);
}

// Once for each connection. SCTP keeps what is said until its association stands.
void Partner::handle_channels_open(Instant now) {
    if (std::exchange(has_opened_, true)) return;
    (void)say(now, caller::MediaControl{setup_.sends_picture, setup_.sends_sound, false});
    say_path(now);
    follow_far_end(now);
    if (!has_begun_code_ && !code_late_at_) code_late_at_ = now + kCodeLateTime;
}

// ---- the path

void Partner::handle_path(Instant now, const ice::PathInfo& path) {
    path_ = path;
    note(report_.phases.path, now);
    direct_.handle_pair_found(now);
    const Path told{path.local, path.remote, path.route.remote, path.relay};
    if (report_.path != told) {
        report_.path = told;
        say_event(PathChanged{told});
    }
    say_path(now);
    follow_far_end(now);
}

void Partner::say_path(Instant now) {
    if (!path_) return;
    const Path path{path_->local, path_->remote, path_->route.remote, path_->relay};
    const auto leg = path.own_relay ? std::optional(leg_of(*path.own_relay)) : std::nullopt;
    (void)say(now, caller::PathControl{path.is_relayed(), leg}); // what is not taken is said once it is there
}

void Partner::follow_far_end(Instant now) {
    std::optional<IpAddress> to;
    if (path_ && path_->local != ice::CandidateType::kRelayed && path_->remote != ice::CandidateType::kRelayed)
        to = path_->route.remote.ip;
    far_end_.take(to, own_hosts_);
    if (auto ends = far_end_.poll_message()) {
        if (say(now, *ends)) far_end_.handle_said(*std::move(ends));
    }
    const bool is_reached = far_end_.is_reached();
    if (is_reached == is_reached_) return;
    is_reached_ = report_.is_proven_direct = is_reached;
    say_event(ProvenDirect{is_reached});
}

// ---- what the partner says

void Partner::handle_message(Instant now, const peer::ChannelMessage& message) {
    if (message.kind != sctp::PayloadKind::kText) return;
    const std::string_view text = as_text(message.payload);
    if (message.id == chat_) {
        const auto size = caller::utf16_size(text);
        if (!size || *size == 0 || *size > kChatLettersMax) return;
        ++report_.chats_heard;
        say_event(ChatHeard{std::string(text)});
    } else if (message.id == control_) {
        // Not before: what is said over a connection that the partner gives up at once is lost, and a run has one try.
        begin_code(now);
        if (const auto control = caller::parse_control(text)) {
            handle_control(now, *control);
        } else if (text.size() <= caller::kControlSizeMax) {
            if (const auto code = caller::parse_code_message(text)) handle_code(now, *code);
        }
    }
}

void Partner::handle_control(Instant now, const caller::Control& control) {
    std::visit(
        Overloaded{
            [&](const caller::PathControl& path) {
                const auto relay = path.leg ? std::optional(protocol_of(*path.leg)) : std::nullopt;
                report_.partner_path = PartnerPath{path.relay, relay};
                say_event(*report_.partner_path);
            },
            [&](const caller::EndsControl& ends) {
                far_end_.handle(ends);
                follow_far_end(now);
            },
            [&](const caller::ByeControl& bye) {
                is_over_ = true;
                const bool was_connected = mending_.was_connected();
                const EndReason failed = was_connected ? EndReason::kLost : EndReason::kFailed;
                client_.handle_bye(now, bye.reason == caller::ByeReason::kFailed ? failed
                                        : bye.reason == caller::ByeReason::kNext ? EndReason::kNext
                                                                                 : EndReason::kLeft);
            },
            [&](const caller::MediaControl& media) { say_event(PartnerMedia{media.video, media.sound, media.screen}); },
            [&](const caller::PingControl& ping) {
                // Whoever asks faster than answers leave is not answered.
                if (connection_->buffered(*control_) <= kAnswersWaitingMax)
                    (void)say(now, caller::PongControl{ping.number});
            },
            [](const caller::PongControl&) {}, // nothing was asked: ICE asks by itself
            [&](const caller::BodyControl& carried) {
                if (may_read_body(now)) handle_body(now, carried.body);
            },
            [&](const caller::LimitControl& limit) { handle_limit(limit); },
            // Of a picture that is shown and a person who listens; and of codecs, of which there is one.
            [](const caller::StillControl&) {},
            [](const caller::HearsControl&) {},
            [](const caller::UndecodedControl&) {},
        },
        control);
}

void Partner::handle_limit(const caller::LimitControl& limit) {
    has_limit_ = limit.most.has_value();
    PictureLimit told;
    if (limit.most) told.most = PictureLimit::Most{limit.most->height, limit.most->rate};
    say_event(told);
    const bool wants_none = limit.most && (limit.most->height == 0 || limit.most->rate == 0);
    const bool wanted_none = std::exchange(wants_no_picture_, wants_none);
    // What was held back is missing from what comes next.
    if (wanted_none && !wants_none) say_event(KeyframeWanted{});
}

bool Partner::may_read_body(Instant now) {
    if (bodies_read_ == 0 || now - bodies_since_ >= kChannelBodiesTime) {
        bodies_read_ = 0;
        bodies_since_ = now;
    }
    return ++bodies_read_ <= kChannelBodiesMax;
}

// ---- the safety code

// The keys are made with who holds the certificate; that it is the one which the descriptions name DTLS has seen, and
// is looked at here again.
void Partner::handle_secured(Instant now, const peer::Secured& secured) {
    note(report_.phases.secured, now);
    report_.security = Secured{secured.cipher, secured.srtp};
    say_event(*report_.security);
    const crypto::Fingerprint seen{crypto::FingerprintHash::kSha256, {secured.partner.begin(), secured.partner.end()}};
    if (pinned_ != crypto::write_fingerprint(seen)) return fail(now, EndReason::kFingerprint);
    partner_certificate_ = secured.partner;
}

// Once for the whole call: a second try is what somebody in between needs.
void Partner::begin_code(Instant now) {
    if (has_begun_code_ || !partner_certificate_ || !certificate_) return;
    has_begun_code_ = true;
    caller::CodeFingerprint own{};
    if (certificate_->hash != crypto::FingerprintHash::kSha256 || certificate_->digest.size() != own.size()) return;
    std::ranges::copy(certificate_->digest, own.begin());
    drain_code(now, code_.emplace(own, *partner_certificate_, rng_));
}

void Partner::handle_code(Instant now, const caller::CodeMessage& message) {
    if (!code_) return;
    code_->handle(message, client_.taken());
    drain_code(now, *code_);
}

void Partner::drain_code(Instant now, caller::CodeRun& run) {
    while (const auto event = run.poll_event()) {
        std::visit(
            Overloaded{
                [&](const caller::CodeMessage& message) { (void)say_text(now, caller::write_code_message(message)); },
                [&](const caller::CodeAgreed&) { client_.handle_code_agreed(*run.agreed()); },
                [&](const caller::CodeDone& done) {
                    client_.handle_code_done(done.taken);
                    code_late_at_.reset();
                    note(report_.phases.code, now);
                    report_.code = run.agreed()->code;
                    say_event(CodeFound{*report_.code});
                },
                [&](const caller::CodeSealed&) { client_.handle_code_sealed(); },
                [&](const caller::CodeRefused& refused) {
                    code_late_at_.reset();
                    report_.code.reset();
                    say_event(CodeMissing{refused.why});
                },
            },
            *event);
    }
}

} // namespace vv::call
