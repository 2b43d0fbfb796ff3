#include "stun/message.h"

#include "crypto/hash.h"

#include <algorithm>

namespace vv::stun {
namespace {

// RFC 8489 §14.6: at least 16, at most 32 bytes, a multiple of four.
bool is_sha256_integrity_size(std::size_t size) {
    return size >= 16 && size <= crypto::kSha256Size && size % 4 == 0;
}

} // namespace

std::optional<Attribute> AttributeReader::next() {
    const auto type = reader_.read_u16();
    const auto size = reader_.read_u16();
    if (!type || !size) return std::nullopt;
    const auto value = reader_.read_slice(*size);
    if (!value || !reader_.read_slice(padded_size(*size) - *size)) return std::nullopt;
    return Attribute{static_cast<AttributeType>(*type), *value};
}

std::optional<ByteView> Message::find(AttributeType type) const {
    AttributeReader reader = attributes();
    while (const auto attribute = reader.next()) {
        if (attribute->type == type) return attribute->value;
    }
    return std::nullopt;
}

ByteView Message::value_at(std::size_t offset) const {
    ByteReader reader(bytes_.subspan(offset + 2));
    const auto size = reader.read_u16();
    const auto value = size ? reader.read_slice(*size) : std::nullopt;
    VV_ASSERT(value.has_value());
    return *value;
}

std::optional<ParseError> Message::parse_header() {
    ByteReader reader(bytes_);
    const auto type = reader.read_u16();
    const auto length = reader.read_u16();
    const auto cookie = reader.read_u32();
    const auto id = reader.read_slice(kTransactionIdSize);
    if (!type || !length || !cookie || !id || (*type & 0xC000U) != 0) return ParseError::kNotStun;
    if (*cookie != kMagicCookie) return ParseError::kNoCookie;
    if (*length % 4 != 0 || *length != reader.remaining()) return ParseError::kBadLength;
    method_ = static_cast<Method>((*type & 0x000FU) | ((*type & 0x00E0U) >> 1U) | ((*type & 0x3E00U) >> 2U));
    class_ = static_cast<MessageClass>(((*type & 0x0010U) >> 4U) | ((*type & 0x0100U) >> 7U));
    std::array<std::uint8_t, kTransactionIdSize> id_bytes{};
    std::ranges::copy(*id, id_bytes.begin());
    transaction_id_ = TransactionId(id_bytes);
    return std::nullopt;
}

std::optional<ParseError> Message::note_attribute(AttributeType type, std::size_t offset, std::size_t size) {
    if (type == AttributeType::kFingerprint) {
        if (size != 4) return ParseError::kBadAttribute;
        fingerprint_ = offset;
    } else if (type == AttributeType::kMessageIntegrity) {
        if (size != crypto::kSha1Size) return ParseError::kBadAttribute;
        // RFC 8489 §14.6: behind MESSAGE-INTEGRITY-SHA256 only FINGERPRINT counts.
        if (!integrity_ && !integrity_sha256_) integrity_ = offset;
    } else if (type == AttributeType::kMessageIntegritySha256) {
        if (!is_sha256_integrity_size(size)) return ParseError::kBadAttribute;
        if (!integrity_sha256_) integrity_sha256_ = offset;
    } else {
        return std::nullopt;
    }
    visible_end_ = std::min(visible_end_, offset);
    return std::nullopt;
}

std::optional<ParseError> Message::parse_attributes() {
    std::size_t offset = kHeaderSize;
    for (std::size_t count = 0; offset < bytes_.size(); ++count) {
        if (fingerprint_) return ParseError::kNotLast;
        if (count == kAttributesMax) return ParseError::kTooManyAttributes;
        const auto attribute = AttributeReader(bytes_.subspan(offset)).next();
        if (!attribute) return ParseError::kBadAttribute;
        if (const auto error = note_attribute(attribute->type, offset, attribute->value.size())) return error;
        offset += kAttributeHeaderSize + padded_size(attribute->value.size());
    }
    return std::nullopt;
}

Result<Message, ParseError> parse_message(ByteView datagram) {
    Message message(datagram);
    if (const auto error = message.parse_header()) return Failure<ParseError>(*error);
    if (const auto error = message.parse_attributes()) return Failure<ParseError>(*error);
    return message;
}

} // namespace vv::stun
