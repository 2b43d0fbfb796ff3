#include "peer/connection.h"

#include "ice/limits.h"

#include <algorithm>
#include <utility>

namespace vv::peer {
namespace {

constexpr std::string_view kUfragExtension = " ufrag "; // RFC 8839 §5.1, as browsers write it

sdp::Kind kind_of(MediaKind kind) {
    return kind == MediaKind::kAudio ? sdp::Kind::kAudio : sdp::Kind::kVideo;
}

// By the section it is of.
bool is_of_use(const Candidate& candidate, const Agreement& agreement) {
    const auto& mids = agreement.candidate_mids;
    return candidate.mid.empty() || std::ranges::find(mids, candidate.mid) != mids.end();
}

// What makes it another one than those before it; extensions may be told in one place and not in the other.
constexpr std::size_t kFieldsOfCandidate = 8; // RFC 8839 §5.1: up to the type
std::string_view name_of_candidate(std::string_view line) {
    std::size_t at = 0;
    for (std::size_t field = 0; field < kFieldsOfCandidate; ++field) {
        at = line.find(' ', field == 0 ? 0 : at + 1);
        if (at == std::string_view::npos) return line;
    }
    return line.substr(0, at);
}

constexpr DescriptionError kEnded{"the connection has ended"};

} // namespace

PeerConnection::PeerConnection(Instant now, const Config& config, dtls::Certificate certificate, Rng& rng)
    : config_(config),
      descriptions_(certificate.fingerprint(), rng),
      path_(config, std::move(certificate), rng),
      media_(now, config, descriptions_, rng),
      channels_(rng),
      now_(now),
      generation_(path_.agent().local_credentials().ufrag) {}

PeerConnection::~PeerConnection() = default;

// ---- descriptions

void PeerConnection::want(MediaKind kind, std::optional<sdp::Direction> direction) {
    descriptions_.want(kind_of(kind), direction);
}

void PeerConnection::want_data() {
    descriptions_.want_data();
}

OwnIce PeerConnection::own_ice() const {
    return {path_.agent().local_credentials(), candidates_, has_all_candidates_};
}

// RFC 8445 §6.1.1: whoever makes the first offer, also after restarts by either end.
void PeerConnection::set_controlling(bool controlling) {
    if (!config_.controls && !descriptions_.has_agreed()) path_.agent().set_controlling(controlling);
}

// The description that was just made has what there was.
void PeerConnection::note_described() {
    candidates_told_ = candidates_.size();
    is_end_told_ = has_all_candidates_;
}

Result<std::string, DescriptionError> PeerConnection::make_offer(Instant now, IceRestart restart) {
    if (has_ended()) return Failure(kEnded);
    if (restart == IceRestart::kYes && !descriptions_.has_offer_of_other()) {
        path_.agent().restart(now);
        is_ahead_ = descriptions_.agreement().has_value();
        settle(now);
    }
    auto offer = descriptions_.make_offer(own_ice());
    if (!offer) return offer;
    set_controlling(true);
    note_described();
    media_.expect_more(true, counters_);
    return offer;
}

Result<void, DescriptionError> PeerConnection::take_offer(Instant now, std::string_view sdp) {
    if (has_ended()) return Failure(kEnded);
    auto taken = descriptions_.take_offer(sdp);
    if (taken) set_controlling(false);
    settle(now);
    return taken;
}

Result<std::string, DescriptionError> PeerConnection::make_answer(Instant now) {
    if (has_ended()) return Failure(kEnded);
    // First, since the answer to a restart has the new credentials of this end.
    const bool stays_ahead = is_ahead_ && !descriptions_.is_offer_of_other_a_restart();
    const auto next = stays_ahead ? std::nullopt : descriptions_.foresee_answer(own_ice());
    if (next) {
        VV_ASSERT(path_.agent().set_remote(now, next->remote, next->is_remote_lite)); // looked at
        settle(now);
    }
    auto answer = descriptions_.make_answer(stays_ahead ? descriptions_.agreed_ice() : own_ice());
    if (!answer) return answer;
    is_ahead_ = stays_ahead;
    if (!stays_ahead) note_described();
    follow_agreement(now);
    return answer;
}

Result<void, DescriptionError> PeerConnection::take_answer(Instant now, std::string_view sdp) {
    if (has_ended()) return Failure(kEnded);
    const auto taken = descriptions_.take_answer(sdp);
    if (!taken) return taken;
    is_ahead_ = false;
    if (const auto& agreement = descriptions_.agreement()) {
        VV_ASSERT(path_.agent().set_remote(now, agreement->remote, agreement->is_remote_lite)); // looked at
    }
    follow_agreement(now);
    return {};
}

// A restart of ours that was taken back has begun all the same, beside the path that carries: the next offer of this
// end tells it. Until then nothing of the generation that the descriptions speak of is of use to it.
bool PeerConnection::withdraw_offer(Instant now) {
    if (has_ended() || !descriptions_.withdraw_offer()) return false;
    media_.expect_more(false, counters_);
    settle(now);
    return true;
}

std::optional<std::string> PeerConnection::local_description() const {
    return descriptions_.own_description(own_ice());
}

std::vector<crypto::Fingerprint> PeerConnection::remote_fingerprints() const {
    const auto& agreement = descriptions_.agreement();
    return agreement ? agreement->fingerprints : std::vector<crypto::Fingerprint>();
}

void PeerConnection::follow_agreement(Instant now) {
    const auto& agreement = descriptions_.agreement();
    if (!agreement) {
        media_.agree(now, {}, {}, counters_);
        begin_channels(now);
        settle(now);
        return;
    }
    path_.set_partner(agreement->role, agreement->fingerprints);
    media_.agree(now, agreement->audio, agreement->video, counters_);
    if (!is_ahead_) {
        for (const std::string& line : agreement->candidates)
            (void)add_line(now, {.line = line});
        if (agreement->has_all_candidates) (void)add_line(now, {});
    }
    for (const Candidate& candidate : std::exchange(held_, {}))
        (void)add_line(now, candidate);
    begin_channels(now);
    settle(now);
}

void PeerConnection::begin_channels(Instant now) {
    if (!path_.is_secure()) return;
    const auto& agreement = descriptions_.agreement();
    if (agreement && agreement->data) {
        channels_.begin(now, *agreement->data, agreement->role, path_.data_max());
    } else {
        channels_.abort(now);
    }
}

const std::optional<MediaAgreement>* PeerConnection::section(MediaKind kind) const {
    const auto& agreement = descriptions_.agreement();
    if (!agreement) return nullptr;
    return kind == MediaKind::kAudio ? &agreement->audio : &agreement->video;
}

std::optional<sdp::Direction> PeerConnection::direction(MediaKind kind) const {
    const auto* agreed = section(kind);
    return agreed != nullptr && *agreed ? std::optional((*agreed)->direction) : std::nullopt;
}

bool PeerConnection::has_data() const {
    const auto& agreement = descriptions_.agreement();
    return agreement && agreement->data && !channels_.has_ended();
}

// ---- candidates of the other end

bool PeerConnection::add_remote_candidate(Instant now, const Candidate& candidate) {
    if (has_ended()) return false;
    const bool is_of_use = is_due(candidate) ? add_line(now, candidate) : hold(candidate);
    settle(now);
    return is_of_use;
}

// Whether it belongs to what holds by now. If not, its description may be on its way or waits for its answer.
bool PeerConnection::is_due(const Candidate& candidate) const {
    const auto& agreement = descriptions_.agreement();
    if (!agreement) return false;
    if (!candidate.ufrag.empty()) return candidate.ufrag == agreement->remote.ufrag;
    return !descriptions_.has_own_offer() && !descriptions_.has_offer_of_other();
}

bool PeerConnection::hold(const Candidate& candidate) {
    const bool fits = candidate.line.size() <= ice::kCandidateSizeMax && candidate.mid.size() <= sdp::kLineSizeMax &&
                      candidate.ufrag.size() <= ice::kCredentialSizeMax;
    if (fits && held_.size() < kHeldCandidatesMax) {
        held_.push_back(candidate);
        return true;
    }
    ++counters_.candidates;
    return false;
}

// A browser that does not know yet whether its sections will be bundled has candidates for each of them.
bool PeerConnection::add_line(Instant now, const Candidate& candidate) {
    const auto& agreement = descriptions_.agreement();
    const bool is_ours = agreement && !is_ahead_ && is_of_use(candidate, *agreement) &&
                         (candidate.ufrag.empty() || candidate.ufrag == agreement->remote.ufrag);
    if (!is_ours) {
        ++counters_.candidates;
        return false;
    }
    if (candidate.line.empty()) {
        path_.agent().end_of_remote_candidates(now);
        return true;
    }
    // Each description has those again that were told before it.
    const std::string_view name = name_of_candidate(candidate.line);
    if (known_.contains(name)) return true;
    std::string line = candidate.line;
    if (!candidate.ufrag.empty() && !line.contains(kUfragExtension)) {
        line.append(kUfragExtension).append(candidate.ufrag);
    }
    const auto added = path_.agent().add_remote_candidate(now, line);
    if (!added || !*added) {
        ++counters_.candidates;
        return false;
    }
    if (known_.size() < kKnownCandidatesMax) known_.emplace(name);
    return true;
}

void PeerConnection::handle_resolved(Instant now, std::string_view name, const std::optional<IpAddress>& ip) {
    if (has_ended()) return;
    path_.agent().handle_resolved(now, name, ip);
    settle(now);
}

// ---- transports

bool PeerConnection::add_stun_server(Instant now, const SocketAddress& server) {
    if (has_ended()) return false;
    const bool is_added = path_.agent().add_stun_server(now, server);
    settle(now);
    return is_added;
}

bool PeerConnection::add_host(Instant now, const ice::HostTransport& host) {
    if (has_ended()) return false;
    const bool is_added = path_.agent().add_host(now, host);
    settle(now);
    return is_added;
}

bool PeerConnection::add_relay(Instant now, const ice::RelayTransport& relay) {
    if (has_ended()) return false;
    const bool is_added = path_.agent().add_relay(now, relay);
    settle(now);
    return is_added;
}

void PeerConnection::remove_transport(Instant now, ice::TransportId via) {
    if (has_ended()) return;
    path_.agent().remove_transport(now, via);
    settle(now);
}

void PeerConnection::finish_gathering(Instant now) {
    if (has_ended()) return;
    is_gathering_finished_ = true;
    path_.agent().finish_gathering(now);
    settle(now);
}

// ---- data channels

Result<ChannelId, sctp::OpenError> PeerConnection::open_channel(Instant now, const sctp::ChannelOptions& options) {
    now_ = now;
    return channels_.open(now, options);
}

Result<ChannelId, sctp::OpenError> PeerConnection::open_negotiated(Instant now, sctp::ChannelId stream,
                                                                   const sctp::ChannelOptions& options) {
    now_ = now;
    return channels_.open_negotiated(stream, options);
}

Result<void, sctp::SendError> PeerConnection::send(Instant now, ChannelId id, sctp::PayloadKind kind,
                                                   ByteView payload) {
    now_ = now;
    return channels_.send(now, id, kind, payload);
}

std::size_t PeerConnection::buffered(ChannelId id) const {
    return channels_.buffered(id);
}

void PeerConnection::set_buffered_low(ChannelId id, std::size_t bytes) {
    channels_.set_buffered_low(id, bytes);
}

void PeerConnection::close_channel(Instant now, ChannelId id) {
    now_ = now;
    channels_.close(now, id);
}

// ---- media

Result<void, MediaError> PeerConnection::send_audio(Instant now, std::uint32_t media_time, ByteView packet) {
    now_ = now;
    if (!can_send()) return Failure(MediaError::kNotConnected);
    return media_.send_audio(now, media_time, packet);
}

Result<void, MediaError> PeerConnection::send_video(Instant now, std::uint32_t media_time, ByteView picture) {
    now_ = now;
    if (!can_send()) return Failure(MediaError::kNotConnected);
    return media_.send_video(now, media_time, picture);
}

void PeerConnection::request_keyframe(Instant now) {
    if (has_ended()) return;
    now_ = now;
    media_.request_keyframe(now);
}

MediaStats PeerConnection::stats(MediaKind kind) const {
    return kind == MediaKind::kAudio ? media_.audio_stats() : media_.video_stats();
}

} // namespace vv::peer
