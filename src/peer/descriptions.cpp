#include "peer/descriptions.h"

#include "base/encoding.h"
#include "sdp/rounds.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vv::peer {
namespace {

Failure<DescriptionError> refused(std::string_view why) {
    return Failure(DescriptionError{why});
}

// RFC 7022 §4.2: 96 random bits, anew for each call.
constexpr std::size_t kNameBytes = 12;
std::string random_name(Rng& rng) {
    return base64url_encode(rng.bytes<kNameBytes>());
}

// RFC 8829 §5.2.1: a positive number of 63 bits at most.
std::string random_session_id(Rng& rng) {
    return std::to_string(rng.next_u64() >> 2U);
}

Result<sdp::Description, DescriptionError> parse(std::string_view text) {
    auto description = sdp::parse_description(text);
    if (!description) return Failure(DescriptionError{description.error().why, description.error().line});
    return std::move(*description);
}

bool same_fingerprints(std::vector<crypto::Fingerprint> a, std::vector<crypto::Fingerprint> b) {
    return std::ranges::is_permutation(a, b);
}

} // namespace

Descriptions::Descriptions(crypto::Fingerprint own, Rng& rng) : cname_(random_name(rng)) {
    end_.origin.session_id = random_session_id(rng);
    end_.transport.fingerprints = {std::move(own)};
    end_.transport.ice_options = {"trickle"};
    // One stream of both, so that they are played together.
    const std::string stream = random_name(rng);
    audio_msid_ = {stream, random_name(rng)};
    video_msid_ = {stream, random_name(rng)};
    std::array<std::uint32_t, 4> drawn{};
    for (auto next = drawn.begin(); next != drawn.end();) {
        *next = static_cast<std::uint32_t>(rng.next_u64());
        if (*next != 0 && std::find(drawn.begin(), next, *next) == next) ++next;
    }
    audio_sources_ = {drawn[0], drawn[1]};
    video_sources_ = {drawn[2], drawn[3]};
}

void Descriptions::want(sdp::Kind kind, std::optional<sdp::Direction> direction) {
    const bool is_audio = kind == sdp::Kind::kAudio;
    std::optional<sdp::MediaWish>& wish = is_audio ? end_.audio : end_.video;
    wish.reset();
    if (!direction) return;
    wish = sdp::MediaWish{.receive = receives(*direction), .send = std::nullopt};
    if (!sends(*direction)) return;
    const Sources& own = sources(kind);
    wish->send = sdp::Track{is_audio ? audio_msid_ : video_msid_, cname_, own.media, own.rtx};
}

sdp::LocalEnd Descriptions::local_end(const OwnIce& own) const {
    sdp::LocalEnd end = end_;
    end.transport.ufrag = own.credentials.ufrag;
    end.transport.pwd = own.credentials.password;
    end.candidates = own.candidates;
    end.has_all_candidates = own.has_all_candidates;
    // RFC 8842 §5.5: the association stays as long as nobody asks for another. Offers say the role as well, since
    // Firefox answers `actpass` as if nobody had one yet.
    if (first_agreement_) {
        const bool is_active = first_agreement_->role == dtls::Role::kActive;
        end.transport.setup = is_active ? sdp::Setup::kActive : sdp::Setup::kPassive;
    }
    return end;
}

void Descriptions::note_own(const sdp::Description& description) {
    ++end_.origin.version;
    const sdp::Media* speaking = sdp::bundle_section(description);
    own_mid_ = speaking != nullptr ? std::optional(speaking->mid) : std::nullopt;
}

std::optional<std::string_view> Descriptions::check_association(const Agreement& next) const {
    // Of the section that speaks in the answer, which need not be the one that speaks in the offer.
    if (!ice::are_valid(next.remote)) return "no ice-ufrag or ice-pwd that can be used";
    if (next.fingerprints.empty()) return "no fingerprint by SHA-256 or better";
    if (forbids_media_ && (next.audio || next.video)) return "sound or pictures, for which DTLS has made no keys";
    if (!first_agreement_) return std::nullopt;
    if (!same_fingerprints(first_agreement_->fingerprints, next.fingerprints)) {
        return "another fingerprint, which needs another connection";
    }
    if (first_agreement_->role != next.role) return "another role in DTLS, which needs another connection";
    return std::nullopt;
}

Result<std::string, DescriptionError> Descriptions::make_offer(const OwnIce& own) {
    if (offer_of_other_) return refused("an offer of the other end waits for its answer");
    own_offer_ = sdp::make_offer(capabilities_, local_end(own), own_ ? &*own_ : nullptr);
    note_own(*own_offer_);
    return sdp::write_description(*own_offer_);
}

