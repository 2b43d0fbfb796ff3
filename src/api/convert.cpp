#include "api/convert.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace vv::api {
namespace {

// Of enumerations that name the same in the same order, which is asserted below.
template <typename To, typename From>
constexpr To same(From from) {
    return static_cast<To>(static_cast<std::underlying_type_t<From>>(from));
}

template <typename Outer, typename Inner>
constexpr bool are_same(Outer outer, Inner inner) {
    return same<Inner>(outer) == inner;
}
static_assert(are_same(visavis::State::kNew, peer::State::kNew) &&
              are_same(visavis::State::kConnecting, peer::State::kConnecting) &&
              are_same(visavis::State::kConnected, peer::State::kConnected) &&
              are_same(visavis::State::kDisconnected, peer::State::kDisconnected) &&
              are_same(visavis::State::kFailed, peer::State::kFailed) &&
              are_same(visavis::State::kClosed, peer::State::kClosed));
static_assert(are_same(visavis::Fault::kNoPath, peer::Fault::Why::kNoPath) &&
              are_same(visavis::Fault::kPathLost, peer::Fault::Why::kPathLost) &&
              are_same(visavis::Fault::kWrongFingerprint, peer::Fault::Why::kWrongFingerprint) &&
              are_same(visavis::Fault::kNoCertificate, peer::Fault::Why::kNoCertificate) &&
              are_same(visavis::Fault::kRefused, peer::Fault::Why::kRefused) &&
              are_same(visavis::Fault::kHandshakeTimeout, peer::Fault::Why::kHandshakeTimeout) &&
              are_same(visavis::Fault::kHandshake, peer::Fault::Why::kHandshake) &&
              are_same(visavis::Fault::kNoSrtp, peer::Fault::Why::kNoSrtp));
static_assert(are_same(visavis::CandidateType::kHost, ice::CandidateType::kHost) &&
              are_same(visavis::CandidateType::kServerReflexive, ice::CandidateType::kServerReflexive) &&
              are_same(visavis::CandidateType::kPeerReflexive, ice::CandidateType::kPeerReflexive) &&
              are_same(visavis::CandidateType::kRelayed, ice::CandidateType::kRelayed));
static_assert(are_same(visavis::MediaKind::kAudio, peer::MediaKind::kAudio) &&
              are_same(visavis::MediaKind::kVideo, peer::MediaKind::kVideo));
static_assert(are_same(visavis::Direction::kInactive, sdp::Direction::kInactive) &&
              are_same(visavis::Direction::kSendOnly, sdp::Direction::kSendOnly) &&
              are_same(visavis::Direction::kReceiveOnly, sdp::Direction::kRecvOnly) &&
              are_same(visavis::Direction::kSendReceive, sdp::Direction::kSendRecv));

visavis::Error error(visavis::ErrorCode code, std::string_view what) {
    return {.code = code, .what = what};
}

} // namespace

visavis::Address outer(const SocketAddress& address) {
    visavis::Address out{.is_v6 = !address.ip.is_v4(), .port = address.port};
    std::ranges::copy(address.ip.bytes(), out.bytes.begin());
    return out;
}
SocketAddress inner(const visavis::Address& address) {
    if (address.is_v6) return {IpAddress::v6(address.bytes), address.port};
    return {IpAddress::v4(IpAddress::V4{address.bytes[0], address.bytes[1], address.bytes[2], address.bytes[3]}),
            address.port};
}

visavis::State outer(peer::State state) {
    return same<visavis::State>(state);
}
peer::State inner(visavis::State state) {
    return same<peer::State>(state);
}
visavis::Fault outer(peer::Fault::Why why) {
    return same<visavis::Fault>(why);
}
peer::Fault::Why inner(visavis::Fault fault) {
    return same<peer::Fault::Why>(fault);
}
visavis::CandidateType outer(ice::CandidateType type) {
    return same<visavis::CandidateType>(type);
}
ice::CandidateType inner(visavis::CandidateType type) {
    return same<ice::CandidateType>(type);
}
peer::MediaKind inner(visavis::MediaKind kind) {
    return same<peer::MediaKind>(kind);
}
visavis::Direction outer(sdp::Direction direction) {
    return same<visavis::Direction>(direction);
}
sdp::Direction inner(visavis::Direction direction) {
    return same<sdp::Direction>(direction);
}

visavis::ChannelId outer(peer::ChannelId id) {
    return visavis::ChannelId(id.value());
}
peer::ChannelId inner(visavis::ChannelId id) {
    return peer::ChannelId(static_cast<std::uint32_t>(id));
}
visavis::ChannelOptions outer(sctp::ChannelOptions options) {
    return {.label = std::move(options.label),
            .protocol = std::move(options.protocol),
            .is_ordered = options.is_ordered,
            .retransmissions_max = options.retransmissions_max,
            .lifetime_max = options.lifetime_max};
}
sctp::ChannelOptions inner(const visavis::ChannelOptions& options) {
    return {.label = options.label,
            .protocol = options.protocol,
            .is_ordered = options.is_ordered,
            .retransmissions_max = options.retransmissions_max,
            .lifetime_max = options.lifetime_max};
}

