// Writes one STUN message into a buffer the caller owns and may use again. The
// header's length is right after every call, padding is always zeros, and the
// order that RFC 8489 §14.5 to §14.7 demands at the end is asserted.
#pragma once

#include "base/bytes.h"
#include "base/socket_address.h"
#include "stun/attributes.h"
#include "stun/message.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace vv::stun {

/// Longest list of types in an UNKNOWN-ATTRIBUTES of ours: it keeps an answer from outgrowing its request.
inline constexpr std::size_t kUnknownAttributesMax = 8;

class MessageBuilder {
public:
    /// Empties the buffer and writes the header.
    MessageBuilder(ByteBuffer& out, Method method, MessageClass message_class, const TransactionId& id);

    /// value: at most 65 535 bytes, and the whole message no more either.
    MessageBuilder& add(AttributeType type, ByteView value);
    MessageBuilder& add_text(AttributeType type, std::string_view text) { return add(type, as_bytes(text)); }
    /// An attribute whose presence is its meaning: USE-CANDIDATE, DONT-FRAGMENT.
    MessageBuilder& add_flag(AttributeType type) { return add(type, {}); }
    MessageBuilder& add_u32(AttributeType type, std::uint32_t value);
    MessageBuilder& add_u64(AttributeType type, std::uint64_t value);
    /// CHANNEL-NUMBER and RESPONSE-PORT: 16 bits and 16 zero bits.
    MessageBuilder& add_u16_padded(AttributeType type, std::uint16_t value);
    /// REQUESTED-TRANSPORT and the address families: 8 bits and 24 zero bits.
    MessageBuilder& add_u8_padded(AttributeType type, std::uint8_t value);
    MessageBuilder& add_address(AttributeType type, const SocketAddress& address);
    MessageBuilder& add_xor_address(AttributeType type, const SocketAddress& address);
    /// reason: for a person reading a capture; empty saves bytes.
    MessageBuilder& add_error_code(ErrorCode code, std::string_view reason = {});
    /// ADDRESS-ERROR-CODE (RFC 8656 §18.12).
    MessageBuilder& add_address_error(AddressFamily family, ErrorCode code);
    MessageBuilder& add_icmp(const IcmpValue& icmp);
    /// Takes at most kUnknownAttributesMax of them.
    MessageBuilder& add_unknown_attributes(std::span<const AttributeType> types);

    /// RFC 8489 §14.5. Behind it only the two below may follow.
    MessageBuilder& add_message_integrity(ByteView key);
    /// RFC 8489 §14.6. size: 16 to 32, a multiple of four; what is shorter than 32 only where a usage says so.
    MessageBuilder& add_message_integrity_sha256(ByteView key, std::size_t size = crypto::kSha256Size);
    /// RFC 8489 §14.7. Always the last.
    MessageBuilder& add_fingerprint();

private:
    enum class Stage : std::uint8_t { kOpen, kIntegrity, kIntegritySha256, kFingerprint };
    void append(AttributeType type, ByteView value);
    void set_length(std::size_t message_size);
    void advance_to(Stage stage);

    ByteBuffer& out_;
    TransactionId id_;
    Stage stage_ = Stage::kOpen;
};

} // namespace vv::stun
