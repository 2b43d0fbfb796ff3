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

// RFC 8489 §9.2: the first 13 characters are the cookie and the features, the lowest bit first (erratum 6290).
TEST_F(Nonces, BeginWithWhatTheyPromise) {
    const auto begins = [&](SecurityFeatures features) { return issuer_.issue(kNow, kClient, features).substr(0, 13); };
    EXPECT_EQ(begins(kPasswordAlgorithmsFeature), "obMatJos2AAAB");
    EXPECT_EQ(begins(kUsernameAnonymityFeature), "obMatJos2AAAC");
    EXPECT_EQ(begins(kPasswordAlgorithmsFeature | kUsernameAnonymityFeature), "obMatJos2AAAD");
    for (SecurityFeatures features = 0; features < 4; ++features) {
        const std::string nonce = issuer_.issue(kNow, kClient, features);
        EXPECT_EQ(nonce.size(), features == 0 ? kNonceSize : kFeatureNonceSize);
        EXPECT_EQ(issuer_.read(nonce, kNow, kClient), features);
        EXPECT_EQ(issuer_.read(nonce, kNow + 601s, kClient), std::nullopt);
    }
}

// Bid-down: a promise can be neither taken out of a nonce nor put into one.
TEST_F(Nonces, LoseTheirValueWithTheirPromise) {
    const std::string promising = issuer_.issue(kNow, kClient, kPasswordAlgorithmsFeature);
    EXPECT_FALSE(issuer_.is_fresh(promising.substr(13), kNow, kClient));
    EXPECT_FALSE(issuer_.is_fresh("obMatJos2AAAA" + promising.substr(13), kNow, kClient));
    EXPECT_FALSE(issuer_.is_fresh("obMatJos2AAAC" + promising.substr(13), kNow, kClient));
    EXPECT_FALSE(issuer_.is_fresh("obMatJos2AAAB" + nonce_, kNow, kClient));
    for (std::size_t i = 0; i < promising.size(); ++i) {
        std::string changed = promising;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(issuer_.is_fresh(changed, kNow, kClient)) << i;
    }
}

TEST_F(Nonces, DoNotRepeatAcrossClients) {
    std::set<std::string> seen;
    for (std::uint16_t port = 1; port <= 10'000; ++port)
        seen.insert(issuer_.issue(kNow, ClientAddress({kClient.value().ip, port})));
    EXPECT_EQ(seen.size(), 10'000U);
}

} // namespace
} // namespace vv::turn
