#include "api/ice_servers.h"

#include "net/ice_servers.h"

#include <stdexcept>
#include <utility>

namespace vv::api {

IceServers read_ice_servers(const std::vector<visavis::IceServer>& servers) {
    IceServers read;
    for (const visavis::IceServer& server : servers) {
        const auto url = caller::parse_ice_url(server.url);
        if (!url) throw std::invalid_argument("not an ICE server: " + server.url);
        if (!url->is_relay) {
            read.stun.push_back(*url);
            continue;
        }
        if (server.username.empty() || server.credential.empty()) {
            throw std::invalid_argument("a TURN server needs a username and a credential: " + server.url);
        }
        const signal::IceServer login{
            .urls = {server.url}, .username = server.username, .credential = server.credential};
        read.relays.push_back(net::turn_login(*url, login, server.trusted_pem));
    }
    return read;
}

StunPlaces::StunPlaces(net::EventLoop& loop, std::vector<caller::IceUrl> servers, Found found, All all,
                       net::NameLookup::Resolve resolve)
    : loop_(loop),
      servers_(std::move(servers)),
      found_(std::move(found)),
      all_(std::move(all)),
      resolve_(std::move(resolve)),
      timer_(loop.timers(), *this) {}

void StunPlaces::begin() {
    std::vector<SocketAddress> said;
    for (const caller::IceUrl& server : servers_) {
        if (const auto ip = IpAddress::parse(server.host)) {
            said.push_back({*ip, server.port});
            continue;
        }
        ++searching_;
        searches_.push_back(std::make_unique<net::HostSearch>(loop_, server.host, server.port, resolve_,
                                                              [this](const std::vector<SocketAddress>& found) {
                                                                  if (!found.empty()) found_(net::one_of_each(found));
                                                                  if (--searching_ == 0) finish();
                                                              }));
    }
    if (searching_ > 0) timer_.arm(loop_.now() + kSearchTimeMax);
    if (!said.empty()) found_(said);
    if (searching_ == 0) finish();
}

void StunPlaces::handle_timeout(net::Timer& /*timer*/, Instant /*now*/) {
    searches_.clear();
    finish();
}

void StunPlaces::finish() {
    timer_.cancel();
    all_();
}

} // namespace vv::api
