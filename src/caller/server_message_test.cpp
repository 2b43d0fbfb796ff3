#include "base/encoding.h"
#include "caller/client_message.h"
#include "caller/page_vectors_for_test.h"
#include "caller/server_message.h"
#include "signal/resume_proof.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace vv::caller {
namespace {

template <typename Message>
Message read(const std::string& text) {
    auto message = parse_server_message(text);
    EXPECT_TRUE(message && std::holds_alternative<Message>(*message)) << text;
    return message && std::holds_alternative<Message>(*message) ? std::get<Message>(*message) : Message{};
}

bool is_refused(const std::string& text) {
    return !parse_server_message(text).has_value();
}

const std::string kFeatures = R"("features":{"rooms":true,"private":true})";
const std::string kWelcome =
    R"({"type":"welcome","session":"0.s","resume":"t","epoch":"e","resumed":false,)" + kFeatures;

TEST(ServerMessage, AMissingFieldOfAWelcomeMeansWhatItHasMeantSoFar) {
    const auto welcome = read<WelcomeMessage>(kWelcome + R"(,"later":{"what":1}})");
    EXPECT_EQ(welcome.answer_time, kAnswerTime);
    EXPECT_FALSE(welcome.call || welcome.relay_kbps || welcome.features.rooms_closed || welcome.features.relay_only);
    EXPECT_TRUE(welcome.rooms.empty());
}

TEST(ServerMessage, WhatAWelcomeSays) {
    const auto welcome = read<WelcomeMessage>(
        R"({"type":"welcome","session":"0.s","resume":"t","epoch":"e","resumed":true,"features":{"rooms":false,
        "rooms_closed":"no_contact","private":false,"privacy":"relay_only","meeting":"instant","topics":["a"],
        "contact":"x@y","rules":"be kind","stun":["stun:a"],"relays":[{"name":"here","origin":null},
        {"name":"eu","origin":"https://eu"}]},"limits":{"answer_seconds":1.5,"relay_kbps":900},
        "rooms":[{"tag":"ar","name":"العربية","dir":"rtl","waiting":4,"lately":2}],
        "call":{"call":"0.c","role":"b","kind":"room","state":"half","partner":"away"}})");
    EXPECT_EQ(welcome.features.rooms_closed, signal::RoomsClosed::kNoContact);
    EXPECT_TRUE(welcome.features.relay_only && welcome.features.meets_instantly);
    EXPECT_EQ(welcome.features.relays.at(1).origin, "https://eu");
    EXPECT_FALSE(welcome.features.relays.at(0).origin);
    EXPECT_EQ(welcome.answer_time, std::chrono::milliseconds(1500));
    EXPECT_EQ(welcome.relay_kbps, 900U);
    EXPECT_TRUE(welcome.rooms.at(0).is_rtl);
    EXPECT_EQ(welcome.rooms.at(0).lately, 4U) << "whoever waits has looked for somebody";
    EXPECT_TRUE(welcome.call && welcome.call->is_half && welcome.call->role == lobby::Role::kB);
}

TEST(ServerMessage, AWelcomeWithAFieldOfTheWrongFormIsNone) {
    for (const char* more : {R"(,"rooms":{})", R"(,"rooms":[1])", R"(,"rooms":[{"tag":"ta","name":"x"}])",
                             R"(,"call":{"call":"0.c"})", R"(,"limits":{"answer_seconds":"20"})",
                             R"(,"limits":{"answer_seconds":-1})", R"(,"limits":{"relay_kbps":0})"})
        EXPECT_TRUE(is_refused(kWelcome + more + "}")) << more;
    EXPECT_TRUE(is_refused(R"({"type":"welcome","session":"0.s","resume":"t","epoch":"e",)" + kFeatures + "}"));
    const auto with = [](const std::string& features) {
        return R"({"type":"welcome","session":"0.s","resume":"t","epoch":"e","resumed":false,"features":)" + features +
               "}";
    };
    for (const char* features : {R"([])", R"({"rooms":true})", R"({"rooms":true,"private":true,"stun":["turn:a"]})",
                                 R"({"rooms":true,"private":true,"privacy":"none"})",
                                 R"({"rooms":true,"private":true,"relays":[{"origin":null}]})"})
        EXPECT_TRUE(is_refused(with(features))) << features;
}

