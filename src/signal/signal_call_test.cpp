// Whole stories over the wire: strangers, private calls, losing the server, as docs/protocol.md tells them.
#include "lobby/limits.h"
#include "signal/test_server.h"
#include "turn/rest_credential.h"

#include <set>

namespace vv::signal {
namespace {

using namespace std::string_literals;

struct Call {
    std::unique_ptr<TestPage> a;
    std::unique_ptr<TestPage> b;
    std::string id;
};

Json seek(std::string_view room = "ta") {
    return {{"type", "seek"}, {"room", room}, {"prefs", TestServer::prefs()}};
}

Call match(TestServer& server) {
    Call call{server.enter(), server.enter(), {}};
    server.send(call.a->connection, seek());
    server.take(call.a->connection, "waiting");
    server.send(call.b->connection, seek());
    const Json matched = server.take(call.a->connection, "matched");
    call.id = matched.at("call");
    EXPECT_EQ(matched.at("role"), "a");
    EXPECT_EQ(matched.at("prefs"), Json::parse(R"({"room": "ta", "media": "video", "topics": []})"));
    EXPECT_EQ(server.take(call.b->connection, "matched").at("role"), "b");
    return call;
}

void accept(TestServer& server, const TestPage& page, const std::string& call, const std::string& intro) {
    server.send(page.connection, {{"type", "accept"}, {"call", call}, {"intro", intro}});
}

Call meet(TestServer& server) {
    Call call = match(server);
    accept(server, *call.a, call.id, "intro of a");
    EXPECT_TRUE(server.is_quiet(call.b->connection));
    accept(server, *call.b, call.id, "intro of b");
    for (TestPage* const page : {call.a.get(), call.b.get()}) {
        server.take_token(*page);
        const Json accepted = server.take(page->connection, "accepted");
        EXPECT_EQ(accepted.at("intro"), page == call.a.get() ? "intro of b" : "intro of a");
    }
    return call;
}

Json relay(const std::string& call, int id) {
    return {{"type", "relay"}, {"call", call}, {"id", id}, {"body", "body " + std::to_string(id)}};
}

void expect_relay(TestServer& server, const TestPage& page, const std::string& call, int seq, int id) {
    EXPECT_EQ(server.take(page.connection, "relay"), (Json{{"type", "relay"},
                                                           {"call", call},
                                                           {"epoch", server.epoch()},
                                                           {"seq", seq},
                                                           {"id", id},
                                                           {"body", "body " + std::to_string(id)}}));
}

TEST(SignalStrangers, MeetAndExchange) {
    TestServer server;
    const Call call = meet(server);
    server.send(call.b->connection, relay(call.id, 1));
    EXPECT_EQ(server.take(call.b->connection, "ack"), (Json{{"type", "ack"}, {"call", call.id}, {"id", 1}}));
    expect_relay(server, *call.a, call.id, 1, 1);
    server.send(call.a->connection, {{"type", "leave"}, {"call", call.id}, {"reason", "next"}});
    EXPECT_EQ(server.take(call.a->connection, "left").at("reason"), "you");
    EXPECT_EQ(server.take(call.b->connection, "left").at("reason"), "next");
    server.take_token(*call.a);
    server.take_token(*call.b);
    server.send(call.a->connection, {{"type", "report"}, {"call", call.id}, {"category", "spam"}, {"note", "…"}});
    EXPECT_EQ(server.take(call.a->connection, "noted").at("what"), "report");
    ASSERT_EQ(server.filed.size(), 1U);
    EXPECT_EQ(server.filed[0].note, "…");
    EXPECT_EQ(server.filed[0].room, server.settings().rooms.find("ta"));
}

TEST(SignalStrangers, EachEndHasCredentialsOfItsOwn) {
    TestServer server;
    Call call = match(server);
    accept(server, *call.a, call.id, "");
    accept(server, *call.b, call.id, "");
    std::vector<std::string> names;
    for (TestPage* const page : {call.a.get(), call.b.get()}) {
        server.take_token(*page);
        const Json servers = server.take(page->connection, "accepted").at("ice_servers");
        std::size_t urls = 0;
        for (const Json& entry : servers)
            urls += entry.at("urls").size();
        EXPECT_LE(urls, kIceUrlsMax);
        names.push_back(servers.at(1).at("username"));
        const auto parsed = turn::parse_rest_name(names.back());
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->credential_class, turn::CredentialClass::kCall);
        EXPECT_EQ(parsed->expiry, server.wall + kCallCredentialTime);
        EXPECT_EQ(parsed->cap, kAllocationLifeMax);
    }
    EXPECT_NE(names[0], names[1]);
    server.pass(1min);
    server.send(call.a->connection, {{"type", "servers"}, {"call", call.id}});
    const Json renewed = server.take(call.a->connection, "servers");
    EXPECT_EQ(renewed.at("call"), call.id);
    const std::string name = renewed.at("ice_servers").at(1).at("username");
    EXPECT_EQ(turn::parse_rest_name(name)->expiry, server.wall + kCallCredentialTime);
}

Settings with_regions() {
    Settings settings = TestServer::default_settings();
    settings.regions = {{"eu", "https://eu.example.org", {"stun:198.51.100.2:3478", "turn:198.51.100.2:3478"}},
                        {"in", "https://in.example.org", {"stun:198.51.100.3:3478", "turn:198.51.100.3:3478"}}};
    return settings;
}

// The relay both are told of, once each has said how far the relays are.
std::string relay_given(TestServer& server, const Json& a, const Json& b) {
    const Call call = match(server);
    const auto answer = [&](const TestPage& page, const Json& relays) {
        server.send(page.connection, {{"type", "accept"}, {"call", call.id}, {"intro", ""}, {"relays", relays}});
    };
    answer(*call.a, a);
    answer(*call.b, b);
    std::set<std::string> given;
    for (TestPage* const page : {call.a.get(), call.b.get()}) {
        server.take_token(*page);
        given.insert(server.take(page->connection, "accepted").at("ice_servers").at(1).at("urls").at(0));
        server.send(page->connection, {{"type", "servers"}, {"call", call.id}});
        given.insert(server.take(page->connection, "servers").at("ice_servers").back().at("urls").at(0));
    }
    EXPECT_EQ(given.size(), 1U) << "both hear the same, also later in the call";
    server.cut(call.a->connection);
    server.cut(call.b->connection);
    server.pass(lobby::kCallResumeTime);
    return *given.begin();
}

TEST(SignalWelcome, WhereNoUrlIsForStunTurnOnTheSamePlaceStandsForIt) {
    Settings settings = TestServer::default_settings();
    settings.ice_urls.emplace_back("turn:198.51.100.1:80?transport=tcp");
    settings.turns_on_page = true;
    const auto stun = [&] {
        TestServer server(settings);
        TestPage page;
        server.open(page);
        server.send(page.connection, TestServer::hello(page));
        return server.take_welcome(page).at("features").at("stun");
    };
    EXPECT_EQ(stun(), Json::array({"stun:198.51.100.1:3478"}));
    settings.ice_urls = {"turn:198.51.100.1:3478?transport=tcp"};
    EXPECT_EQ(stun(), Json::array()) << "over TCP nobody learns how UDP sees them";
}

TEST(SignalRegions, PagesAreToldWhereToTimeTheRelays) {
    TestServer server(with_regions());
    TestPage page;
    server.open(page);
    server.send(page.connection, TestServer::hello(page));
    EXPECT_EQ(server.take_welcome(page).at("features").at("relays"), Json::parse(R"([
        {"name": "here", "origin": null},
        {"name": "eu", "origin": "https://eu.example.org"},
        {"name": "in", "origin": "https://in.example.org"}])"));
    TestServer alone;
    TestPage other;
    alone.open(other);
    alone.send(other.connection, TestServer::hello(other));
    EXPECT_EQ(alone.take_welcome(other).at("features").at("relays"), Json::array()) << "with one there is no choice";
}

TEST(SignalRegions, ACallGetsTheNearestRelayThatWorks) {
    TestServer server(with_regions());
    const Json near_india = {{"here", 150}, {"eu", 160}, {"in", 20}};
    const Json near_europe = {{"here", 150}, {"eu", 10}, {"in", 140}};
    const std::string own = "turn:198.51.100.1:3478?transport=udp";
    EXPECT_EQ(relay_given(server, near_india, near_india), own) << "none of the regions is known to work yet";
    server.regions().up = {0, 1};
    EXPECT_EQ(relay_given(server, near_india, near_india), "turn:198.51.100.3:3478");
    EXPECT_EQ(relay_given(server, near_europe, near_europe), "turn:198.51.100.2:3478");
    EXPECT_EQ(relay_given(server, near_india, near_europe), "turn:198.51.100.3:3478") << "160 against 170 and 300";
    EXPECT_EQ(relay_given(server, nullptr, nullptr), own) << "nothing is known of either";
    server.regions().up = {0};
    EXPECT_EQ(relay_given(server, near_india, near_india), own) << "150 + 150 is less than 160 + 160";
}

// The call may have lost its way because the relay is gone.
TEST(SignalRegions, WhoAsksAnewInACallMakesTheServerLookAtItsRelay) {
    TestServer server(with_regions());
    server.regions().up = {0, 1};
    const Json near_india = {{"here", 150}, {"eu", 160}, {"in", 20}};
    const Call call = match(server);
    for (TestPage* const page : {call.a.get(), call.b.get()}) {
        const Json accept = {{"type", "accept"}, {"call", call.id}, {"intro", ""}, {"relays", near_india}};
        server.send(page->connection, accept);
    }
    for (TestPage* const page : {call.a.get(), call.b.get()}) {
        server.take_token(*page);
        (void)server.take(page->connection, "accepted");
    }
    const auto asks = [&](const TestPage& page) {
        server.send(page.connection, {{"type", "servers"}, {"call", call.id}});
        return server.take(page.connection, "servers").at("ice_servers");
    };
    EXPECT_TRUE(server.regions().doubted.empty()) << "not by the call's beginning";
    const Json first = asks(*call.a);
    ASSERT_EQ(first.size(), 1U) << "TURN alone";
    const Json both = {"turn:198.51.100.3:3478", "turn:198.51.100.1:3478?transport=udp"};
    EXPECT_EQ(first.at(0).at("urls"), both) << "its relay, and the server's own in case that one is gone";
    EXPECT_EQ(server.regions().doubted, std::set<std::size_t>{1});
    server.regions().up = {0};
    const Json second = asks(*call.a);
    EXPECT_EQ(second.at(1).at("urls"), Json::array({"turn:198.51.100.1:3478?transport=udp"}))
        << "the next best: its own";
    EXPECT_EQ(server.regions().doubted, std::set<std::size_t>{1}) << "of its own it knows";
}

// Its own relay would answer 508, however near it is.
TEST(SignalRegions, WhileTheServerDrainsARegionsRelayIsGiven) {
    TestServer server(with_regions());
    const Json near_here = {{"here", 5}, {"eu", 160}, {"in", 170}};
    server.regions().up = {0, 1};
    server.regions().own_up = false;
    EXPECT_EQ(relay_given(server, near_here, near_here), "turn:198.51.100.2:3478");
    EXPECT_EQ(relay_given(server, nullptr, nullptr), "turn:198.51.100.2:3478") << "nothing is known of either";
    server.regions().up = {1};
    EXPECT_EQ(relay_given(server, near_here, near_here), "turn:198.51.100.3:3478");
    TestPage page;
    server.open(page);
    server.send(page.connection, TestServer::hello(page));
    (void)server.take_welcome(page);
    server.send(page.connection, {{"type", "probe"}});
    EXPECT_EQ(server.take(page.connection, "probe").at("ice_servers").at(1).at("urls").at(0), "turn:198.51.100.3:3478");
    server.regions().up = {};
    EXPECT_EQ(relay_given(server, near_here, near_here), "turn:198.51.100.1:3478?transport=udp") << "what is left";
}

TEST(SignalRegions, WhoAsksAnewWhileTheServerDrainsIsNotToldItsRelay) {
    TestServer server(with_regions());
    server.regions().up = {0};
    server.regions().own_up = false;
    const Call call = match(server);
    const Json accept = {{"type", "accept"}, {"call", call.id}, {"intro", ""}, {"relays", {{"here", 5}, {"eu", 10}}}};
    for (TestPage* const page : {call.a.get(), call.b.get()})
        server.send(page->connection, accept);
    server.take_token(*call.a);
    (void)server.take(call.a->connection, "accepted");
    server.send(call.a->connection, {{"type", "servers"}, {"call", call.id}});
    const Json told = server.take(call.a->connection, "servers").at("ice_servers");
    EXPECT_EQ(told.at(0).at("urls"), Json::array({"stun:198.51.100.2:3478"}));
    EXPECT_EQ(told.at(1).at("urls"), Json::array({"turn:198.51.100.2:3478"}));
}

// However many URLs both have, no more than three are told, and the last of the server's own is among them.
TEST(SignalRegions, WhoAsksAnewIsToldAtMostThreeUrls) {
    Settings settings = TestServer::default_settings();
    const std::vector<std::string> three{"turn:a:1", "turn:b:1", "turns:c:1"};
    settings.regions = {{"eu", "https://eu.example.org", three}};
    settings.ice_urls = {"stun:own:1", "turn:own:1", "turn:own:1?transport=tcp"};
    TestServer server(settings);
    server.regions().up = {0};
    const Call call = match(server);
    const Json accept = {{"type", "accept"}, {"call", call.id}, {"intro", ""}, {"relays", {{"here", 150}, {"eu", 10}}}};
    for (TestPage* const page : {call.a.get(), call.b.get()})
        server.send(page->connection, accept);
    server.take_token(*call.a);
    EXPECT_EQ(server.take(call.a->connection, "accepted").at("ice_servers").at(0).at("urls"), Json(three));
    server.send(call.a->connection, {{"type", "servers"}, {"call", call.id}});
    const Json told = server.take(call.a->connection, "servers").at("ice_servers").at(0).at("urls");
    EXPECT_EQ(told, Json({"turn:a:1", "turn:b:1", "turn:own:1?transport=tcp"}));
}

std::string user_of(const Json& ice_servers) {
    const std::string name = ice_servers.at(1).at("username");
    return std::string(turn::parse_rest_name(name).value().user);
}

TEST(SignalStrangers, FreshCredentialsAreForTheSameUserOfTheRelay) {
    TestServer server;
    const Call call = meet(server);
    const auto ask = [&](const TestPage& page) {
        server.send(page.connection, {{"type", "servers"}, {"call", call.id}});
        return user_of(server.take(page.connection, "servers").at("ice_servers"));
    };
    const std::string first = ask(*call.a);
    EXPECT_EQ(base64url_decode(first.substr(first.rfind('.') + 1)).value().size(), 9U);
    server.pass(1min);
    EXPECT_EQ(ask(*call.a), first) << "asking again must not bring another share of the relay";
    EXPECT_NE(ask(*call.b), first);
    server.cut(call.a->connection);
    server.come_back(*call.a);
    EXPECT_EQ(ask(*call.a), first);
    const Call other = meet(server);
    server.send(other.a->connection, {{"type", "servers"}, {"call", other.id}});
    EXPECT_NE(user_of(server.take(other.a->connection, "servers").at("ice_servers")), first);
}

TEST(SignalStrangers, BodiesPassUnchanged) {
    TestServer server;
    const Call call = meet(server);
    const std::string odd = "quote \" slash \\ zero \0 tab \t \x7f தமிழ் 😀 \u2028 </script>"s;
    server.send(call.a->connection, {{"type", "relay"}, {"call", call.id}, {"id", 1}, {"body", odd}});
    EXPECT_EQ(server.take(call.b->connection, "relay").at("body"), odd);
    server.pass(10s);
    // The largest one, and one whose every character is escaped in the message.
    const std::string largest(kBodyBytesMax, '\x7f');
    server.send(call.a->connection, {{"type", "relay"}, {"call", call.id}, {"id", 2}, {"body", largest}});
    EXPECT_EQ(server.take(call.b->connection, "relay").at("body"), largest);
    const std::string escaped(5000, '\x01');
    server.send(call.a->connection, {{"type", "relay"}, {"call", call.id}, {"id", 3}, {"body", escaped}});
    EXPECT_EQ(server.take(call.b->connection, "relay").at("body"), escaped);
}

TEST(SignalStrangers, RefusedBodiesAreNamed) {
    TestServer server;
    const Call call = meet(server);
    server.send(call.a->connection, relay(call.id, 2));
    Json error = server.take_error(call.a->connection, "skipped");
    EXPECT_EQ(error.at("id"), 2);
    EXPECT_EQ(error.at("about"), "relay");
    server.cut(call.b->connection);
    for (int id = 1; id <= 64; ++id) {
        server.send(call.a->connection, relay(call.id, id));
        server.take(call.a->connection, "ack");
        server.pass(50ms);
    }
    server.send(call.a->connection, relay(call.id, 65));
    EXPECT_EQ(server.take_error(call.a->connection, "queue_full").at("id"), 65);
}

TEST(SignalStrangers, ALostConnectionLosesNothing) {
    TestServer server;
    const Call call = meet(server);
    server.send(call.a->connection, relay(call.id, 1));
    expect_relay(server, *call.b, call.id, 1, 1);
    server.cut(call.b->connection);
    server.send(call.a->connection, relay(call.id, 2));
    server.forget_inbox(call.a->connection);
    server.pass(10s);
    const Json welcome = server.come_back(*call.b, {{"epoch", server.epoch()}, {"seq", 1}});
    EXPECT_EQ(welcome.at("call"),
              (Json{{"call", call.id}, {"role", "b"}, {"kind", "room"}, {"state", "live"}, {"partner", "here"}}));
    expect_relay(server, *call.b, call.id, 2, 2);
    EXPECT_TRUE(server.is_quiet(call.b->connection));
    EXPECT_EQ(server.take(call.a->connection, "back").at("call"), call.id);
}

TEST(SignalRestart, TheCallLivesOn) {
    TestServer server;
    const Call call = meet(server);
    server.restart();
    Json welcome = server.come_back(*call.a);
    EXPECT_EQ(welcome.at("call").at("state"), "half");
    EXPECT_EQ(welcome.at("call").at("partner"), "away");
    EXPECT_EQ(welcome.at("epoch"), server.epoch());
    server.send(call.a->connection, relay(call.id, 5));
    server.take(call.a->connection, "ack");
    server.pass(29s);
    welcome = server.come_back(*call.b);
    EXPECT_EQ(welcome.at("call").at("state"), "live");
    EXPECT_EQ(welcome.at("call").at("role"), "b");
    expect_relay(server, *call.b, call.id, 1, 5);
    EXPECT_EQ(server.take(call.a->connection, "back").at("call"), call.id);
    server.send(call.b->connection, {{"type", "servers"}, {"call", call.id}});
    server.take(call.b->connection, "servers");
}

TEST(SignalRestart, TwiceInARow) {
    TestServer server;
    const Call call = meet(server);
    for (int i = 0; i < 3; ++i) {
        server.restart();
        server.come_back(*call.b);
        EXPECT_EQ(server.come_back(*call.a).at("call").at("state"), "live");
        server.take(call.b->connection, "back");
    }
}

TEST(SignalRestart, AThiefWithTheTokenDoesNotGetTheCall) {
    TestServer server;
    const Call call = meet(server);
    server.restart();
    TestPage thief;
    thief.token = call.a->token;
    server.open(thief);
    server.send(thief.connection, TestServer::resume_hello(thief));
    server.take_error(thief.connection, "resume_refused");
    EXPECT_EQ(server.lobby().stats().calls, 0U);
}

TEST(SignalRestart, OneAloneIsToldAfterTwoMinutes) {
    TestServer server;
    const Call call = meet(server);
    server.restart();
    server.come_back(*call.a);
    server.pass(lobby::kHalfCallTime);
    EXPECT_EQ(server.take(call.a->connection, "left").at("reason"), "gone");
    server.take_token(*call.a);
}

Json open_message(const std::string& seat) {
    return {{"type", "open"},
            {"id", base64url_encode(lobby::Bytes16{1})},
            {"door", base64url_encode(lobby::Bytes16{2})},
            {"seat", base64url_encode(lobby::Bytes16{static_cast<std::uint8_t>(seat[0])})},
            {"noise", base64url_encode(as_bytes("noise of " + seat))},
            {"prefs", TestServer::prefs()}};
}

Call join(TestServer& server) {
    Call call{server.enter(), server.enter(), {}};
    server.send(call.a->connection, open_message("a"));
    EXPECT_EQ(server.take(call.a->connection, "waiting"),
              Json::parse(R"({"type": "waiting", "room": null, "ahead": 0, "estimate": null})"));
    server.send(call.b->connection, open_message("b"));
    server.take(call.b->connection, "waiting");
    const Json joined = server.take(call.a->connection, "joined");
    call.id = joined.at("call");
    EXPECT_EQ(joined.at("noise"), base64url_encode(as_bytes("noise of b")));
    EXPECT_EQ(joined.at("prefs"), Json::parse(R"({"media": "video"})"));
    EXPECT_EQ(server.take(call.b->connection, "joined").at("noise"), base64url_encode(as_bytes("noise of a")));
    return call;
}

TEST(SignalPrivate, TwoMeetAndAThirdFindsItFull) {
    TestServer server;
    const Call call = join(server);
    accept(server, *call.a, call.id, "noise message 2");
    accept(server, *call.b, call.id, "");
    server.take_token(*call.a);
    EXPECT_EQ(server.take(call.a->connection, "accepted").at("intro"), "");
    server.take_token(*call.b);
    EXPECT_EQ(server.take(call.b->connection, "accepted").at("intro"), "noise message 2");
    const auto third = server.enter();
    server.send(third->connection, open_message("c"));
    EXPECT_EQ(server.take(third->connection, "full"), (Json{{"type", "full"}}));

    server.restart();
    EXPECT_EQ(server.come_back(*call.a).at("call").at("kind"), "private");
    const auto fourth = server.enter();
    server.send(fourth->connection, open_message("d"));
    server.take(fourth->connection, "full");
    EXPECT_EQ(server.come_back(*call.b).at("call").at("state"), "live");
}

TEST(SignalPrivate, WithoutTheKeyNobodyIsJoinedAgain) {
    TestServer server;
    const Call call = join(server);
    server.send(call.a->connection, {{"type", "decline"}, {"call", call.id}});
    EXPECT_EQ(server.take(call.a->connection, "left").at("reason"), "you");
    EXPECT_EQ(server.take(call.b->connection, "left").at("reason"), "key");
    server.send(call.b->connection, open_message("b"));
    server.take(call.b->connection, "waiting");
    server.send(call.a->connection, open_message("a"));
    server.take(call.a->connection, "waiting");
    EXPECT_TRUE(server.is_quiet(call.a->connection));
}

// Whoever has found out the name of a private call, but not its key, and so not its door.
TEST(SignalPrivate, TheNameAloneLeadsNowhere) {
    TestServer server;
    std::vector<std::unique_ptr<TestPage>> strangers;
    std::vector<std::string> calls;
    for (const char* seat : {"x", "y"}) {
        strangers.push_back(server.enter());
        Json open = open_message(seat);
        open["door"] = base64url_encode(lobby::Bytes16{9});
        server.send(strangers.back()->connection, open);
        server.take(strangers.back()->connection, "waiting");
    }
    for (const auto& stranger : strangers) {
        const std::string id = server.take(stranger->connection, "joined").at("call");
        accept(server, *stranger, id, "");
    }
    const Call call = join(server); // they meet as if nobody were there
    accept(server, *call.a, call.id, "");
    accept(server, *call.b, call.id, "");
    server.take_token(*call.a);
    server.take(call.a->connection, "accepted");
}

TEST(SignalPrivate, AReloadTakesItsSeatBack) {
    TestServer server;
    const Call call = join(server);
    accept(server, *call.a, call.id, "x");
    accept(server, *call.b, call.id, "");
    server.forget_inbox(call.a->connection);
    server.forget_inbox(call.b->connection);
    const auto reloaded = server.enter();
    server.send(reloaded->connection, open_message("a"));
    server.take(reloaded->connection, "waiting");
    EXPECT_EQ(server.take_error(call.a->connection, "replaced").at("about"), "open");
    EXPECT_EQ(server.take(call.b->connection, "left").at("reason"), "reload");
    EXPECT_FALSE(server.closed(call.a->connection));
}

TEST(SignalStrangers, GuessersLearnNothingAndAreClosed) {
    TestServer server;
    const Call call = meet(server);
    const auto guesser = server.enter();
    std::string nobody = call.id;
    nobody[5] = nobody[5] == 'A' ? 'B' : 'A';
    server.send(guesser->connection, relay(call.id, 1));
    const Json real = server.take_error(guesser->connection, "not_member");
    server.send(guesser->connection, relay(nobody, 1));
    EXPECT_EQ(server.take_error(guesser->connection, "not_member"), real) << "the same for a call that does not exist";
    for (std::uint32_t i = 2; i < kRefusedMax; ++i)
        server.send(guesser->connection, relay(call.id, 1));
    EXPECT_EQ(server.closed(guesser->connection), CloseCode::kTooManyRefused);
    EXPECT_TRUE(server.is_quiet(call.a->connection));
    EXPECT_TRUE(server.is_quiet(call.b->connection));
}

TEST(SignalStrangers, BodiesInFlightWhenACallEndsAreNoMisconduct) {
    TestServer server;
    const Call call = meet(server);
    server.send(call.b->connection, {{"type", "leave"}, {"call", call.id}, {"reason", "left"}});
    for (int id = 1; id <= 60; ++id)
        server.send(call.a->connection, relay(call.id, id));
    EXPECT_FALSE(server.closed(call.a->connection));
}

} // namespace
} // namespace vv::signal
