// Pages that speak the protocol, and talk nonsense now and then, to a server whose
// shards and lobby are slow to hear of each other; connections break, the server
// restarts. Bodies arrive once and in order all the same, and nothing is left at the end.
#include "signal/test_server.h"

#include <set>

namespace vv::signal {
namespace {

struct SimulatedPage : TestPage {
    enum class Mood : std::uint8_t { kOffline, kGreeting, kIdle, kWaiting, kAsked, kInCall };

    Mood mood = Mood::kOffline;
    std::string epoch;
    std::string call;
    bool accepted = false;
    bool has_heard_of_call = false; // `accepted` has arrived

    std::uint64_t next_id = 1;
    std::deque<std::uint64_t> sent; // the last 64 with an ack, and all without
    std::set<std::uint64_t> unacknowledged;
    bool must_resend = false;
    std::uint64_t heard_id = 0;
    std::string heard_epoch;
    std::uint64_t heard_seq = 0;
};

class Simulation {
public:
    explicit Simulation(std::uint64_t seed) : choices_(seed), pages_(kPages) {}

    void run(int steps) {
        for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
            server_.lobby_is_slow = choices_.below(4) != 0;
            server_.events_are_slow = choices_.below(4) != 0;
            if (!server_.lobby_is_slow) server_.run_lobby();
            if (!server_.events_are_slow) server_.deliver_events();
            std::erase_if(superseded_, [this](std::uint64_t old) { return drop_if_ended(old); });
            server_.pass(Duration(static_cast<std::int64_t>(choices_.below(200'000'000))));
            SimulatedPage& page = pages_[choices_.below(kPages)];
            read(page);
            act(page);
            if (choices_.below(1000) == 0) restart();
        }
    }
    void empty() {
        server_.lobby_is_slow = server_.events_are_slow = false;
        server_.run_lobby();
        server_.deliver_events();
        for (SimulatedPage& page : pages_)
            server_.cut(page.connection);
        for (const std::uint64_t old : superseded_)
            server_.cut(old);
        server_.pass(10min);
        const lobby::LobbyStats stats = server_.lobby().stats();
        EXPECT_EQ(stats.sessions, 0U);
        EXPECT_EQ(stats.calls, 0U);
        EXPECT_EQ(stats.held_bytes, 0U);
        EXPECT_EQ(stats.timers, 0U);
    }

    std::size_t calls = 0;
    std::size_t bodies = 0;
    std::size_t returns_to_calls = 0;
    std::size_t restarts = 0;

private:
    static constexpr std::size_t kPages = 40;
    using Mood = SimulatedPage::Mood;

    void restart() {
        ++restarts;
        server_.restart();
        for (SimulatedPage& page : pages_)
            go_offline(page);
    }
    bool drop_if_ended(std::uint64_t connection) {
        const bool ended = !server_.stands(connection);
        if (ended) server_.forget(connection);
        return ended;
    }
    void go_offline(SimulatedPage& page) {
        server_.forget(page.connection);
        page.connection = 0;
        page.mood = Mood::kOffline;
        page.must_resend = false;
    }
    void cut(SimulatedPage& page) {
        server_.cut(page.connection);
        go_offline(page);
    }

