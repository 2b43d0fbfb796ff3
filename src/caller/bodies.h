// What two ends tell each other through the server: the intros and the bodies, which
// it carries unread (docs/protocol.md, Between the pages). Everything read here comes
// from a stranger and is checked before it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vv::caller {

/// Of one intro, or of one body.
inline constexpr std::size_t kCandidatesMax = 64;
inline constexpr std::size_t kSdpMax = 16 * 1024;

/// RTCIceCandidateInit.
struct CandidateInit {
    std::string candidate;
    std::optional<std::string> mid;
    std::optional<std::uint64_t> line; // sdpMLineIndex
    std::optional<std::string> ufrag;

    friend bool operator==(const CandidateInit&, const CandidateInit&) = default;
};

// round: offers are numbered by whoever makes them, and an answer has the number of its offer. Nothing: the partner's
// page is older and does not number.
struct OfferBody {
    std::string sdp;
    std::optional<std::uint64_t> round;
    bool renewed = false; // it is that of another connection, in place of the former

    friend bool operator==(const OfferBody&, const OfferBody&) = default;
};
struct AnswerBody {
    std::string sdp;
    std::optional<std::uint64_t> round;

    friend bool operator==(const AnswerBody&, const AnswerBody&) = default;
};
/// round: of the newest offer its sender has answered.
struct OfferWantedBody {
    bool restart = false;
    std::optional<std::uint64_t> round;
    bool renew = false;

    friend bool operator==(const OfferWantedBody&, const OfferWantedBody&) = default;
};
struct CandidatesBody {
    std::vector<CandidateInit> list;
    bool end = false;

    friend bool operator==(const CandidatesBody&, const CandidatesBody&) = default;
};
using Body = std::variant<OfferBody, AnswerBody, OfferWantedBody, CandidatesBody>;

/// What a stranger says of itself in `accept`.
struct StrangerIntro {
    std::string fingerprint; // "sha-256 4A:AD:…"
    std::string ufrag;
    std::string pwd;
    std::optional<std::string> sdp; // an offer without candidates
    bool makes_double_offer = false;
    std::vector<CandidateInit> candidates{};
    bool relay_only = false; // it will tell no candidate but its relay's

    friend bool operator==(const StrangerIntro&, const StrangerIntro&) = default;
};
/// The payload of a private call's message 2.
struct SealedIntro {
    std::string sdp;
    bool relay_only = false;

    friend bool operator==(const SealedIntro&, const SealedIntro&) = default;
};
/// The payload of a private call's message 1.
struct Knock {
    bool relay_only = false;

    friend bool operator==(const Knock&, const Knock&) = default;
};

// Nothing when it is none of this version, or not in its form.
[[nodiscard]] std::optional<StrangerIntro> parse_intro(std::string_view text);
[[nodiscard]] std::optional<SealedIntro> parse_sealed_intro(std::string_view text);
[[nodiscard]] std::optional<Knock> parse_knock(std::string_view text);
[[nodiscard]] std::optional<Body> parse_body(std::string_view text);

[[nodiscard]] std::string write_intro(const StrangerIntro& intro);
[[nodiscard]] std::string write_sealed_intro(const SealedIntro& intro);
[[nodiscard]] std::string write_knock(const Knock& knock);
/// first: the number under which it was told in plain, where it is told again.
[[nodiscard]] std::string write_body(const Body& body, std::optional<std::uint64_t> first = {});
/// That number, of a body that is told again.
[[nodiscard]] std::optional<std::uint64_t> first_id_of(std::string_view text);

} // namespace vv::caller
