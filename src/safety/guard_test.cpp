#include "safety/guard.h"

#include <gtest/gtest.h>

namespace vv::safety {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kWall{1'800'000'000s};
constexpr std::chrono::seconds kRetention = 720h;

Person person(std::uint8_t device, const char* address) {
    return {DeviceId::of_token(ByteBuffer(16, device)).value(), AddressPrefix::of(IpAddress::parse(address).value())};
}

class GuardTest : public testing::Test {
protected:
    GuardTest() { keys_.turn(kWall, kRetention, rng_); }

    void know(std::vector<Ban> bans, std::vector<ReportId> dismissed = {}) {
        guard_.handle_record(now_, {keys_, std::move(bans), std::move(dismissed)});
    }
    [[nodiscard]] Ban ban(const Person& whom, Duration time) const {
        const MarkKey& key = *keys_.current();
        return {{key.number, key.mark(whom.device), key.mark(whom.prefix)}, now_ + time};
    }
    [[nodiscard]] Standing::Kind kind_of(const Person& who) const { return guard_.standing(now_, who.device).kind; }

    SeededRng rng_{1};
    KeyRing keys_;
    Guard guard_{{}, rng_};
    Instant now_{1h};
    const Person one_ = person(1, "192.0.2.1");
    const Person other_ = person(2, "192.0.2.2");
};

TEST_F(GuardTest, ABanHoldsForTheDeviceWhereverItIs) {
    know({ban(one_, 1h)});
    EXPECT_EQ(kind_of(one_), Standing::Kind::kBanned);
    EXPECT_EQ(guard_.standing(now_, one_.device).until, now_ + 1h);
    EXPECT_EQ(kind_of(person(1, "198.51.100.9")), Standing::Kind::kBanned);
    EXPECT_EQ(kind_of(other_), Standing::Kind::kFree);
    EXPECT_EQ(guard_.bans(now_), 1U);
}

TEST_F(GuardTest, ANewDeviceAtTheSamePlaceIsSlowedAndNoMore) {
    know({ban(one_, 1h)});
    const Person reborn = person(77, "192.0.2.1");
    EXPECT_EQ(kind_of(reborn), Standing::Kind::kFree);
    EXPECT_TRUE(guard_.is_slowed(now_, reborn.prefix));
    EXPECT_FALSE(guard_.is_slowed(now_, other_.prefix));
}

TEST_F(GuardTest, ABanEndsInTime) {
    know({ban(one_, 1h)});
    now_ += 1h - 1ns;
    EXPECT_EQ(kind_of(one_), Standing::Kind::kBanned);
    now_ += 1ns;
    EXPECT_EQ(kind_of(one_), Standing::Kind::kFree);
    EXPECT_FALSE(guard_.is_slowed(now_, one_.prefix));
    EXPECT_EQ(guard_.bans(now_), 0U);
}

TEST_F(GuardTest, TheLongestOfSeveralBansHolds) {
    know({ban(one_, 1h), ban(one_, 3h), ban(one_, 2h), ban(other_, 30min)});
    EXPECT_EQ(guard_.standing(now_, one_.device).until, now_ + 3h);
    EXPECT_EQ(guard_.standing(now_, other_.device).until, now_ + 30min);
}

TEST_F(GuardTest, ABanIsLiftedWithTheNextRecord) {
    know({ban(one_, 1h)});
    know({});
    EXPECT_EQ(kind_of(one_), Standing::Kind::kFree);
}

TEST_F(GuardTest, ABanHoldsOverATurnOfTheKeysAndEndsWithItsKey) {
    const Ban old = ban(one_, 24h * 365);
    know({old});
    keys_.turn(kWall + kRetention, kRetention, rng_);
    know({old});
    EXPECT_EQ(kind_of(one_), Standing::Kind::kBanned);
    EXPECT_NE(guard_.marks(one_)->device, old.whom.device) << "new marks are made with the new key";
    keys_.turn(kWall + 2 * kRetention, kRetention, rng_);
    know({old});
    EXPECT_EQ(kind_of(one_), Standing::Kind::kFree) << "nobody can be found under a key that is gone";
}

TEST_F(GuardTest, EverybodyBehindAProxyOnThisMachineIsNotSlowed) {
    const Person behind = person(1, "127.0.0.1");
    know({ban(behind, 1h)});
    EXPECT_EQ(kind_of(behind), Standing::Kind::kBanned);
    EXPECT_FALSE(guard_.is_slowed(now_, behind.prefix));
}

TEST_F(GuardTest, ABanGoesBeforeACooldown) {
    for (std::uint8_t i = 10; i < 13; ++i) {
        const Person by{DeviceId::of_token(ByteBuffer(16, i)).value(), AddressPrefix::of(IpAddress::v4(i))};
        guard_.handle_report(now_, ReportId(i), by, one_.device);
    }
    EXPECT_EQ(kind_of(one_), Standing::Kind::kCooldown);
    know({ban(one_, 1h)});
    EXPECT_EQ(kind_of(one_), Standing::Kind::kBanned);
    know({}, {ReportId(10)});
    EXPECT_EQ(kind_of(one_), Standing::Kind::kFree) << "a dismissal has ended the cooldown";
}

TEST_F(GuardTest, WithoutAKeyThereAreNoMarks) {
    EXPECT_FALSE(guard_.marks(one_));
    know({});
    EXPECT_TRUE(guard_.marks(one_));
}

} // namespace
} // namespace vv::safety
