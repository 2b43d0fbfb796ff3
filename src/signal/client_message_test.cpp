// The form of what pages say: each field's kind, size and limit, at the limit and one past it.
#include "base/encoding.h"
#include "signal/client_message.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace vv::signal {
namespace {

using namespace std::string_literals;

using Json = nlohmann::json;
using lobby::ClientType;
using lobby::ErrorCode;

Settings settings() {
    Settings settings;
    settings.topics = {"music", "cooking", "films", "travel", "games", "books"};
    return settings;
}

Result<ClientMessage, ClientMessageError> parse(const std::string& text) {
    static const Settings kSettings = settings();
    return parse_client_message(text, kSettings);
}
Result<ClientMessage, ClientMessageError> parse(const Json& message) {
    return parse(message.dump());
}

template <typename T>
T command_of(const Json& message) {
    auto parsed = parse(message);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().text);
    if (!parsed) return {};
    return std::move(std::get<T>(std::get<lobby::Command>(parsed->body)));
}

/// The developer's text; empty if the message was taken.
std::string fault(const Json& message) {
    const auto parsed = parse(message);
    if (parsed) return {};
    EXPECT_EQ(parsed.error().code, ErrorCode::kBadMessage);
    return parsed.error().text;
}

const std::string kCall = "0." + base64url_encode(lobby::Bytes16{1, 2, 3});
const std::string kId = base64url_encode(lobby::Bytes16{9});
const Json kPrefs = {{"media", "sound"}, {"need", "video"}};

TEST(ClientMessage, MustBeAnObjectWithAKnownType) {
    for (const char* const bad :
         {"", " ", "nonsense", "null", "[]", "5", "\"ping\"", "{", "{}", R"({"type":5})", R"({"type":"dance"})",
          R"({"type":"pong"})", R"({"type":"ping"} x)", R"({"type":"ping",})", R"({'type':'ping'})",
          "{\"type\":\"ping\xff\"}", "\xef\xbb\xbf", R"({"type":"\ud800"})"}) {
        const auto parsed = parse(std::string(bad));
        ASSERT_FALSE(parsed) << bad;
        EXPECT_EQ(parsed.error().code, ErrorCode::kBadMessage);
        EXPECT_FALSE(parsed.error().about);
    }
    EXPECT_TRUE(parse(std::string(R"( {"type" : "ping"} )")));
}

TEST(ClientMessage, IgnoresUnknownFields) {
    EXPECT_TRUE(parse(Json{{"type", "unseek"}, {"new", {{"thing", 1}}}}));
}

TEST(ClientMessage, HasALargestSize) {
    Json message = {{"type", "ping"}, {"x", ""}};
    message["x"] = std::string(kMessageBytesMax - message.dump().size(), 'x');
    EXPECT_TRUE(parse(message));
    message["x"] = message["x"].get<std::string>() + "x";
    EXPECT_FALSE(parse(message));
}

TEST(ClientMessage, HasADeepestNesting) {
    const auto nested = [](std::size_t depth) { // the message itself is the first level
        return R"({"type":"ping","x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
    };
    EXPECT_TRUE(parse(nested(kDepthMax)));
    EXPECT_FALSE(parse(nested(kDepthMax + 1)));
    EXPECT_FALSE(parse(std::string(kMessageBytesMax, '[')));
    // Brackets in strings are text.
    EXPECT_TRUE(parse(Json{{"type", "ping"}, {"x", std::string(100, '[') + "\\\"" + std::string(100, '{')}}));
}

TEST(ClientMessage, Hello) {
    const auto signer = crypto::P256Signer::generate();
    Json hello = {{"type", "hello"}, {"version", 1}, {"key", base64url_encode(signer.public_key())}};
    auto parsed = parse(hello);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(std::get<HelloMessage>(parsed->body).key, signer.public_key());
    EXPECT_FALSE(std::get<HelloMessage>(parsed->body).resume);

    EXPECT_FALSE(std::get<HelloMessage>(parsed->body).device);

    auto off_curve = signer.public_key();
    off_curve[64] ^= 1U;
    for (const Json& key : {Json(nullptr), Json(5), Json(""), Json("AAAA"), Json(base64url_encode(off_curve)),
                            Json(base64url_encode(signer.public_key()) + "="), Json(std::string(87, 'A'))}) {
        hello["key"] = key;
        EXPECT_NE(fault(hello).find("key"), std::string::npos) << key;
    }
}

