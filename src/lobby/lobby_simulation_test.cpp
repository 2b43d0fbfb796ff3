// Hundreds of pages that do as they please, lose connections and come back, on a
// server that restarts: whatever happens, the rules hold. A seed replays a run.
#include "base/rng.h"
#include "lobby/lobby.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace vv::lobby {
namespace {

/// A page with a correct end of the protocol, in small.
struct Page {
    enum class Mood : std::uint8_t { kIdle, kWaiting, kAsked, kInCall };

    std::optional<ConnectionId> connection;
    bool welcomed = false;
    SessionId session;
    bool has_session = false;
    TokenGrant token;
    Epoch token_epoch;
    Mood mood = Mood::kIdle;
    CallId call;
    std::size_t partner = 0; // by what `accepted` said
    bool answered = false;
    bool accepted = false; // this page pressed accept
    Instant lost_at;
    Instant away_until; // its router is off

    // Relaying within the call.
    std::uint64_t next_id = 1;
    std::deque<std::pair<std::uint64_t, std::string>> sent; // what a restart may ask for again
    std::set<std::uint64_t> unacknowledged;
    std::vector<std::string> said;  // everything this page has sent in this call, in order
    std::vector<std::string> heard; // what arrived, duplicates dropped by id
    std::uint64_t heard_id = 0;
    std::optional<Have> have;
};

struct MemberThen {
    std::size_t page;
    SessionId session; // a page may have another one later
};

class Simulation {
public:
    explicit Simulation(std::uint64_t seed) : choices_(seed), randomness_(seed + 1000000), pages_(kPages) {
        start_server();
    }

    void run(int steps) {
        for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
            advance(Duration(static_cast<std::int64_t>(choices_.below(40'000'000))));
            act(choices_.below(kPages));
            if (choices_.below(3000) == 0) restart();
            check_counts();
        }
    }
    /// Everybody goes; then nothing may be left.
    void empty() {
        for (Page& page : pages_) {
            if (page.connection) send(page, DetachCommand{});
            page.connection.reset();
        }
        advance(10min);
        const LobbyStats stats = lobby_->stats();
        EXPECT_EQ(stats.sessions, 0U);
        EXPECT_EQ(stats.waiting, 0U);
        EXPECT_EQ(stats.waiting_private, 0U);
        EXPECT_EQ(stats.calls, 0U);
        EXPECT_EQ(stats.held_bytes, 0U);
        EXPECT_EQ(stats.timers, 0U);
    }

    std::size_t calls = 0;
    std::size_t bodies = 0;
    std::size_t resumed_calls = 0;
    std::size_t late_returns = 0; // to a call, when a session without one had been given up
    std::size_t restarts = 0;

private:
    static constexpr std::size_t kPages = 200;

    void start_server() {
        epoch_ = Epoch(choices_.bytes<8>());
        LobbyConfig config;
        config.epoch = epoch_;
        config.rooms = 2;
        // Generous: the rates have tests of their own.
        config.seeks = config.skips = config.opens = per_second(1000, 1000);
        lobby_.emplace(config, randomness_);
        by_connection_.clear();
        members_.clear();
    }
    void restart() {
        ++restarts;
        met_.clear();
        blocked_.clear();
        start_server();
        for (Page& page : pages_)
            lose(page);
    }
    void lose(Page& page) {
        if (!page.connection) return;
        page.connection.reset();
        page.welcomed = false;
        page.lost_at = now_;
        if (page.mood != Page::Mood::kInCall) page.mood = Page::Mood::kIdle;
    }

    void advance(Duration time) {
        const Instant end = now_ + time;
        for (auto due = lobby_->poll_timeout(); due && *due <= end; due = lobby_->poll_timeout()) {
            now_ = std::max(now_, *due);
            lobby_->handle_timeout(now_);
            drain();
        }
        now_ = end;
    }
    void send(Page& page, Command command) {
        lobby_->handle_input(now_, *page.connection, std::move(command));
        drain();
    }
    void drain() {
        while (auto event = lobby_->poll_event()) {
            const auto found = by_connection_.find(event->to);
            ASSERT_NE(found, by_connection_.end()) << "an event for nobody";
            Page& page = pages_[found->second];
            if (page.connection != event->to) {
                // Only a connection that was given up may be told something in vain.
                continue;
            }
            std::visit([&](auto& e) { on(page, e); }, event->body);
        }
    }

