// What a connection tells, and what it knows of itself. Times of media are as RTP counts them.
#pragma once

#include "visavis/address.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace visavis {

// ---- how it stands

enum class State : std::uint8_t {
    kNew,          ///< the two ends do not know each other yet
    kConnecting,   ///< no path yet, or no keys
    kConnected,    ///< messages and media can flow
    kDisconnected, ///< nothing has come for some seconds (RFC 7675); it may come back, or IceRestart::kYes may help
    kFailed,       ///< see Fault
    kClosed,       ///< by either end: nothing comes any more
};
/// "connected" and so on.
[[nodiscard]] std::string_view name_of(State state);

enum class Fault : std::uint8_t {
    kNoPath,           ///< ICE has found none; an offer with IceRestart::kYes may help
    kPathLost,         ///< the path is gone for good; an offer with IceRestart::kYes may find another
    kWrongFingerprint, ///< somebody else answers than was signaled: somebody stands between the two (RFC 8827 §6.5)
    kNoCertificate,    ///< the other end shows none
    kRefused,          ///< the other end has ended the handshake
    kHandshakeTimeout, ///< there is a path, and no answer to DTLS on it
    kHandshake,        ///< no version or cipher in common, or no DTLS
    kNoSrtp,           ///< there are media, and no keys for them were agreed on (RFC 5764)
};
[[nodiscard]] std::string_view name_of(Fault fault);
/// Whether IceRestart::kYes may help. Else the connection is of no use any more.
[[nodiscard]] bool can_restart(Fault fault);

struct StateChanged {
    State state = State::kNew;
    std::optional<Fault> fault{}; ///< of kFailed
};

/// RFC 8445 §4. By what kind of address an end is reached.
enum class CandidateType : std::uint8_t {
    kHost,            ///< its own
    kServerReflexive, ///< a NAT's, learnt from a STUN server
    kPeerReflexive,   ///< a NAT's, learnt from the other end
    kRelayed,         ///< a TURN server's
};
/// "host", "srflx", "prflx", "relay".
[[nodiscard]] std::string_view name_of(CandidateType type);

/// The way that everything takes.
struct Path {
    CandidateType local = CandidateType::kHost;
    CandidateType remote = CandidateType::kHost;
    Address remote_address{};  ///< where packets go; personal
    bool is_nominated = false; ///< both ends have settled on it (RFC 8445 §8)
};

/// The other end is the one whose fingerprint was signaled, and there are keys.
struct Security {
    std::string cipher{}; ///< of DTLS, by OpenSSL's name
    std::optional<std::uint16_t>
        srtp_profile{}; ///< as RFC 5764 §4.1.2 and RFC 7714 §14.2 number them; nothing: no media
};

// ---- for signaling

/// One of this end's addresses, for the other end (RFC 8838); and one of the other's, for this end.
struct Candidate {
    std::string line{};  ///< "candidate:…", as browsers have it; empty: there are no more
    std::string mid{};   ///< the section it belongs to ("sdpMid"); of the other end's: empty if it was not told
    std::string ufrag{}; ///< the generation of ICE it belongs to ("usernameFragment"); the same
};

// ---- data channels

/// By this connection's count, whichever end has opened it. Never used twice.
enum class ChannelId : std::uint32_t {};

/// What a channel promises (RFC 8832 §5.1). With neither limit every message arrives.
struct ChannelOptions {
    std::string label{};    ///< at most 1024 bytes, as the protocol
    std::string protocol{}; ///< of the application, as WebSocket has it
    bool is_ordered = true;
    std::optional<std::uint16_t> retransmissions_max{};      ///< only one of these two
    std::optional<std::chrono::milliseconds> lifetime_max{}; ///< 0 to 65 535
};
/// The other end has opened a channel, or has said that it has ours.
struct ChannelOpened {
    ChannelId id{};
    bool is_remote = false;
    ChannelOptions options{}; ///< of remote ones
};
struct Message {
    ChannelId id{};
    bool is_text = false; ///< UTF-8 by the other end's word; nobody has looked
    std::vector<std::uint8_t> bytes{};

    [[nodiscard]] std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};
/// What waits to be sent has fallen to the channel's low mark.
struct ChannelLow {
    ChannelId id{};
};
struct ChannelClosed {
    ChannelId id{};
};

// ---- media

enum class MediaKind : std::uint8_t { kAudio, kVideo };
/// As this end sees it (RFC 3264 §5.1).
enum class Direction : std::uint8_t { kInactive, kSendOnly, kReceiveOnly, kSendReceive };

/// A packet of Opus (RFC 6716), in order and in time: it comes when it is to be played. One that never came is a gap in
/// the times.
struct AudioFrame {
    std::int64_t media_time = 0; ///< in 1/48000 s from any start, which is another when the other end's source changes
    bool is_first_after_silence = false;
    std::vector<std::uint8_t> packet{};
};
/// A picture of VP8 (RFC 6386), in order, with every picture it needs before it.
struct VideoFrame {
    std::int64_t media_time = 0; ///< in 1/90000 s, likewise
    bool is_key = false;         ///< needs no other picture
    std::uint16_t width = 0;     ///< of key pictures
    std::uint16_t height = 0;
    std::vector<std::uint8_t> picture{};
};
/// The other end asks for a picture that needs no other (PLI, FIR: RFC 8834 §5.1).
struct KeyframeWanted {};

// ---- figures

struct SendStats {
    std::uint64_t packets = 0; ///< repeats not counted
    std::uint64_t bytes = 0;   ///< of payload
    std::uint64_t repeats = 0; ///< that the other end asked for (RFC 4588)
    std::uint64_t frames = 0;
    /// By the other end's last report (RFC 3550 §6.4.1).
    std::int32_t lost = 0;    ///< packets in all
    double fraction_lost = 0; ///< lately, 0 to 1
    std::chrono::nanoseconds jitter{};
    std::optional<std::chrono::nanoseconds> round_trip{};
};
struct ReceiveStats {
    std::uint64_t packets = 0;
    std::int64_t lost = 0; ///< below zero if some came twice
    std::chrono::nanoseconds jitter{};
    std::uint64_t repaired = 0; ///< came when asked for again
    std::uint64_t frames = 0;
    std::uint64_t late = 0;  ///< of sound: too late to be heard
    std::uint64_t skips = 0; ///< of pictures: passed over
    std::uint64_t nacks = 0; ///< packets asked for again
    std::uint64_t plis = 0;  ///< whole pictures asked for
};
struct MediaStats {
    SendStats sent{};
    ReceiveStats received{};
};
struct Stats {
    MediaStats audio{};
    MediaStats video{};
    std::optional<std::chrono::nanoseconds> round_trip{}; ///< of the path, as ICE has measured it
    /// Dropped packets of the other end's: not let in by SRTP or by ICE, told twice, or of nothing that was agreed on.
    std::uint64_t dropped = 0;
    /// Candidates of the other end's that were of no use.
    std::uint64_t candidates_refused = 0;
};

} // namespace visavis
