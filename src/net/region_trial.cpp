#include "net/region_trial.h"

#include "net/socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <utility>

namespace vv::net {
namespace {

constexpr std::size_t kDatagramMax = 2048;

bool is_shortage(int error) {
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

UniqueFd open_udp(AddressFamily family) {
    const int domain = family == AddressFamily::kIpv4 ? AF_INET : AF_INET6;
    return UniqueFd(::socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

} // namespace

RegionTrial::RegionTrial(Instant now, std::vector<SocketAddress> places, MakeCredential make_credential, Rng& rng)
    : places_(std::move(places)),
      make_credential_(std::move(make_credential)),
      rng_(rng) {
    begin_next(now);
}

void RegionTrial::add_places(const std::vector<SocketAddress>& places) {
    for (const SocketAddress& place : places) {
        if (std::ranges::find(places_, place) == places_.end()) places_.push_back(place);
    }
}

Instant RegionTrial::deadline() const {
    return probe_ != nullptr ? probe_->poll_timeout().value_or(Instant::max()) : Instant::max();
}

void RegionTrial::note_failure(std::string_view why, bool was_answered) {
    // A relay that says what is wrong with it says more than an address at which nobody is.
    if (!why_.empty() && (was_answered_ || !was_answered)) return;
    why_ = why;
    was_answered_ = was_answered;
}

void RegionTrial::begin_next(Instant now) {
    peer_.reset();
    probe_.reset();
    while (next_ < places_.size()) {
        const SocketAddress place = places_[next_++];
        if (connect_to(place)) {
            probe_ = std::make_unique<turn::RelayProbe>(now, make_credential_(), place.ip.family(), rng_);
            return;
        }
        if (is_shortage(errno)) {
            state_ = State::kPutOff;
            why_ = ::strerrordesc_np(errno);
            return;
        }
        note_failure("no way leads there from here", false);
    }
    state_ = State::kFailed;
}

// False with errno as it was.
bool RegionTrial::connect_to(const SocketAddress& place) {
    client_ = open_udp(place.ip.family());
    if (!client_.is_open()) return false;
    const NativeAddress native(place);
    return ::connect(client_.value(), native.pointer(), native.size) == 0;
}

void RegionTrial::exchange(Instant now, bool is_readable) {
    if (state_ != State::kRunning) return;
    if (is_readable) receive(now);
    probe_->handle_timeout(now);
    while (true) {
        while (const auto out = probe_->poll_transmit())
            send(*out);
        if (probe_->state() == turn::RelayProbe::State::kRunning) return;
        if (probe_->state() == turn::RelayProbe::State::kWorks) {
            state_ = State::kWorks;
            return;
        }
        note_failure(probe_->why(), probe_->was_answered());
        begin_next(now);
        if (state_ != State::kRunning) return;
    }
}

void RegionTrial::receive(Instant now) {
    std::array<std::uint8_t, kDatagramMax> buffer{};
    while (true) {
        const ssize_t size = ::recv(client_.value(), buffer.data(), buffer.size(), 0);
        // An error here is that of a datagram sent before, such as a port nobody listens on: silence, to the probe.
        if (size < 0) return;
        probe_->handle_input(now, ByteView(buffer).first(static_cast<std::size_t>(size)));
    }
}

// What the kernel does not take is a lost datagram, and sent again.
void RegionTrial::send(const turn::RelayProbe::Transmit& out) {
    if (out.to) {
        send_from_peer(*out.to, out.bytes);
    } else {
        (void)::send(client_.value(), out.bytes.data(), out.bytes.size(), 0);
    }
}

// From the client's address, whichever of this machine's the way to the relay has: it is the one that is let in.
void RegionTrial::send_from_peer(const SocketAddress& to, ByteView bytes) {
    if (!peer_.is_open()) {
        peer_ = open_udp(to.ip.family());
        const NativeAddress own(SocketAddress{local_address(client_.value()).ip, 0});
        if (!peer_.is_open() || ::bind(peer_.value(), own.pointer(), own.size) != 0) return peer_.reset();
    }
    const NativeAddress native(to);
    (void)::sendto(peer_.value(), bytes.data(), bytes.size(), 0, native.pointer(), native.size);
}

} // namespace vv::net
