// What PeerConnection and PeerMachine have in common: one call of the interface each, on the connection beneath.
#pragma once

#include "api/convert.h"
#include "peer/connection.h"
#include "visavis/peer_connection.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vv::api {

[[nodiscard]] visavis::Result<std::string> make_offer(peer::PeerConnection& connection, Instant now,
                                                      visavis::IceRestart restart);
[[nodiscard]] visavis::Result<visavis::ChannelId> open_channel(peer::PeerConnection& connection, Instant now,
                                                               const visavis::ChannelOptions& options);
[[nodiscard]] visavis::Result<void> send(peer::PeerConnection& connection, Instant now, visavis::ChannelId id,
                                         sctp::PayloadKind kind, ByteView payload);
[[nodiscard]] visavis::Result<void> send_audio(peer::PeerConnection& connection, Instant now, std::uint32_t media_time,
                                               ByteView packet);
[[nodiscard]] visavis::Result<void> send_video(peer::PeerConnection& connection, Instant now, std::uint32_t media_time,
                                               ByteView picture);
[[nodiscard]] std::optional<visavis::Direction> direction(const peer::PeerConnection& connection,
                                                          visavis::MediaKind kind);
[[nodiscard]] std::optional<visavis::Fault> fault(const peer::PeerConnection& connection);
[[nodiscard]] std::optional<visavis::Path> path(const peer::PeerConnection& connection);
[[nodiscard]] std::optional<visavis::Security> security(const peer::PeerConnection& connection);
[[nodiscard]] visavis::Stats stats(const peer::PeerConnection& connection);
[[nodiscard]] std::vector<std::string> remote_fingerprints(const peer::PeerConnection& connection);
/// Throws std::invalid_argument if it is out of its range.
void check_audio_delay(std::chrono::milliseconds delay);

} // namespace vv::api
