// Sound and pictures between two connections: what arrives, what is asked for
// again, and what each end knows of the other.
#include "peer/media_receiver.h"
#include "peer/media_sender.h"
#include "peer/pair_for_test.h"
#include "rtp/demux.h"
#include "rtp/packet.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace vv::peer::test {
namespace {

using sdp::Direction;

std::uint32_t number_of(const VideoFrame& frame) {
    return ByteReader(ByteView(frame.picture).subspan(frame.head.is_key ? 10 : 3)).read_u32().value();
}

/// Sends as a device would: sound every 20 ms, 25 pictures a second.
class Sender {
public:
    Sender(Pair& pair, End& end) : pair_(pair), end_(end) {}

    std::size_t picture_size = 5'000;
    bool has_refused = false;

    void run(Duration duration) {
        const Instant end = pair_.now + duration;
        while (pair_.now < end) {
            const auto sent = end_.connection.send_audio(pair_.now, 960 * sounds_, sound(sounds_));
            has_refused = has_refused || !sent;
            ++sounds_;
            if (sounds_ % 2 == 0) send_picture();
            pair_.drain();
            pair_.run_for(20ms);
        }
    }
    [[nodiscard]] std::uint32_t sounds() const { return sounds_; }
    [[nodiscard]] std::uint32_t pictures() const { return pictures_; }

private:
    void send_picture() {
        const bool is_key = pictures_ == 0 || end_.keyframes_wanted > answered_;
        answered_ = end_.keyframes_wanted;
        const auto sent =
            end_.connection.send_video(pair_.now, 3'600 * pictures_, picture(pictures_, is_key, picture_size));
        has_refused = has_refused || !sent;
        ++pictures_;
    }

    Pair& pair_;
    End& end_;
    std::uint32_t sounds_ = 0;
    std::uint32_t pictures_ = 0;
    std::size_t answered_ = 0;
};

class Media : public testing::Test {
protected:
    void connect(Direction of_a = Direction::kSendRecv, Direction of_b = Direction::kSendRecv) {
        for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo}) {
            pair.a.connection.want(kind, of_a);
            pair.b.connection.want(kind, of_b);
        }
        ASSERT_TRUE(pair.connect());
    }

    Pair pair;
    Sender from_a{pair, pair.a};
};

