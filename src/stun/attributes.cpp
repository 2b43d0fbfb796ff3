#include "stun/attributes.h"

#include <algorithm>

namespace vv::stun {
namespace {

constexpr std::uint16_t kCookieHigh = kMagicCookie >> 16U;

using Mask = std::array<std::uint8_t, 16>;

// RFC 8489 §14.2: IPv4 is masked with the cookie, IPv6 with cookie and transaction id.
Mask address_mask(const TransactionId& id) {
    Mask mask{};
    for (std::size_t i = 0; i < 4; ++i)
        mask[i] = static_cast<std::uint8_t>(kMagicCookie >> (24 - 8 * i));
    std::ranges::copy(id.value(), mask.begin() + 4);
    return mask;
}

SocketAddress masked(const SocketAddress& address, const TransactionId& id) {
    const Mask mask = address_mask(id);
    const auto apply = [&]<std::size_t N>(std::array<std::uint8_t, N> bytes) {
        for (std::size_t i = 0; i < N; ++i)
            bytes[i] = address.ip.bytes()[i] ^ mask[i];
        return bytes;
    };
    const IpAddress ip =
        address.ip.is_v4() ? IpAddress::v4(apply(IpAddress::V4{})) : IpAddress::v6(apply(IpAddress::V6{}));
    return {ip, static_cast<std::uint16_t>(address.port ^ kCookieHigh)};
}

template <typename Array>
std::optional<Array> parse_array(ByteView value) {
    Array bytes{};
    if (value.size() != bytes.size()) return std::nullopt;
    std::ranges::copy(value, bytes.begin());
    return bytes;
}

std::optional<IpAddress> parse_ip(std::uint8_t family, ByteView bytes) {
    if (family == kFamilyIpv4) {
        const auto v4 = parse_array<IpAddress::V4>(bytes);
        return v4 ? std::optional(IpAddress::v4(*v4)) : std::nullopt;
    }
    if (family == kFamilyIpv6) {
        const auto v6 = parse_array<IpAddress::V6>(bytes);
        return v6 ? std::optional(IpAddress::v6(*v6)) : std::nullopt;
    }
    return std::nullopt;
}

// The class in the low three bits of one byte, the number in the next, then text.
std::optional<ErrorValue> parse_error_tail(ByteReader& reader) {
    const auto error_class = reader.read_u8();
    const auto number = reader.read_u8();
    if (!error_class || !number) return std::nullopt;
    const unsigned hundreds = *error_class & 7U;
    if (hundreds < 3 || hundreds > 6 || *number > 99) return std::nullopt;
    const ByteView reason = reader.read_slice(reader.remaining()).value_or(ByteView{});
    return ErrorValue{static_cast<std::uint16_t>(hundreds * 100 + *number), as_text(reason)};
}

std::optional<PasswordAlgorithm> read_password_algorithm(ByteReader& reader) {
    const auto number = reader.read_u16();
    const auto size = reader.read_u16();
    if (!number || !size) return std::nullopt;
    const auto parameters = reader.read_slice(*size);
    if (!parameters) return std::nullopt;
    // The last one's padding may be left to the attribute's own.
    const std::size_t padding = std::min(padded_size(*size) - *size, reader.remaining());
    if (!reader.read_slice(padding)) return std::nullopt;
    return PasswordAlgorithm{*number, {parameters->begin(), parameters->end()}};
}

} // namespace

std::optional<SocketAddress> parse_address(ByteView value) {
    ByteReader reader(value);
    if (!reader.read_u8()) return std::nullopt; // ignored on receipt
    const auto family = reader.read_u8();
    const auto port = reader.read_u16();
    if (!family || !port) return std::nullopt;
    const auto ip = parse_ip(*family, value.subspan(reader.position()));
    if (!ip) return std::nullopt;
    return SocketAddress{*ip, *port};
}

std::optional<SocketAddress> parse_xor_address(ByteView value, const TransactionId& id) {
    const auto address = parse_address(value);
    if (!address) return std::nullopt;
    return masked(*address, id);
}

void write_address(ByteWriter& out, const SocketAddress& address) {
    out.write_u8(0);
    out.write_u8(family_number(address.ip.family()));
    out.write_u16(address.port);
    out.write(address.ip.bytes());
}

void write_xor_address(ByteWriter& out, const SocketAddress& address, const TransactionId& id) {
    write_address(out, masked(address, id));
}

std::optional<ErrorValue> parse_error_code(ByteView value) {
    ByteReader reader(value);
    if (!reader.read_u16()) return std::nullopt; // reserved
    return parse_error_tail(reader);
}

std::optional<std::vector<AttributeType>> parse_unknown_attributes(ByteView value) {
    if (value.size() % 2 != 0) return std::nullopt;
    std::vector<AttributeType> types;
    ByteReader reader(value);
    while (const auto type = reader.read_u16())
        types.push_back(static_cast<AttributeType>(*type));
    return types;
}

std::optional<std::uint32_t> parse_u32(ByteView value) {
    return value.size() == 4 ? ByteReader(value).read_u32() : std::nullopt;
}

std::optional<std::uint64_t> parse_u64(ByteView value) {
    return value.size() == 8 ? ByteReader(value).read_u64() : std::nullopt;
}

std::optional<std::uint16_t> parse_u16_padded(ByteView value) {
    return value.size() == 4 ? ByteReader(value).read_u16() : std::nullopt;
}

std::optional<std::uint8_t> parse_requested_transport(ByteView value) {
    return value.size() == 4 ? ByteReader(value).read_u8() : std::nullopt;
}

std::optional<std::uint8_t> parse_family(ByteView value) {
    return value.size() == 4 ? ByteReader(value).read_u8() : std::nullopt;
}

std::optional<bool> parse_even_port(ByteView value) {
    if (value.size() != 1) return std::nullopt;
    return (value[0] & 0x80U) != 0;
}

std::optional<ReservationToken> parse_reservation_token(ByteView value) {
    return parse_array<ReservationToken>(value);
}

std::optional<AddressError> parse_address_error(ByteView value) {
    ByteReader reader(value);
    const auto family = reader.read_u8();
    if (!family || !reader.read_u8()) return std::nullopt;
    const auto error = parse_error_tail(reader);
    if (!error) return std::nullopt;
    return AddressError{*family, error->code, error->reason};
}

std::optional<IcmpValue> parse_icmp(ByteView value) {
    ByteReader reader(value);
    const auto reserved = reader.read_u16();
    const auto type_and_code = reader.read_u16();
    const auto data = reader.read_u32();
    if (!reserved || !type_and_code || !data || !reader.at_end()) return std::nullopt;
    return IcmpValue{static_cast<std::uint8_t>(*type_and_code >> 9U),
                     static_cast<std::uint16_t>(*type_and_code & 0x1FFU), *data};
}

std::optional<PasswordAlgorithm> parse_password_algorithm(ByteView value) {
    ByteReader reader(value);
    auto algorithm = read_password_algorithm(reader);
    if (!reader.at_end()) return std::nullopt;
    return algorithm;
}

std::optional<std::vector<PasswordAlgorithm>> parse_password_algorithms(ByteView value) {
    std::vector<PasswordAlgorithm> algorithms;
    ByteReader reader(value);
    while (!reader.at_end()) {
        auto algorithm = read_password_algorithm(reader);
        if (!algorithm) return std::nullopt;
        algorithms.push_back(std::move(*algorithm));
    }
    if (algorithms.empty()) return std::nullopt;
    return algorithms;
}

ByteBuffer write_password_algorithms(const std::vector<PasswordAlgorithm>& algorithms) {
    ByteBuffer value;
    ByteWriter writer(value);
    for (const PasswordAlgorithm& algorithm : algorithms) {
        writer.write_u16(algorithm.number);
        writer.write_u16(static_cast<std::uint16_t>(algorithm.parameters.size()));
        writer.write(algorithm.parameters);
        writer.write_zeros(padded_size(algorithm.parameters.size()) - algorithm.parameters.size());
    }
    return value;
}

crypto::Sha256Digest userhash(std::string_view username, std::string_view realm) {
    return crypto::sha256(crypto::ByteParts{as_bytes(username), as_bytes(":"), as_bytes(realm)});
}

} // namespace vv::stun
