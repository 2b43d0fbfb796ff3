#include "apps/check_relays.h"

#include "apps/check_words.h"
#include "net/ice_servers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <utility>

namespace vv::apps {
namespace {

// Where services that mean to be reached listen for datagrams; a second port of one address shows whether a NAT gives
// each place a mapping of its own.
constexpr std::array<std::uint16_t, 3> kLikelyPorts{3478, 443, 80};

// What is guessed, and not told by the server, is waited for so long: often a firewall swallows what goes there.
constexpr std::chrono::seconds kGuessMax{3};

// Names that are not found by then are not waited for, once somebody can be asked.
constexpr std::chrono::seconds kSearchMax{2};

std::string where(const caller::IceUrl& url) {
    return (url.host.contains(':') ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port);
}

constexpr std::array kTransports{std::pair{CheckPart::kRelayUdp, turn::Transport::kUdp},
                                 std::pair{CheckPart::kRelayTcp, turn::Transport::kTcp},
                                 std::pair{CheckPart::kRelayTls, turn::Transport::kTls}};

// Nobody stands between this machine and those who have answered.
bool has_no_nat(const net::StunTrial::Outcome& outcome) {
    return std::ranges::all_of(outcome.seen,
                               [](const auto& seen) { return !seen.mapped || seen.mapped == seen.local; });
}

std::set<SocketAddress> mappings_of(const net::StunTrial::Outcome& outcome) {
    std::set<SocketAddress> mappings;
    for (const auto& seen : outcome.seen) {
        if (seen.mapped) mappings.insert(*seen.mapped);
    }
    return mappings;
}

} // namespace

std::string nat_words(const net::StunTrial::Outcome& outcome) {
    const std::set<SocketAddress> mappings = mappings_of(outcome);
    const auto answered = std::ranges::count_if(outcome.seen, [](const auto& seen) { return seen.mapped.has_value(); });
    if (mappings.empty()) return "no answer";
    const std::string ip = mappings.begin()->ip.to_string();
    const bool has_one_ip =
        std::ranges::all_of(mappings, [&](const auto& one) { return one.ip == mappings.begin()->ip; });
    if (has_no_nat(outcome)) {
        return has_one_ip ? ip + ", this machine's own: no NAT" : "several addresses, all this machine's own: no NAT";
    }
    if (mappings.size() > 1) {
        return fmt::format(
            "{}, behind a NAT that shows {} ports {} different {}: many direct calls will need the relay",
            has_one_ip ? ip : "several addresses", answered, mappings.size(), has_one_ip ? "ports" : "addresses");
    }
    if (answered == 1) return ip + ", behind a NAT, as one port of the service sees it";
    std::set<IpAddress> answerers;
    for (const auto& seen : outcome.seen) {
        if (seen.mapped) answerers.insert(seen.server.address.ip);
    }
    // A mapping may depend on the address alone (RFC 4787 §4.1), which ports of one address do not show.
    return fmt::format("{}, behind a NAT that shows {} ports of the service the same: good for direct calls{}", ip,
                       answered, answerers.size() > 1 ? "" : ", as far as one address of the service can show");
}

CheckRelays::CheckRelays(net::EventLoop& loop, Rng& rng, const net::HttpUrl& page, std::string trusted_pem)
    : loop_(loop),
      rng_(rng),
      page_(page),
      trusted_pem_(std::move(trusted_pem)),
      search_timer_(loop.timers(), *this) {}

void CheckRelays::begin(const std::vector<caller::IceServer>& servers, const std::vector<std::string>& stun,
                        Duration time_max) {
    end_at_ = loop_.now() + time_max;
    begin_relays(servers);
    search_timer_.arm(loop_.now() + kSearchMax);
    std::vector<caller::IceUrl> urls = net::stun_urls(servers);
    for (const std::string& text : stun) {
        if (auto url = caller::parse_ice_url(text); url && !url->is_relay) urls.push_back(*std::move(url));
    }
    const auto add = [this](const caller::IceUrl& url, bool is_needed) {
        if (std::ranges::any_of(targets_, [&](const auto& one) { return one->url == url; })) return;
        targets_.push_back(std::make_unique<Target>(url, is_needed));
    };
    for (const caller::IceUrl& url : urls)
        add(url, true);
    // A relay's port for datagrams answers STUN as well; where others are named for that, it need not.
    for (const Relay& relay : relays_) {
        if (relay.part != CheckPart::kRelayUdp || !relay.url) continue;
        caller::IceUrl url = *relay.url;
        url.is_relay = false;
        add(url, urls.empty());
    }
    for (const auto& target : targets_) {
        target->search = std::make_unique<net::HostSearch>(
            loop_, target->url.host, target->url.port, net::resolve,
            [this, &target = *target](std::vector<SocketAddress> places) { handle_found(target, std::move(places)); });
    }
}

void CheckRelays::begin_relays(const std::vector<caller::IceServer>& servers) {
    struct Told {
        caller::IceUrl url;
        const caller::IceServer* server = nullptr;
    };
    std::vector<Told> told;
    for (const caller::IceServer& server : servers) {
        for (const std::string& text : server.urls) {
            if (auto url = caller::parse_ice_url(text); url && url->is_relay)
                told.push_back({*std::move(url), &server});
        }
    }
    relays_.resize(kTransports.size());
    for (std::size_t i = 0; i < kTransports.size(); ++i) {
        Relay& relay = relays_.at(i);
        const turn::Transport transport = kTransports.at(i).second;
        relay.part = kTransports.at(i).first;
        auto found = std::ranges::find_if(told, [&](const Told& one) { return one.url.transport == transport; });
        relay.is_told = found != told.end();
        if (relay.is_told) {
            relay.url = found->url;
        } else if (!told.empty() && transport == turn::Transport::kTls && page_.is_tls) {
            found = told.begin();
            relay.url = caller::IceUrl{true, transport, page_.host, page_.port};
        } else if (const auto& by_udp = relays_.front().url;
                   !told.empty() && transport == turn::Transport::kTcp && by_udp) {
            found = told.begin();
            relay.url = caller::IceUrl{true, transport, by_udp->host, by_udp->port};
        }
        if (!relay.url) continue;
        const Duration left = end_at_ - loop_.now();
        relay.trial = std::make_unique<net::TurnTrial>(
            loop_, net::turn_login(*relay.url, *found->server, trusted_pem_),
            relay.is_told ? left : std::min<Duration>(left, kGuessMax), rng_,
            [&relay](const net::TurnTrial::Outcome& outcome) { relay.outcome = outcome; });
    }
}

void CheckRelays::handle_found(Target& target, std::vector<SocketAddress> places) {
    if (!is_stun_begun_) target.places = std::move(places); // else it is too late, and is told as not found
    target.search.reset();
    const bool has_all = std::ranges::none_of(targets_, [](const auto& one) { return one->search != nullptr; });
    if (has_all || (is_search_late_ && has_place())) begin_stun();
}

void CheckRelays::handle_timeout(net::Timer& /*timer*/, Instant /*now*/) {
    is_search_late_ = true;
    if (has_place()) begin_stun();
}

bool CheckRelays::has_place() const {
    return std::ranges::any_of(targets_, [](const auto& one) { return !one->places.empty(); });
}

void CheckRelays::begin_stun() {
    if (is_stun_begun_) return;
    is_stun_begun_ = true;
    for (const AddressFamily family : {AddressFamily::kIpv4, AddressFamily::kIpv6}) {
        std::vector<net::StunTrial::Server> servers;
        const auto add = [&](const SocketAddress& address, bool is_needed) {
            const auto is_there = [&](const auto& one) { return one.address == address; };
            if (std::ranges::none_of(servers, is_there)) servers.push_back({address, is_needed});
        };
        for (const auto& target : targets_) {
            for (const SocketAddress& place : target->places) {
                if (place.ip.family() == family) add(place, target->is_needed);
            }
        }
        for (const net::StunTrial::Server& server : std::vector(servers)) {
            for (const std::uint16_t port : kLikelyPorts)
                add({server.address.ip, port}, false);
        }
        if (servers.empty()) continue;
        const Duration left = std::max<Duration>(end_at_ - loop_.now(), {});
        const bool is_needed = std::ranges::any_of(servers, &net::StunTrial::Server::is_needed);
        stun_trials_.push_back(std::make_unique<net::StunTrial>(
            loop_, servers, is_needed ? left : std::min<Duration>(left, kGuessMax), rng_,
            [this](net::StunTrial::Outcome outcome) { stun_.push_back(std::move(outcome)); }));
    }
}

bool CheckRelays::is_done() const {
    const bool has_stun = targets_.empty() || (is_stun_begun_ && stun_.size() == stun_trials_.size());
    return has_stun && std::ranges::all_of(relays_, [](const Relay& relay) { return !relay.trial || relay.outcome; });
}

RelaysFound CheckRelays::found() const {
    RelaysFound found{.is_known = true};
    for (const Relay& relay : relays_) {
        found.is_offered = found.is_offered || relay.is_told;
        found.works = found.works || (relay.is_told && relay.outcome && relay.outcome->works());
    }
    return found;
}

std::vector<CheckFinding> CheckRelays::findings() const {
    std::vector<CheckFinding> findings;
    findings.push_back(stun_finding());
    for (const Relay& relay : relays_)
        findings.push_back(finding_of_relay(relay));
    return findings;
}

CheckFinding CheckRelays::stun_finding() const {
    CheckFinding finding{CheckPart::kStun, CheckState::kWorks, {}, {}, {}};
    if (targets_.empty()) {
        finding.state = CheckState::kAbsent;
        finding.what = "the server names nobody to be asked";
        return finding;
    }
    std::string silent;
    std::string refusing;
    double most = 0;
    std::optional<double> fastest;
    const bool has_any_way = std::ranges::any_of(stun_, &net::StunTrial::Outcome::has_way);
    for (const net::StunTrial::Outcome& outcome : stun_) {
        // A family that this network does not have is nobody's fault while it has the other.
        if (has_any_way && !outcome.has_way) continue;
        bool has_answer = false;
        for (const auto& seen : outcome.seen) {
            has_answer = has_answer || seen.mapped;
            if (seen.mapped) fastest = std::min(fastest.value_or(1e9), seconds_of(seen.round_trip));
            if (seen.mapped || !seen.server.is_needed) continue;
            const std::string address = seen.server.address.to_string();
            if (seen.refused == 0) {
                silent += (silent.empty() ? "" : ", ") + address;
            } else {
                refusing +=
                    fmt::format("{}{} answers with error {}", refusing.empty() ? "" : ", ", address, seen.refused);
            }
        }
        if (!has_answer) continue;
        finding.what += (finding.what.empty() ? "" : "; ") + nat_words(outcome);
        most = std::max(most, has_no_nat(outcome) ? 1 : static_cast<double>(mappings_of(outcome).size()));
    }
    if (!silent.empty()) {
        finding.what = "no answer from " + silent + (finding.what.empty() ? "" : "; ") + finding.what;
        finding.advice = "UDP to that port has to pass the firewalls, of the server and of this network";
    }
    if (!refusing.empty()) {
        finding.what = refusing + (finding.what.empty() ? "" : "; ") + finding.what;
        finding.advice += (finding.advice.empty() ? "" : "; ") + std::string("what listens there may give no STUN");
    }
    std::string unknown;
    for (const auto& target : targets_) {
        if (target->is_needed && target->places.empty() && !unknown.contains(target->url.host))
            unknown += (unknown.empty() ? "" : ", ") + target->url.host;
    }
    if (!unknown.empty()) {
        finding.what = "no address is known for " + unknown + (finding.what.empty() ? "" : "; ") + finding.what;
        finding.advice += (finding.advice.empty() ? "" : "; ") + advice_for(net::FetchFailure::kNoSuchHost);
    }
    if (finding.what.empty()) {
        finding.state = CheckState::kFails;
        finding.what = "nobody could be asked";
    }
    if (!silent.empty() || !refusing.empty() || !unknown.empty()) finding.state = CheckState::kFails;
    if (fastest) finding.numbers = {{"mappings", most}, {"round_trip_seconds", *fastest}};
    return finding;
}

CheckFinding CheckRelays::finding_of_relay(const Relay& relay) const {
    if (!relay.url) {
        const bool is_tls = relay.part == CheckPart::kRelayTls;
        return {relay.part,
                CheckState::kAbsent,
                is_tls && !page_.is_tls ? "without a certificate there is none" : "the server names none",
                {},
                {}};
    }
    const net::TurnTrial::Outcome outcome = relay.outcome.value_or(net::TurnTrial::Outcome());
    CheckFinding finding = finding_of(relay.part, where(*relay.url), outcome);
    if (relay.is_told) return finding;
    if (outcome.works()) {
        finding.what += "; browsers are not told of it";
        return finding;
    }
    return {
        relay.part, CheckState::kAbsent, "the server names none, and there is none at " + where(*relay.url), {}, {}};
}

} // namespace vv::apps
