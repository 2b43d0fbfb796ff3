// One connection: the beginning, proofs, refusals, renewal, the ledger.
#include "signal/connection.h"
#include "signal/test_server.h"
#include "turn/rest_credential.h"

namespace vv::signal {
namespace {

TEST(SignalHello, GreetsWithEverythingAPageNeeds) {
    TestServer server;
    TestPage page;
    server.open(page);
    EXPECT_EQ(base64url_decode(page.nonce)->size(), 32U);
    EXPECT_FALSE(server.machine(page.connection).has_session());
    server.send(page.connection, TestServer::hello(page));
    const Json welcome = server.take_welcome(page);
    EXPECT_TRUE(server.machine(page.connection).has_session());
    EXPECT_TRUE(welcome.at("session").get<std::string>().starts_with("0."));
    EXPECT_EQ(welcome.at("epoch"), server.epoch());
    EXPECT_EQ(welcome.at("resumed"), false);
    EXPECT_EQ(welcome.at("call"), nullptr);
    const Json& features = welcome.at("features");
    EXPECT_EQ(features.at("rooms"), true);
    for (const char* nothing : {"rooms_closed", "contact", "rules"})
        EXPECT_EQ(features.at(nothing), nullptr) << nothing;
    EXPECT_EQ(features.at("private"), true);
    EXPECT_EQ(features.at("meeting"), "ask");
    EXPECT_EQ(features.at("privacy"), "direct");
    EXPECT_EQ(features.at("topics"), Json(server.settings().topics));
    EXPECT_EQ(features.at("stun"), Json::array({"stun:198.51.100.1:3478"}));
    EXPECT_EQ(welcome.at("limits"), Json::parse(R"({"message_bytes": 32768, "body_bytes": 24576,
                                                    "answer_seconds": 20, "resume_seconds": 30,
                                                    "relay_kbps": null})"));
    const Json& rooms = welcome.at("rooms");
    EXPECT_EQ(rooms.size(), server.settings().rooms.size());
    for (const Json& room : rooms) {
        EXPECT_EQ(room.size(), 5U);
        EXPECT_EQ(room.at("waiting"), 0);
        EXPECT_EQ(room.at("lately"), 0);
    }
}

TEST(SignalHello, NoncesDiffer) {
    TestServer server;
    TestPage first;
    TestPage second;
    server.open(first);
    server.open(second);
    EXPECT_NE(first.nonce, second.nonce);
}

TEST(SignalHello, IsAwaitedForTenSeconds) {
    TestServer server;
    TestPage page;
    server.open(page);
    server.pass(kHelloTime - 1ns);
    EXPECT_FALSE(server.closed(page.connection));
    server.pass(1ns);
    server.take_error(page.connection, "hello_first");
    EXPECT_EQ(server.closed(page.connection), CloseCode::kNoHello);
    server.send(page.connection, TestServer::hello(page));
    EXPECT_TRUE(server.is_quiet(page.connection));
}

TEST(SignalHello, MustComeFirst) {
    TestServer server;
    TestPage page;
    server.open(page);
    server.send(page.connection, {{"type", "ping"}});
    EXPECT_EQ(server.take_error(page.connection, "hello_first").at("about"), "ping");
    EXPECT_EQ(server.closed(page.connection), CloseCode::kNoHello);
}

TEST(SignalHello, ComesBeforeAnythingThatCannotBeRead) {
    for (const char* first : {"nonsense", "[]", R"({"type":"dance"})", R"({"type":"seek","room":5})"}) {
        TestServer server;
        TestPage page;
        server.open(page);
        server.send_text(page.connection, first);
        server.take_error(page.connection, "hello_first");
        EXPECT_EQ(server.closed(page.connection), CloseCode::kNoHello) << first;
    }
    TestServer server;
    TestPage page;
    server.open(page);
    server.send(page.connection, {{"type", "hello"}, {"version", 1}, {"key", "AAAA"}});
    EXPECT_EQ(server.take_error(page.connection, "bad_message").at("about"), "hello");
    server.send(page.connection, TestServer::hello(page));
    server.take_welcome(page);
}

TEST(SignalHello, OfAnotherVersionIsRefused) {
    for (const int version : {0, 2}) {
        TestServer server;
        TestPage page;
        server.open(page);
        server.send(page.connection, {{"type", "hello"}, {"version", version}});
        server.take_error(page.connection, "bad_version");
        EXPECT_EQ(server.closed(page.connection), CloseCode::kVersion);
    }
}

TEST(SignalHello, IsSaidOnceAndAwaitsWelcome) {
    TestServer server;
    TestPage page;
    server.open(page);
    server.lobby_is_slow = true;
    server.send(page.connection, TestServer::hello(page));
    server.send(page.connection, {{"type", "ping"}});
    server.take_error(page.connection, "bad_message");
    server.send(page.connection, TestServer::hello(page));
    server.take_error(page.connection, "bad_message");
    server.lobby_is_slow = false;
    server.run_lobby();
    server.take_welcome(page);
    server.send(page.connection, TestServer::hello(page));
    server.take_error(page.connection, "bad_message");
    EXPECT_FALSE(server.closed(page.connection));
    EXPECT_EQ(server.lobby().stats().sessions, 1U);
}

TEST(SignalHello, LostBeforeWelcomeLeavesNothing) {
    TestServer server;
    TestPage page;
    server.open(page);
    server.lobby_is_slow = true;
    server.send(page.connection, TestServer::hello(page));
    server.cut(page.connection);
    server.lobby_is_slow = false;
    server.run_lobby();
    EXPECT_EQ(server.lobby().stats().sessions_away, 1U);
    server.pass(30s);
    EXPECT_EQ(server.lobby().stats().sessions, 0U);
}

TEST(SignalHello, AFullServerSaysSo) {
    TestServer server;
    lobby::LobbyConfig config;
    config.sessions_max = 0;
    config.rooms = server.settings().rooms.size();
    server.lobby() = lobby::Lobby(config, server.rng());
    TestPage page;
    server.open(page);
    server.send(page.connection, TestServer::hello(page));
    server.take_error(page.connection, "server_full");
    EXPECT_EQ(server.closed(page.connection), CloseCode::kServerFull);
}

TEST(SignalResume, NeedsTokenAndProof) {
    TestServer server;
    const auto page = server.enter();
    const std::string session = page->session;
    server.cut(page->connection);
    const Json welcome = server.come_back(*page);
    EXPECT_EQ(welcome.at("resumed"), true);
    EXPECT_EQ(welcome.at("session"), session);
}

void expect_refused(TestServer& server, const TestPage& page) {
    server.take_error(page.connection, "resume_refused");
    EXPECT_TRUE(server.is_quiet(page.connection)) << "an error and nothing else";
    EXPECT_EQ(server.closed(page.connection), CloseCode::kResumeRefused);
}

TEST(SignalResume, AStolenTokenIsWorthNothingWithoutTheKey) {
    TestServer server;
    const auto page = server.enter();
    TestPage thief; // its own key, signing correctly
    thief.token = page->token;
    server.open(thief);
    server.send(thief.connection, TestServer::resume_hello(thief));
    expect_refused(server, thief);

    // The page's public key, which is no secret, with a signature of the thief's.
    server.open(thief);
    Json message = TestServer::resume_hello(thief);
    message["key"] = base64url_encode(page->signer.public_key());
    server.send(thief.connection, message);
    expect_refused(server, thief);
    EXPECT_FALSE(server.closed(page->connection)) << "the owner is not disturbed";
}

TEST(SignalResume, AReplayedProofIsWorthNothing) {
    TestServer server;
    const auto page = server.enter();
    server.cut(page->connection);
    server.open(*page);
    const Json recorded = TestServer::resume_hello(*page);
    // The wire is cut before the hello arrives; somebody sends the recording on another connection.
    TestPage thief;
    server.open(thief);
    server.send(thief.connection, recorded);
    expect_refused(server, thief);
    server.send(page->connection, recorded);
    EXPECT_EQ(server.take_welcome(*page).at("resumed"), true);
}

TEST(SignalResume, AProofForAnotherHostIsRefused) {
    TestServer server;
    const auto page = server.enter();
    server.open(*page);
    Json message = TestServer::resume_hello(*page);
    message["proof"] = base64url_encode(page->signer.sign(TestServer::proof_input(*page, "evil.example.org")));
    server.send(page->connection, message);
    expect_refused(server, *page);
}

TEST(SignalResume, TokensThatWereChangedOrMadeUpAreRefused) {
    TestServer server;
    const auto page = server.enter();
    const std::string good = page->token;
    std::string changed = good;
    changed[20] = changed[20] == 'A' ? 'B' : 'A';
    for (const std::string& bad : {changed, good.substr(1), good + "AAAA", std::string("AAAA"), std::string(),
                                   std::string("not base64url!"), std::string(5000, 'A')}) {
        page->token = bad;
        server.open(*page);
        server.send(page->connection, TestServer::resume_hello(*page));
        expect_refused(server, *page);
    }
}

TEST(SignalResume, TokensExpireAfterTwoHours) {
    TestServer server;
    const auto page = server.enter();
    const std::string first = page->token;
    server.pass(kTokenRenewal);
    server.take_token(*page);
    EXPECT_NE(page->token, first);
    const std::string second = page->token;
    server.pass(kTokenRenewal - 1s);
    // The first is 2 h less a second old, the second half as much. The owner's connection stands, so that the session
    // lives.
    TestPage& owner = *page;
    owner.token = first;
    EXPECT_EQ(server.come_back(owner).at("resumed"), true);
    server.pass(1s);
    owner.token = first;
    server.open(owner);
    server.send(owner.connection, TestServer::resume_hello(owner));
    expect_refused(server, owner);
    owner.token = second;
    EXPECT_EQ(server.come_back(owner).at("resumed"), true);
}

TEST(SignalResume, TheTokenIsRenewedEachHour) {
    TestServer server;
    const auto page = server.enter();
    for (int hour = 0; hour < 3; ++hour) {
        server.pass(kTokenRenewal - 1ns);
        EXPECT_TRUE(server.is_quiet(page->connection));
        server.pass(1ns);
        server.take_token(*page);
    }
}

TEST(SignalResume, AnOldTokenIsRefusedOnceTheNewWelcomeArrived) {
    TestServer server;
    const auto page = server.enter();
    const std::string old = page->token;
    server.cut(page->connection);
    server.come_back(*page);
    server.send(page->connection, {{"type", "ledger"}}); // answered by the connection alone, and still a first message
    server.cut(page->connection);
    const std::string newest = page->token;
    page->token = old;
    server.open(*page);
    server.send(page->connection, TestServer::resume_hello(*page));
    expect_refused(server, *page);
    page->token = newest;
    EXPECT_EQ(server.come_back(*page).at("resumed"), true);
}

TEST(SignalResume, ALostWelcomeCostsNothing) {
    TestServer server;
    const auto page = server.enter();
    const std::string old = page->token;
    server.cut(page->connection);
    for (int i = 0; i < 3; ++i) {
        server.come_back(*page);
        server.cut(page->connection);
        page->token = old; // it never saw the new one
    }
    EXPECT_EQ(server.come_back(*page).at("resumed"), true);
}

TEST(SignalResume, TheOldConnectionIsClosed) {
    TestServer server;
    const auto page = server.enter();
    const auto old = page->connection;
    server.come_back(*page);
    EXPECT_EQ(server.closed(old), CloseCode::kSuperseded);
    EXPECT_FALSE(server.closed(page->connection));
    server.send(old, {{"type", "ping"}});
    EXPECT_TRUE(server.is_quiet(old));
    EXPECT_EQ(server.lobby().stats().sessions, 1U);
    EXPECT_EQ(server.lobby().stats().sessions_away, 0U);
}

TEST(SignalResume, ATokenOfAnotherServersKeyIsRefused) {
    TestServer server;
    const auto page = server.enter();
    Settings settings = TestServer::default_settings();
    settings.state_key.fill(8);
    TestServer other(settings);
    other.open(*page);
    other.send(page->connection, TestServer::resume_hello(*page));
    expect_refused(other, *page);
}

TEST(SignalRefusals, ThirtyTwoWithinAMinuteClose) {
    TestServer server;
    const auto page = server.enter();
    for (std::uint32_t i = 1; i < kRefusedMax; ++i) {
        server.send_text(page->connection, "nonsense");
        server.take_error(page->connection, "bad_message");
        EXPECT_FALSE(server.closed(page->connection));
        server.pass(1s);
    }
    server.send_text(page->connection, "nonsense");
    server.take_error(page->connection, "bad_message");
    EXPECT_EQ(server.closed(page->connection), CloseCode::kTooManyRefused);
}

TEST(SignalRefusals, FewerThanThatAreForgiven) {
    TestServer server;
    const auto page = server.enter();
    for (int minute = 0; minute < 4; ++minute) {
        for (std::uint32_t i = 1; i < kRefusedMax; ++i)
            server.send_text(page->connection, "nonsense");
        server.pass(kRefusedWindow);
    }
    EXPECT_FALSE(server.closed(page->connection));
}

TEST(SignalRefusals, SayWhatTheyAreAbout) {
    TestServer server;
    const auto page = server.enter();
    server.send(page->connection, {{"type", "seek"}, {"room", "tlh"}, {"prefs", TestServer::prefs()}});
    Json error = server.take_error(page->connection, "unknown_room");
    EXPECT_EQ(error.at("about"), "seek");
    EXPECT_FALSE(error.at("text").get<std::string>().empty());
    server.send(page->connection, {{"type", "seek"}, {"room", 5}});
    error = server.take_error(page->connection, "bad_message");
    EXPECT_EQ(error.at("about"), "seek");
    EXPECT_NE(error.at("text").get<std::string>().find("room"), std::string::npos);
    server.send(page->connection, {{"type", "dance"}});
    EXPECT_FALSE(server.take_error(page->connection, "bad_message").contains("about"));
}

TEST(SignalRefusals, ClosedRoomsAndPrivateCallsSaySo) {
    Settings settings = TestServer::default_settings();
    settings.rooms_closed = RoomsClosed::kNoContact;
    settings.private_open = false;
    TestServer server(settings);
    TestPage page;
    server.open(page);
    server.send(page.connection, TestServer::hello(page));
    const Json welcome = server.take_welcome(page);
    EXPECT_TRUE(welcome.at("rooms").empty());
    EXPECT_EQ(welcome.at("features").at("rooms"), false);
    EXPECT_EQ(welcome.at("features").at("rooms_closed"), "no_contact");
    server.send(page.connection, {{"type", "seek"}, {"room", "ta"}, {"prefs", TestServer::prefs()}});
    server.take_error(page.connection, "rooms_closed");
    const std::string id = base64url_encode(lobby::Bytes16{});
    server.send(
        page.connection,
        {{"type", "open"}, {"id", id}, {"door", id}, {"seat", id}, {"noise", "AAAA"}, {"prefs", TestServer::prefs()}});
    server.take_error(page.connection, "private_closed");
}

TEST(SignalHello, TellsTheOperatorsContactAndRulesAndHowLongReportsAreKept) {
    Settings settings = TestServer::default_settings();
    settings.rooms_closed = RoomsClosed::kOperator;
    settings.contact = "hello@example.org";
    settings.rules = "One.\nTwo.";
    settings.report_time = std::chrono::hours(36);
    TestServer server(settings);
    TestPage page;
    server.open(page);
    server.send(page.connection, TestServer::hello(page));
    const Json welcome = server.take_welcome(page);
    EXPECT_EQ(welcome.at("features").at("rooms_closed"), "operator");
    EXPECT_EQ(welcome.at("features").at("contact"), "hello@example.org");
    EXPECT_EQ(welcome.at("features").at("rules"), "One.\nTwo.");
    EXPECT_EQ(welcome.at("features").at("report_seconds"), 129600);
}

TEST(SignalHello, TellsWhatTheRelayLetsThrough) {
    Settings settings = TestServer::default_settings();
    settings.relay_kbps = 600;
    TestServer server(settings);
    TestPage page;
    server.open(page);
    server.send(page.connection, TestServer::hello(page));
    EXPECT_EQ(server.take_welcome(page).at("limits").at("relay_kbps"), 600);
}

TEST(SignalLedger, CountsWhatPassed) {
    TestServer server;
    const auto page = server.enter();
    server.send(page->connection, {{"type", "ping"}});
    server.take(page->connection, "pong");
    server.send_text(page->connection, "nonsense");
    server.take(page->connection, "error");
    const Json ask = {{"type", "ledger"}};
    server.send(page->connection, ask);
    Json ledger = server.take(page->connection, "ledger");
    EXPECT_EQ(ledger.at("messages"), Json::parse(R"({"in": 4, "out": 4})"));
    EXPECT_EQ(ledger.at("kinds").at("ping"), Json::parse(R"({"in": 1, "out": 0})"));
    EXPECT_EQ(ledger.at("kinds").at("pong"), Json::parse(R"({"in": 0, "out": 1})"));
    EXPECT_EQ(ledger.at("kinds").at("error"), Json::parse(R"({"in": 0, "out": 1})"));
    EXPECT_FALSE(ledger.at("kinds").contains("relay"));
    const auto bytes = ledger.at("bytes").at("in").get<std::size_t>();
    const std::string ping = R"({"type":"ping"})";
    const std::size_t said = TestServer::hello(*page).dump().size() + ping.size() + 8 + ask.dump().size();
    EXPECT_EQ(bytes, said);
    // It is the session's, not the connection's.
    server.cut(page->connection);
    server.come_back(*page);
    server.send(page->connection, ask);
    ledger = server.take(page->connection, "ledger");
    EXPECT_EQ(ledger.at("kinds").at("hello").at("in"), 2);
    EXPECT_EQ(ledger.at("kinds").at("ping").at("in"), 1);
    EXPECT_EQ(ledger.at("kinds").at("ledger"), Json::parse(R"({"in": 2, "out": 1})"));
    // Coming back while the old connection stands loses nothing either.
    server.come_back(*page);
    server.send(page->connection, ask);
    ledger = server.take(page->connection, "ledger");
    EXPECT_EQ(ledger.at("kinds").at("hello").at("in"), 3);
    EXPECT_EQ(ledger.at("kinds").at("ledger"), Json::parse(R"({"in": 3, "out": 2})"));
}

TEST(SignalProbe, GivesShortCredentials) {
    TestServer server;
    const auto page = server.enter();
    server.send(page->connection, {{"type", "probe"}});
    const Json servers = server.take(page->connection, "probe").at("ice_servers");
    ASSERT_EQ(servers.size(), 2U);
    EXPECT_EQ(servers[0], Json::parse(R"({"urls": ["stun:198.51.100.1:3478"]})"));
    const std::string name = servers[1].at("username");
    const auto parsed = turn::parse_rest_name(name);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->credential_class, turn::CredentialClass::kProbe);
    EXPECT_EQ(parsed->expiry, server.wall + kProbeCredentialTime);
    EXPECT_EQ(parsed->cap, kProbeCredentialTime);
    EXPECT_EQ(servers[1].at("credential"), turn::rest_password(as_bytes("0123456789abcdef"), name));
}

TEST(SignalProbe, IsOneUserOfTheRelayHoweverOftenItIsAsked) {
    TestServer server;
    const auto page = server.enter();
    const auto ask = [&] {
        server.send(page->connection, {{"type", "probe"}});
        const std::string name = server.take(page->connection, "probe").at("ice_servers").at(1).at("username");
        return name.substr(name.find(':'));
    };
    const std::string first = ask();
    server.pass(1min);
    EXPECT_EQ(ask(), first);
}

std::vector<std::string> turn_urls(TestServer& server, const IpAddress& from = TestServer::kSomewhere) {
    const auto page = server.enter(from);
    server.send(page->connection, {{"type", "probe"}});
    return server.take(page->connection, "probe").at("ice_servers").at(1).at("urls");
}

TEST(SignalProbe, WhoCameByANameIsGivenThePagesOwnPort) {
    const std::string own = "turns:" + std::string(TestServer::kHost) + ":443?transport=tcp";
    Settings settings = TestServer::default_settings();
    {
        TestServer without(settings);
        EXPECT_EQ(turn_urls(without), std::vector<std::string>{"turn:198.51.100.1:3478?transport=udp"});
    }
    settings.turns_on_page = true;
    TestServer server(settings);
    EXPECT_EQ(turn_urls(server), (std::vector<std::string>{"turn:198.51.100.1:3478?transport=udp", own}));
}

TEST(SignalProbe, ThePagesOwnPortTakesTheThirdPlace) {
    Settings settings = TestServer::default_settings();
    settings.turns_on_page = true;
    settings.ice_urls.emplace_back("turn:198.51.100.1:3478?transport=tcp");
    TestServer server(settings);
    const auto urls = turn_urls(server);
    ASSERT_EQ(urls.size(), 2U) << "three with the one for STUN";
    EXPECT_TRUE(urls[1].starts_with("turns:"));
}

TEST(SignalProbe, TurnOnPort80StandsBesideThePagesOwnInPlaceOfStun) {
    Settings settings = TestServer::default_settings();
    settings.ice_urls.emplace_back("turn:198.51.100.1:80?transport=tcp");
    const std::vector<std::string> relays(settings.ice_urls.begin() + 1, settings.ice_urls.end());
    {
        TestServer without(settings);
        EXPECT_EQ(turn_urls(without), relays) << "with the one for STUN, since there is room";
    }
    settings.turns_on_page = true;
    TestServer server(settings);
    const auto page = server.enter();
    server.send(page->connection, {{"type", "probe"}});
    const Json told = server.take(page->connection, "probe").at("ice_servers");
    ASSERT_EQ(told.size(), 1U) << "none for STUN";
    const std::vector<std::string> urls = told.at(0).at("urls");
    const std::string own = "turns:" + std::string(TestServer::kHost) + ":443?transport=tcp";
    EXPECT_EQ(urls, (std::vector<std::string>{relays[0], relays[1], own}));
}

// Its URL for TURN over UDP is of the other family, so the one for STUN is the only way over UDP that IPv4 has.
TEST(SignalProbe, WhoCameOverIpv6KeepsStunOnIpv4BesideTurnOnPort80) {
    Settings settings = TestServer::default_settings();
    settings.turns_on_page = true;
    settings.ice_urls_ipv6 = {"stun:198.51.100.1:3478", "turn:[2001:db8::1]:3478?transport=udp",
                              "turn:198.51.100.1:80?transport=tcp"};
    TestServer server(settings);
    const auto page = server.enter(IpAddress::parse("2001:db8:5::7").value());
    server.send(page->connection, {{"type", "probe"}});
    const Json told = server.take(page->connection, "probe").at("ice_servers");
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].at("urls"), Json::array({"stun:198.51.100.1:3478"}));
    const std::string own = "turns:" + std::string(TestServer::kHost) + ":443?transport=tcp";
    EXPECT_EQ(told[1].at("urls"), Json::array({"turn:[2001:db8::1]:3478?transport=udp", own}));
}

