// What a reload takes is said in one place, the table of options. Here each option is changed alone, and what comes
// of it is compared with that table, as `visavis config options` prints it and docs/configuration.md holds it.
#include "apps/config_docs.h"
#include "apps/config_load.h"
#include "apps/config_options.h"
#include "apps/reload.h"
#include "apps/rooms_gate.h"
#include "apps/service_config.h"

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

// Of what the service is told, all that Service::reload takes, as text.
std::string taken_of(const Config& given) {
    const Config config = with_rules_read(given);
    const net::ServiceConfig service = describe_service(config, plan_relay(config), {}, true).service;
    const turn::ServerConfig& turn = service.relay->turn;
    std::ostringstream text;
    for (const turn::Secret& secret : turn.secrets)
        text << as_text(secret.bytes.view()) << secret.consent << ' ';
    for (const turn::User& user : turn.users)
        text << user.name << user.password << user.consent << ' ';
    const turn::Quotas& quotas = turn.quotas;
    text << quotas.per_user << ' ' << quotas.per_source << ' ' << quotas.total << ' ' << quotas.nameless << ' '
         << turn.call.bytes_per_second << ' ' << turn.call.burst_bytes << ' ' << turn.call.packets_per_second << ' '
         << turn.allow_peers.size() << ' ' << turn.deny_peers.size() << ' ' << turn.ipv4->advertised.to_string();
    const signal::Settings& signal = service.signal;
    text << signal.contact << ' ' << signal.rules << ' ' << signal.rooms_closed.has_value()
         << static_cast<int>(signal.meeting) << static_cast<int>(signal.privacy) << as_text(signal.turn_secret.view());
    for (const auto* urls : {&signal.ice_urls, &signal.ice_urls_ipv6}) {
        for (const auto& url : *urls)
            text << ' ' << url;
    }
    text << ' ' << service.connections_max << ' ' << service.connections_per_address << ' '
         << service.prefixes.connections << ' ' << service.drain_time_max.count();
    for (const auto& file : service.watched_files)
        text << ' ' << file;
    const net::LogOptions log = log_options(config);
    text << static_cast<int>(log.level) << log.show_addresses;
    return text.str();
}

// The table's column for SIGHUP, by key.
std::map<std::string, bool> taken_by_the_table() {
    std::map<std::string, bool> taken;
    std::istringstream lines(options_as_markdown());
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("| `")) continue;
        taken[line.substr(3, line.find('`', 3) - 3)] = line.find(" | taken | ") != std::string::npos;
    }
    return taken;
}

TEST(ReloadOptions, WhatIsTakenIsWhatTheTableOfOptionsSays) {
    using Keys = std::vector<std::string_view>;
    const auto table = taken_by_the_table();
    ASSERT_EQ(table.size(), options().size());
    for (const Option& option : options()) {
        ASSERT_TRUE(kOther.contains(option.key)) << "give " << option.key << " a value to change to";
        const bool taken = table.at(std::string(option.key));
        const Config running = base(option.key);
        Config read = running;
        give(read, option.key, kOther.at(option.key));
        const ReloadPlan plan = plan_reload(running, read);
        EXPECT_EQ(plan.changed, taken ? Keys{option.key} : Keys{}) << option.key;
        EXPECT_EQ(plan.kept, taken ? Keys{} : Keys{option.key}) << option.key;
        EXPECT_EQ(taken_of(plan.config) != taken_of(running), taken)
            << option.key << ": what is taken has to reach the service, and nothing else";
    }
}

} // namespace
} // namespace vv::apps
