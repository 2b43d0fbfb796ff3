#include "ice/unpermitted_packets.h"

#include <gtest/gtest.h>

namespace vv::ice {
namespace {

const IpAddress kOne = IpAddress::v4(0xC0000201);
const IpAddress kOther = IpAddress::v4(0xC0000202);

Transmit packet_to(const IpAddress& peer, std::uint8_t text) {
    return {{TransportId(1), {peer, 5000}}, {text}};
}

TEST(UnpermittedPackets, ThoseOfOnePeerAreTakenInTheirOrderAndOthersStay) {
    UnpermittedPackets packets(8);
    packets.push(packet_to(kOne, 1));
    packets.push(packet_to(kOther, 2));
    packets.push(packet_to(kOne, 3));
    const auto taken = packets.take(kOne);
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(taken[0].payload, ByteBuffer{1});
    EXPECT_EQ(taken[1].payload, ByteBuffer{3});
    EXPECT_TRUE(packets.take(kOne).empty());
    EXPECT_EQ(packets.size(), 1U);
    EXPECT_EQ(packets.take(kOther).size(), 1U);
}

TEST(UnpermittedPackets, OneMoreThanThereIsRoomForIsLost) {
    UnpermittedPackets packets(2);
    for (int i = 0; i < 3; ++i)
        packets.push(packet_to(kOne, 1));
    EXPECT_EQ(packets.size(), 2U);
    packets.clear();
    EXPECT_EQ(packets.size(), 0U);
}

} // namespace
} // namespace vv::ice
