#include "ice/gathering.h"

#include "ice/limits.h"
#include "stun/attributes.h"
#include "stun/binding_server.h"
#include "stun/builder.h"
#include "stun/integrity.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vv::ice {
namespace {

using stun::AttributeType;

/// A relay over TCP or TLS comes behind every one over UDP: what a stream repeats, it delays.
constexpr std::uint16_t kProtocolPenalty = 0x1000;

constexpr std::array kUnderstoodInAnswers{AttributeType::kXorMappedAddress, AttributeType::kMappedAddress};

// RFC 8489 §6.3.3: an answer with something in it that must be understood and is not has failed.
std::optional<SocketAddress> mapped_address_in(const stun::Message& answer) {
    if (answer.message_class() != stun::MessageClass::kSuccess) return std::nullopt;
    if (answer.fingerprint_offset() && !stun::verify_fingerprint(answer)) return std::nullopt;
    if (!stun::unknown_attributes(answer, kUnderstoodInAnswers).empty()) return std::nullopt;
    const auto value = answer.find(AttributeType::kXorMappedAddress);
    return value ? stun::parse_xor_address(*value, answer.transaction_id()) : std::nullopt;
}

// RFC 8839 §5.1: what is told in place of a related address that is not to be known.
SocketAddress nowhere_like(const SocketAddress& address) {
    return {address.ip.is_v4() ? IpAddress() : IpAddress::v6({}), 0};
}

} // namespace

Gathering::Gathering(std::vector<SocketAddress> stun_servers, Rng& rng)
    : servers_(std::move(stun_servers)),
      rng_(rng),
      foundation_key_(rng.bytes<crypto::kSipHashKeySize>()) {
    if (servers_.size() > kStunServersMax) servers_.resize(kStunServersMax);
}

// ---- transports

const LocalCandidate* Gathering::find(TransportId via) const {
    const auto found = std::ranges::find(bases_, via, &LocalCandidate::via);
    return found == bases_.end() ? nullptr : &*found;
}

bool Gathering::can_add(TransportId id, const SocketAddress& address) const {
    return bases_.size() < kTransportsMax && find(id) == nullptr && is_usable(address);
}

// By falling preference in the order of coming, with room for a transport's reflexive candidates before the next one.
std::uint16_t Gathering::take_preference() {
    const std::uint16_t taken = next_preference_;
    next_preference_ = static_cast<std::uint16_t>(next_preference_ - kPreferenceStep);
    return taken;
}

const LocalCandidate* Gathering::add_base(LocalCandidate base, Candidate candidate) {
    candidate.type = base.type;
    candidate.address = base.address;
    candidate.foundation = base.foundation;
    candidate.priority = base.priority;
    add_candidate(std::move(candidate), base.via);
    return &bases_.emplace_back(std::move(base));
}

bool Gathering::add_server(Instant now, const SocketAddress& server) {
    if (servers_.size() == kStunServersMax || std::ranges::find(servers_, server) != servers_.end()) return false;
    servers_.push_back(server);
    for (const LocalCandidate& base : bases_) {
        if (base.type == CandidateType::kHost) add_probe(now, base.via, base.address, server);
    }
    return true;
}

void Gathering::add_probe(Instant now, TransportId via, const SocketAddress& address, const SocketAddress& server) {
    if (server.ip.family() != address.ip.family()) return;
    probes_.push_back({.via = via, .server = server, .due_at = now, .running = {}});
}

const LocalCandidate* Gathering::add_host(Instant now, const HostTransport& host) {
    if (!can_add(host.id, host.address)) return nullptr;
    const std::uint16_t preference = take_preference();
    if (!host.name.empty()) named_.push_back(host.id);
    for (const SocketAddress& server : servers_)
        add_probe(now, host.id, host.address, server);
    return add_base({.via = host.id,
                     .type = CandidateType::kHost,
                     .address = host.address,
                     .foundation = foundation_of({CandidateType::kHost, host.address.ip, {}, {}}),
                     .priority = candidate_priority(CandidateType::kHost, preference),
                     .reflexive_priority = candidate_priority(CandidateType::kPeerReflexive, preference)},
                    {.name = host.name});
}

