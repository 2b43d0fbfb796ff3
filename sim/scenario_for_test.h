// Runs a scenario once for each of many seeds. A failure, and an assertion too,
// says the seed and the one command that plays just that run again, with a line
// for each packet.
//
//   VISAVIS_SIM_SEED=17    this seed alone
//   VISAVIS_SIM_RUNS=5000  so many seeds in place of what the test has
//   VISAVIS_SIM_FROM=801   the first of them, else 1
//   VISAVIS_SIM_TRACE=1    every packet on standard error
#pragma once

#include "sim/world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>
#include <utility>

namespace vv::sim {

class PrintedTrace final : public TraceSink {
public:
    void note(const TraceEntry& entry) override { std::fprintf(stderr, "%s\n", to_string(entry).c_str()); }
};

/// 0 where the environment says nothing.
inline std::uint64_t number_from_environment(const char* name) {
    const char* text = std::getenv(name); // NOLINT(concurrency-mt-unsafe): tests have one thread
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 0;
}

inline std::string replay_command(std::uint64_t seed) {
    const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
    return "replay: VISAVIS_SIM_SEED=" + std::to_string(seed) + " VISAVIS_SIM_TRACE=1 " + program_invocation_name +
           " --gtest_filter='" + test->test_suite_name() + "." + test->name() + "'";
}

/// While it lives an assertion's end of the program says this line: gtest, which knows it too, has no time to.
class SaidOnAbort {
public:
    explicit SaidOnAbort(const std::string& line) : line_(line + "\n"), before_(std::signal(SIGABRT, &say)) {
        outer_ = std::exchange(said_, &line_);
    }
    SaidOnAbort(const SaidOnAbort&) = delete;
    SaidOnAbort& operator=(const SaidOnAbort&) = delete;
    ~SaidOnAbort() {
        said_ = outer_;
        (void)std::signal(SIGABRT, before_);
    }

private:
    // Calls nothing but what a signal handler may; abort() goes on once it has returned.
    static void say(int /*signal*/) {
        if (said_ == nullptr) return;
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, said_->data(), said_->size()); // it ends anyway
    }

    inline static const std::string* said_ = nullptr;
    std::string line_;
    const std::string* outer_ = nullptr;
    void (*before_)(int);
};

/// scenario: called with a new World of this seed.
template <typename Scenario>
void for_seed(std::uint64_t seed, Scenario& scenario) {
    PrintedTrace trace;
    SCOPED_TRACE(replay_command(seed));
    const SaidOnAbort last_words(replay_command(seed));
    World world(seed);
    if (number_from_environment("VISAVIS_SIM_TRACE") != 0) world.trace_to(&trace);
    scenario(world);
}

/// The same with each seed, from 1 on unless the environment says otherwise. Ends with the first that fails.
template <typename Scenario>
void for_each_seed(std::uint64_t runs, Scenario scenario) {
    const std::uint64_t only = number_from_environment("VISAVIS_SIM_SEED");
    const std::uint64_t wished = number_from_environment("VISAVIS_SIM_RUNS");
    const std::uint64_t from = number_from_environment("VISAVIS_SIM_FROM");
    const std::uint64_t first = only != 0 ? only : std::max<std::uint64_t>(from, 1);
    const std::uint64_t last = only != 0 ? only : first - 1 + (wished != 0 ? wished : runs);
    for (std::uint64_t seed = first; seed <= last && !testing::Test::HasFailure(); ++seed)
        for_seed(seed, scenario);
}

} // namespace vv::sim