TEST(SignalProbe, WhoComesOverIpv6IsGivenIpv6) {
    Settings settings = TestServer::default_settings();
    const std::vector<std::string> ipv4 = {"turn:198.51.100.1:3478?transport=udp"};
    const std::vector<std::string> ipv6 = {"turn:[2001:db8::1]:3478?transport=udp"};
    const IpAddress there = IpAddress::parse("2001:db8:5::7").value();
    {
        TestServer without(settings);
        EXPECT_EQ(turn_urls(without, there), ipv4) << "where the relay has no other";
    }
    settings.ice_urls_ipv6 = {"stun:[2001:db8::1]:3478", ipv6.front()};
    TestServer server(settings);
    EXPECT_EQ(turn_urls(server, there), ipv6);
    EXPECT_EQ(turn_urls(server), ipv4);
    EXPECT_EQ(turn_urls(server, IpAddress::parse("::1").value()), ipv4) << "a proxy here speaks for anyone";
}

TEST(SignalSettings, AreSoundUpToTheirLimits) {
    Settings settings;
    settings.ice_urls.assign(kIceUrlsMax, "stun:192.0.2.1:3478");
    settings.topics.assign(lobby::kTopicsMax, "music");
    EXPECT_TRUE(is_sound(settings));
    settings.ice_urls.emplace_back("stun:192.0.2.1:3478");
    EXPECT_FALSE(is_sound(settings));
    settings.ice_urls.pop_back();
    settings.ice_urls_ipv6.assign(kIceUrlsMax + 1, "stun:[2001:db8::1]:3478");
    EXPECT_FALSE(is_sound(settings));
    settings.ice_urls_ipv6.pop_back();
    EXPECT_TRUE(is_sound(settings));
    settings.topics.emplace_back("music");
    EXPECT_FALSE(is_sound(settings));
}

