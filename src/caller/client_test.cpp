// Two callers and the real signaling server: rooms, private calls, what is sealed.
#include "caller/client.h"
#include "caller/code_run.h"
#include "caller/test_world.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace vv::caller {
namespace {

using signal::TestServer;

bool has_text(const std::vector<std::string>& texts, std::string_view part) {
    return std::ranges::any_of(texts, [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

TEST(Client, ASessionBeginsWithoutAToken) {
    World world;
    Person& person = world.add();
    const WelcomeMessage welcome = person.expect<Online>("welcome").welcome;
    EXPECT_FALSE(welcome.resumed);
    EXPECT_TRUE(welcome.features.rooms && welcome.features.private_calls);
    EXPECT_EQ(welcome.features.topics.size(), 6U);
    EXPECT_FALSE(welcome.rooms.empty());
    EXPECT_EQ(welcome.answer_time, 20s);
    EXPECT_EQ(person.said.size(), 1U) << "hello, and nothing before welcome";
    EXPECT_FALSE(has_text(person.said, "resume"));
}

TEST(Client, TwoMeetInARoomAndExchangeWhatAConnectionNeeds) {
    World world;
    const RoomCall call(world);
    const Begun first = call.first->expect<Begun>("both accepted");
    const Begun second = call.second->expect<Begun>("both accepted");
    EXPECT_EQ(second.partner.sdp, "v=0 offer");
    EXPECT_FALSE(first.partner.sdp) << "the answer comes as a body";
    EXPECT_EQ(first.partner.fingerprint, "sha-256 4A:AD");
    ASSERT_EQ(first.ice_servers.size(), 2U);
    EXPECT_EQ(first.ice_servers[1].urls.front(), "turn:198.51.100.1:3478?transport=udp");
    EXPECT_FALSE(first.ice_servers[1].username.empty());
    EXPECT_NE(first.ice_servers[1].username, second.ice_servers[1].username) << "credentials are for one end";

    call.second->client.tell(AnswerBody{"v=0 answer", 0});
    call.second->client.tell(CandidatesBody{{{"candidate:1", "0", 0, "u"}}, true});
    call.first->client.tell(CandidatesBody{{}, true});
    world.run();
    EXPECT_EQ(call.first->take_bodies(),
              (std::vector<Body>{AnswerBody{"v=0 answer", 0}, CandidatesBody{{{"candidate:1", "0", 0, "u"}}, true}}));
    EXPECT_EQ(call.second->take_bodies(), (std::vector<Body>{CandidatesBody{{}, true}}));
    call.first->client.handle_path(world.server.now, true);
    EXPECT_EQ(call.first->client.phase(), Phase::kConnected);

    EXPECT_TRUE(call.first->client.ask_servers());
    world.run();
    EXPECT_FALSE(call.first->expect<ServersRenewed>("servers").ice_servers.empty());
    call.first->client.leave(world.server.now);
    world.run();
    EXPECT_EQ(call.first->ended(), "you");
    EXPECT_EQ(call.second->ended(), "left");
}

TEST(Client, TheCardShowsMediaAndTopicsInCommonOnly) {
    World world;
    Person& one = world.add();
    Person& two = world.add();
    one.client.seek(world.server.now, "ta", {{.media = lobby::Media::kSound, .topics = {"music", "films"}}, false});
    world.run();
    const Waiting waiting = one.expect<Waiting>("the place in the queue");
    EXPECT_EQ(waiting.ahead, 0U);
    two.client.seek(world.server.now, "ta", {{.topics = {"films", "books"}}, false});
    world.run();
    const Met met = two.expect<Met>("a card");
    EXPECT_EQ(met.media, lobby::Media::kSound);
    EXPECT_EQ(met.topics, std::vector<std::string>{"films"});
    EXPECT_EQ(met.kind, lobby::CallKind::kRoom);
    EXPECT_EQ(met.answer_by, world.server.now + 20s);
    EXPECT_EQ(one.expect<Met>("a card").media, lobby::Media::kVideo);
}

TEST(Client, WhoIsDeclinedWaitsOnAndMeetsTheNext) {
    World world;
    Person& one = world.add();
    Person& two = world.add();
    one.client.seek(world.server.now, "ta", {});
    two.client.seek(world.server.now, "ta", {});
    world.run();
    one.client.accept(description("one", "v=0"));
    two.client.decline();
    world.run();
    EXPECT_EQ(two.ended(), "you");
    EXPECT_FALSE(one.was_told<Unmet>()) << "a decline is not told at once";
    world.pass(3s);
    EXPECT_EQ(one.expect<Unmet>("back in the queue").why, UnmetReason::kNotMet);
    EXPECT_EQ(one.client.phase(), Phase::kSeeking);
    Person& three = world.add();
    three.client.seek(world.server.now, "ta", {});
    world.run();
    EXPECT_TRUE(three.was_told<Met>());
    EXPECT_NE(one.expect<Met>("the next").call, "");
}

TEST(Client, NoAnswerIsADecline) {
    World world;
    Person& one = world.add();
    Person& two = world.add();
    one.client.seek(world.server.now, "ta", {});
    two.client.seek(world.server.now, "ta", {});
    world.run();
    one.client.accept(description("one", "v=0"));
    world.pass(21s);
    EXPECT_EQ(two.ended(), "silent");
    EXPECT_EQ(one.expect<Unmet>("back in the queue").why, UnmetReason::kNotMet);
}

TEST(Client, OnToTheNextEndsTheCallAndLooksAgain) {
    World world;
    const RoomCall call(world);
    call.first->client.next(world.server.now);
    world.run();
    EXPECT_EQ(call.second->ended(), "next");
    EXPECT_EQ(call.first->client.phase(), Phase::kSeeking);
    EXPECT_EQ(call.first->expect<Waiting>("the place in the queue").ahead, 0U);
    call.first->client.leave(world.server.now);
    world.run();
    EXPECT_EQ(world.server.lobby().stats().waiting, 0U);
}

TEST(Client, APrivateCallIsSealedFromTheFirstWordOn) {
    World world;
    const PrivateCall call(world);
    const Begun first = call.first->expect<Begun>("both accepted");
    const Begun second = call.second->expect<Begun>("both accepted");
    EXPECT_EQ(second.partner.sdp, "v=0 offer");
    EXPECT_FALSE(first.partner.sdp);
    EXPECT_TRUE(first.partner.fingerprint.empty());
    call.second->client.tell(AnswerBody{"v=0 answer", 0});
    call.first->client.tell(OfferWantedBody{.restart = true, .round = 0, .renew = false});
    world.run();
    EXPECT_EQ(call.first->take_bodies(), (std::vector<Body>{AnswerBody{"v=0 answer", 0}}));
    EXPECT_EQ(call.second->take_bodies().size(), 1U);
    for (const Person* person : {call.first, call.second}) {
        for (const char* word : {"v=0", "offer_wanted", "relay_only\":false", "sha-256", "candidate"})
            EXPECT_FALSE(has_text(person->said, word)) << word;
    }
    EXPECT_FALSE(has_text(call.first->said, base64url_encode(PrivateCall::kKey)));
}

TEST(Client, AThirdFindsThePrivateCallFull) {
    World world;
    const PrivateCall call(world);
    Person& third = world.add();
    third.client.open(world.server.now, PrivateCall::kKey, {3}, {});
    world.run();
    EXPECT_EQ(third.ended(), "full");
    EXPECT_EQ(call.first->client.phase(), Phase::kConnecting);
}

TEST(Client, TheSameSeatElsewhereReplacesThisOne) {
    World world;
    Person& one = world.add();
    one.client.open(world.server.now, PrivateCall::kKey, {1}, {});
    world.run();
    Person& again = world.add();
    again.client.open(world.server.now, PrivateCall::kKey, {1}, {});
    world.run();
    EXPECT_EQ(one.ended(), "replaced");
    EXPECT_EQ(again.client.phase(), Phase::kSeeking);
}

TEST(Client, AReloadedPartnerIsMetAgain) {
    World world;
    const PrivateCall call(world);
    Person& again = world.add(); // the page of the second, loaded again: it has kept its seat
    const bool second_has_one = call.second->said.at(1).find(base64url_encode(lobby::Bytes16{1})) != std::string::npos;
    again.client.open(world.server.now, PrivateCall::kKey, second_has_one ? lobby::Bytes16{1} : lobby::Bytes16{2}, {});
    world.run();
    EXPECT_EQ(call.second->ended(), "replaced");
    EXPECT_EQ(call.first->expect<Unmet>("the reload").why, UnmetReason::kReload);
    world.pass(1s);
    const bool first_offers = call.first->expect<Met>("the other").offers;
    EXPECT_NE(again.expect<Met>("the other").offers, first_offers);
}

// Somebody who knows the names of the call, as the server does, and not its key.
TEST(Client, WhoDoesNotHoldTheKeyIsTurnedAwayAndTheOtherIsStillMet) {
    World world;
    Person& one = world.add();
    one.client.open(world.server.now, PrivateCall::kKey, {1}, {});
    world.run();
    signal::TestPage intruder;
    world.server.open(intruder);
    world.server.send(intruder.connection, TestServer::hello(intruder));
    world.server.take_welcome(intruder);
    const LinkSecrets names = derive_from_key(PrivateCall::kKey);
    world.server.send(intruder.connection, {{"type", "open"},
                                            {"id", base64url_encode(names.id)},
                                            {"door", base64url_encode(names.door)},
                                            {"seat", base64url_encode(lobby::Bytes16{9})},
                                            {"noise", base64url_encode(ByteBuffer(73, 5))},
                                            {"prefs", TestServer::prefs()}});
    world.run();
    EXPECT_EQ(one.expect<Unmet>("somebody tried").why, UnmetReason::kKey);
    EXPECT_FALSE(one.was_told<Met>());
    EXPECT_TRUE(has_text(one.said, "\"decline\""));
    world.pass(1s);
    Person& two = world.add();
    two.client.open(world.server.now, PrivateCall::kKey, {2}, {});
    world.run();
    EXPECT_TRUE(two.was_told<Met>());
    EXPECT_TRUE(one.was_told<Met>());
}

TEST(Client, AMessage2ThatTheServerChangedEndsTheAttempt) {
    World world;
    Person& one = world.add();
    Person& two = world.add();
    one.client.open(world.server.now, PrivateCall::kKey, {1}, {});
    world.run();
    two.client.open(world.server.now, PrivateCall::kKey, {2}, {});
    world.run();
    Person& answers = one.expect<Met>("the other").offers ? one : two;
    Person& reads = &answers == &one ? two : one;
    answers.client.accept(description("a", "v=0"));
    reads.client.accept(description("b"));
    // In place of what the server has to say now.
    const std::string forged = R"({"type":"accepted","call":")" + reads.client.call() + R"(","intro":")" +
                               base64url_encode(ByteBuffer(80, 5)) + R"(","ice_servers":[]})";
    reads.client.handle_text(world.server.now, forged);
    world.run();
    EXPECT_EQ(reads.expect<Unmet>("another key").why, UnmetReason::kKey);
    EXPECT_TRUE(has_text(reads.said, R"("reason":"key")"));
    EXPECT_FALSE(reads.was_told<Begun>());
}

TEST(Client, AServerThatSaysAcceptedBeforeThisEndHasIsNotHeard) {
    World world;
    Person& one = world.add();
    Person& two = world.add();
    for (Person* person : {&one, &two}) {
        person->client.open(world.server.now, PrivateCall::kKey, {static_cast<std::uint8_t>(person == &one ? 1 : 2)},
                            {});
        world.run();
    }
    for (Person* person : {&one, &two}) {
        const std::string early =
            R"({"type":"accepted","call":")" + person->client.call() + R"(","intro":"","ice_servers":[]})";
        person->client.handle_text(world.server.now, early);
        person->client.tell(numbered(1));
        world.run();
        EXPECT_EQ(person->client.phase(), Phase::kAccepting);
        EXPECT_FALSE(person->was_told<Begun>());
    }
}

TEST(Client, ASafetyCodeOfAnotherCallSealsNothing) {
    World world;
    const RoomCall call(world);
    call.first->client.handle_code_done(0); // of a run whose agreement was another call's
    call.first->client.tell(numbered(1));
    world.run();
    EXPECT_EQ(call.second->take_bodies().size(), 1U);
    call.first->client.leave(world.server.now);
    call.first->client.handle_code_agreed(agree({{1}, {1}}, {{2}, {2}}));
    call.first->client.handle_code_sealed();
    world.run();
    EXPECT_EQ(call.first->ended(), "you");
}

// ---- bodies of strangers, under the keys of the safety code

void run_code(CodeRun& run, Person& person, std::vector<CodeMessage>& out) {
    while (const auto event = run.poll_event()) {
        std::visit(Overloaded{
                       [&](const CodeMessage& message) { out.push_back(message); },
                       [&](const CodeAgreed&) { person.client.handle_code_agreed(run.agreed().value()); },
                       [&](const CodeDone& done) { person.client.handle_code_done(done.taken); },
                       [&](const CodeSealed&) { person.client.handle_code_sealed(); },
                       [&](const CodeRefused&) { ADD_FAILURE() << "the code is refused"; },
                   },
                   *event);
    }
}

TEST(Client, StrangersSealOnceBothHaveTheCode) {
    World world;
    const RoomCall call(world);
    call.first->client.tell(numbered(1));
    world.run();
    EXPECT_EQ(call.second->take_bodies().size(), 1U);
    const CodeFingerprint one{1};
    const CodeFingerprint two{2};
    CodeRun first(one, two, call.first->rng);
    CodeRun second(two, one, call.second->rng);
    for (int i = 0; i < 5; ++i) {
        std::vector<CodeMessage> out;
        run_code(first, *call.first, out);
        for (const CodeMessage& message : out)
            second.handle(message, call.second->client.taken());
        out.clear();
        run_code(second, *call.second, out);
        for (const CodeMessage& message : out)
            first.handle(message, call.first->client.taken());
    }
    world.run();
    call.first->said.clear();
    for (std::uint64_t round = 2; round <= 4; ++round)
        call.first->client.tell(numbered(round));
    world.run();
    EXPECT_EQ(call.second->take_bodies(), (std::vector<Body>{numbered(2), numbered(3), numbered(4)}));
    EXPECT_FALSE(has_text(call.first->said, "v=0"));
    // The server makes one up.
    const std::string forged = R"({"type":"relay","call":")" + call.second->client.call() + R"(","epoch":")" +
                               world.server.epoch() +
                               R"(","seq":5,"id":9,"body":"{\"kind\":\"offer\",\"sdp\":\"v=1\"}"})";
    call.second->client.handle_text(world.server.now, forged);
    world.run();
    EXPECT_TRUE(call.second->take_bodies().empty());
}

