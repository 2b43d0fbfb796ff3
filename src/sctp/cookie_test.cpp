#include "sctp/cookie.h"

#include <gtest/gtest.h>

namespace vv::sctp {
namespace {

const CookieContents kContents{.local_tag = VerificationTag(0xCAFE0001),
                               .peer = {.tag = VerificationTag(7),
                                        .receive_window = 70'000,
                                        .outbound_streams = 5,
                                        .inbound_streams = 6,
                                        .initial_tsn = 0xFFFFFFFF,
                                        .knows_forward_tsn = true,
                                        .knows_reconfig = false},
                               .issued = Instant(std::chrono::milliseconds(123'456))};

TEST(Cookie, GivesBackWhatWentIn) {
    SeededRng rng(1);
    const CookieSealer sealer(rng);
    EXPECT_EQ(sealer.open(sealer.seal(kContents)), kContents);
    CookieContents other = kContents;
    other.peer.knows_forward_tsn = false;
    other.peer.knows_reconfig = true;
    EXPECT_EQ(sealer.open(sealer.seal(other)), other);
    EXPECT_LE(sealer.seal(kContents).size(), kPeerCookieSizeMax);
}

TEST(Cookie, OpensWithItsOwnKeyOnly) {
    SeededRng rng(1);
    const CookieSealer sealer(rng);
    const CookieSealer other(rng);
    EXPECT_FALSE(other.open(sealer.seal(kContents)));
}

TEST(Cookie, IsRefusedWithOneBitChanged) {
    SeededRng rng(1);
    const CookieSealer sealer(rng);
    const ByteBuffer good = sealer.seal(kContents);
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        ByteBuffer bad = good;
        bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        EXPECT_FALSE(sealer.open(bad)) << bit;
    }
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(sealer.open(ByteView(good).first(size))) << size;
}

} // namespace
} // namespace vv::sctp
