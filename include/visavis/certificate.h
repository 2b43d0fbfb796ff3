// This end's certificate, by whose fingerprint the other end knows it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace visavis {

namespace detail {
struct CertificateAccess;
} // namespace detail

/// A P-256 key with a certificate that it has signed itself, good for 30 days (RFC 8827 §6.5: nobody looks at that).
/// A copy is the same certificate. It may serve any number of connections, on any threads; the ends of several calls
/// with one certificate can tell that they were the same end's.
class Certificate {
public:
    /// A new one, in half a millisecond.
    [[nodiscard]] static Certificate make();

    /// As SDP says it (RFC 8122 §5): "sha-256 4A:AD:…".
    [[nodiscard]] const std::string& fingerprint() const;
    /// In DER. Lives as long as a copy of this.
    [[nodiscard]] std::span<const std::uint8_t> bytes() const;

private:
    friend struct detail::CertificateAccess;
    struct State;
    explicit Certificate(std::shared_ptr<const State> state);
    std::shared_ptr<const State> state_;
};

} // namespace visavis
