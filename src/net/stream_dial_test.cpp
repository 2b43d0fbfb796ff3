#include "net/clock.h"
#include "net/silent_port_for_test.h"
#include "net/socket.h"
#include "net/stream_dial.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

NameLookup::Resolve always(std::vector<SocketAddress> places) {
    return [places = std::move(places)](const std::string&, std::uint16_t) { return places; };
}

struct StreamDialTest : testing::Test {
    Result<Dialed, FetchError> dial(const DialTarget& target, DialOptions options) {
        loop.run_once({});
        std::optional<Result<Dialed, FetchError>> result;
        StreamDial dial(loop, target, std::move(options),
                        [&](Result<Dialed, FetchError> done) { result.emplace(std::move(done)); });
        EXPECT_FALSE(result) << "from a later round";
        const Instant give_up = monotonic_now() + 10s;
        while (!result && monotonic_now() < give_up)
            loop.run_once(100ms);
        EXPECT_TRUE(result.has_value());
        return result ? *std::move(result) : Failure(FetchError{});
    }

    EventLoop loop;
    SilentPort nobody;
};

// Whoever comes there hears nothing: the kernel drops what does not fit into the line of those who wait.
class Swallower {
public:
    Swallower() {
        const NativeAddress any(SocketAddress::parse("127.0.0.1:0").value());
        EXPECT_EQ(::bind(fd_.value(), any.pointer(), any.size), 0);
        EXPECT_EQ(::listen(fd_.value(), 0), 0);
        const NativeAddress native(address());
        for (UniqueFd& guest : guests_) {
            guest.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            (void)::connect(guest.value(), native.pointer(), native.size);
        }
    }
    [[nodiscard]] SocketAddress address() const { return local_address(fd_.value()); }

private:
    const UniqueFd fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::array<UniqueFd, 4> guests_;
};

TEST_F(StreamDialTest, ItGoesOnBehindWhoRefusesAndWhoIsSilent) {
    const UniqueFd there = listen_tcp(*SocketAddress::parse("127.0.0.1:0"));
    const SocketAddress place = local_address(there.value());
    const Swallower silent;
    DialOptions options;
    options.resolve = always({nobody.address(), silent.address(), place});
    const Instant before = monotonic_now();
    const auto dialed = dial({"name.example", place.port}, std::move(options));
    ASSERT_TRUE(dialed.has_value());
    EXPECT_EQ(dialed->place, place);
    EXPECT_LT(monotonic_now() - before, 5s) << "nobody waits for the silent one to fail";
}

TEST_F(StreamDialTest, WhatDoesNotWorkIsSaid) {
    DialOptions options;
    options.resolve = always({});
    EXPECT_EQ(dial({"name.example", 1}, options).error().failure, FetchFailure::kNoSuchHost);
    options.resolve = always({nobody.address(), nobody.address()});
    EXPECT_EQ(dial({"name.example", 1}, options).error().failure, FetchFailure::kNobodyAnswers);
    const Swallower silent;
    options.resolve = always({silent.address()});
    options.time_max = 100ms;
    const auto slow = dial({"name.example", 1}, options);
    EXPECT_EQ(slow.error().failure, FetchFailure::kTooSlow);
    EXPECT_EQ(slow.error().detail, "the connection");
}

TEST_F(StreamDialTest, WhoTakesTheConnectionAndSpeaksNoTlsIsTooSlow) {
    const UniqueFd there = listen_tcp(*SocketAddress::parse("127.0.0.1:0"));
    DialOptions options;
    options.time_max = 200ms;
    const auto slow = dial({"127.0.0.1", local_address(there.value()).port, true}, std::move(options));
    EXPECT_EQ(slow.error().failure, FetchFailure::kTooSlow);
    EXPECT_EQ(slow.error().detail, "TLS");
}

TEST_F(StreamDialTest, ItMayBeGivenUp) {
    loop.run_once({});
    bool is_told = false;
    {
        const Swallower silent;
        DialOptions options;
        options.resolve = always({silent.address()});
        const StreamDial dial(loop, {"name.example", 1}, std::move(options),
                              [&](const Result<Dialed, FetchError>&) { is_told = true; });
        loop.run_once(50ms);
    }
    loop.run_once(10ms);
    EXPECT_FALSE(is_told);
}

TEST(ByTurns, FamiliesTakeTurns) {
    const auto at = [](const char* text) { return *SocketAddress::parse(text); };
    EXPECT_EQ(by_turns({at("[::1]:1"), at("[::2]:1"), at("[::3]:1"), at("1.1.1.1:1"), at("2.2.2.2:1")}),
              (std::vector{at("[::1]:1"), at("1.1.1.1:1"), at("[::2]:1"), at("2.2.2.2:1"), at("[::3]:1")}));
    EXPECT_TRUE(by_turns({}).empty());
    EXPECT_EQ(one_of_each({at("[::1]:1"), at("[::2]:1"), at("1.1.1.1:1"), at("2.2.2.2:1")}),
              (std::vector{at("[::1]:1"), at("1.1.1.1:1")}));
}

} // namespace
} // namespace vv::net