// ---- what the server carries

CandidatesBody candidates(std::size_t count, char letter = 'c') {
    return {std::vector<CandidateInit>(count, {std::string(1000, letter), {}, {}, {}}), false};
}

// Of several candidates the last is as long as the sealed body, base64url of counter, text and tag, may be.
CandidatesBody largest_body() {
    CandidatesBody body = candidates(18);
    std::string& last = body.list.back().candidate;
    last.clear();
    const std::size_t text = write_body(body, std::numeric_limits<std::uint64_t>::max()).size();
    last.assign((signal::kBodyBytesMax * 3 / 4) - 8 - 16 - text, 'c');
    return body;
}

template <typename Call>
void expect_only_what_the_server_carries() {
    World world;
    const Call call(world);
    const CandidatesBody largest = largest_body();
    CandidatesBody larger = largest;
    larger.list.back().candidate += 'c';
    EXPECT_TRUE(call.first->client.tell(largest));
    EXPECT_FALSE(call.first->client.tell(larger));
    EXPECT_FALSE(call.first->client.tell(candidates(9, '"'))) << "its quotes are escaped twice over";
    EXPECT_TRUE(call.first->client.tell(numbered(1)));
    world.run();
    EXPECT_EQ(call.second->take_bodies(), (std::vector<Body>{largest, numbered(1)}));
    const Person& teller = *call.first;
    EXPECT_FALSE(teller.was_told<Refused>());
}

