// Three people's messages against the whole signaling server, sockets left out:
// connections, lobby, tokens. Whatever they say, every answer is a JSON object,
// and once all are gone and time has passed nothing of them is left.
//
// The input is lines. "0{…}" to "2{…}" is a message of one of the three, in which @call@
// stands for the call that was told of last; "-1" takes that person's connection away
// (the next message opens a new one), "+30" lets seconds pass, "!1" bans some of those who
// were reported and "!0" lifts all bans.
#include "base/encoding.h"
#include "lobby/lobby.h"
#include "signal/connection.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace vv;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kPeople = 3;
constexpr std::size_t kLinesMax = 200;
constexpr std::size_t kTimeoutsMax = 100'000;
constexpr std::string_view kCallMark = "@call@";
constexpr std::array<std::uint8_t, 32> kStateKey{1, 2, 3};

// A point on the curve takes long to make, so one serves all; sessions differ by their identifiers. Each person has a
// device, and keeps it over connections.
std::string hello(std::size_t person) {
    static const std::string key = [] {
        std::array<std::uint8_t, crypto::kP256PrivateKeySize> scalar{};
        scalar.back() = 7;
        return base64url_encode(crypto::P256Signer::from_private_key(scalar).value().public_key());
    }();
    const ByteBuffer device(16, static_cast<std::uint8_t>(person));
    return R"({"type":"hello","version":1,"key":")" + key + R"(","device":")" + base64url_encode(device) + R"("})";
}

const signal::Settings& settings() {
    static const signal::Settings all = [] {
        signal::Settings settings;
        settings.topics = {"music", "films"};
        settings.rooms = lobby::RoomList::from_tags(std::vector<std::string>{"ta", "pt-BR"}).value();
        settings.ice_urls = {"stun:192.0.2.1:3478", "turn:192.0.2.1:3478"};
        settings.turn_secret = "secret";
        return settings;
    }();
    return all;
}

const signal::TokenSealer& sealer() {
    static const signal::TokenSealer one(kStateKey);
    return one;
}

class World {
public:
    World() : lobby_(lobby_config(), rng_) {
        keys_.turn(wall_, 720h, rng_);
        lobby_.handle_record(now_, {keys_, {}, {}});
    }

    void say(std::size_t person, std::string text) {
        Person& someone = people_[person];
        if (!someone.connection) open(someone);
        if (!someone.connection) return; // its hello was refused
        for (auto at = text.find(kCallMark); at != std::string::npos; at = text.find(kCallMark, at + call_.size())) {
            text.replace(at, kCallMark.size(), call_);
        }
        someone.connection->handle_text(now_, wall_, text, out_);
        carry_out(someone);
    }

    void cut(std::size_t person) {
        if (people_[person].connection) close(people_[person]);
    }

    /// The operator bans, for a minute, everybody who has been reported an odd number of times; or lifts all bans.
    void decide(bool bans) {
        std::vector<safety::Ban> banned;
        for (std::size_t i = 0; bans && i < filed_.size(); i += 2)
            banned.push_back({filed_[i], now_ + 1min});
        lobby_.handle_record(now_, {keys_, std::move(banned), {safety::ReportId(1)}});
        deliver();
    }

    void pass(std::chrono::seconds time) {
        const Instant end = now_ + time;
        for (std::size_t i = 0; i < kTimeoutsMax; ++i) {
            Instant next = end;
            if (const auto due = lobby_.poll_timeout()) next = std::min(next, *due);
            for (const auto& person : people_) {
                const auto due = person.connection ? person.connection->poll_timeout() : std::nullopt;
                if (due) next = std::min(next, *due);
            }
            advance_to(std::max(next, now_));
            if (next >= end) return;
        }
        VV_ASSERT(false && "timers never come to rest");
    }

    void expect_nothing_left() {
        for (std::size_t i = 0; i < kPeople; ++i)
            cut(i);
        pass(24h);
        const lobby::LobbyStats left = lobby_.stats();
        VV_ASSERT(left.sessions == 0 && left.calls == 0 && left.held_bytes == 0);
        VV_ASSERT(left.waiting == 0 && left.waiting_private == 0 && left.timers == 0);
    }

private:
    struct Person {
        lobby::ConnectionId id;
        lobby::PrefixLimits::Lease lease;
        std::unique_ptr<signal::Connection> connection;
    };

