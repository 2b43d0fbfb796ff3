#include "crypto/fingerprint.h"
#include "dtls/certificate.h"
#include "dtls/openssl_ptr.h"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <array>
#include <string_view>

namespace vv::dtls {
namespace {

const WallTime kNow{WallClock::duration(1'767'225'600)};

X509Ptr parsed(const Certificate& certificate) {
    const std::uint8_t* bytes = certificate.bytes().data();
    return X509Ptr(d2i_X509(nullptr, &bytes, static_cast<long>(certificate.bytes().size())));
}

int compare(const ASN1_TIME* time, WallTime with) {
    return ASN1_TIME_cmp_time_t(time, static_cast<time_t>(with.time_since_epoch().count()));
}

TEST(Certificate, IsSignedByItsOwnKeyOnP256) {
    const Certificate certificate = Certificate::make(kNow);
    const X509Ptr x509 = parsed(certificate);
    ASSERT_TRUE(x509);
    EVP_PKEY* key = X509_get0_pubkey(x509.get());
    EXPECT_EQ(X509_verify(x509.get(), key), 1);
    std::array<char, 32> group{};
    ASSERT_EQ(EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr), 1);
    EXPECT_EQ(std::string_view(group.data()), "prime256v1");
}

TEST(Certificate, IsValidFromTheDayBeforeForItsLife) {
    const X509Ptr x509 = parsed(Certificate::make(kNow));
    EXPECT_EQ(compare(X509_get0_notBefore(x509.get()), kNow - kCertificateLifeBefore), 0);
    EXPECT_EQ(compare(X509_get0_notAfter(x509.get()), kNow + kCertificateLife), 0);
}

TEST(Certificate, HasTheFingerprintOfItsBytes) {
    const Certificate certificate = Certificate::make(kNow);
    EXPECT_EQ(certificate.fingerprint(), crypto::fingerprint_of(crypto::FingerprintHash::kSha256, certificate.bytes()));
}

TEST(Certificate, IsAnotherEachTimeAndTheSameWhenItIsShared) {
    const Certificate one = Certificate::make(kNow);
    const Certificate other = Certificate::make(kNow);
    EXPECT_NE(one.fingerprint(), other.fingerprint());
    const Certificate shared = one; // NOLINT(performance-unnecessary-copy-initialization): what is tested
    EXPECT_EQ(shared.fingerprint(), one.fingerprint());
    EXPECT_EQ(&shared.context(), &one.context());
}

TEST(Certificate, SaysNothingOfWhoMadeIt) {
    const X509Ptr x509 = parsed(Certificate::make(kNow));
    std::array<char, 32> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(x509.get()), NID_commonName, name.data(), name.size());
    EXPECT_EQ(std::string_view(name.data()), "WebRTC"); // as libwebrtc's
    EXPECT_EQ(X509_NAME_entry_count(X509_get_subject_name(x509.get())), 1);
    EXPECT_EQ(X509_get_ext_count(x509.get()), 0);
}

} // namespace
} // namespace vv::dtls