    // What pages do.
    void act(std::size_t index) {
        Page& page = pages_[index];
        if (!page.connection && now_ < page.away_until) return;
        if (!page.connection) return connect(page, index);
        if (!page.welcomed) return;
        const std::uint64_t dice = choices_.below(100);
        if (dice < 3) {
            send(page, DetachCommand{});
            if (choices_.below(4) == 0) page.away_until = now_ + kResumeTime + 1s * choices_.below(20);
            return lose(page);
        }
        if (dice < 4) return connect(page, index); // comes back while the old connection stands
        if (dice < 10) return send(page, PingCommand{page.mood == Page::Mood::kInCall ? page.have : std::nullopt});
        switch (page.mood) {
        case Page::Mood::kIdle:
            return enter(page, index);
        case Page::Mood::kWaiting:
            if (dice < 13) {
                page.mood = Page::Mood::kIdle;
                send(page, UnseekCommand{});
            }
            return;
        case Page::Mood::kAsked:
            return answer(page, dice);
        case Page::Mood::kInCall:
            return talk(page, dice);
        }
    }
    void connect(Page& page, std::size_t index) {
        const bool starts_over = !page.has_session || choices_.below(20) == 0;
        if (starts_over && page.connection) send(page, DetachCommand{});
        if (page.connection) page.lost_at = now_; // by its own doing
        const ConnectionId connection(++last_connection_);
        by_connection_[connection] = index;
        page.connection = connection;
        page.welcomed = false;
        if (starts_over) {
            forget(page);
            return send(page, HelloCommand{});
        }
        ResumeCommand resume{page.session, page.token.number,  page.token_epoch,      page.token.call,
                             {},           page.token.blocked, page.token.blocked_by, {}};
        if (page.mood == Page::Mood::kInCall) resume.have = page.have;
        send(page, resume);
    }
    void enter(Page& page, std::size_t index) {
        page.mood = Page::Mood::kWaiting;
        if (choices_.below(5) == 0) {
            const auto link = static_cast<std::uint8_t>(index / 4);
            const auto seat = static_cast<std::uint8_t>(index % 4);
            return send(page, OpenCommand{PrivateId(Bytes16{link}), SeatId(Bytes16{seat, 1}), "noise", {}});
        }
        const Preferences prefs{choices_.below(3) == 0 ? Media::kSound : Media::kVideo,
                                choices_.below(4) == 0 ? Need::kVideo : Need::kAny,
                                TopicSet(static_cast<std::uint32_t>(choices_.below(8)))};
        wishes_[page.session] = prefs;
        send(page, SeekCommand{RoomIndex(static_cast<std::uint16_t>(choices_.below(2))), prefs});
    }
    void answer(Page& page, std::uint64_t dice) {
        if (page.answered) {
            if (dice < 15) send(page, RelayCommand{page.call, 1, "too early"});
            return;
        }
        if (dice < 70) {
            page.answered = page.accepted = true;
            return send(page, AcceptCommand{page.call, "intro of " + std::to_string(index_of(page))});
        }
        if (dice < 80) send(page, DeclineCommand{page.call});
    }
    void talk(Page& page, std::uint64_t dice) {
        if (dice < 80) {
            const std::size_t burst = choices_.below(50) == 0 ? 70 : 1;
            for (std::size_t i = 0; i < burst && page.mood == Page::Mood::kInCall; ++i)
                say(page);
            return;
        }
        if (dice < 86) return resend(page, page.unacknowledged.empty() ? page.next_id : *page.unacknowledged.begin());
        if (dice < 89) return send(page, LeaveCommand{page.call, LeaveReason::kNext});
        if (dice < 90) {
            block_between(page);
            return send(page, BlockCommand{page.call});
        }
        if (dice < 91) return send(page, ReportCommand{page.call, safety::ReportCategory::kOther});
        if (dice < 93) {
            // Guessing at other people's calls.
            const Page& other = pages_[choices_.below(kPages)];
            if (other.call != page.call) send(page, RelayCommand{other.call, 1, "intruder"});
        }
    }
    void say(Page& page) {
        // The last 64 with an `ack`, which may wait at the server still, and all without.
        while (page.sent.size() > kQueueBodiesMax + page.unacknowledged.size())
            page.sent.pop_front();
        const std::uint64_t id = page.next_id++;
        const std::string body = std::to_string(index_of(page)) + " says " + std::to_string(id);
        page.sent.emplace_back(id, body);
        page.said.push_back(body);
        page.unacknowledged.insert(id);
        send(page, RelayCommand{page.call, id, body});
    }
    void resend(Page& page, std::uint64_t from) {
        const auto copy = page.sent;
        for (const auto& [id, body] : copy) {
            if (id >= from && page.mood == Page::Mood::kInCall && page.welcomed) {
                send(page, RelayCommand{page.call, id, body});
            }
        }
    }
    static void forget(Page& page) {
        const auto connection = page.connection;
        page = Page{};
        page.connection = connection;
    }