    static lobby::LobbyConfig lobby_config() {
        lobby::LobbyConfig config;
        config.rooms = settings().rooms.size();
        config.cooldowns.people = 1; // three people are not many
        return config;
    }

    void open(Person& person) {
        const IpAddress address = IpAddress::v4(0xC0000207 + static_cast<std::uint32_t>(&person - people_.data()));
        const auto lease = prefixes_.open(now_, address);
        VV_ASSERT(lease);
        person.lease = *lease;
        person.id = lobby::ConnectionId(++last_id_);
        person.connection = std::make_unique<signal::Connection>(context_, person.lease, address, "visavis.test");
        person.connection->handle_open(now_, out_);
        carry_out(person);
        if (!person.connection) return;
        person.connection->handle_text(now_, wall_, hello(static_cast<std::size_t>(&person - people_.data())), out_);
        carry_out(person);
    }

    void close(Person& person) {
        person.connection->handle_closed(now_, out_);
        VV_ASSERT(out_.texts.empty());
        post(person.id);
        prefixes_.close(now_, person.lease);
        person.connection.reset();
        deliver();
    }

    void carry_out(Person& person) {
        for (const std::string& text : out_.texts)
            check(text);
        const bool closing = out_.close.has_value();
        post(person.id);
        if (closing) close(person);
        deliver();
    }

    void post(lobby::ConnectionId from) {
        for (auto& command : std::exchange(out_.commands, {}))
            lobby_.handle_input(now_, from, std::move(command));
        out_.clear();
    }

    void deliver() {
        while (auto report = lobby_.poll_report()) {
            VV_ASSERT(count_characters(report->note) <= signal::kNoteCharactersMax);
            filed_.push_back(report->meant);
            const auto number = static_cast<std::int64_t>(filed_.size());
            // Every fourth is not kept.
            lobby_.handle_report_kept(now_, report->ticket,
                                      number % 4 == 0 ? std::nullopt : std::optional(safety::ReportId(number)));
        }
        while (auto event = lobby_.poll_event()) {
            const auto to = std::ranges::find_if(
                people_, [&](const Person& person) { return person.connection && person.id == event->to; });
            if (to == people_.end()) continue;
            to->connection->handle_lobby_event(now_, wall_, std::move(*event), out_);
            carry_out(*to);
        }
    }

    void check(const std::string& text) {
        const auto message = nlohmann::json::parse(text, nullptr, false);
        VV_ASSERT(message.is_object() && message.contains("type"));
        VV_ASSERT(is_valid_utf8(as_bytes(text)));
        if (message.contains("call") && message["call"].is_string()) call_ = message["call"];
    }

    void advance_to(Instant next) {
        wall_ += std::chrono::duration_cast<WallClock::duration>(next - start_) -
                 std::chrono::duration_cast<WallClock::duration>(now_ - start_);
        now_ = next;
        lobby_.handle_timeout(now_);
        deliver();
        for (auto& person : people_) {
            if (!person.connection) continue;
            person.connection->handle_timeout(now_, out_);
            carry_out(person);
        }
    }

    const Instant start_{1h};
    Instant now_ = start_;
    WallTime wall_{1'800'000'000s};
    SeededRng rng_{42};
    safety::KeyRing keys_;
    std::vector<safety::Marks> filed_;
    lobby::PrefixLimits prefixes_{lobby::PrefixLimitsConfig::defaults()};
    signal::ConnectionContext context_{settings(), sealer(), prefixes_, rng_};
    lobby::Lobby lobby_;
    std::array<Person, kPeople> people_;
    std::uint64_t last_id_ = 0;
    signal::Output out_;
    std::string call_ = "0.AAAAAAAAAAAAAAAAAAAAAA";
};

std::size_t number(std::string_view text) {
    std::size_t value = 0;
    std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 4), value);
    return value;
}

void carry_out_line(World& world, std::string_view line) {
    const std::string_view rest = line.substr(1);
    if (line.front() == '!') {
        world.decide(number(rest) % 2 == 1);
    } else if (line.front() == '+') {
        world.pass(std::chrono::seconds(number(rest)));
    } else if (line.front() == '-') {
        world.cut(number(rest) % kPeople);
    } else {
        world.say(static_cast<unsigned char>(line.front()) % kPeople, std::string(rest));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    World world;
    std::string_view text = as_text({data, size});
    for (std::size_t i = 0; i < kLinesMax && !text.empty(); ++i) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!line.empty()) carry_out_line(world, line);
    }
    world.expect_nothing_left();
    return 0;
}
