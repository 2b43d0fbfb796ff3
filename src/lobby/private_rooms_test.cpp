#include "lobby/limits.h"
#include "lobby/private_rooms.h"

#include <gtest/gtest.h>

namespace vv::lobby {
namespace {

const PrivateId kLink(Bytes16{7});
const PrivateId kOther(Bytes16{8});
constexpr Instant kNow(1h);

SeatId seat(std::uint32_t number) {
    return SeatId(Bytes16{static_cast<std::uint8_t>(number >> 16U), static_cast<std::uint8_t>(number >> 8U),
                          static_cast<std::uint8_t>(number)});
}

TEST(PrivateRooms, KeepARoomWhileSomebodyIsInIt) {
    PrivateRooms rooms;
    EXPECT_EQ(rooms.find(kLink), nullptr);
    rooms.make(kLink).waiters = {3, 4};
    rooms.remove_waiter(kLink, 3);
    ASSERT_NE(rooms.find(kLink), nullptr);
    EXPECT_EQ(rooms.find(kLink)->waiters, (std::vector<std::uint32_t>{4}));
    rooms.find(kLink)->call = 9;
    rooms.remove_waiter(kLink, 4);
    EXPECT_NE(rooms.find(kLink), nullptr) << "a call holds its seats";
    rooms.find(kLink)->call = kNone;
    rooms.tidy(kLink);
    EXPECT_EQ(rooms.size(), 0U);
    rooms.remove_waiter(kLink, 3);
    rooms.tidy(kLink);
}

TEST(SeatRefusals, KeepAPairApartInBothOrders) {
    SeatRefusals refusals;
    refusals.add(kNow, kLink, seat(2), seat(1));
    EXPECT_TRUE(refusals.are_apart(kLink, seat(1), seat(2)));
    EXPECT_TRUE(refusals.are_apart(kLink, seat(2), seat(1)));
    EXPECT_FALSE(refusals.are_apart(kLink, seat(1), seat(3)));
    EXPECT_FALSE(refusals.are_apart(kOther, seat(1), seat(2)));
}

TEST(SeatRefusals, EndAfterAMinuteOfTheLastOne) {
    SeatRefusals refusals;
    refusals.add(kNow, kLink, seat(1), seat(2));
    refusals.add(kNow + 1s, kLink, seat(2), seat(1));
    EXPECT_EQ(refusals.poll_timeout(), kNow + kSeatRefusalTime);
    EXPECT_FALSE(refusals.pop_due(kNow + kSeatRefusalTime - 1ns));
    EXPECT_EQ(refusals.pop_due(kNow + kSeatRefusalTime), kLink);
    EXPECT_FALSE(refusals.pop_due(kNow + kSeatRefusalTime));
    EXPECT_TRUE(refusals.are_apart(kLink, seat(1), seat(2)));
    EXPECT_EQ(refusals.pop_due(kNow + kSeatRefusalTime + 1s), kLink);
    EXPECT_FALSE(refusals.are_apart(kLink, seat(1), seat(2)));
    EXPECT_EQ(refusals.poll_timeout(), std::nullopt);
}

TEST(SeatRefusals, AreBoundedAndTheOldestGivesWay) {
    SeatRefusals refusals;
    for (std::uint32_t i = 0; i < kSeatRefusalsMax; ++i)
        refusals.add(kNow, kLink, seat(0), seat(i + 1));
    EXPECT_EQ(refusals.size(), kSeatRefusalsMax);
    EXPECT_TRUE(refusals.are_apart(kLink, seat(0), seat(1)));
    refusals.add(kNow, kOther, seat(0), seat(1));
    EXPECT_EQ(refusals.size(), kSeatRefusalsMax);
    EXPECT_FALSE(refusals.are_apart(kLink, seat(0), seat(1)));
    EXPECT_TRUE(refusals.are_apart(kLink, seat(0), seat(2)));
    EXPECT_TRUE(refusals.are_apart(kOther, seat(0), seat(1)));
}

} // namespace
} // namespace vv::lobby
