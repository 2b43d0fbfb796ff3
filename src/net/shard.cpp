#include "net/shard.h"

#include "net/clock.h"
#include "net/http_date.h"

#include <utility>

namespace vv::net {
namespace {

// One TLS record at its largest (RFC 8446 §5.1).
constexpr std::size_t kScratchSize = 16384;
constexpr std::size_t kSlotsMax = 1U << 24U;

// Shard in the top 8 bits, slot in the next 24, generation in the low 32.
ConnectionId make_id(std::size_t shard, std::size_t slot, std::uint32_t generation) {
    return ConnectionId(std::uint64_t{shard} << 56U | std::uint64_t{slot} << 32U | generation);
}
std::size_t slot_of(ConnectionId id) {
    return static_cast<std::size_t>(id.value() >> 32U) & (kSlotsMax - 1);
}
std::uint32_t generation_of(ConnectionId id) {
    return static_cast<std::uint32_t>(id.value());
}

} // namespace

class Shard::StopTimer final : TimerHandler {
public:
    StopTimer(Shard& shard, Instant deadline) : shard_(shard), timer_(shard.loop_.timers(), *this) {
        timer_.arm(deadline);
    }

private:
    void handle_timeout(Timer&, Instant) override { shard_.finish_stop(); }

    Shard& shard_;
    Timer timer_;
};

Shard::Shard(std::size_t index, ConnectionCounters& counters, Log& log, const ConnectionTimes& times,
             std::size_t mailbox_max)
    : index_(index),
      loop_(mailbox_max),
      scratch_(kScratchSize),
      host_{.loop = loop_,
            .counters = counters,
            .log = log,
            .times = times,
            .http_limits = {},
            .scratch = scratch_,
            .cork = {},
            .date = [this] { return date(); },
            .release = [this](ConnectionId id) { release(id); },
            .read_later = [this](ConnectionId id) { read_later(id); }} {}

Shard::~Shard() = default;

void Shard::listen(UniqueFd fd, const Site& site, ConnectionLimits& limits) {
    listeners_.push_back(std::make_unique<Listener>(
        loop_, std::move(fd), limits, site.proxies,
        Listener::Counters{host_.counters.refused, host_.counters.accept_pauses, host_.counters.proxy_strangers},
        [this, &site](Accepted accepted) { take(site, std::move(accepted)); }));
}

Connection* Shard::find(ConnectionId id) {
    const std::size_t slot = slot_of(id);
    if (slot >= slots_.size() || slots_[slot].generation != generation_of(id)) return nullptr;
    return slots_[slot].connection.get();
}

void Shard::take(const Site& site, Accepted accepted) {
    if (free_.empty()) {
        if (slots_.size() >= kSlotsMax) return;
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    ++slots_[slot].generation;
    if (slots_[slot].generation == 0) ++slots_[slot].generation; // an id is never zero
    ++open_;
    slots_[slot].connection =
        std::make_unique<Connection>(host_, site, make_id(index_, slot, slots_[slot].generation), std::move(accepted));
}

// The connection is on the stack: it asked for this itself.
void Shard::release(ConnectionId id) {
    loop_.defer([this, id] { destroy(id); });
}

// By its number: it may end, and be destroyed, before its turn comes.
void Shard::read_later(ConnectionId id) {
    loop_.defer([this, id] {
        if (Connection* connection = find(id)) connection->continue_reading();
    });
}

void Shard::destroy(ConnectionId id) {
    if (find(id) == nullptr) return; // drop_all() came first
    slots_[slot_of(id)].connection.reset();
    free_.push_back(static_cast<std::uint32_t>(slot_of(id)));
    --open_;
    if (open_ == 0 && stopped_) finish_stop();
}

void Shard::begin_stop(Duration wait_max, std::function<void()> done) {
    host_.stopping = true;
    listeners_.clear();
    stopped_ = std::move(done);
    stop_timer_ = std::make_unique<StopTimer>(*this, loop_.now() + wait_max);
    for (const Slot& slot : slots_) {
        if (slot.connection != nullptr) slot.connection->begin_stop();
    }
    if (open_ == 0) finish_stop();
}

void Shard::drop_all() {
    listeners_.clear();
    slots_.clear();
    free_.clear();
    open_ = 0;
}

void Shard::finish_stop() {
    if (const auto stopped = std::exchange(stopped_, nullptr)) stopped();
}

std::string_view Shard::date() {
    const WallTime now = wall_now();
    if (now != date_of_ || date_.empty()) {
        date_of_ = now;
        date_ = http_date(now);
    }
    return date_;
}

} // namespace vv::net
