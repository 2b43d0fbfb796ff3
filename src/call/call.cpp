#include "call/call.h"

#include "base/overloaded.h"
#include "call/partner.h"
#include "caller/control.h"
#include "caller/ice_url.h"
#include "caller/own_relays.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace vv::call {

using caller::EndReason;

namespace {

bool is_way_open(std::string_view url, const RelayWays& ways) {
    const auto read = caller::parse_ice_url(url);
    if (!read || !read->is_relay) return true;
    switch (read->transport) {
    case turn::Transport::kTcp:
        return ways.tcp;
    case turn::Transport::kTls:
        return ways.tls;
    case turn::Transport::kUdp:
        break;
    }
    return ways.udp;
}

std::vector<caller::IceServer> open_ways(std::vector<caller::IceServer> servers, const RelayWays& ways) {
    for (caller::IceServer& server : servers)
        std::erase_if(server.urls, [&](const std::string& url) { return !is_way_open(url, ways); });
    std::erase_if(servers, [](const caller::IceServer& server) { return server.urls.empty(); });
    return servers;
}

// What the partner is told of an end that it may not know of.
caller::ByeReason bye_of(EndReason why) {
    switch (why) {
    case EndReason::kFailed:
    case EndReason::kLost:
    case EndReason::kNoRelay:
    case EndReason::kFingerprint:
    case EndReason::kKey:
        return caller::ByeReason::kFailed;
    default:
        return caller::ByeReason::kLeft;
    }
}

} // namespace

struct Call::State {
    State(Options call_options, caller::Client& the_client, Rng& random)
        : options(std::move(call_options)),
          client(the_client),
          rng(random) {}

    Options options;
    caller::Client& client;
    Rng& rng;
    std::deque<Event> events;
    std::deque<Command> commands;
    Report report;
    Instant started{};
    std::unique_ptr<Partner> partner; // from the card to the end
    bool is_relay_only = false;
    bool has_started = false;
    bool has_accepted = false;                    // of this partner, by the owner or by the options
    std::optional<caller::SessionEnd> over_later; // the session is over, and the call goes on without the server

    template <typename Told>
    void tell(Told told) {
        events.emplace_back(std::move(told));
    }
    void note(std::optional<Duration>& phase, Instant now) const {
        if (!phase) phase = now - started;
    }

    void look(Instant now);
    void handle(Instant now, caller::Met& met);
    void accept_if_ready(Instant now);
    void drop(Instant now, std::optional<caller::ByeReason> bye);
    void handle_end(Instant now, const caller::Ended& ended);
    // Not only while packets come: what is sent may arrive where what is sent back does not.
    [[nodiscard]] peer::PeerConnection* connection() const { return partner ? partner->connection() : nullptr; }
    [[nodiscard]] bool is_private() const { return std::holds_alternative<Link>(options.place); }
};

void Call::State::look(Instant now) {
    caller::Wish wish;
    wish.hides_address = options.hides_address;
    wish.prefs.media = options.sends_picture ? lobby::Media::kVideo : lobby::Media::kSound;
    std::visit(Overloaded{
                   [&](const Room& room) {
                       wish.prefs.need = room.need;
                       wish.prefs.topics = room.topics;
                       client.seek(now, room.tag, wish);
                   },
                   [&](const Link& link) { client.open(now, link.key, link.seat, wish); },
               },
               options.place);
}

void Call::State::handle(Instant now, caller::Met& met) {
    drop(now, std::nullopt);
    is_relay_only = met.relay_only || options.is_relay_only;
    has_accepted = options.accepts || is_private();
    Phases phases;
    phases.online = report.phases.online;
    phases.waiting = report.phases.waiting;
    report = {};
    report.phases = phases;
    note(report.phases.met, now);
    tell(Met{met.kind, met.media, std::move(met.topics), met.offers, met.answer_by});
    partner = std::make_unique<Partner>(Partner::Setup{.is_first = met.offers,
                                                       .is_relay_only = is_relay_only,
                                                       .sends_sound = options.sends_sound,
                                                       .sends_picture = options.sends_picture},
                                        Partner::Around{client, rng, events, commands, report}, started);
}

void Call::State::accept_if_ready(Instant now) {
    if (!partner || !has_accepted || report.phases.accepted) return;
    const auto& own = partner->own();
    if (!own) return;
    note(report.phases.accepted, now);
    client.accept(*own);
}

