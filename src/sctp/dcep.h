// The Data Channel Establishment Protocol (RFC 8832): the first message of a channel
// says what it is, and the other end's answer that it is there.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace vv::sctp {

/// A label, and a protocol. RFC 8832 §5.1 has room for 65 535 bytes; nobody needs them, and a peer may open many.
inline constexpr std::size_t kLabelSizeMax = 1'024;

/// What a channel promises. With neither limit every message arrives.
struct ChannelOptions {
    std::string label{};
    std::string protocol{};
    bool is_ordered = true;
    std::optional<std::uint16_t> retransmissions_max{};      ///< only one of the two
    std::optional<std::chrono::milliseconds> lifetime_max{}; ///< at most 65 535 ms, as in WebRTC's interface
    std::uint16_t priority = 256;                            ///< RFC 8831 §6.4: normal; told, and not acted upon

    friend bool operator==(const ChannelOptions&, const ChannelOptions&) = default;
};

struct ChannelOpen {
    ChannelOptions options;

    friend bool operator==(const ChannelOpen&, const ChannelOpen&) = default;
};
struct ChannelAck {
    friend bool operator==(const ChannelAck&, const ChannelAck&) = default;
};
using DcepMessage = std::variant<ChannelOpen, ChannelAck>;

enum class DcepError : std::uint8_t {
    kMalformed,
    kUnknownType,    ///< RFC 8832 §8.2: of message or of channel
    kTooLong,        ///< label or protocol over kLabelSizeMax
    kBadReliability, ///< more than 16 bits of it, which no interface can say
};

[[nodiscard]] Result<DcepMessage, DcepError> parse_dcep(ByteView message);
/// options: label and protocol of at most kLabelSizeMax bytes, at most one limit, within its range.
[[nodiscard]] ByteBuffer write_channel_open(const ChannelOptions& options);
[[nodiscard]] ByteBuffer write_channel_ack();

} // namespace vv::sctp
