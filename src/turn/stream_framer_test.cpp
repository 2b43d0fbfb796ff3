#include "base/rng.h"
#include "stun/builder.h"
#include "turn/channel_data.h"
#include "turn/stream_framer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace vv::turn {
namespace {

ByteBuffer stun_message(std::size_t data_size) {
    ByteBuffer bytes;
    stun::MessageBuilder(bytes, stun::Method::kSend, stun::MessageClass::kIndication, stun::TransactionId())
        .add(stun::AttributeType::kData, ByteBuffer(data_size, 0xAB));
    return bytes;
}

ByteBuffer channel_data(std::size_t size, std::uint16_t channel = 0x4000) {
    const auto header = write_channel_data_header(ChannelNumber(channel), size);
    ByteBuffer bytes(header.begin(), header.end());
    for (std::size_t i = 0; i < size; ++i)
        bytes.push_back(static_cast<std::uint8_t>(i));
    return bytes;
}

// As it stands in a stream: padded to four bytes.
ByteBuffer on_stream(const std::vector<ByteBuffer>& frames) {
    ByteBuffer stream;
    for (const ByteBuffer& frame : frames) {
        stream.insert(stream.end(), frame.begin(), frame.end());
        stream.insert(stream.end(), stun::padded_size(frame.size()) - frame.size(), 0);
    }
    return stream;
}

struct Outcome {
    std::vector<ByteBuffer> frames;
    std::optional<FrameError> error;
    bool idle = false;
};

Outcome read_in_pieces(ByteView stream, std::size_t piece) {
    StreamFramer framer;
    Outcome outcome;
    while (!stream.empty()) {
        const std::size_t size = std::min(piece, stream.size());
        ByteView input = stream.first(size);
        stream = stream.subspan(size);
        while (true) {
            const auto frame = framer.poll_frame(input);
            if (!frame) {
                outcome.error = frame.error();
                return outcome;
            }
            if (!*frame) break;
            outcome.frames.emplace_back((*frame)->begin(), (*frame)->end());
        }
        EXPECT_TRUE(input.empty()) << "all input is taken";
    }
    outcome.idle = framer.is_idle();
    return outcome;
}

const std::vector<ByteBuffer> kMixed{stun_message(0),  channel_data(0), channel_data(1),   channel_data(2, 0x4FFF),
                                     channel_data(3),  channel_data(4), stun_message(100), channel_data(1200, 0x7FFF),
                                     stun_message(33), channel_data(5)};

TEST(StreamFramer, FindsTheSameFramesHoweverTheStreamIsCut) {
    const ByteBuffer stream = on_stream(kMixed);
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        const Outcome outcome = read_in_pieces(stream, piece);
        EXPECT_FALSE(outcome.error);
        ASSERT_EQ(outcome.frames, kMixed) << "in pieces of " << piece;
        EXPECT_TRUE(outcome.idle);
    }
}

TEST(StreamFramer, DoesNotCopyWhatLiesWholeInTheInput) {
    const ByteBuffer stream = on_stream({channel_data(5), stun_message(8)});
    StreamFramer framer;
    ByteView input(stream);
    const auto first = framer.poll_frame(input);
    ASSERT_TRUE(first && *first);
    EXPECT_EQ((*first)->data(), stream.data());
    const auto second = framer.poll_frame(input);
    ASSERT_TRUE(second && *second);
    EXPECT_EQ((*second)->data(), stream.data() + 12);
    EXPECT_TRUE(framer.is_idle());
}

TEST(StreamFramer, WaitsForPaddingToo) {
    const ByteBuffer stream = on_stream({channel_data(1)});
    StreamFramer framer;
    ByteView most = ByteView(stream).first(7);
    ASSERT_FALSE(framer.poll_frame(most).value());
    EXPECT_FALSE(framer.is_idle());
    ByteView last = ByteView(stream).last(1);
    const auto frame = framer.poll_frame(last).value();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->size(), 5U);
    EXPECT_TRUE(framer.is_idle());
}

