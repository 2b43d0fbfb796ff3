// What SIGHUP does with an option is said in the table of options; what the service and the log take of their
// configurations is said beside those (base/reloadable.h). Here each option is changed alone, and what comes of it has
// to be what the table says, as `visavis config options` prints it and docs/configuration.md holds it.
#include "apps/config_docs.h"
#include "apps/config_load.h"
#include "apps/config_options.h"
#include "apps/reload.h"
#include "apps/rooms_gate.h"
#include "apps/service_config.h"
#include "base/reloadable.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace vv::apps {
namespace {

// A value of each option that is not the one it has in base(). An option that is missing fails the test.
const std::map<std::string_view, std::string> kOther = {
    {"http.listen", "127.0.0.1:9000"},
    {"http.redirect_listen", "127.0.0.1:8081"},
    {"http.host", "talk.example.org"},
    {"http.origins", "https://talk.example.org"},
    {"http.connections_max", "17"},
    {"http.connections_per_address", "18"},
    {"http.handshake_seconds", "19"},
    {"http.first_message_seconds", "20"},
    {"http.proxy_protocol", "true"},
    {"http.proxy_from", "10.0.0.1/32"},
    {"tls.cert", "b.pem"},
    {"tls.key", "b.key"},
    {"tls.mode", "self-signed"},
    {"turn.listen", "127.0.0.1:4000"},
    {"turn.tcp_listen", "127.0.0.1:4001"},
    {"turn.public_address", "45.0.0.7"},
    {"turn.relay_ports", "40000-41000"},
    {"turn.realm", "another"},
    {"turn.secrets", "another secret of the tests"},
    {"turn.app_secrets", "a secret of an application"},
    {"turn.users", "talk:a long password"},
    {"turn.regions", "eu=eu.example.org"},
    {"turn.allow_peers", "10.0.0.0/8"},
    {"turn.deny_peers", "20.0.0.0/8"},
    {"turn.allocations_max", "21"},
    {"turn.allocations_per_user", "22"},
    {"turn.allocations_per_address", "23"},
    {"turn.allocations_nameless", "24"},
    {"turn.call_kbps", "4000"},
    {"turn.call_packets", "4001"},
    {"turn.permissions_per_allocation", "26"},
    {"turn.channels_per_allocation", "27"},
    {"turn.new_peers_per_allocation", "28"},
    {"turn.consent_checks_per_peer", "29"},
    {"turn.consent_checks_per_allocation", "30"},
    {"turn.consent_closed_peers", "31"},
    {"turn.consent_seconds", "32"},
    {"turn.consent_kib_per_packet", "65"},
    {"turn.bindings_per_address", "33"},
    {"turn.challenges_per_address", "34"},
    {"turn.guesses_per_address", "35"},
    {"turn.guesses_per_port", "36"},
    {"turn.credential_hours", "37"},
    {"turn.stream_silence_seconds", "38"},
    {"turn.stream_stall_seconds", "39"},
    {"turn.stream_queue_kib", "129"},
    {"turn.drain_minutes", "25"},
    {"turn.legacy_channels", "true"},
    {"turn.io", "epoll"},
    {"turn.nat_discovery_listen", "127.0.0.1:3480"},
    {"rooms.open", "false"},
    {"rooms.contact", "hello@example.org"},
    {"rooms.rules", "Be kind."},
    {"rooms.rules_file", VV_SOURCE_DIR "/.gitignore"},
    {"rooms.languages", "ta"},
    {"rooms.topics", "stars"},
    {"rooms.meeting", "instant"},
    {"rooms.privacy", "relay_only"},
    {"safety.retention_days", "3"},
    {"safety.cooldown_people", "4"},
    {"safety.cooldown_window_hours", "5"},
    {"safety.cooldown_hours", "6"},
    {"safety.reports_counted", "7"},
    {"metrics.on", "false"},
    {"metrics.listen", "127.0.0.1:9479"},
    {"log.level", "debug"},
    {"log.format", "json"},
    {"log.show_addresses", "true"},
    {"state_dir", "/nowhere"},
    {"threads", "2"},
};

void give(Config& config, std::string_view key, const std::string& value) {
    apply_flags(config, {{find_option(key), {value}}});
}

// With a certificate from files for those options that mean something only then.
Config base(std::string_view key) {
    Config config;
    give(config, "http.listen", "127.0.0.1:8080");
    give(config, "turn.listen", "127.0.0.1:3478");
    give(config, "turn.secrets", "a secret of the tests");
    if (key == "tls.cert" || key == "tls.key") {
        give(config, "tls.cert", "a.pem");
        give(config, "tls.key", "a.key");
    }
    return config;
}

// What a reload acts on: the service's configuration and the log's.
struct Described {
    explicit Described(const Config& given) {
        const Config config = with_rules_read(given);
        service = describe_service(config, plan_relay(config), {}, true).service;
        log = log_options(config);
    }
    net::ServiceConfig service;
    net::LogOptions log;
};

bool would_change_something(const Config& running, const Config& next) {
    const Described one(running);
    const Described other(next);
    return !is_same_reloadable(one.service, other.service) || !is_same_reloadable(one.log, other.log);
}

// The table's column for SIGHUP, by key.
std::map<std::string, std::string> told_by_the_table() {
    std::map<std::string, std::string> told;
    std::istringstream lines(options_as_markdown());
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("| `")) continue;
        const std::string key = line.substr(3, line.find('`', 3) - 3);
        for (const char* what : {"taken", "restart"}) {
            if (line.find(std::string(" | ") + what + " | ") != std::string::npos) told[key] += what;
        }
    }
    return told;
}

TEST(ReloadOptions, WhatIsTakenIsWhatTheTableOfOptionsSays) {
    using Keys = std::vector<std::string_view>;
    const auto table = told_by_the_table();
    ASSERT_EQ(table.size(), options().size());
    for (const Option& option : options()) {
        ASSERT_TRUE(kOther.contains(option.key)) << "give " << option.key << " a value to change to";
        const std::string& told = table.at(std::string(option.key));
        ASSERT_TRUE(told == "taken" || told == "restart") << option.key << " is said to need " << told;
        const bool taken = told == "taken";
        const Config running = base(option.key);
        Config read = running;
        give(read, option.key, kOther.at(option.key));
        const ReloadPlan plan = plan_reload(running, read);
        EXPECT_EQ(plan.changed, taken ? Keys{option.key} : Keys{}) << option.key;
        EXPECT_EQ(plan.kept, taken ? Keys{} : Keys{option.key}) << option.key;
        EXPECT_EQ(would_change_something(running, plan.config), taken)
            << option.key << ": what is taken has to be among what the service or the log takes, and nothing else";
    }
}

} // namespace
} // namespace vv::apps
