// What a server costs, from /proc: time on the processor of the process and of
// the kernel's threads that receive for its interfaces, and memory.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace vv::bench {

/// In nanoseconds since the start of each task.
struct CpuTime {
    std::uint64_t process = 0;
    std::uint64_t kernel_threads = 0;

    [[nodiscard]] std::uint64_t sum() const { return process + kernel_threads; }
    friend CpuTime operator-(const CpuTime& a, const CpuTime& b) {
        return {a.process - b.process, a.kernel_threads - b.kernel_threads};
    }
};

struct Memory {
    std::uint64_t user = 0;   ///< private bytes of the process
    std::uint64_t kernel = 0; ///< what the kernel keeps for it
};

class ServerUsage {
public:
    /// kernel_memory: the file with the control group's kernel bytes, or /proc/meminfo for the slabs of all programs.
    ServerUsage(pid_t process, std::vector<pid_t> kernel_threads, std::string kernel_memory);

    /// Throws std::runtime_error if a task is gone: the server has died.
    [[nodiscard]] CpuTime cpu() const;
    [[nodiscard]] Memory memory() const;

private:
    pid_t process_;
    std::vector<pid_t> kernel_threads_;
    std::string kernel_memory_;
};

/// Of one core, in the kernel's ticks.
struct CoreTime {
    std::uint64_t busy = 0;
    std::uint64_t all = 0;
};
using CoreTimes = std::vector<CoreTime>;
[[nodiscard]] CoreTimes core_times();
/// 0 to 1.
[[nodiscard]] double busy_part(const CoreTime& from, const CoreTime& to);

} // namespace vv::bench
