#include "net/name_lookup.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace vv::net {
namespace {

const SocketAddress kPlace = *SocketAddress::parse("192.0.2.1:3478");

class NameLookupTest : public testing::Test {
protected:
    NameLookup lookup(NameLookup::Resolve resolve) const { return {"name", 3478, wake_, std::move(resolve)}; }
    /// Until the lookup says that it has an answer.
    void wait() const {
        pollfd waiting{wake_->value(), POLLIN, 0};
        ASSERT_EQ(::poll(&waiting, 1, 10'000), 1);
        std::uint64_t count = 0;
        ASSERT_EQ(::read(wake_->value(), &count, sizeof count), static_cast<ssize_t>(sizeof count));
    }

private:
    std::shared_ptr<const UniqueFd> wake_ = std::make_shared<const UniqueFd>(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
};

TEST_F(NameLookupTest, AnswersOnce) {
    NameLookup name = lookup([](const std::string& host, std::uint16_t port) {
        return host == "name" && port == 3478 ? std::vector{kPlace} : std::vector<SocketAddress>{};
    });
    EXPECT_EQ(name.take(), std::nullopt) << "nobody has asked";
    name.begin();
    wait();
    EXPECT_EQ(name.take(), std::vector{kPlace});
    EXPECT_EQ(name.take(), std::nullopt);
}

TEST_F(NameLookupTest, AsksOnceAtATime) {
    const auto release = std::make_shared<std::promise<void>>();
    const auto asked = std::make_shared<std::atomic<int>>(0);
    NameLookup name =
        lookup([asked, held = std::shared_future(release->get_future())](const std::string&, std::uint16_t) {
            ++*asked;
            held.wait();
            return std::vector<SocketAddress>{};
        });
    for (int i = 0; i < 10; ++i)
        name.begin();
    EXPECT_EQ(name.take(), std::nullopt);
    release->set_value();
    wait();
    EXPECT_EQ(name.take(), std::vector<SocketAddress>{});
    EXPECT_EQ(*asked, 1);
    name.begin();
    wait();
    EXPECT_EQ(*asked, 2);
}

TEST_F(NameLookupTest, DoesNotWaitForAnAnswerThatNobodyWantsAnyMore) {
    const auto release = std::make_shared<std::promise<void>>();
    const auto ended = std::make_shared<std::promise<void>>();
    lookup([release, ended, held = std::shared_future(release->get_future())](const std::string&, std::uint16_t) {
        held.wait();
        ended->set_value();
        return std::vector{kPlace};
    }).begin(); // or this test takes for ever
    release->set_value();
    ended->get_future().wait();
}

TEST(Resolve, TakesAddressesAndFindsNothingWhereThereIsNothing) {
    EXPECT_EQ(resolve("192.0.2.1", 3478), std::vector{kPlace});
    EXPECT_EQ(resolve("2001:db8::1", 7), std::vector{*SocketAddress::parse("[2001:db8::1]:7")});
    EXPECT_TRUE(resolve("name.invalid", 3478).empty());
    EXPECT_FALSE(resolve("localhost", 3478).empty());
}

} // namespace
} // namespace vv::net
