#include "sim/apps_for_test.h"
#include "sim/firewall.h"

#include <gtest/gtest.h>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow{1h};
const SocketAddress kInside = at("[2600:1::2]:5000");
const SocketAddress kOutside = at("[2600:2::2]:6000");
const SocketAddress kOutsideOtherPort = at("[2600:2::2]:6001");
const SocketAddress kElse = at("[2600:3::2]:6000");

Packet packet(const SocketAddress& from, const SocketAddress& to, Protocol protocol = Protocol::kUdp,
              std::size_t size = 10) {
    Packet made;
    made.from = from;
    made.to = to;
    made.protocol = protocol;
    made.tcp.syn = protocol == Protocol::kTcp;
    made.payload.resize(size);
    return made;
}
Fate out(Firewall& wall, Packet made, Instant now = kNow) {
    return wall.handle_outbound(now, made);
}
Fate in(Firewall& wall, Packet made, Instant now = kNow) {
    return wall.handle_inbound(now, made);
}

TEST(Firewall, LetsInByItsFilterWhoWasSpokenTo) {
    for (const auto& [filtering, other_port, elsewhere] :
         {std::tuple(Behaviour::kEndpointIndependent, Fate::kSent, Fate::kSent),
          std::tuple(Behaviour::kAddressDependent, Fate::kSent, Fate::kFiltered),
          std::tuple(Behaviour::kAddressAndPortDependent, Fate::kFiltered, Fate::kFiltered)}) {
        SCOPED_TRACE(name_of(filtering));
        Firewall wall({.filtering = filtering});
        EXPECT_EQ(in(wall, packet(kOutside, kInside)), Fate::kFiltered) << "nobody has been spoken to yet";
        EXPECT_EQ(out(wall, packet(kInside, kOutside)), Fate::kSent);
        EXPECT_EQ(in(wall, packet(kOutside, kInside)), Fate::kSent);
        EXPECT_EQ(in(wall, packet(kOutsideOtherPort, kInside)), other_port);
        EXPECT_EQ(in(wall, packet(kElse, kInside)), elsewhere);
        EXPECT_EQ(in(wall, packet(kOutside, kInside), kNow + 2min), Fate::kFiltered) << "it was long ago";
    }
}

TEST(Firewall, WithoutAFilterLetsEverybodyIn) {
    Firewall wall({.filtering = std::nullopt});
    EXPECT_EQ(in(wall, packet(kOutside, kInside)), Fate::kSent);
    EXPECT_EQ(wall.sessions(), 0U);
}

TEST(Firewall, BlocksUdpAndNotTcp) {
    Firewall wall({.blocks_udp = true});
    EXPECT_EQ(out(wall, packet(kInside, kOutside)), Fate::kBlocked);
    EXPECT_EQ(in(wall, packet(kOutside, kInside)), Fate::kBlocked);
    EXPECT_EQ(out(wall, packet(kInside, kOutside, Protocol::kTcp)), Fate::kSent);
    EXPECT_EQ(in(wall, packet(kOutside, kInside, Protocol::kTcp)), Fate::kSent);
}

TEST(Firewall, LetsTcpGoWhereItMay) {
    Firewall wall({.tcp_ports = {443}});
    EXPECT_EQ(out(wall, packet(kInside, {kOutside.ip, 443}, Protocol::kTcp)), Fate::kSent);
    EXPECT_EQ(out(wall, packet(kInside, {kOutside.ip, 444}, Protocol::kTcp)), Fate::kBlocked);
    Packet answer = packet(kInside, {kOutside.ip, 50'000}, Protocol::kTcp);
    answer.tcp.ack = true;
    EXPECT_EQ(out(wall, answer), Fate::kSent) << "it begins nothing";
}

TEST(Firewall, DropsWhatIsLargerThanItsLimit) {
    Firewall wall({.filtering = std::nullopt, .udp_payload_max = 1000});
    EXPECT_EQ(out(wall, packet(kInside, kOutside, Protocol::kUdp, 1000)), Fate::kSent);
    EXPECT_EQ(out(wall, packet(kInside, kOutside, Protocol::kUdp, 1001)), Fate::kBlocked);
    EXPECT_EQ(in(wall, packet(kOutside, kInside, Protocol::kUdp, 1001)), Fate::kBlocked);
}

TEST(Firewall, HasAsManySessionsAsItMayAndNotOneMore) {
    Firewall wall({.sessions_max = 3});
    for (std::uint16_t port = 1; port <= 3; ++port)
        EXPECT_EQ(out(wall, packet({kInside.ip, port}, kOutside)), Fate::kSent);
    EXPECT_EQ(out(wall, packet({kInside.ip, 4}, kOutside)), Fate::kTableFull);
    EXPECT_EQ(out(wall, packet({kInside.ip, 4}, kOutside), kNow + 2min), Fate::kSent);
    EXPECT_EQ(wall.sessions(), 1U);
}

TEST(Firewall, ARebootForgetsItsSessions) {
    Firewall wall({});
    EXPECT_EQ(out(wall, packet(kInside, kOutside)), Fate::kSent);
    wall.reboot();
    EXPECT_EQ(in(wall, packet(kOutside, kInside)), Fate::kFiltered);
}

} // namespace
} // namespace vv::sim
