// Loss and what is done about it: NackGenerator, NackResponder, RTX, KeyframeRequester.
#include "base/rng.h"
#include "rtp/keyframe_requester.h"
#include "rtp/nack_generator.h"
#include "rtp/nack_responder.h"
#include "rtp/rtx.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace vv::rtp {
namespace {

using namespace std::chrono_literals;
using Numbers = std::vector<std::uint16_t>;

const Instant kStart{1h};

Numbers ask_at(NackGenerator& generator, Instant now) {
    generator.handle_timeout(now);
    return generator.poll_nack();
}

TEST(NackGenerator, AsksForWhatIsMissingOnceItIsNotOnlyLate) {
    NackGenerator generator;
    generator.handle_packet(kStart, 10);
    EXPECT_EQ(generator.poll_timeout(), std::nullopt);
    generator.handle_packet(kStart, 14);
    EXPECT_EQ(generator.poll_timeout(), kStart + kReorderWait);
    EXPECT_EQ(ask_at(generator, kStart), Numbers{});
    generator.handle_packet(kStart + 1ms, 12); // overtaken, not lost
    EXPECT_EQ(ask_at(generator, kStart + kReorderWait), (Numbers{11, 13}));
    EXPECT_EQ(ask_at(generator, kStart + kReorderWait), Numbers{});
    generator.handle_packet(kStart + 20ms, 11);
    EXPECT_EQ(ask_at(generator, kStart + kReorderWait + kNackRetryDefault), Numbers{13});
}

TEST(NackGenerator, AsksAgainAfterARoundTrip) {
    NackGenerator generator;
    generator.set_round_trip(250ms);
    generator.handle_packet(kStart, 65'535);
    generator.handle_packet(kStart, 1);
    EXPECT_EQ(ask_at(generator, kStart + kReorderWait), Numbers{0});
    EXPECT_EQ(generator.poll_timeout(), kStart + kReorderWait + 250ms);
    generator.set_round_trip(1ms);
    EXPECT_EQ(ask_at(generator, kStart + kReorderWait + 250ms), Numbers{0});
    EXPECT_EQ(generator.poll_timeout(), kStart + kReorderWait + 250ms + kNackRetryMin);
}

TEST(NackGenerator, GivesUpAfterItsLastTry) {
    NackGenerator generator;
    generator.handle_packet(kStart, 1);
    generator.handle_packet(kStart, 3);
    int asked = 0;
    while (const auto due = generator.poll_timeout())
        asked += static_cast<int>(ask_at(generator, *due).size());
    EXPECT_EQ(asked, kNacksMax);
    EXPECT_TRUE(generator.poll_given_up());
    EXPECT_FALSE(generator.poll_given_up());
    EXPECT_EQ(generator.missing(), 0U);
}

TEST(NackGenerator, HasMissingPacketsUpToItsLimit) {
    NackGenerator generator;
    generator.handle_packet(kStart, 0);
    generator.handle_packet(kStart, kMissingMax + 1);
    EXPECT_EQ(generator.missing(), kMissingMax);
    EXPECT_FALSE(generator.poll_given_up());
    generator.handle_packet(kStart, kMissingMax + 3);
    EXPECT_EQ(generator.missing(), 0U); // an outage: a whole picture is quicker
    EXPECT_TRUE(generator.poll_given_up());
}

TEST(NackGenerator, ForgetsWhatAWholePictureMakesUseless) {
    NackGenerator generator;
    for (const std::uint16_t sequence : Numbers{1, 3, 5, 7})
        generator.handle_packet(kStart, sequence);
    generator.forget_before(5);
    EXPECT_EQ(ask_at(generator, kStart + kReorderWait), Numbers{6});
}

ByteBuffer packet_of(std::uint16_t sequence, std::size_t payload_size = 100) {
    ByteBuffer packet;
    const ByteBuffer value{1, 2, 3};
    write_header(packet, {sequence % 2 == 0, 96, sequence, 90'000U + sequence, Ssrc(1)},
                 std::vector<Extension>{{4, value}});
    packet.insert(packet.end(), payload_size, static_cast<std::uint8_t>(sequence));
    return packet;
}
const NackResponder::Rtx kRtx{Ssrc(2), 97, 500};

TEST(Rtx, RestoresThePacketThatWasSent) {
    const ByteBuffer sent = packet_of(8);
    const ByteBuffer again =
        write_rtx(parse_packet(sent).value(), {.payload_type = 97, .sequence = 5, .ssrc = Ssrc(2)});
    const auto rtx = parse_packet(again);
    ASSERT_TRUE(rtx);
    EXPECT_EQ(rtx->header, (Header{true, 97, 5, 90'008, Ssrc(2)})); // RFC 4588 §4: marker and time are the original's
    EXPECT_EQ(rtx->payload[1], 8);
    EXPECT_EQ(rtx->find_extension(4)->size(), 3U);
    EXPECT_EQ(restore_from_rtx(*rtx, Ssrc(1), 96), sent);
}

TEST(Rtx, TakesPaddingForNothingLost) {
    Packet padding;
    EXPECT_EQ(restore_from_rtx(padding, Ssrc(1), 96), std::nullopt);
    const ByteBuffer one{0};
    padding.payload = one;
    EXPECT_EQ(restore_from_rtx(padding, Ssrc(1), 96), std::nullopt);
}

std::vector<ByteBuffer> drain(NackResponder& responder) {
    std::vector<ByteBuffer> packets;
    while (auto packet = responder.poll_transmit())
        packets.push_back(std::move(*packet));
    return packets;
}

TEST(NackResponder, SendsAgainWhatIsAskedFor) {
    NackResponder responder(kRtx);
    for (std::uint16_t sequence = 65'530; sequence != 10; ++sequence)
        responder.note_sent(kStart, packet_of(sequence));
    responder.handle_nack(kStart + 100ms, Numbers{65'535, 3, 10, 40'000}); // the last two it has not got
    const auto packets = drain(responder);
    ASSERT_EQ(packets.size(), 2U);
    EXPECT_EQ(sequence_of(packets[0]), 500);
    EXPECT_EQ(sequence_of(packets[1]), 501);
    EXPECT_EQ(restore_from_rtx(*parse_packet(packets[0]), Ssrc(1), 96), packet_of(65'535));
    EXPECT_EQ(restore_from_rtx(*parse_packet(packets[1]), Ssrc(1), 96), packet_of(3));
}

TEST(NackResponder, SendsThePacketItselfWithoutRtx) {
    NackResponder responder(std::nullopt);
    responder.note_sent(kStart, packet_of(7));
    responder.handle_nack(kStart, Numbers{7});
    EXPECT_EQ(drain(responder), std::vector<ByteBuffer>(1, packet_of(7)));
}

TEST(NackResponder, SendsAPacketOnceInARoundTrip) {
    NackResponder responder(kRtx);
    responder.set_round_trip(80ms);
    responder.note_sent(kStart, packet_of(7));
    responder.handle_nack(kStart, Numbers{7, 7});
    responder.handle_nack(kStart + 79ms, Numbers{7});
    EXPECT_EQ(drain(responder).size(), 1U);
    responder.handle_nack(kStart + 80ms, Numbers{7});
    EXPECT_EQ(drain(responder).size(), 1U);
}

TEST(NackResponder, KeepsPacketsUpToItsLimits) {
    NackResponder many(kRtx);
    for (std::size_t i = 0; i <= kSentPacketsMax; ++i)
        many.note_sent(kStart, packet_of(static_cast<std::uint16_t>(i), 10));
    EXPECT_EQ(many.kept(), kSentPacketsMax);
    many.handle_nack(kStart, Numbers{0, 1});
    EXPECT_EQ(drain(many).size(), 1U); // the oldest has gone

    NackResponder large(kRtx);
    for (std::uint16_t i = 0; i < 20; ++i)
        large.note_sent(kStart, packet_of(i, 100'000));
    EXPECT_EQ(large.kept(), kSentBytesMax / packet_of(0, 100'000).size());

    NackResponder old(kRtx);
    old.note_sent(kStart, packet_of(1));
    old.handle_nack(kStart + kSentAgeMax, Numbers{1});
    EXPECT_EQ(drain(old).size(), 1U);
    old.handle_nack(kStart + kSentAgeMax + 1ns, Numbers{1});
    EXPECT_EQ(drain(old).size(), 0U);
}

TEST(NackResponder, HasResendsUpToItsLimit) {
    NackResponder responder(kRtx);
    Numbers all;
    for (std::uint16_t i = 0; i <= kResendsMax; ++i) {
        responder.note_sent(kStart, packet_of(i, 10));
        all.push_back(i);
    }
    responder.handle_nack(kStart, all);
    EXPECT_EQ(drain(responder).size(), kResendsMax);
    responder.handle_nack(kStart + 1ms, all); // the one that had no room is not held to have been sent
    EXPECT_EQ(drain(responder).size(), 1U);
}

TEST(KeyframeRequester, AsksUntilOneComes) {
    KeyframeRequester requester;
    EXPECT_EQ(requester.poll_timeout(), std::nullopt);
    requester.handle_need(kStart);
    requester.handle_need(kStart);
    EXPECT_EQ(requester.poll_timeout(), kStart);
    requester.handle_timeout(kStart);
    EXPECT_TRUE(requester.poll_request());
    EXPECT_FALSE(requester.poll_request());
    requester.handle_timeout(kStart + kPictureRequestInterval - 1ns);
    EXPECT_FALSE(requester.poll_request());
    requester.handle_timeout(kStart + kPictureRequestInterval);
    EXPECT_TRUE(requester.poll_request());
    requester.handle_keyframe();
    EXPECT_EQ(requester.poll_timeout(), std::nullopt);
    requester.handle_timeout(kStart + 1h);
    EXPECT_FALSE(requester.poll_request());
}

TEST(KeyframeRequester, DoesNotAskMoreOftenForNewNeeds) {
    KeyframeRequester requester;
    requester.set_round_trip(400ms);
    requester.handle_need(kStart);
    requester.handle_timeout(kStart);
    EXPECT_TRUE(requester.poll_request());
    requester.handle_keyframe();
    requester.handle_need(kStart + 10ms); // that one was broken, too
    EXPECT_EQ(requester.poll_timeout(), kStart + 600ms);
}

// A road that loses a third of everything, both ways of asking, until all has come.
TEST(Repair, BringsEverythingOverABadRoad) {
    SeededRng rng(5);
    NackGenerator generator;
    NackResponder responder(kRtx);
    std::vector<bool> has_come(400, false);
    const auto receive = [&](Instant now, const ByteBuffer& packet) {
        if (rng.below(3) == 0) return;
        auto parsed = parse_packet(packet);
        ByteBuffer restored;
        if (parsed->header.ssrc == Ssrc(2)) {
            restored = restore_from_rtx(*parsed, Ssrc(1), 96).value();
            parsed = parse_packet(restored);
        }
        generator.handle_packet(now, parsed->header.sequence);
        has_come.at(parsed->header.sequence) = true;
    };
    Instant now = kStart;
    for (std::uint16_t sequence = 0; sequence < 400; ++sequence, now += 5ms) {
        responder.note_sent(now, packet_of(sequence));
        receive(now, packet_of(sequence));
        generator.handle_timeout(now);
        const Numbers wanted = generator.poll_nack();
        if (!wanted.empty() && rng.below(3) != 0) responder.handle_nack(now, wanted);
        for (const ByteBuffer& packet : drain(responder))
            receive(now, packet);
    }
    const auto came = static_cast<std::size_t>(std::count(has_come.begin(), has_come.begin() + 200, true));
    EXPECT_GE(came, 198U); // of those whose time for asking is over; two thirds came by themselves
}

} // namespace
} // namespace vv::rtp
