#include "signal/turns_url.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::signal {
namespace {

TEST(TurnsUrl, IsThePagesOwnNameAndPort) {
    EXPECT_EQ(turns_url("talk.example.org"), "turns:talk.example.org:443?transport=tcp");
    EXPECT_EQ(turns_url("Talk.Example.org:8443"), "turns:talk.example.org:8443?transport=tcp");
    EXPECT_EQ(turns_url("localhost:1"), "turns:localhost:1?transport=tcp");
}

TEST(TurnsUrl, HasNoAddressInIt) {
    for (const char* authority : {"192.0.2.1", "192.0.2.1:8443", "[2001:db8::1]", "[2001:db8::1]:443", "::1"})
        EXPECT_FALSE(turns_url(authority)) << authority;
}

TEST(TurnsUrl, RefusesWhatIsNoName) {
    for (const char* authority : {"", ":443", "a:", "a:0", "a:65536", "a:44x", "a:443:1", "a b", "a/b", "a?b=c", "a@b"})
        EXPECT_FALSE(turns_url(authority)) << authority;
    EXPECT_TRUE(turns_url(std::string(253, 'a')));
    EXPECT_FALSE(turns_url(std::string(254, 'a')));
}

TEST(TurnsUrl, KnowsThePortOfTheWeb) {
    EXPECT_TRUE(is_on_web_port("turn:192.0.2.1:80?transport=tcp"));
    EXPECT_TRUE(is_on_web_port("turn:[2001:db8::1]:80?transport=tcp"));
    for (const char* url :
         {"turn:192.0.2.1:80?transport=udp", "turn:192.0.2.1:8080?transport=tcp", "turn:192.0.2.1:3478?transport=tcp",
          "turns:example.org:80?transport=tcp", "stun:192.0.2.1:80"})
        EXPECT_FALSE(is_on_web_port(url)) << url;
}

TEST(TurnsUrl, KnowsWhichStunTurnStandsFor) {
    const std::vector<std::string> urls = {"turn:192.0.2.1:3478?transport=udp", "turn:192.0.2.1:80?transport=tcp",
                                           "turn:[2001:db8::1]:3478?transport=udp"};
    EXPECT_TRUE(is_told_as_turn("stun:192.0.2.1:3478", urls));
    EXPECT_TRUE(is_told_as_turn("stun:[2001:db8::1]:3478", urls));
    for (const char* url : {"stun:192.0.2.1:80", "stun:192.0.2.2:3478", "stun:192.0.2.1:347",
                            "stun:", "turn:192.0.2.1:3478?transport=udp"})
        EXPECT_FALSE(is_told_as_turn(url, urls)) << url;
}

} // namespace
} // namespace vv::signal
