#include "visavis/peer_machine.h"

#include "api/access.h"
#include "api/calls.h"
#include "api/convert.h"
#include "base/overloaded.h"
#include "net/os_rng.h"

#include <utility>

namespace visavis {

namespace {

using vv::api::inner;
using vv::api::outer;

vv::Instant inner(PeerMachine::Time time) {
    return vv::Instant(std::chrono::duration_cast<vv::Duration>(time.time_since_epoch()));
}
PeerMachine::Time outer(vv::Instant time) {
    return PeerMachine::Time(std::chrono::duration_cast<PeerMachine::Time::duration>(time.time_since_epoch()));
}
vv::ice::TransportId inner(TransportId id) {
    return vv::ice::TransportId(static_cast<std::uint32_t>(id));
}

class Random final : public vv::Rng {
public:
    explicit Random(std::function<void(std::span<std::uint8_t>)> fill) : fill_(std::move(fill)) {}
    void fill(std::span<std::uint8_t> out) override { fill_ ? fill_(out) : system_.fill(out); }

private:
    std::function<void(std::span<std::uint8_t>)> fill_;
    vv::net::OsRng system_;
};

vv::peer::Config config_of(const MachineOptions& options) {
    vv::api::check_audio_delay(options.audio_delay);
    vv::peer::Config config{.audio_delay = options.audio_delay};
    for (const Address& server : options.stun_servers)
        config.stun_servers.push_back(inner(server));
    return config;
}

/// Nothing: it is not told outside.
std::optional<MachineEvent> told_as(vv::peer::Event event) {
    return std::visit(
        vv::Overloaded{
            // By references that are not const, which the last one would be preferred to.
            [](vv::peer::PathChanged& change) -> std::optional<MachineEvent> { return outer(change.path); },
            [](vv::peer::NameToResolve& name) -> std::optional<MachineEvent> {
                return NameToResolve{std::move(name.name)};
            },
            [](vv::peer::ChannelBufferedLow& low) -> std::optional<MachineEvent> { return ChannelLow{outer(low.id)}; },
            [](vv::peer::ChannelClosed& closed) -> std::optional<MachineEvent> {
                return ChannelClosed{outer(closed.id)};
            },
            [](vv::peer::ChannelsEnded&) -> std::optional<MachineEvent> { return std::nullopt; },
            [](vv::peer::KeyframeWanted&) -> std::optional<MachineEvent> { return KeyframeWanted{}; },
            [](auto& other) -> std::optional<MachineEvent> { return outer(std::move(other)); },
        },
        event);
}

} // namespace

class PeerMachine::Impl {
public:
    Impl(Time now, const MachineOptions& options)
        : random(options.random),
          certificate(options.certificate ? *options.certificate : Certificate::make()),
          connection(inner(now), config_of(options), detail::CertificateAccess::of(certificate), random) {}

