#include "apps/relay_status.h"

#include "net/metrics_client.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

namespace vv::apps {
namespace {

struct Sample {
    std::string label; // the value of the first label; empty: none
    double value = 0;
};
using Samples = std::map<std::string, std::vector<Sample>, std::less<>>;

Samples read_samples(std::string_view text) {
    Samples samples;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto space = line.rfind(' ');
        if (line.empty() || line.front() == '#' || space == std::string_view::npos) continue;
        Sample sample;
        const std::string_view number = line.substr(space + 1);
        if (std::from_chars(number.data(), number.data() + number.size(), sample.value).ec != std::errc{}) continue;
        const std::string_view name = line.substr(0, std::min(line.find('{'), space));
        const auto quote = line.find('"');
        if (quote != std::string_view::npos && quote < space) {
            sample.label = line.substr(quote + 1, line.find('"', quote + 1) - quote - 1);
        }
        samples[std::string(name)].push_back(std::move(sample));
    }
    return samples;
}

/// The sum over all further labels.
double value_of(const Samples& samples, std::string_view name, std::string_view label = {}) {
    const auto found = samples.find(name);
    if (found == samples.end()) return 0;
    double sum = 0;
    for (const Sample& sample : found->second)
        if (sample.label == label) sum += sample.value;
    return sum;
}

std::string whole(double value) {
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%.0f", value);
    return text.data();
}

std::string bytes(double value) {
    constexpr std::array kUnits{"bytes", "kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit)
        value /= 1000;
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits.at(unit));
    return text.data();
}

/// "no_permission 12, rate 3"; empty if nothing has happened.
std::string counts(const Samples& samples, std::string_view name) {
    std::string text;
    const auto found = samples.find(name);
    if (found == samples.end()) return text;
    for (const Sample& sample : found->second) {
        if (sample.value == 0) continue;
        text += (text.empty() ? "" : ", ") + sample.label + " " + whole(sample.value);
    }
    return text;
}

/// "3 of 16384 over IPv4, 0 over IPv6".
std::string ports(const Samples& samples) {
    const std::string all = whole(value_of(samples, "visavis_turn_relay_ports"));
    const auto open = [&](std::string_view family) {
        return whole(value_of(samples, "visavis_turn_relay_ports_open", family));
    };
    return open("ipv4") + " of " + all + " over IPv4, " + open("ipv6") + " over IPv6";
}

std::string or_nothing(std::string text) {
    return text.empty() ? "nothing" : std::move(text);
}

} // namespace

std::string describe_relay(std::string_view metrics) {
    const Samples samples = read_samples(metrics);
    if (!samples.contains("visavis_turn_allocations")) {
        throw std::runtime_error("what answers there is no visavis with a relay");
    }
    std::string text = "allocations  " + whole(value_of(samples, "visavis_turn_allocations")) + " now, " +
                       whole(value_of(samples, "visavis_turn_allocations_total")) + " since the start\n";
    text += "ports        " + ports(samples) + "\n";
    text += "streams      " + whole(value_of(samples, "visavis_turn_streams", "tcp")) + " over TCP, " +
            whole(value_of(samples, "visavis_turn_streams", "tls")) + " over TLS\n";
    for (const auto& [direction, words] :
         {std::pair{"to_peer", "to peers     "}, std::pair{"to_client", "to clients   "}}) {
        text += words + whole(value_of(samples, "visavis_turn_packets_total", direction)) + " packets, " +
                bytes(value_of(samples, "visavis_turn_bytes_total", direction)) + "\n";
    }
    text += "bindings     " + whole(value_of(samples, "visavis_stun_bindings_total")) + "\n";
    for (const auto& [name, words] : {std::pair{"visavis_turn_errors_total", "refused      "},
                                      std::pair{"visavis_turn_allocations_refused_total", "no room for  "},
                                      std::pair{"visavis_turn_auth_failures_total", "not let in   "},
                                      std::pair{"visavis_turn_dropped_total", "dropped      "}})
        text += words + or_nothing(counts(samples, name)) + "\n";
    if (const std::string full = counts(samples, "visavis_udp_buffer_drops_total"); !full.empty()) {
        text += "too late     " + full + ": datagrams the kernel dropped before they were read\n";
    }
    if (const double lost = value_of(samples, "visavis_udp_lost_total"); lost > 0) {
        text += "lost         " + whole(lost) + " datagrams the kernel would not send\n";
    }
    text += "threads      by " + or_nothing(counts(samples, "visavis_turn_io")) + "\n";
    return text;
}

std::string metrics_or_reason(const SocketAddress& address) {
    auto metrics = net::fetch_metrics(address);
    if (metrics.has_value()) return std::move(metrics).value();
    const std::string where = "http://" + address.to_string() + "/metrics";
    if (metrics.error() == net::MetricsFailure::kNoMetrics) {
        throw std::runtime_error("what answers at " + where + " does not serve metrics");
    }
    throw std::runtime_error("nobody answers at " + where +
                             "; is the server running, and are its metrics on (metrics.listen)?");
}

} // namespace vv::apps
