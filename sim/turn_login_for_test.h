// A TURN server as production has it, and credentials that it takes.
#pragma once

#include "sim/meeting.h"
#include "sim/turn_host.h"
#include "sim/turn_user.h"
#include "turn/rest_credential.h"

#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

namespace vv::sim {

inline const ByteBuffer kTurnSecret{'a', ' ', 's', 'e', 'c', 'r', 'e', 't'};

/// consent: nothing is relayed but ICE, and what it has agreed on.
inline turn::ServerConfig turn_config(const Host& host, bool consent) {
    turn::ServerConfig config;
    config.secrets = {{.bytes = kTurnSecret, .consent = consent}};
    for (const IpAddress& ip : host.addresses())
        (ip.is_v4() ? config.ipv4 : config.ipv6) = turn::RelayAddress{ip, ip};
    config.quotas.per_user = 64;
    config.server_ports = {49'152, 50'175}; // a pool of all is a good part of what a short call costs
    return config;
}

/// On every address of the host: by UDP and TCP on 3478, and as TLS is on 443.
inline TurnHost& run_turn_server(Host& host, std::size_t machines = 1, bool consent = false) {
    std::vector<TurnPlace> places;
    for (const IpAddress& ip : host.addresses()) {
        places.push_back({{ip, kStunPort}, turn::Transport::kUdp});
        places.push_back({{ip, kStunPort}, turn::Transport::kTcp});
        places.push_back({{ip, kTlsPort}, turn::Transport::kTls});
    }
    return host.run<TurnHost>(turn_config(host, consent), std::move(places), machines);
}

inline TurnLogin test_login(const SocketAddress& server, turn::Transport transport = turn::Transport::kUdp) {
    using namespace std::chrono_literals;
    const WallTime expiry = kWallBeginning + 40h;
    const auto credential = turn::make_rest_credential(kTurnSecret, expiry, 24h, turn::CredentialClass::kCall, "bGVn");
    return {server, transport, credential.username, credential.password};
}

/// At every address of the server: by UDP and, as browsers do where that is shut, by TLS on port 443. For both
/// families.
inline std::vector<TurnLogin> test_logins(const Host& server) {
    std::vector<TurnLogin> logins;
    for (const IpAddress& ip : server.addresses()) {
        for (const auto& [transport, port] :
             {std::pair(turn::Transport::kUdp, kStunPort), std::pair(turn::Transport::kTls, kTlsPort)}) {
            logins.push_back(test_login({ip, port}, transport));
            logins.back().dual = true;
        }
    }
    return logins;
}

} // namespace vv::sim