TEST(StreamFramer, TakesTheLongestChannelDataAndTheLongestMessage) {
    const ByteBuffer longest = channel_data(65'535);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{16'384}, std::size_t{100'000}})
        EXPECT_EQ(read_in_pieces(on_stream({longest}), piece).frames, std::vector<ByteBuffer>{longest});
    // 20 bytes of header and the largest length that is a multiple of four and within the limit.
    ByteBuffer message = stun_message(0);
    const std::size_t length = (kFrameSizeMax - stun::kHeaderSize) / 4 * 4;
    message.resize(stun::kHeaderSize + length);
    message[2] = static_cast<std::uint8_t>(length >> 8U);
    message[3] = static_cast<std::uint8_t>(length);
    EXPECT_EQ(read_in_pieces(message, 16'384).frames, std::vector<ByteBuffer>{message});
}

TEST(StreamFramer, EndsAtALongerMessage) {
    const std::size_t length = (kFrameSizeMax - stun::kHeaderSize) / 4 * 4 + 4;
    ByteBuffer message = stun_message(0);
    message[2] = static_cast<std::uint8_t>(length >> 8U);
    message[3] = static_cast<std::uint8_t>(length);
    for (const std::size_t piece : {1U, 4U, 100U})
        EXPECT_EQ(read_in_pieces(message, piece).error, FrameError::kTooLong);
}

TEST(StreamFramer, EndsAtWhatBeginsNoFrame) {
    for (unsigned first = 0; first <= 255; ++first) {
        const bool fits = first <= 3 || (first >= 0x40 && first <= 0x7F);
        const ByteBuffer byte{static_cast<std::uint8_t>(first)};
        EXPECT_EQ(read_in_pieces(byte, 1).error.has_value(), !fits) << first;
    }
    ByteBuffer after_good = on_stream({channel_data(3)});
    after_good.push_back(0x80);
    const Outcome outcome = read_in_pieces(after_good, 1);
    EXPECT_EQ(outcome.frames.size(), 1U);
    EXPECT_EQ(outcome.error, FrameError::kNotAFrame);
}

TEST(StreamFramer, KeepsToASmallerLimitWhileItIsGivenOne) {
    const ByteBuffer fits = on_stream({channel_data(96)});
    const ByteBuffer longer = on_stream({channel_data(97)});
    StreamFramer framer;
    ByteView input(fits);
    EXPECT_TRUE(framer.poll_frame(input, 100).value());
    input = longer;
    EXPECT_TRUE(framer.poll_frame(input).value()) << "the limit is the call's";
    input = ByteView(longer).first(4);
    EXPECT_EQ(framer.poll_frame(input, 100).error(), FrameError::kTooLong) << "told by the header alone";
}

TEST(StreamFramer, EndsAtAMessageWithoutCookieOrOfOddLength) {
    for (std::size_t i = 4; i < 8; ++i) {
        ByteBuffer message = stun_message(4);
        message[i] ^= 1U;
        for (const std::size_t piece : {1U, 5U, 100U})
            EXPECT_EQ(read_in_pieces(message, piece).error, FrameError::kNotAFrame) << i;
    }
    for (const std::uint8_t length : ByteBuffer{1, 2, 3, 5}) {
        ByteBuffer message = stun_message(0);
        message[3] = length;
        EXPECT_EQ(read_in_pieces(message, 3).error, FrameError::kBadLength);
    }
}

TEST(StreamFramer, ReadsRandomRunsOfFramesInRandomPieces) {
    SeededRng rng(7);
    for (int round = 0; round < 200; ++round) {
        std::vector<ByteBuffer> frames;
        const std::uint64_t count = 1 + rng.below(20);
        for (std::uint64_t i = 0; i < count; ++i)
            frames.push_back(rng.below(3) == 0 ? stun_message(rng.below(300)) : channel_data(rng.below(2'000)));
        const Outcome outcome = read_in_pieces(on_stream(frames), 1 + rng.below(5'000));
        ASSERT_EQ(outcome.frames, frames);
        EXPECT_TRUE(outcome.idle);
    }
}

} // namespace
} // namespace vv::turn
