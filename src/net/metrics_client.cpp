#include "net/metrics_client.h"

#include "net/socket.h"

#include <array>
#include <cstddef>
#include <sys/socket.h>
#include <sys/time.h>

namespace vv::net {

namespace {

constexpr std::size_t kAnswerMax = std::size_t{4} * 1024 * 1024;
constexpr timeval kPatience{5, 0};

} // namespace

Result<std::string, MetricsFailure> fetch_metrics(const SocketAddress& address) {
    const NativeAddress native(address);
    const UniqueFd fd(::socket(native.pointer()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::setsockopt(fd.value(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    ::setsockopt(fd.value(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    if (!fd.is_open() || ::connect(fd.value(), native.pointer(), native.size) != 0) {
        return Failure(MetricsFailure::kNobodyAnswers);
    }
    const std::string request =
        "GET /metrics HTTP/1.1\r\nHost: " + address.to_string() + "\r\nConnection: close\r\n\r\n";
    std::string answer;
    bool is_whole = false;
    if (::send(fd.value(), request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
        std::array<char, 16384> block{};
        ssize_t size = 0;
        while (answer.size() < kAnswerMax && (size = ::recv(fd.value(), block.data(), block.size(), 0)) > 0)
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
