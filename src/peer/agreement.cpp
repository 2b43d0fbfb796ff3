#include "peer/agreement.h"

#include "rtp/opus.h"
#include "rtp/vp8.h"
#include "sctp/config.h"
#include "sdp/capabilities.h"
#include "sdp/negotiation.h"
#include "sdp/rounds.h"

#include <algorithm>

namespace vv::peer {
namespace {

constexpr std::uint32_t kOpusChannels = 2; // RFC 7587 §7: always

bool is_ours(const sdp::Codec& codec, sdp::Kind kind) {
    return kind == sdp::Kind::kAudio ? codec.is("opus", rtp::kOpusClockRate, kOpusChannels)
                                     : codec.is("VP8", rtp::kVideoClockRate, 1);
}

bool has_feedback(const sdp::Codec& codec, std::string_view feedback) {
    return std::ranges::find(codec.feedback, feedback) != codec.feedback.end();
}

// The answer's codecs and extensions are those that both have.
std::optional<MediaAgreement> agree_on_media(const sdp::Media& offered, const sdp::Media& answered, Answerer answerer) {
    const auto codec =
        std::ranges::find_if(answered.codecs, [&](const sdp::Codec& each) { return is_ours(each, answered.kind); });
    if (codec == answered.codecs.end()) return std::nullopt;
    MediaAgreement agreement{.mid = answered.mid, .payload_type = codec->payload_type};
    agreement.direction = answerer == Answerer::kOwn ? answered.direction : mirrored(answered.direction);
    for (const sdp::Codec& each : answered.codecs) {
        if (each.is_rtx() && each.apt() == codec->payload_type) agreement.rtx_payload_type = each.payload_type;
    }
    for (const sdp::Extension& each : answered.extensions) {
        const bool fits = each.id > 0 && each.id <= UINT8_MAX;
        if (each.uri == sdp::kMidExtension && fits) agreement.mid_extension = static_cast<std::uint8_t>(each.id);
    }
    agreement.has_nack = has_feedback(*codec, "nack");
    agreement.has_pli = has_feedback(*codec, "nack pli");
    agreement.has_rsize = offered.has_rtcp_rsize && answered.has_rtcp_rsize;
    return agreement;
}

std::optional<DataAgreement> agree_on_data(const sdp::Media& own, const sdp::Media& other) {
    if (!own.is_data() || !other.is_data() || !own.sctp_port || !other.sctp_port) return std::nullopt;
    const std::uint64_t said = other.max_message_size.value_or(sdp::kMaxMessageSizeDefault);
    const std::uint64_t most = said == 0 ? sctp::kMessageSizeMax : std::min<std::uint64_t>(said, sctp::kMessageSizeMax);
    return DataAgreement{*own.sctp_port, *other.sctp_port, static_cast<std::size_t>(most)};
}

void agree_on_section(Agreement& agreement, const sdp::Media& own, const sdp::Media& other, Answerer answerer) {
    const sdp::Media& offered = answerer == Answerer::kOwn ? other : own;
    const sdp::Media& answered = answerer == Answerer::kOwn ? own : other;
    if (answered.is_rejected()) return;
    if (answered.kind == sdp::Kind::kApplication) {
        agreement.data = agree_on_data(own, other);
    } else if (answered.kind == sdp::Kind::kAudio) {
        agreement.audio = agree_on_media(offered, answered, answerer);
    } else if (answered.kind == sdp::Kind::kVideo) {
        agreement.video = agree_on_media(offered, answered, answerer);
    }
}

// An offer has its candidates in the section that speaks for all in it. Where the answer rejects that one, another
// speaks for the same transport, and the candidates are what they were.
void agree_on_candidates(Agreement& agreement, const sdp::Description& other, const sdp::Media& theirs) {
    agreement.candidate_mids = {agreement.mid};
    agreement.candidates = theirs.candidates;
    agreement.has_all_candidates = theirs.has_all_candidates;
    const sdp::Media* first = sdp::bundle_section(other);
    if (first == nullptr || first == &theirs) return;
    if (first->transport.ufrag != theirs.transport.ufrag || first->transport.pwd != theirs.transport.pwd) return;
    agreement.candidate_mids.push_back(first->mid);
    if (agreement.candidates.empty()) agreement.has_all_candidates = first->has_all_candidates;
    agreement.candidates.insert(agreement.candidates.end(), first->candidates.begin(), first->candidates.end());
}

} // namespace

std::optional<Agreement> agree(const sdp::Description& own, const sdp::Description& other, Answerer answerer) {
    const sdp::Description& answer = answerer == Answerer::kOwn ? own : other;
    const sdp::Media* speaking = sdp::bundle_section(answer);
    const std::size_t sections = std::min(own.media.size(), other.media.size());
    if (speaking == nullptr || answer.media.size() != sections) return std::nullopt;
    const sdp::Media& theirs = other.media[static_cast<std::size_t>(speaking - answer.media.data())];

    Agreement agreement{.mid = speaking->mid};
    agreement.remote = {theirs.transport.ufrag, theirs.transport.pwd};
    agreement.is_remote_lite = other.is_ice_lite;
    agreement.fingerprints = theirs.transport.fingerprints;
    agreement.role = sdp::is_active(answer, answerer == Answerer::kOwn) ? dtls::Role::kActive : dtls::Role::kPassive;
    agree_on_candidates(agreement, other, theirs);
    for (std::size_t i = 0; i < sections; ++i)
        agree_on_section(agreement, own.media[i], other.media[i], answerer);
    return agreement;
}

} // namespace vv::peer