void Call::State::drop(Instant now, std::optional<caller::ByeReason> bye) {
    if (!partner) return;
    report = partner->report();
    if (bye) partner->say_bye(now, *bye);
    partner.reset();
    commands.emplace_back(DropConnection{});
}

void Call::State::handle_end(Instant now, const caller::Ended& ended) {
    // Who has left already does not hear it, and by a channel that is closed nothing is said.
    const bool is_by_partner = ended.why == EndReason::kLeft || ended.why == EndReason::kNext;
    drop(now, is_by_partner ? std::nullopt : std::optional(bye_of(ended.why)));
    note(report.phases.ended, now);
    tell(Ended{ended.why, ended.retry_after});
    if (const auto why = std::exchange(over_later, std::nullopt)) tell(Over{*why});
}

Call::Call(Options options, caller::Client& client, Rng& rng)
    : state_(std::make_unique<State>(std::move(options), client, rng)) {}

Call::~Call() = default;

// ---- the owner

void Call::start(Instant now) {
    if (std::exchange(state_->has_started, true)) return;
    state_->started = now;
    state_->client.start(now);
    state_->look(now);
}

void Call::accept(Instant now) {
    state_->has_accepted = true;
    state_->accept_if_ready(now);
}

void Call::decline(Instant /*now*/) {
    state_->client.decline();
}

void Call::next(Instant now) {
    if (state_->partner) state_->partner->say_bye(now, caller::ByeReason::kNext);
    state_->client.next(now);
}

void Call::leave(Instant now) {
    if (state_->partner) state_->partner->say_bye(now, caller::ByeReason::kLeft);
    state_->client.stop(now);
}

void Call::handle_network_changed(Instant now) {
    state_->client.check(now);
    if (!state_->partner) return;
    state_->commands.emplace_back(LookAgain{});
    state_->partner->handle_sign(now);
}

Result<void, ChatError> Call::chat(Instant now, std::string_view text) {
    const auto size = caller::utf16_size(text);
    if (!size) return Failure(ChatError::kNotText);
    if (*size == 0 || *size > kChatLettersMax) return Failure(ChatError::kBadSize);
    if (!state_->partner) return Failure(ChatError::kNotConnected);
    auto said = state_->partner->say_chat(now, text);
    if (said) ++state_->report.chats_sent;
    return said;
}

Result<void, peer::MediaError> Call::send_audio(Instant now, std::uint32_t media_time, ByteView packet) {
    peer::PeerConnection* const connection = state_->connection();
    if (connection == nullptr) return Failure(peer::MediaError::kNotConnected);
    return connection->send_audio(now, media_time, packet);
}

Result<void, peer::MediaError> Call::send_video(Instant now, std::uint32_t media_time, ByteView picture) {
    peer::PeerConnection* const connection = state_->connection();
    if (connection == nullptr) return Failure(peer::MediaError::kNotConnected);
    if (state_->partner->wants_no_picture()) return {};
    return connection->send_video(now, media_time, picture);
}

void Call::request_keyframe(Instant now) {
    if (peer::PeerConnection* const connection = state_->connection()) connection->request_keyframe(now);
}

void Call::confirm_code(Instant now, bool is_same) {
    if (!state_->partner || !state_->report.code) return;
    state_->report.is_code_same = is_same;
    if (!is_same) state_->client.fail(now, EndReason::kFingerprint);
}

bool Call::is_connected() const {
    return state_->partner && state_->partner->is_connected();
}

bool Call::is_relay_only() const {
    return state_->is_relay_only;
}

Report Call::report() const {
    return state_->partner ? state_->partner->report() : state_->report;
}

std::optional<Event> Call::poll_event() {
    if (state_->events.empty()) return std::nullopt;
    Event event = std::move(state_->events.front());
    state_->events.pop_front();
    return event;
}

// ---- the driver