Result<void, DescriptionError> Descriptions::take_offer(std::string_view text) {
    if (own_offer_) return refused("an offer of ours waits for its answer");
    auto offer = parse(text);
    if (!offer) return Failure(offer.error());
    if (own_ && other_) {
        const sdp::Description& current = last_answerer_ == Answerer::kOwn ? *own_ : *other_;
        if (const auto refusal = sdp::check_next_offer(current, *offer)) return refused(*refusal);
    }
    const sdp::LocalEnd probe = local_end({});
    const auto answer = sdp::make_answer(*offer, capabilities_, probe);
    if (!answer) return refused(answer.error());
    if (const auto next = agree(*answer, *offer, Answerer::kOwn)) {
        if (const auto refusal = check_association(*next)) return refused(*refusal);
    }
    offer_of_other_ = std::move(*offer);
    return {};
}

std::optional<Agreement> Descriptions::foresee_answer(const OwnIce& own) const {
    if (!offer_of_other_) return std::nullopt;
    const auto answer = sdp::make_answer(*offer_of_other_, capabilities_, local_end(own));
    auto next = answer ? agree(*answer, *offer_of_other_, Answerer::kOwn) : std::nullopt;
    return next && !check_association(*next) ? std::move(next) : std::nullopt;
}

Result<std::string, DescriptionError> Descriptions::make_answer(const OwnIce& own) {
    if (!offer_of_other_) return refused("there is no offer to answer");
    auto answer = sdp::make_answer(*offer_of_other_, capabilities_, local_end(own));
    if (!answer) return refused(answer.error());
    auto next = agree(*answer, *offer_of_other_, Answerer::kOwn);
    if (next) { // what is wanted may have changed since the offer was taken
        if (const auto refusal = check_association(*next)) return refused(*refusal);
    }
    note_own(*answer);
    own_ = std::move(*answer);
    other_ = std::exchange(offer_of_other_, std::nullopt);
    last_answerer_ = Answerer::kOwn;
    agreement_ = std::move(next);
    if (!first_agreement_) first_agreement_ = agreement_;
    return sdp::write_description(*own_);
}

Result<void, DescriptionError> Descriptions::take_answer(std::string_view text) {
    if (!own_offer_) return refused("no offer of ours waits for an answer");
    auto answer = parse(text);
    if (!answer) return Failure(answer.error());
    if (const auto refusal = sdp::check_answer(*own_offer_, *answer)) return refused(*refusal);
    auto next = agree(*own_offer_, *answer, Answerer::kOther);
    if (next) {
        if (const auto refusal = check_association(*next)) return refused(*refusal);
        // RFC 8839 §4.4.1.1.1: a restart is offered. The other end would never be told the new credentials of this one.
        const bool has_restarted = !own_ || sdp::is_ice_restart(*own_, *own_offer_);
        if (agreement_ && agreement_->remote != next->remote && !has_restarted) {
            return refused("other credentials of ICE in the answer to an offer that does not restart it");
        }
    }
    own_ = std::exchange(own_offer_, std::nullopt);
    other_ = std::move(*answer);
    last_answerer_ = Answerer::kOther;
    agreement_ = std::move(next);
    own_mid_ = agreement_ ? std::optional(agreement_->mid) : std::nullopt; // it may have rejected the first one
    if (!first_agreement_) first_agreement_ = agreement_;
    return {};
}

// What it numbered stays used: a version of ours is never told twice with another meaning (RFC 3264 §8).
bool Descriptions::withdraw_offer() {
    if (!own_offer_) return false;
    own_offer_.reset();
    const sdp::Media* speaking = own_ ? sdp::bundle_section(*own_) : nullptr;
    own_mid_ = agreement_ ? std::optional(agreement_->mid) : std::nullopt;
    if (!own_mid_ && speaking != nullptr) own_mid_ = speaking->mid;
    return true;
}

std::optional<std::string> Descriptions::own_description(const OwnIce& own) const {
    const auto& newest = own_offer_ ? own_offer_ : own_;
    if (!newest) return std::nullopt;
    sdp::Description description = *newest;
    const sdp::Media* speaking = sdp::bundle_section(description);
    if (speaking != nullptr && speaking->transport.ufrag == own.credentials.ufrag) {
        sdp::Media& section = description.media[static_cast<std::size_t>(speaking - description.media.data())];
        section.candidates = own.candidates;
        section.has_all_candidates = own.has_all_candidates;
    }
    return sdp::write_description(description);
}

OwnIce Descriptions::agreed_ice() const {
    const sdp::Media* speaking = own_ ? sdp::bundle_section(*own_) : nullptr;
    if (speaking == nullptr) return {};
    return {{speaking->transport.ufrag, speaking->transport.pwd}, speaking->candidates, speaking->has_all_candidates};
}

bool Descriptions::is_offer_of_other_a_restart() const {
    return offer_of_other_ && (!other_ || sdp::is_ice_restart(*other_, *offer_of_other_));
}

} // namespace vv::peer
