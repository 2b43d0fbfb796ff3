// What an association takes when nothing happens, and what it keeps of what has.
#include "base/allocations_for_test.h"
#include "sctp/association.h"
#include "sctp/data_channels.h"

#include <gtest/gtest.h>

#include <memory>

#if defined(__SANITIZE_ADDRESS__)

namespace vv::sctp {
namespace {

using namespace std::chrono_literals;

/// The goal for one that stands and rests.
constexpr std::size_t kIdleMax = 8'192;

class AssociationMemory : public testing::Test {
protected:
    void make() {
        left_ = std::make_unique<Association>(AssociationConfig{}, rng_);
        right_ = std::make_unique<Association>(AssociationConfig{}, rng_);
        left_->connect(now_);
        right_->connect(now_);
    }
    void run_for(Duration time) {
        for (const Instant end = now_ + time; now_ < end; now_ += 5ms) {
            pass(*left_, *right_);
            pass(*right_, *left_);
            left_->handle_timeout(now_);
            right_->handle_timeout(now_);
        }
    }
    void send(std::size_t size) {
        const ByteBuffer bytes(size);
        for (int i = 0; i < 8; ++i) {
            ASSERT_TRUE(left_->send(now_, {.stream = StreamId(static_cast<std::uint16_t>(i)), .payload = bytes}));
            ASSERT_TRUE(right_->send(now_, {.stream = StreamId(static_cast<std::uint16_t>(i)), .payload = bytes}));
        }
    }

    SeededRng rng_{1};
    Instant now_{1s};
    std::unique_ptr<Association> left_;
    std::unique_ptr<Association> right_;

private:
    static void drain(Association& machine) {
        while (machine.poll_event()) {
        }
    }
    // Every tenth packet is lost, so that there are gaps.
    void pass(Association& from, Association& to) {
        drain(from);
        while (const auto packet = from.poll_transmit()) {
            if (++packets_ % 10 != 0) to.handle_input(now_, *packet);
            drain(to);
        }
    }

    std::size_t packets_ = 0;
};

TEST_F(AssociationMemory, IsSmallAtRest) {
    const std::ptrdiff_t kept = bytes_kept_by([&] {
        make();
        run_for(1s);
    });
    ASSERT_TRUE(left_->is_established() && right_->is_established());
    EXPECT_GT(kept, 0);
    EXPECT_LE(kept / 2, static_cast<std::ptrdiff_t>(kIdleMax));
    RecordProperty("idle_bytes", static_cast<int>(kept / 2));
}

TEST_F(AssociationMemory, IsGivenBackAfterABusyTime) {
    const std::ptrdiff_t kept = bytes_kept_by([&] {
        make();
        run_for(1s);
        for (int i = 0; i < 5; ++i) {
            send(100'000);
            run_for(20s);
        }
    });
    ASSERT_EQ(left_->send_cost() + right_->send_cost() + left_->held() + right_->held(), 0U);
    EXPECT_LE(kept / 2, static_cast<std::ptrdiff_t>(kIdleMax) + 8'192); // eight streams each way are remembered
}

TEST_F(AssociationMemory, IsGivenBackByOneThatHasEnded) {
    make();
    run_for(1s);
    const std::ptrdiff_t kept = bytes_kept_by([&] {
        send(200'000);
        left_->abort(now_);
        run_for(1s);
    });
    ASSERT_TRUE(left_->has_ended() && right_->has_ended());
    EXPECT_LE(kept, 4'096);
}

} // namespace
} // namespace vv::sctp

#endif
