#include "sim/prober.h"

#include "stun/attributes.h"
#include "stun/binding_server.h"
#include "stun/builder.h"

#include <algorithm>

namespace vv::sim {

Prober::Prober(Host& its_host, std::span<const SocketAddress> stun)
    : App(its_host),
      rng_(its_host.world().new_seed()),
      stun_(stun.begin(), stun.end()),
      next_round_(its_host.time()) {
    for (const IpAddress& ip : its_host.addresses()) {
        const auto socket = its_host.bind_any(ip, *this);
        VV_ASSERT(socket.has_value());
        sockets_.push_back(*socket);
    }
}

std::vector<SocketAddress> Prober::candidates() const {
    std::vector<SocketAddress> all = sockets_;
    all.insert(all.end(), mapped_.begin(), mapped_.end());
    return all;
}

void Prober::learn(const SocketAddress& remote) {
    // The other end may be at the same address of another network; an answer from here says nothing of it.
    if (std::ranges::find(sockets_, remote) != sockets_.end()) return;
    if (std::ranges::find(remotes_, remote) == remotes_.end()) remotes_.push_back(remote);
}

void Prober::ask(const SocketAddress& local, const SocketAddress& to) {
    if (local.ip.family() != to.ip.family()) return;
    const stun::TransactionId id(rng_.bytes<stun::kTransactionIdSize>());
    stun::MessageBuilder(bytes_, stun::Method::kBinding, stun::MessageClass::kRequest, id);
    if (order_.size() == kProbesOpenMax) {
        open_.erase(order_.front());
        order_.pop_front();
    }
    open_[id] = {local, to};
    order_.push_back(id);
    host().send(local, to, bytes_);
}

void Prober::handle_timeout(Instant now) {
    if (now < next_round_) return;
    next_round_ = now + kProbeInterval;
    for (const SocketAddress& local : sockets_) {
        for (const SocketAddress& server : stun_)
            ask(local, server);
        for (const SocketAddress& remote : remotes_)
            ask(local, remote);
    }
}

void Prober::handle_datagram(Instant /*now*/, const Datagram& in) {
    const auto message = stun::parse_message(in.payload);
    if (!message) return;
    if (stun::answer_binding(*message, ClientAddress(in.remote), bytes_)) {
        host().send(in.local, in.remote, bytes_);
        learn(in.remote);
        return;
    }
    const auto question = open_.find(message->transaction_id());
    if (message->message_class() != stun::MessageClass::kSuccess || question == open_.end()) return;
    // RFC 8445 §7.2.5.2.1.
    if (question->second.to != in.remote || question->second.local != in.local) return;
    if (std::ranges::find(stun_, in.remote) == stun_.end()) {
        reached_.insert(in.remote.ip.family());
        return;
    }
    const auto value = message->find(stun::AttributeType::kXorMappedAddress);
    const auto mapped = value ? stun::parse_xor_address(*value, message->transaction_id()) : std::nullopt;
    if (mapped && std::ranges::find(mapped_, *mapped) == mapped_.end()) mapped_.push_back(*mapped);
}

} // namespace vv::sim
