#include "rtp/ivf.h"
#include "rtp/ogg_opus.h"
#include "rtp/recording.h"

#include <gtest/gtest.h>

#include <vector>

namespace vv::rtp {
namespace {

const ByteBuffer kWhole{0x10, 0, 0, 0x9D, 0x01, 0x2A, 64, 0, 48, 0, 7};
const ByteBuffer kChange{0x11, 0, 0, 9};

ByteBuffer opus(std::size_t size) {
    ByteBuffer packet(size, 5);
    packet[0] = 0xF8; // one frame of 20 ms
    return packet;
}

ByteBuffer sound(const std::vector<std::size_t>& sizes) {
    ByteBuffer file;
    OggOpusWriter writer(file, OpusHead{}, 1);
    for (const std::size_t size : sizes)
        EXPECT_TRUE(writer.write(opus(size)));
    writer.finish();
    return file;
}

struct Picture {
    std::uint64_t time;
    ByteBuffer bytes;
};

ByteBuffer pictures(const std::vector<Picture>& all, std::uint32_t denominator = 30, std::uint32_t numerator = 1) {
    ByteBuffer file;
    IvfWriter writer(file, {.width = 64, .height = 48, .denominator = denominator, .numerator = numerator});
    for (const auto& [time, bytes] : all)
        writer.write(time, bytes);
    return file;
}

/// RFC 3533 §6: its checksum, after something in it was changed. It has one packet, of less than 255 bytes.
void repair_first_page(ByteBuffer& file) {
    constexpr std::size_t kSum = 22;
    const std::size_t size = 28U + file.at(27);
    for (std::size_t i = 0; i < 4; ++i)
        file.at(kSum + i) = 0;
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
        sum ^= std::uint32_t{file.at(i)} << 24U;
        for (int bit = 0; bit < 8; ++bit)
            sum = (sum << 1U) ^ ((sum & 0x80000000U) != 0 ? 0x04C11DB7U : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i)
        file.at(kSum + i) = static_cast<std::uint8_t>(sum >> (8U * i));
}

RecordingFlaw flaw_of(ByteView file) {
    const auto read = read_recording(file);
    EXPECT_FALSE(read.has_value());
    return read ? RecordingFlaw{} : read.error();
}

TEST(Recording, OfSoundHasEachPacketAtTheEndOfThoseBefore) {
    const auto read = read_recording(sound({3, 4, 5}));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->kind, Recording::Kind::kSound);
    EXPECT_EQ(read->clock_rate, 48'000U);
    EXPECT_EQ(read->length, 3U * 960);
    ASSERT_EQ(read->packets.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(read->packets[i].time, i * 960);
        EXPECT_EQ(read->packets[i].bytes, opus(3 + i));
        EXPECT_TRUE(read->packets[i].is_whole);
    }
}

TEST(Recording, OfPicturesCountsFromTheFirstWholeOne) {
    const auto read = read_recording(pictures({{5, kChange}, {6, kWhole}, {7, kChange}, {8, {}}, {9, kWhole}}));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->kind, Recording::Kind::kPictures);
    EXPECT_EQ(read->clock_rate, 90'000U);
    ASSERT_EQ(read->packets.size(), 3U);
    EXPECT_EQ(read->packets[0].time, 0U);
    EXPECT_EQ(read->packets[1].time, 3'000U);
    EXPECT_EQ(read->packets[2].time, 9'000U);
    EXPECT_TRUE(read->packets[0].is_whole);
    EXPECT_FALSE(read->packets[1].is_whole);
    EXPECT_TRUE(read->packets[2].is_whole);
    EXPECT_EQ(read->length, 15'000U) << "the last is seen for as long as the one before it";
}

TEST(Recording, TakesEveryUnitOfTimeThatAFileMayHave) {
    // 1001/30000 s, as television has it: what is rounded off does not add up.
    const auto television = read_recording(pictures({{0, kWhole}, {30'000, kChange}}, 30'000, 1'001));
    ASSERT_TRUE(television.has_value());
    EXPECT_EQ(television->packets[1].time, 90'090'000U);
    const auto fine = read_recording(pictures({{0, kWhole}, {0xFFFF'FFFF, kChange}}, 0xFFFF'FFFF));
    ASSERT_TRUE(fine.has_value());
    EXPECT_EQ(fine->packets[1].time, 90'000U);
    const auto alone = read_recording(pictures({{7, kWhole}}, 25));
    ASSERT_TRUE(alone.has_value());
    EXPECT_EQ(alone->length, 90'000U) << "a single picture comes once a second";
}

TEST(Recording, NoFilmComesFasterThanItCanBeSent) {
    const auto two = read_recording(pictures({{0, kWhole}, {1, kChange}}, 90'000));
    ASSERT_TRUE(two.has_value());
    EXPECT_EQ(two->length, 1U + 900) << "the last is seen for 10 ms";
    std::vector<Picture> many;
    for (std::uint64_t i = 0; i < 480; ++i)
        many.push_back({i, kWhole});
    const auto burst = read_recording(pictures(many, 90'000));
    ASSERT_TRUE(burst.has_value());
    EXPECT_EQ(burst->length, 2U * 90'000) << "240 a second";
}

TEST(Recording, WhatIsTooMuchIsSaidToBe) {
    EXPECT_EQ(flaw_of(pictures({{0, ByteBuffer(kIvfPictureSizeMax + 1, 0x10)}})), RecordingFlaw::kTooLargePicture);
    // As surround sound is written: a head of six channels, with their mapping.
    ByteBuffer file = sound({3});
    constexpr std::size_t kChannels = 28 + 9;
    file.at(kChannels) = 6;
    file.at(kChannels + 9) = 1;
    repair_first_page(file);
    EXPECT_EQ(flaw_of(file), RecordingFlaw::kChannels);
}

TEST(Recording, TimesThatCannotBeAreRefused) {
    EXPECT_EQ(flaw_of(pictures({{5, kWhole}, {5, kChange}})), RecordingFlaw::kTimes);
    EXPECT_EQ(flaw_of(pictures({{5, kWhole}, {4, kChange}})), RecordingFlaw::kTimes);
    const std::uint64_t day = 30 * kPicturesSecondsMax;
    EXPECT_TRUE(read_recording(pictures({{0, kWhole}, {day, kChange}})).has_value());
    EXPECT_EQ(flaw_of(pictures({{0, kWhole}, {day + 1, kChange}})), RecordingFlaw::kTimes);
    EXPECT_EQ(flaw_of(pictures({{0, kWhole}, {~0ULL, kChange}}, 1, 0xFFFF'FFFF)), RecordingFlaw::kTimes);
}

TEST(Recording, WhatIsNoneIsSaidToBeNone) {
    EXPECT_EQ(flaw_of({}), RecordingFlaw::kNeither);
    EXPECT_EQ(flaw_of(as_bytes("RIFF and so on")), RecordingFlaw::kNeither);
    EXPECT_EQ(flaw_of(as_bytes("OggS and nothing behind it")), RecordingFlaw::kBroken);
    EXPECT_EQ(flaw_of(as_bytes("DKIF and nothing behind it")), RecordingFlaw::kNeither);
    EXPECT_EQ(flaw_of(sound({})), RecordingFlaw::kNothing);
    EXPECT_EQ(flaw_of(pictures({})), RecordingFlaw::kNothing);
    EXPECT_EQ(flaw_of(pictures({{0, kChange}})), RecordingFlaw::kNothing);
    EXPECT_EQ(flaw_of(pictures({{0, {1}}})), RecordingFlaw::kBroken);
    for (ByteBuffer file : {sound({9, 9}), pictures({{0, kWhole}, {1, kChange}})}) {
        file.pop_back();
        EXPECT_EQ(flaw_of(file), RecordingFlaw::kBroken);
    }
}

TEST(Recording, SoundThatNoDatagramTakesIsRefused) {
    EXPECT_TRUE(read_recording(sound({kSoundPacketMax})).has_value());
    EXPECT_EQ(flaw_of(sound({kSoundPacketMax + 1})), RecordingFlaw::kTooLarge);
}

} // namespace
} // namespace vv::rtp
