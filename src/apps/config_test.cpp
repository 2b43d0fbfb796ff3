#include "apps/config_docs.h"
#include "apps/config_load.h"
#include "apps/config_options.h"
#include "signal/settings.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

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

std::string together_error(const Config& config) {
    try {
        check_together(config);
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

std::vector<std::string> written(const std::vector<SocketAddress>& addresses) {
    std::vector<std::string> texts;
    for (const SocketAddress& address : addresses)
        texts.push_back(address.to_string());
    return texts;
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

std::string discovery_error(const std::vector<std::string_view>& listen) {
    Config config;
    for (const auto text : listen)
        config.nat_discovery_listen.push_back(*SocketAddress::parse(text));
    return together_error(config);
}

TEST(Config, PairsThePlacesOfNatDiscovery) {
    Config config;
    EXPECT_TRUE(nat_discovery_places(config).empty()) << "off unless asked for";
    apply_toml(config,
               "[turn]\nnat_discovery_listen = [\"45.10.0.1:3480\", \"[2a01:4f8::1]:3490\", \"45.10.0.2:3480\"]\n",
               "visavis.toml");
    const auto places = nat_discovery_places(config);
    ASSERT_EQ(places.size(), 2U);
    EXPECT_EQ(places[0].ip.to_string(), "45.10.0.1");
    EXPECT_EQ(places[0].other_ip->to_string(), "45.10.0.2");
    EXPECT_EQ(places[0].port, 3480);
    EXPECT_EQ(places[0].other_port, 3481);
    EXPECT_EQ(places[1].ip.to_string(), "2a01:4f8::1");
    EXPECT_FALSE(places[1].other_ip);
    EXPECT_EQ(places[1].other_port, 3491);
    apply_toml(config, "[turn]\nnat_discovery_listen = [\"*:3480\"]\n", "visavis.toml");
    EXPECT_EQ(together_error(config), "visavis.toml, line 2: turn.nat_discovery_listen needs addresses of this machine "
                                      "by name, not *, since answers leave from each");
}

TEST(Config, RefusesPlacesThatCannotBeAnsweredFrom) {
    EXPECT_EQ(discovery_error({"127.0.0.1:65534", "[::1]:65534"}), "no error");
    const std::string_view ports =
        "turn.nat_discovery_listen takes a port from 1 to 65534, and uses the next one as well";
    EXPECT_EQ(discovery_error({"127.0.0.1:65535"}), ports);
    EXPECT_EQ(discovery_error({"127.0.0.1:0"}), ports);
    EXPECT_EQ(
        discovery_error({"0.0.0.0:3480"}),
        "turn.nat_discovery_listen needs addresses of this machine by name, not *, since answers leave from each");
    const std::string_view two =
        "turn.nat_discovery_listen takes at most two addresses of a family, different ones on the same port";
    EXPECT_EQ(discovery_error({"127.0.0.1:3480", "127.0.0.2:3481"}), two);
    EXPECT_EQ(discovery_error({"127.0.0.1:3480", "127.0.0.1:3480"}), two);
    EXPECT_EQ(discovery_error({"127.0.0.1:3480", "127.0.0.2:3480", "127.0.0.3:3480"}), two);
}

TEST(Config, ReadsUsersOfOtherApplications) {
    Config config;
    apply_toml(config, "[turn]\nusers = [\"talk:a password, long\", \"jitsi:123456789012\"]\n", "visavis.toml");
    ASSERT_EQ(config.turn_users.size(), 2U);
    EXPECT_EQ(config.turn_users[0].name, "talk");
    EXPECT_EQ(config.turn_users[0].password.text(), "a password, long");
    EXPECT_EQ(toml_error("[turn]\nusers = [\"a:123456789012\", \"a:another long one\"]\n"),
              "visavis.toml, line 2: turn.users: 'a' is listed twice");
    std::string many = "[turn]\nusers = [";
    for (std::size_t i = 0; i <= turn::kUsersMax; ++i) {
        if (i == turn::kUsersMax) {
            EXPECT_EQ(toml_error(many + "]\n"), "no error");
        }
        many += "\"u" + std::to_string(i) + ":123456789012\",";
    }
    EXPECT_EQ(toml_error(many + "]\n"), "visavis.toml, line 2: turn.users: at most 64 users are possible");
}

TEST(Config, SaysWhyAFileCannotBeRead) {
    const auto error_of = [](const std::string& file) -> std::string {
        Config config;
        try {
            apply_toml_file(config, file);
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "no error";
    };
    EXPECT_EQ(error_of("/nowhere.toml"),
              "the configuration file: cannot read /nowhere.toml: No such file or directory");
    EXPECT_EQ(error_of("/usr"), "the configuration file: cannot read /usr: Is a directory");
}

TEST(Config, NamesTheLineAndTheNearestSpellingOfAnUnknownKey) {
    EXPECT_EQ(toml_error("threads = 2\n[htpp]\nlisten = \"localhost:1\"\n"),
              "visavis.toml, line 2: unknown key 'htpp'; did you mean 'http'?");
    EXPECT_EQ(toml_error("[http]\n\nlistn = \"localhost:1\"\n"),
              "visavis.toml, line 3: unknown key 'http.listn'; did you mean 'listen'?");
    EXPECT_EQ(toml_error("something_else_entirely = 1\n"),
              "visavis.toml, line 1: unknown key 'something_else_entirely'; see docs/configuration.md for the list");
}

TEST(Config, KnowsACommonSlipInAKey) {
    const std::string begin = "visavis.toml, line 1: unknown key ";
    EXPECT_EQ(toml_error("HTTP.host = \"a\"\n"), begin + "'HTTP'; did you mean 'http'?");
    EXPECT_EQ(toml_error("http.Listen = \"localhost:1\"\n"), begin + "'http.Listen'; did you mean 'listen'?");
    EXPECT_EQ(toml_error("tsl.mode = \"off\"\n"), begin + "'tsl'; did you mean 'tls'?");
    EXPECT_EQ(toml_error("cert = \"a.pem\"\n"), begin + "'cert'; did you mean 'tls.cert'?") << "no section";
    EXPECT_EQ(toml_error("Listen = \"localhost:1\"\n"),
              begin + "'Listen'; did you mean 'http.listen' or 'turn.listen' or 'metrics.listen'?");
    EXPECT_EQ(toml_error("http.level = \"info\"\n"), begin + "'http.level'; did you mean 'log.level'?");
    EXPECT_EQ(toml_error("http.port = 80\n"), begin + "'http.port'; see docs/configuration.md for the list");
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

TEST(Config, TextStandsInQuotes) {
    EXPECT_EQ(toml_error("state_dir = 5\n"),
              "visavis.toml, line 1: state_dir wants one value of the form DIRECTORY, in quotes");
    EXPECT_EQ(toml_error("rooms.contact = true\n"),
              "visavis.toml, line 1: rooms.contact wants one value of the form TEXT, in quotes");
    EXPECT_EQ(toml_error("rooms.topics = [\"music\", 5]\n"),
              "visavis.toml, line 1: rooms.topics wants a list of WORD, in quotes");
    EXPECT_EQ(toml_error("http.listen = 8080\n"),
              "visavis.toml, line 1: http.listen wants a list of ADDRESS:PORT, in quotes");
    EXPECT_EQ(toml_error("threads = true\n"), "visavis.toml, line 1: threads wants one value of the form NUMBER");
    EXPECT_EQ(toml_error("metrics.on = 1\n"),
              "visavis.toml, line 1: metrics.on wants one value of the form true | false");
    EXPECT_EQ(toml_error("threads = \"2\"\nsafety.retention_days = 0.5\nmetrics.on = false\n"), "no error");
}

TEST(Config, ASectionIsNoKey) {
    EXPECT_EQ(toml_error("http = 1\n"),
              "visavis.toml, line 1: 'http' is a section of keys, such as http.connections_max, and takes no value "
              "itself");
}

TEST(Config, RoomsAreLanguageTagsEachOnce) {
    EXPECT_EQ(toml_error("[rooms]\nlanguages = [\"ta\", \"pt-BR\"]\n"), "no error");
    EXPECT_EQ(toml_error("[rooms]\nlanguages = [\"not a tag\"]\n"),
              "visavis.toml, line 2: rooms.languages: 'not a tag' is not a language tag such as ta or pt-BR");
    EXPECT_EQ(toml_error("[rooms]\nlanguages = [\"english\"]\n"),
              "visavis.toml, line 2: rooms.languages: 'english' is not a language tag such as ta or pt-BR");
    EXPECT_EQ(toml_error("[rooms]\nlanguages = [\"ta\", \"TA\"]\n"),
              "visavis.toml, line 2: rooms.languages: 'ta' is listed twice");
}

TEST(Config, TopicsAreFewAndShort) {
    const auto topics = [](std::size_t count) {
        std::string list = "[rooms]\ntopics = [";
        for (std::size_t i = 0; i < count; ++i)
            list += "\"topic " + std::to_string(i) + "\", ";
        return list + "]\n";
    };
    EXPECT_EQ(toml_error(topics(lobby::kTopicsMax)), "no error");
    EXPECT_EQ(toml_error(topics(lobby::kTopicsMax + 1)),
              "visavis.toml, line 2: rooms.topics: at most 32 topics are possible");
    EXPECT_EQ(toml_error("[rooms]\ntopics = [\"a\", \"a\"]\n"),
              "visavis.toml, line 2: rooms.topics: 'a' is listed twice");
    EXPECT_NE(toml_error("[rooms]\ntopics = [\"" + std::string(41, 't') + "\"]\n"), "no error");
    Config config;
    EXPECT_FALSE(config.rooms_topics);
    apply_toml(config, "[rooms]\ntopics = [\"a\"]\n", "f");
    apply_flags(config, {{find_option("rooms.topics"), {""}}});
    EXPECT_EQ(config.rooms_topics, std::vector<std::string>()) << "none are a choice";
}

TEST(Config, AHostIsANameAndPerhapsAPort) {
    for (const char* good : {"talk.example.org", "Talk.Example:8443", "192.0.2.1", "[2001:db8::1]", "[::1]:80"})
        EXPECT_EQ(toml_error("[http]\nhost = \"" + std::string(good) + "\"\n"), "no error") << good;
    for (const char* bad : {"https://talk.example.org", "talk.example.org/", "a b", "a:", "a:0", "a:65536", "::1",
                            "[::1", "[]", "[::1]80", ":80"})
        EXPECT_NE(toml_error("[http]\nhost = \"" + std::string(bad) + "\"\n"), "no error") << bad;
}

TEST(Config, AnOriginIsASchemeAndAHost) {
    Config config;
    apply_toml(config, "[http]\norigins = [\"https://Talk.example\", \"http://localhost:3000\"]\n", "f");
    EXPECT_EQ(config.http_origins, (std::vector<std::string>{"https://talk.example", "http://localhost:3000"}));
    for (const char* bad : {"talk.example", "https://talk.example/", "https://", "ftp://talk.example", "*"})
        EXPECT_NE(toml_error("[http]\norigins = [\"" + std::string(bad) + "\"]\n"), "no error") << bad;
}

TEST(Config, ARegionIsANameAHostAndPerhapsItsPorts) {
    Config config;
    apply_toml(config,
               "[turn]\nsecrets = [\"a secret of two servers\"]\nregions = [\"eu=eu.example.org\", "
               "\"in-1=IN.example.org:8443/3479\", "
               "\"six=[2001:db8::1]:444\", \"v6=[2001:db8::1]/1\"]\n",
               "f");
    EXPECT_EQ(config.turn_regions, (std::vector<RegionPlace>{{"eu", "eu.example.org"},
                                                             {"in-1", "in.example.org", 8443, 3479},
                                                             {"six", "[2001:db8::1]", 444},
                                                             {"v6", "[2001:db8::1]", 443, 1}}));
    EXPECT_EQ(together_error(config), "no error");
    config.turn_secrets.clear();
    EXPECT_EQ(together_error(config),
              "f, line 3: turn.regions needs turn.secrets: the relays there must know the same secret");
    for (const char* bad :
         {"eu.example.org", "=eu.example.org", "eu=", "EU=eu.example.org", "e u=eu.example.org", "eu=eu.example.org/",
          "eu=eu.example.org/0", "eu=eu.example.org:0", "eu=https://eu.example.org", "here=eu.example.org",
          "abcdefghijklmnopqrstuvwxy=eu.example.org"})
        EXPECT_NE(toml_error("[turn]\nregions = [\"" + std::string(bad) + "\"]\n"), "no error") << bad;
    EXPECT_NE(toml_error("[turn]\nregions = [\"eu=a.example\", \"eu=b.example\"]\n").find("'eu' is taken"),
              std::string::npos);
    std::string many;
    for (std::size_t i = 0; i <= signal::kRegionsMax; ++i) {
        const std::string list = "[turn]\nregions = [" + many + "]\n";
        EXPECT_EQ(toml_error(list), "no error");
        many += "\"r" + std::to_string(i) + "=a.example\", ";
    }
    EXPECT_NE(toml_error("[turn]\nregions = [" + many + "]\n").find("at most 7"), std::string::npos);
}

TEST(Config, ARealmIsShortAndPlain) {
    EXPECT_EQ(toml_error("[turn]\nrealm = \"" + std::string(turn::kRealmSizeMax, 'r') + "\"\n"), "no error");
    for (const std::string& bad :
         {std::string(), std::string(turn::kRealmSizeMax + 1, 'r'), std::string("é"), std::string("a\\\"b")})
        EXPECT_NE(toml_error("[turn]\nrealm = \"" + bad + "\"\n"), "no error") << bad;
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
    apply_environment(config, fake_environment({{"VISAVIS_ROOMS_TOPICS", "music, sport,films"}}), {});
    EXPECT_EQ(config.rooms_topics, (std::vector<std::string>{"music", "sport", "films"}));
}

TEST(Config, AnEmptyListOfTcpAddressesIsAChoice) {
    Config config;
    EXPECT_FALSE(config.turn_tcp_listen);
    apply_toml(config, "[turn]\ntcp_listen = [\"192.0.2.1:80\"]\n", "f");
    EXPECT_EQ(config.turn_tcp_listen, std::vector<SocketAddress>{*SocketAddress::parse("192.0.2.1:80")});
    apply_environment(config, fake_environment({{"VISAVIS_TURN_TCP_LISTEN", ""}}), {});
    ASSERT_TRUE(config.turn_tcp_listen);
    EXPECT_TRUE(config.turn_tcp_listen->empty());
    EXPECT_THROW(apply_toml(config, "[turn]\ntcp_listen = [\"192.0.2.1\"]\n", "f"), ConfigError);
}

TEST(Config, AnEmptyListIsRefusedWhereThereHasToBeOne) {
    const auto error_of = [](std::string_view text) {
        Config config;
        apply_toml(config, text, "f");
        return together_error(config);
    };
    const std::string why = ": the list is empty; leave it out, or unset it, for the default";
    EXPECT_EQ(error_of("[http]\nlisten = []\n"), "f, line 2: http.listen" + why);
    EXPECT_EQ(error_of("[turn]\nlisten = []\n"), "f, line 2: turn.listen" + why);
    EXPECT_EQ(error_of("[metrics]\nlisten = []\n"),
              "f, line 2: metrics.listen" + why + "; metrics.on = false turns the metrics off");
    EXPECT_EQ(error_of("[rooms]\nlanguages = []\n"),
              "f, line 2: rooms.languages" + why + "; rooms.open = false closes the rooms");
    EXPECT_EQ(error_of("[metrics]\non = false\nlisten = []\n[rooms]\nopen = false\nlanguages = []\n"), "no error");
    EXPECT_EQ(error_of("[http]\nredirect_listen = []\n[turn]\nnat_discovery_listen = []\n"), "no error");
    Config config;
    apply_environment(config, fake_environment({{"VISAVIS_HTTP_LISTEN", ""}}), {});
    EXPECT_EQ(together_error(config), "environment, VISAVIS_HTTP_LISTEN: http.listen" + why);
    apply_flags(config, {{find_option("http.listen"), {"localhost:1"}}});
    EXPECT_EQ(together_error(config), "no error") << "the last one that speaks wins";
}

TEST(Config, AProxyThatTellsNeedsAPlace) {
    Config config;
    const std::string why = "http.proxy_protocol and http.proxy_from go together; give both, or neither";
    apply_toml(config, "[http]\nproxy_protocol = true\n", "f");
    EXPECT_EQ(together_error(config), "f, line 2: " + why);
    apply_toml(config, "[http]\n\nproxy_from = [\"127.0.0.1/32\", \"2001:db8::/32\"]\n", "f");
    EXPECT_EQ(together_error(config), "no error");
    apply_toml(config, "[http]\nproxy_protocol = false\n", "f");
    EXPECT_EQ(together_error(config), "f, line 3: " + why);
}

TEST(Config, TheWayToHttpsNeedsHttps) {
    Config config;
    apply_flags(config, {{find_option("http.redirect_listen"), {"*:80"}}});
    EXPECT_EQ(together_error(config),
              "--redirect-listen: http.redirect_listen leads to the page over HTTPS, which needs a certificate: give "
              "tls.cert and tls.key, or serve the page there by http.listen");
    apply_toml(config, "[tls]\nmode = \"self-signed\"\n", "f");
    EXPECT_EQ(together_error(config), "no error");
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
    const std::string why =
        "TLS needs both tls.cert and tls.key; give the missing one, or use tls.mode = \"self-signed\"";
    EXPECT_EQ(together_error(config), "f, line 2: " + why);
    apply_toml(config, "[tls]\nkey = \"b.pem\"\n", "f");
    EXPECT_EQ(together_error(config), "no error");
    Config key_only;
    apply_environment(key_only, fake_environment({{"VISAVIS_TLS_KEY", "b.pem"}}), {});
    EXPECT_EQ(together_error(key_only), "environment, VISAVIS_TLS_KEY: " + why);
    Config mode_only;
    apply_flags(mode_only, {{find_option("tls.mode"), {"files"}}});
    EXPECT_EQ(together_error(mode_only), "--tls: " + why);
    Config empty;
    apply_toml(empty, "[tls]\ncert = \"\"\n", "f");
    EXPECT_EQ(together_error(empty), "f, line 2: " + why);
    Config unset;
    apply_environment(unset, fake_environment({{"VISAVIS_TLS_KEY", ""}}), {});
    EXPECT_EQ(together_error(unset), "environment, VISAVIS_TLS_KEY: " + why);
}

TEST(Config, TheRulesStandInOnePlace) {
    Config config;
    apply_toml(config, "[rooms]\nrules = \"Be kind.\"\n", "f");
    EXPECT_EQ(together_error(config), "no error");
    apply_flags(config, {{find_option("rooms.rules_file"), {"rules.txt"}}});
    EXPECT_EQ(together_error(config), "--rooms-rules-file: the rules stand in rooms.rules (f, line 2) as well; give "
                                      "either rooms.rules or rooms.rules_file");
}

TEST(Config, ASecretIsLong) {
    for (const std::string key : {"secrets", "app_secrets"}) {
        const std::string good(16, 's');
        EXPECT_EQ(toml_error("[turn]\n" + key + " = [\"" + good + "\"]\n"), "no error");
        EXPECT_EQ(toml_error("[turn]\n" + key + " = [\"" + good + "\", \"" + good.substr(1) + "\"]\n"),
                  "visavis.toml, line 2: turn." + key + ": a secret must have at least 16 characters");
    }
}

TEST(Config, AContactIsOneLineOfTwoHundredCharacters) {
    std::string contact;
    for (int i = 0; i < 200; ++i)
        contact += "\xE0\xAE\xA4"; // three bytes
    EXPECT_EQ(toml_error("[rooms]\ncontact = \"" + contact + "\"\n"), "no error");
    EXPECT_EQ(toml_error("[rooms]\ncontact = \"" + contact + "x\"\n"),
              "visavis.toml, line 2: rooms.contact: the text has 201 characters and may have 200");
    EXPECT_EQ(toml_error("[rooms]\ncontact = \"a\\nb\"\n"),
              "visavis.toml, line 2: rooms.contact: this takes a single line");
}

TEST(Config, SecretsOfBothKindsAreFewTogether) {
    const auto secrets = [](std::size_t count, const std::string& prefix) {
        std::string list = "[";
        for (std::size_t i = 0; i < count; ++i)
            list += "\"" + prefix + " a long secret " + std::to_string(i) + "\", ";
        return list + "]\n";
    };
    const std::string why =
        "turn.secrets and turn.app_secrets together hold at most " + std::to_string(turn::kSecretsMax);
    Config config;
    apply_toml(config, "[turn]\nsecrets = " + secrets(turn::kSecretsMax, "own"), "f");
    EXPECT_EQ(together_error(config), "no error");
    apply_toml(config, "[turn]\n\napp_secrets = " + secrets(1, "app"), "f");
    EXPECT_EQ(together_error(config), "f, line 3: " + why);
    Config own;
    apply_toml(own, "[turn]\nsecrets = " + secrets(turn::kSecretsMax + 1, "own"), "f");
    EXPECT_EQ(together_error(own), "f, line 2: " + why);
}

// Alike in a file, whose keys come sorted, and in flags and variables, which come in the order of the table.
TEST(Config, TheModeSaidOutrightBeatsTheOneACertificateMeans) {
    Config file;
    apply_toml(file, "[tls]\nmode = \"off\"\ncert = \"a.pem\"\nkey = \"b.pem\"\n", "f");
    EXPECT_EQ(file.tls_mode, TlsMode::kOff);
    Config variables;
    apply_environment(
        variables, fake_environment({{"VISAVIS_TLS_MODE", "off"}, {"VISAVIS_TLS_CERT", "a"}, {"VISAVIS_TLS_KEY", "b"}}),
        {});
    EXPECT_EQ(variables.tls_mode, TlsMode::kOff);
    // Between sources the later one wins, as everywhere.
    apply_flags(variables, {{find_option("tls.cert"), {"c.pem"}}});
    EXPECT_EQ(variables.tls_mode, TlsMode::kFiles);
}

TEST(Config, OnePublicAddressOfEachFamily) {
    Config config;
    apply_toml(config, "[turn]\npublic_address = [\"45.10.0.1\", \"45.10.0.2\"]\n", "f");
    const std::string why = "turn.public_address takes at most one IPv4 and one IPv6 address";
    EXPECT_EQ(together_error(config), "f, line 2: " + why);
    apply_flags(config, {{find_option("turn.public_address"), {"45.10.0.1,2001:db8::1"}}});
    EXPECT_EQ(together_error(config), "no error");
    apply_flags(config, {{find_option("turn.public_address"), {"2001:db8::1", "2001:db8::2"}}});
    EXPECT_EQ(together_error(config), "--public-address: " + why);
}

TEST(Config, ListensOnLoopbackUntilThereIsTls) {
    Config config;
    EXPECT_EQ(written(http_listen_or_default(config)), (std::vector<std::string>{"127.0.0.1:8080", "[::1]:8080"}));
    for (const TlsMode mode : {TlsMode::kSelfSigned, TlsMode::kFiles}) {
        config.tls_mode = mode;
        EXPECT_EQ(written(http_listen_or_default(config)), (std::vector<std::string>{"0.0.0.0:8443", "[::]:8443"}));
    }
}

// The numbers stand with the relay; what people read about them must not be others.
TEST(Config, DefaultsOfTheRelayAreThoseThatAreDocumented) {
    const Config config;
    const std::map<std::string, std::uint32_t> defaults = {
        {"turn.allocations_max", config.turn_allocations_max},
        {"turn.allocations_per_user", config.turn_allocations_per_user},
        {"turn.allocations_per_address", config.turn_allocations_per_address},
        {"turn.allocations_nameless", config.turn_allocations_nameless},
        {"turn.call_kbps", config.turn_call_kbps},
        {"turn.call_packets", config.turn_call_packets},
    };
    for (const auto& [key, value] : defaults)
        EXPECT_EQ(find_option(key)->default_text, std::to_string(value)) << key;
}

TEST(Config, ACallMayHaveUpToTenGigabitsASecond) {
    EXPECT_EQ(toml_error("[turn]\ncall_kbps = 10000000\n"), "no error");
    EXPECT_NE(toml_error("[turn]\ncall_kbps = 10000001\n"), "no error");
}

TEST(Config, TheRelaysIoIsAutoOrEpoll) {
    Config config;
    EXPECT_EQ(config.turn_io, TurnIo::kAuto);
    apply_toml(config, "[turn]\nio = \"epoll\"\n", "f");
    EXPECT_EQ(config.turn_io, TurnIo::kEpoll);
    EXPECT_NE(toml_error("[turn]\nio = \"uring\"\n"), "no error");
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
