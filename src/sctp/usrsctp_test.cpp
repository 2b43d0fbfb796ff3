// Ours against usrsctp: what the one writes the other has to read, in every part of
// the protocol that data channels use.
#include "sctp/association_for_test.h"
#include "sctp/usrsctp_for_test.h"

#include <gtest/gtest.h>

#include <optional>

namespace vv::sctp::test {
namespace {

enum class Opening : std::uint8_t { kOurs, kTheirs, kBoth };

struct OraclePair {
    explicit OraclePair(const LinkOptions& options = {}, std::uint64_t seed = 1)
        : ours(seed),
          theirs(Instant{1s}),
          path(ours, theirs, options, seed) {}

    void connect(Opening opening = Opening::kBoth) {
        if (opening == Opening::kOurs) {
            theirs.listen();
        } else {
            theirs.connect();
        }
        if (opening != Opening::kTheirs) ours.machine.connect(path.now);
        ASSERT_TRUE(path.run_until([&] { return ours.is_connected() && theirs.is_up(); }));
    }
    void send_ours(const Message& message) {
        auto sent = ours.machine.send(path.now, message);
        while (!sent && sent.error() == SendError::kBufferFull) {
            ASSERT_TRUE(path.step(path.now + 60s));
            sent = ours.machine.send(path.now, message);
        }
        ASSERT_TRUE(sent);
    }
    void send_theirs(const UsrsctpEnd::Outgoing& message) {
        while (!theirs.send(message))
            ASSERT_TRUE(path.step(path.now + 60s));
    }

    TestEnd ours;
    UsrsctpEnd theirs;
    TestPath<TestEnd, UsrsctpEnd> path;
};

class Usrsctp : public testing::TestWithParam<Opening> {};
INSTANTIATE_TEST_SUITE_P(OpenedBy, Usrsctp, testing::Values(Opening::kOurs, Opening::kTheirs, Opening::kBoth),
                         [](const auto& given) {
                             return given.param == Opening::kOurs     ? "Ours"
                                    : given.param == Opening::kTheirs ? "Theirs"
                                                                      : "Both";
                         });

TEST_P(Usrsctp, ExchangesMessagesOfManySizes) {
    OraclePair pair;
    pair.connect(GetParam());
    const std::vector<std::size_t> sizes{1, 2, 3, 4, 1'155, 1'156, 1'157, 5'000, 65'536, kMessageSizeMax};
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const ByteBuffer bytes = pattern(sizes[i], i);
        const auto stream = StreamId(static_cast<std::uint16_t>(i % 2 == 0 ? 0 : kStreamsMax - 1));
        pair.send_ours({.stream = stream, .ppid = Ppid::kBinary, .payload = bytes});
        pair.send_theirs({.stream = stream, .ppid = Ppid::kString, .payload = bytes});
    }
    ASSERT_TRUE(pair.path.run_until(
        [&] { return pair.ours.messages.size() == sizes.size() && pair.theirs.messages.size() == sizes.size(); }));
    for (const auto stream : {StreamId(0), StreamId(kStreamsMax - 1)}) {
        std::size_t i = stream == StreamId(0) ? 0 : 1;
        for (const auto& message : pair.theirs.messages) {
            if (message.stream != stream) continue;
            EXPECT_EQ(message.payload, pattern(sizes[i], i)) << sizes[i];
            EXPECT_EQ(message.ppid, Ppid::kBinary);
            i += 2;
        }
        i = stream == StreamId(0) ? 0 : 1;
        for (const auto& message : pair.ours.messages) {
            if (message.stream != stream) continue;
            EXPECT_EQ(message.payload, pattern(sizes[i], i)) << sizes[i];
            EXPECT_EQ(message.ppid, Ppid::kString);
            i += 2;
        }
    }
    EXPECT_EQ(pair.ours.machine.stats().packets_dropped, 0U);
    EXPECT_EQ(pair.ours.machine.stats().timeouts, 0U);
}

TEST_P(Usrsctp, OpensOverABadPath) {
    for (std::uint64_t seed = 1; seed <= 15; ++seed) {
        OraclePair pair({.delay = 20ms, .jitter = 30ms, .lost_per_1000 = 250, .doubled_per_1000 = 100}, seed);
        pair.connect(GetParam());
        pair.send_ours(text_message("ours"));
        pair.send_theirs({.payload = as_bytes("theirs")});
        ASSERT_TRUE(pair.path.run_until(
            [&] { return pair.ours.messages.size() == 1 && pair.theirs.messages.size() == 1; }, 120s))
            << seed;
    }
}

TEST_P(Usrsctp, ExchangesManyMessagesOverABadPath) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        OraclePair pair({.delay = 20ms, .jitter = 10ms, .lost_per_1000 = 50, .doubled_per_1000 = 30}, seed);
        pair.connect(GetParam());
        for (std::size_t i = 0; i < 200; ++i) {
            const ByteBuffer bytes = pattern(200 + i * 20, i);
            const bool is_ordered = i % 2 == 0;
            const auto stream = StreamId(static_cast<std::uint16_t>(i % 2));
            pair.send_ours({.stream = stream, .payload = bytes, .is_ordered = is_ordered});
            pair.send_theirs({.stream = stream, .payload = bytes, .is_ordered = is_ordered});
        }
        ASSERT_TRUE(pair.path.run_until(
            [&] { return pair.ours.messages.size() == 200 && pair.theirs.messages.size() == 200; }, 600s))
            << seed;
        const auto check = [&](const auto& messages) {
            std::vector<ByteBuffer> loose;
            std::size_t next = 0;
            for (const auto& message : messages) {
                if (message.stream == StreamId(1)) {
                    loose.push_back(message.payload);
                } else {
                    EXPECT_EQ(message.payload, pattern(200 + next * 20, next));
                    next += 2;
                }
            }
            std::ranges::sort(loose, {}, &ByteBuffer::size);
            for (std::size_t i = 0; i < loose.size(); ++i)
                EXPECT_EQ(loose[i], pattern(200 + (2 * i + 1) * 20, 2 * i + 1));
        };
        check(pair.ours.messages);
        check(pair.theirs.messages);
    }
}