    Random random;
    Certificate certificate;
    vv::peer::PeerConnection connection;
};

PeerMachine::PeerMachine(Time now, const MachineOptions& options) : impl_(std::make_unique<Impl>(now, options)) {}

PeerMachine::~PeerMachine() = default;

// ---- transports

bool PeerMachine::add_socket(Time now, TransportId id, const Address& local, const std::string& mdns_name) {
    return impl_->connection.add_host(inner(now), {inner(id), inner(local), mdns_name});
}

bool PeerMachine::add_relay(Time now, TransportId id, const Address& relayed, const Address& mapped,
                            const Address& server) {
    return impl_->connection.add_relay(inner(now), {.id = inner(id),
                                                    .relayed = inner(relayed),
                                                    .mapped = inner(mapped),
                                                    .server = inner(server).ip,
                                                    .protocol = vv::ice::RelayProtocol::kUdp});
}

void PeerMachine::remove_transport(Time now, TransportId id) {
    impl_->connection.remove_transport(inner(now), inner(id));
}

void PeerMachine::finish_gathering(Time now) {
    impl_->connection.finish_gathering(inner(now));
}

void PeerMachine::handle_resolved(Time now, std::string_view name, const std::optional<Address>& address) {
    const auto ip = address ? std::optional(inner(*address).ip) : std::nullopt;
    impl_->connection.handle_resolved(inner(now), name, ip);
}

// ---- packets and time

void PeerMachine::handle_input(Time now, TransportId via, const Address& from, std::span<const std::uint8_t> packet) {
    impl_->connection.handle_input(inner(now), {inner(via), inner(from)}, packet);
}

void PeerMachine::handle_timeout(Time now) {
    impl_->connection.handle_timeout(inner(now));
}

std::optional<Transmit> PeerMachine::poll_transmit() {
    auto transmit = impl_->connection.poll_transmit();
    if (!transmit) return std::nullopt;
    const auto& [via, remote] = transmit->route;
    return Transmit{TransportId(via.value()), outer(remote), std::move(transmit->payload)};
}

std::optional<MachineEvent> PeerMachine::poll_event() {
    while (auto event = impl_->connection.poll_event()) {
        if (auto told = told_as(*std::move(event))) return told;
    }
    return std::nullopt;
}

std::optional<PeerMachine::Time> PeerMachine::poll_timeout() const {
    const auto due = impl_->connection.poll_timeout();
    return due ? std::optional(outer(*due)) : std::nullopt;
}

// ---- as in peer_connection.cpp

void PeerMachine::want(MediaKind kind, std::optional<Direction> direction) {
    impl_->connection.want(inner(kind), direction ? std::optional(inner(*direction)) : std::nullopt);
}

void PeerMachine::want_data() {
    impl_->connection.want_data();
}

Result<std::string> PeerMachine::make_offer(Time now, IceRestart restart) {
    return vv::api::make_offer(impl_->connection, inner(now), restart);
}

Result<void> PeerMachine::take_offer(Time now, std::string_view sdp) {
    return outer(impl_->connection.take_offer(inner(now), sdp));
}

Result<std::string> PeerMachine::make_answer(Time now) {
    return outer(impl_->connection.make_answer(inner(now)));
}

Result<void> PeerMachine::take_answer(Time now, std::string_view sdp) {
    return outer(impl_->connection.take_answer(inner(now), sdp));
}

bool PeerMachine::withdraw_offer(Time now) {
    return impl_->connection.withdraw_offer(inner(now));
}

std::string PeerMachine::local_description() const {
    return impl_->connection.local_description().value_or(std::string());
}

bool PeerMachine::has_all_candidates() const {
    return impl_->connection.has_all_candidates();
}

bool PeerMachine::add_remote_candidate(Time now, const Candidate& candidate) {
    return impl_->connection.add_remote_candidate(inner(now), inner(candidate));
}

std::optional<Direction> PeerMachine::direction(MediaKind kind) const {
    return vv::api::direction(impl_->connection, kind);
}

bool PeerMachine::has_data() const {
    return impl_->connection.has_data();
}

Result<ChannelId> PeerMachine::open_channel(Time now, const ChannelOptions& options) {
    return vv::api::open_channel(impl_->connection, inner(now), options);
}

Result<void> PeerMachine::send(Time now, ChannelId id, std::span<const std::uint8_t> bytes) {
    return vv::api::send(impl_->connection, inner(now), id, vv::sctp::PayloadKind::kBytes, bytes);
}

Result<void> PeerMachine::send(Time now, ChannelId id, std::string_view text) {
    return vv::api::send(impl_->connection, inner(now), id, vv::sctp::PayloadKind::kText, vv::as_bytes(text));
}

std::size_t PeerMachine::buffered(ChannelId id) const {
    return impl_->connection.buffered(inner(id));
}

void PeerMachine::set_low_mark(ChannelId id, std::size_t bytes) {
    impl_->connection.set_buffered_low(inner(id), bytes);
}

void PeerMachine::close_channel(Time now, ChannelId id) {
    impl_->connection.close_channel(inner(now), inner(id));
}

Result<void> PeerMachine::send_audio(Time now, std::uint32_t media_time, std::span<const std::uint8_t> packet) {
    return vv::api::send_audio(impl_->connection, inner(now), media_time, packet);
}

Result<void> PeerMachine::send_video(Time now, std::uint32_t media_time, std::span<const std::uint8_t> picture) {
    return vv::api::send_video(impl_->connection, inner(now), media_time, picture);
}

void PeerMachine::request_keyframe(Time now) {
    impl_->connection.request_keyframe(inner(now));
}

State PeerMachine::state() const {
    return outer(impl_->connection.state());
}

std::optional<Fault> PeerMachine::fault() const {
    return vv::api::fault(impl_->connection);
}

std::optional<Path> PeerMachine::path() const {
    return vv::api::path(impl_->connection);
}

std::optional<Security> PeerMachine::security() const {
    return vv::api::security(impl_->connection);
}

Stats PeerMachine::stats() const {
    return vv::api::stats(impl_->connection);
}

std::string PeerMachine::fingerprint() const {
    return impl_->certificate.fingerprint();
}

std::vector<std::string> PeerMachine::remote_fingerprints() const {
    return vv::api::remote_fingerprints(impl_->connection);
}

void PeerMachine::close(Time now) {
    impl_->connection.close(inner(now));
}

} // namespace visavis
