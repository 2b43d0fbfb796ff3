// The descriptions of a connection, round after round (RFC 8829 §3.5): made and
// taken in turn, each held against those before it. DTLS lasts as long as the
// connection: what would need a second handshake is refused.
#pragma once

#include "base/result.h"
#include "base/rng.h"
#include "crypto/fingerprint.h"
#include "ice/credentials.h"
#include "peer/agreement.h"
#include "peer/description_error.h"
#include "sdp/capabilities.h"
#include "sdp/negotiation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::peer {

/// The sources of one kind that this end sends, the same in all rounds.
struct Sources {
    std::uint32_t media = 0;
    std::uint32_t rtx = 0;
};

/// This end's side of ICE as it is just now.
struct OwnIce {
    ice::Credentials credentials{};
    std::vector<std::string> candidates{};
    bool has_all_candidates = false;
};

class Descriptions {
public:
    Descriptions(crypto::Fingerprint own, Rng& rng);

    void want(sdp::Kind kind, std::optional<sdp::Direction> direction);
    void want_data() { end_.data = true; }
    [[nodiscard]] const Sources& sources(sdp::Kind kind) const {
        return kind == sdp::Kind::kAudio ? audio_sources_ : video_sources_;
    }
    [[nodiscard]] const std::string& cname() const { return cname_; }

    [[nodiscard]] Result<std::string, DescriptionError> make_offer(const OwnIce& own);
    [[nodiscard]] Result<void, DescriptionError> take_offer(std::string_view text);
    /// What the other end's ICE is by the offer that waits, before there is an answer: its restart is ours, and the
    /// answer has the new credentials. Nothing: there is no such offer, or it cannot be answered with any section.
    [[nodiscard]] std::optional<Agreement> foresee_answer(const OwnIce& own) const;
    [[nodiscard]] Result<std::string, DescriptionError> make_answer(const OwnIce& own);
    [[nodiscard]] Result<void, DescriptionError> take_answer(std::string_view text);
    /// RFC 8829 §4.1.10.2. False: no offer of ours waits.
    bool withdraw_offer();

    /// DTLS has agreed on no keys for media, so from now on there are none.
    void forbid_media() { forbids_media_ = true; }
    /// The newest of ours, with the candidates there are by now. Nothing: none was made.
    [[nodiscard]] std::optional<std::string> own_description(const OwnIce& own) const;
    /// This end's ICE as the newest description that holds has it.
    [[nodiscard]] OwnIce agreed_ice() const;
    [[nodiscard]] bool is_offer_of_other_a_restart() const;

    /// What holds. Nothing: no round is complete, or the last one rejected everything.
    [[nodiscard]] const std::optional<Agreement>& agreement() const { return agreement_; }
    /// What candidates of ours belong to: the mid of the first section that is not rejected in our newest description,
    /// or in the answer to it.
    [[nodiscard]] const std::optional<std::string>& own_mid() const { return own_mid_; }
    [[nodiscard]] bool has_offer_of_other() const { return offer_of_other_.has_value(); }
    /// Some round was complete, with something in it.
    [[nodiscard]] bool has_agreed() const { return first_agreement_.has_value(); }
    [[nodiscard]] bool has_own_offer() const { return own_offer_.has_value(); }

private:
    [[nodiscard]] sdp::LocalEnd local_end(const OwnIce& own) const;
    /// What is wrong with it, in itself or since it would need another DTLS association than there is.
    [[nodiscard]] std::optional<std::string_view> check_association(const Agreement& next) const;
    void note_own(const sdp::Description& description);

    sdp::Capabilities capabilities_ = sdp::default_capabilities();
    sdp::LocalEnd end_; // but for what ICE says
    std::string cname_;
    sdp::Msid audio_msid_;
    sdp::Msid video_msid_;
    Sources audio_sources_;
    Sources video_sources_;

    std::optional<sdp::Description> own_;
    std::optional<sdp::Description> other_;
    Answerer last_answerer_ = Answerer::kOther;
    std::optional<sdp::Description> own_offer_;      // that waits for its answer
    std::optional<sdp::Description> offer_of_other_; // the same
    bool forbids_media_ = false;
    std::optional<Agreement> agreement_;
    std::optional<Agreement> first_agreement_; // whose fingerprints and roles DTLS has
    std::optional<std::string> own_mid_;
};

} // namespace vv::peer
