// A body that the server carries and cannot read: base64url(counter ‖ ciphertext
// and tag), bound to its call. A private call's are sealed under the keys of its
// handshake, a stranger's under those of the safety code (docs/protocol.md).
#pragma once

#include "crypto/counter_cipher.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace vv::caller {

/// Of a sealed body, by the size of its text.
[[nodiscard]] constexpr std::size_t sealed_size(std::size_t text) {
    const std::size_t bytes = sizeof(std::uint64_t) + text + crypto::kGcmTagSize;
    return (bytes * 4 + 2) / 3; // base64url, without padding
}

/// One way of one call.
class BodySealer {
public:
    explicit BodySealer(crypto::CounterCipher cipher) : cipher_(std::move(cipher)) {}
    [[nodiscard]] std::string seal(std::string_view call, std::string_view text);

private:
    crypto::CounterCipher cipher_;
    std::uint64_t sent_ = 0;
};

/// The other way.
class BodyOpener {
public:
    explicit BodyOpener(crypto::CounterCipher cipher) : cipher_(std::move(cipher)) {}
    /// Nothing for what the other end did not seal for this call, for a counter that is not above all accepted
    /// before, and for what is no text.
    [[nodiscard]] std::optional<std::string> open(std::string_view call, std::string_view body);

private:
    crypto::CounterCipher cipher_;
    std::uint64_t next_ = 0;
};

} // namespace vv::caller