TEST(ClientMessage, HelloWithADeviceToken) {
    const auto signer = crypto::P256Signer::generate();
    Json hello = {{"type", "hello"}, {"version", 1}, {"key", base64url_encode(signer.public_key())}};
    for (const std::size_t size : {16U, 32U}) {
        const ByteBuffer token(size, 7);
        hello["device"] = base64url_encode(token);
        const auto parsed = parse(hello);
        ASSERT_TRUE(parsed);
        EXPECT_EQ(std::get<HelloMessage>(parsed->body).device, safety::DeviceId::of_token(token));
    }
    for (const Json& device : {Json(base64url_encode(ByteBuffer(15))), Json(base64url_encode(ByteBuffer(33))),
                               Json("no base64!"), Json(""), Json(7)}) {
        hello["device"] = device;
        EXPECT_NE(fault(hello).find("device"), std::string::npos) << device;
    }
}

TEST(ClientMessage, HelloThatComesBack) {
    Json hello = {{"type", "hello"},
                  {"version", 1},
                  {"key", base64url_encode(crypto::P256Signer::generate().public_key())},
                  {"resume", "token"},
                  {"proof", base64url_encode(ByteBuffer(64))},
                  {"have", {{"epoch", base64url_encode(lobby::Bytes8{1})}, {"seq", 7}}}};
    const auto parsed = parse(hello);
    ASSERT_TRUE(parsed);
    const auto& resume = std::get<HelloMessage>(parsed->body).resume;
    ASSERT_TRUE(resume);
    EXPECT_EQ(resume->token, "token");
    EXPECT_EQ(resume->have, (lobby::Have{lobby::Epoch({1}), 7}));
    hello["have"] = nullptr;
    EXPECT_EQ(fault(hello), "");
    for (const Json& have : {Json(5), Json::object(), Json{{"epoch", "AAAA"}, {"seq", 7}},
                             Json{{"epoch", base64url_encode(lobby::Bytes8{})}, {"seq", -1}},
                             Json{{"epoch", base64url_encode(lobby::Bytes8{})}, {"seq", 1.5}}}) {
        hello["have"] = have;
        EXPECT_NE(fault(hello), "") << have;
    }
    hello.erase("have");
    hello["proof"] = base64url_encode(ByteBuffer(63));
    EXPECT_NE(fault(hello).find("proof"), std::string::npos);
    hello.erase("proof");
    EXPECT_NE(fault(hello).find("proof"), std::string::npos);
}

TEST(ClientMessage, HelloOfAnotherVersionNeedsNothingElse) {
    const auto parsed = parse(Json{{"type", "hello"}, {"version", 2}, {"key", 5}});
    ASSERT_TRUE(parsed);
    EXPECT_EQ(std::get<HelloMessage>(parsed->body).version, 2);
    EXPECT_NE(fault({{"type", "hello"}, {"version", "1"}}), "");
    EXPECT_NE(fault({{"type", "hello"}, {"version", 1.5}}), "");
    EXPECT_NE(fault({{"type", "hello"}}), "");
}

TEST(ClientMessage, Seek) {
    Json seek = {{"type", "seek"}, {"room", "hi"}, {"prefs", kPrefs}};
    auto command = command_of<lobby::SeekCommand>(seek);
    EXPECT_EQ(command.room, *settings().rooms.find("hi"));
    EXPECT_EQ(command.prefs, (lobby::Preferences{lobby::Media::kSound, lobby::Need::kVideo, {}}));
    seek["prefs"]["topics"] = {"cooking", "books"};
    EXPECT_EQ(command_of<lobby::SeekCommand>(seek).prefs.topics, lobby::TopicSet(0b100010));
    seek["prefs"]["topics"] = {"music", "cooking", "films", "travel", "games"};
    EXPECT_EQ(fault(seek), "");
    seek["prefs"]["topics"].push_back("books");
    EXPECT_NE(fault(seek).find("topics"), std::string::npos) << "one past kTopicsPerSeekMax";
    for (const Json& topics : {Json("music"), Json{"politics"}, Json{5}, Json::object()}) {
        seek["prefs"]["topics"] = topics;
        EXPECT_NE(fault(seek).find("topics"), std::string::npos) << topics;
    }
    for (const Json& prefs : {Json(nullptr), Json(5), Json::object(), Json{{"media", "video"}},
                              Json{{"media", "smell"}, {"need", "any"}}, Json{{"media", "video"}, {"need", "sound"}}}) {
        EXPECT_NE(fault({{"type", "seek"}, {"room", "hi"}, {"prefs", prefs}}), "") << prefs;
    }
    const auto unknown = parse(Json{{"type", "seek"}, {"room", "HI"}, {"prefs", kPrefs}});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ErrorCode::kUnknownRoom);
    EXPECT_EQ(unknown.error().about, ClientType::kSeek);
}

