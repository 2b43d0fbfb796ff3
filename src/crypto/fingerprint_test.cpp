#include "base/encoding.h"
#include "crypto/fingerprint.h"

#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <vector>

namespace vv::crypto {
namespace {

constexpr std::string_view kText = "sha-256 "
                                   "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:"
                                   "B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD"; // of "abc", FIPS 180-4's example

FingerprintError error_of(std::string_view text) {
    return parse_fingerprint(text).error();
}

TEST(Fingerprint, IsTheDigestOfTheCertificate) {
    const Fingerprint fingerprint = fingerprint_of(FingerprintHash::kSha256, as_bytes("abc"));
    EXPECT_EQ(write_fingerprint(fingerprint), kText);
    EXPECT_EQ(parse_fingerprint(kText).value(), fingerprint);
    EXPECT_EQ(hex_encode(fingerprint_of(FingerprintHash::kSha384, as_bytes("abc")).digest),
              "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
              "8086072ba1e7cc2358baeca134c825a7");
    EXPECT_EQ(hex_encode(fingerprint_of(FingerprintHash::kSha512, as_bytes("abc")).digest),
              "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
              "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Fingerprint, IsReadInEitherCase) {
    std::string lower(kText);
    for (char& c : lower)
        c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(parse_fingerprint(lower), parse_fingerprint(kText));
    EXPECT_EQ(parse_fingerprint("SHA-256" + lower.substr(7)), parse_fingerprint(kText));
}

TEST(Fingerprint, OfEachHashComesBackAsItWasWritten) {
    for (const auto hash : {FingerprintHash::kSha256, FingerprintHash::kSha384, FingerprintHash::kSha512}) {
        const Fingerprint fingerprint = fingerprint_of(hash, as_bytes("a certificate"));
        EXPECT_EQ(fingerprint.digest.size(), digest_size(hash));
        EXPECT_EQ(parse_fingerprint(write_fingerprint(fingerprint)).value(), fingerprint);
    }
}

TEST(Fingerprint, OfSha1OrMd5IsNone) {
    EXPECT_EQ(error_of("sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB"),
              FingerprintError::kUnknownHash);
    EXPECT_EQ(error_of("md5 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B"), FingerprintError::kUnknownHash);
    EXPECT_EQ(error_of("sha-224 00"), FingerprintError::kUnknownHash);
}

TEST(Fingerprint, HasTheSizeOfItsHash) {
    const std::string text(kText);
    EXPECT_EQ(error_of(text.substr(0, text.size() - 3)), FingerprintError::kBadSize);
    EXPECT_EQ(error_of(text + ":00"), FingerprintError::kBadSize);
    EXPECT_EQ(error_of("sha-384" + text.substr(7)), FingerprintError::kBadSize);
}

TEST(Fingerprint, ThatIsMalformedIsRefused) {
    for (const std::string_view text :
         {"", "sha-256", "sha-256 ", " sha-256 00", "sha-256 0", "sha-256 00:", "sha-256 :00", "sha-256 00::00",
          "sha-256 0000", "sha-256 00 00", "sha-256 0G", "sha-256 00:0", "sha-256  00", "sha-256 00:00 "}) {
        EXPECT_EQ(error_of(text), FingerprintError::kMalformed) << text;
    }
}

TEST(CertificateOf, HoldsForOneOfSeveralFingerprints) {
    const Fingerprint one = fingerprint_of(FingerprintHash::kSha256, as_bytes("one"));
    const Fingerprint two = fingerprint_of(FingerprintHash::kSha256, as_bytes("two"));
    EXPECT_TRUE(is_certificate_of(std::vector{one}, as_bytes("one")));
    EXPECT_TRUE(is_certificate_of(std::vector{one, two}, as_bytes("one")));
    EXPECT_TRUE(is_certificate_of(std::vector{two, one}, as_bytes("one")));
    EXPECT_FALSE(is_certificate_of(std::vector{two}, as_bytes("one")));
    EXPECT_FALSE(is_certificate_of({}, as_bytes("one")));
}

TEST(CertificateOf, CountsTheStrongestHashAlone) {
    const Fingerprint weak = fingerprint_of(FingerprintHash::kSha256, as_bytes("one"));
    const Fingerprint strong = fingerprint_of(FingerprintHash::kSha512, as_bytes("one"));
    const Fingerprint strong_of_other = fingerprint_of(FingerprintHash::kSha512, as_bytes("two"));
    EXPECT_TRUE(is_certificate_of(std::vector{weak, strong}, as_bytes("one")));
    EXPECT_FALSE(is_certificate_of(std::vector{weak, strong_of_other}, as_bytes("one")));
}

TEST(CertificateOf, FailsForADigestThatDiffersInOneBit) {
    Fingerprint fingerprint = fingerprint_of(FingerprintHash::kSha256, as_bytes("one"));
    for (const std::size_t at : {std::size_t{0}, fingerprint.digest.size() - 1}) {
        fingerprint.digest[at] ^= 1U;
        EXPECT_FALSE(is_certificate_of(std::vector{fingerprint}, as_bytes("one")));
        fingerprint.digest[at] ^= 1U;
    }
}

} // namespace
} // namespace vv::crypto
