#include "caller/server_message.h"

#include "caller/fields.h"
#include "signal/identifiers.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace vv::caller {
namespace {

using nlohmann::json;

constexpr std::size_t kTokenMax = 4096;
constexpr std::size_t kUrlMax = 512;
constexpr std::size_t kContactMax = 512;
constexpr std::size_t kRulesMax = 8000;
constexpr std::size_t kTopicsMax = 256;
constexpr std::size_t kRelaysMax = 8;
constexpr std::size_t kRoomsMax = 2000;
constexpr std::size_t kNoiseTextMax = 2048;

Duration duration_of(double seconds, Fields& fields) {
    if (!(seconds >= 0)) fields.fail();
    const double most = std::chrono::duration<double>(kNamedTimeMax).count();
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(seconds >= 0 ? std::min(seconds, most) : 0));
}

std::optional<Duration> read_seconds(Fields& fields, const char* name) {
    const auto seconds = fields.maybe_number(name);
    return seconds ? std::optional(duration_of(*seconds, fields)) : std::nullopt;
}

std::vector<std::string> read_texts(const json* list, std::size_t size_max, Fields& whole) {
    std::vector<std::string> texts;
    if (list == nullptr) return texts;
    for (const json& entry : *list) {
        const bool fits = entry.is_string() && entry.get_ref<const std::string&>().size() <= size_max;
        if (fits)
            texts.push_back(entry.get<std::string>());
        else
            whole.fail();
    }
    return texts;
}

bool is_ice_url(std::string_view url) {
    constexpr std::array<std::string_view, 4> kSchemes{"stun:", "stuns:", "turn:", "turns:"};
    return std::ranges::any_of(kSchemes, [&](std::string_view scheme) { return url.starts_with(scheme); });
}

IceServer read_ice_server(const json& value, Fields& whole) {
    IceServer server;
    if (!value.is_object()) {
        whole.fail();
        return server;
    }
    Fields fields(value);
    const auto urls = value.find("urls");
    if (urls != value.end() && urls->is_string())
        server.urls = {fields.text("urls", kUrlMax)};
    else
        server.urls = read_texts(fields.array("urls", signal::kIceUrlsMax), kUrlMax, fields);
    server.username = fields.text_or("username", kUrlMax);
    server.credential = fields.text_or("credential", kUrlMax);
    if (!fields.ok() || !std::ranges::all_of(server.urls, is_ice_url)) whole.fail();
    return server;
}

// At most three addresses in all, and nothing that is not STUN or TURN.
std::vector<IceServer> read_ice_servers(Fields& fields) {
    std::vector<IceServer> servers;
    const json* const list = fields.array("ice_servers", signal::kIceUrlsMax);
    if (list == nullptr) return servers;
    std::size_t urls = 0;
    for (const json& entry : *list) {
        servers.push_back(read_ice_server(entry, fields));
        urls += servers.back().urls.size();
    }
    if (urls > signal::kIceUrlsMax) fields.fail();
    return servers;
}

lobby::Role read_role(Fields& fields) {
    return fields.choice<lobby::Role>("role", {"a", "b"});
}
lobby::Media read_media(Fields& fields) {
    return fields.choice<lobby::Media>("media", {"sound", "video"});
}

// Every entry of a list of objects; what is no object spoils the whole.
template <typename T, typename Read>
std::vector<T> read_objects(const json* list, Fields& whole, Read read) {
    std::vector<T> out;
    if (list == nullptr) return out;
    for (const json& entry : *list) {
        if (!entry.is_object()) {
            whole.fail();
            return out;
        }
        Fields fields(entry);
        out.push_back(read(fields));
        if (!fields.ok()) whole.fail();
    }
    return out;
}

Features read_features(Fields& whole) {
    Features features;
    const json* const object = whole.object("features");
    if (object == nullptr) return features;
    Fields fields(*object);
    features.rooms = fields.flag("rooms");
    features.private_calls = fields.flag("private");
    const auto why = fields.choice_or<signal::RoomsClosed>("rooms_closed", {"operator", "no_contact"},
                                                           signal::RoomsClosed::kOperator);
    if (!features.rooms) features.rooms_closed = why;
    features.meets_instantly =
        fields.choice_or<signal::Meeting>("meeting", {"ask", "instant"}, {}) == signal::Meeting::kInstant;
    features.relay_only =
        fields.choice_or<signal::Privacy>("privacy", {"direct", "relay_only"}, {}) == signal::Privacy::kRelayOnly;
    features.topics = read_texts(fields.maybe_array("topics", kTopicsMax), kNameMax, fields);
    features.contact = fields.text_or("contact", kContactMax);
    features.rules = fields.text_or("rules", kRulesMax);
    features.stun = read_texts(fields.maybe_array("stun", signal::kIceUrlsMax), kUrlMax, fields);
    if (!std::ranges::all_of(features.stun, [](const std::string& url) { return url.starts_with("stun:"); }))
        fields.fail();
    features.relays = read_objects<RelayInfo>(fields.maybe_array("relays", kRelaysMax), fields, [](Fields& relay) {
        return RelayInfo{relay.name("name"), relay.maybe_text("origin", kUrlMax)};
    });
    if (!fields.ok()) whole.fail();
    return features;
}

RoomInfo read_room(Fields& fields) {
    enum class Direction : std::uint8_t { kLtr, kRtl };
    RoomInfo room{fields.name("tag"), fields.name("name")};
    room.is_rtl = fields.choice_or<Direction>("dir", {"ltr", "rtl"}, Direction::kLtr) == Direction::kRtl;
    room.waiting = fields.integer("waiting");
    // Whoever waits has looked for somebody lately: a server that does not count says no less than that.
    room.lately = std::max(fields.maybe_integer("lately").value_or(0), room.waiting);
    return room;
}

