#include "call/description_check.h"

#include "base/ascii.h"
#include "crypto/fingerprint.h"
#include "sdp/description.h"

#include <algorithm>
#include <set>

namespace vv::call {
namespace {

using Flaw = DescriptionFlaw;

constexpr std::string_view kCandidate = "a=candidate:";
constexpr std::string_view kEnd = "a=end-of-candidates";

bool is_used(const sdp::Media& media) {
    return !media.is_rejected();
}

// DTLS under everything: SRTP keys of its making, or SCTP over it.
bool is_encrypted(const sdp::Media& media) {
    return media.protocol == "UDP/TLS/RTP/SAVPF" || media.protocol == "TCP/TLS/RTP/SAVPF" ||
           media.protocol == "UDP/DTLS/SCTP" || media.protocol == "TCP/DTLS/SCTP";
}

bool has_keys_in_the_open(std::string_view sdp) {
    return sdp.contains("\na=crypto:");
}

// Every fingerprint that some reader may find in the text, however it is written.
std::set<std::string> fingerprints_in(std::string_view sdp) {
    std::set<std::string> found;
    while (!sdp.empty()) {
        const std::size_t end = sdp.find_first_of(std::string_view("\r\n\v\f\0", 5));
        std::string_view line = sdp.substr(0, end);
        sdp.remove_prefix(end == std::string_view::npos ? sdp.size() : end + 1);
        const auto skip_blanks = [&line] { line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size())); };
        const auto take = [&](std::string_view word) {
            skip_blanks();
            if (ascii_lowered(line.substr(0, word.size())) != word) return false;
            line.remove_prefix(word.size());
            return true;
        };
        if (!take("a") || !take("=") || !take("fingerprint")) continue;
        (void)take(":");
        found.insert(normal_fingerprint(line));
    }
    return found;
}

} // namespace

std::string normal_fingerprint(std::string_view text) {
    const auto parsed = crypto::parse_fingerprint(trimmed(text));
    return parsed ? crypto::write_fingerprint(*parsed) : std::string(text);
}

Result<DescriptionFacts, DescriptionFlaw> check_description(std::string_view sdp,
                                                            const std::optional<std::string>& pinned) {
    const auto description = sdp::parse_description(sdp);
    if (!description || has_keys_in_the_open(sdp)) return Failure(Flaw::kUnusable);
    const sdp::Media* first = nullptr;
    std::set<std::string> kinds;
    for (const sdp::Media& media : description->media) {
        if (!is_used(media)) continue;
        if (first == nullptr) first = &media;
        const bool is_bundled = std::ranges::find(description->bundle, media.mid) != description->bundle.end();
        const bool is_muxed = !media.is_rtp() || media.has_rtcp_mux;
        if (!is_encrypted(media) || !is_bundled || !is_muxed || !kinds.insert(media.kind_name).second ||
            media.transport.fingerprints.empty())
            return Failure(Flaw::kUnusable);
    }
    if (first == nullptr) return Failure(Flaw::kUnusable);
    const std::set<std::string> fingerprints = fingerprints_in(sdp);
    if (fingerprints.size() > 1) return Failure(Flaw::kFingerprint);
    const auto only = fingerprints.empty() ? std::string() : *fingerprints.begin();
    if (!only.starts_with("sha-256 ") || !crypto::parse_fingerprint(only)) return Failure(Flaw::kUnusable);
    if (pinned && normal_fingerprint(*pinned) != only) return Failure(Flaw::kFingerprint);
    return DescriptionFacts{only, first->transport.ufrag, description->origin.user.starts_with("mozilla")};
}

BareDescription without_candidates(std::string_view sdp) {
    BareDescription bare;
    while (!sdp.empty()) {
        const std::size_t end = sdp.find("\r\n");
        const std::size_t size = end == std::string_view::npos ? sdp.size() : end + 2;
        const std::string_view whole = sdp.substr(0, size);
        const std::string_view line = sdp.substr(0, std::min(end, sdp.size()));
        sdp.remove_prefix(size);
        if (line.starts_with(kCandidate)) {
            bare.candidates.emplace_back(line.substr(2));
        } else if (line == kEnd) {
            bare.has_all = true;
        } else {
            bare.sdp += whole;
        }
    }
    return bare;
}

} // namespace vv::call
