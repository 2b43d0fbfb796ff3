// A Protector and an Unprotector under one key.
#include "base/allocations_for_test.h"
#include "srtp/keys_for_test.h"
#include "srtp/packet_index.h"
#include "srtp/protector.h"
#include "srtp/unprotector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace vv::srtp {
namespace {

using test::rtcp_packet;
using test::rtp_packet;

class Session : public testing::TestWithParam<Profile> {
protected:
    ByteBuffer protect(ByteBuffer packet) {
        const std::size_t size = packet.size();
        packet.resize(size + kRtpOverheadMax);
        const auto whole = protector.protect_rtp(packet, size);
        if (!whole) return {};
        packet.resize(*whole);
        return packet;
    }
    ByteBuffer protect_rtcp(ByteBuffer packet) {
        const std::size_t size = packet.size();
        packet.resize(size + kRtcpOverheadMax);
        const auto whole = protector.protect_rtcp(packet, size);
        if (!whole) return {};
        packet.resize(*whole);
        return packet;
    }
    Result<ByteBuffer, Error> open(ByteBuffer packet) {
        const auto plain = unprotector.unprotect_rtp(packet);
        if (!plain) return Failure(plain.error());
        return ByteBuffer(plain->begin(), plain->end());
    }
    Result<ByteBuffer, Error> open_rtcp(ByteBuffer packet) {
        const auto plain = unprotector.unprotect_rtcp(packet);
        if (!plain) return Failure(plain.error());
        return ByteBuffer(plain->begin(), plain->end());
    }

    Protector protector{GetParam(), test::random_key(GetParam())};
    Unprotector unprotector{GetParam(), test::random_key(GetParam())};
};

INSTANTIATE_TEST_SUITE_P(Profiles, Session, testing::ValuesIn(test::kProfiles), test::profile_name);

TEST_P(Session, CarriesPacketsOfEverySize) {
    std::uint16_t sequence = 0;
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 160U, 1200U}) {
        const ByteBuffer packet = rtp_packet(++sequence, size);
        const ByteBuffer sealed = protect(packet);
        ASSERT_EQ(sealed.size(), packet.size() + rtp_overhead(GetParam()));
        EXPECT_TRUE(std::equal(packet.begin(), packet.begin() + 12, sealed.begin())); // the header stays in clear
        EXPECT_TRUE(size < 15 || !std::equal(packet.begin() + 12, packet.end(), sealed.begin() + 12));
        EXPECT_EQ(open(sealed), packet);
    }
}

TEST_P(Session, LeavesSourcesAndExtensionsInClear) {
    ByteBuffer packet;
    const ByteBuffer value{1, 2, 3};
    rtp::write_header(packet, {true, 111, 7, 8, rtp::Ssrc(9)}, std::vector<rtp::Extension>{{1, value}},
                      std::vector<std::uint32_t>{10, 11});
    const std::size_t header = packet.size();
    packet.insert(packet.end(), 40, 0x55);
    const ByteBuffer sealed = protect(packet);
    ASSERT_GT(sealed.size(), header);
    EXPECT_TRUE(std::equal(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(header), sealed.begin()));
    EXPECT_EQ(rtp::parse_packet(sealed)->csrcs.size(), 8U);
    EXPECT_EQ(open(sealed), packet);
}

TEST_P(Session, RefusesEveryChangedBit) {
    const ByteBuffer sealed = protect(rtp_packet(1, 20));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        ByteBuffer changed = sealed;
        changed[i] ^= 0x04U;
        ASSERT_FALSE(open(changed)) << i;
    }
    EXPECT_EQ(open(sealed), rtp_packet(1, 20)); // and none of them has moved anything
}

TEST_P(Session, RefusesEveryChangedBitOfRtcp) {
    const ByteBuffer sealed = protect_rtcp(rtcp_packet());
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        ByteBuffer changed = sealed;
        changed[i] ^= 0x80U; // in one place the flag E
        ASSERT_FALSE(open_rtcp(changed)) << i;
    }
    EXPECT_EQ(open_rtcp(sealed), rtcp_packet());
}