TEST_P(Usrsctp, BeginsStreamsAnewEitherWay) {
    OraclePair pair;
    pair.connect(GetParam());
    for (std::size_t round = 1; round <= 3; ++round) {
        pair.send_ours(text_message("to them", 3));
        pair.send_theirs({.stream = StreamId(3), .payload = as_bytes("to us")});
        ASSERT_TRUE(pair.path.run_until(
            [&] { return pair.ours.messages.size() == round && pair.theirs.messages.size() == round; }));
        pair.ours.machine.reset_stream(pair.path.now, StreamId(3));
        ASSERT_TRUE(pair.path.run_until([&] {
            return pair.ours.all<StreamResetDoneEvent>().size() == round && pair.theirs.incoming_resets.size() == round;
        })) << round;
        EXPECT_TRUE(pair.ours.all<StreamResetDoneEvent>().back().is_performed);
        EXPECT_EQ(pair.theirs.incoming_resets.back(), StreamId(3));
        pair.theirs.reset_stream(StreamId(3));
        ASSERT_TRUE(pair.path.run_until([&] {
            return pair.ours.all<StreamsResetEvent>().size() == round && pair.theirs.outgoing_resets.size() == round;
        })) << round;
        EXPECT_EQ(pair.ours.all<StreamsResetEvent>().back().streams, std::vector<StreamId>{StreamId(3)});
    }
}

TEST_P(Usrsctp, BeginsStreamsAnewOverABadPath) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        OraclePair pair({.delay = 20ms, .jitter = 20ms, .lost_per_1000 = 150}, seed);
        pair.connect(GetParam());
        for (std::size_t round = 1; round <= 3; ++round) {
            const ByteBuffer bytes = pattern(10'000);
            pair.send_ours({.stream = StreamId(1), .payload = bytes});
            pair.send_theirs({.stream = StreamId(1), .payload = bytes});
            ASSERT_TRUE(pair.path.run_until([&] { return pair.ours.messages.size() == round; }, 120s)) << seed;
            pair.ours.machine.reset_stream(pair.path.now, StreamId(1));
            pair.theirs.reset_stream(StreamId(1));
            ASSERT_TRUE(pair.path.run_until(
                [&] {
                    return pair.ours.all<StreamsResetEvent>().size() == round &&
                           pair.ours.all<StreamResetDoneEvent>().size() == round &&
                           pair.theirs.incoming_resets.size() == round;
                },
                200s))
                << seed;
            EXPECT_EQ(pair.theirs.messages.size(), round);
        }
    }
}

