// For tests: the whole signaling server in one thread and virtual time: lobby,
// connections, and pages that speak JSON to them.
#pragma once

#include "base/encoding.h"
#include "base/rng.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"
#include "lobby/lobby.h"
#include "signal/connection.h"
#include "signal/resume_token.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vv::signal {

using Json = nlohmann::json;

/// The page's end: its key, and what it has been told.
struct TestPage {
    crypto::P256Signer signer = crypto::P256Signer::generate();
    std::uint64_t connection = 0;
    std::string nonce;
    std::string token;
    std::string session;
};

/// Regions whose relays work.
class TestRegions final : public RegionHealth {
public:
    std::set<std::size_t> up;
    std::set<std::size_t> doubted;
    bool own_up = true;
    [[nodiscard]] bool is_up(std::size_t region) const override { return up.contains(region); }
    [[nodiscard]] bool is_own_up() const override { return own_up; }
    void look_again(std::size_t region) override { doubted.insert(region); }
};

class TestServer {
public:
    static constexpr const char* kHost = "talk.example.org";
    inline static const IpAddress kSomewhere = IpAddress::v4(0xC0000201); // 192.0.2.1

    explicit TestServer(Settings settings = default_settings(), lobby::PrefixLimitsConfig prefixes = roomy())
        : settings_(std::move(settings)),
          sealer_(settings_.state_key),
          prefixes_(prefixes) {
        lobby_ = std::make_unique<lobby::Lobby>(lobby_config(), rng_);
        keys_.turn(wall, std::chrono::hours(720), rng_);
        lobby_->handle_record(now, {keys_, {}, {}});
    }

