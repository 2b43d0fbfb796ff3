#include "turn/nonce.h"

#include <gtest/gtest.h>

#include <set>

namespace vv::turn {
namespace {

using namespace std::chrono_literals;

const ClientAddress kClient{SocketAddress::parse("192.0.2.1:1000").value()};
const Instant kNow{100h};

class Nonces : public testing::Test {
protected:
    NonceIssuer issuer_{{7}, 600s};
    std::string nonce_ = issuer_.issue(kNow, kClient);
};

TEST_F(Nonces, AreFreshForTheirLifetimeOnly) {
    EXPECT_EQ(nonce_.size(), kNonceSize);
    EXPECT_TRUE(issuer_.is_fresh(nonce_, kNow, kClient));
    EXPECT_TRUE(issuer_.is_fresh(nonce_, kNow + 600s, kClient));
    EXPECT_FALSE(issuer_.is_fresh(nonce_, kNow + 601s, kClient));
}

TEST_F(Nonces, FromTheFutureAreStale) {
    EXPECT_FALSE(issuer_.is_fresh(nonce_, kNow - 1s, kClient));
    EXPECT_FALSE(issuer_.is_fresh(nonce_, Instant{}, kClient));
}

TEST_F(Nonces, BelongToOneAddressAndPort) {
    for (const char* other : {"192.0.2.1:1001", "192.0.2.2:1000", "[::ffff:192.0.2.1]:1000"}) {
        EXPECT_FALSE(issuer_.is_fresh(nonce_, kNow, ClientAddress(SocketAddress::parse(other).value()))) << other;
    }
}

TEST_F(Nonces, BelongToOneKey) {
    EXPECT_FALSE(NonceIssuer({8}, 600s).is_fresh(nonce_, kNow, kClient));
}

TEST_F(Nonces, CannotBeChangedAnywhere) {
    for (std::size_t i = 0; i < nonce_.size(); ++i) {
        std::string changed = nonce_;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(issuer_.is_fresh(changed, kNow, kClient)) << i;
    }
}

TEST_F(Nonces, OfAnyOtherSizeAreStale) {
    EXPECT_FALSE(issuer_.is_fresh("", kNow, kClient));
    EXPECT_FALSE(issuer_.is_fresh(nonce_.substr(1), kNow, kClient));
    EXPECT_FALSE(issuer_.is_fresh(nonce_ + "A", kNow, kClient));
    EXPECT_FALSE(issuer_.is_fresh(std::string(763, 'A'), kNow, kClient));
    EXPECT_FALSE(issuer_.is_fresh(std::string(kNonceSize, '%'), kNow, kClient));
}

TEST_F(Nonces, DoNotRepeatAcrossClients) {
    std::set<std::string> seen;
    for (std::uint16_t port = 1; port <= 10'000; ++port)
        seen.insert(issuer_.issue(kNow, ClientAddress({kClient.value().ip, port})));
    EXPECT_EQ(seen.size(), 10'000U);
}

} // namespace
} // namespace vv::turn
