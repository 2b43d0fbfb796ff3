#include "sdp/rounds.h"

#include <algorithm>
#include <string>

namespace vv::sdp {
namespace {

bool are_among(const std::vector<std::string>& some, const std::vector<std::string>& all) {
    return std::ranges::all_of(some,
                               [&](const std::string& each) { return std::ranges::find(all, each) != all.end(); });
}

// A codec keeps its number and may have fewer of everything else.
bool are_offered(const std::vector<Codec>& answered, const Media& offered) {
    return std::ranges::all_of(answered, [&](const Codec& each) {
        const Codec* codec = offered.find_codec(each.payload_type);
        return codec != nullptr && codec->is(each.name, each.clock_rate, each.channels);
    });
}

std::optional<Refusal> check_section(const Media& offered, const Media& answered) {
    if (answered.kind_name != offered.kind_name) return "a section of another kind than was offered";
    if (answered.mid != offered.mid) return "a section of another mid than was offered";
    if (answered.is_rejected()) return std::nullopt;
    if (answered.is_bundle_only || answered.port == 0) return "a section with bundle-only in an answer";
    if (offered.is_rejected()) return "a section that was not offered";
    if (answered.protocol != offered.protocol) return "a section of another protocol than was offered";
    if (!are_among(answered.formats, offered.formats)) return "a format that was not offered";
    if (!are_offered(answered.codecs, offered)) return "a codec under another number than was offered";
    if (offered.is_rtp() && !answered.has_rtcp_mux) return "no rtcp-mux";
    const Direction most = mirrored(offered.direction);
    if (offered.is_rtp() &&
        ((sends(answered.direction) && !sends(most)) || (receives(answered.direction) && !receives(most)))) {
        return "a direction that was not offered";
    }
    return std::nullopt;
}

std::optional<Refusal> check_transport(const Description& offer, const Description& answer) {
    const Media* section = bundle_section(answer);
    if (section == nullptr) return std::nullopt;
    const Transport& transport = section->transport;
    if (transport.ufrag.empty() || transport.pwd.empty()) return "no ice-ufrag or ice-pwd";
    if (transport.fingerprints.empty()) return "no fingerprint by SHA-256 or better";
    if (transport.setup != Setup::kActive && transport.setup != Setup::kPassive) return "no active or passive setup";
    const Media* offered = bundle_section(offer);
    if (offered != nullptr && offered->transport.setup == transport.setup) return "the setup that the offer has";
    return std::nullopt;
}

std::optional<Refusal> check_bundle(const Description& offer, const Description& answer) {
    if (!are_among(answer.bundle, offer.bundle)) return "a mid in the group that was not offered in it";
    std::size_t taken = 0;
    for (const Media& section : answer.media) {
        if (section.is_rejected()) continue;
        ++taken;
        const bool is_bundled = std::ranges::find(answer.bundle, section.mid) != answer.bundle.end();
        if (taken > 1 && !is_bundled) return "more than one transport";
    }
    for (const std::string& mid : answer.bundle) {
        const Media* section = answer.find(mid);
        if (section == nullptr || section->is_rejected()) return "a rejected section in the group";
    }
    return std::nullopt;
}

} // namespace

std::optional<Refusal> check_answer(const Description& offer, const Description& answer) {
    if (answer.media.size() != offer.media.size()) return "another number of sections than was offered";
    for (std::size_t i = 0; i < offer.media.size(); ++i) {
        if (const auto refusal = check_section(offer.media[i], answer.media[i])) return refusal;
    }
    if (const auto refusal = check_bundle(offer, answer)) return refusal;
    return check_transport(offer, answer);
}

std::optional<Refusal> check_next_offer(const Description& current, const Description& next) {
    if (next.media.size() < current.media.size()) return "fewer sections than before";
    for (std::size_t i = 0; i < current.media.size(); ++i) {
        const Media& before = current.media[i];
        const Media& after = next.media[i];
        // RFC 8829 §5.2.2: a place that was given up may be taken by something else.
        if (before.is_rejected()) continue;
        if (after.kind_name != before.kind_name) return "a section of another kind than before";
        // Who has had none before may have begun to give them.
        if (!before.mid.empty() && after.mid != before.mid) return "a section of another mid than before";
    }
    return std::nullopt;
}

bool is_ice_restart(const Description& before, const Description& after) {
    const Media* old_section = bundle_section(before);
    const Media* new_section = bundle_section(after);
    if (old_section == nullptr || new_section == nullptr) return false;
    return old_section->transport.ufrag != new_section->transport.ufrag ||
           old_section->transport.pwd != new_section->transport.pwd;
}

bool is_active(const Description& answer, bool is_own) {
    const Media* section = bundle_section(answer);
    return section != nullptr && (section->transport.setup == Setup::kActive) == is_own;
}

} // namespace vv::sdp