    // What pages hear.
    void on(Page& page, WelcomeEvent& e) {
        const bool new_epoch = page.has_session && page.token_epoch != epoch_;
        page.welcomed = true;
        page.session = e.session;
        page.has_session = true;
        keep_token(page, e.token);
        if (!e.resumed_call) {
            page.mood = Page::Mood::kIdle;
            return;
        }
        ++resumed_calls;
        if (!new_epoch && now_ - page.lost_at > kResumeTime) {
            ++late_returns;
            EXPECT_LE(now_ - page.lost_at, kCallResumeTime);
        }
        if (page.mood != Page::Mood::kInCall) {
            // `accepted` was lost with the old connection; it follows.
            begin_call(page, e.token.call->call);
        }
        EXPECT_EQ(e.token.call->call, page.call);
        if (!new_epoch) return;
        page.have.reset();
        to_resend_.push_back(index_of(page));
    }
    void on(Page& page, ResumeRefusedEvent&) {
        page.connection.reset();
        forget(page);
    }
    void on(Page&, ServerFullEvent&) { FAIL(); }
    void on(Page&, SupersededEvent&) { FAIL() << "the page gave that connection up itself"; }
    void on(Page&, LedgerEvent&) {}
    void on(Page& page, TokenEvent& e) { keep_token(page, e.token); }
    void on(Page&, WaitingEvent&) {}
    void on(Page& page, FullEvent&) { page.mood = Page::Mood::kIdle; }
    void on(Page&, ServersEvent&) {}
    void on(Page&, NotedEvent&) {}
    void on(Page&, PongEvent&) {}
    void on(Page&, RoomsEvent&) {}
    void on(Page& page, MatchedEvent& e) {
        join(page, e.call);
        const auto& both = members_[e.call];
        if (both.size() == 2) check_pair(both);
    }
    void on(Page& page, JoinedEvent& e) {
        private_calls_.insert(e.call);
        join(page, e.call);
        const auto& both = members_[e.call];
        if (both.size() == 2) check_not_blocked(both);
    }
    void on(Page& page, AcceptedEvent& e) {
        EXPECT_EQ(e.call, page.call);
        EXPECT_TRUE(page.accepted);
        const std::string prefix = "intro of ";
        ASSERT_EQ(e.intro.substr(0, prefix.size()), prefix);
        page.partner = std::stoul(e.intro.substr(prefix.size()));
        EXPECT_TRUE(members_.at(e.call).size() == 2 && is_member(e.call, page.partner)) << "an outsider's intro";
        if (page.mood != Page::Mood::kInCall) begin_call(page, e.call);
    }
    void on(Page& page, AckEvent& e) {
        EXPECT_EQ(e.call, page.call);
        page.unacknowledged.erase(e.id);
    }
    void on(Page& page, RelayEvent& e) {
        EXPECT_EQ(page.mood, Page::Mood::kInCall) << "relay before accepted";
        EXPECT_EQ(e.call, page.call);
        const std::uint64_t last = page.have && page.have->epoch == epoch_ ? page.have->sequence : 0;
        if (e.sequence <= last) return; // sent again after a return
        EXPECT_EQ(e.sequence, last + 1) << "a body is missing";
        page.have = Have{epoch_, e.sequence};
        if (e.id <= page.heard_id) return; // sent again after a restart
        page.heard_id = e.id;
        page.heard.push_back(e.body);
        ++bodies;
        check_heard(page);
    }
    void on(Page& page, LeftEvent& e) {
        if (e.call != page.call) return; // ended while the page was away
        end_call(page);
        if (e.reason == LeftReason::kNotMet && !is_private(e.call)) page.mood = Page::Mood::kWaiting;
    }
    void on(Page&, BackEvent&) {}
    void on(Page& page, ErrorEvent& e) {
        EXPECT_NE(e.code, ErrorCode::kRate);
        EXPECT_NE(e.code, ErrorCode::kBadMessage);
        if (e.code == ErrorCode::kReplaced) end_call(page);
        EXPECT_NE(e.code, ErrorCode::kBusy);
    }

