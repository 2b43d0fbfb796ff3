#include "turn/channel_data.h"

#include <gtest/gtest.h>

namespace vv::turn {
namespace {

TEST(ChannelData, ReadsBackWhatIsWritten) {
    const auto header = write_channel_data_header(ChannelNumber(0x4ABC), 3);
    ByteBuffer bytes(header.begin(), header.end());
    bytes.insert(bytes.end(), {7, 8, 9});
    const auto data = parse_channel_data(bytes, kChannelLast);
    ASSERT_TRUE(data);
    EXPECT_EQ(data->channel, ChannelNumber(0x4ABC));
    EXPECT_EQ(ByteBuffer(data->payload.begin(), data->payload.end()), (ByteBuffer{7, 8, 9}));
}

TEST(ChannelData, IgnoresPaddingAndTakesNoPayload) {
    EXPECT_EQ(parse_channel_data(ByteBuffer{0x40, 0, 0, 1, 5, 0, 0, 0}, kChannelLast)->payload.size(), 1U);
    EXPECT_EQ(parse_channel_data(ByteBuffer{0x40, 0, 0, 0}, kChannelLast)->payload.size(), 0U);
}

TEST(ChannelData, RefusesLengthsPastTheEnd) {
    for (std::size_t size = 0; size < 4; ++size)
        EXPECT_FALSE(parse_channel_data(ByteBuffer(size, 0x40), kChannelLast)) << size;
    EXPECT_FALSE(parse_channel_data(ByteBuffer{0x40, 0, 0, 1}, kChannelLast));
    EXPECT_FALSE(parse_channel_data(ByteBuffer{0x40, 0, 0xFF, 0xFF, 1}, kChannelLast));
}

TEST(ChannelData, KnowsItsRange) {
    EXPECT_FALSE(parse_channel_data(ByteBuffer{0x3F, 0xFF, 0, 0}, kChannelLast));
    EXPECT_TRUE(parse_channel_data(ByteBuffer{0x40, 0x00, 0, 0}, kChannelLast));
    EXPECT_TRUE(parse_channel_data(ByteBuffer{0x4F, 0xFF, 0, 0}, kChannelLast));
    EXPECT_FALSE(parse_channel_data(ByteBuffer{0x50, 0x00, 0, 0}, kChannelLast));
    EXPECT_TRUE(parse_channel_data(ByteBuffer{0x7F, 0xFF, 0, 0}, kLegacyChannelLast));
    EXPECT_FALSE(parse_channel_data(ByteBuffer{0x80, 0x00, 0, 0}, kLegacyChannelLast));
    for (unsigned byte = 0; byte <= 0xFF; ++byte) {
        const auto first = static_cast<std::uint8_t>(byte);
        EXPECT_EQ(looks_like_channel_data(first, kChannelLast), byte >= 0x40 && byte <= 0x4F) << byte;
        EXPECT_EQ(looks_like_channel_data(first, kLegacyChannelLast), byte >= 0x40 && byte <= 0x7F) << byte;
    }
}

} // namespace
} // namespace vv::turn
