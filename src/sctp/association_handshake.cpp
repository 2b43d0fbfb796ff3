// The four-way handshake (RFC 9260 §5.1) and what happens when both ends begin it at
// once, as WebRTC's do (§5.2).
#include "sctp/association.h"

#include <algorithm>

namespace vv::sctp {

void Association::send_init_again() {
    if (init_sends_ == kInitSendsMax) return end(EndReason::kNoAnswer);
    ++init_sends_;
    rto_.back_off();
    outstanding_.handle_timeout(now_); // what went with the cookie is lost with it
    init_due_ = state_ == State::kCookieWait;
    cookie_echo_due_ = state_ == State::kCookieEchoed;
    timers_.set(Timer::kInit, now_ + rto_.value());
}

// Answered from what the INIT says, and forgotten: the cookie knows it. The answer has the tag and the number that our
// own INIT has, if there is one (RFC 9260 §5.2.1). Where the association stands already an INIT would be a peer that
// has begun anew; over one DTLS connection there is no such peer.
void Association::handle_init(const Packet& packet, const Chunk& chunk) {
    ChunkReader reader = packet.reader();
    (void)reader.next();
    const auto init = parse_init(chunk.value);
    if (!init || !reader.at_end() || state_ > State::kCookieEchoed) {
        ++stats_.chunks_dropped;
        return;
    }
    PacketWriter answer({config_.local_port, config_.remote_port, init->parameters.tag}, config_.packet_size);
    const ByteBuffer cookie = sealer_.seal({local_.tag, init->parameters, now_});
    write_init_ack(answer.chunks(), local_, cookie, init->unrecognized);
    reply_ = answer.finish();
}

void Association::handle_init_ack(const Chunk& chunk) {
    if (state_ != State::kCookieWait) return; // RFC 9260 §5.2.3
    const auto ack = parse_init(chunk.value);
    if (!ack || ack->cookie.empty() || ack->cookie.size() > kPeerCookieSizeMax) {
        ++stats_.chunks_dropped;
        return;
    }
    measure_handshake();
    adopt_peer(ack->parameters);
    peer_cookie_.assign(ack->cookie.begin(), ack->cookie.end());
    state_ = State::kCookieEchoed;
    init_due_ = false;
    init_sends_ = 1;
    cookie_echo_due_ = true;
    timers_.set(Timer::kInit, now_ + rto_.value());
}

void Association::handle_cookie_echo(const Chunk& chunk) {
    const auto contents = sealer_.open(chunk.value);
    const bool is_ours = contents && contents->local_tag == local_.tag;
    const bool is_same_peer = contents && peer_ && contents->peer.tag == peer_->tag;
    if (!is_ours || (state_ > State::kCookieEchoed && !is_same_peer) || state_ == State::kEnded) {
        ++stats_.chunks_dropped;
        return;
    }
    // RFC 9260 §5.2.4: the cookie of the peer that is known is never too old.
    if (!is_same_peer && now_ - contents->issued > kCookieLife) return report_stale_cookie(*contents);
    if (state_ <= State::kCookieEchoed) {
        // §5.2.4 B: with another tag than its INIT ACK had, for it had forgotten that one before it began itself.
        if (!is_same_peer) adopt_peer(contents->peer);
        rto_.note_guess(now_ - contents->issued); // an end that has only answered knows nothing else
        establish();
    }
    ByteBuffer ack;
    write_chunk(ack, ChunkType::kCookieAck);
    add_control(ack);
}

void Association::report_stale_cookie(const CookieContents& contents) {
    PacketWriter report({config_.local_port, config_.remote_port, contents.peer.tag}, config_.packet_size);
    const auto excess = std::chrono::duration_cast<std::chrono::microseconds>(now_ - contents.issued - kCookieLife);
    {
        const ChunkScope error(report.chunks(), ChunkType::kError);
        const ParameterScope cause(report.chunks(), kCauseStaleCookie);
        ByteWriter(report.chunks())
            .write_u32(static_cast<std::uint32_t>(std::min<std::int64_t>(excess.count(), UINT32_MAX)));
    }
    reply_ = report.finish();
}

void Association::handle_cookie_ack() {
    if (state_ != State::kCookieEchoed) return;
    measure_handshake();
    establish();
}

// Without it the first RTO would be a guess, and on a path that is longer no data would ever measure more: all of it
// would be sent twice.
void Association::measure_handshake() {
    if (init_sends_ == 1) rto_.note_round_trip(now_ - handshake_sent_);
}

// RFC 9260 §5.2.6: the handshake begins again, but not for ever.
void Association::handle_stale_cookie() {
    if (state_ != State::kCookieEchoed) return;
    if (++stale_cookies_ == kInitSendsMax) return end(EndReason::kNoAnswer);
    state_ = State::kCookieWait;
    cookie_echo_due_ = false;
    send_init_again();
}

void Association::adopt_peer(const InitParameters& peer) {
    peer_ = peer;
    received_ = ReceivedTsns(Tsn(peer.initial_tsn) - 1);
    resets_.begin(peer.initial_tsn);
    peer_window_ = peer.receive_window;
    if (peer.knows_forward_tsn) outstanding_.permit_abandoning();
    if (outstanding_.is_empty()) queue_.drop_streams_from(peer.inbound_streams);
}

void Association::establish() {
    state_ = State::kEstablished;
    timers_.stop(Timer::kInit);
    init_due_ = cookie_echo_due_ = false;
    peer_cookie_ = {};
    errors_ = 0;
    arm_heartbeat();
    if (!outstanding_.is_empty()) start_retransmit_timer();
    events_.emplace_back(ConnectedEvent{outbound_streams(), inbound_streams()});
}

} // namespace vv::sctp
