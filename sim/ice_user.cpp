#include "sim/ice_user.h"

#include "base/overloaded.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vv::sim {
namespace {

// What RTP begins with (RFC 7983): a relay lets nothing else through but what calls are made of.
constexpr std::uint8_t kMediaByte = 0x80;

} // namespace

IceUser::IceUser(Host& its_host, IceSetup setup)
    : App(its_host),
      rng_(its_host.world().new_seed()),
      agent_({.controlling = setup.controlling, .stun_servers = setup.stun_servers}, rng_),
      transports_(its_host, *this, *this, std::move(setup.relays), kIceWaitingMax) {}

template <typename What>
void IceUser::tell(What what) {
    VV_ASSERT(carry_ != nullptr);
    carry_({generation_, std::move(what)});
}

void IceUser::signal_to(IceUser& other, Duration delay, bool leads) {
    World& world = host().world();
    signal_by(
        [&world, &other, delay](const IceSignal& signal) {
            world.at(world.time() + delay, [&other, signal] { other.handle_signal(signal); });
        },
        leads);
}

void IceUser::signal_by(std::function<void(const IceSignal&)> carry, bool leads) {
    carry_ = std::move(carry);
    leads_ = leads;
}

void IceUser::start() {
    const Instant now = host().time();
    transports_.open_sockets(now);
    transports_.begin_relays();
    flush(now);
}

void IceUser::restart() {
    if (!leads_) return tell(RestartWish{});
    const Instant now = host().time();
    ++generation_;
    agent_.restart(now);
    flush(now);
}

void IceUser::send(std::string_view text) {
    const auto path = agent_.path();
    if (!path) return;
    ByteBuffer bytes{kMediaByte};
    bytes.insert(bytes.end(), text.begin(), text.end());
    transports_.send({path->route, std::move(bytes)});
}

void IceUser::renew_relays() {
    const Instant now = host().time();
    transports_.renew_relays(now);
    flush(now);
}

// ---- packets

void IceUser::hear(Instant now, const ice::Route& route, ByteView packet) {
    if (const auto data = agent_.handle_input(now, route, packet)) note(*data);
}

void IceUser::note(ByteView data) {
    VV_ASSERT(!data.empty() && data.front() == kMediaByte);
    heard.emplace_back(as_text(data.subspan(1)));
}

void IceUser::handle_datagram(Instant now, const Datagram& in) {
    transports_.handle_datagram(now, in);
    flush(now);
}

void IceUser::handle_timeout(Instant now) {
    for (const IceSignal& signal : std::exchange(missed_, {}))
        handle_signal(signal);
    // A new network is a new generation (RFC 8445 §9).
    if (std::exchange(has_moved_, false)) {
        transports_.move(now);
        restart();
    }
    transports_.handle_relays(now);
    agent_.handle_timeout(now);
    flush(now);
}

std::optional<Instant> IceUser::poll_timeout() const {
    if (has_moved_ || transports_.has_news() || !missed_.empty()) return host().time();
    return agent_.poll_timeout();
}

// Not at once: the other programs hear that their sockets are gone first.
void IceUser::handle_addresses_changed(Instant /*now*/) {
    has_moved_ = true; // and the host asks when to wake this
}

// ---- what the agent says, and signaling

void IceUser::flush(Instant now) {
    if (told_ufrag_ != agent_.local_credentials().ufrag) { // a new generation, here or at the other end
        told_ufrag_ = agent_.local_credentials().ufrag;
        finished_ = false;
        tell(agent_.local_credentials());
    }
    if (transports_.has_all_relays() && !std::exchange(finished_, true)) agent_.finish_gathering(now);
    while (const auto event = agent_.poll_event())
        handle(*event);
    while (const auto out = agent_.poll_transmit())
        transports_.send(*out);
    reschedule();
}

void IceUser::handle(const ice::Event& event) {
    std::visit(Overloaded{
                   [&](const ice::CandidateFound& found) { tell(ice::write_candidate(found.candidate)); },
                   [&](const ice::GatheringDone&) { tell(EndOfCandidates{}); },
                   [](const ice::NameToResolve&) {}, // nobody in here hides behind a name
                   [&](const ice::StateChanged& change) {
                       states.push_back(change.state);
                       const auto path = agent_.path();
                       if (change.state == ice::State::kCompleted && path) transports_.keep_channel(path->route);
                   },
                   [](const ice::PathChanged&) {},
                   [&](const ice::EarlyPacket& packet) { note(packet.bytes); },
               },
               event);
}

// False: it is of one that is over.
bool IceUser::begin_generation_of(const IceSignal& signal) {
    if (!leads_) generation_ = std::max(generation_, signal.generation);
    return signal.generation == generation_;
}

// Signaling waits for a host that sleeps, which asks when to wake this once it is awake.
void IceUser::handle_signal(const IceSignal& signal) {
    if (!host().is_awake()) {
        missed_.push_back(signal);
        return;
    }
    if (!begin_generation_of(signal)) return;
    const Instant now = host().time();
    std::visit(Overloaded{
                   [&](const ice::Credentials& credentials) { VV_ASSERT(agent_.set_remote(now, credentials)); },
                   [&](const std::string& line) { VV_ASSERT(agent_.add_remote_candidate(now, line).has_value()); },
                   [&](const EndOfCandidates&) { agent_.end_of_remote_candidates(now); },
                   [&](const RestartWish&) { restart(); },
               },
               signal.what);
    flush(now);
}

} // namespace vv::sim
