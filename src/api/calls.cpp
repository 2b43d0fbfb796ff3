#include "api/calls.h"

#include "crypto/fingerprint.h"

#include <stdexcept>

namespace vv::api {
namespace {

constexpr std::chrono::milliseconds kAudioDelayMax{10'000};

bool has_ended(const peer::PeerConnection& connection) {
    const auto fault = connection.fault();
    return connection.state() == peer::State::kClosed || (fault && !fault->can_restart());
}

visavis::Result<void> outer_of(const peer::PeerConnection& connection, const Result<void, peer::MediaError>& sent) {
    if (sent) return {};
    // Who tries again while it is not connected has to know when to stop.
    if (sent.error() == peer::MediaError::kNotConnected && has_ended(connection)) {
        return visavis::Error{.code = visavis::ErrorCode::kEnded, .what = "the connection has ended"};
    }
    return outer(sent.error());
}

} // namespace

visavis::Result<std::string> make_offer(peer::PeerConnection& connection, Instant now, visavis::IceRestart restart) {
    const bool restarts = restart == visavis::IceRestart::kYes;
    return outer(connection.make_offer(now, restarts ? peer::IceRestart::kYes : peer::IceRestart::kNo));
}

visavis::Result<visavis::ChannelId> open_channel(peer::PeerConnection& connection, Instant now,
                                                 const visavis::ChannelOptions& options) {
    connection.want_data();
    const auto opened = connection.open_channel(now, inner(options));
    if (!opened) return outer(opened.error());
    return outer(*opened);
}

visavis::Result<void> send(peer::PeerConnection& connection, Instant now, visavis::ChannelId id, sctp::PayloadKind kind,
                           ByteView payload) {
    const auto sent = connection.send(now, inner(id), kind, payload);
    if (!sent) return outer(sent.error(), connection.is_held(inner(id)));
    return {};
}

visavis::Result<void> send_audio(peer::PeerConnection& connection, Instant now, std::uint32_t media_time,
                                 ByteView packet) {
    return outer_of(connection, connection.send_audio(now, media_time, packet));
}

visavis::Result<void> send_video(peer::PeerConnection& connection, Instant now, std::uint32_t media_time,
                                 ByteView picture) {
    return outer_of(connection, connection.send_video(now, media_time, picture));
}

std::optional<visavis::Direction> direction(const peer::PeerConnection& connection, visavis::MediaKind kind) {
    const auto agreed = connection.direction(inner(kind));
    return agreed ? std::optional(outer(*agreed)) : std::nullopt;
}

std::optional<visavis::Fault> fault(const peer::PeerConnection& connection) {
    const auto fault = connection.fault();
    return fault ? std::optional(outer(fault->why)) : std::nullopt;
}

std::optional<visavis::Path> path(const peer::PeerConnection& connection) {
    const auto path = connection.path();
    return path ? std::optional(outer(*path)) : std::nullopt;
}

std::optional<visavis::Security> security(const peer::PeerConnection& connection) {
    const auto& security = connection.security();
    return security ? std::optional(outer(*security)) : std::nullopt;
}

visavis::Stats stats(const peer::PeerConnection& connection) {
    const peer::Counters& of_peer = connection.counters();
    const ice::Counters& of_ice = connection.ice().counters();
    return {.audio = outer(connection.stats(peer::MediaKind::kAudio)),
            .video = outer(connection.stats(peer::MediaKind::kVideo)),
            .round_trip = connection.round_trip(),
            .dropped = of_peer.unknown + of_peer.after_end + of_peer.early_media + of_peer.unprotected +
                       of_peer.repeated + of_peer.malformed_media + of_peer.unexpected + of_ice.malformed +
                       of_ice.unauthenticated + of_ice.unexpected + of_ice.unknown_transport + of_ice.unvalidated,
            .candidates_refused = of_peer.candidates};
}

std::vector<std::string> remote_fingerprints(const peer::PeerConnection& connection) {
    std::vector<std::string> texts;
    for (const crypto::Fingerprint& fingerprint : connection.remote_fingerprints())
        texts.push_back(crypto::write_fingerprint(fingerprint));
    return texts;
}

void check_audio_delay(std::chrono::milliseconds delay) {
    if (delay.count() < 0 || delay > kAudioDelayMax) {
        throw std::invalid_argument("audio_delay is not between 0 and 10 s");
    }
}

} // namespace vv::api
