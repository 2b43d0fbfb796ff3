// Callers whose server is away, is another, or refuses them.
#include "caller/client.h"
#include "caller/test_world.h"
#include "lobby/limits.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::caller {
namespace {

std::vector<std::uint64_t> rounds_of(const std::vector<Body>& bodies) {
    std::vector<std::uint64_t> rounds;
    for (const Body& body : bodies)
        rounds.push_back(std::get<OfferBody>(body).round.value_or(0));
    return rounds;
}

std::vector<std::uint64_t> up_to(std::uint64_t last) {
    std::vector<std::uint64_t> rounds;
    for (std::uint64_t round = 1; round <= last; ++round)
        rounds.push_back(round);
    return rounds;
}

TEST(ClientAway, ComesBackAsTheSameSessionAndNothingIsLost) {
    World world;
    const RoomCall call(world);
    call.first->client.tell(numbered(1));
    world.run();
    call.first->is_reachable = false;
    world.cut(*call.first);
    EXPECT_EQ(call.first->client.standing(), Standing::kAway);
    call.first->client.tell(numbered(2));
    call.second->client.tell(numbered(1));
    world.pass(3s);
    call.first->is_reachable = true;
    call.first->events.clear();
    world.pass(8s);
    EXPECT_TRUE(call.first->expect<Online>("the server is back").welcome.resumed);
    EXPECT_EQ(call.first->client.standing(), Standing::kLive);
    EXPECT_EQ(rounds_of(call.second->take_bodies()), up_to(2));
    EXPECT_EQ(rounds_of(call.first->take_bodies()), up_to(1));
}

// Whatever is cut when: each body once, and in order.
TEST(ClientAway, BodiesArriveOnceAndInOrderWhateverIsCut) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        World world;
        SeededRng rng(seed);
        const bool is_private = seed % 2 == 0;
        std::optional<RoomCall> room;
        std::optional<PrivateCall> closed;
        Person* first = is_private ? closed.emplace(world).first : room.emplace(world).first;
        Person* second = is_private ? closed->second : room->second;
        for (Person* person : {first, second})
            person->client.handle_path(world.server.now, true);
        constexpr std::uint64_t kBodies = 40;
        std::vector<std::uint64_t> heard_by_first;
        std::vector<std::uint64_t> heard_by_second;
        const auto listen = [&] {
            for (const std::uint64_t round : rounds_of(first->take_bodies()))
                heard_by_first.push_back(round);
            for (const std::uint64_t round : rounds_of(second->take_bodies()))
                heard_by_second.push_back(round);
        };
        for (std::uint64_t round = 1; round <= kBodies; ++round) {
            first->client.tell(numbered(round));
            second->client.tell(numbered(round));
            Person& unlucky = rng.below(2) == 0 ? *first : *second;
            if (rng.below(4) == 0) unlucky.is_deaf = true; // what is on its way is lost with the connection
            if (rng.below(2) == 0) world.run();
            if (rng.below(3) == 0 || unlucky.is_deaf) world.cut(unlucky);
            unlucky.is_deaf = false;
            if (rng.below(20) == 0) world.restart();
            world.pass(std::chrono::milliseconds(rng.below(1500)));
            listen();
        }
        world.pass(60s);
        listen();
        EXPECT_EQ(heard_by_first, up_to(kBodies)) << "seed " << seed;
        EXPECT_EQ(heard_by_second, up_to(kBodies)) << "seed " << seed;
    }
}

TEST(ClientAway, ACallOutlivesARestartOfTheServer) {
    World world;
    const PrivateCall call(world);
    call.first->client.handle_path(world.server.now, true);
    call.second->client.handle_path(world.server.now, true);
    call.first->client.tell(numbered(1));
    world.run();
    call.second->is_reachable = false;
    world.restart();
    world.pass(3s);
    EXPECT_EQ(call.first->client.standing(), Standing::kHalf) << "the other is not back yet";
    call.first->client.tell(numbered(2));
    world.run();
    call.second->is_reachable = true;
    world.pass(10s);
    EXPECT_EQ(call.first->client.standing(), Standing::kLive);
    EXPECT_EQ(call.second->client.standing(), Standing::kLive);
    EXPECT_EQ(rounds_of(call.second->take_bodies()), up_to(2));
}

