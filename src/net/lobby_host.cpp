#include "net/lobby_host.h"

#include "net/clock.h"
#include "net/shard.h"

#include <chrono>
#include <iterator>

namespace vv::net {
namespace {

// How soon to try again when a shard's mailbox is full.
constexpr Duration kRetry = std::chrono::milliseconds(5);

} // namespace

LobbyHost::LobbyHost(EventLoop& loop, const lobby::LobbyConfig& config, Rng& rng, std::size_t shards, Deliver deliver,
                     Keep keep)
    : loop_(loop),
      lobby_(config, rng),
      deliver_(std::move(deliver)),
      keep_(std::move(keep)),
      outgoing_(shards),
      timer_(loop.timers(), *this),
      retry_(loop.timers(), *this) {}

void LobbyHost::submit(LobbyCommands commands) {
    for (auto& [from, command] : commands)
        lobby_.handle_input(loop_.now(), from, std::move(command));
    drain();
}

void LobbyHost::handle_report_kept(std::uint64_t ticket, std::optional<safety::ReportId> report) {
    lobby_.handle_report_kept(loop_.now(), ticket, report);
    drain();
}

// The file knows times of day, the lobby none.
void LobbyHost::handle_record(KeptRecord record) {
    const WallTime wall = wall_now();
    std::vector<safety::Ban> bans;
    bans.reserve(record.bans.size());
    for (const KeptBan& ban : record.bans)
        bans.push_back({ban.whom, loop_.now() + (ban.until - wall)});
    lobby_.handle_record(loop_.now(), {std::move(record.keys), std::move(bans), std::move(record.dismissed)});
    drain();
}

void LobbyHost::handle_timeout(Timer& timer, Instant now) {
    if (&timer == &retry_) {
        deliver_all();
        return;
    }
    lobby_.handle_timeout(now);
    drain();
}

void LobbyHost::drain() {
    while (auto report = lobby_.poll_report()) {
        const std::uint64_t ticket = report->ticket;
        if (!keep_(*std::move(report))) lobby_.handle_report_kept(loop_.now(), ticket, std::nullopt);
    }
    while (auto event = lobby_.poll_event()) {
        const std::size_t shard = Shard::shard_of(event->to);
        if (shard >= outgoing_.size()) continue;
        outgoing_[shard].push_back(*std::move(event));
        // At the end of the round: a delivery leads to further commands, and those must not come in here again.
        if (!std::exchange(delivery_planned_, true)) loop_.defer([this] { deliver_all(); });
    }
    if (const auto deadline = lobby_.poll_timeout()) {
        timer_.arm(*deadline);
    } else {
        timer_.cancel();
    }
}

void LobbyHost::deliver_all() {
    delivery_planned_ = false;
    for (std::size_t shard = 0; shard < outgoing_.size(); ++shard) {
        auto events = std::exchange(outgoing_[shard], {});
        if (events.empty() || deliver_(shard, events)) continue;
        // Nothing may be lost or change its order. How much can wait is bounded by the rates of sessions.
        events.insert(events.end(), std::make_move_iterator(outgoing_[shard].begin()),
                      std::make_move_iterator(outgoing_[shard].end()));
        outgoing_[shard] = std::move(events);
        delivery_planned_ = true;
        retry_.arm(loop_.now() + kRetry);
    }
}

} // namespace vv::net
