// What two descriptions say together: who the other end is, and what each section
// carries. All that the rest of a connection needs of SDP.
#pragma once

#include "crypto/fingerprint.h"
#include "dtls/session.h"
#include "ice/credentials.h"
#include "sdp/attributes.h"
#include "sdp/description.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vv::peer {

struct MediaAgreement {
    std::string mid{};
    sdp::Direction direction = sdp::Direction::kInactive; ///< as this end sees it
    std::uint8_t payload_type = 0;
    std::optional<std::uint8_t> rtx_payload_type{};
    std::optional<std::uint8_t> mid_extension{}; ///< its number in packets
    bool has_nack = false;
    bool has_pli = false;
    bool has_rsize = false; ///< feedback may stand without a report (RFC 5506)

    friend bool operator==(const MediaAgreement&, const MediaAgreement&) = default;
};

struct DataAgreement {
    std::uint16_t local_port = 0;
    std::uint16_t remote_port = 0;
    std::size_t send_message_max = 0;

    friend bool operator==(const DataAgreement&, const DataAgreement&) = default;
};

struct Agreement {
    std::string mid{}; ///< of the section that speaks for all (RFC 9143 §7.2)
    /// Of the sections whose candidates are of use: that one, and the one that spoke in an offer whose answer rejects
    /// it.
    std::vector<std::string> candidate_mids{};
    ice::Credentials remote{};
    bool is_remote_lite = false;
    std::vector<crypto::Fingerprint> fingerprints{};
    dtls::Role role = dtls::Role::kActive;
    std::vector<std::string> candidates{}; ///< that the other end's description has
    bool has_all_candidates = false;
    std::optional<MediaAgreement> audio{};
    std::optional<MediaAgreement> video{};
    std::optional<DataAgreement> data{};
};

enum class Answerer : std::uint8_t { kOwn, kOther };

/// Of descriptions that passed sdp's checks. Nothing: every section is rejected.
[[nodiscard]] std::optional<Agreement> agree(const sdp::Description& own, const sdp::Description& other,
                                             Answerer answerer);

} // namespace vv::peer