    static Settings default_settings() {
        Settings settings;
        settings.epoch = lobby::Epoch({1, 2, 3, 4, 5, 6, 7, 8});
        settings.state_key.fill(7);
        settings.topics = {"music", "cooking", "films", "travel", "games", "books"};
        settings.ice_urls = {"stun:198.51.100.1:3478", "turn:198.51.100.1:3478?transport=udp"};
        settings.turn_secret = "0123456789abcdef";
        return settings;
    }
    static lobby::PrefixLimitsConfig roomy() {
        auto config = lobby::PrefixLimitsConfig::defaults();
        config.connections = 100000;
        for (auto& rate : config.rates)
            rate = per_second(1'000'000, 1'000'000'000);
        return config;
    }

    Instant now{std::chrono::hours(1)};
    WallTime wall{std::chrono::seconds(1'790'000'000)};
    /// Reports that were filed; each is kept at once.
    std::vector<lobby::FiledReport> filed;
    /// Commands held back, as if the lobby's thread were slow.
    bool lobby_is_slow = false;
    /// Events held back on their way from the lobby's thread; flushed by deliver_events().
    bool events_are_slow = false;

    /// A WebSocket; the challenge waits in its inbox.
    std::uint64_t connect(const IpAddress& from = kSomewhere) {
        const std::uint64_t id = ++last_connection_;
        Wire& wire = wires_[id];
        wire.lease = prefixes_.open(now, from).value();
        wire.machine = std::make_unique<Connection>(context_, wire.lease, from, kHost);
        with(id, [&](Connection& machine, Output& out) { machine.handle_open(now, out); });
        return id;
    }
    void send_text(std::uint64_t id, std::string_view text) {
        with(id, [&](Connection& machine, Output& out) { machine.handle_text(now, wall, text, out); });
    }
    void send(std::uint64_t id, const Json& message) { send_text(id, message.dump()); }
    /// The socket breaks.
    void cut(std::uint64_t id) {
        if (!wires_[id].machine) return;
        Output out;
        wires_[id].machine->handle_closed(now, out);
        take_output(id, wires_[id], out);
        prefixes_.close(now, wires_[id].lease);
        wires_[id].machine.reset();
        if (!lobby_is_slow) run_lobby();
    }
    void stop() {
        for (auto& [id, wire] : wires_) {
            with(id, [&](Connection& machine, Output& out) { machine.handle_going_away(now, 5s, out); });
        }
    }
    void pass(Duration time) {
        const Instant end = now + time;
        while (const auto due = next_deadline(end))
            step_to(*due);
        step_to(end);
    }
    /// The process ends and starts again with the same state key.
    void restart() {
        for (auto& [id, wire] : wires_)
            wire.machine.reset();
        auto epoch = settings_.epoch.value();
        ++epoch[0];
        settings_.epoch = lobby::Epoch(epoch);
        lobby_ = std::make_unique<lobby::Lobby>(lobby_config(), rng_);
        lobby_->handle_record(now, {keys_, {}, {}});
        commands_.clear();
        events_.clear();
    }
    void run_lobby() {
        while (!commands_.empty()) {
            auto [from, command] = std::move(commands_.front());
            commands_.pop_front();
            lobby_->handle_input(now, from, std::move(command));
            collect_events();
        }
    }
    void deliver_events() {
        while (!events_.empty()) {
            lobby::Event event = std::move(events_.front());
            events_.pop_front();
            const std::uint64_t id = event.to.value();
            Wire& wire = wires_[id];
            if (!wire.machine) continue;
            Output out;
            wire.machine->handle_lobby_event(now, wall, std::move(event), out);
            take_output(id, wire, out);
        }
    }

    /// The next message, which must be of this type; an empty object if it is not.
    Json take(std::uint64_t id, std::string_view type) {
        auto& inbox = wires_[id].inbox;
        if (inbox.empty()) {
            ADD_FAILURE() << "no message, wanted " << type;
            return Json::object();
        }
        Json message = std::move(inbox.front());
        inbox.pop_front();
        EXPECT_EQ(message.at("type"), type) << message.dump();
        return message;
    }
    Json take_error(std::uint64_t id, std::string_view code) {
        Json message = take(id, "error");
        EXPECT_EQ(message.value("code", ""), code) << message.dump();
        return message;
    }
    [[nodiscard]] bool is_quiet(std::uint64_t id) { return wires_[id].inbox.empty(); }
    [[nodiscard]] std::size_t waiting_messages(std::uint64_t id) { return wires_[id].inbox.size(); }
    [[nodiscard]] std::optional<CloseCode> closed(std::uint64_t id) { return wires_[id].closed; }
    /// Neither closed nor cut.
    [[nodiscard]] bool stands(std::uint64_t id) { return wires_[id].machine && !wires_[id].closed; }
    [[nodiscard]] Connection& machine(std::uint64_t id) { return *wires_[id].machine; }
    /// Any next message; nothing if there is none.
    std::optional<Json> take_any(std::uint64_t id) {
        auto& inbox = wires_[id].inbox;
        if (inbox.empty()) return std::nullopt;
        Json message = std::move(inbox.front());
        inbox.pop_front();
        return message;
    }
    /// Forgets a connection that was cut or closed.
    void forget(std::uint64_t id) { wires_.erase(id); }
    void forget_inbox(std::uint64_t id) { wires_[id].inbox.clear(); }

    /// A page with a session of its own.
    std::unique_ptr<TestPage> enter(const IpAddress& from = kSomewhere) {
        auto page = std::make_unique<TestPage>();
        open(*page, from);
        send(page->connection, hello(*page));
        take_welcome(*page);
        return page;
    }
    void open(TestPage& page, const IpAddress& from = kSomewhere) {
        page.connection = connect(from);
        page.nonce = take(page.connection, "challenge").at("nonce");
    }
    static Json hello(const TestPage& page) {
        return {{"type", "hello"}, {"version", 1}, {"key", base64url_encode(page.signer.public_key())}};
    }
    static Json resume_hello(const TestPage& page, const Json& have = nullptr) {
        Json message = hello(page);
        message["resume"] = page.token;
        message["proof"] = base64url_encode(page.signer.sign(proof_input(page, kHost)));
        message["have"] = have;
        return message;
    }
    static ByteBuffer proof_input(const TestPage& page, std::string_view host) {
        const std::string zero(1, '\0');
        std::string text = "visavis/1 resume" + zero + std::string(host) + zero;
        const auto nonce = base64url_decode(page.nonce).value();
        const auto token = crypto::sha256(as_bytes(page.token));
        ByteBuffer bytes(text.begin(), text.end());
        bytes.insert(bytes.end(), nonce.begin(), nonce.end());
        bytes.insert(bytes.end(), token.begin(), token.end());
        return bytes;
    }
    Json take_welcome(TestPage& page) {
        Json welcome = take(page.connection, "welcome");
        page.token = welcome.value("resume", "");
        page.session = welcome.value("session", "");
        return welcome;
    }
    /// Reconnects with the token the page has; answers the welcome.
    Json come_back(TestPage& page, const Json& have = nullptr) {
        open(page);
        send(page.connection, resume_hello(page, have));
        return take_welcome(page);
    }
    Json take_token(TestPage& page) {
        Json message = take(page.connection, "token");
        page.token = message.value("resume", "");
        return message;
    }
    static Json prefs() { return {{"media", "video"}, {"need", "any"}}; }

    [[nodiscard]] Settings& settings() { return settings_; }
    [[nodiscard]] TestRegions& regions() { return regions_; }
    [[nodiscard]] const TokenSealer& sealer() const { return sealer_; }
    [[nodiscard]] lobby::Lobby& lobby() { return *lobby_; }
    [[nodiscard]] Rng& rng() { return rng_; }
    [[nodiscard]] std::string epoch() const { return base64url_encode(settings_.epoch.value()); }

private:
    struct Wire {
        std::unique_ptr<Connection> machine;
        lobby::PrefixLimits::Lease lease;
        std::deque<Json> inbox;
        std::optional<CloseCode> closed;
    };

    [[nodiscard]] lobby::LobbyConfig lobby_config() const {
        lobby::LobbyConfig config;
        config.node = settings_.node;
        config.epoch = settings_.epoch;
        config.rooms = settings_.rooms.size();
        return config;
    }
    template <typename Handle>
    void with(std::uint64_t id, Handle handle) {
        Wire& wire = wires_[id];
        if (!wire.machine) return;
        Output out;
        handle(*wire.machine, out);
        take_output(id, wire, out);
        if (!lobby_is_slow) run_lobby();
    }
    void take_output(std::uint64_t id, Wire& wire, Output& out) {
        for (const auto& text : out.texts) {
            EXPECT_LE(text.size(), kMessageBytesMax);
            EXPECT_TRUE(is_valid_utf8(as_bytes(text)));
            wire.inbox.push_back(Json::parse(text));
        }
        for (auto& command : out.commands)
            commands_.emplace_back(lobby::ConnectionId(id), std::move(command));
        if (!out.close) return;
        EXPECT_FALSE(wire.closed) << "closed twice";
        wire.closed = out.close->code;
        Output last;
        wire.machine->handle_closed(now, last);
        EXPECT_TRUE(last.texts.empty());
        for (auto& command : last.commands)
            commands_.emplace_back(lobby::ConnectionId(id), std::move(command));
    }
    void collect_events() {
        while (auto report = lobby_->poll_report()) {
            filed.push_back(*std::move(report));
            lobby_->handle_report_kept(now, filed.back().ticket,
                                       safety::ReportId(static_cast<std::int64_t>(filed.size())));
        }
        while (auto event = lobby_->poll_event())
            events_.push_back(*std::move(event));
        if (!events_are_slow) deliver_events();
    }
    [[nodiscard]] std::optional<Instant> next_deadline(Instant end) {
        std::optional<Instant> next = lobby_->poll_timeout();
        for (auto& [id, wire] : wires_) {
            const auto due = wire.machine ? wire.machine->poll_timeout() : std::nullopt;
            if (due && (!next || *due < *next)) next = due;
        }
        if (!next || *next > end) return std::nullopt;
        return next;
    }
    void step_to(Instant when) {
        when = std::max(when, now);
        spare_ += when - now;
        wall += std::chrono::duration_cast<std::chrono::seconds>(spare_);
        spare_ %= std::chrono::seconds(1);
        now = when;
        lobby_->handle_timeout(now);
        collect_events();
        for (auto& [id, wire] : wires_)
            with(id, [&](Connection& machine, Output& out) { machine.handle_timeout(now, out); });
        if (!lobby_is_slow) run_lobby();
    }

    Settings settings_;
    SeededRng rng_{1};
    safety::KeyRing keys_;
    TokenSealer sealer_;
    lobby::PrefixLimits prefixes_;
    TestRegions regions_;
    ConnectionContext context_{settings_, sealer_, prefixes_, rng_, &regions_};
    std::unique_ptr<lobby::Lobby> lobby_;
    std::map<std::uint64_t, Wire> wires_;
    std::deque<std::pair<lobby::ConnectionId, lobby::Command>> commands_;
    std::deque<lobby::Event> events_;
    std::uint64_t last_connection_ = 0;
    Duration spare_{}; // less than a second, not yet in `wall`
};

} // namespace vv::signal
