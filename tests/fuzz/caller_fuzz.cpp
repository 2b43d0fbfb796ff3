// A server's messages, and a person's wishes, against a caller: whatever is said, what
// the caller says is a JSON object of a type that the protocol has, one WebSocket is
// open at a time, and its deadlines come to rest. Nothing of a private call goes out
// in plain, nor a stranger's body once the two have keys; and no counter seals twice.
//
// The input is lines. "{…}" and whatever begins with no letter of these is a message of
// the server, in which @call@ stands for the call that this end is in, @epoch@ for the
// life of the server that was told last, @noise@ for a message 1 by somebody who holds
// the link's key, @answer@ for their message 2 and @body@ for a body that they have
// sealed. "s" seeks and "o" opens ("sh", "oh": with the address hidden), "a" accepts,
// "d" declines, "l" leaves, "n" goes on, "t" tells a body, "p" the path stands, "q" it
// is broken, "c" asks whether the server is there, "f" fails, "v" asks for servers, "k"
// runs the safety code, "x4002" closes the connection, "+30" lets seconds pass.
#include "base/assert.h"
#include "base/bytes.h"
#include "base/encoding.h"
#include "base/overloaded.h"
#include "base/rng.h"
#include "caller/client.h"
#include "caller/code_run.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

using namespace vv;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kLinesMax = 200;
constexpr std::size_t kTimeoutsMax = 100'000;
constexpr caller::LinkKey kKey{1, 2, 3};
constexpr const char* kHost = "talk.example.org";

/// What the corpus must get to between its inputs, or it would prove little.
struct Reached {
    const char* what = "";
    bool yes = false;
};
std::array g_reached{Reached{"a welcome"},
                     Reached{"somebody in a room"},
                     Reached{"somebody by a private link"},
                     Reached{"a connection to begin"},
                     Reached{"a body that is heard"},
                     Reached{"a resume"},
                     Reached{"a sealed body of a private call"},
                     Reached{"a sealed body among strangers"},
                     Reached{"a refused code"}};
enum Goal : std::uint8_t { kOnline, kCard, kJoined, kBegun, kBody, kResumed, kSealed, kStrangersSealed, kCodeRefused };

void replace(std::string& text, std::string_view mark, const std::string& value) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
        text.replace(at, mark.size(), value);
}

class World {
public:
    World() : client_({kHost, {}}, rng_) {
        client_.start(now_);
        drain();
    }

    void carry_out_line(std::string_view line) {
        const std::string_view rest = line.substr(1);
        switch (line.front()) {
        case 's':
            is_private_ = false;
            client_.seek(now_, "ta", {{}, rest.starts_with('h')});
            break;
        case 'o':
            is_private_ = true;
            client_.open(now_, kKey, {1}, {{}, rest.starts_with('h')});
            break;
        case 'a':
            client_.accept({"sha-256 4A:AD", "u", "p", "v=0"});
            break;
        case 'd':
            client_.decline();
            break;
        case 'l':
            client_.leave(now_);
            break;
        case 'n':
            client_.next(now_);
            break;
        case 't':
            if (client_.tell(caller::OfferBody{std::string(rest.substr(0, 100)), 1, false})) ++told_;
            break;
        case 'p':
        case 'q':
            client_.handle_path(now_, line.front() == 'p');
            break;
        case 'c':
            client_.check(now_);
            break;
        case 'f':
            client_.fail(now_);
            break;
        case 'v':
            (void)client_.ask_servers();
            (void)client_.ask_probe();
            break;
        case 'k':
            run_code(rest);
            break;
        case 'x':
            if (std::exchange(is_connected_, false))
                client_.handle_closed(now_, static_cast<std::uint16_t>(number(rest)));
            break;
        case '+':
            pass(std::chrono::seconds(number(rest)));
            break;
        default:
            hear(std::string(line));
        }
        drain();
    }