const LocalCandidate* Gathering::add_relay(const RelayTransport& relay) {
    if (!can_add(relay.id, relay.relayed)) return nullptr;
    const auto penalty = static_cast<std::uint16_t>(kProtocolPenalty * static_cast<std::uint16_t>(relay.protocol));
    const auto preference = static_cast<std::uint16_t>(take_preference() - penalty);
    return add_base(
        {.via = relay.id,
         .type = CandidateType::kRelayed,
         .address = relay.relayed,
         .foundation = foundation_of({CandidateType::kRelayed, relay.relayed.ip, relay.server, relay.protocol}),
         .priority = candidate_priority(CandidateType::kRelayed, preference),
         .reflexive_priority = candidate_priority(CandidateType::kPeerReflexive, preference),
         .relay = relay.protocol},
        {.related = relay.mapped});
}

void Gathering::remove(TransportId via) {
    std::erase_if(bases_, [&](const LocalCandidate& base) { return base.via == via; });
    std::erase_if(locals_, [&](const Local& local) { return local.via == via; });
    std::erase_if(probes_, [&](const Probe& probe) { return probe.via == via; });
    std::erase(named_, via);
}

void Gathering::restart(Instant now) {
    std::erase_if(locals_, [](const Local& local) { return local.candidate.type == CandidateType::kServerReflexive; });
    for (Local& local : locals_)
        local.told = false;
    for (Probe& probe : probes_) {
        probe.running.reset();
        probe.settled = false;
        probe.due_at = now;
    }
    finished_ = false;
    keeps_mappings_ = true;
}

// ---- candidates

// Keyed, so that nobody can try out which private address stands behind one that only a name is told of.
std::string Gathering::foundation_of(const Kinship& kinship) const {
    ByteBuffer bytes;
    ByteWriter writer(bytes);
    writer.write_u8(static_cast<std::uint8_t>(kinship.type));
    writer.write_u8(static_cast<std::uint8_t>(kinship.protocol));
    writer.write(kinship.base.bytes());
    writer.write(kinship.server.bytes());
    return std::to_string(static_cast<std::uint32_t>(crypto::siphash(foundation_key_, bytes)));
}

void Gathering::add_candidate(Candidate candidate, TransportId via) {
    if (locals_.size() < kLocalCandidatesMax) locals_.push_back({std::move(candidate), via});
}

// RFC 8445 §5.1.3: the same address from the same base is the same candidate. One that appears after the end of
// gathering was told (RFC 8838 §13) is of no use to the peer.
void Gathering::add_reflexive(const LocalCandidate& base, const SocketAddress& mapped, const IpAddress& server) {
    const auto is_same = [&](const Local& local) { return local.via == base.via && local.candidate.address == mapped; };
    if (is_done() || !is_usable(mapped) || mapped == base.address || std::ranges::any_of(locals_, is_same)) return;
    // RFC 8445 §5.1.2: no two of one type have the same priority.
    const auto before = std::ranges::count_if(locals_, [&](const Local& local) {
        return local.via == base.via && local.candidate.type == CandidateType::kServerReflexive;
    });
    if (before == kPreferenceStep) return;
    const bool is_named = std::ranges::find(named_, base.via) != named_.end();
    const auto preference = static_cast<std::uint16_t>((base.priority >> 8U) - static_cast<std::uint32_t>(before));
    Candidate candidate{.foundation = foundation_of({CandidateType::kServerReflexive, base.address.ip, server, {}}),
                        .priority = candidate_priority(CandidateType::kServerReflexive, preference),
                        .type = CandidateType::kServerReflexive,
                        .address = mapped,
                        .related = is_named ? nowhere_like(mapped) : base.address};
    add_candidate(std::move(candidate), base.via);
}

std::optional<Candidate> Gathering::poll_candidate() {
    const auto untold = std::ranges::find(locals_, false, &Local::told);
    if (untold == locals_.end()) return std::nullopt;
    untold->told = true;
    Candidate candidate = untold->candidate;
    if (!candidate.name.empty()) candidate.address.ip = {};
    if (candidate.related && is_behind_name(candidate.related->ip)) {
        candidate.related = nowhere_like(*candidate.related);
    }
    return candidate;
}