    void act(SimulatedPage& page) {
        const std::uint64_t dice = choices_.below(100);
        if (page.mood == Mood::kOffline) return connect(page);
        if (page.mood == Mood::kGreeting) return;
        if (dice < 2) return cut(page);
        if (dice < 3) return connect(page); // while the old connection stands
        if (dice < 5) return server_.send_text(page.connection, nonsense(dice));
        if (dice < 12) return ping(page);
        switch (page.mood) {
        case Mood::kIdle:
            page.mood = Mood::kWaiting;
            return send(page, {{"type", "seek"}, {"room", "ta"}, {"prefs", TestServer::prefs()}});
        case Mood::kAsked:
            if (page.accepted) return;
            page.accepted = true;
            if (dice < 20) return send(page, {{"type", "decline"}, {"call", page.call}});
            return send(page, {{"type", "accept"}, {"call", page.call}, {"intro", "intro"}});
        case Mood::kInCall:
            return talk(page, dice);
        default:
            return;
        }
    }
    void connect(SimulatedPage& page) {
        const auto old = page.connection;
        page.connection = server_.connect();
        page.nonce = server_.take(page.connection, "challenge").at("nonce");
        page.mood = Mood::kGreeting;
        Json hello = page.token.empty() ? TestServer::hello(page) : TestServer::resume_hello(page);
        if (page.has_heard_of_call) {
            hello["have"] = {{"epoch", page.heard_epoch}, {"seq", page.heard_seq}};
        }
        server_.send(page.connection, hello);
        if (old != 0) superseded_.push_back(old);
        if (old != 0 && choices_.below(2) == 0) server_.cut(old); // else it stands until it is superseded
    }
    void ping(SimulatedPage& page) {
        Json message = {{"type", "ping"}};
        if (page.mood == Mood::kInCall && page.has_heard_of_call) {
            message["have"] = {{"epoch", page.heard_epoch}, {"seq", page.heard_seq}};
        }
        send(page, message);
    }
    void talk(SimulatedPage& page, std::uint64_t dice) {
        if (!page.has_heard_of_call) return;
        if (page.must_resend) return resend(page);
        if (dice < 90) return say(page, page.next_id++);
        if (dice < 92) return send(page, {{"type", "leave"}, {"call", page.call}, {"reason", "left"}});
        if (dice < 94) return send(page, {{"type", "servers"}, {"call", page.call}});
    }
    void say(SimulatedPage& page, std::uint64_t id) {
        page.sent.push_back(id);
        page.unacknowledged.insert(id);
        while (page.sent.size() > lobby::kQueueBodiesMax + page.unacknowledged.size())
            page.sent.pop_front();
        send_body(page, id);
    }
    void send_body(SimulatedPage& page, std::uint64_t id) {
        send(page, {{"type", "relay"}, {"call", page.call}, {"id", id}, {"body", std::to_string(id)}});
    }
    void resend(SimulatedPage& page) {
        page.must_resend = false;
        for (const std::uint64_t id : page.unacknowledged)
            send_body(page, id);
    }
    void send(SimulatedPage& page, const Json& message) { server_.send(page.connection, message); }
    static std::string nonsense(std::uint64_t dice) {
        return dice % 2 == 0 ? R"({"type":"relay","call":"0.AAAAAAAAAAAAAAAAAAAAAA","id":1,"body":""})" : "{]";
    }

