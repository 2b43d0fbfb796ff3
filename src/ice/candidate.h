// One address at which an end may be reached (RFC 8445 §5.1), and its text form,
// the candidate-attribute of SDP (RFC 8839 §5.1), which trickling uses too. Only
// UDP and only one component: media and data of a call share one port.
#pragma once

#include "base/result.h"
#include "base/socket_address.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vv::ice {

enum class CandidateType : std::uint8_t { kHost, kServerReflexive, kPeerReflexive, kRelayed };

struct Candidate {
    std::string foundation{};
    std::uint32_t priority = 0;
    CandidateType type = CandidateType::kHost;
    SocketAddress address{};
    /// An mDNS name in place of the address, "UUID.local": the port counts, the IP is not known yet or not told.
    std::string name{};
    /// RFC 8445 §5.3: the base of a reflexive candidate, the mapped address of a relayed one. For diagnostics.
    std::optional<SocketAddress> related{};
    /// RFC 8839 §5.1: of the generation the candidate belongs to, where trickling says so.
    std::string ufrag{};

    friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// RFC 8445 §5.1.2.1, component 1. local_preference: larger is better.
[[nodiscard]] std::uint32_t candidate_priority(CandidateType type, std::uint16_t local_preference);

enum class CandidateError : std::uint8_t {
    kMalformed,
    kUnsupported, ///< well-formed, but of another component, transport or type, or a name that is not mDNS's
    kUnusable,    ///< an address nobody can be reached at: unspecified, multicast, port 0
};

/// "candidate:…", with or without "a=" before it. Extensions but `ufrag` are passed over.
[[nodiscard]] Result<Candidate, CandidateError> parse_candidate(std::string_view line);
/// Without "a=".
[[nodiscard]] std::string write_candidate(const Candidate& candidate);
[[nodiscard]] std::string_view name_of(CandidateType type);

/// Whether a packet to there can arrive at one end: not unspecified, multicast or broadcast, and a port.
[[nodiscard]] bool is_usable(const SocketAddress& address);
/// fe80::/10, which only its like can reach (RFC 8445 §6.1.2.2).
[[nodiscard]] bool is_link_local_v6(const IpAddress& ip);

} // namespace vv::ice
