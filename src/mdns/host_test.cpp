#include "mdns/host.h"

#include <gtest/gtest.h>

#include <array>

namespace vv::mdns {
namespace {

using namespace std::chrono_literals;

const std::string kName = "1f4712db-ea17-4bcf-a596-105139dfd8bf.local";
const IpAddress kV4 = IpAddress::parse("192.0.2.7").value();
const IpAddress kV6 = IpAddress::parse("2001:db8::7").value();

struct MdnsHostTest : testing::Test {
    // Both hear everything, what they say themselves too, as with multicast that loops back.
    void run() {
        for (bool is_idle = false; !is_idle;) {
            is_idle = true;
            for (Host* from : {&one, &other}) {
                while (const auto packet = from->poll_transmit()) {
                    ++packets;
                    is_idle = false;
                    one.handle_input(now, *packet);
                    other.handle_input(now, *packet);
                }
            }
        }
    }
    std::vector<ByteBuffer> take_all(Host& host) {
        std::vector<ByteBuffer> all;
        while (auto packet = host.poll_transmit())
            all.push_back(*std::move(packet));
        return all;
    }

    Instant now{1h};
    Host one;
    Host other;
    int packets = 0;
};

TEST_F(MdnsHostTest, ANameOfTheOtherIsFound) {
    for (const IpAddress& address : {kV4, kV6}) {
        other.own(now, kName, address);
        run();
        now += 1s;
        one.resolve(now, kName);
        run();
        const auto found = one.poll_event();
        ASSERT_TRUE(found.has_value());
        EXPECT_EQ(found->name, kName);
        EXPECT_EQ(found->address, address);
        EXPECT_FALSE(one.poll_event().has_value());
        EXPECT_FALSE(one.poll_timeout().has_value());
    }
}

TEST_F(MdnsHostTest, ANameOfItsOwnIsFoundAsWell) {
    one.own(now - 10s, kName, kV4);
    run();
    one.resolve(now, kName);
    run();
    EXPECT_EQ(one.poll_event().value().address, kV4);
}

TEST_F(MdnsHostTest, AnAnnouncementThatComesLateIsAnAnswer) {
    one.resolve(now, "1f4712db-EA17-4bcf-a596-105139dfd8bf.local");
    run();
    EXPECT_FALSE(one.poll_event().has_value());
    other.own(now, "1F4712DB-EA17-4BCF-A596-105139DFD8BF.local", kV4);
    run();
    const auto found = one.poll_event();
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->name, "1f4712db-EA17-4bcf-a596-105139dfd8bf.local") << "who has asked knows it so";
    EXPECT_EQ(found->address, kV4);
}

TEST_F(MdnsHostTest, WhoeverIsNotThereIsGivenUpAfterThreeQuestions) {
    one.resolve(now, kName);
    one.resolve(now, kName); // the same once more asks nothing more
    std::vector<Duration> asked;
    const Instant began = now;
    while (const auto due = one.poll_timeout()) {
        for (const ByteBuffer& packet : take_all(one)) {
            EXPECT_EQ(parse(packet).value().questions.size(), 2U);
            asked.push_back(now - began);
        }
        now = *due;
        one.handle_timeout(now);
    }
    EXPECT_EQ(asked, (std::vector<Duration>{0s, 1s, 3s}));
    EXPECT_EQ(now - began, Duration(7s));
    const auto found = one.poll_event();
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->name, kName);
    EXPECT_FALSE(found->address.has_value());
    EXPECT_FALSE(one.poll_event().has_value());
}

TEST_F(MdnsHostTest, NothingIsSaidTwiceWithinASecond) {
    other.own(now, kName, kV4);
    EXPECT_EQ(take_all(other).size(), 1U);
    const ByteBuffer question = write_query(std::array{kName});
    for (const auto& [after, answers] : {std::pair{0ms, 0U}, {899ms, 0U}, {900ms, 1U}, {1'799ms, 0U}, {1'800ms, 1U}}) {
        other.handle_input(now + after, question);
        EXPECT_EQ(take_all(other).size(), answers) << after.count();
    }
}

TEST_F(MdnsHostTest, QuestionsForOthersAndForTheOtherFamilyAreNotAnswered) {
    other.own(now - 10s, kName, kV6);
    EXPECT_EQ(take_all(other).size(), 1U);
    ByteBuffer only_v4 = write_query(std::array{kName});
    only_v4[5] = 1; // the first of its two questions
    only_v4.resize(12 + (only_v4.size() - 12) / 2);
    ASSERT_TRUE(parse(only_v4).has_value());
    other.handle_input(now, only_v4);
    other.handle_input(now, write_query(std::array{std::string("somebody-else.local")}));
    EXPECT_TRUE(take_all(other).empty());
}

TEST_F(MdnsHostTest, ANameThatIsNoMoreIsSaidToBeAndNotAnsweredFor) {
    other.own(now - 10s, kName, kV4);
    run();
    one.resolve(now, kName);
    (void)take_all(one); // lost
    other.disown(now, kName);
    const auto goodbye = take_all(other);
    ASSERT_EQ(goodbye.size(), 1U);
    EXPECT_EQ(parse(goodbye.front()).value().records, (std::vector<AddressRecord>{{kName, kV4, 0}}));
    one.handle_input(now, goodbye.front());
    EXPECT_FALSE(one.poll_event().has_value()) << "it says where nobody is any more";
    other.handle_input(now, write_query(std::array{kName}));
    EXPECT_TRUE(take_all(other).empty());
}

TEST_F(MdnsHostTest, MoreNamesThanMayBeAreNotLookedForNorIsWhatIsNoName) {
    for (std::size_t i = 0; i < kLookupsMax; ++i)
        one.resolve(now, std::to_string(i) + ".local");
    EXPECT_FALSE(one.poll_event().has_value());
    for (const std::string_view name : {"one-more.local", "", "a..local"}) {
        one.resolve(now, name);
        const auto found = one.poll_event();
        ASSERT_TRUE(found.has_value()) << name;
        EXPECT_EQ(found->name, name);
        EXPECT_FALSE(found->address.has_value());
    }
    one.resolve(now, "0.local"); // that is under way
    EXPECT_FALSE(one.poll_event().has_value());
}

} // namespace
} // namespace vv::mdns