    void read(SimulatedPage& page) {
        while (page.connection != 0) {
            const auto message = server_.take_any(page.connection);
            if (!message) break;
            hear(page, message->at("type").get<std::string>(), *message);
        }
        if (page.connection != 0 && server_.closed(page.connection)) {
            if (server_.closed(page.connection) == CloseCode::kResumeRefused) start_over(page);
            go_offline(page);
        }
    }
    static void start_over(SimulatedPage& page) {
        page.token.clear();
        page.call.clear();
        page.has_heard_of_call = false;
    }
    void hear(SimulatedPage& page, const std::string& type, const Json& message) {
        if (message.contains("resume")) page.token = message.at("resume");
        if (type == "welcome") return welcome(page, message);
        if (type == "matched") return matched(page, message);
        if (type == "accepted") return accepted(page, message);
        if (type == "relay") return body(page, message);
        if (type == "error") return error(page, message.at("code").get<std::string>());
        if (type == "ack") {
            EXPECT_EQ(message.at("call"), page.call);
            page.unacknowledged.erase(message.at("id").get<std::uint64_t>());
        } else if (type == "waiting") {
            page.mood = Mood::kWaiting;
        } else if (type == "left" && message.at("call") == page.call) {
            page.mood = Mood::kIdle;
            page.has_heard_of_call = false;
        }
    }
    void welcome(SimulatedPage& page, const Json& message) {
        const std::string epoch = message.at("epoch");
        const bool new_epoch = epoch != page.epoch;
        page.epoch = epoch;
        if (message.at("call").is_null()) {
            page.mood = Mood::kIdle;
            page.has_heard_of_call = false;
            return;
        }
        ++returns_to_calls;
        const std::string call = message.at("call").at("call");
        if (call != page.call || !page.has_heard_of_call) {
            begin_call(page, call);
            // After a restart nobody can repeat an `accepted` that was lost: a real page would leave.
            page.has_heard_of_call = new_epoch;
        }
        page.mood = Mood::kInCall;
        if (new_epoch) {
            page.heard_epoch = epoch;
            page.heard_seq = 0;
            page.unacknowledged.insert(page.sent.begin(), page.sent.end());
        }
        resend(page);
    }
    static void matched(SimulatedPage& page, const Json& message) {
        EXPECT_NE(page.mood, Mood::kInCall);
        EXPECT_NE(page.mood, Mood::kAsked) << "matched twice at once";
        page.mood = Mood::kAsked;
        page.call = message.at("call");
        page.accepted = false;
    }
    static void begin_call(SimulatedPage& page, const std::string& call) {
        page.call = call;
        page.next_id = 1;
        page.sent.clear();
        page.unacknowledged.clear();
        page.must_resend = false;
        page.heard_id = 0;
        page.heard_epoch = page.epoch;
        page.heard_seq = 0;
    }
    void accepted(SimulatedPage& page, const Json& message) {
        EXPECT_EQ(message.at("call"), page.call);
        EXPECT_EQ(message.at("ice_servers").size(), 2U);
        if (page.has_heard_of_call) return; // repeated after a return
        ++calls;
        if (page.mood == Mood::kAsked) begin_call(page, page.call);
        page.mood = Mood::kInCall;
        page.has_heard_of_call = true;
    }
    void body(SimulatedPage& page, const Json& message) {
        EXPECT_TRUE(page.has_heard_of_call) << "relay before accepted";
        EXPECT_EQ(message.at("call"), page.call);
        EXPECT_EQ(message.at("epoch"), page.epoch);
        const auto seq = message.at("seq").get<std::uint64_t>();
        if (seq <= page.heard_seq) return;
        EXPECT_EQ(seq, page.heard_seq + 1) << "a body is missing";
        page.heard_seq = seq;
        const auto id = message.at("id").get<std::uint64_t>();
        if (id <= page.heard_id) return; // sent again after a restart
        EXPECT_EQ(id, page.heard_id + 1) << "a body is missing";
        EXPECT_EQ(message.at("body"), std::to_string(id));
        page.heard_id = id;
        ++bodies;
    }
    static void error(SimulatedPage& page, const std::string& code) {
        if (code == "skipped" || code == "queue_full" || code == "rate") page.must_resend = true;
        if (code == "rate" && page.mood == Mood::kWaiting) page.mood = Mood::kIdle;
        EXPECT_NE(code, "not_accepted");
    }

    SeededRng choices_;
    TestServer server_;
    std::vector<SimulatedPage> pages_;
    std::vector<std::uint64_t> superseded_; // connections a page gave up that may still stand
};

class SignalSimulation : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SignalSimulation, KeepsItsRules) {
    Simulation simulation(GetParam());
    simulation.run(6000);
    EXPECT_GT(simulation.calls, 50U);
    EXPECT_GT(simulation.bodies, 500U);
    EXPECT_GT(simulation.returns_to_calls, 10U);
    EXPECT_GT(simulation.restarts, 0U);
    simulation.empty();
}

INSTANTIATE_TEST_SUITE_P(Seeds, SignalSimulation, testing::Range<std::uint64_t>(1, 7));

} // namespace
} // namespace vv::signal
