#include "net/metrics_client.h"

#include "net/clock.h"
#include "net/socket.h"

#include <array>
#include <sys/socket.h>
#include <sys/time.h>

namespace vv::net {

namespace {

// The next step on the socket ends by then. False: it is too late for one.
bool limit_next_step(const UniqueFd& fd, Instant deadline) {
    using std::chrono::microseconds;
    using std::chrono::seconds;
    const auto left = std::chrono::duration_cast<microseconds>(deadline - monotonic_now());
    if (left <= microseconds(0)) return false; // zero would be no limit
    const timeval time{left / seconds(1), (left % seconds(1)).count()};
    return ::setsockopt(fd.value(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0 &&
           ::setsockopt(fd.value(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) == 0; // connect's too
}

} // namespace

Result<std::string, MetricsFailure> fetch_metrics(const SocketAddress& address, Duration time_max) {
    const Instant deadline = monotonic_now() + time_max;
    const NativeAddress native(address);
    const UniqueFd fd(::socket(native.pointer()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.is_open() || !limit_next_step(fd, deadline) || ::connect(fd.value(), native.pointer(), native.size) != 0) {
        return Failure(MetricsFailure::kNobodyAnswers);
    }
    const std::string request =
        "GET /metrics HTTP/1.1\r\nHost: " + address.to_string() + "\r\nConnection: close\r\n\r\n";
    std::string answer;
    bool is_whole = false;
    if (limit_next_step(fd, deadline) &&
        ::send(fd.value(), request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
        std::array<char, 16384> block{};
        ssize_t size = -1;
        while (answer.size() <= kMetricsAnswerMax && limit_next_step(fd, deadline) &&
               (size = ::recv(fd.value(), block.data(), block.size(), 0)) > 0)
            answer.append(block.data(), static_cast<std::size_t>(size));
        is_whole = size == 0;
    }
    const auto head = answer.find("\r\n\r\n");
    if (!is_whole || !answer.starts_with("HTTP/1.1 200 ") || head == std::string::npos) {
        return Failure(MetricsFailure::kNoMetrics);
    }
    return answer.substr(head + 4);
}

} // namespace vv::net