bool Gathering::is_behind_name(const IpAddress& ip) const {
    return std::ranges::any_of(named_, [&](TransportId via) {
        const LocalCandidate* base = find(via);
        return base != nullptr && base->address.ip == ip;
    });
}

bool Gathering::is_done() const {
    return finished_ && std::ranges::all_of(probes_, &Probe::settled);
}

CandidateType Gathering::type_of(const LocalCandidate& base, const SocketAddress& mapped) const {
    if (mapped == base.address || base.type == CandidateType::kRelayed) return base.type;
    const auto is_it = [&](const Local& local) { return local.via == base.via && local.candidate.address == mapped; };
    return std::ranges::any_of(locals_, is_it) ? CandidateType::kServerReflexive : CandidateType::kPeerReflexive;
}

// ---- asking the servers

void Gathering::let_mappings_go() {
    keeps_mappings_ = false;
    for (Probe& probe : probes_) {
        if (probe.settled) probe.due_at.reset();
    }
}

bool Gathering::start_next(Instant now) {
    const auto due = std::ranges::find_if(
        probes_, [&](const Probe& probe) { return !probe.running && probe.due_at && *probe.due_at <= now; });
    if (due == probes_.end()) return false;
    const stun::TransactionId id(rng_.bytes<stun::kTransactionIdSize>());
    ByteBuffer request;
    stun::MessageBuilder(request, stun::Method::kBinding, stun::MessageClass::kRequest, id);
    stun::RequestTiming timing = stun::RequestTiming::datagram(round_trip_);
    timing.requests_max = kProbeRequestsMax;
    due->running.emplace(now, id, std::move(request), timing);
    return true;
}

std::optional<Instant> Gathering::next_start() const {
    std::optional<Instant> next;
    for (const Probe& probe : probes_) {
        if (!probe.running && probe.due_at && (!next || *probe.due_at < *next)) next = probe.due_at;
    }
    return next;
}

std::size_t Gathering::waiting_count(Instant now) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        probes_, [&](const Probe& probe) { return !probe.running && probe.due_at && *probe.due_at <= now; }));
}

const LocalCandidate& Gathering::base_of(const Probe& probe) const {
    const LocalCandidate* base = find(probe.via);
    VV_ASSERT(base != nullptr); // removed with its probes
    return *base;
}

void Gathering::settle(Probe& probe, std::optional<Instant> ask_again_at) {
    probe.running.reset();
    probe.settled = true;
    probe.due_at = keeps_mappings_ ? ask_again_at : std::nullopt;
}

bool Gathering::handle_answer(Instant now, const Route& route, const stun::Message& answer) {
    for (Probe& probe : probes_) {
        const bool is_its_way = probe.via == route.via && probe.server == route.remote;
        if (!is_its_way || !probe.running || !probe.running->is_answer(answer)) continue;
        const auto round_trip = probe.running->round_trip(now);
        const auto mapped = mapped_address_in(answer);
        if (round_trip && mapped) round_trip_.handle_sample(*round_trip);
        if (mapped) add_reflexive(base_of(probe), {mapped->ip.unmapped(), mapped->port}, probe.server.ip);
        settle(probe, mapped ? std::optional(now + kMappingKeepalive) : std::nullopt);
        return true;
    }
    return false;
}

void Gathering::handle_timeout(Instant now) {
    for (Probe& probe : probes_) {
        if (!probe.running) continue;
        probe.running->handle_timeout(now);
        if (probe.running->has_timed_out()) settle(probe, std::nullopt);
    }
}

std::optional<Transmit> Gathering::poll_transmit() {
    for (Probe& probe : probes_) {
        if (!probe.running) continue;
        if (const auto request = probe.running->poll_transmit()) {
            return Transmit{{probe.via, probe.server}, {request->begin(), request->end()}};
        }
    }
    return std::nullopt;
}

std::optional<Instant> Gathering::poll_timeout() const {
    std::optional<Instant> next;
    for (const Probe& probe : probes_) {
        const auto deadline = probe.running ? probe.running->poll_timeout() : std::nullopt;
        if (deadline && (!next || *deadline < *next)) next = deadline;
    }
    return next;
}

} // namespace vv::ice
