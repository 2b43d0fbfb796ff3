#include "crypto/secret_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

namespace vv::crypto {
namespace {

// Hands memory out and looks at what comes back in it.
struct WatchingAllocator {
    static inline std::size_t taken_back = 0;
    static inline std::size_t not_wiped = 0;

    [[nodiscard]] std::uint8_t* allocate(std::size_t count) { return std::allocator<std::uint8_t>().allocate(count); }
    void deallocate(std::uint8_t* bytes, std::size_t count) {
        ++taken_back;
        if (std::any_of(bytes, bytes + count, [](std::uint8_t byte) { return byte != 0; })) ++not_wiped;
        std::allocator<std::uint8_t>().deallocate(bytes, count);
    }
};
using Watched = BasicSecretBytes<WatchingAllocator>;

class SecretBytesTest : public testing::Test {
protected:
    SecretBytesTest() { WatchingAllocator::taken_back = WatchingAllocator::not_wiped = 0; }
    ~SecretBytesTest() override { EXPECT_EQ(WatchingAllocator::not_wiped, 0U); }
};

TEST_F(SecretBytesTest, AreOverwrittenWhenTheyEnd) {
    {
        const Watched secret("the first of all secrets");
        const Watched copy = secret; // NOLINT(performance-unnecessary-copy-initialization): a second one to wipe
        EXPECT_EQ(as_text(copy.view()), "the first of all secrets");
        EXPECT_EQ(WatchingAllocator::taken_back, 0U);
    }
    EXPECT_EQ(WatchingAllocator::taken_back, 2U);
}

TEST_F(SecretBytesTest, AreOverwrittenWhenTheyAreReplacedByShorterOnes) {
    Watched secret("the first of all secrets");
    const Watched next("shorter");
    secret = next;
    EXPECT_EQ(WatchingAllocator::taken_back, 1U) << "nothing of the first is left behind the second";
    EXPECT_EQ(as_text(secret.view()), "shorter");
    secret = std::string_view("a third");
    EXPECT_EQ(WatchingAllocator::taken_back, 2U);
    secret.clear();
    EXPECT_EQ(WatchingAllocator::taken_back, 3U);
    EXPECT_TRUE(secret.empty());
}

TEST_F(SecretBytesTest, AreTheSameWhereverTheyAreFrom) {
    const ByteBuffer bytes{1, 2, 3};
    Watched secret = bytes;
    const Watched moved = std::move(secret);
    EXPECT_TRUE(std::ranges::equal(moved.view(), bytes));
    EXPECT_EQ(WatchingAllocator::taken_back, 0U);
}

TEST_F(SecretBytesTest, AreOverwrittenWhereTheyGrowOutOfTheirPlace) {
    std::string whole;
    Watched secret;
    for (int i = 0; i < 100; ++i) {
        secret.append(as_bytes("more of it, "));
        whole += "more of it, ";
    }
    EXPECT_EQ(secret.text(), whole);
    EXPECT_GT(WatchingAllocator::taken_back, 1U);
}

TEST_F(SecretBytesTest, AreEqualIfAllTheirBytesAre) {
    EXPECT_EQ(Watched("the"), Watched(ByteBuffer{'t', 'h', 'e'}));
    EXPECT_NE(Watched("the first"), Watched("the firsT"));
    EXPECT_NE(Watched("the first"), Watched("the first "));
    EXPECT_EQ(Watched(), Watched(""));
}

} // namespace
} // namespace vv::crypto
