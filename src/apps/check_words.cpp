#include "apps/check_words.h"

#include "apps/fetch_reason.h"
#include "base/socket_address.h"
#include "stun/attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace vv::apps {
namespace {

// A call in which more is lost can be heard to.
constexpr double kLossMuch = 0.05;

// Packets that may be under way, or lie unread, when a call is left: of sound for half a second.
constexpr std::uint64_t kUnderWay = 25;

struct Loss {
    std::uint64_t received = 0;
    std::uint64_t lost = 0;

    // The numbers that packets bear tell nothing of what was lost behind the last that came; the other end does.
    void add(const peer::SendStats& sent, const peer::ReceiveStats& stats) {
        const auto gaps = static_cast<std::uint64_t>(std::max<std::int64_t>(stats.lost, 0));
        const std::uint64_t told = stats.packets + kUnderWay;
        received += stats.packets;
        lost += std::max(gaps, sent.packets > told ? sent.packets - told : 0);
    }
    [[nodiscard]] double ratio() const {
        const std::uint64_t all = received + lost;
        return all == 0 ? 0 : static_cast<double>(lost) / static_cast<double>(all);
    }
};

std::string_view name_of(srtp::Profile profile) {
    switch (profile) {
    case srtp::Profile::kAes128CmSha1:
        return "AES-128-CM";
    case srtp::Profile::kAes128Gcm:
        return "AES-128-GCM";
    case srtp::Profile::kAes256Gcm:
        return "AES-256-GCM";
    }
    return "";
}

std::string way_of(const call::Report& report) {
    if (!report.path) return "by an unknown way";
    if (!report.path->is_relayed()) return "directly";
    if (!report.path->own_relay) return "through the relay";
    switch (*report.path->own_relay) {
    case ice::RelayProtocol::kUdp:
        break;
    case ice::RelayProtocol::kTcp:
        return "through the relay by TCP";
    case ice::RelayProtocol::kTls:
        return "through the relay by TLS";
    }
    return "through the relay by UDP";
}

std::string keys_of(const call::Report& report) {
    if (!report.security) return "without keys";
    const auto srtp = report.security->srtp ? std::string(name_of(*report.security->srtp)) : "";
    return "DTLS-SRTP" + (srtp.empty() ? "" : " (" + srtp + ")");
}

std::string refusal(const turn::Ended& ended) {
    using stun::ErrorCode;
    switch (static_cast<ErrorCode>(ended.code)) {
    case ErrorCode::kUnauthenticated:
        return "it does not take the name and password that the server gives out";
    case ErrorCode::kAllocationQuotaReached:
        return "it has no more relayed addresses for one user or for this address";
    case ErrorCode::kInsufficientCapacity:
        return "it is full, or stopping";
    default:
        return fmt::format("it refuses (error {})", ended.code);
    }
}

std::string advice_for_refusal(const turn::Ended& ended) {
    using stun::ErrorCode;
    switch (static_cast<ErrorCode>(ended.code)) {
    case ErrorCode::kUnauthenticated:
        return "turn.secrets has to be the same at the server and at the relay";
    case ErrorCode::kAllocationQuotaReached:
        return "try again later, or let turn.allocations_per_user and turn.allocations_per_address be more";
    case ErrorCode::kInsufficientCapacity:
        return "try again later; if it stays so, the relay needs more room: turn.relay_ports, or another beside it";
    default:
        return "the relay's log may say why";
    }
}

constexpr std::string_view transport_of(CheckPart part) {
    return part == CheckPart::kRelayUdp ? "UDP" : "TCP";
}

// What stands in the way between here and a relay that says nothing.
std::string firewall_advice(CheckPart part, const std::string& where) {
    const auto address = SocketAddress::parse(where);
    const std::size_t colon = where.rfind(':');
    const std::string port = address ? std::to_string(address->port) : where.substr(colon + 1);
    return fmt::format("{} to port {} has to pass the firewalls, of the server and of this network", transport_of(part),
                       port);
}

constexpr const char* kOtherThanTurn = "what listens there may be something else than TURN";

// What to do where no way leads to a relay.
std::string advice_for_way(CheckPart part, const std::string& where, net::FetchFailure failure) {
    using enum net::FetchFailure;
    switch (failure) {
    case kNobodyAnswers:
    case kTooSlow:
        return firewall_advice(part, where);
    case kNoSuchHost:
    case kNotTrusted:
        return advice_for(failure);
    case kNoTls:
    case kBroken:
    case kUnreadable:
    case kTooLarge:
        return kOtherThanTurn;
    }
    return {};
}

std::pair<std::string, std::string> why_of(CheckPart part, const std::string& where,
                                           const net::TurnTrial::Outcome& outcome) {
    using Step = net::TurnTrial::Step;
    if (outcome.failure) {
        const std::size_t colon = where.rfind(':');
        net::HttpUrl place;
        place.is_tls = part == CheckPart::kRelayTls;
        place.host = where.substr(0, colon);
        if (place.host.starts_with('[')) place.host = place.host.substr(1, place.host.size() - 2);
        place.port = static_cast<std::uint16_t>(std::stoul(where.substr(colon + 1)));
        return {fetch_reason(place, *outcome.failure), advice_for_way(part, where, outcome.failure->failure)};
    }
    if (outcome.refused != 0) {
        return {
            fmt::format("{} gives addresses and lets nobody be reached from them (error {})", where, outcome.refused),
            "its own relayed addresses have to be open to it: is one of them in what it denies (turn.deny_peers)?"};
    }
    if (outcome.ended && outcome.ended->why == turn::Ended::Why::kRefused) {
        return {where + " answers; " + refusal(*outcome.ended), advice_for_refusal(*outcome.ended)};
    }
    if (outcome.step == Step::kPacket) {
        return {where + " gives addresses, and nothing passes from one to the other",
                "turn.public_address has to be the address that leads to the relay, and UDP to turn.relay_ports has to "
                "pass its firewall"};
    }
    if (outcome.step == Step::kPermission)
        return {where + " gives addresses, and then stops answering",
                "is the relay too busy, or the line to it bad? its log and metrics may say"};
    if (outcome.ended && outcome.ended->why == turn::Ended::Why::kBroken) {
        return {where + " takes the connection, and what it says is no TURN", kOtherThanTurn};
    }
    if (outcome.ended && outcome.ended->why == turn::Ended::Why::kUnusable) {
        return {where + " answers, and what it gives is no relayed address that can be used",
                "turn.public_address has to be an address by which the relay is reached"};
    }
    return {"no answer from " + where, firewall_advice(part, where)};
}

} // namespace

