#include "signal/server_message.h"

#include "signal/identifiers.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace vv::signal {
namespace {

using lobby::ErrorCode;
using lobby::LeftReason;
using lobby::ServerType;
// Keeps the order in which fields are written, so that `type` comes first for whoever reads along.
using Json = nlohmann::ordered_json;

Json message(ServerType type) {
    Json out;
    out["type"] = lobby::name_of(type);
    return out;
}

std::string text_of(const Json& out) {
    // Opaque strings were valid UTF-8 when they came in; `replace` makes sure that writing cannot throw all the same.
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const char* name_of(lobby::Role role) {
    return role == lobby::Role::kA ? "a" : "b";
}
const char* name_of(lobby::Media media) {
    return media == lobby::Media::kVideo ? "video" : "sound";
}
const char* name_of(lobby::CallKind kind) {
    return kind == lobby::CallKind::kRoom ? "room" : "private";
}

const char* name_of(LeftReason reason) {
    switch (reason) {
    case LeftReason::kLeft:
        return "left";
    case LeftReason::kNext:
        return "next";
    case LeftReason::kFailed:
        return "failed";
    case LeftReason::kGone:
        return "gone";
    case LeftReason::kReload:
        return "reload";
    case LeftReason::kKey:
        return "key";
    case LeftReason::kNotMet:
        return "not_met";
    case LeftReason::kSilent:
        return "silent";
    case LeftReason::kYou:
        return "you";
    }
    std::unreachable();
}

struct CodeText {
    const char* code;
    const char* text;
};

CodeText describe(ErrorCode code) {
    switch (code) {
    case ErrorCode::kBadMessage:
        return {"bad_message", "this message cannot be used here"};
    case ErrorCode::kBadVersion:
        return {"bad_version", "this server speaks version 1; load the page anew"};
    case ErrorCode::kHelloFirst:
        return {"hello_first", "the first message must be hello, within 10 seconds"};
    case ErrorCode::kResumeRefused:
        return {"resume_refused", "the token or its proof is not valid; connect without it"};
    case ErrorCode::kUnknownRoom:
        return {"unknown_room", "there is no such room here"};
    case ErrorCode::kRoomsClosed:
        return {"rooms_closed", "this server has no rooms"};
    case ErrorCode::kPrivateClosed:
        return {"private_closed", "this server has no private calls"};
    case ErrorCode::kBusy:
        return {"busy", "this session is in a call, seeking or waiting; leave first"};
    case ErrorCode::kNotMember:
        return {"not_member", "this session is not in this call"};
    case ErrorCode::kNotAccepted:
        return {"not_accepted", "not before both have accepted"};
    case ErrorCode::kReplaced:
        return {"replaced", "the same seat was opened elsewhere"};
    case ErrorCode::kQueueFull:
        return {"queue_full", "the partner has enough waiting; resend later"};
    case ErrorCode::kSkipped:
        return {"skipped", "an earlier body was not taken; resend from there"};
    case ErrorCode::kRate:
        return {"rate", "too many; try again after retry_after"};
    case ErrorCode::kServerFull:
        return {"server_full", "no room for another session"};
    case ErrorCode::kGoingAway:
        return {"going_away", "the server stops; come back after retry_after"};
    case ErrorCode::kCooldown:
        return {"cooldown", "several people have reported this device; rooms are open to it again after retry_after"};
    case ErrorCode::kBanned:
        return {"banned", "the operator has closed the rooms to this device until retry_after has passed"};
    case ErrorCode::kNotKept:
        return {"not_kept", "the report could not be kept; it may be sent again"};
    }
    std::unreachable();
}

// Names what an index stands for; the lobby knows rooms and topics by position only.
const std::string& tag_of(const Settings& settings, lobby::RoomIndex room) {
    return settings.rooms.at(room).tag;
}

Json topic_names(const Settings& settings, lobby::TopicSet topics) {
    Json names = Json::array();
    for (std::size_t i = 0; i < settings.topics.size(); ++i) {
        if ((topics.value() >> i & 1U) != 0) names.push_back(settings.topics[i]);
    }
    return names;
}

Json rooms_of(const lobby::WelcomeEvent& event, const Settings& settings) {
    Json rooms = Json::array();
    if (settings.rooms_closed) return rooms;
    for (const auto& count : event.rooms) {
        const lobby::Room& room = settings.rooms.at(count.room);
        const bool rtl = room.direction == lobby::TextDirection::kRightToLeft;
        rooms.push_back({{"tag", room.tag},
                         {"name", room.name},
                         {"dir", rtl ? "rtl" : "ltr"},
                         {"waiting", count.waiting},
                         {"lately", count.lately}});
    }
    return rooms;
}

Json closed_why(const std::optional<RoomsClosed>& closed) {
    if (!closed) return nullptr;
    return *closed == RoomsClosed::kOperator ? "operator" : "no_contact";
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

// Where a page can time the way to each relay; with one alone there is nothing to choose.
Json relays_of(const Settings& settings) {
    Json relays = Json::array();
    if (settings.regions.empty()) return relays;
    relays.push_back({{"name", kOwnRelayName}, {"origin", nullptr}});
    for (const Region& region : settings.regions)
        relays.push_back({{"name", region.name}, {"origin", region.origin}});
    return relays;
}

std::int64_t seconds_of(Duration time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

Json features_of(const std::vector<std::string>& stun, const Settings& settings) {
    return {{"rooms", !settings.rooms_closed},
            {"rooms_closed", closed_why(settings.rooms_closed)},
            {"contact", text_or_null(settings.contact)},
            {"rules", text_or_null(settings.rules)},
            {"report_seconds", seconds_of(settings.report_time)},
            {"private", settings.private_open},
            {"meeting", settings.meeting == Meeting::kInstant ? "instant" : "ask"},
            {"privacy", settings.privacy == Privacy::kRelayOnly ? "relay_only" : "direct"},
            {"topics", settings.topics},
            {"stun", stun},
            {"relays", relays_of(settings)}};
}

Json limits_of(const Settings& settings) {
    return {{"message_bytes", kMessageBytesMax},
            {"body_bytes", kBodyBytesMax},
            {"answer_seconds", seconds_of(lobby::kAnswerTime)},
            {"resume_seconds", seconds_of(lobby::kResumeTime)},
            {"relay_kbps", settings.relay_kbps ? Json(*settings.relay_kbps) : Json(nullptr)}};
}

Json resumed_call_of(const lobby::WelcomeEvent& event) {
    if (!event.resumed_call || !event.token.call) return nullptr;
    const lobby::ResumeCall& call = *event.token.call;
    return {{"call", write_id(call.call)},
            {"role", name_of(call.role)},
            {"kind", name_of(call.kind)},
            {"state", event.resumed_call->state == lobby::CallState::kLive ? "live" : "half"},
            {"partner", event.resumed_call->partner_here ? "here" : "away"}};
}

Json ice_servers(std::span<const IceServer> servers) {
    Json list = Json::array();
    for (const auto& server : servers) {
        Json entry = {{"urls", server.urls}};
        if (!server.username.empty()) {
            entry["username"] = server.username;
            entry["credential"] = server.credential;
        }
        list.push_back(std::move(entry));
    }
    return list;
}

} // namespace

std::string write_challenge(const Nonce& nonce) {
    Json out = message(ServerType::kChallenge);
    out["nonce"] = base64url_encode(nonce);
    return text_of(out);
}

std::string write_welcome(const lobby::WelcomeEvent& event, const std::string& token,
                          const std::vector<std::string>& stun, const Settings& settings) {
    Json out = message(ServerType::kWelcome);
    out["session"] = write_id(event.session);
    out["resume"] = token;
    out["epoch"] = base64url_encode(settings.epoch.value());
    out["resumed"] = event.resumed;
    out["features"] = features_of(stun, settings);
    out["limits"] = limits_of(settings);
    out["rooms"] = rooms_of(event, settings);
    out["call"] = resumed_call_of(event);
    return text_of(out);
}

std::string write_token(const std::string& token) {
    Json out = message(ServerType::kToken);
    out["resume"] = token;
    return text_of(out);
}

std::string write_waiting(const lobby::WaitingEvent& event, const Settings& settings) {
    Json out = message(ServerType::kWaiting);
    out["room"] = event.room ? Json(tag_of(settings, *event.room)) : Json(nullptr);
    out["ahead"] = event.ahead;
    out["estimate"] = event.estimate_seconds ? Json(*event.estimate_seconds) : Json(nullptr);
    return text_of(out);
}

std::string write_matched(const lobby::MatchedEvent& event, const Settings& settings) {
    Json out = message(ServerType::kMatched);
    out["call"] = write_id(event.call);
    out["role"] = name_of(event.role);
    out["prefs"] = {{"room", tag_of(settings, event.room)},
                    {"media", name_of(event.partner_media)},
                    {"topics", topic_names(settings, event.common_topics)}};
    return text_of(out);
}

std::string write_joined(const lobby::JoinedEvent& event) {
    Json out = message(ServerType::kJoined);
    out["call"] = write_id(event.call);
    out["role"] = name_of(event.role);
    out["noise"] = event.noise;
    out["prefs"] = {{"media", name_of(event.partner_media)}};
    return text_of(out);
}

std::string write_full() {
    return text_of(message(ServerType::kFull));
}

std::string write_accepted(const lobby::AcceptedEvent& event, std::span<const IceServer> servers) {
    Json out = message(ServerType::kAccepted);
    out["call"] = write_id(event.call);
    out["intro"] = event.intro;
    out["ice_servers"] = ice_servers(servers);
    return text_of(out);
}

std::string write_servers(const lobby::CallId& call, std::span<const IceServer> servers) {
    Json out = message(ServerType::kServers);
    out["call"] = write_id(call);
    out["ice_servers"] = ice_servers(servers);
    return text_of(out);
}

std::string write_probe(std::span<const IceServer> servers) {
    Json out = message(ServerType::kProbe);
    out["ice_servers"] = ice_servers(servers);
    return text_of(out);
}

std::string write_left(const lobby::LeftEvent& event) {
    Json out = message(ServerType::kLeft);
    out["call"] = write_id(event.call);
    out["reason"] = name_of(event.reason);
    return text_of(out);
}

std::string write_ack(const lobby::AckEvent& event) {
    Json out = message(ServerType::kAck);
    out["call"] = write_id(event.call);
    out["id"] = event.id;
    return text_of(out);
}

std::string write_relay(const lobby::RelayEvent& event, const lobby::Epoch& epoch) {
    Json out = message(ServerType::kRelay);
    out["call"] = write_id(event.call);
    out["epoch"] = base64url_encode(epoch.value());
    out["seq"] = event.sequence;
    out["id"] = event.id;
    out["body"] = event.body;
    return text_of(out);
}

std::string write_back(const lobby::BackEvent& event) {
    Json out = message(ServerType::kBack);
    out["call"] = write_id(event.call);
    return text_of(out);
}

std::string write_noted(const lobby::NotedEvent& event) {
    Json out = message(ServerType::kNoted);
    out["call"] = write_id(event.call);
    out["what"] = lobby::name_of(event.what);
    return text_of(out);
}

std::string write_ledger(const lobby::Ledger& ledger) {
    std::uint64_t in = ledger.unreadable_in;
    std::uint64_t out_count = 0;
    Json kinds = Json::object();
    for (std::size_t i = 0; i < ledger.in.size(); ++i) {
        in += ledger.in.at(i);
        if (ledger.in.at(i) > 0)
            kinds[std::string(lobby::kClientTypeNames.at(i))] = {{"in", ledger.in.at(i)}, {"out", 0}};
    }
    for (std::size_t i = 0; i < ledger.out.size(); ++i) {
        out_count += ledger.out.at(i);
        if (ledger.out.at(i) == 0) continue;
        Json& kind = kinds[std::string(lobby::kServerTypeNames.at(i))];
        if (kind.is_null()) kind = {{"in", 0}, {"out", 0}};
        kind["out"] = ledger.out.at(i);
    }
    Json out = message(ServerType::kLedger);
    out["messages"] = {{"in", in}, {"out", out_count}};
    out["bytes"] = {{"in", ledger.bytes_in}, {"out", ledger.bytes_out}};
    out["kinds"] = std::move(kinds);
    return text_of(out);
}

std::string write_pong() {
    return text_of(message(ServerType::kPong));
}

std::string write_rooms(const lobby::RoomsEvent& event, const Settings& settings) {
    Json waiting = Json::object();
    Json lately = Json::object();
    for (const auto& change : event.rooms) {
        const std::string& tag = tag_of(settings, change.room);
        if (change.waiting) waiting[tag] = *change.waiting;
        if (change.lately) lately[tag] = *change.lately;
    }
    Json out = message(ServerType::kRooms);
    out["rooms"] = std::move(waiting);
    out["lately"] = std::move(lately);
    return text_of(out);
}

std::string write_error(const lobby::ErrorEvent& event, std::string_view text) {
    const CodeText described = describe(event.code);
    Json out = message(ServerType::kError);
    out["code"] = described.code;
    out["text"] = text.empty() ? std::string_view(described.text) : text;
    if (event.retry_after) {
        // Rounded up to a millisecond: who comes back then must not be early.
        const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(*event.retry_after).count();
        out["retry_after"] = static_cast<double>(milliseconds) / 1000.0;
    }
    if (event.about) out["about"] = lobby::name_of(*event.about);
    if (event.id) out["id"] = *event.id;
    return text_of(out);
}

} // namespace vv::signal