TEST(ClientAway, ACallThatTheServerDoesNotKnowAnyMoreGoesOnWhileItsPathStands) {
    World world;
    const RoomCall call(world);
    call.first->client.handle_path(world.server.now, true);
    call.second->is_reachable = false;
    world.restart(); // the second never comes back to it
    world.pass(lobby::kHalfCallTime + 15s);
    EXPECT_EQ(call.first->client.standing(), Standing::kGone);
    EXPECT_EQ(call.first->client.phase(), Phase::kConnected);
}

TEST(ClientAway, ACallThatTheServerHasForgottenAndThatHasNoPathIsLost) {
    World world;
    const RoomCall call(world);
    call.first->client.handle_path(world.server.now, true);
    call.first->is_reachable = false;
    world.cut(*call.first);
    world.pass(6min); // for longer than a call is kept
    call.first->is_reachable = true;
    world.pass(10s);
    EXPECT_EQ(call.first->client.standing(), Standing::kGone);
    EXPECT_EQ(call.first->client.phase(), Phase::kConnected);
    call.first->client.handle_path(world.server.now, false);
    world.pass(29s);
    EXPECT_EQ(call.first->client.phase(), Phase::kConnected);
    world.pass(2s);
    EXPECT_EQ(call.first->ended(), "lost");
}

TEST(ClientAway, WhoWaitsAsksAgainAfterALoss) {
    World world;
    Person& one = world.add();
    one.client.seek(world.server.now, "ta", {});
    world.run();
    world.cut(one);
    EXPECT_TRUE(one.was_told<Offline>());
    world.pass(3s);
    one.events.clear();
    Person& two = world.add();
    two.client.seek(world.server.now, "ta", {});
    world.run();
    EXPECT_TRUE(one.was_told<Met>());
}

TEST(ClientAway, LeavingIsSaidWhenTheServerIsBack) {
    World world;
    const RoomCall call(world);
    call.first->is_reachable = false;
    world.cut(*call.first);
    call.first->client.leave(world.server.now);
    world.run();
    EXPECT_EQ(call.first->ended(), "you");
    EXPECT_FALSE(call.second->was_told<Ended>());
    call.first->is_reachable = true;
    world.pass(10s);
    EXPECT_EQ(call.second->ended(), "left");
}

TEST(ClientAway, AQuietServerIsAskedAndOneThatDoesNotAnswerIsLeft) {
    World world;
    Person& person = world.add();
    world.pass(60s);
    EXPECT_FALSE(person.was_told<Offline>()) << "pings are answered";
    EXPECT_EQ(person.connections, 1);
    person.is_deaf = true;
    world.pass(29s);
    EXPECT_TRUE(person.was_told<Offline>());
    person.is_deaf = false;
    person.events.clear();
    world.pass(22s);
    EXPECT_TRUE(person.was_told<Online>());
}

TEST(ClientAway, AfterASignThatTheNetworkIsAnotherItIsFoundOutSooner) {
    World world;
    Person& person = world.add();
    (void)person.expect<Online>("welcome");
    person.is_deaf = true;
    person.client.check(world.server.now);
    world.pass(2400ms);
    EXPECT_EQ(person.connections, 1);
    person.is_deaf = false;
    world.pass(200ms);
    EXPECT_EQ(person.connections, 2) << "and made anew at once";
    EXPECT_TRUE(person.was_told<Online>());
}

TEST(ClientAway, ComesBackByThePlanWithJitter) {
    World world;
    Person& person = world.add();
    person.is_reachable = false;
    world.cut(person);
    const int before = person.connections;
    world.pass(60s);
    // 0, 0.3, 1.2, 2.7, 4.8, then every 7 s, each up to a second later.
    EXPECT_GE(person.connections - before, 10);
    EXPECT_LE(person.connections - before, 13);
}

TEST(ClientAway, AServerThatStopsSaysWhenToComeBack) {
    World world;
    Person& person = world.add();
    (void)person.expect<Online>("welcome");
    world.server.stop();
    world.run();
    world.pass(4900ms);
    EXPECT_EQ(person.connections, 1) << "not before it said";
    world.pass(2s);
    EXPECT_EQ(person.connections, 2);
    EXPECT_TRUE(person.was_told<Online>());
}

TEST(ClientAway, ATokenThatIsRefusedLeadsToANewSession) {
    World world;
    Person& person = world.add();
    world.server.restart(); // and the server has forgotten the state key
    world.server.settings().state_key.fill(9);
    person.client.handle_text(world.server.now, R"({"type":"token","resume":"AAAA"})");
    person.events.clear();
    person.connection = 0;
    person.client.handle_closed(world.server.now, 1006);
    world.pass(3s);
    EXPECT_FALSE(person.expect<Online>("welcome").welcome.resumed);
}

