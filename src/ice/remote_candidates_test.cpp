#include "ice/limits.h"
#include "ice/remote_candidates.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::ice {
namespace {

Candidate addressed(std::uint16_t port, std::string ufrag = {}) {
    return {.foundation = "1",
            .priority = 1,
            .type = CandidateType::kHost,
            .address = {IpAddress::v4(0xC0000201), port},
            .ufrag = std::move(ufrag)};
}
Candidate named(std::string name, std::uint16_t port = 9) {
    return {
        .foundation = "1", .priority = 1, .type = CandidateType::kHost, .address = {{}, port}, .name = std::move(name)};
}

class RemoteCandidatesTest : public testing::Test {
protected:
    std::size_t ready() {
        std::size_t count = 0;
        while (remotes_.poll_candidate())
            ++count;
        return count;
    }
    RemoteCandidates remotes_;
};

TEST_F(RemoteCandidatesTest, WaitForTheCredentialsTheyBelongTo) {
    EXPECT_TRUE(remotes_.add(addressed(1, "mine")));
    EXPECT_TRUE(remotes_.add(addressed(2, "other")));
    EXPECT_TRUE(remotes_.add(addressed(3)));
    EXPECT_EQ(ready(), 0U);
    remotes_.set_ufrag("mine");
    EXPECT_EQ(remotes_.poll_candidate()->address.port, 1);
    EXPECT_EQ(remotes_.poll_candidate()->address.port, 3);
    EXPECT_EQ(ready(), 0U);
    EXPECT_FALSE(remotes_.add(addressed(4, "other")));
    EXPECT_TRUE(remotes_.add(addressed(4, "mine")));
}

TEST_F(RemoteCandidatesTest, ANameIsToldOnceAndResolvesAllThatHaveIt) {
    EXPECT_TRUE(remotes_.add(named("a.local", 1)));
    EXPECT_TRUE(remotes_.add(named("a.local", 2)));
    EXPECT_TRUE(remotes_.add(named("b.local", 3)));
    EXPECT_EQ(remotes_.poll_name(), std::nullopt) << "perhaps of another generation";
    remotes_.set_ufrag("mine");
    EXPECT_EQ(remotes_.poll_name(), "a.local");
    EXPECT_EQ(remotes_.poll_name(), "b.local");
    EXPECT_EQ(remotes_.poll_name(), std::nullopt);
    remotes_.handle_resolved("A.LOCAL", IpAddress::v4(0xC0000207));
    const auto first = remotes_.poll_candidate();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->address, (SocketAddress{IpAddress::v4(0xC0000207), 1}));
    EXPECT_TRUE(first->name.empty());
    EXPECT_EQ(ready(), 1U);
}

TEST_F(RemoteCandidatesTest, ANameThatIsNobodysOrLeadsNowhereIsForgotten) {
    remotes_.set_ufrag("mine");
    EXPECT_TRUE(remotes_.add(named("a.local")));
    EXPECT_TRUE(remotes_.add(named("b.local")));
    remotes_.handle_resolved("a.local", std::nullopt);
    remotes_.handle_resolved("b.local", IpAddress());
    remotes_.handle_resolved("never.local", IpAddress::v4(0xC0000207));
    EXPECT_EQ(ready(), 0U);
    EXPECT_EQ(remotes_.poll_name(), std::nullopt);
}

TEST_F(RemoteCandidatesTest, ANameThatComesAgainWhileItIsBeingResolvedIsNotToldAgain) {
    remotes_.set_ufrag("mine");
    EXPECT_TRUE(remotes_.add(named("a.local", 1)));
    EXPECT_EQ(remotes_.poll_name(), "a.local");
    EXPECT_TRUE(remotes_.add(named("A.local", 2)));
    EXPECT_EQ(remotes_.poll_name(), std::nullopt);
    remotes_.handle_resolved("a.local", IpAddress::v4(0xC0000207));
    EXPECT_EQ(ready(), 2U);
}

TEST_F(RemoteCandidatesTest, NamesOfOneGenerationHaveALimitThoughTheyAreResolved) {
    remotes_.set_ufrag("mine");
    for (std::size_t i = 0; i < kRemoteNamesMax; ++i) {
        EXPECT_TRUE(remotes_.add(named("a" + std::to_string(i) + ".local")));
        remotes_.handle_resolved(*remotes_.poll_name(), std::nullopt);
    }
    EXPECT_FALSE(remotes_.add(named("b.local"))) << "each of them makes this end ask its network";
    remotes_.clear();
    EXPECT_TRUE(remotes_.add(named("b.local")));
}

TEST_F(RemoteCandidatesTest, HaveLimits) {
    for (std::uint16_t i = 1; i <= kRemoteCandidatesMax; ++i)
        EXPECT_TRUE(remotes_.add(addressed(i)));
    EXPECT_FALSE(remotes_.add(addressed(999)));
    for (std::size_t i = 0; i < kRemoteNamesMax; ++i)
        EXPECT_TRUE(remotes_.add(named("a" + std::to_string(i) + ".local")));
    EXPECT_FALSE(remotes_.add(named("b.local")));
    remotes_.handle_resolved("a0.local", IpAddress::v4(0xC0000207));
    remotes_.set_ufrag("mine");
    EXPECT_EQ(ready(), kRemoteCandidatesMax) << "the resolved one had no room";
}

} // namespace
} // namespace vv::ice
