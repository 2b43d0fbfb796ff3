#include "sim/peer_user.h"

#include "base/overloaded.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vv::sim {
namespace {

using peer::MediaKind;

/// Packets to one relay that wait for their peer to be let in; what comes on top is lost.
constexpr std::size_t kWaitingMax = 64;

constexpr std::size_t kSoundSize = 80;
constexpr std::size_t kPictureSize = 4'000;
constexpr std::uint32_t kSoundTicks = 960; // 20 ms
constexpr std::uint32_t kPictureTicks = 1'800;

// Of Opus and VP8 what RTP looks at: 20 ms in one frame, and whether a picture is whole.
ByteBuffer sound() {
    ByteBuffer packet(kSoundSize, 0xAB);
    packet.front() = 0x78;
    return packet;
}
ByteBuffer picture(bool is_key) {
    ByteBuffer bytes(kPictureSize, 0xCD);
    const ByteBuffer head =
        is_key ? ByteBuffer{0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00} : ByteBuffer{0x11, 0, 0};
    std::ranges::copy(head, bytes.begin());
    return bytes;
}

} // namespace

PeerUser::PeerUser(Host& its_host, PeerSetup setup, const dtls::Certificate& certificate)
    : App(its_host),
      setup_(std::move(setup)),
      rng_(its_host.world().new_seed()),
      connection_(its_host.time(), {.stun_servers = setup_.stun_servers}, certificate, rng_),
      transports_(its_host, *this, *this, setup_.relays, kWaitingMax) {
    connection_.want_data();
    if (!setup_.has_media) return;
    for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo})
        connection_.want(kind, sdp::Direction::kSendRecv);
}

void PeerUser::signal_to(PeerUser& other, Duration delay) {
    other_ = &other;
    signaling_delay_ = delay;
}

void PeerUser::start() {
    const Instant now = host().time();
    transports_.open_sockets(now);
    begin_relays();
    if (setup_.offers) {
        channel_ = connection_.open_channel(now, {.label = "echo"}).value();
        offer(now, peer::IceRestart::kNo);
    }
    flush(now);
}

void PeerUser::restart() {
    if (!setup_.offers) return tell(OfferWish{});
    wants_restart_ = awaits_answer_; // one round after the other
    if (wants_restart_) return;
    const Instant now = host().time();
    offer(now, peer::IceRestart::kYes);
    flush(now);
}

void PeerUser::close() {
    const Instant now = host().time();
    connection_.close(now);
    flush(now);
}

bool PeerUser::say(std::string_view text) {
    const Instant now = host().time();
    const bool is_said = channel_ && connection_.send_text(now, *channel_, text).has_value();
    flush(now);
    return is_said;
}

bool PeerUser::send_media() {
    const Instant now = host().time();
    const bool is_heard = connection_.send_audio(now, kSoundTicks * frames_sent_, sound()).has_value();
    const bool is_seen = connection_.send_video(now, kPictureTicks * frames_sent_, picture(is_key_due_)).has_value();
    if (is_seen) is_key_due_ = false;
    ++frames_sent_;
    flush(now);
    return is_heard && is_seen;
}

// ---- transports

void PeerUser::begin_relays() {
    finished_ = false;
    connection_.expect_transports();
    transports_.begin_relays();
}

// A new network is a new generation (RFC 8445 §9).
void PeerUser::move(Instant now) {
    finished_ = false;
    connection_.expect_transports();
    transports_.move(now);
    restart();
}

void PeerUser::hear(Instant now, const ice::Route& route, ByteView packet) {
    connection_.handle_input(now, route, packet);
    flush(now);
}

void PeerUser::handle_datagram(Instant now, const Datagram& in) {
    transports_.handle_datagram(now, in);
}

void PeerUser::handle_timeout(Instant now) {
    for (PeerSignal& signal : std::exchange(missed_, {}))
        handle_signal(signal);
    if (std::exchange(has_moved_, false)) move(now);
    transports_.handle_relays(now);
    connection_.handle_timeout(now);
    flush(now);
}

std::optional<Instant> PeerUser::poll_timeout() const {
    if (has_moved_ || transports_.has_news() || !missed_.empty()) return host().time();
    return connection_.poll_timeout();
}

// Not at once: the other programs hear that their sockets are gone first.
void PeerUser::handle_addresses_changed(Instant /*now*/) {
    has_moved_ = true; // and the host asks when to wake this
}

// ---- what the connection says, and signaling

void PeerUser::flush(Instant now) {
    if (transports_.has_all_relays() && !std::exchange(finished_, true)) connection_.finish_gathering(now);
    while (true) {
        if (auto event = connection_.poll_event()) {
            handle(*event);
        } else if (const auto out = connection_.poll_transmit()) {
            transports_.send(*out);
        } else {
            break;
        }
    }
    reschedule();
}

void PeerUser::handle(peer::Event& event) {
    std::visit(Overloaded{
                   [&](peer::StateChanged& change) { states.push_back(change); },
                   [&](peer::Candidate& candidate) { tell(std::move(candidate)); },
                   [&](peer::ChannelOpened& opened) { channel_ = opened.id; },
                   [&](peer::ChannelMessage& message) { heard.emplace_back(as_text(message.payload)); },
                   [&](peer::AudioFrame&) { ++sounds; }, [&](peer::VideoFrame&) { ++pictures; },
                   [&](peer::KeyframeWanted&) { is_key_due_ = true; }, [](auto&) {}, // the test asks the connection
               },
               event);
}

void PeerUser::offer(Instant now, peer::IceRestart restart) {
    const auto made = connection_.make_offer(now, restart);
    if (!made) return; // it has ended
    awaits_answer_ = true;
    tell(Offer{*made});
}

void PeerUser::tell(PeerSignal signal) {
    VV_ASSERT(other_ != nullptr);
    World& world = host().world();
    world.at(world.time() + signaling_delay_,
             [other = other_, told = std::move(signal)]() mutable { other->handle_signal(told); });
}

// Signaling waits for a host that sleeps, which asks when to wake this once it is awake.
void PeerUser::handle_signal(PeerSignal& signal) {
    if (!host().is_awake()) {
        missed_.push_back(std::move(signal));
        return;
    }
    const Instant now = host().time();
    std::visit(Overloaded{
                   [&](const Offer& offered) {
                       if (!connection_.take_offer(now, offered.sdp)) return; // it has ended
                       tell(Answer{connection_.make_answer(now).value()});
                   },
                   [&](const Answer& answered) {
                       (void)connection_.take_answer(now, answered.sdp); // unless it has ended
                       awaits_answer_ = false;
                       if (std::exchange(wants_restart_, false)) restart();
                   },
                   [&](const OfferWish&) { restart(); },
                   [&](const peer::Candidate& candidate) { connection_.add_remote_candidate(now, candidate); },
               },
               signal);
    flush(now);
}

} // namespace vv::sim
