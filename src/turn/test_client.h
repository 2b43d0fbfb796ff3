// A TURN client for tests: writes requests with the STUN builder and reads the
// answers. It keeps the nonce it was told and has no timers; the test is its clock.
#pragma once

#include "base/rng.h"
#include "stun/attributes.h"
#include "stun/builder.h"
#include "stun/integrity.h"
#include "stun/message.h"
#include "turn/action.h"
#include "turn/authenticator.h"
#include "turn/channel_data.h"
#include "turn/rest_credential.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vv::turn::test {

/// An answer with its bytes.
class Answer {
public:
    explicit Answer(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}

    [[nodiscard]] stun::Message message() const { return stun::parse_message(bytes_).value(); }
    [[nodiscard]] const ByteBuffer& bytes() const { return bytes_; }
    [[nodiscard]] bool is_success() const { return message().message_class() == stun::MessageClass::kSuccess; }
    /// 0 for a success.
    [[nodiscard]] int error() const {
        const auto value = message().find(stun::AttributeType::kErrorCode);
        return value ? stun::parse_error_code(*value).value().code : 0;
    }
    [[nodiscard]] std::string text(stun::AttributeType type) const {
        const stun::Message parsed = message();
        return std::string(as_text(parsed.find(type).value_or(ByteView{})));
    }
    [[nodiscard]] std::optional<std::uint32_t> lifetime() const {
        const stun::Message parsed = message();
        const auto value = parsed.find(stun::AttributeType::kLifetime);
        return value ? stun::parse_u32(*value) : std::nullopt;
    }
    /// The family and the code of the ADDRESS-ERROR-CODE; zeros if there is none.
    [[nodiscard]] std::pair<int, int> address_error() const {
        const stun::Message parsed = message();
        const auto value = parsed.find(stun::AttributeType::kAddressErrorCode);
        const auto error = value ? stun::parse_address_error(*value) : std::nullopt;
        return error ? std::pair<int, int>(error->family, error->code) : std::pair(0, 0);
    }
    [[nodiscard]] std::optional<SocketAddress> address(stun::AttributeType type) const {
        const auto all = addresses(type);
        return all.empty() ? std::nullopt : std::optional(all.front());
    }
    [[nodiscard]] std::vector<SocketAddress> addresses(stun::AttributeType type) const {
        const stun::Message parsed = message();
        std::vector<SocketAddress> all;
        stun::AttributeReader reader = parsed.attributes();
        while (const auto attribute = reader.next()) {
            if (attribute->type != type) continue;
            if (const auto a = stun::parse_xor_address(attribute->value, parsed.transaction_id())) all.push_back(*a);
        }
        return all;
    }

private:
    ByteBuffer bytes_;
};

/// Puts an attribute behind what has been signed, as an attacker on the path would.
inline void append_raw(ByteBuffer& message, stun::AttributeType type, const ByteBuffer& value) {
    ByteWriter writer(message);
    writer.write_u16(static_cast<std::uint16_t>(type));
    writer.write_u16(static_cast<std::uint16_t>(value.size()));
    writer.write(value);
    writer.write_zeros(stun::padded_size(value.size()) - value.size());
    writer.patch_u16(2, static_cast<std::uint16_t>(message.size() - stun::kHeaderSize));
}

/// RFC 8489 §14.7, behind the integrity of a request.
inline void append_fingerprint(ByteBuffer& message) {
    ByteBuffer value;
    ByteWriter(value).write_u32(stun::fingerprint(message));
    append_raw(message, stun::AttributeType::kFingerprint, value);
}

class TestClient {
public:
    using Fill = std::function<void(stun::MessageBuilder&)>;

    TestClient(std::uint64_t seed, RestCredential credential, std::string realm)
        : rng_(seed),
          credential_(std::move(credential)),
          realm_(std::move(realm)) {}

    Integrity integrity = Integrity::kSha1;
    /// Named in each request, with the list that was offered; none: MD5, as before RFC 8489.
    std::optional<PasswordHash> algorithm;
    /// USERHASH in place of USERNAME.
    bool hashes_name = false;
    std::string nonce;

    [[nodiscard]] const RestCredential& credential() const { return credential_; }
    void use(RestCredential credential) { credential_ = std::move(credential); }
    [[nodiscard]] ByteBuffer key() const {
        const LongTermKey key(algorithm.value_or(PasswordHash::kMd5), credential_.username, realm_,
                              credential_.password);
        return {key.view().begin(), key.view().end()};
    }
    [[nodiscard]] stun::TransactionId new_id() { return stun::TransactionId(rng_.bytes<stun::kTransactionIdSize>()); }

