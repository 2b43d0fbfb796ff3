#include "net/kernel_for_test.h"
#include "net/own_address_watch.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace vv::net {
namespace {

using namespace std::chrono_literals;
using Addresses = std::vector<IpAddress>;

IpAddress ip(std::string_view text) {
    return *IpAddress::parse(text);
}

// Two loops that run when the test says so, and a machine whose addresses it decides.
class OwnAddressWatchTest : public testing::Test {
protected:
    [[nodiscard]] std::unique_ptr<OwnAddressWatch> watch(Duration interval, OwnAddressWatch::Read read) {
        return std::make_unique<OwnAddressWatch>(
            std::vector{&main_, &other_}, log_,
            [this](std::size_t i, const Addresses& own) { taken_[i].push_back(own); }, interval, std::move(read));
    }
    void run_until(const std::function<bool()>& is_done) {
        for (int i = 0; i < 10'000 && !is_done(); ++i) {
            main_.run_once(1ms);
            other_.run_once(0ms);
        }
        EXPECT_TRUE(is_done());
    }

    EventLoop main_;
    EventLoop other_;
    std::ostringstream text_;
    Log log_{{}, std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_))};
    std::map<std::size_t, std::vector<Addresses>> taken_;
};

TEST_F(OwnAddressWatchTest, HandsOutWhatTheMachineHasAndWhatItGets) {
    Addresses own{ip("192.0.2.1"), ip("127.0.0.1"), ip("192.0.2.1")};
    int looks = 0;
    const auto watched = watch(1ms, [&] {
        ++looks;
        return own;
    });
    const Addresses first{ip("127.0.0.1"), ip("192.0.2.1")};
    run_until([&] { return looks > 3; });
    EXPECT_EQ(taken_[0], (std::vector<Addresses>{first})) << "once, however often it looks";
    EXPECT_EQ(taken_[1], (std::vector<Addresses>{first})) << "on the other thread too";
    EXPECT_EQ(text_.str(), "");

    own = {ip("127.0.0.1"), ip("2001:db8::7"), ip("192.0.2.9")};
    run_until([&] { return taken_[1].size() == 2; });
    const Addresses second{ip("127.0.0.1"), ip("192.0.2.9"), ip("2001:db8::7")};
    EXPECT_EQ(taken_[0].back(), second);
    EXPECT_EQ(taken_[1].back(), second);
    EXPECT_NE(text_.str().find(" info own-addresses-changed new=\"192.0.2.9 2001:db8::7\" gone=192.0.2.1"),
              std::string::npos)
        << text_.str();
}

TEST_F(OwnAddressWatchTest, WhatCannotBeReadLeavesWhatIsKnown) {
    bool is_readable = true;
    int failures = 0;
    const auto watched = watch(1ms, [&] {
        if (is_readable) return Addresses{ip("192.0.2.1")};
        ++failures;
        throw std::runtime_error("no descriptor");
    });
    is_readable = false;
    run_until([&] { return failures > 3; });
    EXPECT_EQ(taken_[0].size(), 1U);
    EXPECT_NE(text_.str().find("own-addresses-not-read why=\"no descriptor\""), std::string::npos) << text_.str();
}

// A network of this process's own, in which loopback comes up: the kernel says so, long before the next look.
[[noreturn]] void see_loopback_come_up() {
    if (const std::string wrong = enter_silent_network(); !wrong.empty()) end_process(wrong);
    EventLoop loop;
    std::ostringstream text;
    Log log({}, std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)));
    Addresses now;
    const OwnAddressWatch watched({&loop}, log, [&](std::size_t, const Addresses& own) { now = own; }, 1h);
    if (!now.empty()) end_process("it has begun with addresses");
    if (const std::string wrong = raise_loopback(); !wrong.empty()) end_process(wrong);
    for (int i = 0; i < 10'000 && now.empty(); ++i)
        loop.run_once(1ms);
    end_process(now.empty() ? "nothing was seen" : "");
}

TEST(OwnAddressWatch, LooksWhenTheKernelSaysSo) {
    EXPECT_EXIT(see_loopback_come_up(), testing::ExitedWithCode(0), "");
}

} // namespace
} // namespace vv::net
