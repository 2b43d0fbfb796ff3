// What a shard's relay machine has counted, for the metrics. The machine counts
// for itself, without atomics; about once a second the differences are added.
#pragma once

#include "net/metrics.h"
#include "turn/counters.h"

#include <vector>

namespace vv::net {

/// The gauge of allocations alive in all shards, as published about once a second.
inline constexpr const char* kAllocationsGauge = "visavis_turn_allocations";
inline constexpr const char* kAllocationsHelp = "Allocations alive now.";

/// For what the relay drops without its machine.
inline constexpr const char* kDroppedName = "visavis_turn_dropped_total";
inline constexpr const char* kDroppedHelp = "Datagrams and frames dropped by the relay, by reason.";

class RelayMetrics {
public:
    explicit RelayMetrics(Metrics& metrics);

    void publish(const turn::Counters& now);

private:
    std::vector<Counter*> counters_; // in the order of the tables
    Gauge& live_;
    turn::Counters last_;
};

} // namespace vv::net