TEST(ServerMessage, IceServersAreStunAndTurnAndThreeAtMost) {
    const auto servers = [](const std::string& list) {
        return R"({"type":"servers","call":"0.c","ice_servers":)" + list + "}";
    };
    const auto read_servers = read<ServersMessage>(
        servers(R"([{"urls":"stun:a"},{"urls":["turn:b","turns:c"],"username":"u","credential":"c"}])"));
    EXPECT_EQ(read_servers.ice_servers.at(0).urls, std::vector<std::string>{"stun:a"});
    EXPECT_EQ(read_servers.ice_servers.at(1).credential, "c");
    EXPECT_TRUE(read<ServersMessage>(servers("[]")).ice_servers.empty());
    for (const char* list : {R"([{"urls":["http://a"]}])", R"([{"urls":["stun:a","stun:b","stun:c","stun:d"]}])",
                             R"([{"urls":["stun:a","stun:b"]},{"urls":["stun:c","stun:d"]}])", R"([{}])", R"([5])",
                             R"({})", R"([{"urls":"stun:a","username":5}])"})
        EXPECT_TRUE(is_refused(servers(list))) << list;
}

TEST(ServerMessage, NumbersAreWholeAndCountable) {
    const auto relay = [](const std::string& seq, const std::string& id) {
        return R"({"type":"relay","call":"0.c","epoch":"e","body":"","seq":)" + seq + R"(,"id":)" + id + "}";
    };
    EXPECT_EQ(read<RelayMessage>(relay("9007199254740991", "1")).sequence, 9007199254740991U);
    for (const char* number : {"0", "-1", "1.0", "1e3", "9007199254740992", "\"1\"", "null"}) {
        EXPECT_TRUE(is_refused(relay(number, "1"))) << number;
        EXPECT_TRUE(is_refused(relay("1", number))) << number;
    }
}

TEST(ServerMessage, TimesAreNeverLongerThanAYear) {
    const auto error = [](const std::string& seconds) {
        return read<ErrorMessage>(R"({"type":"error","code":"rate","retry_after":)" + seconds + "}").retry_after;
    };
    EXPECT_EQ(error("0.25"), std::chrono::milliseconds(250));
    EXPECT_EQ(error("1e300"), Duration(kNamedTimeMax));
    EXPECT_FALSE(error("null"));
    EXPECT_TRUE(is_refused(R"({"type":"error","code":"rate","retry_after":-1})"));
    EXPECT_TRUE(is_refused(R"({"type":"error","text":"no code"})"));
}

TEST(ServerMessage, WhatIsNoMessageIsNone) {
    for (const char* text :
         {"", "[]", "5", "null", "{", "{}", R"({"type":5})", R"({"type":"later"})", R"({"type":"challenge"})",
          R"({"type":"challenge","nonce":"AAAA"})", R"({"type":"left","call":"0.c","reason":"later"})",
          R"({"type":"matched","call":"0.c","role":"a"})", R"({"type":"rooms","rooms":{"ta":-1}})",
          R"({"type":"rooms","rooms":[]})", "{\"type\":\"pong\",\"x\":\"\xff\"}",
          R"({"type":"noted","call":"0.c","what":"block"})"})
        EXPECT_TRUE(is_refused(text)) << text;
    EXPECT_TRUE(is_refused(R"({"type":"pong","x":)" + std::string(20, '[') + std::string(20, ']') + "}")) << "too deep";
    EXPECT_TRUE(is_refused(R"({"type":"pong","x":")" + std::string(kServerMessageMax, 'x') + "\"}")) << "too long";
    EXPECT_FALSE(is_refused(R"({"type":"pong"})"));
}

TEST(ClientMessage, TheProofIsOverWhatAPageSigns) {
    const auto vectors = nlohmann::json::parse(kPageVectors);
    const auto& proof = vectors["proof"];
    const ByteBuffer nonce = base64url_decode(proof["nonce"].get<std::string>()).value();
    EXPECT_EQ(hex_encode(signal::resume_proof_message(vectors["host"].get<std::string>(), nonce,
                                                      proof["token"].get<std::string>())),
              proof["message"].get<std::string>());
}

} // namespace
} // namespace vv::caller