// It reads at most 248 streams of one request, and does nothing with a longer one.
TEST_P(Usrsctp, BeginsManyStreamsAnewAtOnce) {
    constexpr std::size_t kMany = 400;
    OraclePair pair;
    pair.connect(GetParam());
    for (std::uint16_t i = 0; i < kMany; ++i)
        pair.ours.machine.reset_stream(pair.path.now, StreamId(i));
    ASSERT_TRUE(pair.path.run_until([&] { return pair.ours.all<StreamResetDoneEvent>().size() == kMany; }));
    EXPECT_TRUE(std::ranges::all_of(pair.ours.all<StreamResetDoneEvent>(), &StreamResetDoneEvent::is_performed));
    EXPECT_EQ(pair.theirs.incoming_resets.size(), kMany);
}

TEST_P(Usrsctp, GivesUpMessagesEitherWay) {
    OraclePair pair({.delay = 20ms, .lost_per_1000 = 150}, 3);
    pair.connect(GetParam());
    for (std::size_t i = 0; i < 150; ++i) {
        const ByteBuffer bytes = pattern(100 + i * 10, i);
        pair.send_ours({.stream = StreamId(1), .payload = bytes, .retransmissions_max = 0});
        pair.send_theirs({.stream = StreamId(1), .payload = bytes, .retransmissions_max = 0});
        pair.path.run_for(5ms);
    }
    pair.send_ours(text_message("the end", 1));
    pair.send_theirs({.stream = StreamId(1), .payload = as_bytes("the end")});
    const auto has_end = [](const auto& messages) {
        return !messages.empty() && as_text(messages.back().payload) == "the end";
    };
    ASSERT_TRUE(pair.path.run_until([&] { return has_end(pair.ours.messages) && has_end(pair.theirs.messages); }));
    EXPECT_LT(pair.ours.messages.size(), 151U);
    EXPECT_GT(pair.ours.messages.size(), 90U);
    EXPECT_LT(pair.theirs.messages.size(), 151U);
    EXPECT_GT(pair.theirs.messages.size(), 90U);
    EXPECT_EQ(pair.ours.machine.stats().timeouts <= 5, true);
}

TEST_P(Usrsctp, ShutsDownWhenWeDo) {
    OraclePair pair;
    pair.connect(GetParam());
    pair.send_ours(text_message("goodbye"));
    pair.ours.machine.shutdown(pair.path.now);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.ours.end_reason() && pair.theirs.has_ended(); }));
    EXPECT_EQ(pair.ours.end_reason(), EndReason::kShutdown);
    EXPECT_EQ(pair.theirs.messages.size(), 1U);
}

TEST_P(Usrsctp, ShutsDownWhenTheyDo) {
    OraclePair pair;
    pair.connect(GetParam());
    pair.send_theirs({.payload = as_bytes("goodbye")});
    pair.theirs.shutdown();
    ASSERT_TRUE(pair.path.run_until([&] { return pair.ours.end_reason() && pair.theirs.has_ended(); }));
    EXPECT_EQ(pair.ours.end_reason(), EndReason::kShutdown);
    EXPECT_EQ(pair.ours.messages.size(), 1U);
}

TEST_P(Usrsctp, UnderstandsAnAbort) {
    OraclePair pair;
    pair.connect(GetParam());
    pair.ours.machine.abort(pair.path.now);
    ASSERT_TRUE(pair.path.run_until([&] { return pair.theirs.has_ended(); }));
}

TEST_P(Usrsctp, AnswersHeartbeats) {
    OraclePair pair;
    pair.connect(GetParam());
    pair.path.run_for(3min); // both ask, every 30 s
    EXPECT_TRUE(pair.ours.machine.is_established());
    EXPECT_FALSE(pair.theirs.has_ended());
    EXPECT_EQ(pair.ours.machine.stats().chunks_dropped, 0U);
    EXPECT_TRUE(pair.ours.machine.round_trip().has_value());
}

} // namespace
} // namespace vv::sctp::test
