#include "caller/own_relays.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::caller {
namespace {

using Urls = std::vector<std::string>;

Urls asked(std::string_view host, Urls urls) {
    Urls all;
    for (const auto& server : own_relays({{std::move(urls), "u", "c"}}, host)) {
        EXPECT_EQ(server.username, "u");
        EXPECT_EQ(server.credential, "c");
        all.insert(all.end(), server.urls.begin(), server.urls.end());
    }
    return all;
}

// The cases of web/core/relay_hosts_test.ts, but for relays of other regions, which this end does not fetch from.
TEST(OwnRelays, ARelayThatIsToldByAnAddressIsAskedByTheServersName) {
    EXPECT_EQ(asked("call.example", {"turn:192.0.2.1:3478?transport=udp", "turn:192.0.2.1:443?transport=tcp",
                                     "turns:call.example:443?transport=tcp"}),
              (Urls{"turn:call.example:3478?transport=udp", "turn:call.example:443?transport=tcp",
                    "turns:call.example:443?transport=tcp"}));
    EXPECT_EQ(asked("[2001:67c::1]:8443", {"turn:[2001:67c::2]:3478?transport=udp", "turn:a"}),
              (Urls{"turn:[2001:67c::1]:3478?transport=udp", "turn:[2001:67c::1]"}));
    EXPECT_EQ(
        asked("Call.Example:8443", {"turn:192.0.2.1:3478?transport=udp", "turn:[2001:67c::2]:3478?transport=udp"}),
        Urls{"turn:call.example:3478?transport=udp"})
        << "once";
    EXPECT_EQ(asked("call.example", {"turn:eu.example.org"}), Urls{"turn:call.example"});
}

TEST(OwnRelays, AServerOfThisMachineIsBelieved) {
    for (const char* host : {"localhost:8080", "127.0.0.1", "127.9.9.9:80", "[::1]:8080"}) {
        EXPECT_EQ(asked(host, {"stun:192.0.2.1", "turn:192.0.2.1:3478?transport=udp"}),
                  Urls{"turn:192.0.2.1:3478?transport=udp"})
            << host;
    }
    for (const std::string host : {"localhost.example.org", "127.0.0.1.example.org", "128.0.0.1"})
        EXPECT_EQ(asked(host, {"turn:192.0.2.1"}), Urls{"turn:" + host});
}

TEST(OwnRelays, WhateverIsWrittenDifferentlyIsAskedNowhereAndStunNobody) {
    for (const char* url : {"stun:call.example:3478", "stuns:call.example", "turn:", "turn:stranger@call.example",
                            "turn:call.example:3478\n", "turn:call.example/../x", "turn://call.example",
                            "turn:call.example:x", "turn:eu.example.org:1?transport=udp&to=5.61.10.2",
                            "turn:[2001:67c::9", "turn:[call.example]", "turn: call.example", "http:call.example", ""})
        EXPECT_TRUE(asked("call.example", {url}).empty()) << url;
}

TEST(OwnRelays, StunIsNoRelay) {
    EXPECT_FALSE(has_relay({{{"stun:a"}, "", ""}}));
    EXPECT_TRUE(has_relay({{{"stun:a"}, "", ""}, {{"turns:a"}, "u", "c"}}));
    EXPECT_FALSE(has_relay({}));
}

} // namespace
} // namespace vv::caller
