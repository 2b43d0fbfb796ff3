// Decides by the first bytes of a connection whether it speaks HTTP or TURN, where
// both can be had on one port (RFC 7443 names the ALPN, which browsers do not send).
// HTTP begins with a letter, STUN with 0 to 3 and, four bytes later, its cookie.
#pragma once

#include "base/bytes.h"
#include "turn/stream_framer.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace vv::net {

enum class OpeningProtocol : std::uint8_t { kHttp, kTurn };

class OpeningReader {
public:
    /// bytes: not empty, and none have come since the verdict. Returns how many were taken: what may begin TURN, no
    /// more than it takes to know. The rest is for who speaks the protocol, behind taken().
    [[nodiscard]] std::size_t handle_input(ByteView bytes);
    /// Nothing: too little has come in yet.
    [[nodiscard]] std::optional<OpeningProtocol> protocol() const { return protocol_; }
    [[nodiscard]] std::span<std::uint8_t> taken() { return std::span(bytes_).first(size_); }

private:
    std::array<std::uint8_t, turn::kStreamOpeningSize> bytes_{};
    std::uint8_t size_ = 0;
    std::optional<OpeningProtocol> protocol_;
};

} // namespace vv::net
