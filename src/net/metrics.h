// Counters and gauges with their text form for Prometheus (exposition format
// 0.0.4). Registering takes a lock, once, at start; counting is one relaxed add.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace vv::net {

/// Only ever grows.
class Counter {
public:
    void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_ = 0;
};

class Gauge {
public:
    void add(std::int64_t change) { value_.fetch_add(change, std::memory_order_relaxed); }
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_ = 0;
};

class Metrics {
public:
    Metrics() = default;
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    ~Metrics() = default;

    /// The same name and labels give the same counter, on every shard. Labels as they are
    /// written, `reason="timeout"`, or empty. Lives as long as the registry.
    Counter& counter(const std::string& name, std::string_view help, const std::string& labels = {});
    Gauge& gauge(const std::string& name, std::string_view help, const std::string& labels = {});

    /// A counter's value by its name and labels; 0 if nobody has made it.
    [[nodiscard]] std::uint64_t count_of(const std::string& name, const std::string& labels = {}) const;
    /// Sorted by name, then labels.
    [[nodiscard]] std::string render() const;

private:
    struct Family {
        std::string help;
        std::map<std::string, std::unique_ptr<Counter>> counters;
        std::map<std::string, std::unique_ptr<Gauge>> gauges;
    };

    mutable std::mutex mutex_;
    std::map<std::string, Family> families_;
};

} // namespace vv::net
