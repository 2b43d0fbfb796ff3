#include "net/signal_hub.h"

#include "net/clock.h"

#include <utility>

namespace vv::net {
namespace {

// How soon to try again when the lobby's mailbox is full.
constexpr Duration kRetry = std::chrono::milliseconds(5);

} // namespace

// The machine of one WebSocket with its timer and its hold on the address's limits.
class SignalHub::Session final : TimerHandler {
public:
    Session(SignalHub& hub, ConnectionId id, const lobby::PrefixLimits::Lease& lease, const IpAddress& remote,
            std::string_view host)
        : machine(hub.context_, lease, remote, host),
          lease_(lease),
          hub_(hub),
          id_(id),
          timer_(hub.shard_.loop().timers(), *this) {}

    void rearm() {
        const auto deadline = machine.poll_timeout();
        if (!deadline) {
            timer_.cancel();
        } else if (!timer_.is_armed() || timer_.deadline() != *deadline) {
            timer_.arm(*deadline);
        }
    }
    [[nodiscard]] const lobby::PrefixLimits::Lease& lease() const { return lease_; }

    signal::Connection machine;

private:
    void handle_timeout(Timer&, Instant now) override {
        hub_.with_session(id_, [now](Session& self, signal::Output& out) { self.machine.handle_timeout(now, out); });
    }

    lobby::PrefixLimits::Lease lease_;
    SignalHub& hub_;
    ConnectionId id_;
    Timer timer_;
};

SignalHub::SignalHub(Shard& shard, Options options, Submit submit)
    : shard_(shard),
      options_(std::move(options)),
      submit_(std::move(submit)),
      context_{options_.settings, options_.sealer, options_.prefixes, shard.rng(), options_.regions},
      retry_(shard.loop().timers(), *this) {}

SignalHub::~SignalHub() = default;

bool SignalHub::handle_request(ConnectionId id, const IpAddress& remote, std::string_view host) {
    const auto lease = options_.prefixes.open(shard_.loop().now(), remote);
    if (!lease) return false;
    const std::string_view authority = options_.host.empty() ? host : options_.host;
    sessions_.emplace(id, std::make_unique<Session>(*this, id, *lease, remote, authority));
    return true;
}

void SignalHub::handle_open(ConnectionId id) {
    with_session(
        id, [this](Session& session, signal::Output& out) { session.machine.handle_open(shard_.loop().now(), out); });
}

void SignalHub::handle_text(ConnectionId id, std::string_view text) {
    with_session(id, [&](Session& session, signal::Output& out) {
        session.machine.handle_text(shard_.loop().now(), wall_now(), text, out);
    });
}

void SignalHub::handle_events(LobbyEvents events) {
    for (auto& event : events) {
        with_session(event.to, [&](Session& session, signal::Output& out) {
            session.machine.handle_lobby_event(shard_.loop().now(), wall_now(), std::move(event), out);
        });
    }
}

void SignalHub::begin_stop() {
    std::vector<ConnectionId> ids;
    ids.reserve(sessions_.size());
    for (const auto& [id, session] : sessions_)
        ids.push_back(id);
    for (const ConnectionId id : ids) {
        with_session(id, [this](Session& session, signal::Output& out) {
            session.machine.handle_going_away(shard_.loop().now(), come_back(), out);
        });
    }
}

// The socket is gone, or we closed it. Sending may find out that it is, in the middle of with_session().
void SignalHub::handle_closed(ConnectionId id) {
    end(id);
}

void SignalHub::end(ConnectionId id) {
    auto node = sessions_.extract(id);
    if (node.empty()) return;
    signal::Output out;
    node.mapped()->machine.handle_closed(shard_.loop().now(), out);
    for (auto& command : out.commands)
        commands_.emplace_back(id, std::move(command));
    if (!out.commands.empty()) plan_submission();
    options_.prefixes.close(shard_.loop().now(), node.mapped()->lease());
    // Its machine or timer may be on the stack.
    shard_.loop().defer([session = std::move(node.mapped())] {});
}

SignalHub::Session* SignalHub::find(ConnectionId id) {
    const auto entry = sessions_.find(id);
    return entry == sessions_.end() ? nullptr : entry->second.get();
}

template <typename Handle>
void SignalHub::with_session(ConnectionId id, Handle handle) {
    Session* session = find(id);
    if (session == nullptr) return; // an event for one that has gone
    signal::Output out;
    handle(*session, out);
    session->rearm();
    carry_out(id, out);
}

void SignalHub::carry_out(ConnectionId id, signal::Output& out) {
    for (auto& command : out.commands)
        commands_.emplace_back(id, std::move(command));
    if (!out.commands.empty()) plan_submission();
    if (!out.texts.empty()) {
        if (Connection* connection = shard_.find(id)) connection->send_texts(out.texts);
    }
    if (!out.close) return;
    // Looked up again: sending may have ended it.
    if (Connection* connection = shard_.find(id)) {
        connection->close_websocket(static_cast<std::uint16_t>(out.close->code), out.close->reason);
    }
    end(id);
}

// Commands of one round travel together.
void SignalHub::plan_submission() {
    if (!std::exchange(submission_planned_, true)) shard_.loop().defer([this] { submit(); });
}

void SignalHub::submit() {
    submission_planned_ = false;
    if (commands_.empty()) return;
    if (submit_(commands_)) {
        commands_.clear();
        return;
    }
    // Nothing may be lost, above all not the end of a session. What waits is bounded by the rates of connections.
    submission_planned_ = true;
    retry_.arm(shard_.loop().now() + kRetry);
}

void SignalHub::handle_timeout(Timer&, Instant) {
    submit();
}

Duration SignalHub::come_back() {
    const auto spread = (options_.come_back_max - options_.come_back_min).count();
    if (spread <= 0) return options_.come_back_min;
    return options_.come_back_min +
           Duration(static_cast<std::int64_t>(shard_.rng().below(static_cast<std::uint64_t>(spread))));
}

} // namespace vv::net