TEST(ClientMessage, Open) {
    Json open = {{"type", "open"}, {"id", kId}, {"door", kId}, {"seat", kId}, {"noise", "AAAA"}, {"prefs", kPrefs}};
    EXPECT_EQ(command_of<lobby::OpenCommand>(open).noise, "AAAA");
    open["noise"] = std::string(kNoiseBytesMax, 'A');
    EXPECT_EQ(fault(open), "");
    open["noise"] = std::string(kNoiseBytesMax + 1, 'A');
    EXPECT_NE(fault(open).find("noise"), std::string::npos);
    open["noise"] = "AAAA";
    for (const char* const field : {"id", "door", "seat"}) {
        for (const Json& value :
             {Json(nullptr), Json(base64url_encode(ByteBuffer(15))), Json(base64url_encode(ByteBuffer(17))), Json(5)}) {
            Json bad = open;
            bad[field] = value;
            EXPECT_NE(fault(bad).find(field), std::string::npos) << value;
        }
    }
}

TEST(ClientMessage, OnlyTheNameAndTheDoorOfAPrivateCallTogetherLeadToIt) {
    const auto bytes = [](std::uint8_t first) {
        lobby::Bytes16 out{};
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = static_cast<std::uint8_t>(first + i);
        return base64url_encode(out);
    };
    const auto room_of = [&](std::uint8_t id, std::uint8_t door) {
        return command_of<lobby::OpenCommand>({{"type", "open"},
                                               {"id", bytes(id)},
                                               {"door", bytes(door)},
                                               {"seat", kId},
                                               {"noise", "AAAA"},
                                               {"prefs", kPrefs}})
            .id;
    };
    // The first half of SHA-256 of the bytes 0 to 31, computed with another implementation.
    EXPECT_EQ(hex_encode(room_of(0, 16).value()), "630dcd2966c4336691125448bbb25b4f");
    EXPECT_NE(room_of(0, 16), room_of(0, 17));
    EXPECT_NE(room_of(0, 16), room_of(1, 16));
}

TEST(ClientMessage, CallsAreNamedExactly) {
    EXPECT_EQ(command_of<lobby::DeclineCommand>({{"type", "decline"}, {"call", kCall}}).call,
              (lobby::CallId{0, {1, 2, 3}}));
    EXPECT_EQ(command_of<lobby::BlockCommand>({{"type", "block"}, {"call", "4294967295" + kCall.substr(1)}}).call.node,
              4294967295U);
    const std::string random = kCall.substr(2);
    for (const std::string& call : {random, "." + random, "00." + random, "-1." + random, "+1." + random,
                                    "4294967296." + random, "0." + random + "A", "0." + random.substr(1),
                                    "0 ." + random, "0.0." + random, std::string(), "0x1." + random}) {
        EXPECT_NE(fault({{"type", "decline"}, {"call", call}}), "") << call;
    }
    for (const char* const type : {"accept", "decline", "relay", "servers", "leave", "block", "report"}) {
        EXPECT_NE(fault({{"type", type}}).find("call"), std::string::npos) << type;
        EXPECT_NE(fault({{"type", type}, {"call", 5}}).find("call"), std::string::npos) << type;
    }
}

TEST(ClientMessage, AcceptCarriesAnyTextUpToItsSize) {
    Json accept = {{"type", "accept"}, {"call", kCall}, {"intro", ""}};
    EXPECT_EQ(command_of<lobby::AcceptCommand>(accept).intro, "");
    accept["intro"] = std::string(kIntroBytesMax, 'i');
    EXPECT_EQ(command_of<lobby::AcceptCommand>(accept).intro.size(), kIntroBytesMax);
    accept["intro"] = std::string(kIntroBytesMax + 1, 'i');
    EXPECT_NE(fault(accept).find("intro"), std::string::npos);
    accept["intro"] = Json::object();
    EXPECT_NE(fault(accept).find("intro"), std::string::npos);
}

