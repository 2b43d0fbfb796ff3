// Whether whoever knows the relay ports of some allocations can tell those of others, for tests.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace vv::turn::test {

inline constexpr unsigned kPortsWatched = 10'000;

inline std::size_t times_of_most_frequent(std::span<const int> values) {
    std::map<int, std::size_t> times;
    std::size_t most = 0;
    for (const int value : values)
        most = std::max(most, ++times[value]);
    return most;
}

inline std::vector<int> steps_of(std::span<const int> values) {
    std::vector<int> steps;
    steps.reserve(values.size());
    for (std::size_t i = 1; i < values.size(); ++i)
        steps.push_back(values[i] - values[i - 1]);
    return steps;
}

/// Whether some step from one port to the next comes more often than by chance, or some change of step: such as of
/// ports that count up, by one or by any other number, in turns or ever faster. Of kPortsWatched out of 16 384 by
/// chance no step comes more than about ten times.
inline bool are_foretold(std::span<const int> ports) {
    constexpr std::size_t kByChance = 20;
    const std::vector<int> steps = steps_of(ports);
    return times_of_most_frequent(steps) > kByChance || times_of_most_frequent(steps_of(steps)) > kByChance;
}

/// How often the same port comes after the same port in both; by chance about once in so many as there are ports.
inline std::size_t same_followers(std::span<const int> first, std::span<const int> second) {
    std::map<int, int> followers;
    for (std::size_t i = 1; i < first.size(); ++i)
        followers[first[i - 1]] = first[i];
    std::size_t same = 0;
    for (std::size_t i = 1; i < second.size(); ++i) {
        const auto found = followers.find(second[i - 1]);
        if (found != followers.end() && found->second == second[i]) ++same;
    }
    return same;
}

} // namespace vv::turn::test
