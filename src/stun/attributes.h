// The values inside attributes: readers that refuse a wrong size or range, and
// the writers' counterparts live in builder.h.
//
// Text (USERNAME, REALM, passwords): RFC 8489 asks for OpaqueString (RFC 8265)
// before hashing. For ASCII without control characters, which is all that the
// REST scheme's names and our realms are, OpaqueString changes nothing, so text
// is compared and hashed as the bytes that came. A non-ASCII name works too if
// the other end sends it already normalised (NFC); we do not normalise it.
#pragma once

#include "base/bytes.h"
#include "base/socket_address.h"
#include "crypto/hash.h"
#include "stun/message.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vv::stun {

/// MAPPED-ADDRESS, ALTERNATE-SERVER, RESPONSE-ORIGIN, OTHER-ADDRESS (RFC 8489 §14.1).
[[nodiscard]] std::optional<SocketAddress> parse_address(ByteView value);
/// XOR-MAPPED-ADDRESS, XOR-PEER-ADDRESS, XOR-RELAYED-ADDRESS (RFC 8489 §14.2).
[[nodiscard]] std::optional<SocketAddress> parse_xor_address(ByteView value, const TransactionId& id);
void write_address(ByteWriter& out, const SocketAddress& address);
void write_xor_address(ByteWriter& out, const SocketAddress& address, const TransactionId& id);

struct ErrorValue {
    std::uint16_t code;      ///< 300 to 699
    std::string_view reason; ///< points into the message; may be empty
};
/// ERROR-CODE (RFC 8489 §14.8).
[[nodiscard]] std::optional<ErrorValue> parse_error_code(ByteView value);

/// UNKNOWN-ATTRIBUTES (RFC 8489 §14.13).
[[nodiscard]] std::optional<std::vector<AttributeType>> parse_unknown_attributes(ByteView value);

/// Values of exactly 32 bits: LIFETIME in seconds (RFC 8656 §18.2), PRIORITY, CHANGE-REQUEST, CONNECTION-ID.
[[nodiscard]] std::optional<std::uint32_t> parse_u32(ByteView value);
/// Values of exactly 64 bits: ICE-CONTROLLED, ICE-CONTROLLING.
[[nodiscard]] std::optional<std::uint64_t> parse_u64(ByteView value);
/// CHANNEL-NUMBER (RFC 8656 §18.1) and RESPONSE-PORT (RFC 5780 §7.5): 16 bits, then 16 that are ignored.
[[nodiscard]] std::optional<std::uint16_t> parse_u16_padded(ByteView value);

/// REQUESTED-TRANSPORT (RFC 8656 §18.8): the number of the protocol in IP.
[[nodiscard]] std::optional<std::uint8_t> parse_requested_transport(ByteView value);
inline constexpr std::uint8_t kTransportUdp = 17;
inline constexpr std::uint8_t kTransportTcp = 6;

/// REQUESTED-ADDRESS-FAMILY and ADDITIONAL-ADDRESS-FAMILY (RFC 8656 §18.6, §18.11).
/// The raw number, since one that nobody assigned has an error code of its own.
[[nodiscard]] std::optional<std::uint8_t> parse_family(ByteView value);
inline constexpr std::uint8_t kFamilyIpv4 = 0x01;
inline constexpr std::uint8_t kFamilyIpv6 = 0x02;
[[nodiscard]] constexpr std::uint8_t family_number(AddressFamily family) {
    return family == AddressFamily::kIpv4 ? kFamilyIpv4 : kFamilyIpv6;
}

/// EVEN-PORT (RFC 8656 §18.7): true asks to reserve the next port too.
[[nodiscard]] std::optional<bool> parse_even_port(ByteView value);

/// RESERVATION-TOKEN (RFC 8656 §18.10): 8 bytes.
using ReservationToken = std::array<std::uint8_t, 8>;
[[nodiscard]] std::optional<ReservationToken> parse_reservation_token(ByteView value);

/// ADDRESS-ERROR-CODE (RFC 8656 §18.12).
struct AddressError {
    std::uint8_t family;
    std::uint16_t code;
    std::string_view reason;
};
[[nodiscard]] std::optional<AddressError> parse_address_error(ByteView value);

/// ICMP (RFC 8656 §18.13): seven bits of type and nine of code.
inline constexpr std::uint8_t kIcmpTypeMax = 0x7F;
struct IcmpValue {
    std::uint8_t type;  ///< 0 to 127
    std::uint16_t code; ///< 0 to 511
    std::uint32_t data;

    friend bool operator==(const IcmpValue&, const IcmpValue&) = default;
};
[[nodiscard]] std::optional<IcmpValue> parse_icmp(ByteView value);

/// PASSWORD-ALGORITHM and PASSWORD-ALGORITHMS (RFC 8489 §14.11, §14.12, §18.5.1).
struct PasswordAlgorithm {
    std::uint16_t number;
    ByteBuffer parameters;

    friend bool operator==(const PasswordAlgorithm&, const PasswordAlgorithm&) = default;
};
inline constexpr std::uint16_t kPasswordMd5 = 0x0001;
inline constexpr std::uint16_t kPasswordSha256 = 0x0002;
[[nodiscard]] std::optional<PasswordAlgorithm> parse_password_algorithm(ByteView value);
/// At least one, in the sender's order of preference.
[[nodiscard]] std::optional<std::vector<PasswordAlgorithm>> parse_password_algorithms(ByteView value);
[[nodiscard]] ByteBuffer write_password_algorithms(const std::vector<PasswordAlgorithm>& algorithms);

/// USERHASH (RFC 8489 §14.4): SHA-256 over name ":" realm.
[[nodiscard]] crypto::Sha256Digest userhash(std::string_view username, std::string_view realm);

} // namespace vv::stun