TEST_F(Media, ArrivesWholeAndInOrder) {
    connect();
    from_a.run(2s);
    pair.run_for(500ms);
    EXPECT_FALSE(from_a.has_refused);
    ASSERT_EQ(pair.b.audio.size(), from_a.sounds());
    ASSERT_EQ(pair.b.video.size(), from_a.pictures());
    for (std::uint32_t i = 0; i < from_a.sounds(); ++i) {
        EXPECT_EQ(pair.b.audio[i].packet, sound(i));
        EXPECT_EQ(pair.b.audio[i].media_time - pair.b.audio[0].media_time, std::int64_t{960} * i);
        EXPECT_EQ(pair.b.audio[i].marker, i == 0);
    }
    for (std::uint32_t i = 0; i < from_a.pictures(); ++i) {
        EXPECT_EQ(pair.b.video[i].picture, picture(i, i == 0, 5'000));
        EXPECT_EQ(pair.b.video[i].media_time - pair.b.video[0].media_time, std::int64_t{3'600} * i);
    }
    EXPECT_EQ(pair.b.video[0].head.width, 320);
    EXPECT_TRUE(pair.a.audio.empty());
    EXPECT_EQ(pair.b.connection.counters().unprotected, 0U);
    EXPECT_EQ(pair.b.connection.counters().unexpected, 0U);
}

TEST_F(Media, BothWaysAtOnce) {
    connect();
    Sender from_b(pair, pair.b);
    from_a.run(500ms);
    from_b.run(500ms);
    pair.run_for(500ms);
    EXPECT_EQ(pair.a.audio.size(), from_b.sounds());
    EXPECT_EQ(pair.a.video.size(), from_b.pictures());
    EXPECT_EQ(pair.b.audio.size(), from_a.sounds());
}

TEST_F(Media, ASilenceBeginsWithTheMarker) {
    connect();
    for (const std::uint32_t time : {0U, 960U, 9'600U, 10'560U}) {
        ASSERT_TRUE(pair.a.connection.send_audio(pair.now, time, sound(time)));
        pair.drain();
        pair.run_for(20ms);
    }
    pair.run_for(1s);
    std::vector<bool> markers;
    for (const AudioFrame& frame : pair.b.audio)
        markers.push_back(frame.marker);
    EXPECT_EQ(markers, (std::vector{true, false, true, false}));
}

TEST_F(Media, TellsOfLossAndTheRoundTrip) {
    connect();
    pair.loss_percent = 10;
    from_a.run(10s);
    pair.loss_percent = 0;
    pair.run_for(3s);
    const MediaStats sent = pair.a.connection.stats(MediaKind::kAudio);
    const MediaStats heard = pair.b.connection.stats(MediaKind::kAudio);
    EXPECT_EQ(sent.sent.packets, from_a.sounds());
    EXPECT_EQ(sent.sent.frames, from_a.sounds());
    EXPECT_EQ(sent.sent.bytes, 80U * from_a.sounds());
    EXPECT_NEAR(static_cast<double>(heard.received.lost), 50, 25);
    EXPECT_EQ(sent.sent.lost, heard.received.lost);
    EXPECT_EQ(static_cast<std::int64_t>(heard.received.packets) + heard.received.lost, from_a.sounds());
    ASSERT_TRUE(sent.sent.round_trip.has_value());
    EXPECT_NEAR(std::chrono::duration<double>(*sent.sent.round_trip).count(), 0.020, 0.002);
}

TEST_F(Media, LostPacketsOfPicturesComeAgain) {
    connect();
    pair.loss_percent = 10;
    from_a.run(10s);
    pair.loss_percent = 0;
    pair.run_for(2s);
    const MediaStats sent = pair.a.connection.stats(MediaKind::kVideo);
    const MediaStats heard = pair.b.connection.stats(MediaKind::kVideo);
    EXPECT_GT(heard.received.nacks, 50U);
    EXPECT_GT(heard.received.repaired, 50U);
    EXPECT_GE(sent.sent.repeats, heard.received.repaired);
    EXPECT_GE(pair.b.video.size(), from_a.pictures() * 95U / 100U);
    EXPECT_EQ(pair.b.connection.counters().unprotected, 0U);
    std::optional<std::uint32_t> last;
    for (const VideoFrame& frame : pair.b.video) {
        EXPECT_TRUE(!last || number_of(frame) == *last + 1 || frame.head.is_key);
        last = number_of(frame);
    }
}

// Nothing can be decoded without the first picture, which does not come again by itself.
TEST_F(Media, AsksForAWholePictureUntilOneComes) {
    connect();
    pair.filter = [&](const End& from, const ByteBuffer& datagram) {
        return &from != &pair.a || datagram.size() < 500;
    };
    from_a.run(200ms);
    pair.filter = nullptr;
    pair.run_for(3s); // too late for repeats
    from_a.run(2s);
    EXPECT_GE(pair.a.keyframes_wanted, 1U);
    EXPECT_GE(pair.b.connection.stats(MediaKind::kVideo).received.plis, 1U);
    ASSERT_FALSE(pair.b.video.empty());
    EXPECT_TRUE(pair.b.video.front().head.is_key);
    EXPECT_EQ(number_of(pair.b.video.back()), from_a.pictures() - 1);
}

TEST_F(Media, AnAppMayAskForAWholePicture) {
    connect();
    from_a.run(500ms);
    pair.b.connection.request_keyframe(pair.now);
    pair.b.connection.handle_timeout(pair.now);
    pair.drain();
    from_a.run(500ms);
    EXPECT_EQ(pair.a.keyframes_wanted, 1U);
    std::size_t keys = 0;
    for (const VideoFrame& frame : pair.b.video)
        keys += frame.head.is_key ? 1U : 0U;
    EXPECT_EQ(keys, 2U);
}

TEST_F(Media, NothingIsAskedForInASectionThatReceivesNothing) {
    connect();
    from_a.run(500ms);
    pair.filter = [&](const End& from, const ByteBuffer& datagram) {
        return &from != &pair.a || rtp::kind_of(datagram) != rtp::DatagramKind::kRtp || pair.sent % 3 != 0;
    };
    from_a.run(200ms);
    pair.b.connection.request_keyframe(pair.now);
    pair.b.connection.want(MediaKind::kVideo, Direction::kSendOnly);
    pair.negotiate(pair.b);
    const ReceiveStats before = pair.b.connection.stats(MediaKind::kVideo).received;
    pair.run_for(5s);
    EXPECT_EQ(pair.b.connection.stats(MediaKind::kVideo).received.plis, before.plis);
    EXPECT_EQ(pair.b.connection.stats(MediaKind::kVideo).received.nacks, before.nacks);
    pair.filter = nullptr;
    pair.b.connection.want(MediaKind::kVideo, Direction::kSendRecv);
    pair.negotiate(pair.b);
    pair.b.video.clear();
    from_a.run(2s);
    EXPECT_GT(pair.b.video.size(), 20U);
}

// RFC 3550 §6.4
TEST(Heard, IsReportedOnceSomethingHasCome) {
    HeardSource source(rtp::kVideoClockRate);
    const Instant now(1000s);
    EXPECT_FALSE(source.make_report(now));
    source.handle_packet(now, {.payload_type = 96, .sequence = 1, .ssrc = rtp::Ssrc(1)});
    EXPECT_TRUE(source.make_report(now).has_value());
    EXPECT_FALSE(source.make_report(now + 1s));
    source.handle_packet(now + 2s, {.payload_type = 96, .sequence = 2, .ssrc = rtp::Ssrc(1)});
    EXPECT_TRUE(source.make_report(now + 2s).has_value());
    source.handle_packet(now + 2s, {.payload_type = 96, .sequence = 1, .ssrc = rtp::Ssrc(2)});
    EXPECT_TRUE(source.make_report(now + 2s).has_value());
}

TEST(Repeats, HaveTheNumberThatIsAgreedOnNow) {
    SeededRng rng(1);
    const Instant now(1000s);
    MediaSender sender({.media = 1, .rtx = 2}, rtp::kVideoClockRate, rng);
    std::uint32_t time = 0;
    const auto sent = [&] {
        EXPECT_TRUE(sender.send_video(now, time += 3'600, picture(1, true, 100)));
        return rtp::parse_packet(sender.poll_packet().value())->header.sequence;
    };
    const auto repeated = [&](std::uint16_t sequence) -> std::optional<rtp::Header> {
        sender.handle_nack(now, rtp::Ssrc(1), std::span(&sequence, 1));
        const auto packet = sender.poll_packet();
        return packet ? std::optional(rtp::parse_packet(*packet)->header) : std::nullopt;
    };
    MediaAgreement agreement{.mid = "1", .direction = Direction::kSendRecv, .payload_type = 96};
    agreement.rtx_payload_type = 97;
    sender.agree(agreement);
    std::uint16_t number = sent();
    const auto first = repeated(number);
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->payload_type, 97);

    number = sent();
    sender.agree(agreement);
    EXPECT_TRUE(repeated(number).has_value()); // nothing has changed

    number = sent();
    agreement.payload_type = 120;
    agreement.rtx_payload_type = 124;
    sender.agree(agreement);
    EXPECT_FALSE(repeated(number).has_value()); // of the section as it was
    const auto later = repeated(sent());
    ASSERT_TRUE(later.has_value());
    EXPECT_EQ(later->payload_type, 124);
    EXPECT_EQ(later->ssrc, rtp::Ssrc(2));
    EXPECT_EQ(later->sequence, first->sequence + 2); // never one number twice

    agreement.rtx_payload_type.reset();
    sender.agree(agreement);
    EXPECT_FALSE(repeated(sent()).has_value());
}

TEST_F(Media, GoesOneWayWhereItIsSoAgreed) {
    connect(Direction::kSendOnly, Direction::kRecvOnly);
    EXPECT_EQ(pair.a.connection.direction(MediaKind::kAudio), Direction::kSendOnly);
    EXPECT_EQ(pair.b.connection.direction(MediaKind::kVideo), Direction::kRecvOnly);
    EXPECT_EQ(pair.b.connection.send_audio(pair.now, 0, sound(0)).error(), MediaError::kNotAgreed);
    EXPECT_EQ(pair.b.connection.send_video(pair.now, 0, picture(0, true, 100)).error(), MediaError::kNotAgreed);
    from_a.run(500ms);
    pair.run_for(500ms);
    EXPECT_EQ(pair.b.audio.size(), from_a.sounds());
}

TEST_F(Media, InactiveCarriesNothing) {
    connect(Direction::kInactive, Direction::kSendRecv);
    EXPECT_EQ(pair.b.connection.direction(MediaKind::kAudio), Direction::kInactive);
    EXPECT_EQ(pair.a.connection.send_audio(pair.now, 0, sound(0)).error(), MediaError::kNotAgreed);
    EXPECT_EQ(pair.b.connection.send_audio(pair.now, 0, sound(0)).error(), MediaError::kNotAgreed);
}

TEST_F(Media, RefusesWhatIsNoFrame) {
    connect();
    EXPECT_EQ(pair.a.connection.send_audio(pair.now, 0, {}).error(), MediaError::kBadFrame);
    EXPECT_EQ(pair.a.connection.send_audio(pair.now, 0, ByteBuffer(1'190, 0x78)).error(), MediaError::kBadFrame);
    EXPECT_EQ(pair.a.connection.send_video(pair.now, 0, {}).error(), MediaError::kBadFrame);
    EXPECT_EQ(pair.a.connection.send_video(pair.now, 0, ByteBuffer(kPictureSizeMax + 1)).error(),
              MediaError::kBadFrame);
    EXPECT_TRUE(pair.a.connection.send_video(pair.now, 0, picture(0, true, kPictureSizeMax)));
}

TEST_F(Media, RefusesWhatNobodyFetches) {
    connect();
    std::size_t taken = 0;
    while (pair.a.connection.send_audio(pair.now, 960 * static_cast<std::uint32_t>(taken), sound(1)))
        ++taken;
    EXPECT_EQ(taken, kOutgoingMediaMax);
    EXPECT_EQ(pair.a.connection.send_audio(pair.now, 0, sound(1)).error(), MediaError::kQueueFull);
    EXPECT_TRUE(pair.a.connection.send_video(pair.now, 0, picture(0, true, 1'000))); // another queue
}

TEST_F(Media, PacketsAreSmallEnoughForEveryPath) {
    connect();
    std::size_t largest = 0;
    pair.filter = [&](const End&, const ByteBuffer& datagram) {
        largest = std::max(largest, datagram.size());
        return true;
    };
    from_a.picture_size = 50'000;
    pair.loss_percent = 20; // with repeats, which are larger
    from_a.run(2s);
    EXPECT_LE(largest, kMediaPacketMax);
    EXPECT_GT(largest, 1'100U);
    EXPECT_GT(pair.a.connection.stats(MediaKind::kVideo).sent.repeats, 0U);
}

TEST_F(Media, NeedsAPathAndKeys) {
    EXPECT_EQ(pair.a.connection.send_audio(pair.now, 0, sound(0)).error(), MediaError::kNotConnected);
    connect();
    pair.a.connection.close(pair.now);
    pair.drain();
    EXPECT_EQ(pair.a.connection.send_audio(pair.now, 0, sound(0)).error(), MediaError::kNotConnected);
}

// The end that is done with DTLS first may send at once, and the other's last flight may be on its way still.
TEST(EarlyMedia, IsKeptUntilThereAreKeys) {
    Pair pair;
    for (End* end : {&pair.a, &pair.b})
        end->connection.want(MediaKind::kAudio, Direction::kSendRecv);
    std::vector<ByteBuffer> kept; // the last flight of the end that is passive
    pair.filter = [&](const End& from, const ByteBuffer& datagram) {
        const bool is_late = &from == &pair.a && pair.a.is(State::kConnected) && datagram[0] >= 20 && datagram[0] <= 63;
        if (is_late) kept.push_back(datagram);
        return !is_late;
    };
    pair.add_sockets();
    pair.negotiate(pair.a);
    ASSERT_TRUE(pair.run_for(5s, [&] { return pair.a.is(State::kConnected); }));
    ASSERT_FALSE(kept.empty());
    for (std::uint32_t i = 0; i < 3; ++i)
        ASSERT_TRUE(pair.a.connection.send_audio(pair.now, 960 * i, sound(i)));
    pair.drain();
    pair.run_for(30ms);
    ASSERT_FALSE(pair.b.is(State::kConnected));
    pair.filter = nullptr;
    for (ByteBuffer& datagram : kept)
        pair.b.connection.handle_input(pair.now, {ice::TransportId(1), pair.a.socket}, datagram);
    pair.drain();
    pair.run_for(1s);
    EXPECT_TRUE(pair.b.is(State::kConnected));
    EXPECT_EQ(pair.b.audio.size(), 3U);
    EXPECT_EQ(pair.b.connection.counters().early_media, 0U);
}

TEST_F(Media, TheEndIsSaidByRtcpAsWell) {
    connect();
    from_a.run(100ms);
    std::size_t rtcp = 0;
    pair.filter = [&](const End& from, const ByteBuffer& datagram) {
        rtcp += &from == &pair.a && rtp::kind_of(datagram) == rtp::DatagramKind::kRtcp ? 1U : 0U;
        return true;
    };
    pair.a.connection.close(pair.now);
    pair.drain();
    EXPECT_EQ(rtcp, 1U);
}

} // namespace
} // namespace vv::peer::test
