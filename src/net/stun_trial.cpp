#include "net/stun_trial.h"

#include "net/socket.h"
#include "stun/attributes.h"
#include "stun/builder.h"

#include <algorithm>
#include <array>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

namespace vv::net {
namespace {

constexpr std::size_t kDatagramMax = 2048;

using stun::AttributeType;

// The address by which the kernel would leave for there; a socket of any address does not know.
std::optional<IpAddress> leaving_for(const SocketAddress& server) {
    const NativeAddress native(server);
    const UniqueFd probe(::socket(native.pointer()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!probe.is_open() || ::connect(probe.value(), native.pointer(), native.size) != 0) return std::nullopt;
    return local_address(probe.value()).ip;
}

} // namespace

StunTrial::StunTrial(EventLoop& loop, const std::vector<Server>& servers, Duration time_max, Rng& rng, Done done)
    : loop_(loop),
      rng_(rng),
      done_(std::move(done)),
      end_(loop.now() + time_max),
      resend_(loop.timers(), *this),
      deadline_(loop.timers(), *this) {
    const Instant now = loop.now();
    deadline_.arm(end_);
    for (const Server& server : servers)
        asked_.push_back({{server}, stun::TransactionId(rng.bytes<stun::kTransactionIdSize>()), now});
    if (asked_.size() > kStunTrialServersMax) asked_.resize(kStunTrialServersMax);
    const bool is_v4 = servers.empty() || servers.front().address.ip.is_v4();
    fd_.reset(::socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (asked_.empty() || !fd_.is_open() || !loop.watch(fd_.value(), EPOLLIN, *this)) {
        fd_.reset();
        deadline_.arm(now);
        return;
    }
    // Where no way leads there nobody can answer; the other family is not to be held up by it.
    const auto has_way = [](const Asked& one) { return leaving_for(one.seen.server.address).has_value(); };
    if (std::ranges::none_of(asked_, has_way)) {
        deadline_.arm(now);
        return;
    }
    resend_.arm(now);
}

StunTrial::~StunTrial() {
    if (fd_.is_open()) loop_.unwatch(fd_.value(), *this);
}

void StunTrial::ask(const Asked& asked) const {
    ByteBuffer request;
    stun::MessageBuilder(request, stun::Method::kBinding, stun::MessageClass::kRequest, asked.id).add_fingerprint();
    const NativeAddress native(asked.seen.server.address);
    // What the kernel does not take is a lost datagram, and asked again.
    (void)::sendto(fd_.value(), request.data(), request.size(), MSG_NOSIGNAL, native.pointer(), native.size);
}

void StunTrial::handle_ready(std::uint32_t /*events*/) {
    std::array<std::uint8_t, kDatagramMax> buffer{};
    while (done_) {
        NativeAddress from;
        const ssize_t size = ::recvfrom(fd_.value(), buffer.data(), buffer.size(), 0, from.pointer(), &from.size);
        if (size < 0) return; // nothing more; or that nobody is there, which silence says too
        handle_answer(loop_.now(), from.address(), ByteView(buffer).first(static_cast<std::size_t>(size)));
    }
}

void StunTrial::handle_answer(Instant now, const SocketAddress& from, ByteView datagram) {
    if (datagram.empty() || !stun::looks_like_stun(datagram[0])) return;
    const auto answer = stun::parse_message(datagram);
    if (!answer) return;
    const auto asked = std::ranges::find_if(asked_, [&](const Asked& one) {
        return one.id == answer->transaction_id() && one.seen.server.address == from && !one.has_answer();
    });
    if (asked == asked_.end()) return;
    if (answer->message_class() == stun::MessageClass::kError) {
        const auto error_value = answer->find(AttributeType::kErrorCode);
        const auto error = error_value ? stun::parse_error_code(*error_value) : std::nullopt;
        if (!error) return;
        asked->seen.refused = error->code;
        return look_whether_all_answered(now);
    }
    if (answer->message_class() != stun::MessageClass::kSuccess) return;
    const auto value = answer->find(AttributeType::kXorMappedAddress);
    const auto mapped = value ? stun::parse_xor_address(*value, answer->transaction_id()) : std::nullopt;
    if (!mapped) return;
    asked->seen.mapped = mapped;
    asked->seen.round_trip = now - asked->first_at;
    const auto other_value = answer->find(AttributeType::kOtherAddress);
    const auto other = other_value ? stun::parse_address(*other_value) : std::nullopt;
    if (other && other->ip.family() == from.ip.family() && other->port != 0) add({*other, false}, now);
    look_whether_all_answered(now);
}

void StunTrial::look_whether_all_answered(Instant now) {
    if (has_all(false)) return finish();
    if (has_all(true)) deadline_.arm(std::min(end_, now + kStunTrialGrace));
}

void StunTrial::add(const Server& server, Instant now) {
    const auto is_known = [&](const Asked& one) { return one.seen.server.address == server.address; };
    if (asked_.size() >= kStunTrialServersMax || std::ranges::any_of(asked_, is_known)) return;
    asked_.push_back({{server}, stun::TransactionId(rng_.bytes<stun::kTransactionIdSize>()), now});
    ask(asked_.back());
}

bool StunTrial::has_all(bool needed_only) const {
    return std::ranges::all_of(
        asked_, [&](const Asked& one) { return one.has_answer() || (needed_only && !one.seen.server.is_needed); });
}

void StunTrial::handle_timeout(Timer& timer, Instant now) {
    if (&timer == &deadline_) return finish();
    for (const Asked& one : asked_) {
        if (!one.has_answer()) ask(one);
    }
    resend_.arm(now + kStunTrialResend);
}

void StunTrial::finish() {
    resend_.cancel();
    deadline_.cancel();
    Outcome outcome;
    if (fd_.is_open()) {
        const std::uint16_t port = local_address(fd_.value()).port;
        // A machine may leave for each by another of its addresses.
        for (Asked& one : asked_) {
            if (const auto ip = leaving_for(one.seen.server.address)) one.seen.local = SocketAddress{*ip, port};
            outcome.has_way = outcome.has_way || one.seen.local;
        }
        loop_.unwatch(fd_.value(), *this);
        fd_.reset();
    }
    for (const Asked& one : asked_)
        outcome.seen.push_back(one.seen);
    const Done done = std::exchange(done_, nullptr);
    done(std::move(outcome));
}

} // namespace vv::net
