#include "stun/builder.h"

#include "crypto/crc32.h"
#include "crypto/hmac.h"
#include "stun/integrity.h"

#include <algorithm>
#include <limits>

namespace vv::stun {
namespace {

constexpr std::size_t kLengthPosition = 2;

} // namespace

MessageBuilder::MessageBuilder(ByteBuffer& out, Method method, MessageClass message_class, const TransactionId& id)
    : out_(out),
      id_(id) {
    VV_ASSERT(static_cast<std::uint16_t>(method) <= kMethodMax);
    out_.clear();
    ByteWriter writer(out_);
    writer.write_u16(message_type(method, message_class));
    writer.write_u16(0);
    writer.write_u32(kMagicCookie);
    writer.write(id.value());
}

void MessageBuilder::set_length(std::size_t message_size) {
    const std::size_t length = message_size - kHeaderSize;
    VV_ASSERT(length <= std::numeric_limits<std::uint16_t>::max());
    ByteWriter(out_).patch_u16(kLengthPosition, static_cast<std::uint16_t>(length));
}

void MessageBuilder::append(AttributeType type, ByteView value) {
    VV_ASSERT(value.size() <= std::numeric_limits<std::uint16_t>::max());
    ByteWriter writer(out_);
    writer.write_u16(static_cast<std::uint16_t>(type));
    writer.write_u16(static_cast<std::uint16_t>(value.size()));
    writer.write(value);
    writer.write_zeros(padded_size(value.size()) - value.size());
    set_length(out_.size());
}

void MessageBuilder::advance_to(Stage stage) {
    VV_ASSERT(stage_ < stage);
    stage_ = stage;
}

MessageBuilder& MessageBuilder::add(AttributeType type, ByteView value) {
    VV_ASSERT(stage_ == Stage::kOpen);
    append(type, value);
    return *this;
}

MessageBuilder& MessageBuilder::add_u32(AttributeType type, std::uint32_t value) {
    ByteBuffer bytes;
    ByteWriter(bytes).write_u32(value);
    return add(type, bytes);
}

MessageBuilder& MessageBuilder::add_u64(AttributeType type, std::uint64_t value) {
    ByteBuffer bytes;
    ByteWriter(bytes).write_u64(value);
    return add(type, bytes);
}

MessageBuilder& MessageBuilder::add_u16_padded(AttributeType type, std::uint16_t value) {
    return add_u32(type, static_cast<std::uint32_t>(value) << 16U);
}

MessageBuilder& MessageBuilder::add_u8_padded(AttributeType type, std::uint8_t value) {
    return add_u32(type, static_cast<std::uint32_t>(value) << 24U);
}

MessageBuilder& MessageBuilder::add_address(AttributeType type, const SocketAddress& address) {
    ByteBuffer bytes;
    ByteWriter writer(bytes);
    write_address(writer, address);
    return add(type, bytes);
}

MessageBuilder& MessageBuilder::add_xor_address(AttributeType type, const SocketAddress& address) {
    ByteBuffer bytes;
    ByteWriter writer(bytes);
    write_xor_address(writer, address, id_);
    return add(type, bytes);
}

MessageBuilder& MessageBuilder::add_error_code(ErrorCode code, std::string_view reason) {
    const auto number = static_cast<unsigned>(code);
    ByteBuffer bytes;
    ByteWriter writer(bytes);
    writer.write_u16(0);
    writer.write_u8(static_cast<std::uint8_t>(number / 100));
    writer.write_u8(static_cast<std::uint8_t>(number % 100));
    writer.write(as_bytes(reason));
    return add(AttributeType::kErrorCode, bytes);
}

MessageBuilder& MessageBuilder::add_address_error(AddressFamily family, ErrorCode code) {
    const auto number = static_cast<unsigned>(code);
    const std::array<std::uint8_t, 4> bytes{family_number(family), 0, static_cast<std::uint8_t>(number / 100),
                                            static_cast<std::uint8_t>(number % 100)};
    return add(AttributeType::kAddressErrorCode, bytes);
}

MessageBuilder& MessageBuilder::add_icmp(const IcmpValue& icmp) {
    VV_ASSERT(icmp.type <= 0x7F && icmp.code <= 0x1FF);
    ByteBuffer bytes;
    ByteWriter writer(bytes);
    writer.write_u16(0);
    writer.write_u16(static_cast<std::uint16_t>((icmp.type << 9U) | icmp.code));
    writer.write_u32(icmp.data);
    return add(AttributeType::kIcmp, bytes);
}

MessageBuilder& MessageBuilder::add_unknown_attributes(std::span<const AttributeType> types) {
    ByteBuffer bytes;
    ByteWriter writer(bytes);
    for (const AttributeType type : types.first(std::min(types.size(), kUnknownAttributesMax)))
        writer.write_u16(static_cast<std::uint16_t>(type));
    return add(AttributeType::kUnknownAttributes, bytes);
}

MessageBuilder& MessageBuilder::add_message_integrity(ByteView key) {
    advance_to(Stage::kIntegrity);
    append(AttributeType::kMessageIntegrity, message_integrity(out_, key));
    return *this;
}

MessageBuilder& MessageBuilder::add_message_integrity_sha256(ByteView key, std::size_t size) {
    VV_ASSERT(size >= 16 && size <= crypto::kSha256Size && size % 4 == 0);
    advance_to(Stage::kIntegritySha256);
    const crypto::Sha256Digest digest = message_integrity_sha256(out_, key, size);
    append(AttributeType::kMessageIntegritySha256, ByteView(digest).first(size));
    return *this;
}

MessageBuilder& MessageBuilder::add_fingerprint() {
    advance_to(Stage::kFingerprint);
    ByteBuffer bytes;
    ByteWriter(bytes).write_u32(fingerprint(out_));
    append(AttributeType::kFingerprint, bytes);
    return *this;
}

} // namespace vv::stun