TEST_P(Session, RefusesWhatIsCutShort) {
    const ByteBuffer sealed = protect(rtp_packet(1, 4));
    const ByteBuffer control = protect_rtcp(rtcp_packet(1, 0));
    for (std::size_t size = 0; size < sealed.size(); ++size)
        EXPECT_FALSE(open({sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(size)})) << size;
    for (std::size_t size = 0; size < control.size(); ++size)
        EXPECT_FALSE(open_rtcp({control.begin(), control.begin() + static_cast<std::ptrdiff_t>(size)})) << size;
    EXPECT_EQ(open(ByteBuffer(11, 0x80)).error(), Error::kMalformed);
    EXPECT_EQ(open(ByteBuffer(12 + rtp_overhead(GetParam()) - 1, 0x80)).error(), Error::kMalformed);
    EXPECT_EQ(open_rtcp(ByteBuffer(8 + rtcp_overhead(GetParam()) - 1, 0x80)).error(), Error::kMalformed);
}

TEST_P(Session, TakesEachPacketOnce) {
    const ByteBuffer sealed = protect(rtp_packet(1));
    EXPECT_TRUE(open(sealed));
    EXPECT_EQ(open(sealed).error(), Error::kReplayed);
    const ByteBuffer control = protect_rtcp(rtcp_packet());
    EXPECT_TRUE(open_rtcp(control));
    EXPECT_EQ(open_rtcp(control).error(), Error::kReplayed);
}

