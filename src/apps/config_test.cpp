#include "apps/config_docs.h"
#include "apps/config_load.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

namespace vv::apps {
namespace {

std::string toml_error(std::string_view text) {
    Config config;
    try {
        apply_toml(config, text, "visavis.toml");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "no error";
}

Environment fake_environment(std::map<std::string, std::string> variables) {
    return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
}

TEST(Config, ReadsEverySectionOfAFile) {
    Config config;
    apply_toml(config, R"(
state_dir = "/var/lib/visavis"
[http]
listen = ["127.0.0.1:9000", "*:9001"]
[turn]
public_address = ["45.10.0.1", "2a01:4f8::1"]
relay_ports = "50000-50999"
allow_peers = ["10.1.0.0/16"]
[rooms]
meeting = "instant"
privacy = "relay_only"
[log]
format = "json"
)",
               "visavis.toml");
    EXPECT_EQ(config.state_dir, "/var/lib/visavis");
    ASSERT_EQ(config.http_listen.size(), 3U);
    EXPECT_EQ(config.http_listen[0].to_string(), "127.0.0.1:9000");
    EXPECT_EQ(config.http_listen[2].to_string(), "[::]:9001");
    ASSERT_EQ(config.public_addresses.size(), 2U);
    EXPECT_EQ(config.relay_ports, (PortRange{50000, 50999}));
    EXPECT_EQ(config.turn_allow_peers.at(0).to_string(), "10.1.0.0/16");
    EXPECT_EQ(config.rooms_meeting, Meeting::kInstant);
    EXPECT_EQ(config.rooms_privacy, Privacy::kRelayOnly);
    EXPECT_EQ(config.log_format, LogFormat::kJson);
}

TEST(Config, NamesTheLineAndTheNearestSpellingOfAnUnknownKey) {
    EXPECT_EQ(toml_error("threads = 2\n[htpp]\nlisten = \"localhost:1\"\n"),
              "visavis.toml, line 2: unknown key 'htpp'; did you mean 'http'?");
    EXPECT_EQ(toml_error("[http]\n\nlistn = \"localhost:1\"\n"),
              "visavis.toml, line 3: unknown key 'http.listn'; did you mean 'listen'?");
    EXPECT_EQ(toml_error("something_else_entirely = 1\n"),
              "visavis.toml, line 1: unknown key 'something_else_entirely'; see docs/configuration.md for the list");
}

TEST(Config, NamesTheLineOfABadValue) {
    EXPECT_EQ(toml_error("[rooms]\nmeeting = \"instnt\"\n"),
              "visavis.toml, line 2: rooms.meeting: 'instnt' is not one of ask, instant; did you mean 'instant'?");
    EXPECT_EQ(toml_error("threads = 65\n"), "visavis.toml, line 1: threads: '65' is not a whole number from 1 to 64");
    EXPECT_EQ(toml_error("threads = [1, 2]\n"), "visavis.toml, line 1: threads wants one value of the form NUMBER");
    EXPECT_EQ(
        toml_error("[turn]\nrelay_ports = \"2000-2010\"\n"),
        "visavis.toml, line 2: turn.relay_ports: '2000-2010' is not a range of at least 16 ports above 1023, such as "
        "49152-65535");
    EXPECT_TRUE(toml_error("[http\n").starts_with("visavis.toml, line 1: "));
}

TEST(Config, RelayPortRangeHoldsSixteenPortsOrMore) {
    EXPECT_EQ(toml_error("[turn]\nrelay_ports = \"2000-2015\"\n"), "no error");
    EXPECT_NE(toml_error("[turn]\nrelay_ports = \"2000-2014\"\n"), "no error");
    EXPECT_NE(toml_error("[turn]\nrelay_ports = \"1023-2015\"\n"), "no error");
    EXPECT_NE(toml_error("[turn]\nrelay_ports = \"60000-65536\"\n"), "no error");
}

TEST(Config, FlagsBeatTheEnvironmentWhichBeatsTheFile) {
    Config config;
    apply_toml(config, "threads = 1\n[log]\nlevel = \"debug\"\n[turn]\nrealm = \"file\"\n", "f");
    apply_environment(config, fake_environment({{"VISAVIS_THREADS", "2"}, {"VISAVIS_LOG_LEVEL", "warn"}}), {});
    apply_flags(config, {{find_option("threads"), {"3"}}});
    EXPECT_EQ(config.threads, 3U);
    EXPECT_EQ(config.log_level, "warn");
    EXPECT_EQ(config.turn_realm, "file");
}

TEST(Config, ListsInTheEnvironmentAreSplitAtCommas) {
    Config config;
    apply_environment(config, fake_environment({{"VISAVIS_ROOMS_LANGUAGES", "ta, hi,en"}}), {});
    EXPECT_EQ(config.rooms_languages, (std::vector<std::string>{"ta", "hi", "en"}));
}

TEST(Config, NoticesMisspeltVariables) {
    Config config;
    try {
        apply_environment(config, fake_environment({}), {"VISAVIS_HTTP_LISTN"});
        FAIL() << "a misspelt variable was taken";
    } catch (const ConfigError& error) {
        EXPECT_STREQ(error.what(),
                     "environment: unknown variable VISAVIS_HTTP_LISTN; did you mean 'VISAVIS_HTTP_LISTEN'?");
    }
}

TEST(Config, ACertificateNeedsItsKey) {
    Config config;
    apply_toml(config, "[tls]\ncert = \"a.pem\"\n", "f");
    EXPECT_EQ(config.tls_mode, TlsMode::kFiles);
    EXPECT_THROW(check_together(config), ConfigError);
    apply_toml(config, "[tls]\nkey = \"b.pem\"\n", "f");
    EXPECT_NO_THROW(check_together(config));
}

TEST(Config, OnePublicAddressOfEachFamily) {
    Config config;
    apply_toml(config, "[turn]\npublic_address = [\"45.10.0.1\", \"45.10.0.2\"]\n", "f");
    EXPECT_THROW(check_together(config), ConfigError);
}

TEST(Config, ListensOnLoopbackUntilThereIsTls) {
    Config config;
    EXPECT_EQ(http_listen_or_default(config).at(0).to_string(), "127.0.0.1:8080");
    config.tls_mode = TlsMode::kSelfSigned;
    EXPECT_EQ(http_listen_or_default(config).at(1).to_string(), "[::]:8443");
}

TEST(Config, TheDocumentationPageHoldsTheTableOfOptions) {
    std::ifstream stream(VV_SOURCE_DIR "/docs/configuration.md");
    const std::string page{std::istreambuf_iterator<char>(stream), {}};
    ASSERT_FALSE(page.empty());
    EXPECT_NE(page.find(options_as_markdown()), std::string::npos)
        << "put the output of `visavis config options` into docs/configuration.md";
}

} // namespace
} // namespace vv::apps