TEST(Client, ABodyOfMoreThanTheServerCarriesIsNotTold) {
    expect_only_what_the_server_carries<RoomCall>();
    expect_only_what_the_server_carries<PrivateCall>();
}

TEST(Client, ADescriptionOfMoreThanTheServerCarriesFailsTheCall) {
    const OwnDescription plain = description("one");
    const std::size_t empty =
        write_intro({.fingerprint = plain.fingerprint, .ufrag = plain.ufrag, .pwd = plain.pwd, .sdp = ""}).size();
    for (const bool is_larger : {false, true}) {
        World world;
        Person& one = world.add();
        Person& two = world.add();
        for (Person* person : {&one, &two})
            person->client.seek(world.server.now, "ta", {});
        world.run();
        const std::string sdp(signal::kIntroBytesMax - empty + (is_larger ? 1 : 0), 'v');
        one.client.accept(description("one", sdp));
        two.client.accept(description("two", "v=0"));
        world.run();
        EXPECT_FALSE(one.was_told<Refused>());
        EXPECT_EQ(one.was_told<Begun>(), !is_larger);
        EXPECT_EQ(one.client.phase(), is_larger ? Phase::kEnded : Phase::kConnecting);
    }
}

TEST(Client, ASealedDescriptionOfMoreThanTheServerCarriesFailsTheCall) {
    World world;
    Person& one = world.add();
    Person& two = world.add();
    for (Person* person : {&one, &two}) {
        person->client.open(world.server.now, PrivateCall::kKey, {static_cast<std::uint8_t>(person == &one ? 1 : 2)},
                            {});
        world.run();
    }
    Person& offers = one.expect<Met>("the other").offers ? one : two;
    Person& other = &offers == &one ? two : one;
    other.client.accept(description("b"));
    offers.client.accept(description("a", std::string(13'000, 'v')));
    world.run();
    EXPECT_EQ(offers.ended(), "failed");
    world.pass(3s); // the other is not told at once
    EXPECT_EQ(other.expect<Unmet>("there is nobody any more").why, UnmetReason::kNotMet);
    EXPECT_EQ(other.client.phase(), Phase::kSeeking);
    EXPECT_FALSE(offers.was_told<Refused>());
}

// ---- hiding the address

TEST(Client, WhoHidesTheAddressAsksTheServersOwnHostAlone) {
    World world;
    const RoomCall call(world, {{}, true});
    const Begun begun = call.first->expect<Begun>("both accepted");
    EXPECT_TRUE(begun.relay_only);
    EXPECT_TRUE(begun.partner.relay_only);
    ASSERT_EQ(begun.ice_servers.size(), 1U);
    EXPECT_EQ(begun.ice_servers[0].urls, std::vector<std::string>{"turn:talk.example.org:3478?transport=udp"});
    EXPECT_FALSE(begun.ice_servers[0].credential.empty());
}

TEST(Client, AServerThatAsksForRelaysIsObeyed) {
    signal::Settings settings = World::default_settings();
    settings.privacy = signal::Privacy::kRelayOnly;
    World world(settings);
    const PrivateCall call(world);
    EXPECT_TRUE(call.first->expect<Begun>("both accepted").partner.relay_only);
    EXPECT_TRUE(call.second->expect<Begun>("both accepted").relay_only);
}

TEST(Client, WithoutARelayACallThatHidesDoesNotComeAbout) {
    signal::Settings settings = World::default_settings();
    settings.ice_urls = {"stun:198.51.100.1:3478"};
    World world(settings);
    const RoomCall call(world, {{}, true});
    EXPECT_EQ(call.first->ended(), "no_relay");
}

TEST(Client, ACallWithoutAConnectionFailsAfterHalfAMinute) {
    World world;
    const RoomCall call(world);
    call.second->client.handle_path(world.server.now, true);
    world.pass(31s);
    EXPECT_EQ(call.first->ended(), "failed");
    EXPECT_EQ(call.second->ended(), "lost") << "to whom it stood";
}

TEST(Client, CredentialsForACheckOfTheConnection) {
    World world;
    Person& person = world.add();
    EXPECT_TRUE(person.client.ask_probe());
    world.run();
    EXPECT_NE(person.expect<Probed>("credentials").ice_servers.back().username.find(".probe."), std::string::npos);
}

} // namespace
} // namespace vv::caller
