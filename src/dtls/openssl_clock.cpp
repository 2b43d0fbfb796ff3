#include "dtls/openssl_clock.h"

#include "base/assert.h"

#include <ctime>
#include <optional>
#include <sys/time.h>

namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a function of the C library has no other place
thread_local std::optional<std::chrono::microseconds> session_time;

} // namespace

namespace vv::dtls {

OpensslClock::OpensslClock(std::chrono::microseconds time) {
    VV_ASSERT(!session_time);
    session_time = time;
}

OpensslClock::~OpensslClock() {
    session_time.reset();
}

std::chrono::microseconds openssl_time(const void* timeval_pointer) {
    const auto& time = *static_cast<const timeval*>(timeval_pointer);
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

} // namespace vv::dtls

// Stands before the C library's own in the order in which names are looked up. Session asserts that OpenSSL got here.
// NOLINTNEXTLINE(misc-use-internal-linkage)
extern "C" __attribute__((visibility("default"))) int gettimeofday(timeval* time, void* /*zone*/) noexcept {
    if (session_time) {
        time->tv_sec = session_time->count() / std::micro::den;
        time->tv_usec = session_time->count() % std::micro::den;
        return 0;
    }
    timespec system{};
    if (clock_gettime(CLOCK_REALTIME, &system) != 0) return -1;
    time->tv_sec = system.tv_sec;
    time->tv_usec = system.tv_nsec / (std::nano::den / std::micro::den);
    return 0;
}