std::optional<ResumedCall> read_resumed_call(Fields& whole) {
    const json* const object = whole.maybe_object("call");
    if (object == nullptr) return std::nullopt;
    Fields fields(*object);
    ResumedCall call{fields.name("call"), read_role(fields), fields.text_or("state", kNameMax) == "half"};
    if (!fields.ok()) whole.fail();
    return call;
}

WelcomeMessage read_welcome(Fields& fields) {
    WelcomeMessage welcome;
    welcome.session = fields.name("session");
    welcome.resume = fields.text("resume", kTokenMax);
    welcome.epoch = fields.name("epoch");
    welcome.resumed = fields.flag("resumed");
    welcome.features = read_features(fields);
    if (const json* const object = fields.maybe_object("limits")) {
        Fields limits(*object);
        welcome.answer_time = read_seconds(limits, "answer_seconds").value_or(kAnswerTime);
        welcome.relay_kbps = limits.maybe_integer("relay_kbps", 1);
        if (!limits.ok()) fields.fail();
    }
    welcome.rooms = read_objects<RoomInfo>(fields.maybe_array("rooms", kRoomsMax), fields, read_room);
    welcome.call = read_resumed_call(fields);
    return welcome;
}

std::map<std::string, std::uint64_t> read_counts(const json* table, Fields& whole) {
    std::map<std::string, std::uint64_t> counts;
    if (table == nullptr) return counts;
    if (table->size() > kRoomsMax) whole.fail();
    Fields fields(*table);
    for (const auto& [tag, count] : table->items())
        counts[tag] = fields.integer(tag.c_str());
    if (!fields.ok()) whole.fail();
    return counts;
}

MatchedMessage read_matched(Fields& fields) {
    MatchedMessage matched{fields.name("call"), read_role(fields), {}, {}};
    const json* const object = fields.object("prefs");
    if (object == nullptr) return matched;
    Fields prefs(*object);
    matched.media = read_media(prefs);
    matched.topics = read_texts(prefs.maybe_array("topics", signal::kTopicsPerSeekMax), kNameMax, prefs);
    if (!prefs.ok()) fields.fail();
    return matched;
}

JoinedMessage read_joined(Fields& fields) {
    JoinedMessage joined{fields.name("call"), read_role(fields), fields.text("noise", kNoiseTextMax), {}};
    const json* const object = fields.object("prefs");
    if (object == nullptr) return joined;
    Fields prefs(*object);
    joined.media = read_media(prefs);
    if (!prefs.ok()) fields.fail();
    return joined;
}

ServerMessage read_message(lobby::ServerType type, Fields& fields) {
    using lobby::ServerType;
    switch (type) {
    case ServerType::kChallenge: {
        const auto nonce = signal::parse_bytes<32>(fields.name("nonce"));
        if (!nonce) fields.fail();
        return ChallengeMessage{nonce.value_or(signal::Nonce{})};
    }
    case ServerType::kWelcome:
        return read_welcome(fields);
    case ServerType::kToken:
        return TokenMessage{fields.text("resume", kTokenMax)};
    case ServerType::kWaiting:
        return WaitingMessage{fields.maybe_text("room", kNameMax), fields.maybe_integer("ahead").value_or(0),
                              read_seconds(fields, "estimate")};
    case ServerType::kMatched:
        return read_matched(fields);
    case ServerType::kAccepted:
        return AcceptedMessage{fields.name("call"), fields.text("intro", signal::kIntroBytesMax),
                               read_ice_servers(fields)};
    case ServerType::kJoined:
        return read_joined(fields);
    case ServerType::kFull:
        return FullMessage{};
    case ServerType::kLeft:
        return LeftMessage{fields.name("call"),
                           fields.choice<lobby::LeftReason>("reason", {"left", "next", "failed", "gone", "reload",
                                                                       "key", "not_met", "silent", "you"})};
    case ServerType::kRelay:
        return RelayMessage{fields.name("call"), fields.name("epoch"), fields.integer("seq", 1),
                            fields.integer("id", 1), fields.text("body", signal::kBodyBytesMax)};
    case ServerType::kAck:
        return AckMessage{fields.name("call"), fields.integer("id", 1)};
    case ServerType::kServers:
        return ServersMessage{fields.name("call"), read_ice_servers(fields)};
    case ServerType::kBack:
        return BackMessage{fields.name("call")};
    case ServerType::kProbe:
        return ProbeMessage{read_ice_servers(fields)};
    case ServerType::kPong:
        return PongMessage{};
    case ServerType::kRooms:
        return RoomsMessage{read_counts(fields.object("rooms"), fields),
                            read_counts(fields.maybe_object("lately"), fields)};
    case ServerType::kError:
        return ErrorMessage{fields.name("code"), fields.text_or("text", kServerMessageMax),
                            read_seconds(fields, "retry_after"), fields.text_or("about", kNameMax)};
    case ServerType::kNoted:
    case ServerType::kLedger:
        break;
    }
    fields.fail();
    return PongMessage{};
}

} // namespace

std::optional<ServerMessage> parse_server_message(std::string_view text) {
    if (text.size() > kServerMessageMax) return std::nullopt;
    const auto value = parse_object(text);
    if (!value) return std::nullopt;
    Fields fields(*value);
    const std::string name = fields.name("type");
    const auto* const known = std::ranges::find(lobby::kServerTypeNames, std::string_view(name));
    if (!fields.ok() || known == lobby::kServerTypeNames.end()) return std::nullopt;
    auto message = read_message(static_cast<lobby::ServerType>(known - lobby::kServerTypeNames.begin()), fields);
    if (!fields.ok()) return std::nullopt;
    return message;
}

} // namespace vv::caller
