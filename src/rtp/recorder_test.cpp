#include "rtp/opus.h"
#include "rtp/recorder.h"
#include "rtp/recording.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace vv::rtp {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{100s};
const ByteBuffer kPacket{0xF8, 1, 2, 3}; // 20 ms
const ByteBuffer kWhole{0x10, 0, 0, 0x9D, 0x01, 0x2A, 64, 0, 48, 0, 7};
const ByteBuffer kChange{0x11, 0, 0, 9};
constexpr Vp8PictureHead kWholeHead{.is_key = true, .width = 64, .height = 48};
constexpr std::int64_t kTwentyMs = 960;

/// Where the sound of a file is, in packets of 20 ms; the rest is silence.
std::vector<std::uint64_t> heard_at(ByteView file) {
    const auto read = read_recording(file);
    EXPECT_TRUE(read.has_value());
    std::vector<std::uint64_t> times;
    if (!read) return times;
    for (const Recording::Packet& packet : read->packets) {
        if (packet.bytes == kPacket) times.push_back(packet.time / kTwentyMs);
    }
    return times;
}

class SoundRecorderTest : public testing::Test {
protected:
    /// What came so much later, at so many packets' time.
    void write(Duration after, std::int64_t packets) {
        EXPECT_TRUE(recorder_.write(kStart + after, packets * kTwentyMs, kPacket));
    }
    std::vector<std::uint64_t> heard() {
        recorder_.finish();
        return heard_at(out_);
    }

    ByteBuffer out_;
    SoundRecorder recorder_{out_, kStart, 7};
};

TEST_F(SoundRecorderTest, WithoutSoundThereIsNoFile) {
    EXPECT_FALSE(recorder_.write(kStart, 0, ByteBuffer{}));
    recorder_.finish();
    EXPECT_TRUE(out_.empty());
}

TEST_F(SoundRecorderTest, SoundBeginsWhenItCame) {
    write(200ms, 1'000'000);
    write(221ms, 1'000'001);
    write(239ms, 1'000'002);
    EXPECT_EQ(heard(), (std::vector<std::uint64_t>{10, 11, 12}));
}

TEST_F(SoundRecorderTest, WhatIsMissingIsSilence) {
    write(0ms, 50);
    write(100ms, 53);
    write(3s, 200);
    EXPECT_EQ(heard(), (std::vector<std::uint64_t>{0, 3, 150}));
}

TEST_F(SoundRecorderTest, TimesThatRunAwayBeginAnew) {
    write(0ms, 0);
    write(20ms, 251 + 1); // five seconds ahead, and 20 ms
    write(40ms, 252 + 251 + 2);
    write(60ms, 1'000'000'000);
    EXPECT_EQ(heard(), (std::vector<std::uint64_t>{0, 1, 2, 3}));
}

TEST_F(SoundRecorderTest, TimesAheadAreBelievedToTheirLimit) {
    write(0ms, 0);
    write(20ms, 251);
    EXPECT_EQ(heard(), (std::vector<std::uint64_t>{0, 251}));
}

TEST_F(SoundRecorderTest, TimesThatStayBehindBeginAnewToo) {
    write(0ms, 0);
    write(10s + 20ms, 1); // just late enough to be believed
    write(20s + 60ms, 2);
    EXPECT_EQ(heard(), (std::vector<std::uint64_t>{0, 1, 1'003}));
}

TEST_F(SoundRecorderTest, TimesThatGoBackBeginAnewBehindWhatThereIs) {
    write(0ms, 1'000);
    write(20ms, 1'001);
    write(40ms, 5); // the partner's page was loaded again
    write(60ms, 6);
    EXPECT_EQ(heard(), (std::vector<std::uint64_t>{0, 1, 2, 3}));
}

TEST_F(SoundRecorderTest, NoPacketMakesMoreSilenceThanThereWasTime) {
    std::int64_t at = 0;
    for (int i = 0; i < 1'000; ++i) {
        at += 1LL << 31;
        (void)recorder_.write(kStart + i * 1ms, at, kPacket);
    }
    recorder_.finish();
    EXPECT_LT(out_.size(), 1'000 * (kPacket.size() + 1) + 8'192);
}

TEST_F(SoundRecorderTest, MoreSoundThanThereWasTimeForIsLeftOut) {
    int kept = 0;
    for (int i = 0; i < 1'000; ++i)
        kept += int{recorder_.write(kStart + 1s, 0, kPacket)};
    EXPECT_EQ(kept, (5'000 + 20) / 20) << "from when it came to as far ahead as is believed";
    EXPECT_TRUE(recorder_.write(kStart + 10s, 0, kPacket)) << "and it goes on once the time is there";
}

TEST_F(SoundRecorderTest, SilenceOfMoreThanADayKeepsItsLength) {
    constexpr std::int64_t kLong = 25LL * 3'600 * 50; // in packets; more than 32 bits of 48 kHz
    write(0ms, 0);
    write(25h, kLong);
    recorder_.finish();
    const std::string_view file = as_text(out_);
    const std::size_t page = file.rfind("OggS");
    ASSERT_NE(page, std::string_view::npos);
    std::uint64_t position = 0; // RFC 3533 §6
    for (std::size_t i = 8; i-- > 0;)
        position = position << 8U | out_.at(page + 6 + i);
    EXPECT_EQ(position, static_cast<std::uint64_t>((kLong + 1) * kTwentyMs));
}

TEST(PictureRecorder, BeginsWithAWholePictureAndSaysItsSize) {
    ByteBuffer out;
    PictureRecorder recorder(out, kStart);
    recorder.write(kStart + 1s, 500, Vp8PictureHead{}, kChange);
    EXPECT_TRUE(out.empty());
    recorder.write(kStart + 2s, 1'000, kWholeHead, kWhole);
    recorder.write(kStart + 2s, 1'000, Vp8PictureHead{}, kChange); // at the same time is a little later
    recorder.write(kStart + 2s + 33ms, 4'000, Vp8PictureHead{}, kChange);
    auto reader = IvfReader::open(out);
    ASSERT_TRUE(reader.has_value());
    EXPECT_EQ(reader->head(), (IvfHead{.width = 64, .height = 48, .denominator = 90'000, .numerator = 1}));
    std::vector<std::uint64_t> times;
    for (auto next = reader->next_picture(); next && *next; next = reader->next_picture())
        times.push_back((*next)->time);
    EXPECT_EQ(times, (std::vector<std::uint64_t>{180'000, 180'001, 183'001}));
}

TEST(PictureRecorder, WaitsForAPictureThatHasASize) {
    ByteBuffer out;
    PictureRecorder recorder(out, kStart);
    recorder.write(kStart, 0, Vp8PictureHead{.is_key = true, .width = 0, .height = 48}, kWhole);
    recorder.write(kStart, 0, Vp8PictureHead{.is_key = true, .width = 64, .height = 0}, kWhole);
    EXPECT_TRUE(out.empty());
    recorder.write(kStart, 0, kWholeHead, kWhole);
    EXPECT_FALSE(out.empty());
}

} // namespace
} // namespace vv::rtp
