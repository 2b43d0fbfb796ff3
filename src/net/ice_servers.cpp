#include "net/ice_servers.h"

#include <algorithm>
#include <utility>

namespace vv::net {
namespace {

struct Told {
    caller::IceUrl url;
    const signal::IceServer* by = nullptr;
};

std::vector<Told> read(const std::vector<signal::IceServer>& servers, bool are_relays) {
    std::vector<Told> told;
    for (const signal::IceServer& server : servers) {
        for (const std::string& text : server.urls) {
            auto url = caller::parse_ice_url(text);
            if (url && url->is_relay == are_relays && std::ranges::find(told, *url, &Told::url) == told.end())
                told.push_back({*std::move(url), &server});
        }
    }
    return told;
}

} // namespace

TurnLogin turn_login(const caller::IceUrl& url, const signal::IceServer& server, const std::string& trusted_pem) {
    TurnLogin login;
    login.server.port = url.port;
    if (const auto ip = IpAddress::parse(url.host))
        login.server.ip = *ip;
    else
        login.host = url.host;
    login.transport = url.transport;
    login.username = server.username;
    login.password = server.credential;
    login.trusted_pem = trusted_pem;
    return login;
}

std::vector<TurnLogin> turn_logins(const std::vector<signal::IceServer>& servers, const std::string& trusted_pem) {
    std::vector<TurnLogin> logins;
    for (const auto& [url, server] : read(servers, true))
        logins.push_back(turn_login(url, *server, trusted_pem));
    return logins;
}

std::vector<caller::IceUrl> stun_urls(const std::vector<signal::IceServer>& servers) {
    std::vector<caller::IceUrl> urls;
    for (const auto& [url, server] : read(servers, false))
        urls.push_back(url);
    return urls;
}

} // namespace vv::net
