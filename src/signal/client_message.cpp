#include "signal/client_message.h"

#include "crypto/hash.h"
#include "signal/identifiers.h"
#include "signal/json_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <span>
#include <utility>

namespace vv::signal {
namespace {

using lobby::ClientType;
using lobby::ErrorCode;
using nlohmann::json;

// Integers beyond this are not exact in every JSON reader (RFC 8259 §6).
constexpr std::uint64_t kIntegerMax = (std::uint64_t{1} << 53U) - 1;
constexpr std::size_t kIdTextMax = 64;

// Reads the fields of one object. The first that is missing or wrong is remembered and everything after it is
// harmless, so that each message's reader is a plain list of its fields.
class Fields {
public:
    explicit Fields(const json& object) : object_(object) {}

    [[nodiscard]] bool ok() const { return !error_; }
    [[nodiscard]] const std::optional<std::string>& error() const { return error_; }
    void fail(std::string_view name, std::string_view wanted) {
        if (!error_) error_ = "'" + std::string(name) + "' must be " + std::string(wanted);
    }
    void fail(const std::string& inner) {
        if (!error_) error_ = inner;
    }
    /// Null counts as absent.
    [[nodiscard]] bool has(const char* name) const {
        const auto found = object_.find(name);
        return found != object_.end() && !found->is_null();
    }
    [[nodiscard]] const json* object(const char* name) {
        const auto found = object_.find(name);
        if (found != object_.end() && found->is_object()) return &*found;
        fail(name, "an object");
        return nullptr;
    }
    [[nodiscard]] const json* array(const char* name) {
        const auto found = object_.find(name);
        if (found != object_.end() && found->is_array()) return &*found;
        fail(name, "an array");
        return nullptr;
    }
    std::string text(const char* name, std::size_t size_max) {
        const auto found = object_.find(name);
        if (found != object_.end() && found->is_string()) {
            const auto& value = found->get_ref<const std::string&>();
            if (value.size() <= size_max) return value;
        }
        fail(name, "a string of at most " + std::to_string(size_max) + " bytes");
        return {};
    }
    std::uint64_t integer(const char* name, std::uint64_t least) {
        const auto found = object_.find(name);
        if (found != object_.end() && found->is_number_unsigned()) {
            const auto value = found->get<std::uint64_t>();
            if (value >= least && value <= kIntegerMax) return value;
        }
        fail(name, "a whole number from " + std::to_string(least));
        return least;
    }
    template <std::size_t size>
    std::array<std::uint8_t, size> bytes(const char* name) {
        constexpr std::size_t kTextSize = (size * 4 + 2) / 3;
        const std::string value = text(name, kTextSize);
        if (const auto parsed = parse_bytes<size>(value)) return *parsed;
        fail(name, std::to_string(size) + " bytes in base64url");
        return {};
    }
    lobby::CallId call() {
        if (const auto id = parse_id<lobby::CallId>(text("call", kIdTextMax))) return *id;
        fail("call", "a call's identifier");
        return {};
    }
    template <typename Enum>
    Enum choice(const char* name, std::initializer_list<std::string_view> words) {
        return choice<Enum>(name, std::span<const std::string_view>(words.begin(), words.size()));
    }
    template <typename Enum>
    Enum choice(const char* name, std::span<const std::string_view> words) {
        const std::string value = text(name, kIdTextMax);
        const auto found = std::ranges::find(words, value);
        if (found != words.end()) return static_cast<Enum>(found - words.begin());
        std::string wanted = "one of";
        for (const auto word : words)
            wanted += " " + std::string(word);
        fail(name, wanted);
        return {};
    }

private:
    const json& object_;
    std::optional<std::string> error_;
};

using Body = Result<ClientMessageBody, ClientMessageError>;

std::optional<lobby::Have> read_have(Fields& fields) {
    if (!fields.has("have")) return std::nullopt;
    const json* const object = fields.object("have");
    if (object == nullptr) return std::nullopt;
    Fields inner(*object);
    lobby::Have have{lobby::Epoch(inner.bytes<8>("epoch")), inner.integer("seq", 0)};
    if (const auto& error = inner.error()) fields.fail(*error);
    return have;
}

lobby::TopicSet read_topics(Fields& fields, const Settings& settings) {
    std::uint32_t topics = 0;
    if (!fields.has("topics")) return lobby::TopicSet(topics);
    const json* const list = fields.array("topics");
    if (list == nullptr) return lobby::TopicSet(topics);
    if (list->size() > kTopicsPerSeekMax)
        fields.fail("topics", "at most " + std::to_string(kTopicsPerSeekMax) + " topics");
    for (const auto& entry : *list) {
        const auto found = entry.is_string() ? std::ranges::find(settings.topics, entry.get_ref<const std::string&>())
                                             : settings.topics.end();
        if (found == settings.topics.end()) {
            fields.fail("topics", "from the list in welcome.features");
            break;
        }
        topics |= 1U << static_cast<unsigned>(found - settings.topics.begin());
    }
    return lobby::TopicSet(topics);
}

lobby::Preferences read_prefs(Fields& fields, const Settings& settings) {
    const json* const object = fields.object("prefs");
    if (object == nullptr) return {};
    Fields inner(*object);
    lobby::Preferences prefs;
    prefs.media = inner.choice<lobby::Media>("media", {"sound", "video"});
    prefs.need = inner.choice<lobby::Need>("need", {"any", "video"});
    prefs.topics = read_topics(inner, settings);
    if (const auto& error = inner.error()) fields.fail(*error);
    return prefs;
}

std::optional<safety::DeviceId> read_device(Fields& fields) {
    if (!fields.has("device")) return std::nullopt;
    constexpr std::size_t kTextMax = (safety::DeviceId::kTokenSizeMax * 4 + 2) / 3;
    const auto bytes = base64url_decode(fields.text("device", kTextMax));
    const auto device = bytes ? safety::DeviceId::of_token(*bytes) : std::nullopt;
    if (!device) fields.fail("device", "16 to 32 bytes in base64url");
    return device;
}

ClientMessageBody read_hello(Fields& fields) {
    HelloMessage hello;
    hello.version = static_cast<std::int64_t>(fields.integer("version", 0));
    if (!fields.ok() || hello.version != kProtocolVersion)
        return hello; // what another version's fields are is not ours to say
    hello.key = fields.bytes<crypto::kP256PublicKeySize>("key");
    if (fields.ok() && !crypto::is_p256_public_key(hello.key)) fields.fail("key", "a point of P-256, uncompressed");
    hello.device = read_device(fields);
    if (fields.has("resume")) {
        ResumeRequest resume;
        resume.token = fields.text("resume", kMessageBytesMax);
        resume.proof = fields.bytes<crypto::kP256SignatureSize>("proof");
        resume.have = read_have(fields);
        hello.resume = std::move(resume);
    }
    return hello;
}

Body read_seek(Fields& fields, const Settings& settings) {
    const std::string tag = fields.text("room", kIdTextMax);
    lobby::SeekCommand seek{lobby::RoomIndex(0), read_prefs(fields, settings)};
    if (!fields.ok()) return lobby::Command(seek);
    if (settings.rooms_closed) {
        return Failure(ClientMessageError{ErrorCode::kRoomsClosed, ClientType::kSeek, "this server has no rooms"});
    }
    const auto room = settings.rooms.find(tag);
    if (!room) {
        return Failure(ClientMessageError{ErrorCode::kUnknownRoom, ClientType::kSeek, "there is no such room here"});
    }
    seek.room = *room;
    return lobby::Command(seek);
}

// Whoever has only the id, which is but a name, is led to a room of its own: the digest is what rooms are told apart
// by, and all the server keeps.
lobby::PrivateId private_id(const lobby::Bytes16& id, const lobby::Bytes16& door) {
    std::array<std::uint8_t, 32> both{};
    std::ranges::copy(door, std::ranges::copy(id, both.begin()).out);
    lobby::Bytes16 name{};
    std::ranges::copy_n(crypto::sha256(both).begin(), static_cast<std::ptrdiff_t>(name.size()), name.begin());
    return lobby::PrivateId(name);
}

Body read_open(Fields& fields, const Settings& settings) {
    lobby::OpenCommand open;
    const auto id = fields.bytes<16>("id");
    open.id = private_id(id, fields.bytes<16>("door"));
    open.seat = lobby::SeatId(fields.bytes<16>("seat"));
    open.noise = fields.text("noise", kNoiseBytesMax);
    open.prefs = read_prefs(fields, settings);
    if (fields.ok() && !settings.private_open) {
        return Failure(
            ClientMessageError{ErrorCode::kPrivateClosed, ClientType::kOpen, "this server has no private calls"});
    }
    return lobby::Command(std::move(open));
}

// Names that are not among ours belong to a server of another configuration: the page's last one, before a restart.
lobby::RelayTimes read_relays(Fields& fields, const Settings& settings) {
    lobby::RelayTimes times{};
    if (!fields.has("relays")) return times;
    const json* const object = fields.object("relays");
    if (object == nullptr) return times;
    Fields inner(*object);
    const auto read = [&](std::size_t place, const char* name) {
        if (!inner.has(name)) return;
        const std::uint64_t milliseconds = inner.integer(name, 0);
        if (milliseconds > lobby::kRelayMillisecondsMax) inner.fail(name, "at most 10000 milliseconds");
        times.at(place) = static_cast<std::uint16_t>(milliseconds);
    };
    read(0, std::string(kOwnRelayName).c_str());
    for (std::size_t i = 0; i < settings.regions.size(); ++i)
        read(i + 1, settings.regions[i].name.c_str());
    if (const auto& error = inner.error()) fields.fail(*error);
    return times;
}

lobby::Command read_report(Fields& fields) {
    lobby::ReportCommand report;
    report.call = fields.call();
    report.category = fields.choice<safety::ReportCategory>("category", safety::kReportCategoryNames);
    if (fields.has("note")) report.note = fields.text("note", kMessageBytesMax);
    if (count_characters(report.note) > kNoteCharactersMax) fields.fail("note", "at most 500 characters");
    return report;
}

lobby::Command read_relay(Fields& fields) {
    lobby::RelayCommand relay;
    relay.call = fields.call();
    relay.id = fields.integer("id", 1);
    relay.body = fields.text("body", kBodyBytesMax);
    return relay;
}

Body read_body(ClientType type, Fields& fields, const Settings& settings) {
    switch (type) {
    case ClientType::kHello:
        return read_hello(fields);
    case ClientType::kSeek:
        return read_seek(fields, settings);
    case ClientType::kUnseek:
        return lobby::Command(lobby::UnseekCommand{});
    case ClientType::kAccept: {
        const lobby::CallId call = fields.call();
        std::string intro = fields.text("intro", kIntroBytesMax);
        return lobby::Command(lobby::AcceptCommand{call, std::move(intro), read_relays(fields, settings)});
    }
    case ClientType::kDecline:
        return lobby::Command(lobby::DeclineCommand{fields.call()});
    case ClientType::kOpen:
        return read_open(fields, settings);
    case ClientType::kRelay:
        return read_relay(fields);
    case ClientType::kServers:
        return lobby::Command(lobby::ServersCommand{fields.call()});
    case ClientType::kLeave: {
        const lobby::CallId call = fields.call();
        return lobby::Command(
            lobby::LeaveCommand{call, fields.choice<lobby::LeaveReason>("reason", {"left", "next", "key", "failed"})});
    }
    case ClientType::kBlock:
        return lobby::Command(lobby::BlockCommand{fields.call()});
    case ClientType::kReport:
        return read_report(fields);
    case ClientType::kProbe:
        return ProbeMessage{};
    case ClientType::kLedger:
        return LedgerMessage{};
    case ClientType::kPing:
        return lobby::Command(lobby::PingCommand{read_have(fields)});
    }
    std::unreachable();
}

std::optional<ClientType> type_of(const json& message) {
    const auto found = message.find("type");
    if (found == message.end() || !found->is_string()) return std::nullopt;
    const auto& name = found->get_ref<const std::string&>();
    const auto* const entry = std::ranges::find(lobby::kClientTypeNames, name);
    if (entry == lobby::kClientTypeNames.end()) return std::nullopt;
    return static_cast<ClientType>(entry - lobby::kClientTypeNames.begin());
}

Failure<ClientMessageError> bad(std::optional<ClientType> about, std::string text) {
    return Failure(ClientMessageError{ErrorCode::kBadMessage, about, std::move(text)});
}

} // namespace

Result<ClientMessage, ClientMessageError> parse_client_message(std::string_view text, const Settings& settings) {
    if (text.size() > kMessageBytesMax) return bad({}, "a message has at most 32768 bytes");
    if (is_too_deep(text)) return bad({}, "too many arrays and objects inside one another");
    const json message = json::parse(text, nullptr, false);
    if (!message.is_object()) return bad({}, "a message is one JSON object");
    const auto type = type_of(message);
    if (!type) return bad({}, "'type' must be one of the types a page may send");
    Fields fields(message);
    auto body = read_body(*type, fields, settings);
    if (const auto& error = fields.error()) return bad(type, *error);
    if (!body) return Failure(std::move(body.error()));
    return ClientMessage{*type, *std::move(body)};
}

} // namespace vv::signal
