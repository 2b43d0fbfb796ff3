// The published messages: RFC 5769 §2.1 to §2.4, and RFC 8489 appendix B.1 as
// erratum 6268 corrects it (the length, and the missing PASSWORD-ALGORITHM).
#include "base/encoding.h"
#include "stun/attributes.h"
#include "stun/builder.h"
#include "stun/integrity.h"
#include "stun/message.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::stun {
namespace {

constexpr std::string_view kPassword = "VOkJxbRl1RmTxUk/WvJxBt";

const ByteBuffer kRequest = hex_decode("000100582112a442b7e7a701bc34d686fa87dfae"
                                       "802200105354554e207465737420636c69656e74"
                                       "002400046e0001ff"
                                       "80290008932ff9b151263b36"
                                       "000600096576746a3a68367659202020"
                                       "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
                                       "80280004e57a3bcf")
                                .value();
const ByteBuffer kIpv4Response = hex_decode("0101003c2112a442b7e7a701bc34d686fa87dfae"
                                            "8022000b7465737420766563746f7220"
                                            "002000080001a147e112a643"
                                            "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
                                            "80280004c07d4c96")
                                     .value();
const ByteBuffer kIpv6Response = hex_decode("010100482112a442b7e7a701bc34d686fa87dfae"
                                            "8022000b7465737420766563746f7220"
                                            "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
                                            "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
                                            "80280004c8fb0b4c")
                                     .value();
const ByteBuffer kLongTermRequest = hex_decode("000100602112a44278ad3433c6ad72c029da412e"
                                               "00060012e3839ee38388e383aae38383e382afe382b90000"
                                               "0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473"
                                               "41"
                                               "0014000b6578616d706c652e6f726700"
                                               "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666")
                                        .value();
const ByteBuffer kRfc8489Request =
    hex_decode("000100902112a44278ad3433c6ad72c029da412e"
               "001e00204a3cf38fef6992bda952c6780417da0f"
               "24819415569e60b205c46e41407f1704"
               "001500296f624d61744a6f7332414141"
               "43662f2f3439396b39353464364f4c33346f4c394653547679363473"
               "41000000"
               "0014000b6578616d706c652e6f726700"
               "001d000400020000"
               "001c0020b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65")
        .value();
const std::string kMatrixName = "\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9";
constexpr std::string_view kMatrixPassword = "TheMatrIX";

Message parsed(const ByteBuffer& bytes) {
    const auto message = parse_message(bytes);
    EXPECT_TRUE(message.has_value());
    return message.value();
}

TEST(Rfc5769, SampleRequest) {
    const Message message = parsed(kRequest);
    EXPECT_EQ(message.method(), Method::kBinding);
    EXPECT_EQ(message.message_class(), MessageClass::kRequest);
    EXPECT_EQ(hex_encode(message.transaction_id().value()), "b7e7a701bc34d686fa87dfae");
    EXPECT_EQ(as_text(message.find(AttributeType::kSoftware).value()), "STUN test client");
    EXPECT_EQ(as_text(message.find(AttributeType::kUsername).value()), "evtj:h6vY");
    EXPECT_EQ(parse_u32(message.find(AttributeType::kPriority).value()), 0x6E0001FFU);
    EXPECT_EQ(parse_u64(message.find(AttributeType::kIceControlled).value()), 0x932FF9B151263B36U);
    EXPECT_TRUE(verify_message_integrity(message, as_bytes(kPassword)));
    EXPECT_TRUE(verify_fingerprint(message));
    EXPECT_FALSE(verify_message_integrity(message, as_bytes("VOkJxbRl1RmTxUk/WvJxBu")));
}

TEST(Rfc5769, SampleIpv4Response) {
    const Message message = parsed(kIpv4Response);
    EXPECT_EQ(message.message_class(), MessageClass::kSuccess);
    EXPECT_EQ(parse_xor_address(message.find(AttributeType::kXorMappedAddress).value(), message.transaction_id()),
              SocketAddress::parse("192.0.2.1:32853"));
    EXPECT_TRUE(verify_message_integrity(message, as_bytes(kPassword)));
    EXPECT_TRUE(verify_fingerprint(message));
}

TEST(Rfc5769, SampleIpv6Response) {
    const Message message = parsed(kIpv6Response);
    EXPECT_EQ(parse_xor_address(message.find(AttributeType::kXorMappedAddress).value(), message.transaction_id()),
              SocketAddress::parse("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
    EXPECT_TRUE(verify_message_integrity(message, as_bytes(kPassword)));
    EXPECT_TRUE(verify_fingerprint(message));
}

TEST(Rfc5769, SampleLongTermRequest) {
    const Message message = parsed(kLongTermRequest);
    EXPECT_EQ(as_text(message.find(AttributeType::kUsername).value()), kMatrixName);
    EXPECT_EQ(as_text(message.find(AttributeType::kNonce).value()), "f//499k954d6OL34oL9FSTvy64sA");
    EXPECT_EQ(as_text(message.find(AttributeType::kRealm).value()), "example.org");
    EXPECT_TRUE(verify_message_integrity(message, long_term_key(kMatrixName, "example.org", kMatrixPassword)));
    EXPECT_FALSE(message.fingerprint_offset());
}

// The samples pad with spaces where we write zeros (RFC 8489 §14 leaves it open), and both digests are over that. So
// the padding of the last attribute written is overwritten, and the rest is the builder's.
void pad_with_spaces(ByteBuffer& out, std::size_t count) {
    for (std::size_t i = out.size() - count; i < out.size(); ++i) {
        EXPECT_EQ(out[i], 0) << i;
        out[i] = ' ';
    }
}

TEST(Rfc5769, BuilderWritesTheSameRequest) {
    ByteBuffer out;
    MessageBuilder builder(out, Method::kBinding, MessageClass::kRequest, parsed(kRequest).transaction_id());
    builder.add_text(AttributeType::kSoftware, "STUN test client")
        .add_u32(AttributeType::kPriority, 0x6E0001FF)
        .add_u64(AttributeType::kIceControlled, 0x932FF9B151263B36)
        .add_text(AttributeType::kUsername, "evtj:h6vY");
    pad_with_spaces(out, 3);
    builder.add_message_integrity(as_bytes(kPassword)).add_fingerprint();
    EXPECT_EQ(hex_encode(out), hex_encode(kRequest));
}

TEST(Rfc5769, BuilderWritesTheSameResponses) {
    const auto response = [](const char* mapped) {
        ByteBuffer out;
        MessageBuilder builder(out, Method::kBinding, MessageClass::kSuccess, parsed(kIpv4Response).transaction_id());
        builder.add_text(AttributeType::kSoftware, "test vector");
        pad_with_spaces(out, 1);
        builder.add_xor_address(AttributeType::kXorMappedAddress, *SocketAddress::parse(mapped))
            .add_message_integrity(as_bytes(kPassword))
            .add_fingerprint();
        return hex_encode(out);
    };
    EXPECT_EQ(response("192.0.2.1:32853"), hex_encode(kIpv4Response));
    EXPECT_EQ(response("[2001:db8:1234:5678:11:2233:4455:6677]:32853"), hex_encode(kIpv6Response));
}

TEST(Rfc5769, BuilderWritesTheSameLongTermRequest) {
    ByteBuffer out;
    MessageBuilder(out, Method::kBinding, MessageClass::kRequest, parsed(kLongTermRequest).transaction_id())
        .add_text(AttributeType::kUsername, kMatrixName)
        .add_text(AttributeType::kNonce, "f//499k954d6OL34oL9FSTvy64sA")
        .add_text(AttributeType::kRealm, "example.org")
        .add_message_integrity(long_term_key(kMatrixName, "example.org", kMatrixPassword));
    EXPECT_EQ(hex_encode(out), hex_encode(kLongTermRequest));
}

TEST(Rfc8489AppendixB, CorrectedRequestWithUserhash) {
    const Message message = parsed(kRfc8489Request);
    EXPECT_EQ(hex_encode(message.find(AttributeType::kUserhash).value()),
              hex_encode(userhash(kMatrixName, "example.org")));
    EXPECT_EQ(as_text(message.find(AttributeType::kNonce).value()), "obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA");
    EXPECT_EQ(parse_password_algorithm(message.find(AttributeType::kPasswordAlgorithm).value()),
              (PasswordAlgorithm{kPasswordSha256, {}}));
    EXPECT_TRUE(
        verify_message_integrity_sha256(message, long_term_key_sha256(kMatrixName, "example.org", kMatrixPassword)));
    EXPECT_FALSE(verify_message_integrity_sha256(message, long_term_key(kMatrixName, "example.org", kMatrixPassword)));
}

TEST(Rfc8489AppendixB, BuilderWritesTheSame) {
    ByteBuffer out;
    MessageBuilder(out, Method::kBinding, MessageClass::kRequest, parsed(kRfc8489Request).transaction_id())
        .add(AttributeType::kUserhash, userhash(kMatrixName, "example.org"))
        .add_text(AttributeType::kNonce, "obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA")
        .add_text(AttributeType::kRealm, "example.org")
        .add(AttributeType::kPasswordAlgorithm, write_password_algorithms({{kPasswordSha256, {}}}))
        .add_message_integrity_sha256(long_term_key_sha256(kMatrixName, "example.org", kMatrixPassword));
    EXPECT_EQ(hex_encode(out), hex_encode(kRfc8489Request));
}

} // namespace
} // namespace vv::stun
