// The digest of a certificate by which two ends of a call know each other: they
// tell each other over signaling, and the certificates themselves are signed by
// nobody (RFC 8122 §5). Of the hash functions SHA-256 and its larger sisters
// count; a SHA-1 of a certificate proves nothing.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vv::crypto {

/// From the weakest to the strongest.
enum class FingerprintHash : std::uint8_t { kSha256, kSha384, kSha512 };

[[nodiscard]] std::size_t digest_size(FingerprintHash hash);
/// As it is written in SDP: "sha-256".
[[nodiscard]] std::string_view name_of(FingerprintHash hash);

struct Fingerprint {
    FingerprintHash hash = FingerprintHash::kSha256;
    ByteBuffer digest;

    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

enum class FingerprintError : std::uint8_t {
    kMalformed,   ///< no hash and hexadecimal pairs with colons between them
    kUnknownHash, ///< SHA-1, MD5, or nothing we know: no proof, yet no mistake of the sender's either
    kBadSize,     ///< not the size of the digests of its hash
};

/// "sha-256 4A:AD:…", the value of a=fingerprint; letters of either case.
[[nodiscard]] Result<Fingerprint, FingerprintError> parse_fingerprint(std::string_view text);
[[nodiscard]] std::string write_fingerprint(const Fingerprint& fingerprint);
/// "4A:AD:…"
[[nodiscard]] std::string write_digest(ByteView digest);

/// certificate: in DER.
[[nodiscard]] Fingerprint fingerprint_of(FingerprintHash hash, ByteView certificate);

/// Whether the certificate is one that these are of. Only those with the strongest hash among them count
/// (RFC 8122 §6.2), of which there may be several, one for each certificate the other end has. The time it takes does
/// not tell how much of a digest was right.
[[nodiscard]] bool is_certificate_of(std::span<const Fingerprint> fingerprints, ByteView certificate);

} // namespace vv::crypto
