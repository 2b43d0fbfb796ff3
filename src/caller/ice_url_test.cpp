#include "caller/ice_url.h"

#include <gtest/gtest.h>

namespace vv::caller {
namespace {

using turn::Transport;

TEST(IceUrl, EachFormIsRead) {
    EXPECT_EQ(parse_ice_url("stun:stun.example.org"), (IceUrl{false, Transport::kUdp, "stun.example.org", 3478}));
    EXPECT_EQ(parse_ice_url("stun:192.0.2.1:19302"), (IceUrl{false, Transport::kUdp, "192.0.2.1", 19302}));
    EXPECT_EQ(parse_ice_url("turn:relay.example.org"), (IceUrl{true, Transport::kUdp, "relay.example.org", 3478}));
    EXPECT_EQ(parse_ice_url("turn:192.0.2.1:443?transport=udp"), (IceUrl{true, Transport::kUdp, "192.0.2.1", 443}));
    EXPECT_EQ(parse_ice_url("turn:[2001:db8::1]:3478?transport=tcp"),
              (IceUrl{true, Transport::kTcp, "2001:db8::1", 3478}));
    EXPECT_EQ(parse_ice_url("TURNS:Example.ORG:443?transport=tcp"),
              (IceUrl{true, Transport::kTls, "example.org", 443}));
    EXPECT_EQ(parse_ice_url("turns:example.org"), (IceUrl{true, Transport::kTls, "example.org", 5349}));
}

TEST(IceUrl, WhatIsNotSpokenHereIsNone) {
    for (const char* const text :
         {"stuns:example.org", "turns:example.org?transport=udp", "turn:example.org?transport=sctp",
          "stun:example.org?transport=udp", "https://example.org", "turn:example.org?transport=tcp&x=1"})
        EXPECT_EQ(parse_ice_url(text), std::nullopt) << text;
}

TEST(IceUrl, NonsenseIsNone) {
    for (const char* const text :
         {"", "turn", "turn:", "turn::3478", "turn:example.org:", "turn:example.org:0", "turn:example.org:65536",
          "turn:example.org:12x", "turn:[2001:db8::1", "turn:[192.0.2.1]:1", "turn:[nowhere]", "turn:user@example.org",
          "turn://example.org", "turn:example.org/path", "turn:exa mple.org", "turn:example.org:3478?"})
        EXPECT_EQ(parse_ice_url(text), std::nullopt) << text;
    EXPECT_EQ(parse_ice_url("turn:" + std::string(254, 'a')), std::nullopt);
    EXPECT_TRUE(parse_ice_url("turn:" + std::string(253, 'a')).has_value());
}

} // namespace
} // namespace vv::caller