TEST(ClientMessage, AcceptSaysHowFarTheRelaysAre) {
    Settings settings;
    settings.regions = {{"eu", "https://eu.example.org", {}}, {"in", "https://in.example.org", {}}};
    const auto read = [&](const Json& relays) {
        const Json accept = {{"type", "accept"}, {"call", kCall}, {"intro", ""}, {"relays", relays}};
        return parse_client_message(accept.dump(), settings);
    };
    const auto times = [&](const Json& relays) {
        const auto message = read(relays);
        EXPECT_TRUE(message) << message.error().text;
        return std::get<lobby::AcceptCommand>(std::get<lobby::Command>(message->body)).relays;
    };
    EXPECT_EQ(times(nullptr), lobby::RelayTimes{});
    EXPECT_EQ(times(Json::object()), lobby::RelayTimes{});
    EXPECT_EQ(times({{"here", 0}, {"in", lobby::kRelayMillisecondsMax}}),
              (lobby::RelayTimes{0, std::nullopt, lobby::kRelayMillisecondsMax}));
    EXPECT_EQ(times({{"us", 5}, {"eu", 5}}), (lobby::RelayTimes{std::nullopt, 5})) << "a relay of an earlier day";
    for (const Json& wrong : {Json("eu"), Json::array({5}), Json({{"eu", -1}}), Json({{"eu", 1.5}}),
                              Json({{"eu", "5"}}), Json({{"eu", lobby::kRelayMillisecondsMax + 1}})}) {
        const auto message = read(wrong);
        ASSERT_FALSE(message) << wrong.dump();
        EXPECT_EQ(message.error().about, ClientType::kAccept);
    }
}

TEST(ClientMessage, RelayCarriesAnyTextUpToItsSize) {
    const std::string odd = "quote \" slash \\ zero \0 tab \t \x7f தமிழ் 😀 \u2028"s;
    Json relay = {{"type", "relay"}, {"call", kCall}, {"id", 1}, {"body", odd}};
    EXPECT_EQ(command_of<lobby::RelayCommand>(relay).body, odd);
    relay["body"] = std::string(kBodyBytesMax, 'b');
    EXPECT_EQ(fault(relay), "");
    relay["body"] = std::string(kBodyBytesMax + 1, 'b');
    EXPECT_NE(fault(relay).find("body"), std::string::npos);
    relay["body"] = "b";
    relay["id"] = (std::uint64_t{1} << 53U) - 1;
    EXPECT_EQ(fault(relay), "");
    for (const Json& id : {Json(0), Json(-1), Json(1.0), Json("1"), Json(nullptr), Json(std::uint64_t{1} << 53U)}) {
        relay["id"] = id;
        EXPECT_NE(fault(relay).find("id"), std::string::npos) << id;
    }
}

TEST(ClientMessage, LeaveAndReportChooseFromWords) {
    EXPECT_EQ(command_of<lobby::LeaveCommand>({{"type", "leave"}, {"call", kCall}, {"reason", "key"}}).reason,
              lobby::LeaveReason::kKey);
    for (const Json& reason : {Json("gone"), Json(nullptr), Json(0), Json("")}) {
        EXPECT_NE(fault({{"type", "leave"}, {"call", kCall}, {"reason", reason}}).find("reason"), std::string::npos);
    }
    Json report = {{"type", "report"}, {"call", kCall}, {"category", "minor"}};
    EXPECT_EQ(command_of<lobby::ReportCommand>(report).category, safety::ReportCategory::kMinor);
    EXPECT_EQ(command_of<lobby::ReportCommand>(report).note, "");
    std::string note;
    for (std::size_t i = 0; i < kNoteCharactersMax; ++i)
        note += "த";
    report["note"] = note;
    EXPECT_EQ(fault(report), "") << "characters are counted, not bytes";
    EXPECT_EQ(command_of<lobby::ReportCommand>(report).note, note);
    report["note"] = note + "x";
    EXPECT_NE(fault(report).find("note"), std::string::npos);
    report.erase("note");
    report["category"] = "boring";
    EXPECT_NE(fault(report).find("category"), std::string::npos);
}

TEST(ClientMessage, PingMayCarryHave) {
    EXPECT_FALSE(command_of<lobby::PingCommand>({{"type", "ping"}}).have);
    EXPECT_FALSE(command_of<lobby::PingCommand>({{"type", "ping"}, {"have", nullptr}}).have);
    const Json have = {{"epoch", base64url_encode(lobby::Bytes8{1})}, {"seq", 0}};
    EXPECT_EQ(command_of<lobby::PingCommand>({{"type", "ping"}, {"have", have}}).have->sequence, 0U);
}

TEST(ClientMessage, ErrorsNameTheTypeAndNeverTheValue) {
    const auto parsed = parse(Json{{"type", "relay"}, {"call", "secret-value"}});
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().about, ClientType::kRelay);
    EXPECT_EQ(parsed.error().text.find("secret-value"), std::string::npos);
}

} // namespace
} // namespace vv::signal
