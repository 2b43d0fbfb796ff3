#include "ice/candidate.h"
#include "ice/limits.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::ice {
namespace {

SocketAddress at(std::string_view text) {
    return SocketAddress::parse(text).value();
}

CandidateError error_of(std::string_view line) {
    const auto candidate = parse_candidate(line);
    EXPECT_FALSE(candidate.has_value()) << line;
    return candidate ? CandidateError{} : candidate.error();
}

TEST(CandidateLine, AsBrowsersWriteThem) {
    const auto host = parse_candidate("candidate:842163049 1 udp 1677729535 203.0.113.1 46154 typ srflx raddr 10.0.0.1 "
                                      "rport 60769 generation 0 ufrag "
                                      "EsAw network-id 1 network-cost 10");
    ASSERT_TRUE(host.has_value());
    EXPECT_EQ(*host, (Candidate{.foundation = "842163049",
                                .priority = 1677729535,
                                .type = CandidateType::kServerReflexive,
                                .address = at("203.0.113.1:46154"),
                                .related = at("10.0.0.1:60769"),
                                .ufrag = "EsAw"}));
    const auto firefox =
        parse_candidate("candidate:0 1 UDP 2122252543 b35b1e5b-7c1c-4a0f-8a39-11e0ab2f1d5e.local 54321 typ host");
    ASSERT_TRUE(firefox.has_value());
    EXPECT_EQ(firefox->name, "b35b1e5b-7c1c-4a0f-8a39-11e0ab2f1d5e.local");
    EXPECT_EQ(firefox->address.port, 54321);
    const auto six = parse_candidate("a=candidate:1 1 udp 1 2001:db8::1 9 typ relay raddr :: rport 0");
    ASSERT_TRUE(six.has_value());
    EXPECT_EQ(six->address, at("[2001:db8::1]:9"));
    EXPECT_EQ(six->type, CandidateType::kRelayed);
}

TEST(CandidateLine, WhatIsWrittenIsRead) {
    const std::vector<Candidate> candidates{
        {.foundation = "1", .priority = 7, .type = CandidateType::kHost, .address = at("192.0.2.1:1")},
        {.foundation = "a+/Z",
         .priority = 0x7FFFFFFF,
         .type = CandidateType::kPeerReflexive,
         .address = at("[2001:db8::1]:65535")},
        {.foundation = "2",
         .priority = 1,
         .type = CandidateType::kRelayed,
         .address = at("192.0.2.1:1"),
         .related = at("0.0.0.0:0"),
         .ufrag = "abcd"},
        {.foundation = "3",
         .priority = 1,
         .type = CandidateType::kHost,
         .address = {IpAddress(), 9},
         .name = "a-1.local"}};
    for (const Candidate& candidate : candidates)
        EXPECT_EQ(parse_candidate(write_candidate(candidate)), candidate) << write_candidate(candidate);
}

TEST(CandidateLine, AMappedAddressIsTheIpv4ItIs) {
    EXPECT_EQ(parse_candidate("candidate:1 1 udp 1 ::ffff:192.0.2.1 9 typ host")->address, at("192.0.2.1:9"));
}

TEST(CandidateLine, WhatIsNotForThisAgentIsToldApartFromNonsense) {
    for (const char* line : {"candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active", // RFC 6544
                             "candidate:1 2 udp 1 192.0.2.1 9 typ host",                // RTCP of its own
                             "candidate:1 1 udp 1 192.0.2.1 9 typ token",               // not assigned
                             "candidate:1 1 udp 1 host.example 9 typ host",             // a name of DNS
                             "candidate:1 1 udp 1 .local 9 typ host", "candidate:1 1 udp 1 a.b.local 9 typ host"}) {
        EXPECT_EQ(error_of(line), CandidateError::kUnsupported) << line;
    }
    for (const char* line : {"candidate:1 1 udp 1 0.0.0.0 9 typ host", "candidate:1 1 udp 1 :: 9 typ host",
                             "candidate:1 1 udp 1 192.0.2.1 0 typ host", "candidate:1 1 udp 1 224.0.0.1 9 typ host",
                             "candidate:1 1 udp 1 255.255.255.255 9 typ host", "candidate:1 1 udp 1 ff02::1 9 typ host",
                             "candidate:1 1 udp 1 a.local 0 typ host"}) {
        EXPECT_EQ(error_of(line), CandidateError::kUnusable) << line;
    }
    for (const char* line : {"",
                             "candidate",
                             "candidate:",
                             "candidate:1",
                             "candidate:1 1",
                             "candidate:1 1 udp 1 192.0.2.1 9",
                             "candidate:1 1 udp 1 192.0.2.1 9 typ",
                             "candidate:1 1 udp 1 192.0.2.1 9 type host",
                             "candidate: 1 udp 1 192.0.2.1 9 typ host",
                             "candidate:- 1 udp 1 192.0.2.1 9 typ host",
                             "candidate:1 0 udp 1 192.0.2.1 9 typ host",
                             "candidate:1 257 udp 1 192.0.2.1 9 typ host",
                             "candidate:1 1 udp 0 192.0.2.1 9 typ host",
                             "candidate:1 1 udp 2147483648 192.0.2.1 9 typ host",
                             "candidate:1 1 udp -1 192.0.2.1 9 typ host",
                             "candidate:1 1 udp 99999999999 192.0.2.1 9 typ host",
                             "candidate:1 1 udp 1 192.0.2.1 65536 typ host",
                             "candidate:1 1 udp 1 192.0.2.1 9x typ host",
                             "candidate:1 1 udp 1 192.0.2.1 9 typ srflx raddr 10.0.0.1 rport x",
                             "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag",
                             "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag a:b"}) {
        EXPECT_EQ(error_of(line), CandidateError::kMalformed) << line;
    }
}

TEST(CandidateLine, LengthsHaveAnEnd) {
    const std::string base = "candidate:1 1 udp 1 192.0.2.1 9 typ host x ";
    EXPECT_TRUE(parse_candidate(base + std::string(kCandidateSizeMax - base.size(), 'y')).has_value());
    EXPECT_FALSE(parse_candidate(base + std::string(kCandidateSizeMax - base.size() + 1, 'y')).has_value());
    EXPECT_TRUE(parse_candidate("candidate:" + std::string(32, '1') + " 1 udp 1 192.0.2.1 9 typ host").has_value());
    EXPECT_FALSE(parse_candidate("candidate:" + std::string(33, '1') + " 1 udp 1 192.0.2.1 9 typ host").has_value());
}

// RFC 8445 §5.1.2.1 and §5.1.2.2.
TEST(CandidatePriority, FollowsTheTypeThenThePreference) {
    EXPECT_EQ(candidate_priority(CandidateType::kHost, 65535), 2130706431U);
    EXPECT_EQ(candidate_priority(CandidateType::kPeerReflexive, 65535), 1862270975U);
    EXPECT_EQ(candidate_priority(CandidateType::kServerReflexive, 65535), 1694498815U);
    EXPECT_EQ(candidate_priority(CandidateType::kRelayed, 65535), 16777215U);
    EXPECT_EQ(candidate_priority(CandidateType::kHost, 65534), 2130706431U - 256);
}

TEST(CandidateAddress, LinkLocalOfIpv6IsKnown) {
    EXPECT_TRUE(is_link_local_v6(at("[fe80::1]:1").ip));
    EXPECT_TRUE(is_link_local_v6(at("[febf::1]:1").ip));
    EXPECT_FALSE(is_link_local_v6(at("[fec0::1]:1").ip));
    EXPECT_FALSE(is_link_local_v6(at("254.128.0.1:1").ip));
}

} // namespace
} // namespace vv::ice