std::string milliseconds_of(double seconds) {
    constexpr double kMilli = 1000;
    return seconds < 0.01 ? fmt::format("{:.1f} ms", seconds * kMilli) : fmt::format("{:.0f} ms", seconds * kMilli);
}

bool is_this_machine(std::string_view host) {
    const auto ip = IpAddress::parse(host);
    return host == "localhost" || host.ends_with(".localhost") || (ip && ip->is_loopback());
}

std::string advice_for(net::FetchFailure failure) {
    using enum net::FetchFailure;
    switch (failure) {
    case kNoSuchHost:
        return "look at the spelling, and at the name's A and AAAA records";
    case kNobodyAnswers:
    case kTooSlow:
        return "is the server running, and does TCP to its port pass the firewalls?";
    case kNoTls:
        return "a page without TLS has an address that begins with http://";
    case kNotTrusted:
        return "browsers warn of it too; if it is the server's own, name its file with --trust";
    case kBroken:
    case kUnreadable:
    case kTooLarge:
        return "is it a visavis that answers there?";
    }
    return {};
}

std::string signaling_advice(const std::optional<net::WebSocketEnd>& end) {
    // What is busy, leads elsewhere or has closed the connection itself has said so, and knows WebSockets.
    const int status = end ? end->status : 0;
    const bool is_other = (status >= 200 && status < 300) || (status >= 400 && status < 500 && status != 429);
    const bool is_silent = !end || (status == 0 && end->why && end->why->failure == net::FetchFailure::kTooSlow);
    return is_other || is_silent ? "what stands before the server has to pass on WebSockets, at /ws" : "";
}

std::string advice_for_call(bool is_relayed) {
    return is_relayed
               ? "turn.public_address has to be the address that leads to the relay, and UDP to turn.relay_ports "
                 "has to pass its firewall"
               : "both ends are on this machine: its own firewall may shut out UDP";
}

CheckFinding finding_of(CheckPart part, const std::array<call::Report, 2>& reports, Duration connect_time) {
    Loss sound;
    Loss picture;
    for (std::size_t i = 0; i < reports.size(); ++i) {
        const call::Report& own = reports.at(i);
        const call::Report& other = reports.at(1 - i);
        sound.add(other.sound.sent, own.sound.received);
        picture.add(other.picture.sent, own.picture.received);
    }
    const call::Report& first = reports.front();
    const bool is_relayed = first.path && first.path->is_relayed();
    const double round_trip = first.round_trip ? seconds_of(*first.round_trip) : 0;
    CheckFinding finding{part, CheckState::kWorks, {}, {}, {}};
    const std::uint64_t all = sound.received + sound.lost + picture.received + picture.lost;
    const std::uint64_t lost = sound.lost + picture.lost;
    finding.what = fmt::format("{}, {}; sound and picture both ways {} after both were there", way_of(first),
                               keys_of(first), milliseconds_of(seconds_of(connect_time)));
    finding.what +=
        lost == 0 ? fmt::format(", none of {} packets lost", all) : fmt::format(", {} of {} packets lost", lost, all);
    if (first.round_trip) finding.what += ", round trip " + milliseconds_of(round_trip);
    finding.numbers = {{"connect_seconds", seconds_of(connect_time)},
                       {"sound_loss_ratio", sound.ratio()},
                       {"picture_loss_ratio", picture.ratio()},
                       {"relayed", is_relayed ? 1 : 0}};
    if (first.round_trip) finding.numbers.emplace_back("round_trip_seconds", round_trip);
    if (std::max(sound.ratio(), picture.ratio()) > kLossMuch) {
        finding.state = CheckState::kFails;
        finding.advice = "so much loss is heard and seen: is the line, the server or this machine too slow?";
    }
    return finding;
}

CheckFinding finding_of(CheckPart part, const std::string& where, const net::TurnTrial::Outcome& outcome) {
    CheckFinding finding{part, CheckState::kFails, {}, {}, {}};
    if (!outcome.works()) {
        std::tie(finding.what, finding.advice) = why_of(part, where, outcome);
        return finding;
    }
    finding.state = CheckState::kWorks;
    finding.what =
        fmt::format("{}: two addresses after {}, and a packet from one to the other and back in {}", where,
                    milliseconds_of(seconds_of(outcome.relay)), milliseconds_of(seconds_of(outcome.round_trip)));
    finding.numbers = {{"seconds", seconds_of(outcome.relay)}, {"round_trip_seconds", seconds_of(outcome.round_trip)}};
    return finding;
}

} // namespace vv::apps
