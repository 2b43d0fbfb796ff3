#include "sctp/stream_resets.h"

#include <gtest/gtest.h>

namespace vv::sctp {
namespace {

constexpr std::uint32_t kOurs = 1'000;
constexpr std::uint32_t kTheirs = 0xFFFFFFFF; // wraps with the second request
constexpr std::uint16_t kStreams = 16;

class StreamResetsTest : public testing::Test {
protected:
    StreamResetsTest() { machine_.begin(kTheirs); }

    OutgoingReset theirs(std::uint32_t number, std::vector<StreamId> streams, std::int64_t last = 0) const {
        return {kTheirs + number, 0, (kBefore + last).wire(), std::move(streams)};
    }
    /// Nothing: no answer yet.
    std::optional<ReconfigResult> handle(const OutgoingReset& reset) {
        const auto answer = machine_.handle_request(reset, kBefore, kStreams);
        return answer ? std::optional(answer->result) : std::nullopt;
    }

    const Tsn kBefore{0x12345678};
    StreamResets machine_{kOurs};
};

TEST_F(StreamResetsTest, AsksForOneAfterTheOther) {
    machine_.want(StreamId(1));
    machine_.want(StreamId(2));
    EXPECT_TRUE(machine_.is_wanted(StreamId(1)));
    machine_.ask({StreamId(1)}, kBefore);
    EXPECT_TRUE(machine_.is_asking() && machine_.is_wanted(StreamId(1)));
    EXPECT_EQ(machine_.request(), (OutgoingReset{kOurs, kTheirs - 1, kBefore.wire(), {StreamId(1)}}));
    EXPECT_FALSE(machine_.handle_response({kOurs + 1, ReconfigResult::kPerformed}));
    EXPECT_FALSE(machine_.handle_response({kOurs, ReconfigResult::kInProgress}));
    const auto finished = machine_.handle_response({kOurs, ReconfigResult::kPerformed});
    ASSERT_TRUE(finished);
    EXPECT_TRUE(finished->is_performed);
    EXPECT_EQ(finished->streams, std::vector<StreamId>{StreamId(1)});
    EXPECT_FALSE(machine_.is_wanted(StreamId(1)));
    EXPECT_FALSE(machine_.handle_response({kOurs, ReconfigResult::kPerformed})); // said twice
    machine_.ask({StreamId(2)}, kBefore);
    EXPECT_EQ(machine_.request().request, kOurs + 1);
    EXPECT_FALSE(machine_.handle_response({kOurs + 1, ReconfigResult::kDenied})->is_performed);
}

TEST_F(StreamResetsTest, ForgetsOneThatIsKnownToBeDone) {
    machine_.want(StreamId(1));
    machine_.want(StreamId(2));
    machine_.ask({StreamId(1), StreamId(2)}, kBefore);
    machine_.forget(StreamId(1));
    EXPECT_FALSE(machine_.is_wanted(StreamId(1)));
    EXPECT_EQ(machine_.request().streams.size(), 2U);
    EXPECT_EQ(machine_.handle_response({kOurs, ReconfigResult::kPerformed})->streams,
              std::vector<StreamId>{StreamId(2)});
}

TEST_F(StreamResetsTest, CarriesOutWhatHasAllCome) {
    EXPECT_EQ(handle(theirs(0, {StreamId(3)})), std::nullopt);
    ASSERT_TRUE(machine_.poll_due(kBefore));
    EXPECT_FALSE(machine_.poll_due(kBefore));
    EXPECT_EQ(handle(theirs(0, {StreamId(3)})), ReconfigResult::kPerformed); // the answer was lost
    EXPECT_FALSE(machine_.poll_due(kBefore));
    EXPECT_EQ(handle(theirs(1, {})), std::nullopt);
    EXPECT_TRUE(machine_.poll_due(kBefore)->streams.empty());
}

TEST_F(StreamResetsTest, WaitsForWhatWasSentBefore) {
    EXPECT_EQ(handle(theirs(0, {StreamId(3)}, 2)), std::nullopt);
    EXPECT_FALSE(machine_.poll_due(kBefore + 1));
    EXPECT_EQ(handle(theirs(0, {StreamId(3)}, 2)), std::nullopt);
    EXPECT_EQ(handle(theirs(1, {StreamId(3)}, 2)), std::nullopt); // asked anew
    EXPECT_EQ(handle(theirs(2, {StreamId(4)}, 2)), ReconfigResult::kAlreadyInProgress);
    ASSERT_TRUE(machine_.poll_due(kBefore + 2));
    EXPECT_FALSE(machine_.poll_due(kBefore + 2));
    EXPECT_EQ(handle(theirs(2, {StreamId(4)}, 2)), ReconfigResult::kAlreadyInProgress); // that one was not
    EXPECT_EQ(handle(theirs(3, {StreamId(4)})), std::nullopt);
    EXPECT_TRUE(machine_.poll_due(kBefore));
    EXPECT_EQ(handle(theirs(3, {StreamId(4)})), ReconfigResult::kPerformed);
}

TEST_F(StreamResetsTest, RefusesWhatCannotBe) {
    EXPECT_EQ(handle(theirs(1, {StreamId(3)})), ReconfigResult::kBadSequence);
    EXPECT_EQ(handle({kTheirs - 1, 0, 0, {StreamId(3)}}), ReconfigResult::kBadSequence);
    EXPECT_EQ(handle(theirs(0, {StreamId(kStreams)})), ReconfigResult::kWrongStream);
    EXPECT_FALSE(machine_.poll_due(kBefore));
    EXPECT_EQ(machine_.refuse({kTheirs + 1})->result, ReconfigResult::kDenied);
    EXPECT_EQ(machine_.refuse({kTheirs + 1})->result, ReconfigResult::kDenied);
    EXPECT_EQ(machine_.refuse({kTheirs + 5})->result, ReconfigResult::kBadSequence);
    EXPECT_EQ(handle(theirs(2, {StreamId(kStreams - 1)})), std::nullopt);
    EXPECT_TRUE(machine_.poll_due(kBefore));
}

} // namespace
} // namespace vv::sctp