    /// Once it has stopped nothing more is due.
    void expect_rest() {
        pass(10min);
        client_.stop(now_);
        drain();
        VV_ASSERT(!client_.poll_timeout() && !is_connected_);
    }

private:
    static std::size_t number(std::string_view text) {
        std::size_t value = 0;
        std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 4), value);
        return value;
    }

    void hear(std::string text) {
        if (!is_connected_) return;
        replace(text, "@call@", client_.call());
        replace(text, "@epoch@", epoch_);
        if (text.find("@noise@") != std::string::npos) {
            other_.emplace(kKey, kHost, rng_, R"({"v":1,"relay_only":false})");
            replace(text, "@noise@", other_->noise());
        }
        if (other_ && text.find("@answer@") != std::string::npos) {
            if (other_->handle_knock(noise_))
                replace(text, "@answer@", other_->answer(R"({"v":1,"sdp":"v=0"})").value_or("AAAA"));
        }
        if (other_ && other_->is_open() && text.find("@body@") != std::string::npos)
            replace(text, "@body@", other_->seal(client_.call(), R"({"kind":"answer","sdp":"v=0"})"));
        client_.handle_text(now_, text);
    }

    // Both ends of it, with a word of the input in the place of one of the partner's.
    void run_code(std::string_view word) {
        caller::CodeRun own({1}, {2}, rng_);
        caller::CodeRun partner({2}, {1}, rng_);
        bool is_told = word.empty();
        for (int i = 0; i < 5; ++i) {
            while (const auto event = own.poll_event()) {
                if (const auto* said = std::get_if<caller::CodeMessage>(&*event)) partner.handle(*said, 0);
                if (std::holds_alternative<caller::CodeAgreed>(*event))
                    client_.handle_code_agreed(own.agreed().value());
                if (const auto* done = std::get_if<caller::CodeDone>(&*event)) {
                    const bool in_call =
                        client_.phase() == caller::Phase::kConnecting || client_.phase() == caller::Phase::kConnected;
                    if (in_call && !plain_up_to_) plain_up_to_ = told_;
                    client_.handle_code_done(done->taken);
                }
                reach(kCodeRefused, std::holds_alternative<caller::CodeRefused>(*event));
                if (std::holds_alternative<caller::CodeSealed>(*event)) client_.handle_code_sealed();
            }
            while (const auto event = partner.poll_event()) {
                const auto* said = std::get_if<caller::CodeMessage>(&*event);
                if (said == nullptr) continue;
                const auto read = is_told ? std::nullopt : caller::parse_code_message(word);
                is_told = is_told || read;
                own.handle(read ? *read : *said, client_.taken());
            }
        }
    }

    void pass(Duration time) {
        const Instant end = now_ + time;
        for (std::size_t i = 0; i < kTimeoutsMax; ++i) {
            const auto due = client_.poll_timeout();
            now_ = due && *due < end ? std::max(*due, now_) : end;
            client_.handle_timeout(now_);
            drain();
            if (now_ >= end) return;
        }
        VV_ASSERT(false && "timers never come to rest");
    }

    void drain() {
        while (const auto command = client_.poll_command()) {
            std::visit(Overloaded{
                           [&](const caller::Connect&) {
                               VV_ASSERT(!is_connected_);
                               is_connected_ = true;
                           },
                           [&](const caller::SendText& send) { check(send.text); },
                           [&](const caller::Disconnect&) {
                               VV_ASSERT(is_connected_);
                               is_connected_ = false;
                           },
                       },
                       *command);
        }
        while (const auto event = client_.poll_event()) {
            if (const auto* online = std::get_if<caller::Online>(&*event)) {
                reach(kOnline);
                epoch_ = online->welcome.epoch;
                reach(kResumed, online->welcome.resumed);
            }
            if (const auto* met = std::get_if<caller::Met>(&*event)) {
                reach(met->kind == lobby::CallKind::kRoom ? kCard : kJoined);
                told_ = 0;
                plain_up_to_.reset();
                sealed_.clear();
            }
            reach(kBegun, std::holds_alternative<caller::Begun>(*event));
            reach(kBody, std::holds_alternative<caller::BodyHeard>(*event));
        }
    }

    static void reach(Goal goal, bool yes = true) {
        if (yes) g_reached.at(goal).yes = true;
    }

    void check(const std::string& text) {
        VV_ASSERT(is_connected_);
        const auto message = nlohmann::json::parse(text, nullptr, false);
        VV_ASSERT(message.is_object() && message.contains("type"));
        const std::string type = message["type"];
        VV_ASSERT(std::ranges::find(lobby::kClientTypeNames, type) != lobby::kClientTypeNames.end());
        if (type == "open") noise_ = message["noise"];
        if (type == "relay") check_body(message["id"], message["body"]);
        if (type == "accept") VV_ASSERT(!is_private_ || !std::string(message["intro"]).starts_with('{'));
    }

    void check_body(std::uint64_t id, const std::string& body) {
        if (body.starts_with('{')) {
            VV_ASSERT(!is_private_);
            // Those told before are told again as they were, where the server has begun a new life.
            VV_ASSERT(!plain_up_to_ || id <= *plain_up_to_);
            return;
        }
        const auto bytes = base64url_decode(body);
        VV_ASSERT(bytes);
        const auto counter = ByteReader(*bytes).read_u64();
        VV_ASSERT(counter);
        const auto [known, is_new] = sealed_.try_emplace(*counter, body);
        VV_ASSERT(is_new || known->second == body);
        reach(is_private_ ? kSealed : kStrangersSealed);
    }

    Instant now_{1h};
    SeededRng rng_{42};
    caller::Client client_;
    std::optional<caller::Door> other_;
    std::string noise_;
    std::string epoch_;
    bool is_connected_ = false;
    bool is_private_ = false; // what is wished for
    // Of this call:
    std::uint64_t told_ = 0;                      // bodies, by their numbers
    std::optional<std::uint64_t> plain_up_to_;    // nothing: no keys yet
    std::map<std::uint64_t, std::string> sealed_; // by their counters
};

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the names that libFuzzer and replay.cpp call
extern "C" const char* fuzz_corpus_misses() {
    const auto missed = std::ranges::find(g_reached, false, &Reached::yes);
    return missed == g_reached.end() ? nullptr : missed->what;
}

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    World world;
    std::string_view text = as_text({data, size});
    for (std::size_t i = 0; i < kLinesMax && !text.empty(); ++i) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!line.empty()) world.carry_out_line(line);
    }
    world.expect_rest();
    return 0;
}
