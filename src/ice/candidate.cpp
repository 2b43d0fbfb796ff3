#include "ice/candidate.h"

#include "base/ascii.h"
#include "ice/credentials.h"
#include "ice/limits.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace vv::ice {
namespace {

constexpr std::uint32_t kComponent = 1;
constexpr std::uint32_t kComponentMax = 256;
constexpr std::uint32_t kPriorityMax = 0x7FFFFFFF; // RFC 8445 §5.1.2
constexpr std::size_t kFoundationSizeMax = 32;
constexpr std::size_t kNameSizeMax = 253;
constexpr std::string_view kLocalSuffix = ".local";

struct TypeTraits {
    CandidateType type;
    std::string_view name;
    std::uint32_t preference; // RFC 8445 §5.1.2.2
};
constexpr std::array kTypes{
    TypeTraits{CandidateType::kHost, "host", 126}, TypeTraits{CandidateType::kServerReflexive, "srflx", 100},
    TypeTraits{CandidateType::kPeerReflexive, "prflx", 110}, TypeTraits{CandidateType::kRelayed, "relay", 0}};

const TypeTraits& traits(CandidateType type) {
    return *std::ranges::find(kTypes, type, &TypeTraits::type);
}

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
    return value;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto port = parse_number(text, 0xFFFF);
    return port ? std::optional(static_cast<std::uint16_t>(*port)) : std::nullopt;
}

// Words between single blanks; more of them, which nobody writes on purpose, are passed over.
class Words {
public:
    explicit Words(std::string_view text) : rest_(text) {}

    /// Empty at the end.
    std::string_view next() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
        const std::string_view word = rest_.substr(0, rest_.find(' '));
        rest_.remove_prefix(word.size());
        return word;
    }

private:
    std::string_view rest_;
};

bool is_mdns_name(std::string_view name) {
    const auto is_name_char = [](char c) { return (c >= '0' && c <= '9') || c == '-' || (c >= 'a' && c <= 'z'); };
    const std::string lowered = ascii_lowered(name);
    if (name.size() > kNameSizeMax || !lowered.ends_with(kLocalSuffix)) return false;
    const std::string_view label = std::string_view(lowered).substr(0, lowered.size() - kLocalSuffix.size());
    return !label.empty() && std::ranges::all_of(label, is_name_char);
}

/// The address, or the name in its place.
std::optional<CandidateError> read_address(Candidate& candidate, std::string_view address, std::string_view port) {
    const auto number = parse_port(port);
    if (address.empty() || !number) return CandidateError::kMalformed;
    candidate.address.port = *number;
    if (const auto ip = IpAddress::parse(address)) {
        candidate.address.ip = ip->unmapped();
        if (!is_usable(candidate.address)) return CandidateError::kUnusable;
        return std::nullopt;
    }
    if (!is_mdns_name(address)) return CandidateError::kUnsupported;
    if (*number == 0) return CandidateError::kUnusable;
    candidate.name = ascii_lowered(address);
    return std::nullopt;
}

// RFC 8839 §5.1: raddr and rport, then any number of names with values.
std::optional<CandidateError> read_extensions(Candidate& candidate, Words& words) {
    std::optional<IpAddress> related;
    for (std::string_view name = words.next(); !name.empty(); name = words.next()) {
        const std::string_view value = words.next();
        if (value.empty()) return CandidateError::kMalformed;
        if (name == "raddr") {
            related = IpAddress::parse(value); // a name here, or nonsense, is no loss
        } else if (name == "rport") {
            const auto port = parse_port(value);
            if (!port) return CandidateError::kMalformed;
            if (related) candidate.related = SocketAddress{*related, *port};
        } else if (name == "ufrag") {
            if (value.size() > kCredentialSizeMax || !is_ice_text(value)) return CandidateError::kMalformed;
            candidate.ufrag = value;
        }
    }
    return std::nullopt;
}

} // namespace

std::uint32_t candidate_priority(CandidateType type, std::uint16_t local_preference) {
    return (traits(type).preference << 24U) + (std::uint32_t{local_preference} << 8U) + (kComponentMax - kComponent);
}

std::string_view name_of(CandidateType type) {
    return traits(type).name;
}

bool is_link_local_v6(const IpAddress& ip) {
    return !ip.is_v4() && ip.bytes()[0] == 0xFE && (ip.bytes()[1] & 0xC0U) == 0x80;
}

bool is_usable(const SocketAddress& address) {
    const std::uint8_t first = address.ip.bytes()[0];
    const bool reaches_many = address.ip.is_v4() ? first >= 224 : first == 0xFF;
    return address.port != 0 && !address.ip.is_unspecified() && !reaches_many;
}

Result<Candidate, CandidateError> parse_candidate(std::string_view line) {
    constexpr std::string_view kName = "candidate:";
    if (line.starts_with("a=")) line.remove_prefix(2);
    if (line.size() > kCandidateSizeMax || !line.starts_with(kName)) {
        return Failure<CandidateError>(CandidateError::kMalformed);
    }
    Words words(line.substr(kName.size()));
    Candidate candidate;
    candidate.foundation = words.next();
    const auto component = parse_number(words.next(), kComponentMax);
    const std::string_view transport = words.next();
    const auto priority = parse_number(words.next(), kPriorityMax);
    const std::string_view address = words.next();
    const std::string_view port = words.next();
    const std::string_view typ = words.next();
    const std::string_view type = words.next();
    const bool has_foundation = !candidate.foundation.empty() && candidate.foundation.size() <= kFoundationSizeMax &&
                                is_ice_text(candidate.foundation);
    if (!has_foundation || !component || *component == 0 || !priority || *priority == 0 || typ != "typ" ||
        type.empty()) {
        return Failure<CandidateError>(CandidateError::kMalformed);
    }
    candidate.priority = *priority;
    const auto known = std::ranges::find(kTypes, type, &TypeTraits::name);
    if (*component != kComponent || !equal_ignoring_case(transport, "udp") || known == kTypes.end()) {
        return Failure<CandidateError>(CandidateError::kUnsupported);
    }
    candidate.type = known->type;
    if (const auto error = read_address(candidate, address, port)) return Failure<CandidateError>(*error);
    if (const auto error = read_extensions(candidate, words)) return Failure<CandidateError>(*error);
    return candidate;
}

std::string write_candidate(const Candidate& candidate) {
    std::string out = "candidate:" + candidate.foundation + " " + std::to_string(kComponent) + " udp " +
                      std::to_string(candidate.priority) + " ";
    out += candidate.name.empty() ? candidate.address.ip.to_string() : candidate.name;
    out += " " + std::to_string(candidate.address.port) + " typ ";
    out += name_of(candidate.type);
    if (candidate.related) {
        out += " raddr " + candidate.related->ip.to_string() + " rport " + std::to_string(candidate.related->port);
    }
    if (!candidate.ufrag.empty()) out += " ufrag " + candidate.ufrag;
    return out;
}

} // namespace vv::ice
