#include "peer/secure_path.h"

#include "base/overloaded.h"
#include "rtp/demux.h"

#include <utility>

namespace vv::peer {

SecurePath::SecurePath(const Config& config, dtls::Certificate certificate, Rng& rng)
    : agent_({.controlling = config.controls.value_or(false), .stun_servers = config.stun_servers}, rng),
      dtls_(std::move(certificate)) {}

void SecurePath::set_partner(dtls::Role role, const std::vector<crypto::Fingerprint>& fingerprints) {
    if (!partner_) partner_ = dtls::SessionConfig{.role = role, .partner = fingerprints};
}

void SecurePath::handle_input(Instant now, const ice::Route& route, ByteView packet, Counters& counters) {
    const auto data = agent_.handle_input(now, route, packet);
    // What was kept until its pair was valid came before this.
    settle(now, counters);
    if (!data) return;
    sort(now, *data, counters);
    settle(now, counters);
}

void SecurePath::sort(Instant now, ByteView packet, Counters& counters) {
    switch (rtp::kind_of(packet)) {
    case rtp::DatagramKind::kDtls:
        dtls_.handle_input(now, packet);
        return;
    case rtp::DatagramKind::kRtp:
    case rtp::DatagramKind::kRtcp:
        happened_.emplace_back(MediaPacket{{packet.begin(), packet.end()}});
        return;
    default:
        ++counters.unknown;
    }
}

void SecurePath::handle_timeout(Instant now) {
    agent_.handle_timeout(now);
    dtls_.handle_timeout(now);
}

void SecurePath::settle(Instant now, Counters& counters) {
    while (auto event = agent_.poll_event())
        take(now, *event, counters);
    follow_path(now);
    while (auto event = dtls_.poll_event()) {
        std::visit(Overloaded{
                       [&](dtls::Received& received) { happened_.emplace_back(DataPacket{std::move(received.data)}); },
                       [&](auto& other) { happened_.emplace_back(std::move(other)); },
                   },
                   *event);
    }
}

void SecurePath::take(Instant now, ice::Event& event, Counters& counters) {
    std::visit(Overloaded{
                   [&](ice::EarlyPacket& packet) { sort(now, packet.bytes, counters); },
                   [](ice::StateChanged&) {}, // the connection asks for the state
                   [&](auto& other) { happened_.emplace_back(std::move(other)); },
               },
               event);
}

void SecurePath::follow_path(Instant now) {
    const auto round_trip = agent_.round_trip();
    if (round_trip && round_trip != round_trip_) {
        round_trip_ = round_trip;
        dtls_.set_round_trip(*round_trip);
    }
    if (has_started_ || !partner_ || !agent_.path()) return;
    has_started_ = true;
    if (round_trip) partner_->round_trip = *round_trip;
    dtls_.start(now, *partner_);
}

std::optional<Happening> SecurePath::poll() {
    if (happened_.empty()) return std::nullopt;
    Happening happening = std::move(happened_.front());
    happened_.pop_front();
    return happening;
}

void SecurePath::send_data(ByteView packet) {
    // What it refuses is lost, as on any network; SCTP sends it again.
    (void)dtls_.send(packet);
}

std::optional<ice::Transmit> SecurePath::poll_transmit(Counters& counters) {
    if (auto transmit = agent_.poll_transmit()) return transmit;
    return poll_datagram(counters);
}

std::optional<ice::Transmit> SecurePath::poll_datagram(Counters& counters) {
    const auto path = agent_.path();
    while (auto datagram = dtls_.poll_transmit()) {
        if (path) return ice::Transmit{path->route, std::move(*datagram)};
        ++counters.no_path;
    }
    return std::nullopt;
}

std::optional<Instant> SecurePath::poll_timeout() const {
    const auto agent = agent_.poll_timeout();
    const auto dtls = dtls_.poll_timeout();
    if (!agent || !dtls) return agent ? agent : dtls;
    return std::min(*agent, *dtls);
}

} // namespace vv::peer
