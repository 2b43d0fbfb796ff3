#include "net/rearm_order.h"

#include <gtest/gtest.h>

#include <array>

namespace vv::net {
namespace {

TEST(RearmOrder, WhoReceivedNothingGoesFirst) {
    std::vector<EndedRequest> ended{{1, true}, {2, false}, {3, true}, {4, false}};
    put_in_order(ended);
    std::vector<std::uint64_t> order;
    for (const auto& request : ended)
        order.push_back(request.watch);
    EXPECT_EQ(order, (std::vector<std::uint64_t>{2, 4, 1, 3}));
}

// A kernel that reads each socket until it is dry or the buffers are gone, and sockets some of which are never dry.
TEST(RearmOrder, NobodyWaitsForEver) {
    constexpr std::size_t kBuffers = 256;
    constexpr std::size_t kSockets = 10;
    std::array<std::size_t, kSockets> waiting{};
    std::array<std::size_t, kSockets> received{};
    std::vector<EndedRequest> ended;
    for (std::size_t i = 0; i < kSockets; ++i) {
        const bool is_never_dry = i % 3 == 0;
        waiting.at(i) = is_never_dry ? 1'000'000 : 10;
        ended.push_back({i, false});
    }
    for (std::size_t round = 0; round < kSockets; ++round) {
        put_in_order(ended);
        std::size_t buffers = kBuffers;
        for (auto& [socket, has_received] : ended) {
            const std::size_t taken = std::min(buffers, waiting.at(socket));
            buffers -= taken;
            waiting.at(socket) -= taken;
            received.at(socket) += taken;
            has_received = taken > 0;
        }
    }
    for (std::size_t i = 0; i < kSockets; ++i)
        EXPECT_GE(received.at(i), 10U) << i;
}

} // namespace
} // namespace vv::net
