// Callers over real sockets: two of them on one loop, and the whole server in the same process.
#include "net/caller_line.h"
#include "net/service_for_test.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace vv::net {
namespace {

constexpr caller::LinkKey kKey{1, 2, 3};

struct Person {
    Person(EventLoop& loop, const HttpUrl& page, const std::string& trusted)
        : line(loop, page, {}, trusted, [this](caller::ClientEvent event) { events.push_back(std::move(event)); }) {
        line.act([](caller::Client& client, Instant now) { client.start(now); });
    }
    std::deque<caller::ClientEvent> events;
    CallerLine line;
};

// By plain HTTP, and by HTTPS with a certificate that only this test trusts.
class CallerLineTest : public testing::TestWithParam<bool> {
protected:
    CallerLineTest()
        : credentials_(credentials()),
          running([this](ServiceConfig& config) {
              if (GetParam()) config.tls = credentials_;
              config.signal.ice_urls = {"turn:192.0.2.1:3478?transport=udp"};
              config.signal.turn_secret = "0123456789abcdef";
          }),
          // "localhost" is the loopback address without a resolver as well (RFC 6761 §6.3).
          page(*parse_http_url((GetParam() ? "https://localhost:" : "http://127.0.0.1:") +
                               std::to_string(running.page_address().port))) {}

    Person& add() {
        people.push_back(
            std::make_unique<Person>(loop, page, GetParam() ? credentials_.certificate_chain : std::string()));
        return *people.back();
    }
    /// Runs the loop until this person is told so.
    template <typename Event>
    Event expect(Person& person, const char* what) {
        const Instant give_up = monotonic_now() + 10s;
        for (;;) {
            while (!person.events.empty()) {
                caller::ClientEvent event = std::move(person.events.front());
                person.events.pop_front();
                if (auto* found = std::get_if<Event>(&event)) return std::move(*found);
            }
            if (monotonic_now() >= give_up) break;
            loop.run_once(100ms);
        }
        const auto& end = person.line.last_end();
        ADD_FAILURE() << "not told: " << what << (end && end->why ? " (" + end->why->detail + ")" : "");
        return Event{};
    }

    TlsCredentials credentials_;
    RunningService running;
    HttpUrl page;
    EventLoop loop;
    std::vector<std::unique_ptr<Person>> people;
};

INSTANTIATE_TEST_SUITE_P(PlainAndTls, CallerLineTest, testing::Bool());

TEST_P(CallerLineTest, TwoMeetInARoomOfTheRealServer) {
    Person& one = add();
    Person& two = add();
    for (Person* person : {&one, &two})
        person->line.act([](caller::Client& client, Instant now) { client.seek(now, "ta", {}); });
    const bool one_offers = expect<caller::Met>(one, "somebody").offers;
    EXPECT_NE(expect<caller::Met>(two, "somebody").offers, one_offers);
    for (Person* person : {&one, &two})
        person->line.act([](caller::Client& client, Instant) { client.accept({"sha-256 4A:AD", "u", "p", "v=0"}); });
    const caller::Begun begun = expect<caller::Begun>(one, "both accepted");
    (void)expect<caller::Begun>(two, "both accepted");
    ASSERT_EQ(begun.ice_servers.size(), 1U);
    EXPECT_FALSE(begun.ice_servers[0].credential.empty());
    one.line.act([](caller::Client& client, Instant) { client.tell(caller::AnswerBody{"v=0 answer", 0}); });
    EXPECT_EQ(expect<caller::BodyHeard>(two, "a body").body, caller::Body(caller::AnswerBody{"v=0 answer", 0}));
    two.line.act([](caller::Client& client, Instant now) { client.leave(now); });
    EXPECT_EQ(expect<caller::Ended>(one, "the end").why, caller::EndReason::kLeft);
}

TEST_P(CallerLineTest, TwoMeetByAPrivateLinkAndComeBackAfterALoss) {
    Person& one = add();
    Person& two = add();
    one.line.act([](caller::Client& client, Instant now) { client.open(now, kKey, {1}, {}); });
    two.line.act([](caller::Client& client, Instant now) { client.open(now, kKey, {2}, {}); });
    (void)expect<caller::Met>(one, "the other");
    (void)expect<caller::Met>(two, "the other");
    for (Person* person : {&one, &two})
        person->line.act([](caller::Client& client, Instant) { client.accept({"", "", "", "v=0"}); });
    (void)expect<caller::Begun>(one, "both accepted");
    (void)expect<caller::Begun>(two, "both accepted");
    // As if the device were on another network: the connection is left without a word, and what is said meanwhile
    // waits.
    one.line.act([](caller::Client& client, Instant now) { client.handle_closed(now, 1006); });
    one.line.act([](caller::Client& client, Instant) { client.tell(caller::OfferBody{"v=0", 1, false}); });
    EXPECT_TRUE(expect<caller::Online>(one, "the server is back").welcome.resumed);
    EXPECT_EQ(expect<caller::BodyHeard>(two, "a body").body, caller::Body(caller::OfferBody{"v=0", 1, false}));
}

TEST_P(CallerLineTest, AServerThatStopsIsTriedAgainUntilStopped) {
    Person& one = add();
    (void)expect<caller::Online>(one, "welcome");
    running.service->stop();
    (void)expect<caller::Offline>(one, "the server is away");
    EXPECT_EQ(one.line.last_end()->code, 1012);
    one.line.act([](caller::Client& client, Instant now) { client.stop(now); });
    (void)expect<caller::SessionOver>(one, "the end");
}

} // namespace
} // namespace vv::net
