// Messages of multicast DNS (RFC 6762 in RFC 1035's form), as far as ICE needs them: questions for the addresses of a
// name, and answers that say them.
#pragma once

#include "base/bytes.h"
#include "base/socket_address.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vv::mdns {

/// RFC 1035 §3.1, with its dots and without the last one.
inline constexpr std::size_t kNameSizeMax = 253;
inline constexpr std::size_t kLabelSizeMax = 63;
/// Questions and records of one message that are read; nobody on a network of people has as many.
inline constexpr std::size_t kEntriesMax = 128;
/// RFC 6762 §10: of records that are about a host.
inline constexpr std::uint32_t kTtl = 120; // s

struct Question {
    std::string name;        ///< as it came, but for capitals (RFC 1035 §2.3.3)
    bool wants_ipv4 = false; ///< A, or any
    bool wants_ipv6 = false; ///< AAAA, or any
    friend bool operator==(const Question&, const Question&) = default;
};
struct AddressRecord {
    std::string name;
    IpAddress address;
    std::uint32_t ttl = kTtl; ///< s; 0: it is no more
    friend bool operator==(const AddressRecord&, const AddressRecord&) = default;
};
/// What is about other things is left out.
struct Message {
    bool is_answer = false;
    std::vector<Question> questions{};
    std::vector<AddressRecord> records{};
    friend bool operator==(const Message&, const Message&) = default;
};

/// Nothing: no DNS, or one that is cut off or has too much in it.
[[nodiscard]] std::optional<Message> parse(ByteView bytes);

/// Whether it is one, with labels that can be written.
[[nodiscard]] bool is_name(std::string_view name);
/// Both addresses of each name. They are names.
[[nodiscard]] ByteBuffer write_query(std::span<const std::string> names);
/// To be sent by multicast, whoever has asked: others may wait for it too.
[[nodiscard]] ByteBuffer write_answer(std::span<const AddressRecord> records);

} // namespace vv::mdns
