#include "relay/usage.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace vv::bench {
namespace {

constexpr std::uint64_t kKilobyte = 1024;

template <typename Value>
Value first_in(const std::string& file) {
    std::ifstream in(file);
    Value value{};
    if (!(in >> value)) throw std::runtime_error("cannot read " + file + ": has the server ended?");
    return value;
}

std::uint64_t time_of_task(const std::string& task) {
    return first_in<std::uint64_t>(task + "/schedstat");
}

// The slabs of the whole machine; the file counts in kilobytes.
std::uint64_t slabs() {
    std::ifstream in("/proc/meminfo");
    for (std::string word; in >> word;) {
        std::uint64_t kilobytes = 0;
        if (word == "Slab:" && in >> kilobytes) return kilobytes * kKilobyte;
    }
    throw std::runtime_error("cannot read Slab in /proc/meminfo");
}

} // namespace

ServerUsage::ServerUsage(pid_t process, std::vector<pid_t> kernel_threads, std::string kernel_memory)
    : process_(process),
      kernel_threads_(std::move(kernel_threads)),
      kernel_memory_(std::move(kernel_memory)) {}

CpuTime ServerUsage::cpu() const {
    CpuTime time;
    for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(process_) + "/task"))
        time.process += time_of_task(task.path().string());
    for (const pid_t thread : kernel_threads_)
        time.kernel_threads += time_of_task("/proc/" + std::to_string(thread));
    return time;
}

Memory ServerUsage::memory() const {
    const std::string file = "/proc/" + std::to_string(process_) + "/smaps_rollup";
    std::ifstream in(file);
    Memory memory;
    bool found = false;
    for (std::string word; in >> word;) {
        if (word != "Private_Clean:" && word != "Private_Dirty:") continue;
        std::uint64_t kilobytes = 0;
        in >> kilobytes;
        memory.user += kilobytes * kKilobyte;
        found = true;
    }
    if (!found) throw std::runtime_error("cannot read " + file + ": has the server ended?");
    memory.kernel = kernel_memory_ == "/proc/meminfo" ? slabs() : first_in<std::uint64_t>(kernel_memory_);
    return memory;
}

CoreTimes core_times() {
    constexpr std::size_t kIdle = 3;
    constexpr std::size_t kWaiting = 4;
    constexpr std::size_t kFields = 8; // what follows is counted in these already
    std::ifstream in("/proc/stat");
    CoreTimes cores;
    for (std::string line; std::getline(in, line) && line.starts_with("cpu");) {
        std::istringstream fields(line);
        std::string name;
        fields >> name;
        if (name == "cpu") continue; // the sum of all
        CoreTime core;
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < kFields && fields >> value; ++i) {
            core.all += value;
            if (i != kIdle && i != kWaiting) core.busy += value;
        }
        cores.push_back(core);
    }
    return cores;
}

double busy_part(const CoreTime& from, const CoreTime& to) {
    const std::uint64_t all = to.all - from.all;
    return all == 0 ? 0 : static_cast<double>(to.busy - from.busy) / static_cast<double>(all);
}

} // namespace vv::bench
