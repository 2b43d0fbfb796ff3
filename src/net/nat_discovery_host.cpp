#include "net/nat_discovery_host.h"

#include "net/socket.h"

#include <algorithm>
#include <stdexcept>

namespace vv::net {
namespace {

constexpr std::size_t kDatagramsPerRound = 256;

} // namespace

class NatDiscoveryHost::Place final : public EventHandler {
public:
    Place(NatDiscoveryHost& host, const SocketAddress& address) : host_(host), socket_(address, false) {
        if (!host_.loop_.watch(socket_.fd(), EPOLLIN, *this)) {
            throw std::runtime_error("cannot watch UDP on " + address.to_string());
        }
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { host_.loop_.unwatch(socket_.fd(), *this); }

    void handle_ready(std::uint32_t /*events*/) override {
        socket_.receive(host_.buffers_, kDatagramsPerRound,
                        [this](const ReceivedDatagram& in) { host_.handle(*this, in); });
    }
    [[nodiscard]] const UdpSocket& socket() const { return socket_; }

private:
    NatDiscoveryHost& host_;
    UdpSocket socket_;
};

NatDiscoveryHost::NatDiscoveryHost(EventLoop& loop, Rng& rng, Metrics& metrics, const stun::NatDiscoveryPlaces& places)
    : loop_(loop),
      machine_(places, rng.bytes<crypto::kSipHashKeySize>()),
      answers_(
          metrics.counter("visavis_nat_discovery_answers_total", "Answers for the discovery of a NAT's behaviour.")),
      ignored_(metrics.counter("visavis_nat_discovery_ignored_total",
                               "Datagrams to the ports of NAT discovery that got no answer.")) {
    std::vector<IpAddress> addresses{places.ip};
    if (places.other_ip) addresses.push_back(*places.other_ip);
    for (const IpAddress& ip : addresses) {
        for (const std::uint16_t port : {places.port, places.other_port})
            places_.push_back(std::make_unique<Place>(*this, SocketAddress{ip, port}));
    }
}

NatDiscoveryHost::~NatDiscoveryHost() = default;

void NatDiscoveryHost::handle(const Place& place, const ReceivedDatagram& in) {
    const auto answer =
        machine_.handle_input(loop_.now(), place.socket().bound(), ClientAddress(in.remote), in.payload);
    if (!answer) {
        ignored_.add();
        return;
    }
    const auto from = std::ranges::find_if(
        places_, [&](const std::unique_ptr<Place>& candidate) { return candidate->socket().bound() == answer->from; });
    VV_ASSERT(from != places_.end());
    if ((*from)->socket().send({}, answer->to, {}, answer->bytes)) answers_.add();
}

} // namespace vv::net
