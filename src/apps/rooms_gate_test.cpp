#include "apps/rooms_gate.h"
#include "net/temporary_directory_for_test.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

namespace vv::apps {
namespace {

using signal::RoomsClosed;

RoomsGate gate(const Config& config, std::initializer_list<const char*> listen) {
    std::vector<SocketAddress> addresses;
    for (const char* text : listen)
        addresses.push_back(SocketAddress::parse(text).value());
    return rooms_gate(config, addresses);
}

TEST(RoomsGate, LoopbackNeedsNothing) {
    EXPECT_EQ(gate({}, {"127.0.0.1:8080", "[::1]:8080"}).closed, std::nullopt);
    EXPECT_EQ(gate({}, {"127.0.0.2:8080", "[::ffff:127.0.0.1]:8080"}).closed, std::nullopt);
}

TEST(RoomsGate, OneOtherListenerNeedsContactAndRules) {
    for (const char* other : {"0.0.0.0:8443", "[::]:8443", "192.0.2.1:80", "[2001:db8::1]:80"}) {
        Config config;
        const RoomsGate without = gate(config, {"127.0.0.1:8080", other});
        EXPECT_EQ(without.closed, RoomsClosed::kNoContact);
        EXPECT_NE(without.why.find(other), std::string::npos) << without.why;
        EXPECT_NE(without.why.find("rooms.contact and rooms.rules"), std::string::npos) << without.why;
        EXPECT_EQ(without.why.find('\n'), std::string::npos);
        config.rooms_contact = "hello@example.org";
        EXPECT_NE(gate(config, {other}).why.find("set rooms.rules,"), std::string::npos);
        config.rooms_rules = "Be kind.";
        EXPECT_EQ(gate(config, {other}).closed, std::nullopt);
        config.rooms_contact.clear();
        EXPECT_EQ(gate(config, {other}).closed, RoomsClosed::kNoContact);
    }
}

TEST(RoomsGate, APublicNameMeansAProxyInFront) {
    Config config;
    for (const char* name :
         {"localhost", "localhost:8080", "127.0.0.1:8080", "127.0.0.1", "[::1]:8080", "[::1]", "talk.localhost:80"}) {
        config.http_host = name;
        EXPECT_EQ(gate(config, {"127.0.0.1:8080"}).closed, std::nullopt) << name;
    }
    for (const char* name : {"talk.example.org", "talk.example.org:8443", "192.0.2.1:80", "[2001:db8::1]:80"}) {
        config.http_host = name;
        const RoomsGate behind = gate(config, {"127.0.0.1:8080"});
        EXPECT_EQ(behind.closed, RoomsClosed::kNoContact) << name;
        EXPECT_NE(behind.why.find(name), std::string::npos) << behind.why;
    }
}

TEST(RoomsGate, AnOriginElsewhereMeansThatPagesThereConnect) {
    Config config;
    config.http_origins = {"http://localhost:3000", "http://127.0.0.1"};
    EXPECT_EQ(gate(config, {"127.0.0.1:8080"}).closed, std::nullopt);
    config.http_origins.emplace_back("https://talk.example.org");
    const RoomsGate open_to = gate(config, {"127.0.0.1:8080"});
    EXPECT_EQ(open_to.closed, RoomsClosed::kNoContact);
    EXPECT_NE(open_to.why.find("https://talk.example.org"), std::string::npos) << open_to.why;
}

TEST(RoomsGate, TheOperatorMaySwitchThemOff) {
    Config config;
    config.rooms_open = false;
    config.rooms_contact = "hello@example.org";
    config.rooms_rules = "Be kind.";
    EXPECT_EQ(gate(config, {"127.0.0.1:8080"}).closed, RoomsClosed::kOperator);
}

class RulesFile : public testing::Test {
protected:
    Config with(const std::string& content) {
        std::ofstream(path(), std::ios::binary) << content;
        Config config;
        config.rooms_rules_file = path();
        return config;
    }
    static std::string error_of(const Config& config) {
        try {
            (void)with_rules_read(config);
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "no error";
    }
    [[nodiscard]] std::filesystem::path path() const { return directory_ / "rules"; }

private:
    const net::TemporaryDirectory directory_;
};

TEST_F(RulesFile, IsReadWithItsLines) {
    EXPECT_EQ(with_rules_read(with("One.\r\n\r\nTwo.\n\n")).rooms_rules, "One.\n\nTwo.");
}

TEST_F(RulesFile, HasFourThousandCharacters) {
    std::string text;
    for (int i = 0; i < 4000; ++i)
        text += "\xE0\xAE\xA4"; // three bytes
    EXPECT_EQ(error_of(with(text)), "no error");
    EXPECT_NE(error_of(with(text + "x")).find("4001 characters and may have 4000"), std::string::npos);
}

// Not read in part: what stands behind would be lost without a word.
TEST_F(RulesFile, HasSixtyFourKibibytes) {
    const std::string most(std::size_t{64} * 1024, ' ');
    EXPECT_EQ(error_of(with("One." + most.substr(4))), "no error");
    EXPECT_EQ(error_of(with("One." + most)), "rooms.rules_file: " + path().string() + " is larger than 65536 bytes");
}

TEST_F(RulesFile, SaysWhatIsWrongInOneLine) {
    EXPECT_EQ(error_of(with("")), "rooms.rules_file: " + path().string() + ": the text is empty");
    EXPECT_NE(error_of(with("bell \a")).find("control characters"), std::string::npos);
    EXPECT_NE(error_of(with("\xFF")).find("UTF-8"), std::string::npos);
    EXPECT_NE(error_of(with("\n \n")).find("empty"), std::string::npos);
    std::filesystem::remove(path());
    Config config;
    config.rooms_rules_file = path();
    EXPECT_EQ(error_of(config), "rooms.rules_file: cannot read " + path().string() + ": No such file or directory");
    config.rooms_rules_file = testing::TempDir();
    EXPECT_EQ(error_of(config), "rooms.rules_file: cannot read " + testing::TempDir() + ": Is a directory");
}

} // namespace
} // namespace vv::apps
