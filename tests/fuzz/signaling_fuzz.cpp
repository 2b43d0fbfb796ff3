// Three people's messages against the whole signaling server, sockets left out:
// connections, lobby, tokens. Whatever they say, every answer is a JSON object,
// and once all are gone and time has passed nothing of them is left.
//
// The input is lines. "0{…}" to "2{…}" is a message of one of the three, in which @call@
// stands for the call that was told of last; "-1" takes that person's connection away
// (the next message opens a new one), "~01null" opens a new one for 0 on which the session of 1 is resumed, by the last
// token it was given and with a proof under its key, and with what follows as "have"; "+30" lets seconds pass, "!1"
// bans some of those who were reported and "!0" lifts all bans.
#include "base/encoding.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"
#include "lobby/lobby.h"
#include "signal/connection.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
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

constexpr std::string_view kHost = "visavis.test";

/// What the corpus must get to between its inputs, or it would prove nothing of coming back.
struct Reached {
    const char* what = "";
    bool yes = false;
};
std::array g_reached{Reached{"a session that is resumed"}, Reached{"a call that goes on after it"},
                     Reached{"a connection that another takes over"}, Reached{"a resume that is refused"}};
enum Goal : std::uint8_t { kResumed, kCallResumed, kSuperseded, kResumeRefused };
void reach(Goal goal, bool yes = true) {
    if (yes) g_reached.at(goal).yes = true;
}

// A point on the curve takes long to make, so one serves all; sessions differ by their identifiers.
const crypto::P256Signer& signer() {
    static const crypto::P256Signer one = [] {
        std::array<std::uint8_t, crypto::kP256PrivateKeySize> scalar{};
        scalar.back() = 7;
        return crypto::P256Signer::from_private_key(scalar).value();
    }();
    return one;
}

// Each person has a device, and keeps it over connections. more: further fields, each behind a comma.
std::string hello(std::size_t person, const std::string& more) {
    static const std::string key = base64url_encode(signer().public_key());
    const ByteBuffer device(16, static_cast<std::uint8_t>(person));
    return R"({"type":"hello","version":1,"key":")" + key + R"(","device":")" + base64url_encode(device) + "\"" + more +
           "}";
}

// The fields of a hello by which a session is resumed (docs/protocol.md).
std::string resumption(const std::string& nonce, const std::string& token, std::string_view have) {
    const std::string zero(1, '\0');
    const std::string text = "visavis/1 resume" + zero + std::string(kHost) + zero;
    ByteBuffer proven(text.begin(), text.end());
    const auto drawn = base64url_decode(nonce).value();
    proven.insert(proven.end(), drawn.begin(), drawn.end());
    const auto digest = crypto::sha256(as_bytes(token));
    proven.insert(proven.end(), digest.begin(), digest.end());
    return R"(,"resume":")" + token + R"(","proof":")" + base64url_encode(signer().sign(proven)) + R"(","have":)" +
           std::string(have);
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
        if (!someone.connection) open(someone, {});
        if (!someone.connection) return; // its hello was refused
        for (auto at = text.find(kCallMark); at != std::string::npos; at = text.find(kCallMark, at + call_.size())) {
            text.replace(at, kCallMark.size(), call_);
        }
        someone.connection->handle_text(now_, wall_, text, out_);
        carry_out(someone);
    }

    /// One whose token is not known yet comes as somebody new. have: JSON, or what an input has for it.
    void come_back(std::size_t person, std::size_t owner, std::string_view have) {
        cut(person);
        open(people_[person], [this, owner, have](const std::string& nonce) {
            const std::string& token = people_[owner].token;
            return token.empty() ? std::string() : resumption(nonce, token, have.empty() ? "null" : have);
        });
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
        std::string nonce; // of the last challenge
        std::string token; // the last one told
    };

    static lobby::LobbyConfig lobby_config() {
        lobby::LobbyConfig config;
        config.rooms = settings().rooms.size();
        config.cooldowns.people = 1; // three people are not many
        return config;
    }

    // more: further fields of the hello, from the nonce; nothing: none.
    void open(Person& person, const std::function<std::string(const std::string&)>& more) {
        const IpAddress address = IpAddress::v4(0xC0000207 + static_cast<std::uint32_t>(&person - people_.data()));
        const auto lease = prefixes_.open(now_, address);
        VV_ASSERT(lease);
        person.lease = *lease;
        person.id = lobby::ConnectionId(++last_id_);
        person.connection = std::make_unique<signal::Connection>(context_, person.lease, address, kHost);
        person.connection->handle_open(now_, out_);
        carry_out(person);
        if (!person.connection) return;
        const std::string text =
            hello(static_cast<std::size_t>(&person - people_.data()), more ? more(person.nonce) : std::string());
        person.connection->handle_text(now_, wall_, text, out_);
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
            check(person, text);
        const bool closing = out_.close.has_value();
        if (closing) reach(kSuperseded, out_.close->code == signal::CloseCode::kSuperseded);
        if (closing) reach(kResumeRefused, out_.close->code == signal::CloseCode::kResumeRefused);
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

    void check(Person& person, const std::string& text) {
        const auto message = nlohmann::json::parse(text, nullptr, false);
        VV_ASSERT(message.is_object() && message.contains("type"));
        VV_ASSERT(is_valid_utf8(as_bytes(text)));
        if (message.contains("call") && message["call"].is_string()) call_ = message["call"];
        if (message["type"] == "challenge") person.nonce = message["nonce"];
        if (message.contains("resume") && message["resume"].is_string()) person.token = message["resume"];
        if (message["type"] == "welcome" && message["resumed"] == true) {
            reach(kResumed);
            reach(kCallResumed, message.contains("call") && !message["call"].is_null());
        }
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
    } else if (line.front() == '~' && line.size() >= 3) {
        world.come_back(static_cast<unsigned char>(line[1]) % kPeople, static_cast<unsigned char>(line[2]) % kPeople,
                        line.substr(3));
    } else if (line.front() == '-') {
        world.cut(number(rest) % kPeople);
    } else {
        world.say(static_cast<unsigned char>(line.front()) % kPeople, std::string(rest));
    }
}

} // namespace

// Read by replay.cpp once the whole corpus has been through.
extern "C" const char* fuzz_corpus_misses() {
    const auto missed = std::ranges::find(g_reached, false, &Reached::yes);
    return missed != g_reached.end() ? missed->what : nullptr;
}

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
