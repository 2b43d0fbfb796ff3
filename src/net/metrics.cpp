#include "net/metrics.h"

namespace vv::net {
namespace {

template <typename Metric>
void render_family(std::string& out, const std::string& name, const std::string& help, const char* type,
                   const std::map<std::string, std::unique_ptr<Metric>>& metrics) {
    if (metrics.empty()) return;
    out += "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
    for (const auto& [labels, metric] : metrics) {
        out += name;
        if (!labels.empty()) out += "{" + labels + "}";
        out += " " + std::to_string(metric->value()) + "\n";
    }
}

} // namespace

Counter& Metrics::counter(const std::string& name, std::string_view help, const std::string& labels) {
    const std::lock_guard lock(mutex_);
    Family& family = families_[name];
    family.help = help;
    auto& counter = family.counters[labels];
    if (counter == nullptr) counter = std::make_unique<Counter>();
    return *counter;
}

Gauge& Metrics::gauge(const std::string& name, std::string_view help, const std::string& labels) {
    const std::lock_guard lock(mutex_);
    Family& family = families_[name];
    family.help = help;
    auto& gauge = family.gauges[labels];
    if (gauge == nullptr) gauge = std::make_unique<Gauge>();
    return *gauge;
}

std::uint64_t Metrics::count_of(const std::string& name, const std::string& labels) const {
    const std::lock_guard lock(mutex_);
    const auto family = families_.find(name);
    if (family == families_.end()) return 0;
    const auto counter = family->second.counters.find(labels);
    return counter == family->second.counters.end() ? 0 : counter->second->value();
}

std::string Metrics::render() const {
    const std::lock_guard lock(mutex_);
    std::string out;
    for (const auto& [name, family] : families_) {
        render_family(out, name, family.help, "counter", family.counters);
        render_family(out, name, family.help, "gauge", family.gauges);
    }
    return out;
}

} // namespace vv::net
