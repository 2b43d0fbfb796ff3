// For tests: a lobby with pages around it, each a connection whose events are kept
// until the test takes them. Virtual time.
#pragma once

#include "base/rng.h"
#include "lobby/lobby.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace vv::lobby {

class TestHall {
public:
    explicit TestHall(LobbyConfig config = default_config(), std::uint64_t seed = 1)
        : config_(config),
          rng_(seed),
          lobby_(config, rng_) {
        keys_.turn(WallTime(std::chrono::seconds(1'800'000'000)), std::chrono::hours(720), rng_);
        keep_record();
    }

    static LobbyConfig default_config() {
        LobbyConfig config;
        config.epoch = Epoch({1, 1, 1, 1, 1, 1, 1, 1});
        config.rooms = 3;
        return config;
    }

    Instant now{std::chrono::hours(1)};
    /// Whether reports are answered at once, and whether they are kept then.
    bool answers_reports = true;
    bool keeps_reports = true;
    /// The reports that came out of the lobby; the n-th that is kept gets the number n.
    std::vector<FiledReport> filed;

    /// The device and place of the n-th person; two have neither in common.
    static safety::Person person(std::uint32_t number) { return person(number, number); }
    static safety::Person person(std::uint32_t device, std::uint32_t place) {
        ByteBuffer token;
        ByteWriter(token).write_u64(device);
        token.resize(16);
        return {safety::DeviceId::of_token(token).value(),
                safety::AddressPrefix::of(IpAddress::v4(0x0A000000 + place))};
    }
    /// What an operator decided has been read.
    void keep_record(std::vector<safety::Ban> bans = {}, std::vector<safety::ReportId> dismissed = {}) {
        lobby_.handle_record(now, {keys_, std::move(bans), std::move(dismissed)});
        collect();
    }
    [[nodiscard]] safety::Ban ban(const safety::Person& person, Duration time) const {
        const safety::MarkKey& key = *keys_.current();
        return {{key.number, key.mark(person.device), key.mark(person.prefix)}, now + time};
    }
    void answer_report(std::uint64_t ticket, std::optional<safety::ReportId> report) {
        lobby_.handle_report_kept(now, ticket, report);
        collect();
    }
    [[nodiscard]] safety::ReportId next_report() { return safety::ReportId(++last_report_); }

    /// A fresh connection, not yet greeted.
    ConnectionId connection() { return ConnectionId(++last_connection_); }
    void send(ConnectionId from, Command command) {
        lobby_.handle_input(now, from, std::move(command));
        collect();
    }
    void pass(Duration time) {
        const Instant end = now + time;
        for (auto due = lobby_.poll_timeout(); due && *due <= end; due = lobby_.poll_timeout()) {
            now = std::max(now, *due);
            lobby_.handle_timeout(now);
            collect();
        }
        now = end;
        lobby_.handle_timeout(now);
        collect();
    }
    /// A new session, its welcome taken.
    ConnectionId enter() { return enter_as({}); }
    ConnectionId enter_as(const safety::Person& person) {
        const ConnectionId page = connection();
        send(page, HelloCommand{person});
        const auto welcome = take<WelcomeEvent>(page);
        sessions_[page] = welcome.session;
        tokens_[page] = welcome.token;
        return page;
    }
    void lose(ConnectionId page) { send(page, DetachCommand{sessions_[page], std::make_unique<Ledger>()}); }
    /// Comes back with the newest token the page was given; the welcome stays to be taken.
    ConnectionId come_back(ConnectionId page, std::optional<Have> have = {}) {
        const ConnectionId again = connection();
        sessions_[again] = sessions_[page];
        send(again, resume_command(page, have));
        return again;
    }
    ResumeCommand resume_command(ConnectionId page, std::optional<Have> have = {}) {
        const TokenGrant& token = tokens_[page];
        return {sessions_[page], token.number, epochs_[page], token.call, have, token.blocked, token.blocked_by, {}};
    }
    /// The server dies and starts again: sessions and calls are gone, the pages have their tokens.
    void restart() {
        Bytes8 epoch = config_.epoch.value();
        ++epoch[0];
        config_.epoch = Epoch(epoch);
        lobby_ = Lobby(config_, rng_);
        events_.clear();
        keep_record();
    }

    /// The page's next event, which must be a T.
    template <typename T>
    T take(ConnectionId page) {
        auto& queue = events_[page];
        if (queue.empty()) {
            ADD_FAILURE() << "no event";
            return {};
        }
        Event::Body body = std::move(queue.front());
        queue.pop_front();
        if (T* const event = std::get_if<T>(&body)) return std::move(*event);
        ADD_FAILURE() << "another event, number " << body.index() << " of Event::Body";
        return {};
    }
    [[nodiscard]] bool is_quiet(ConnectionId page) { return events_[page].empty(); }
    void drain() { events_.clear(); }

    /// Seeks in room 0 and takes `waiting`.
    ConnectionId enter_waiting(Preferences prefs = {}) {
        const ConnectionId page = enter();
        send(page, SeekCommand{RoomIndex(0), prefs});
        take<WaitingEvent>(page);
        return page;
    }
    struct Pair {
        ConnectionId a;
        ConnectionId b;
        CallId call;
    };
    /// Two new sessions that have been matched in room 0.
    Pair match() {
        Pair pair{enter_waiting(), enter(), {}};
        send(pair.b, SeekCommand{RoomIndex(0), {}});
        pair.call = take<MatchedEvent>(pair.a).call;
        EXPECT_EQ(take<MatchedEvent>(pair.b).call, pair.call);
        return pair;
    }
    /// Both accept; tokens and `accepted` are taken.
    void accept_both(const Pair& pair) {
        send(pair.a, AcceptCommand{pair.call, "intro a"});
        send(pair.b, AcceptCommand{pair.call, "intro b"});
        for (const ConnectionId page : {pair.a, pair.b}) {
            take<TokenEvent>(page);
            EXPECT_EQ(take<AcceptedEvent>(page).intro, page == pair.a ? "intro b" : "intro a");
        }
    }
    Pair live() {
        const Pair pair = match();
        accept_both(pair);
        return pair;
    }
    [[nodiscard]] Lobby& lobby() { return lobby_; }
    [[nodiscard]] Epoch epoch() const { return config_.epoch; }
    [[nodiscard]] SessionId session(ConnectionId page) { return sessions_[page]; }
    [[nodiscard]] TokenGrant& token(ConnectionId page) { return tokens_[page]; }

private:
    void collect() {
        while (auto report = lobby_.poll_report()) {
            filed.push_back(*std::move(report));
            if (!answers_reports) continue;
            const auto kept = keeps_reports ? std::optional(next_report()) : std::nullopt;
            lobby_.handle_report_kept(now, filed.back().ticket, kept);
        }
        while (auto event = lobby_.poll_event()) {
            if (const auto* const token = std::get_if<TokenEvent>(&event->body)) take_token(event->to, token->token);
            if (const auto* const hello = std::get_if<WelcomeEvent>(&event->body)) take_token(event->to, hello->token);
            events_[event->to].push_back(std::move(event->body));
        }
    }

    void take_token(ConnectionId page, const TokenGrant& token) {
        tokens_[page] = token;
        epochs_[page] = config_.epoch;
    }

    LobbyConfig config_;
    SeededRng rng_;
    safety::KeyRing keys_;
    Lobby lobby_;
    std::int64_t last_report_ = 0;
    std::uint64_t last_connection_ = 0;
    std::map<ConnectionId, std::deque<Event::Body>> events_;
    std::map<ConnectionId, SessionId> sessions_;
    std::map<ConnectionId, TokenGrant> tokens_;
    std::map<ConnectionId, Epoch> epochs_; // in which the token was given
};

} // namespace vv::lobby
