#include "crypto/hmac.h"
#include "safety/key_ring.h"

#include <gtest/gtest.h>

namespace vv::safety {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kRetention = 720h;
constexpr WallTime kStart{1'800'000'000s};

Person person(std::uint8_t device, const char* address) {
    return {DeviceId::of_token(ByteBuffer(16, device)).value(), AddressPrefix::of(IpAddress::parse(address).value())};
}

std::vector<std::uint32_t> numbers(const KeyRing& ring) {
    std::vector<std::uint32_t> out;
    for (const MarkKey& key : ring.keys())
        out.push_back(key.number);
    return out;
}

class KeyRingTest : public testing::Test {
protected:
    bool turn(std::chrono::seconds after) { return ring_.turn(kStart + after, kRetention, rng_); }

    SeededRng rng_{1};
    KeyRing ring_;
};

TEST_F(KeyRingTest, MakesItsFirstKeyAtOnceAndThenWaits) {
    EXPECT_EQ(ring_.current(), nullptr);
    EXPECT_TRUE(turn(0s));
    const MarkKey first = *ring_.current();
    EXPECT_EQ(first.made, kStart);
    EXPECT_FALSE(turn(kRetention - 1s));
    EXPECT_EQ(*ring_.current(), first);
}

TEST_F(KeyRingTest, AKeyMarksForOneRetentionAndIsReadForOneMore) {
    turn(0s);
    const std::uint32_t first = ring_.current()->number;
    EXPECT_TRUE(turn(kRetention));
    const std::uint32_t second = ring_.current()->number;
    EXPECT_EQ(numbers(ring_), (std::vector{first, second}));
    EXPECT_FALSE(turn(2 * kRetention - 1s));
    EXPECT_TRUE(turn(2 * kRetention));
    EXPECT_EQ(numbers(ring_), (std::vector{second, ring_.current()->number}));
    EXPECT_FALSE(ring_.has(first));
}

TEST_F(KeyRingTest, AfterALongTimeOffNothingOldIsLeft) {
    turn(0s);
    turn(kRetention);
    const auto old = numbers(ring_);
    EXPECT_TRUE(turn(10 * kRetention));
    ASSERT_EQ(ring_.keys().size(), 1U);
    for (const std::uint32_t number : old)
        EXPECT_FALSE(ring_.has(number));
}

TEST_F(KeyRingTest, AShorterRetentionLeavesTheKeyOfWhatIsNotDueYet) {
    turn(0s);
    const std::uint32_t used = ring_.current()->number;
    const auto retention = kRetention / 4;
    const WallTime now = kStart + kRetention - 1s;
    const auto is_used = [used](std::uint32_t number) { return number == used; };
    EXPECT_TRUE(ring_.turn(now, retention, rng_, is_used));
    EXPECT_EQ(numbers(ring_), (std::vector{used, ring_.current()->number})) << "but nothing new is marked with it";
    EXPECT_FALSE(ring_.turn(now + retention - 1s, retention, rng_, is_used));
    EXPECT_TRUE(ring_.turn(now + retention, retention, rng_));
    EXPECT_FALSE(ring_.has(used));
}

TEST_F(KeyRingTest, NeverHasMoreThanTwo) {
    turn(0s);
    for (int i = 1; i < 50; ++i) {
        ring_.turn(kStart + i * 24h, std::chrono::seconds(24h * (1 + i % 7)), rng_);
        EXPECT_LE(ring_.keys().size(), KeyRing::kKeysMax);
    }
}

TEST_F(KeyRingTest, AClockThatWasAheadDoesNotMakeAKeyLast) {
    turn(1000 * kRetention);
    EXPECT_TRUE(turn(0s));
    EXPECT_EQ(ring_.current()->made, kStart);
    EXPECT_FALSE(turn(0s));
}

TEST_F(KeyRingTest, MarksTellPeopleApartAndKeysApart) {
    turn(0s);
    turn(kRetention);
    const MarkKey& old_key = ring_.keys()[0];
    const MarkKey& key = ring_.keys()[1];
    const Person one = person(1, "192.0.2.1");
    const Person other = person(2, "192.0.2.2");
    EXPECT_EQ(key.mark(one.device), key.mark(person(1, "198.51.100.1").device));
    EXPECT_NE(key.mark(one.device), key.mark(other.device));
    EXPECT_NE(key.mark(one.device), old_key.mark(one.device));
    EXPECT_EQ(key.mark(one.prefix), key.mark(person(9, "192.0.2.1").prefix));
    EXPECT_NE(key.mark(one.prefix), key.mark(other.prefix));
}

TEST_F(KeyRingTest, AMarkIsAnHmacOfWhatItNames) {
    turn(0s);
    const Person one = person(1, "192.0.2.1");
    ByteBuffer named{'d', 'e', 'v', 'i', 'c', 'e', 0};
    named.insert(named.end(), one.device.bytes().begin(), one.device.bytes().end());
    EXPECT_EQ(ring_.current()->mark(one.device).value(), crypto::hmac_sha256(ring_.current()->secret, named));
}

TEST_F(KeyRingTest, IsReadAsItWasWritten) {
    turn(0s);
    turn(kRetention);
    const auto read = KeyRing::parse(ring_.write());
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, ring_);
}

TEST_F(KeyRingTest, ADamagedFileIsNotRead) {
    turn(0s);
    const std::string good = ring_.write();
    const std::string key_line = good.substr(good.find('\n') + 1);
    for (const std::string& bad : {std::string(), std::string("visavis report keys 2\n"), good + "rubbish\n",
                                   good + key_line, good.substr(0, good.size() - 3), good + "1 2 zz\n", good + "\n",
                                   "\n" + good, good + "4294967296 1 " + std::string(64, 'a') + "\n"}) {
        EXPECT_FALSE(KeyRing::parse(bad)) << bad;
    }
    std::string three = good;
    for (const char* number : {"1", "2"})
        three += std::string(number) + " 1800000000 " + std::string(64, 'a') + "\n";
    EXPECT_FALSE(KeyRing::parse(three));
}

} // namespace
} // namespace vv::safety
