// A STUN server on a simulated host: stun::answer_binding with a socket.
#pragma once

#include "sim/host.h"
#include "stun/binding_server.h"

namespace vv::sim {

class BindingHost final : public App {
public:
    /// Answers at this port of each of the host's addresses.
    BindingHost(Host& its_host, std::uint16_t port) : App(its_host) {
        for (const IpAddress& ip : its_host.addresses())
            VV_ASSERT(its_host.bind({ip, port}, *this));
    }

    void handle_datagram(Instant /*now*/, const Datagram& in) override {
        const auto message = stun::parse_message(in.payload);
        if (!message || !stun::answer_binding(*message, ClientAddress(in.remote), answer_)) return;
        host().send(in.local, in.remote, answer_);
    }

private:
    ByteBuffer answer_;
};

} // namespace vv::sim
