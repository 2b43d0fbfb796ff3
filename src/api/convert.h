// Between the types of the interface (include/visavis) and those they stand for: inner() and outer(). Two of each, so
// that what is within may change and what is without may not.
#pragma once

#include "base/result.h"
#include "base/socket_address.h"
#include "peer/connection.h"
#include "peer/description_error.h"
#include "peer/event.h"
#include "peer/media_error.h"
#include "sctp/association.h"
#include "sctp/data_channels.h"
#include "sdp/attributes.h"
#include "visavis/address.h"
#include "visavis/event.h"
#include "visavis/result.h"

#include <string>
#include <utility>

namespace vv::api {

[[nodiscard]] visavis::Address outer(const SocketAddress& address);
[[nodiscard]] SocketAddress inner(const visavis::Address& address);

[[nodiscard]] visavis::State outer(peer::State state);
[[nodiscard]] peer::State inner(visavis::State state);
[[nodiscard]] visavis::Fault outer(peer::Fault::Why why);
[[nodiscard]] peer::Fault::Why inner(visavis::Fault fault);
[[nodiscard]] visavis::CandidateType outer(ice::CandidateType type);
[[nodiscard]] ice::CandidateType inner(visavis::CandidateType type);
[[nodiscard]] peer::MediaKind inner(visavis::MediaKind kind);
[[nodiscard]] visavis::Direction outer(sdp::Direction direction);
[[nodiscard]] sdp::Direction inner(visavis::Direction direction);

[[nodiscard]] visavis::ChannelId outer(peer::ChannelId id);
[[nodiscard]] peer::ChannelId inner(visavis::ChannelId id);
[[nodiscard]] visavis::ChannelOptions outer(sctp::ChannelOptions options);
[[nodiscard]] sctp::ChannelOptions inner(const visavis::ChannelOptions& options);

[[nodiscard]] visavis::StateChanged outer(const peer::StateChanged& change);
[[nodiscard]] visavis::Candidate outer(peer::Candidate candidate);
[[nodiscard]] peer::Candidate inner(const visavis::Candidate& candidate);
[[nodiscard]] visavis::Path outer(const ice::PathInfo& path);
[[nodiscard]] visavis::Security outer(const peer::Secured& secured);
[[nodiscard]] visavis::ChannelOpened outer(peer::ChannelOpened opened);
[[nodiscard]] visavis::Message outer(peer::ChannelMessage message);
[[nodiscard]] visavis::AudioFrame outer(peer::AudioFrame frame);
[[nodiscard]] visavis::VideoFrame outer(peer::VideoFrame frame);
[[nodiscard]] visavis::MediaStats outer(const peer::MediaStats& stats);

[[nodiscard]] visavis::Error outer(const peer::DescriptionError& refused);
[[nodiscard]] visavis::Error outer(sctp::OpenError refused);
/// is_held: whether the channel waits for its association.
[[nodiscard]] visavis::Error outer(sctp::SendError refused, bool is_held);
[[nodiscard]] visavis::Error outer(peer::MediaError refused);

[[nodiscard]] inline visavis::Result<void> outer(const Result<void, peer::DescriptionError>& result) {
    if (!result) return outer(result.error());
    return {};
}
[[nodiscard]] inline visavis::Result<std::string> outer(Result<std::string, peer::DescriptionError> result) {
    if (!result) return outer(result.error());
    return *std::move(result);
}

} // namespace vv::api
