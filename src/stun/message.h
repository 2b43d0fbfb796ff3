// A STUN message as it lies in a datagram (RFC 8489 §5, §14): checked once for
// shape, then read in place. What RFC 8489 wants ignored, such as attributes
// behind MESSAGE-INTEGRITY, cannot be seen through this class.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/tagged.h"
#include "stun/attribute_type.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::stun {

inline constexpr std::size_t kHeaderSize = 20;
inline constexpr std::size_t kAttributeHeaderSize = 4;
inline constexpr std::uint32_t kMagicCookie = 0x2112A442;
inline constexpr std::size_t kTransactionIdSize = 12;
/// More than any request we know needs; it bounds the work a hostile message can cause.
inline constexpr std::size_t kAttributesMax = 128;

/// RFC 8489 §14.3: fewer than 509 bytes.
inline constexpr std::size_t kUsernameSizeMax = 508;
/// RFC 8489 §14.9, §14.10: fewer than 128 characters, which UTF-8 writes in at most 763 bytes.
inline constexpr std::size_t kRealmSizeMax = 763;
inline constexpr std::size_t kNonceSizeMax = 763;

using TransactionId = Tagged<std::array<std::uint8_t, kTransactionIdSize>, struct TransactionIdTag>;

struct Attribute {
    AttributeType type;
    ByteView value;
};

/// Steps through a run of attributes that has been checked before.
class AttributeReader {
public:
    explicit AttributeReader(ByteView attributes) : reader_(attributes) {}

    /// Nothing at the end, or where the bytes stop making sense.
    std::optional<Attribute> next();

private:
    ByteReader reader_;
};

enum class ParseError : std::uint8_t {
    kNotStun,           ///< first two bits set, or shorter than a header
    kNoCookie,          ///< RFC 3489, or no STUN at all
    kBadLength,         ///< header length not a multiple of four, or not the datagram's
    kBadAttribute,      ///< an attribute runs past the end, or its size is impossible
    kTooManyAttributes, ///< more than kAttributesMax
    kNotLast,           ///< something follows FINGERPRINT
};

class Message {
public:
    [[nodiscard]] Method method() const { return method_; }
    [[nodiscard]] MessageClass message_class() const { return class_; }
    [[nodiscard]] const TransactionId& transaction_id() const { return transaction_id_; }
    /// The whole message.
    [[nodiscard]] ByteView bytes() const { return bytes_; }

    /// The attributes that count: those before the first integrity attribute or
    /// FINGERPRINT (RFC 8489 §14.5 to §14.7). The three themselves are not among them.
    [[nodiscard]] AttributeReader attributes() const {
        return AttributeReader(bytes_.subspan(kHeaderSize, visible_end_ - kHeaderSize));
    }
    /// The value of the first attribute of this type that counts; later ones are ignored (RFC 8489 §14).
    [[nodiscard]] std::optional<ByteView> find(AttributeType type) const;
    [[nodiscard]] bool has(AttributeType type) const { return find(type).has_value(); }

    /// Where the header of the attribute starts in bytes(), if there is one that counts.
    [[nodiscard]] std::optional<std::size_t> integrity_offset() const { return integrity_; }
    [[nodiscard]] std::optional<std::size_t> integrity_sha256_offset() const { return integrity_sha256_; }
    [[nodiscard]] std::optional<std::size_t> fingerprint_offset() const { return fingerprint_; }
    /// The value of the attribute whose header starts at this offset.
    [[nodiscard]] ByteView value_at(std::size_t offset) const;

private:
    friend Result<Message, ParseError> parse_message(ByteView datagram);
    explicit Message(ByteView bytes) : bytes_(bytes), visible_end_(bytes.size()) {}
    std::optional<ParseError> parse_header();
    std::optional<ParseError> parse_attributes();
    std::optional<ParseError> note_attribute(AttributeType type, std::size_t offset, std::size_t size);

    ByteView bytes_;
    Method method_{};
    MessageClass class_{};
    TransactionId transaction_id_;
    std::size_t visible_end_;
    std::optional<std::size_t> integrity_;
    std::optional<std::size_t> integrity_sha256_;
    std::optional<std::size_t> fingerprint_;
};

/// The datagram must be exactly one message. The result points into it.
[[nodiscard]] Result<Message, ParseError> parse_message(ByteView datagram);

/// RFC 7983 §7: a first byte of 0 to 3 among the protocols that share a media port.
[[nodiscard]] constexpr bool looks_like_stun(std::uint8_t first_byte) {
    return first_byte <= 3;
}

/// The two bits of the class lie between the bits of the method (RFC 8489 §5, figure 3).
[[nodiscard]] constexpr std::uint16_t message_type(Method method, MessageClass message_class) {
    const auto m = static_cast<unsigned>(method);
    const auto c = static_cast<unsigned>(message_class);
    return static_cast<std::uint16_t>((m & 0x00FU) | ((m & 0x070U) << 1U) | ((m & 0xF80U) << 2U) | ((c & 1U) << 4U) |
                                      ((c & 2U) << 7U));
}

/// A value of this size takes so much room (RFC 8489 §14: attributes end on 32-bit boundaries).
[[nodiscard]] constexpr std::size_t padded_size(std::size_t size) {
    return (size + 3U) & ~std::size_t{3};
}

} // namespace vv::stun
