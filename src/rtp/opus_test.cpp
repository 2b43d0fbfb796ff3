#include "base/encoding.h"
#include "rtp/opus.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace vv::rtp {
namespace {

std::optional<std::uint32_t> duration(const std::string& hex, std::size_t zeros = 0) {
    ByteBuffer packet = hex_decode(hex).value();
    packet.insert(packet.end(), zeros, 0);
    return opus_duration(packet);
}

constexpr auto kNone = std::nullopt;

// RFC 6716 §3.1, table 2: a configuration's five bits, with one frame.
TEST(Opus, KnowsHowLongAFrameIs) {
    EXPECT_EQ(duration("00", 10), 480U);  // SILK, 10 ms
    EXPECT_EQ(duration("18", 10), 2880U); // SILK, 60 ms
    EXPECT_EQ(duration("58", 10), 2880U); // SILK, wide band
    EXPECT_EQ(duration("60", 10), 480U);  // hybrid, 10 ms
    EXPECT_EQ(duration("78", 10), 960U);  // hybrid, full band
    EXPECT_EQ(duration("80", 10), 120U);  // CELT, 2.5 ms
    EXPECT_EQ(duration("fc", 10), 960U);  // CELT, 20 ms, stereo: what browsers send
    EXPECT_EQ(duration("fc"), 960U);      // silence needs no bytes
}

TEST(Opus, CountsFrames) {
    EXPECT_EQ(duration("fd", 10), 2 * 960U);      // code 1: two of one size
    EXPECT_EQ(duration("fd", 9), kNone);          // which nine bytes are not
    EXPECT_EQ(duration("fe04", 10), 2 * 960U);    // code 2: of 4 and of 6 bytes
    EXPECT_EQ(duration("fe0b", 10), kNone);       // the first is longer than what is there
    EXPECT_EQ(duration("ff03", 9), 3 * 960U);     // code 3: three of one size
    EXPECT_EQ(duration("ff03", 10), kNone);       // which ten bytes are not
    EXPECT_EQ(duration("ff830102", 5), 3 * 960U); // three of 1, 2 and 2 bytes
    EXPECT_EQ(duration("ff830102", 2), kNone);    // of which the last is not there
    EXPECT_EQ(duration("ff00"), kNone);           // no frame
    EXPECT_EQ(duration("ff"), kNone);             // no count
    EXPECT_EQ(duration(""), kNone);
}

TEST(Opus, ReadsSizesOfTwoBytes) {
    // 252 + 4 * 1 = 256 bytes, and one for the other frame.
    EXPECT_EQ(duration("fefc01", 257), 2 * 960U);
    EXPECT_EQ(duration("fefc01", 255), kNone);
    EXPECT_EQ(duration("fefc"), kNone);
}

TEST(Opus, ReadsPadding) {
    EXPECT_EQ(duration("ff4103", 5), 960U);             // one frame of 2 bytes before 3 of padding
    EXPECT_EQ(duration("ff4106", 5), kNone);            // more padding than there is
    EXPECT_EQ(duration("ff41ff01", 254 + 1 + 7), 960U); // 254 and 1 more
    EXPECT_EQ(duration("ff41ff01", 254), kNone);
    EXPECT_EQ(duration("ff41ff"), kNone);
}

TEST(Opus, HoldsAsMuchAsItsLimits) {
    EXPECT_EQ(duration("ff06", 0), kOpusDurationMax); // six of 20 ms
    EXPECT_EQ(duration("ff07", 0), kNone);
    EXPECT_EQ(duration("8330", 0), kOpusDurationMax); // 48 of 2.5 ms
    EXPECT_EQ(duration("8331", 0), kNone);
    EXPECT_EQ(duration("fc", kOpusFrameSizeMax), 960U);
    EXPECT_EQ(duration("fc", kOpusFrameSizeMax + 1), kNone);
    EXPECT_EQ(duration("fd", 2 * kOpusFrameSizeMax), 2 * 960U);
    EXPECT_EQ(duration("fd", 2 * kOpusFrameSizeMax + 2), kNone);
}

TEST(OpusTimeline, GoesOnWithThePackets) {
    const ByteBuffer twenty{0xFC, 1};
    const ByteBuffer sixty{0x18, 1};
    OpusTimeline timeline;
    auto timing = timeline.next(twenty);
    ASSERT_TRUE(timing);
    EXPECT_EQ(timing->media_time, 0U);
    EXPECT_TRUE(timing->marker);
    timing = timeline.next(sixty);
    EXPECT_EQ(timing->media_time, 960U);
    EXPECT_FALSE(timing->marker);
    EXPECT_FALSE(timeline.next({})); // takes no time
    EXPECT_EQ(timeline.next(twenty)->media_time, 960U + 2880U);
}

TEST(OpusTimeline, MarksTheFirstAfterASilence) {
    const ByteBuffer twenty{0xFC, 1};
    OpusTimeline timeline;
    (void)timeline.next(twenty);
    timeline.skip(9600);
    const auto timing = timeline.next(twenty);
    EXPECT_EQ(timing->media_time, 960U + 9600U);
    EXPECT_TRUE(timing->marker);
}

} // namespace
} // namespace vv::rtp