visavis::StateChanged outer(const peer::StateChanged& change) {
    visavis::StateChanged out{.state = outer(change.state)};
    if (change.fault) out.fault = outer(change.fault->why);
    return out;
}
visavis::Candidate outer(peer::Candidate candidate) {
    return {std::move(candidate.line), std::move(candidate.mid), std::move(candidate.ufrag)};
}
peer::Candidate inner(const visavis::Candidate& candidate) {
    return {candidate.line, candidate.mid, candidate.ufrag};
}
visavis::Path outer(const ice::PathInfo& path) {
    return {.local = outer(path.local),
            .remote = outer(path.remote),
            .remote_address = outer(path.route.remote),
            .is_nominated = path.nominated};
}
visavis::Security outer(const peer::Secured& secured) {
    visavis::Security out{.cipher = secured.cipher};
    if (secured.srtp) out.srtp_profile = static_cast<std::uint16_t>(*secured.srtp);
    return out;
}
visavis::ChannelOpened outer(peer::ChannelOpened opened) {
    return {.id = outer(opened.id), .is_remote = opened.is_remote, .options = outer(std::move(opened.options))};
}
visavis::Message outer(peer::ChannelMessage message) {
    return {.id = outer(message.id),
            .is_text = message.kind == sctp::PayloadKind::kText,
            .bytes = std::move(message.payload)};
}
visavis::AudioFrame outer(peer::AudioFrame frame) {
    return {.media_time = frame.media_time, .is_first_after_silence = frame.marker, .packet = std::move(frame.packet)};
}
visavis::VideoFrame outer(peer::VideoFrame frame) {
    return {.media_time = frame.media_time,
            .is_key = frame.head.is_key,
            .width = frame.head.width,
            .height = frame.head.height,
            .picture = std::move(frame.picture)};
}

visavis::MediaStats outer(const peer::MediaStats& stats) {
    constexpr double kFractions = 256; // RFC 3550 §6.4.1
    const auto& [sent, received] = stats;
    return {.sent = {.packets = sent.packets,
                     .bytes = sent.bytes,
                     .repeats = sent.repeats,
                     .frames = sent.frames,
                     .lost = sent.lost,
                     .fraction_lost = sent.fraction_lost / kFractions,
                     .jitter = sent.jitter,
                     .round_trip = sent.round_trip},
            .received = {.packets = received.packets,
                         .lost = received.lost,
                         .jitter = received.jitter,
                         .repaired = received.repaired,
                         .frames = received.frames,
                         .late = received.late,
                         .skips = received.skips,
                         .nacks = received.nacks,
                         .plis = received.plis}};
}

// ---- errors

visavis::Error outer(const peer::DescriptionError& refused) {
    return {.code = visavis::ErrorCode::kRefused, .what = refused.why, .line = refused.line};
}

visavis::Error outer(sctp::OpenError refused) {
    switch (refused) {
    case sctp::OpenError::kEnded:
        return error(visavis::ErrorCode::kEnded, "there are no channels any more");
    case sctp::OpenError::kTooLong:
        return error(visavis::ErrorCode::kBadArgument, "label or protocol over 1024 bytes");
    case sctp::OpenError::kBadOptions:
        return error(visavis::ErrorCode::kBadArgument, "both limits of a channel, or one out of its range");
    case sctp::OpenError::kTooMany:
    case sctp::OpenError::kTaken:
        return error(visavis::ErrorCode::kFull, "as many channels as there may be");
    case sctp::OpenError::kBufferFull:
        break;
    }
    return error(visavis::ErrorCode::kFull, "too much waits to be sent");
}

visavis::Error outer(sctp::SendError refused, bool is_held) {
    switch (refused) {
    case sctp::SendError::kNotOpen:
        if (is_held) return error(visavis::ErrorCode::kNotConnected, "the channel waits for the connection");
        return error(visavis::ErrorCode::kEnded, "there is no such channel any more");
    case sctp::SendError::kStreamClosing:
        return error(visavis::ErrorCode::kEnded, "the channel is being closed");
    case sctp::SendError::kEmpty:
        return error(visavis::ErrorCode::kBadArgument, "a message of no bytes");
    case sctp::SendError::kTooLong:
        return error(visavis::ErrorCode::kTooLarge, "longer than the other end takes");
    case sctp::SendError::kNoSuchStream:
        return error(visavis::ErrorCode::kNotAgreed, "the other end has no such stream");
    case sctp::SendError::kBufferFull:
        break;
    }
    return error(visavis::ErrorCode::kFull, "too much waits to be sent");
}

visavis::Error outer(peer::MediaError refused) {
    switch (refused) {
    case peer::MediaError::kNotConnected:
        return error(visavis::ErrorCode::kNotConnected, "no path, or no keys");
    case peer::MediaError::kNotAgreed:
        return error(visavis::ErrorCode::kNotAgreed, "by the descriptions this end does not send it");
    case peer::MediaError::kBadFrame:
        return error(visavis::ErrorCode::kBadArgument, "no packet of Opus or picture of VP8 that can be sent");
    case peer::MediaError::kQueueFull:
        break;
    }
    return error(visavis::ErrorCode::kFull, "what was sent before has not left yet");
}

} // namespace vv::api
