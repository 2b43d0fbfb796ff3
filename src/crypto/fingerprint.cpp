#include "crypto/fingerprint.h"

#include "base/ascii.h"
#include "base/assert.h"
#include "base/encoding.h"
#include "crypto/secret.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>

namespace vv::crypto {
namespace {

struct HashFacts {
    FingerprintHash hash;
    std::string_view name;
    const char* openssl_name;
    std::size_t size;
};
constexpr std::array kHashes{
    HashFacts{FingerprintHash::kSha256, "sha-256", "SHA256", 32},
    HashFacts{FingerprintHash::kSha384, "sha-384", "SHA384", 48},
    HashFacts{FingerprintHash::kSha512, "sha-512", "SHA512", 64},
};

const HashFacts& facts_of(FingerprintHash hash) {
    return kHashes.at(static_cast<std::size_t>(hash));
}

// RFC 8122 §5: two digits a byte, colons between them.
std::optional<ByteBuffer> parse_pairs(std::string_view text) {
    ByteBuffer bytes;
    bytes.reserve(text.size() / 3 + 1);
    for (std::size_t at = 0; at < text.size(); at += 3) {
        const auto byte = hex_decode(text.substr(at, 2));
        const bool is_last = at + 2 == text.size();
        if (!byte || byte->size() != 1 || (!is_last && (at + 3 >= text.size() || text[at + 2] != ':'))) {
            return std::nullopt;
        }
        bytes.push_back(byte->front());
    }
    if (bytes.empty()) return std::nullopt;
    return bytes;
}

} // namespace

std::size_t digest_size(FingerprintHash hash) {
    return facts_of(hash).size;
}

std::string_view name_of(FingerprintHash hash) {
    return facts_of(hash).name;
}

Result<Fingerprint, FingerprintError> parse_fingerprint(std::string_view text) {
    const auto space = text.find(' ');
    if (space == 0 || space == std::string_view::npos) return Failure(FingerprintError::kMalformed);
    auto digest = parse_pairs(text.substr(space + 1));
    if (!digest) return Failure(FingerprintError::kMalformed);
    const std::string_view name = text.substr(0, space);
    const auto* const facts =
        std::ranges::find_if(kHashes, [&](const HashFacts& each) { return equal_ignoring_case(each.name, name); });
    if (facts == kHashes.end()) return Failure(FingerprintError::kUnknownHash);
    if (digest->size() != facts->size) return Failure(FingerprintError::kBadSize);
    return Fingerprint{facts->hash, *std::move(digest)};
}

std::string write_fingerprint(const Fingerprint& fingerprint) {
    return std::string(name_of(fingerprint.hash)) + ' ' + write_digest(fingerprint.digest);
}

std::string write_digest(ByteView digest) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string text;
    for (const std::uint8_t byte : digest) {
        if (!text.empty()) text += ':';
        text += {kDigits[byte >> 4U], kDigits[byte & 0x0FU]};
    }
    return text;
}

Fingerprint fingerprint_of(FingerprintHash hash, ByteView certificate) {
    const HashFacts& facts = facts_of(hash);
    Fingerprint fingerprint{hash, ByteBuffer(facts.size)};
    std::size_t size = 0;
    VV_ASSERT(EVP_Q_digest(nullptr, facts.openssl_name, nullptr, certificate.data(), certificate.size(),
                           fingerprint.digest.data(), &size) == 1);
    VV_ASSERT(size == facts.size);
    return fingerprint;
}

bool is_certificate_of(std::span<const Fingerprint> fingerprints, ByteView certificate) {
    if (fingerprints.empty()) return false;
    const FingerprintHash strongest = std::ranges::max(fingerprints, {}, &Fingerprint::hash).hash;
    const Fingerprint own = fingerprint_of(strongest, certificate);
    bool is_one = false;
    for (const Fingerprint& each : fingerprints) {
        if (each.hash == strongest && constant_time_equal(each.digest, own.digest)) is_one = true;
    }
    return is_one;
}

} // namespace vv::crypto