TEST(SignalProbe, WithoutASecretThereIsNoRelay) {
    Settings settings = TestServer::default_settings();
    settings.turn_secret.clear();
    TestServer server(settings);
    const auto page = server.enter();
    server.send(page->connection, {{"type", "probe"}});
    EXPECT_EQ(server.take(page->connection, "probe").at("ice_servers").size(), 1U);
}

TEST(SignalStop, TellsWhenToComeBack) {
    TestServer server;
    const auto page = server.enter();
    server.stop();
    EXPECT_EQ(server.take_error(page->connection, "going_away").at("retry_after"), 5.0);
    EXPECT_EQ(server.closed(page->connection), CloseCode::kGoingAway);
}

TEST(SignalRooms, CountsFollowAPong) {
    TestServer server;
    const auto page = server.enter();
    const auto other = server.enter();
    server.send(other->connection, {{"type", "seek"}, {"room", "ta"}, {"prefs", TestServer::prefs()}});
    const Json waiting = server.take(other->connection, "waiting");
    EXPECT_EQ(waiting, Json::parse(R"({"type": "waiting", "room": "ta", "ahead": 0, "estimate": null})"));
    server.send(page->connection, {{"type", "ping"}});
    server.take(page->connection, "pong");
    EXPECT_EQ(server.take(page->connection, "rooms"),
              Json::parse(R"({"type": "rooms", "rooms": {"ta": 1}, "lately": {"ta": 1}})"));
    server.send(other->connection, {{"type", "unseek"}});
    server.send(page->connection, {{"type", "ping"}});
    server.take(page->connection, "pong");
    EXPECT_EQ(server.take(page->connection, "rooms"),
              Json::parse(R"({"type": "rooms", "rooms": {"ta": 0}, "lately": {}})"));
}

TEST(SignalMemory, AnIdleConnectionIsSmall) {
    // Ledger and greeting are on the heap; the greeting is gone after hello.
    EXPECT_LE(sizeof(Connection) + sizeof(lobby::Ledger), 400U);
}

} // namespace
} // namespace vv::signal