TEST(ClientAway, AnotherConnectionOfTheSameSessionEndsThisOne) {
    World world;
    Person& person = world.add();
    person.client.handle_closed(world.server.now, 4002);
    person.connection = 0;
    world.run();
    EXPECT_EQ(person.expect<SessionOver>("the end").why, SessionEnd::kElsewhere);
    world.pass(30s);
    EXPECT_EQ(person.connections, 1) << "two that took it from each other would never end";
    person.client.seek(world.server.now, "ta", {});
    world.run();
    EXPECT_EQ(person.ended(), "session");
}

TEST(ClientAway, AServerOfAnotherVersionIsLeftForGood) {
    World world;
    Person& person = world.add();
    person.client.handle_text(world.server.now, R"({"type":"error","code":"bad_version","text":""})");
    world.run();
    EXPECT_EQ(person.expect<SessionOver>("the end").why, SessionEnd::kVersion);
    world.pass(30s);
    EXPECT_EQ(person.connections, 1);
}

TEST(ClientAway, RoomsThatAreNotThereAreSaidToBeClosed) {
    World world;
    Person& person = world.add();
    person.client.seek(world.server.now, "tlh", {});
    world.run();
    EXPECT_EQ(person.expect<Refused>("unknown room").error.code, "unknown_room");
    EXPECT_EQ(person.ended(), "closed");
    world.server.settings().rooms_closed = signal::RoomsClosed::kOperator;
    person.client.seek(world.server.now, "ta", {});
    world.run();
    EXPECT_EQ(person.ended(), "closed");
    world.server.settings().private_open = false;
    person.client.open(world.server.now, PrivateCall::kKey, {1}, {});
    world.run();
    EXPECT_EQ(person.ended(), "closed");
}

TEST(ClientAway, AServerThatIsBusyIsAskedAgainAfterItsTime) {
    World world;
    Person& person = world.add();
    for (int i = 0; i < 12; ++i) {
        person.client.seek(world.server.now, "ta", {});
        person.client.leave(world.server.now);
        world.run();
    }
    person.events.clear();
    person.client.seek(world.server.now, "ta", {});
    world.run();
    EXPECT_EQ(person.expect<Refused>("too many seeks").error.code, "rate");
    EXPECT_EQ(person.client.phase(), Phase::kSeeking);
    EXPECT_FALSE(person.was_told<Waiting>());
    world.pass(10s);
    EXPECT_TRUE(person.was_told<Waiting>());
}

TEST(ClientAway, BodiesThatAreRefusedForHasteComeLater) {
    World world;
    const RoomCall call(world);
    call.first->client.handle_path(world.server.now, true);
    call.second->client.handle_path(world.server.now, true);
    constexpr std::uint64_t kBodies = 90; // more than a session may say at once
    for (std::uint64_t round = 1; round <= kBodies; ++round)
        call.first->client.tell(numbered(round));
    world.run();
    std::vector<std::uint64_t> heard = rounds_of(call.second->take_bodies());
    EXPECT_LT(heard.size(), kBodies);
    world.pass(60s);
    for (const std::uint64_t round : rounds_of(call.second->take_bodies()))
        heard.push_back(round);
    EXPECT_EQ(heard, up_to(kBodies));
    EXPECT_EQ(call.first->connections, 1) << "haste is no reason to be thrown out";
}

TEST(ClientAway, AReportedDeviceIsShutOut) {
    World world;
    Person& person = world.add();
    person.client.seek(world.server.now, "ta", {});
    world.run();
    person.client.handle_text(world.server.now,
                              R"({"type":"error","code":"banned","about":"seek","retry_after":3600})");
    world.run();
    const Ended end = person.expect<Ended>("the end");
    EXPECT_EQ(end.why, EndReason::kBanned);
    EXPECT_EQ(end.retry_after, 1h);
}

TEST(ClientAway, StoppingLeavesAndSaysNothingMore) {
    World world;
    const RoomCall call(world);
    call.first->client.stop(world.server.now);
    world.run();
    EXPECT_EQ(call.first->ended(), "you");
    EXPECT_EQ(call.second->ended(), "left");
    EXPECT_EQ(call.first->expect<SessionOver>("the end").why, SessionEnd::kStopped);
    EXPECT_FALSE(call.first->client.poll_timeout());
}

} // namespace
} // namespace vv::caller
