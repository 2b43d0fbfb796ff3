#include "base/rng.h"
#include "net/media_queue.h"
#include "turn/stream_framer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>

namespace vv::net {
namespace {

using Kind = MediaQueue::Kind;

std::string drain(MediaQueue& queue) {
    std::string all;
    while (!queue.is_empty()) {
        all += as_text(queue.front());
        queue.pop(queue.front().size());
    }
    return all;
}

MediaQueue::Pushed push(MediaQueue& queue, Kind kind, std::string_view text) {
    return queue.push(kind, MediaQueue::kSizeDefault, as_bytes(text));
}

TEST(MediaQueue, GivesOutWhatCameInInOrder) {
    MediaQueue queue;
    EXPECT_TRUE(queue.push(Kind::kMedia, MediaQueue::kSizeDefault, as_bytes("he"), as_bytes("ll"), as_bytes("o")).fits);
    EXPECT_TRUE(push(queue, Kind::kAnswer, " world").fits);
    EXPECT_EQ(queue.size(), 11U);
    EXPECT_EQ(drain(queue), "hello world");
    EXPECT_TRUE(queue.is_empty());
}

TEST(MediaQueue, WritesManyFramesAtOnceUpToOneRecord) {
    MediaQueue queue;
    for (int i = 0; i < 20; ++i)
        push(queue, Kind::kMedia, std::string(1000, 'm'));
    EXPECT_EQ(queue.front().size(), MediaQueue::kWriteMax);
    queue.pop(MediaQueue::kWriteMax);
    EXPECT_EQ(queue.front().size(), 20'000 - MediaQueue::kWriteMax);
}

TEST(MediaQueue, HoldsExactlyItsLimit) {
    MediaQueue queue;
    const auto full = push(queue, Kind::kMedia, std::string(MediaQueue::kSizeDefault, 'a'));
    EXPECT_TRUE(full.fits);
    EXPECT_EQ(full.dropped, 0U);
    const auto one_more = push(queue, Kind::kMedia, "b");
    EXPECT_TRUE(one_more.fits);
    EXPECT_EQ(one_more.dropped, 1U) << "the old one gives way";
    EXPECT_EQ(drain(queue), "b");
}

// Its owner's limit may become another while something waits.
TEST(MediaQueue, HoldsNoMoreThanItIsTold) {
    MediaQueue queue;
    const std::string frame(10'000, 'm');
    const auto push_with = [&](std::size_t size_max) {
        return queue.push(Kind::kMedia, size_max, as_bytes(std::string_view(frame)));
    };
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(push_with(40'000).dropped, 0U);
    EXPECT_EQ(push_with(40'000).dropped, 1U);
    EXPECT_EQ(queue.size(), 40'000U);
    EXPECT_EQ(push_with(20'000).dropped, 3U);
    EXPECT_EQ(queue.size(), 20'000U);
    EXPECT_EQ(push_with(30'000).dropped, 0U);
    EXPECT_FALSE(push_with(9'999).fits);
}

TEST(MediaQueue, TheLeastItMayHoldTakesTheLargestFrameBehindAWholeRecord) {
    MediaQueue queue;
    constexpr std::size_t kLeast = MediaQueue::kSizeLeast;
    const std::string first(MediaQueue::kWriteMax, 'r');
    ASSERT_TRUE(queue.push(Kind::kMedia, kLeast, as_bytes(std::string_view(first))).fits);
    queue.hold(queue.front().size());
    for (int i = 0; i < 10; ++i) {
        const std::string largest(turn::kFrameSizeMax, 'f');
        EXPECT_TRUE(queue.push(Kind::kMedia, kLeast, as_bytes(std::string_view(largest))).fits);
        EXPECT_LE(queue.size(), kLeast);
    }
}

// Almost a record of what is before it, and one byte of the largest frame, which stays whole.
TEST(MediaQueue, TheLeastItMayHoldTakesAnswersBehindTheMostThatHasToStay) {
    MediaQueue queue;
    constexpr std::size_t kLeast = MediaQueue::kSizeLeast;
    const auto push_sized = [&](Kind kind, std::size_t size) {
        return queue.push(kind, kLeast, as_bytes(std::string_view(std::string(size, 'f'))));
    };
    ASSERT_TRUE(push_sized(Kind::kMedia, MediaQueue::kWriteMax - 1).fits);
    ASSERT_TRUE(push_sized(Kind::kMedia, turn::kFrameSizeMax).fits);
    queue.hold(queue.front().size());
    const auto largest = push_sized(Kind::kMedia, turn::kFrameSizeMax);
    EXPECT_FALSE(largest.fits) << "and nobody is cut off for that";
    EXPECT_EQ(largest.dropped, 1U);
    const std::size_t room = kLeast - queue.size();
    EXPECT_GE(room, std::size_t{16} * 1024 - 64);
    ASSERT_TRUE(push_sized(Kind::kMedia, room).fits);
    EXPECT_EQ(push_sized(Kind::kAnswer, 1).dropped, 1U) << "in place of media";
    EXPECT_TRUE(push_sized(Kind::kAnswer, room - 1).fits);
    EXPECT_FALSE(push_sized(Kind::kAnswer, 1).fits);
}

TEST(MediaQueue, DropsTheOldestMediaAndNoAnswer) {
    MediaQueue queue;
    push(queue, Kind::kAnswer, "[answer]");
    push(queue, Kind::kMedia, std::string(60'000, '1'));
    push(queue, Kind::kMedia, std::string(60'000, '2'));
    push(queue, Kind::kAnswer, "[second]");
    const auto pushed = push(queue, Kind::kMedia, std::string(60'000, '3'));
    EXPECT_TRUE(pushed.fits);
    EXPECT_EQ(pushed.dropped, 1U);
    EXPECT_EQ(drain(queue), "[answer]" + std::string(60'000, '2') + "[second]" + std::string(60'000, '3'));
}

TEST(MediaQueue, NeverCutsAFrameThatHasBegun) {
    MediaQueue queue;
    push(queue, Kind::kMedia, std::string(60'000, '1'));
    push(queue, Kind::kMedia, std::string(60'000, '2'));
    queue.pop(1);
    EXPECT_EQ(push(queue, Kind::kMedia, std::string(60'000, '3')).dropped, 1U);
    EXPECT_EQ(drain(queue), std::string(59'999, '1') + std::string(60'000, '3'));
}

TEST(MediaQueue, KeepsWhatTlsHasMadeARecordOf) {
    MediaQueue queue;
    for (const char c : std::string_view("abcd"))
        push(queue, Kind::kMedia, std::string(30'000, c));
    queue.hold(30'001); // all of a, one byte of b
    const auto pushed = push(queue, Kind::kMedia, std::string(50'000, 'e'));
    EXPECT_TRUE(pushed.fits);
    EXPECT_EQ(pushed.dropped, 2U);
    EXPECT_EQ(drain(queue), std::string(30'000, 'a') + std::string(30'000, 'b') + std::string(50'000, 'e'));
}

TEST(MediaQueue, WithoutAnythingToDropMediaIsDroppedItselfAndAnAnswerIsTheEnd) {
    MediaQueue queue;
    push(queue, Kind::kAnswer, std::string(MediaQueue::kSizeDefault, 'a'));
    const auto media = push(queue, Kind::kMedia, "m");
    EXPECT_FALSE(media.fits);
    EXPECT_EQ(media.dropped, 1U);
    const auto answer = push(queue, Kind::kAnswer, "a");
    EXPECT_FALSE(answer.fits);
    EXPECT_EQ(answer.dropped, 0U);
    EXPECT_EQ(queue.size(), MediaQueue::kSizeDefault);
}

// As plain as can be: a list of frames.
class PlainQueue {
public:
    /// False if it does not fit.
    bool push(Kind kind, const std::string& text) {
        std::size_t after = size() + text.size();
        for (std::size_t i = 0, offset = 0; i < frames_.size() && after > MediaQueue::kSizeDefault;) {
            if (frames_[i].kind == Kind::kMedia && !frames_[i].begun && offset >= held_) {
                after -= frames_[i].bytes.size();
                frames_.erase(frames_.begin() + static_cast<std::ptrdiff_t>(i));
            } else {
                offset += frames_[i++].bytes.size();
            }
        }
        if (after > MediaQueue::kSizeDefault) return false;
        frames_.push_back({text, kind, false});
        return true;
    }
    void hold(std::size_t size) { held_ = size; }
    std::string pop(std::size_t size) {
        held_ -= std::min(held_, size);
        std::string taken;
        while (size > 0) {
            Frame& front = frames_.front();
            const std::size_t part = std::min(size, front.bytes.size());
            taken += front.bytes.substr(0, part);
            front.bytes.erase(0, part);
            front.begun = true;
            size -= part;
            if (front.bytes.empty()) frames_.pop_front();
        }
        return taken;
    }
    [[nodiscard]] std::size_t size() const {
        std::size_t size = 0;
        for (const Frame& frame : frames_)
            size += frame.bytes.size();
        return size;
    }

private:
    struct Frame {
        std::string bytes;
        Kind kind;
        bool begun;
    };
    std::deque<Frame> frames_;
    std::size_t held_ = 0;
};

TEST(MediaQueue, IsWhatAListOfFramesWouldBe) {
    SeededRng rng(1);
    MediaQueue queue;
    PlainQueue plain;
    std::size_t dropped = 0;
    for (int step = 0; step < 20'000; ++step) {
        if (rng.below(8) > 0) {
            const Kind kind = rng.below(10) == 0 ? Kind::kAnswer : Kind::kMedia;
            const std::string text(1 + rng.below(kind == Kind::kAnswer ? 100 : 4'000),
                                   static_cast<char>('a' + rng.below(26)));
            const auto pushed = push(queue, kind, text);
            dropped += pushed.dropped;
            ASSERT_EQ(pushed.fits, plain.push(kind, text));
        } else if (!queue.is_empty()) {
            ASSERT_EQ(queue.front().size(), std::min(queue.size(), MediaQueue::kWriteMax));
            if (rng.below(4) == 0) {
                plain.hold(queue.front().size());
                queue.hold(queue.front().size());
                continue;
            }
            const std::size_t taken = 1 + rng.below(queue.front().size());
            const std::string got(as_text(queue.front().first(taken)));
            queue.pop(taken);
            ASSERT_EQ(got, plain.pop(taken));
        }
        ASSERT_EQ(queue.size(), plain.size());
    }
    EXPECT_GT(dropped, 100U) << "the run has filled the queue";
    EXPECT_EQ(drain(queue), plain.pop(plain.size()));
    queue.release_memory();
}

} // namespace
} // namespace vv::net