    /// With the credential and the nonce, ready to send.
    [[nodiscard]] ByteBuffer request(stun::Method method, const Fill& fill) { return request(method, new_id(), fill); }
    [[nodiscard]] ByteBuffer request(stun::Method method, const stun::TransactionId& id, const Fill& fill) const {
        ByteBuffer bytes;
        stun::MessageBuilder builder(bytes, method, stun::MessageClass::kRequest, id);
        fill(builder);
        if (hashes_name) {
            builder.add(stun::AttributeType::kUserhash, stun::userhash(credential_.username, realm_));
        } else {
            builder.add_text(stun::AttributeType::kUsername, credential_.username);
        }
        builder.add_text(stun::AttributeType::kRealm, realm_).add_text(stun::AttributeType::kNonce, nonce);
        if (algorithm) {
            builder.add(stun::AttributeType::kPasswordAlgorithms, kPasswordAlgorithmsOffered);
            add_algorithm(builder, *algorithm);
        }
        if (integrity == Integrity::kSha256) {
            builder.add_message_integrity_sha256(key());
        } else {
            builder.add_message_integrity(key());
        }
        return bytes;
    }
    static void add_algorithm(stun::MessageBuilder& builder, PasswordHash hash) {
        const std::uint32_t number = hash == PasswordHash::kSha256 ? stun::kPasswordSha256 : stun::kPasswordMd5;
        builder.add_u32(stun::AttributeType::kPasswordAlgorithm, number << 16U);
    }
    /// A first request of this many bytes, at least 32.
    [[nodiscard]] ByteBuffer padded_allocate(std::size_t size) {
        ByteBuffer bytes;
        stun::MessageBuilder(bytes, stun::Method::kAllocate, stun::MessageClass::kRequest, new_id())
            .add_u8_padded(stun::AttributeType::kRequestedTransport, stun::kTransportUdp)
            .add(stun::AttributeType::kSoftware, ByteBuffer(size - 32));
        return bytes;
    }
    [[nodiscard]] ByteBuffer bare_allocate() {
        ByteBuffer bytes;
        stun::MessageBuilder(bytes, stun::Method::kAllocate, stun::MessageClass::kRequest, new_id())
            .add_u8_padded(stun::AttributeType::kRequestedTransport, stun::kTransportUdp);
        return bytes;
    }
    static void want_udp(stun::MessageBuilder& builder) {
        builder.add_u8_padded(stun::AttributeType::kRequestedTransport, stun::kTransportUdp);
    }
    [[nodiscard]] static Fill peer(const SocketAddress& address) {
        return [address](stun::MessageBuilder& builder) {
            builder.add_xor_address(stun::AttributeType::kXorPeerAddress, address);
        };
    }
    [[nodiscard]] static Fill binding(std::uint16_t channel, const SocketAddress& address) {
        return [channel, address](stun::MessageBuilder& builder) {
            builder.add_u16_padded(stun::AttributeType::kChannelNumber, channel)
                .add_xor_address(stun::AttributeType::kXorPeerAddress, address);
        };
    }
    [[nodiscard]] ByteBuffer send_indication(const SocketAddress& to, ByteView data) {
        ByteBuffer bytes;
        stun::MessageBuilder(bytes, stun::Method::kSend, stun::MessageClass::kIndication, new_id())
            .add_xor_address(stun::AttributeType::kXorPeerAddress, to)
            .add(stun::AttributeType::kData, data);
        return bytes;
    }
    [[nodiscard]] static ByteBuffer channel_data(std::uint16_t channel, ByteView data) {
        const auto header = write_channel_data_header(ChannelNumber(channel), data.size());
        ByteBuffer bytes(header.begin(), header.end());
        bytes.insert(bytes.end(), data.begin(), data.end());
        return bytes;
    }
    [[nodiscard]] bool verifies(const Answer& answer) const {
        return integrity == Integrity::kSha256 ? stun::verify_message_integrity_sha256(answer.message(), key())
                                               : stun::verify_message_integrity(answer.message(), key());
    }

private:
    SeededRng rng_;
    RestCredential credential_;
    std::string realm_;
};

} // namespace vv::turn::test
