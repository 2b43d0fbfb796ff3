// What only a kernel of one's own shows: a path with a small MTU, a system that
// allows less. Each is for good, so for a process of its own (EXPECT_EXIT).
#pragma once

#include "net/udp_ring.h"
#include "net/unique_fd.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <utility>

namespace vv::net {

/// A network with loopback alone, which is down. Says what was wrong.
[[nodiscard]] inline std::string enter_silent_network() {
    // Root needs no users of its own, and within a chroot nobody may have any.
    return ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 ? "" : "no namespace";
}

/// Loopback comes up; packets of this size are its largest. Says what was wrong.
[[nodiscard]] inline std::string raise_loopback(int mtu = 65'536) {
    ifreq request{};
    std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
    request.ifr_mtu = mtu;
    const UniqueFd control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (::ioctl(control.value(), SIOCSIFMTU, &request) != 0) return "no MTU";
    request.ifr_flags = IFF_UP;
    if (::ioctl(control.value(), SIOCSIFFLAGS, &request) != 0) return "no interface";
    return {};
}

/// A network with loopback alone, where packets of this size are the largest. Says what was wrong.
[[nodiscard]] inline std::string enter_network(int mtu) {
    if (std::string wrong = enter_silent_network(); !wrong.empty()) return wrong;
    return raise_loopback(mtu);
}

/// What all UDP sockets of this network have sent; datagrams that left together count once.
[[nodiscard]] inline std::uint64_t datagrams_sent() {
    std::ifstream file("/proc/net/snmp");
    std::string names;
    std::string values;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("Udp: ")) continue;
        names = std::exchange(values, line);
    }
    std::istringstream name_words(names);
    std::istringstream value_words(values);
    std::string name;
    std::string value;
    while (name_words >> name && value_words >> value)
        if (name == "OutDatagrams") return std::stoull(value);
    return 0;
}

/// From here on this system call fails with EPERM, as in many containers. Says what was wrong.
[[nodiscard]] inline std::string forbid(int system_call) {
    std::array<sock_filter, 4> filter{{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(system_call), 0, 1),
                                       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                                       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}};
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return "privileges stay";
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return "no filter";
    return {};
}

/// 0 if this kernel lets a ring be made, else the errno; says so once. Without a ring its own tests are not there
/// (nothing could be tested), and those of the relay test the way without it.
[[nodiscard]] inline int io_uring_error() {
    static const int error = [] {
        const int outcome = UdpRing::open([] {}).error;
        if (outcome != 0)
            std::fprintf(stderr, "io_uring is not to be had here (%s): tested without it\n", std::strerror(outcome));
        return outcome;
    }();
    return error;
}

/// Ends this process, well if nothing was wrong.
[[noreturn]] inline void end_process(std::string_view wrong) {
    std::fputs(std::string(wrong).c_str(), stderr);
    std::_Exit(wrong.empty() ? 0 : 1);
}

} // namespace vv::net
