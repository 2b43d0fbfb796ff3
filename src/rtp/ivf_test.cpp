#include "rtp/ivf.h"

#include <gtest/gtest.h>

namespace vv::rtp {
namespace {

ByteBuffer two_pictures() {
    ByteBuffer file;
    IvfWriter writer(file, {.width = 320, .height = 240});
    writer.write(6'000, ByteBuffer{1, 2, 3});
    writer.write(0x1'0000'0001, ByteBuffer{4});
    return file;
}

TEST(IvfTest, WhatIsWrittenIsRead) {
    const ByteBuffer file = two_pictures();
    auto reader = IvfReader::open(file);
    ASSERT_TRUE(reader.has_value());
    EXPECT_EQ(reader->head(), (IvfHead{.width = 320, .height = 240, .denominator = 90'000, .numerator = 1}));
    const auto first = reader->next_picture();
    ASSERT_TRUE(first.has_value() && first->has_value());
    EXPECT_EQ((*first)->time, 6'000U);
    EXPECT_EQ(ByteBuffer((*first)->bytes.begin(), (*first)->bytes.end()), (ByteBuffer{1, 2, 3}));
    const auto second = reader->next_picture();
    ASSERT_TRUE(second.has_value() && second->has_value());
    EXPECT_EQ((*second)->time, 0x1'0000'0001U);
    EXPECT_EQ((*second)->bytes.size(), 1U);
    const auto end = reader->next_picture();
    ASSERT_TRUE(end.has_value());
    EXPECT_FALSE(end->has_value());
}

TEST(IvfTest, AFileThatIsNoneIsRefused) {
    const ByteBuffer whole = two_pictures();
    for (std::size_t size = 0; size < kIvfHeadSize; ++size) {
        const auto reader = IvfReader::open(ByteView(whole).first(size));
        ASSERT_FALSE(reader.has_value()) << size;
        EXPECT_EQ(reader.error(), IvfError::kNotIvf);
    }
    ByteBuffer other = whole;
    other[0] = 'X';
    EXPECT_EQ(IvfReader::open(other).error(), IvfError::kNotIvf);
    other = whole;
    other[11] = '9';
    EXPECT_EQ(IvfReader::open(other).error(), IvfError::kNotVp8);
    other = whole;
    other[6] = 31; // a header shorter than it is
    EXPECT_EQ(IvfReader::open(other).error(), IvfError::kNotIvf);
    for (const std::size_t unit : {16U, 20U}) {
        other = whole;
        for (std::size_t i = 0; i < 4; ++i)
            other[unit + i] = 0;
        EXPECT_EQ(IvfReader::open(other).error(), IvfError::kNotIvf) << unit;
    }
}

TEST(IvfTest, AFileThatEndsWithinAPictureIsSaidTo) {
    const ByteBuffer whole = two_pictures();
    for (std::size_t size = kIvfHeadSize + 1; size < kIvfHeadSize + 12 + 3; ++size) {
        auto reader = IvfReader::open(ByteView(whole).first(size));
        ASSERT_TRUE(reader.has_value());
        const auto picture = reader->next_picture();
        ASSERT_FALSE(picture.has_value()) << size;
        EXPECT_EQ(picture.error(), IvfError::kTruncated);
    }
}

TEST(IvfTest, APictureAtTheLimitIsReadAndOneByteMoreRefused) {
    for (const std::size_t size : {kIvfPictureSizeMax, kIvfPictureSizeMax + 1}) {
        ByteBuffer file;
        IvfWriter(file, {}).write(0, ByteBuffer(size));
        auto reader = IvfReader::open(file);
        ASSERT_TRUE(reader.has_value());
        const auto picture = reader->next_picture();
        ASSERT_EQ(picture.has_value(), size == kIvfPictureSizeMax);
        if (!picture.has_value()) {
            EXPECT_EQ(picture.error(), IvfError::kTooLong);
        }
    }
}

} // namespace
} // namespace vv::rtp
