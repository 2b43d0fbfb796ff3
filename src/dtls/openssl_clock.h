// The time that OpenSSL hears from gettimeofday(). Its DTLS asks nobody else
// whether a flight is to be sent again, and there is no way to hand a time in.
// So the call is answered here: with a time of ours on a thread that is just
// inside a DTLS session, and with the system's as ever for everybody else.
#pragma once

#include <chrono>

namespace vv::dtls {

/// As long as one lives, gettimeofday() on its thread is `time`. Not one within another.
class OpensslClock {
public:
    explicit OpensslClock(std::chrono::microseconds time);
    OpensslClock(const OpensslClock&) = delete;
    OpensslClock& operator=(const OpensslClock&) = delete;
    ~OpensslClock();
};

/// Of a `timeval`, as OpenSSL hands one over.
[[nodiscard]] std::chrono::microseconds openssl_time(const void* timeval_pointer);

} // namespace vv::dtls
