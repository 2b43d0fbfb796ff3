// The values of single attributes, read and written: what stands behind
// "a=rtpmap:" and its like. RFC 8866, 8839 (ICE), 8122 and 8842 (DTLS), 8285
// (header extensions), 4585 (feedback), 5576 (sources), 8830 (msid).
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::sdp {

inline constexpr unsigned kPayloadTypeMax = 127;
/// RFC 8839 §5.4.
inline constexpr std::size_t kUfragSizeMin = 4;
inline constexpr std::size_t kPwdSizeMin = 22;
inline constexpr std::size_t kIceTextSizeMax = 256;

/// All of text is a decimal number that fits; no sign, no blank.
template <typename Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || text.starts_with('-')) return std::nullopt;
    return number;
}

/// What stands before the first separator, and what behind it; all and nothing if there is none.
[[nodiscard]] std::pair<std::string_view, std::string_view> split_once(std::string_view text, char separator);
/// At single blanks; nothing is left out.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// RFC 8866's token: what names are made of.
[[nodiscard]] bool is_token(std::string_view text);
[[nodiscard]] bool is_ufrag(std::string_view text);
[[nodiscard]] bool is_pwd(std::string_view text);

enum class Direction : std::uint8_t { kInactive = 0, kSendOnly = 1, kRecvOnly = 2, kSendRecv = 3 };

[[nodiscard]] constexpr bool sends(Direction direction) {
    return (static_cast<unsigned>(direction) & 1U) != 0;
}
[[nodiscard]] constexpr bool receives(Direction direction) {
    return (static_cast<unsigned>(direction) & 2U) != 0;
}
[[nodiscard]] constexpr Direction direction_of(bool is_sending, bool is_receiving) {
    return static_cast<Direction>((is_sending ? 1U : 0U) | (is_receiving ? 2U : 0U));
}
/// As the other end says the same.
[[nodiscard]] constexpr Direction mirrored(Direction direction) {
    return direction_of(receives(direction), sends(direction));
}
[[nodiscard]] std::string_view name_of(Direction direction);
[[nodiscard]] std::optional<Direction> parse_direction(std::string_view name);

/// a=setup (RFC 8842 §5.1).
enum class Setup : std::uint8_t { kActPass, kActive, kPassive, kHoldConn };
[[nodiscard]] std::string_view name_of(Setup setup);
[[nodiscard]] std::optional<Setup> parse_setup(std::string_view name);

/// "111 opus/48000/2".
struct RtpMap {
    std::uint8_t payload_type = 0;
    std::string name;
    std::uint32_t clock_rate = 0;
    std::uint32_t channels = 1;
};
[[nodiscard]] std::optional<RtpMap> parse_rtp_map(std::string_view value);
[[nodiscard]] std::string write_rtp_map(const RtpMap& map);

/// "96 nack pli" or "* nack": of fmtp and rtcp-fb, a payload type (nothing: all of them) and what is said of it.
struct OfPayloadType {
    std::optional<std::uint8_t> payload_type;
    std::string_view text;
};
[[nodiscard]] std::optional<OfPayloadType> parse_of_payload_type(std::string_view value);

/// "3/recvonly urn:… attributes" (RFC 8285 §8).
struct Extension {
    std::uint16_t id = 0;
    std::optional<Direction> direction;
    std::string uri;
    std::string attributes;

    friend bool operator==(const Extension&, const Extension&) = default;
};
[[nodiscard]] std::optional<Extension> parse_extension(std::string_view value);
[[nodiscard]] std::string write_extension(const Extension& extension);

/// "stream track"; Chromium 156 and Firefox 153 always give both, RFC 8830 §2 lets the second be missing.
struct Msid {
    std::string stream;
    std::string track;

    friend bool operator==(const Msid&, const Msid&) = default;
};
[[nodiscard]] std::optional<Msid> parse_msid(std::string_view value);

/// "FID 1 2" (RFC 5576 §4.2).
struct SourceGroup {
    std::string semantics;
    std::vector<std::uint32_t> sources;

    friend bool operator==(const SourceGroup&, const SourceGroup&) = default;
};
[[nodiscard]] std::optional<SourceGroup> parse_source_group(std::string_view value);

} // namespace vv::sdp