void Call::handle_client(Instant now, caller::ClientEvent event) {
    State& state = *state_;
    std::visit(Overloaded{
                   [&](caller::Online& online) {
                       state.note(state.report.phases.online, now);
                       state.tell(Online{std::move(online.welcome)});
                       if (state.partner) state.partner->handle_standing(now);
                   },
                   [&](const caller::Offline&) { state.tell(Offline{}); },
                   [&](const caller::SessionOver& over) {
                       // What has not begun the client ends next; what has needs no server.
                       if (state.partner && state.report.phases.begun)
                           state.over_later = over.why;
                       else
                           state.tell(Over{over.why});
                   },
                   [&](const caller::Waiting& waiting) {
                       state.note(state.report.phases.waiting, now);
                       state.tell(Waiting{waiting.ahead, waiting.estimate});
                   },
                   [&](caller::Met& met) { state.handle(now, met); },
                   [&](const caller::Unmet& unmet) {
                       state.drop(now, std::nullopt);
                       state.tell(Unmet{unmet.why});
                   },
                   [&](caller::Begun& begun) {
                       if (!state.partner) return;
                       begun.ice_servers = open_ways(std::move(begun.ice_servers), state.options.relay_ways);
                       begun.relay_only = begun.relay_only || state.options.is_relay_only;
                       state.is_relay_only = begun.relay_only;
                       state.tell(Begun{});
                       if (begun.relay_only && !caller::has_relay(begun.ice_servers))
                           return state.client.fail(now, EndReason::kNoRelay);
                       state.partner->begin(now, std::move(begun));
                   },
                   [&](const caller::BodyHeard& heard) {
                       if (state.partner) state.partner->handle_body(now, heard.body);
                   },
                   [&](caller::ServersRenewed& renewed) {
                       if (!state.partner) return;
                       state.partner->handle_servers(
                           now, open_ways(std::move(renewed.ice_servers), state.options.relay_ways));
                   },
                   [](const caller::Probed&) {}, // not asked here
                   [&](const caller::StandingChanged& changed) {
                       state.tell(StandingChanged{changed.standing});
                       if (state.partner) state.partner->handle_standing(now);
                   },
                   [&](const caller::Ended& ended) { state.handle_end(now, ended); },
                   [&](caller::Refused& refused) { state.tell(Refused{std::move(refused.error)}); },
               },
               event);
}

void Call::attach(Instant now, peer::PeerConnection& connection, const dtls::Certificate& certificate) {
    if (!state_->partner) return;
    state_->partner->attach(now, connection, certificate);
    state_->accept_if_ready(now);
}

void Call::handle_peer(Instant now, peer::Event event) {
    if (state_->partner) state_->partner->handle_peer(now, std::move(event));
}

void Call::handle_timeout(Instant now) {
    if (state_->partner) state_->partner->handle_timeout(now);
}

std::optional<Command> Call::poll_command() {
    if (state_->commands.empty()) return std::nullopt;
    Command command = std::move(state_->commands.front());
    state_->commands.pop_front();
    return command;
}

std::optional<Instant> Call::poll_timeout() const {
    return state_->partner ? state_->partner->poll_timeout() : std::nullopt;
}

std::string_view name_of(EndReason why) {
    switch (why) {
    case EndReason::kYou:
        return "this end left";
    case EndReason::kSilent:
        return "this end gave no answer";
    case EndReason::kLeft:
        return "the partner left";
    case EndReason::kNext:
        return "the partner went on to somebody else";
    case EndReason::kFailed:
        return "no connection came about";
    case EndReason::kLost:
        return "the connection was lost";
    case EndReason::kGone:
        return "the partner did not come back";
    case EndReason::kNoRelay:
        return "a relay was wanted and the server has none";
    case EndReason::kFingerprint:
        return "somebody stands between the two";
    case EndReason::kKey:
        return "the other did not hold the link's key";
    case EndReason::kFull:
        return "two others are in this call";
    case EndReason::kReplaced:
        return "the call was opened elsewhere";
    case EndReason::kClosed:
        return "there is no such room, or the server offers none";
    case EndReason::kSession:
        return "the server has ended the session";
    case EndReason::kCooldown:
        return "several people have reported this device";
    case EndReason::kBanned:
        break;
    }
    return "the operator has banned this device";
}

std::string_view name_of(RestartReason why) {
    switch (why) {
    case RestartReason::kInterrupted:
        return "nothing came any more";
    case RestartReason::kFailed:
        return "the path was lost";
    case RestartReason::kSign:
        return "the network is another";
    case RestartReason::kRelay:
        return "no direct path was found";
    case RestartReason::kHandshake:
        return "the direct path carries no handshake";
    case RestartReason::kPartner:
        break;
    }
    return "the partner asked for it";
}

std::string_view name_of(ice::RelayProtocol protocol) {
    switch (protocol) {
    case ice::RelayProtocol::kTcp:
        return "tcp";
    case ice::RelayProtocol::kTls:
        return "tls";
    case ice::RelayProtocol::kUdp:
        break;
    }
    return "udp";
}

} // namespace vv::call
