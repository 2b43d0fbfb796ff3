#include "apps/config_load.h"
#include "apps/config_options.h"
#include "apps/reload.h"

#include <gtest/gtest.h>

namespace vv::apps {
namespace {

using Keys = std::vector<std::string_view>;

Config configured(std::string_view text) {
    Config config;
    apply_toml(config, text, "visavis.toml");
    check_together(config);
    return config;
}

const char* const kBefore = R"(
threads = 2
[http]
listen = ["127.0.0.1:9000"]
[turn]
secrets = ["the first secret of all"]
call_kbps = 4000
deny_peers = ["20.0.0.0/8"]
[log]
level = "warn"
)";

TEST(ReloadPlan, TakesWhatMayChangeAndNamesTheRest) {
    const ReloadPlan plan = plan_reload(configured(kBefore), configured(R"(
threads = 3
[http]
listen = ["127.0.0.1:9001"]
[turn]
secrets = ["the second secret here", "the first secret of all"]
users = ["talk:a long password"]
call_kbps = 4000
[log]
level = "info"
)"));
    EXPECT_EQ(plan.changed, (Keys{"turn.secrets", "turn.users", "turn.deny_peers", "log.level"}));
    EXPECT_EQ(plan.kept, (Keys{"http.listen", "threads"}));
    EXPECT_EQ(plan.config.turn_secrets.size(), 2U);
    EXPECT_EQ(plan.config.turn_users.size(), 1U);
    EXPECT_EQ(plan.config.turn_call_kbps, 4000U);
    EXPECT_TRUE(plan.config.turn_deny_peers.empty()) << "what is taken out is the default again";
    EXPECT_EQ(plan.config.log_level, "info");
    EXPECT_EQ(plan.config.threads, 2U);
    EXPECT_EQ(plan.config.http_listen.at(0).port, 9000);
}

TEST(ReloadPlan, IsEmptyForTheSameFile) {
    const ReloadPlan plan = plan_reload(configured(kBefore), configured(kBefore));
    EXPECT_TRUE(plan.changed.empty());
    EXPECT_TRUE(plan.kept.empty());
}

TEST(ReloadPlan, ComparesWithWhatRunsAndNotWithTheLastFile) {
    const ReloadPlan first = plan_reload(configured("threads = 2"), configured("threads = 3"));
    EXPECT_EQ(plan_reload(first.config, configured("threads = 3")).kept, Keys{"threads"});
    EXPECT_TRUE(plan_reload(first.config, configured("threads = 2")).kept.empty());
}

TEST(ReloadPlan, RefusesWhatDoesNotGoTogetherWithWhatStays) {
    const Config running =
        configured("[turn]\nsecrets = [\"the first secret of all\"]\nregions = [\"eu=eu.example.org\"]");
    const std::string why = "turn.regions needs turn.secrets: the relays there must know the same secret";
    const auto refusal = [](const Config& before, const Config& read) -> std::string {
        try {
            (void)plan_reload(before, read);
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "no error";
    };
    EXPECT_EQ(refusal(running, Config()), "the running configuration: " + why) << "there is no such line any more";
    const ReloadPlan once = plan_reload(running, configured("[turn]\nsecrets = [\"the second secret here\"]"));
    EXPECT_EQ(refusal(once.config, Config()), "the running configuration: " + why) << "nor after what was taken";
    Config moved;
    apply_toml(moved, "\n\n[turn]\nregions = [\"eu=eu.example.org\"]", "visavis.toml");
    EXPECT_EQ(refusal(running, moved), "visavis.toml, line 4: " + why) << "where it stands now";
}

TEST(ReloadPlan, OfARelayAloneAsksNothingOfItsRooms) {
    Config relay;
    apply_toml(relay, "[rooms]\nlanguages = []", "visavis.toml");
    EXPECT_NO_THROW((void)plan_reload(relay, relay, false));
    EXPECT_THROW((void)plan_reload(relay, relay), ConfigError);
}

TEST(ReloadPlan, TakesOtherFilesForTheCertificate) {
    const Config running = configured("[tls]\ncert = \"a.pem\"\nkey = \"a.key\"");
    const ReloadPlan plan = plan_reload(running, configured("[tls]\ncert = \"b.pem\"\nkey = \"a.key\""));
    EXPECT_EQ(plan.changed, Keys{"tls.cert"});
    EXPECT_EQ(plan.config.tls_cert, "b.pem");
    EXPECT_EQ(plan.config.tls_mode, TlsMode::kFiles);
}

TEST(ReloadPlan, KeepsTheModeOfTls) {
    const Config running = configured("[tls]\ncert = \"a.pem\"\nkey = \"a.key\"");
    const ReloadPlan plan = plan_reload(running, configured("[tls]\nmode = \"self-signed\""));
    EXPECT_EQ(plan.kept, (Keys{"tls.cert", "tls.key", "tls.mode"}));
    EXPECT_EQ(plan.config.tls_cert, "a.pem");
    EXPECT_EQ(plan.config.tls_mode, TlsMode::kFiles);
}

// A flag beats what the file says of the mode, and must go on doing so.
TEST(ReloadPlan, KeepsTheModeThatAFlagChose) {
    const auto read = [] {
        Config config = configured("[tls]\nmode = \"self-signed\"");
        apply_flags(config, {{find_option("tls.cert"), {"a.pem"}}, {find_option("tls.key"), {"a.key"}}});
        return config;
    };
    const ReloadPlan plan = plan_reload(read(), read());
    EXPECT_TRUE(plan.kept.empty());
    EXPECT_EQ(plan.config.tls_mode, TlsMode::kFiles);
}

RelayPlace place(std::string_view advertised, std::string_view local) {
    return {{.ip = IpAddress::parse(advertised).value(), .reason = net::AddressReason::kConfigured, .others = {}},
            IpAddress::parse(local).value(),
            3478};
}

TEST(RenewedPlaces, TellAnotherAddressWherePortsStayBound) {
    RelayPlan running;
    running.ipv4 = place("45.0.0.1", "10.0.0.5");
    running.ipv6 = place("2600::1", "2600::1");
    RelayPlan found = running;
    found.ipv4 = place("45.0.0.2", "10.0.0.5");
    Keys kept;
    const RelayPlan plan = renewed_places(running, found, kept);
    EXPECT_EQ(plan.ipv4->advertised.ip.to_string(), "45.0.0.2");
    EXPECT_EQ(plan.ipv6->advertised.ip.to_string(), "2600::1");
    EXPECT_TRUE(kept.empty());
}

TEST(RenewedPlaces, KeepWhatWouldNeedOtherSockets) {
    RelayPlan running;
    running.ipv4 = place("45.0.0.1", "45.0.0.1");
    RelayPlan found;
    found.ipv4 = place("45.0.0.2", "45.0.0.2");
    found.ipv6 = place("2600::1", "2600::1");
    Keys kept;
    const RelayPlan plan = renewed_places(running, found, kept);
    EXPECT_EQ(plan.ipv4->advertised.ip.to_string(), "45.0.0.1");
    EXPECT_FALSE(plan.ipv6);
    EXPECT_EQ(kept.size(), 2U);
}

} // namespace
} // namespace vv::apps
