// A session description as what it means to a call of WebRTC (RFC 8829, 9143):
// the m= sections with their codecs, and how the transport under them is set up.
// Lines that mean nothing here are in `others`, in their order, and are written
// again.
#pragma once

#include "base/result.h"
#include "crypto/fingerprint.h"
#include "sdp/attributes.h"
#include "sdp/document.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::sdp {

/// Of one section. The longest list that Chromium 156 makes has 24 codecs and 12 extensions.
inline constexpr std::size_t kCodecsMax = 128;
inline constexpr std::size_t kExtensionsMax = 64;
inline constexpr std::size_t kSourcesMax = 64;
inline constexpr std::size_t kCandidatesMax = 128;
inline constexpr std::size_t kFingerprintsMax = 16;
/// Of one codec. More are passed over: rtcp-fb:* says each line of all codecs at once.
inline constexpr std::size_t kFeedbackMax = 32;

inline constexpr std::string_view kRtpProtocol = "UDP/TLS/RTP/SAVPF";
inline constexpr std::string_view kDataProtocol = "UDP/DTLS/SCTP";
inline constexpr std::string_view kDataFormat = "webrtc-datachannel";
/// RFC 8829 §5.2.1: the port of who tells its addresses by candidates.
inline constexpr std::uint16_t kNoPort = 9;
/// RFC 8841 §6.1: of who does not say.
inline constexpr std::uint64_t kMaxMessageSizeDefault = 65'536;

enum class Kind : std::uint8_t { kAudio, kVideo, kApplication, kOther };

struct Codec {
    std::uint8_t payload_type = 0;
    std::string name;
    std::uint32_t clock_rate = 0;
    std::uint32_t channels = 1;
    std::string parameters;            ///< of fmtp; empty: none
    std::vector<std::string> feedback; ///< of rtcp-fb: "nack pli"

    /// Names are compared without case (RFC 4855 §3).
    [[nodiscard]] bool is(std::string_view other_name, std::uint32_t rate, std::uint32_t channel_count) const;
    [[nodiscard]] bool is_rtx() const { return is("rtx", clock_rate, channels); }
    /// The value of one of the parameters, "apt".
    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view key) const;
    /// Of RTX: the payload type of what is sent again (RFC 4588 §8.6).
    [[nodiscard]] std::optional<std::uint8_t> apt() const;
    friend bool operator==(const Codec&, const Codec&) = default;
};

struct Source {
    std::uint32_t ssrc = 0;
    std::string cname;

    friend bool operator==(const Source&, const Source&) = default;
};

/// ICE and DTLS. With BUNDLE there is one for all sections (RFC 9143 §7).
struct Transport {
    std::string ufrag;
    std::string pwd;
    std::vector<std::string> ice_options;
    std::vector<crypto::Fingerprint> fingerprints; ///< those of hashes that count
    std::optional<Setup> setup;

    friend bool operator==(const Transport&, const Transport&) = default;
};

struct Media {
    Kind kind = Kind::kOther;
    std::string kind_name; ///< "audio"
    std::uint16_t port = kNoPort;
    std::string protocol;
    std::vector<std::string> formats;
    std::string connection = "IN IP4 0.0.0.0"; ///< of c=; empty: the session's
    std::string mid;                           ///< empty: none
    Direction direction = Direction::kSendRecv;
    bool is_bundle_only = false;
    bool has_rtcp_mux = false;
    bool has_rtcp_rsize = false;
    Transport transport;                 ///< what the session says for all sections is in each
    std::vector<std::string> candidates; ///< "candidate:…", not looked into
    bool has_all_candidates = false;
    std::vector<Codec> codecs; ///< in the order of the formats
    std::vector<Extension> extensions;
    std::vector<Msid> msids;
    std::vector<Source> sources;
    std::vector<SourceGroup> source_groups;
    std::optional<std::uint16_t> sctp_port;
    bool has_sctp_map = false;                     ///< the form before RFC 8841: the port is the format
    std::optional<std::uint64_t> max_message_size; ///< 0: any
    Lines others;

    /// Port 0, unless it is only not meant to be used alone (RFC 9143 §6).
    [[nodiscard]] bool is_rejected() const { return port == 0 && !is_bundle_only; }
    [[nodiscard]] bool is_data() const {
        return kind == Kind::kApplication && protocol.ends_with("DTLS/SCTP") &&
               (has_sctp_map || formats == std::vector{std::string(kDataFormat)});
    }
    [[nodiscard]] bool is_rtp() const { return protocol.contains("RTP/"); }
    [[nodiscard]] const Codec* find_codec(std::uint8_t payload_type) const;
    friend bool operator==(const Media&, const Media&) = default;
};

struct Origin {
    std::string user = "-";
    std::string session_id;
    std::uint64_t version = 0;
    std::string address = "IN IP4 127.0.0.1";

    friend bool operator==(const Origin&, const Origin&) = default;
};

struct Description {
    Origin origin;
    std::vector<std::string> bundle; ///< mids of the group; empty: none
    bool is_ice_lite = false;
    std::vector<Media> media;
    Lines others{{'s', "-"}, {'t', "0 0"}};

    [[nodiscard]] const Media* find(std::string_view mid) const;
    friend bool operator==(const Description&, const Description&) = default;
};

[[nodiscard]] Result<Description, Error> parse_description(std::string_view text);
[[nodiscard]] std::string write_description(const Description& description);

} // namespace vv::sdp
