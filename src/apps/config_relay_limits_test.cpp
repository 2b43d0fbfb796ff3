// The limits of the relay and of connections that an operator may set: what they are if nothing is said, how far they
// go, and that each reaches what it is about.
#include "apps/config_load.h"
#include "apps/config_options.h"
#include "apps/service_config.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::apps {
namespace {

using namespace std::chrono_literals;

void give(Config& config, std::string_view key, const std::string& value) {
    apply_flags(config, {{find_option(key), {value}}});
}

net::ServiceConfig described(const std::vector<std::pair<std::string_view, std::string>>& given) {
    Config config;
    give(config, "http.listen", "127.0.0.1:8080");
    give(config, "turn.listen", "127.0.0.1:3478");
    give(config, "turn.secrets", "a secret of the tests");
    for (const auto& [key, value] : given)
        give(config, key, value);
    return describe_service(config, plan_relay(config), {}, true).service;
}

struct Range {
    std::string_view key;
    std::uint64_t least;
    std::uint64_t most;
};
const std::vector<Range> kRanges = {
    {"http.handshake_seconds", 1, 3600},
    {"http.first_message_seconds", 1, 3600},
    {"turn.permissions_per_allocation", 1, 1024},
    {"turn.channels_per_allocation", 1, 1024},
    {"turn.new_peers_per_allocation", 1, 1'000'000},
    {"turn.consent_checks_per_peer", 1, 1000},
    {"turn.consent_checks_per_allocation", 1, 10'000},
    {"turn.consent_closed_peers", 1, 256},
    {"turn.consent_seconds", 10, 3600},
    {"turn.consent_kib_per_packet", 64, 1'000'000},
    {"turn.bindings_per_address", 1, 1'000'000},
    {"turn.challenges_per_address", 1, 1'000'000},
    {"turn.guesses_per_address", 1, 1'000'000},
    {"turn.guesses_per_port", 1, 1'000'000},
    {"turn.credential_hours", 1, 8784},
    {"turn.stream_silence_seconds", 1, 3600},
    {"turn.stream_stall_seconds", 1, 3600},
    {"turn.stream_queue_kib", 96, 65'536},
};

std::string complaint(std::string_view key, std::uint64_t value) {
    Config config;
    try {
        give(config, key, std::to_string(value));
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "none";
}

TEST(RelayLimits, EachHasARange) {
    for (const Range& range : kRanges) {
        EXPECT_EQ(complaint(range.key, range.least), "none") << range.key;
        EXPECT_EQ(complaint(range.key, range.most), "none") << range.key;
        for (const std::uint64_t value : {range.least - 1, range.most + 1}) {
            const std::string expected = "'" + std::to_string(value) + "' is not a whole number from " +
                                         std::to_string(range.least) + " to " + std::to_string(range.most);
            EXPECT_NE(complaint(range.key, value).find(expected), std::string::npos)
                << range.key << ": " << complaint(range.key, value);
        }
    }
}

// What the table of options says is what the relay does by itself.
TEST(RelayLimits, AreTheRelaysOwnUnlessSaidOtherwise) {
    const auto service = described({});
    const turn::ServerConfig& turn = service.relay.value().turn;
    EXPECT_EQ(turn.peers, turn::PeerLimits{});
    EXPECT_EQ(turn.consent, turn::ConsentLimits{});
    EXPECT_EQ(turn.bindings, turn::kBindingLimit);
    EXPECT_EQ(turn.challenges, turn::kChallengeLimit);
    EXPECT_EQ(turn.guesses, turn::kGuessLimit);
    EXPECT_EQ(turn.source_guesses, turn::kSourceGuessLimit);
    EXPECT_EQ(turn.credential_ttl_max, turn::kCredentialTimeMax);
    EXPECT_EQ(service.relay->streams, net::TurnStreamLimits{});
    EXPECT_EQ(service.times.handshake, net::ConnectionTimes{}.handshake);
    EXPECT_EQ(service.times.head, net::ConnectionTimes{}.head);
    const auto told = described([] {
        std::vector<std::pair<std::string_view, std::string>> defaults;
        for (const Range& range : kRanges)
            defaults.emplace_back(range.key, find_option(range.key)->default_text);
        return defaults;
    }());
    EXPECT_EQ(told.relay->turn.peers, turn.peers);
    EXPECT_EQ(told.relay->turn.consent, turn.consent);
    EXPECT_EQ(told.relay->turn.bindings, turn.bindings);
    EXPECT_EQ(told.relay->turn.challenges, turn.challenges);
    EXPECT_EQ(told.relay->turn.guesses, turn.guesses);
    EXPECT_EQ(told.relay->turn.source_guesses, turn.source_guesses);
    EXPECT_EQ(told.relay->turn.credential_ttl_max, turn.credential_ttl_max);
    EXPECT_EQ(told.relay->streams, service.relay->streams);
    EXPECT_EQ(told.times.handshake, service.times.handshake);
    EXPECT_EQ(told.times.head, service.times.head);
}

TEST(RelayLimits, ReachWhatTheyAreAbout) {
    const auto service = described({{"http.handshake_seconds", "2"},
                                    {"http.first_message_seconds", "3"},
                                    {"turn.permissions_per_allocation", "4"},
                                    {"turn.channels_per_allocation", "5"},
                                    {"turn.new_peers_per_allocation", "6"},
                                    {"turn.consent_checks_per_peer", "7"},
                                    {"turn.consent_checks_per_allocation", "8"},
                                    {"turn.consent_closed_peers", "9"},
                                    {"turn.consent_seconds", "10"},
                                    {"turn.consent_kib_per_packet", "100"},
                                    {"turn.bindings_per_address", "11"},
                                    {"turn.challenges_per_address", "12"},
                                    {"turn.guesses_per_address", "13"},
                                    {"turn.guesses_per_port", "14"},
                                    {"turn.credential_hours", "15"},
                                    {"turn.stream_silence_seconds", "16"},
                                    {"turn.stream_stall_seconds", "17"},
                                    {"turn.stream_queue_kib", "101"}});
    EXPECT_EQ(service.times.handshake, 2s);
    EXPECT_EQ(service.times.head, 3s);
    const turn::ServerConfig& turn = service.relay.value().turn;
    EXPECT_EQ(turn.peers, (turn::PeerLimits{4, 5, 6}));
    EXPECT_EQ(turn.consent, (turn::ConsentLimits{7, 8, 9, 10s, std::size_t{100} * 1024}));
    EXPECT_EQ(turn.bindings, (turn::ReplyLimit{11, 22}));
    EXPECT_EQ(turn.challenges, (turn::ReplyLimit{12, 36}));
    EXPECT_EQ(turn.source_guesses, (turn::ReplyLimit{13, 52}));
    EXPECT_EQ(turn.guesses, (turn::ReplyLimit{14, 42}));
    EXPECT_EQ(turn.credential_ttl_max, 15h);
    EXPECT_EQ(service.relay->streams, (net::TurnStreamLimits{16s, 17s, std::size_t{101} * 1024}));
}

} // namespace
} // namespace vv::apps