TEST_P(Session, FollowsTheSequenceThroughWrapsLossAndDisorder) {
    SeededRng rng(3);
    std::vector<ByteBuffer> on_the_way;
    std::size_t arrived = 0;
    std::uint32_t sent = 60'000; // what arrives first must not be from behind a wrap
    for (int i = 0; i < 8000; ++i) {
        sent += 20; // nineteen of twenty are lost
        on_the_way.push_back(protect(rtp_packet(static_cast<std::uint16_t>(sent), 30)));
        ASSERT_FALSE(on_the_way.back().empty());
        if (on_the_way.size() < 4) continue;
        const auto chosen = on_the_way.begin() + static_cast<std::ptrdiff_t>(rng.below(on_the_way.size()));
        ASSERT_TRUE(open(*chosen)) << sent;
        ++arrived;
        on_the_way.erase(chosen);
    }
    EXPECT_GT(sent, 3 * 65'536U);
    EXPECT_GT(arrived, 7900U);
}

TEST_P(Session, ForgedPacketsDoNotMoveTheCounter) {
    EXPECT_TRUE(open(protect(rtp_packet(65'530))));
    ByteBuffer forged = rtp_packet(20'000); // would be past the wrap
    forged.resize(forged.size() + rtp_overhead(GetParam()));
    EXPECT_EQ(open(forged).error(), Error::kUnauthenticated);
    EXPECT_TRUE(open(protect(rtp_packet(65'531))));
    EXPECT_TRUE(open(protect(rtp_packet(2))));
}

TEST_P(Session, RefusesToSendUnderANumberTwice) {
    EXPECT_FALSE(protect(rtp_packet(5)).empty());
    ByteBuffer again = rtp_packet(5, 60);
    again.resize(again.size() + kRtpOverheadMax);
    EXPECT_EQ(protector.protect_rtp(again, again.size() - kRtpOverheadMax).error(), Error::kReplayed);
    EXPECT_FALSE(protect(rtp_packet(static_cast<std::uint16_t>(5 + kReplayWindowSize))).empty());
    ByteBuffer old = rtp_packet(4);
    old.resize(old.size() + kRtpOverheadMax);
    EXPECT_EQ(protector.protect_rtp(old, old.size() - kRtpOverheadMax).error(), Error::kTooOld);
}

TEST_P(Session, RepeatsAPacketAsItWasWhereThatIsAllowed) {
    Protector repeating(GetParam(), test::random_key(GetParam()), Repeats::kAllowed);
    ByteBuffer first = rtp_packet(5);
    const std::size_t size = first.size();
    first.resize(size + kRtpOverheadMax);
    ByteBuffer second = first;
    ASSERT_TRUE(repeating.protect_rtp(first, size));
    ASSERT_TRUE(repeating.protect_rtp(second, size));
    EXPECT_EQ(first, second);
}

TEST_P(Session, KeepsSourcesApart) {
    for (std::uint32_t source = 0; source < 4; ++source) {
        EXPECT_TRUE(open(protect(rtp_packet(100, 20, source))));
        EXPECT_TRUE(open_rtcp(protect_rtcp(rtcp_packet(source))));
    }
    ByteBuffer other = protect(rtp_packet(101, 20, 1));
    other[11] ^= 3U; // as if source 2 had sent it
    EXPECT_EQ(open(other).error(), Error::kUnauthenticated);
}

TEST_P(Session, HasSourcesUpToItsLimit) {
    for (std::uint32_t source = 0; source < kStreamsMax; ++source) {
        ASSERT_TRUE(open(protect(rtp_packet(1, 5, source))));
        ASSERT_TRUE(open_rtcp(protect_rtcp(rtcp_packet(source))));
    }
    // One more, from an end that has no such limit left.
    Protector other(GetParam(), test::random_key(GetParam()));
    ByteBuffer packet = rtp_packet(1, 5, kStreamsMax);
    const std::size_t size = packet.size();
    packet.resize(size + kRtpOverheadMax);
    EXPECT_EQ(protector.protect_rtp(packet, size).error(), Error::kTooManyStreams);
    packet.resize(other.protect_rtp(packet, size).value());
    EXPECT_EQ(open(packet).error(), Error::kTooManyStreams);
    ByteBuffer control = rtcp_packet(kStreamsMax);
    const std::size_t control_size = control.size();
    control.resize(control_size + kRtcpOverheadMax);
    EXPECT_EQ(protector.protect_rtcp(control, control_size).error(), Error::kTooManyStreams);
    control.resize(other.protect_rtcp(control, control_size).value());
    EXPECT_EQ(open_rtcp(control).error(), Error::kTooManyStreams);
    EXPECT_TRUE(open(protect(rtp_packet(2, 5, 0)))); // those that were there go on
}

// A forged packet of a new source takes no place from a real one.
TEST_P(Session, CountsOnlyAuthenticSources) {
    for (std::uint32_t source = 1000; source < 1000 + 2 * kStreamsMax; ++source) {
        ByteBuffer forged = rtp_packet(1, 40, source);
        EXPECT_EQ(open(forged).error(), Error::kUnauthenticated);
        ByteBuffer control = rtcp_packet(source);
        EXPECT_EQ(open_rtcp(control).error(), Error::kUnauthenticated);
    }
    EXPECT_TRUE(open(protect(rtp_packet(1))));
    EXPECT_TRUE(open_rtcp(protect_rtcp(rtcp_packet())));
}

TEST_P(Session, NumbersRtcpFromZero) {
    const std::size_t word_from_end = is_aead(GetParam()) ? 4 : 4 + kCmTagSize;
    for (std::uint32_t index = 0; index < 3; ++index) {
        const ByteBuffer sealed = protect_rtcp(rtcp_packet());
        ByteReader reader(ByteView(sealed).subspan(sealed.size() - word_from_end, 4));
        EXPECT_EQ(reader.read_u32(), 0x80000000U | index); // RFC 3711 §3.4: E, then the index
        EXPECT_TRUE(open_rtcp(sealed));
    }
}

TEST_P(Session, OtherKeysOpenNothing) {
    Unprotector other(GetParam(), test::random_key(GetParam(), 2));
    ByteBuffer sealed = protect(rtp_packet(1));
    EXPECT_EQ(other.unprotect_rtp(sealed).error(), Error::kUnauthenticated);
    ByteBuffer control = protect_rtcp(rtcp_packet());
    EXPECT_EQ(other.unprotect_rtcp(control).error(), Error::kUnauthenticated);
}

TEST_P(Session, RefusesToProtectWhatIsNoRtp) {
    ByteBuffer packet = rtp_packet(1);
    const std::size_t size = packet.size();
    packet.resize(size + kRtcpOverheadMax);
    packet[0] = 0x40;
    EXPECT_EQ(protector.protect_rtp(packet, size).error(), Error::kMalformed);
    EXPECT_EQ(protector.protect_rtcp(packet, 7).error(), Error::kMalformed);
}

#if defined(__SANITIZE_ADDRESS__)
TEST_P(Session, TakesNoMemoryForAPacket) {
    (void)open(protect(rtp_packet(1)));
    (void)open_rtcp(protect_rtcp(rtcp_packet()));
    ByteBuffer packet = rtp_packet(2, 1200);
    const std::size_t size = packet.size();
    packet.resize(size + kRtpOverheadMax);
    ByteBuffer control = rtcp_packet();
    const std::size_t control_size = control.size();
    control.resize(control_size + kRtcpOverheadMax);
    bool all_worked = false;
    EXPECT_EQ(allocations_of([&] {
                  const auto sealed = protector.protect_rtp(packet, size);
                  const auto control_sealed = protector.protect_rtcp(control, control_size);
                  all_worked = unprotector.unprotect_rtp(std::span(packet).first(sealed.value())) &&
                               unprotector.unprotect_rtcp(std::span(control).first(control_sealed.value()));
              }),
              0U);
    EXPECT_TRUE(all_worked);
}
#endif

} // namespace
} // namespace vv::srtp
