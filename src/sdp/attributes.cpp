#include "sdp/attributes.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>

namespace vv::sdp {
namespace {

constexpr std::array<std::string_view, 4> kDirections{"inactive", "sendonly", "recvonly", "sendrecv"};
constexpr std::array<std::string_view, 4> kSetups{"actpass", "active", "passive", "holdconn"};

constexpr std::size_t kTokenSizeMax = 256;
// RFC 8285 §4.2 and §4.3 write numbers up to 255; §6 keeps 4096 to 4351 for offers with more than fit.
constexpr unsigned kExtensionIdMax = 255;
constexpr unsigned kExtensionIdReserved = 15;
constexpr unsigned kExtensionIdSpareFirst = 4096;
constexpr unsigned kExtensionIdSpareLast = 4351;

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

bool is_ice_char(char c) {
    return is_letter_or_digit(c) || c == '+' || c == '/';
}

bool is_ice_text(std::string_view text, std::size_t size_min) {
    return text.size() >= size_min && text.size() <= kIceTextSizeMax && std::ranges::all_of(text, is_ice_char);
}

bool is_extension_id(unsigned id) {
    return (id >= 1 && id <= kExtensionIdMax && id != kExtensionIdReserved) ||
           (id >= kExtensionIdSpareFirst && id <= kExtensionIdSpareLast);
}

std::optional<std::uint8_t> parse_payload_type(std::string_view text) {
    const auto number = parse_number<std::uint8_t>(text);
    if (!number || *number > kPayloadTypeMax) return std::nullopt;
    return number;
}

template <typename Enum, std::size_t N>
std::optional<Enum> parse_name(const std::array<std::string_view, N>& names, std::string_view name) {
    const auto* const at = std::ranges::find(names, name);
    if (at == names.end()) return std::nullopt;
    return static_cast<Enum>(at - names.begin());
}

} // namespace

std::pair<std::string_view, std::string_view> split_once(std::string_view text, char separator) {
    const auto at = text.find(separator);
    if (at == std::string_view::npos) return {text, {}};
    return {text.substr(0, at), text.substr(at + 1)};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(separator, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

bool is_token(std::string_view text) {
    constexpr std::string_view kOthers = "!#$%&'*+-.^_`{|}~";
    return !text.empty() && text.size() <= kTokenSizeMax &&
           std::ranges::all_of(text, [&](char c) { return is_letter_or_digit(c) || kOthers.contains(c); });
}

bool is_ufrag(std::string_view text) {
    return is_ice_text(text, kUfragSizeMin);
}
bool is_pwd(std::string_view text) {
    return is_ice_text(text, kPwdSizeMin);
}

std::string_view name_of(Direction direction) {
    return kDirections.at(static_cast<std::size_t>(direction));
}
std::optional<Direction> parse_direction(std::string_view name) {
    return parse_name<Direction>(kDirections, name);
}
std::string_view name_of(Setup setup) {
    return kSetups.at(static_cast<std::size_t>(setup));
}
std::optional<Setup> parse_setup(std::string_view name) {
    return parse_name<Setup>(kSetups, name);
}

std::optional<RtpMap> parse_rtp_map(std::string_view value) {
    const auto [type, encoding] = split_once(value, ' ');
    const auto parts = split(encoding, '/');
    const auto payload_type = parse_payload_type(type);
    if (!payload_type || parts.size() < 2 || parts.size() > 3 || !is_token(parts[0])) return std::nullopt;
    const auto clock_rate = parse_number<std::uint32_t>(parts[1]);
    const auto channels = parse_number<std::uint32_t>(parts.size() == 3 ? parts[2] : "1");
    if (!clock_rate || *clock_rate == 0 || !channels || *channels == 0) return std::nullopt;
    return RtpMap{*payload_type, std::string(parts[0]), *clock_rate, *channels};
}

std::string write_rtp_map(const RtpMap& map) {
    std::string out = std::to_string(map.payload_type) + ' ' + map.name + '/' + std::to_string(map.clock_rate);
    if (map.channels != 1) out += '/' + std::to_string(map.channels);
    return out;
}

std::optional<OfPayloadType> parse_of_payload_type(std::string_view value) {
    const auto [type, text] = split_once(value, ' ');
    if (text.empty()) return std::nullopt;
    if (type == "*") return OfPayloadType{std::nullopt, text};
    const auto payload_type = parse_payload_type(type);
    if (!payload_type) return std::nullopt;
    return OfPayloadType{*payload_type, text};
}

std::optional<Extension> parse_extension(std::string_view value) {
    const auto [head, tail] = split_once(value, ' ');
    const auto [number, direction_name] = split_once(head, '/');
    const auto [uri, attributes] = split_once(tail, ' ');
    const auto id = parse_number<std::uint16_t>(number);
    if (!id || !is_extension_id(*id) || uri.empty()) return std::nullopt;
    const auto direction = parse_direction(direction_name);
    if (!direction && head.size() != number.size()) return std::nullopt;
    return Extension{*id, direction, std::string(uri), std::string(attributes)};
}

std::string write_extension(const Extension& extension) {
    std::string out = std::to_string(extension.id);
    if (extension.direction) out.append("/").append(name_of(*extension.direction));
    out.append(" ").append(extension.uri);
    if (!extension.attributes.empty()) out.append(" ").append(extension.attributes);
    return out;
}

std::optional<Msid> parse_msid(std::string_view value) {
    const auto [stream, track] = split_once(value, ' ');
    if (!is_token(stream) || (!track.empty() && !is_token(track))) return std::nullopt;
    return Msid{std::string(stream), std::string(track)};
}

std::optional<SourceGroup> parse_source_group(std::string_view value) {
    const auto parts = split(value, ' ');
    if (parts.size() < 2 || !is_token(parts[0])) return std::nullopt;
    SourceGroup group{std::string(parts[0]), {}};
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const auto source = parse_number<std::uint32_t>(parts[i]);
        if (!source) return std::nullopt;
        group.sources.push_back(*source);
    }
    return group;
}

} // namespace vv::sdp
