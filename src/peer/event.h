// What a connection tells its driver, and what it knows of itself.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/tagged.h"
#include "crypto/hash.h"
#include "ice/agent.h"
#include "rtp/vp8.h"
#include "sctp/data_channels.h"
#include "srtp/profile.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace vv::peer {

enum class State : std::uint8_t {
    kNew,          ///< the two ends do not know each other yet
    kConnecting,   ///< no path yet, or no keys
    kConnected,    ///< data and media can flow
    kDisconnected, ///< nothing has come for some seconds; it may come back, or a restart of ICE may help
    kFailed,       ///< see Fault
    kClosed,       ///< by either end: nothing comes any more
};

struct Fault {
    enum class Why : std::uint8_t {
        kNoPath,           ///< ICE has found none; a restart may, and so may a candidate that comes late
        kPathLost,         ///< the path is gone for good; a restart may find another
        kWrongFingerprint, ///< somebody else answers than was signaled
        kNoCertificate,    ///< the other end shows none
        kRefused,          ///< the other end ended the handshake, for what its alert says
        kHandshakeTimeout, ///< there is a path, and no answer to DTLS: it may lose large packets
        kHandshake,        ///< nothing in common, or no DTLS
        kNoSrtp,           ///< there are media, and no keys for them were agreed on
    };
    Why why = Why::kNoPath;
    std::optional<std::uint8_t> alert{}; ///< RFC 5246 §7.2

    /// Else the connection is of no use any more.
    [[nodiscard]] bool can_restart() const { return why == Why::kNoPath || why == Why::kPathLost; }
    friend bool operator==(const Fault&, const Fault&) = default;
};
/// In words, for people and logs.
[[nodiscard]] std::string_view name_of(Fault::Why why);
[[nodiscard]] std::string_view name_of(State state);

/// By this connection's count, whichever end has opened it. Not the number of its stream, which is not known at first.
using ChannelId = Tagged<std::uint32_t, struct ChannelIdTag>;

struct StateChanged {
    State state = State::kNew;
    std::optional<Fault> fault{}; ///< of kFailed
};
/// For the other end (RFC 8838), once there is a description that it belongs to.
struct Candidate {
    std::string line{}; ///< "candidate:…"; empty: there are no more
    std::string mid{};
    std::string ufrag{};
};
/// By mDNS; handle_resolved() answers.
struct NameToResolve {
    std::string name;
};
struct PathChanged {
    ice::PathInfo path;
};
/// The other end is who was signaled, and there are keys.
struct Secured {
    std::string cipher{}; ///< of DTLS, by OpenSSL's name
    std::optional<srtp::Profile> srtp{};
    crypto::Sha256Digest partner{}; ///< of the other end's certificate, in DER, as DTLS has seen it
};

/// The other end has opened a channel, or has said that it has ours.
struct ChannelOpened {
    ChannelId id;
    bool is_remote = false;
    sctp::ChannelOptions options{}; ///< of remote ones
};
struct ChannelMessage {
    ChannelId id;
    sctp::PayloadKind kind{};
    ByteBuffer payload{};
};
/// What waits to be sent has fallen to the channel's low mark.
struct ChannelBufferedLow {
    ChannelId id;
};
struct ChannelClosed {
    ChannelId id;
};
/// SCTP is over, and with it all channels, each of which has been told as closed.
struct ChannelsEnded {
    sctp::EndReason reason{};
};

/// A packet of Opus, in order and in time; one that never came is a gap in the times.
struct AudioFrame {
    std::int64_t media_time = 0; ///< in 1/48000 s, from any start, not wrapping
    bool marker = false;         ///< the first after a silence
    ByteBuffer packet{};
};
/// A picture of VP8, in order, with everything it needs before it.
struct VideoFrame {
    std::int64_t media_time = 0; ///< in 1/90000 s, from any start, not wrapping
    rtp::Vp8PictureHead head{};
    ByteBuffer picture{};
};
/// The other end asks for a whole picture (PLI, FIR).
struct KeyframeWanted {};

using Event = std::variant<StateChanged, Candidate, NameToResolve, PathChanged, Secured, ChannelOpened, ChannelMessage,
                           ChannelBufferedLow, ChannelClosed, ChannelsEnded, AudioFrame, VideoFrame, KeyframeWanted>;

// ---- figures

struct SendStats {
    std::uint64_t packets = 0; ///< repeats not counted
    std::uint64_t bytes = 0;   ///< of payload
    std::uint64_t repeats = 0; ///< that the other end asked for
    std::uint64_t frames = 0;
    /// By the other end's last report.
    std::int32_t lost = 0;
    std::uint8_t fraction_lost = 0; ///< in 1/256, lately
    Duration jitter{};
    std::optional<Duration> round_trip{};
};
struct ReceiveStats {
    std::uint64_t packets = 0;
    std::int64_t lost = 0; ///< of those sent for the first time; below zero if some came twice
    Duration jitter{};
    std::uint64_t repaired = 0; ///< came when asked for again
    std::uint64_t frames = 0;
    std::uint64_t late = 0;  ///< sound: too late to be heard
    std::uint64_t skips = 0; ///< picture: passed over
    std::uint64_t nacks = 0; ///< packets asked for again
    std::uint64_t plis = 0;  ///< whole pictures asked for
};
struct MediaStats {
    SendStats sent{};
    ReceiveStats received{};
};

/// What was dropped, and why.
struct Counters {
    std::uint64_t unknown = 0;         ///< neither STUN nor DTLS nor media (RFC 7983)
    std::uint64_t after_end = 0;       ///< came when the connection was closed or had failed for good
    std::uint64_t early_media = 0;     ///< before there were keys, and too much to be kept
    std::uint64_t unprotected = 0;     ///< media that SRTP did not let in
    std::uint64_t repeated = 0;        ///< media that came twice
    std::uint64_t malformed_media = 0; ///< let in, and no RTP or RTCP after all
    std::uint64_t unexpected = 0;      ///< media of a source, section or payload type that was not agreed on
    std::uint64_t no_path = 0;         ///< datagrams of ours for which there was no path
    std::uint64_t candidates = 0;      ///< of the other end: malformed, too many, or of another section or generation
};

} // namespace vv::peer
