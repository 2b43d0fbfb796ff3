// Any datagram as a STUN message: every attribute is read in every way, and what
// the Binding server answers must itself be a well-formed message.
#include "stun/attributes.h"
#include "stun/binding_server.h"
#include "stun/integrity.h"
#include "stun/message.h"

#include <cstddef>
#include <cstdint>

using namespace vv;

namespace {

bool lies_within(ByteView part, ByteView whole) {
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void read_in_every_way(const stun::Attribute& attribute, const stun::TransactionId& id) {
    (void)stun::parse_address(attribute.value);
    (void)stun::parse_xor_address(attribute.value, id);
    (void)stun::parse_error_code(attribute.value);
    (void)stun::parse_unknown_attributes(attribute.value);
    (void)stun::parse_u32(attribute.value);
    (void)stun::parse_u64(attribute.value);
    (void)stun::parse_u16_padded(attribute.value);
    (void)stun::parse_requested_transport(attribute.value);
    (void)stun::parse_family(attribute.value);
    (void)stun::parse_even_port(attribute.value);
    (void)stun::parse_reservation_token(attribute.value);
    (void)stun::parse_address_error(attribute.value);
    (void)stun::parse_icmp(attribute.value);
    (void)stun::parse_password_algorithm(attribute.value);
    if (const auto algorithms = stun::parse_password_algorithms(attribute.value)) {
        const ByteBuffer written = stun::write_password_algorithms(*algorithms);
        VV_ASSERT(stun::parse_password_algorithms(written) == algorithms);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto message = stun::parse_message({data, size});
    if (!message) return 0;
    VV_ASSERT(message->bytes().size() == size);
    auto attributes = message->attributes();
    std::size_t count = 0;
    while (const auto attribute = attributes.next()) {
        VV_ASSERT(lies_within(attribute->value, message->bytes()));
        ++count;
        VV_ASSERT(count <= stun::kAttributesMax);
        read_in_every_way(*attribute, message->transaction_id());
    }
    const ByteView key = as_bytes("key");
    (void)stun::verify_message_integrity(*message, key);
    (void)stun::verify_message_integrity_sha256(*message, key, 16);
    (void)stun::verify_fingerprint(*message);
    (void)stun::unknown_attributes(*message, {});
    ByteBuffer answer;
    if (stun::answer_binding(*message, ClientAddress{SocketAddress{IpAddress::v4(0xC0000201), 4711}}, answer)) {
        const auto parsed = stun::parse_message(answer);
        VV_ASSERT(parsed && parsed->transaction_id() == message->transaction_id());
    }
    return 0;
}