    // The rules.
    void join(Page& page, const CallId& call) {
        EXPECT_NE(page.mood, Page::Mood::kInCall) << "matched while in a call";
        EXPECT_NE(page.mood, Page::Mood::kAsked) << "matched twice at once";
        page.mood = Page::Mood::kAsked;
        page.call = call;
        page.answered = page.accepted = false;
        auto& both = members_[call];
        both.push_back({index_of(page), page.session});
        EXPECT_LE(both.size(), 2U);
    }
    void begin_call(Page& page, const CallId& call) {
        ++calls;
        page.mood = Page::Mood::kInCall;
        page.call = call;
        page.next_id = 1;
        page.sent.clear();
        page.unacknowledged.clear();
        page.said.clear();
        page.heard.clear();
        page.heard_id = 0;
        page.have = Have{epoch_, 0};
    }
    void end_call(Page& page) {
        if (page.mood == Page::Mood::kAsked || page.mood == Page::Mood::kInCall) {
            const auto& both = members_[page.call];
            const bool first_to_hear = ended_.insert(page.call).second;
            if (both.size() == 2 && first_to_hear) met_[pair_of(both)] = now_;
        }
        page.mood = Page::Mood::kIdle;
    }
    /// What was heard is a beginning of what the partner said, each body once and in order.
    void check_heard(const Page& page) {
        const Page& partner = pages_[page.partner];
        if (partner.call != page.call || partner.mood != Page::Mood::kInCall) return;
        ASSERT_LE(page.heard.size(), partner.said.size());
        EXPECT_EQ(page.heard.back(), partner.said[page.heard.size() - 1]);
    }
    void check_pair(const std::vector<MemberThen>& both) {
        const auto met = met_.find(pair_of(both));
        if (met != met_.end()) {
            EXPECT_GE(now_ - met->second, kPairCooldown) << "the same pair too soon";
        }
        check_not_blocked(both);
        for (const auto& [one, other] : {std::pair{&both[0], &both[1]}, std::pair{&both[1], &both[0]}}) {
            if (wishes_[one->session].need == Need::kVideo) {
                EXPECT_EQ(wishes_[other->session].media, Media::kVideo);
            }
        }
    }
    void check_not_blocked(const std::vector<MemberThen>& both) {
        EXPECT_FALSE(blocked_.contains(pair_of(both))) << "a blocked pair";
    }
    void check_counts() {
        const LobbyStats stats = lobby_->stats();
        EXPECT_LE(stats.calls, kPages);
        EXPECT_LE(stats.waiting + stats.waiting_private, stats.sessions);
        while (!to_resend_.empty()) {
            Page& page = pages_[to_resend_.back()];
            to_resend_.pop_back();
            if (page.welcomed && page.mood == Page::Mood::kInCall) resend(page, 0);
        }
    }

    using SessionPair = std::pair<SessionId, SessionId>;
    static SessionPair pair_of(const std::vector<MemberThen>& both) {
        return std::minmax(both[0].session, both[1].session);
    }
    void block_between(const Page& page) {
        const auto& both = members_[page.call];
        if (both.size() == 2) blocked_.insert(pair_of(both));
    }
    [[nodiscard]] std::size_t index_of(const Page& page) const {
        return static_cast<std::size_t>(&page - pages_.data());
    }
    [[nodiscard]] bool is_member(const CallId& call, std::size_t index) {
        const auto& both = members_[call];
        return std::any_of(both.begin(), both.end(), [index](const MemberThen& m) { return m.page == index; });
    }
    [[nodiscard]] bool is_private(const CallId& call) { return private_calls_.contains(call); }
    void keep_token(Page& page, const TokenGrant& token) {
        page.token = token;
        page.token_epoch = epoch_;
    }

    SeededRng choices_;
    SeededRng randomness_;
    Instant now_{1h};
    Epoch epoch_;
    std::optional<Lobby> lobby_;
    std::vector<Page> pages_;
    std::uint64_t last_connection_ = 0;
    std::map<ConnectionId, std::size_t> by_connection_;
    std::map<CallId, std::vector<MemberThen>> members_;
    std::set<CallId> private_calls_;
    std::set<CallId> ended_;
    std::map<SessionId, Preferences> wishes_;
    std::map<SessionPair, Instant> met_;
    std::set<SessionPair> blocked_;
    std::vector<std::size_t> to_resend_;
};

class LobbySimulation : public testing::TestWithParam<std::uint64_t> {};

TEST_P(LobbySimulation, KeepsItsRules) {
    Simulation simulation(GetParam());
    simulation.run(20000);
    EXPECT_GT(simulation.calls, 500U);
    EXPECT_GT(simulation.bodies, 1000U);
    EXPECT_GT(simulation.resumed_calls, 50U);
    EXPECT_GT(simulation.late_returns, 0U);
    EXPECT_GT(simulation.restarts, 0U);
    simulation.empty();
}

INSTANTIATE_TEST_SUITE_P(Seeds, LobbySimulation, testing::Range<std::uint64_t>(1, 21));

} // namespace
} // namespace vv::lobby
