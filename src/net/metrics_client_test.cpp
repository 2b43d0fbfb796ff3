#include "net/metrics_client.h"
#include "net/service_for_test.h"
#include "net/silent_port_for_test.h"

#include <poll.h>

namespace vv::net {
namespace {

constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\n\r\n";

// Takes one connection and says a text to it, in pieces at intervals, until all is said or the other end has gone.
class Speaker {
public:
    Speaker(std::string text, std::size_t piece, std::chrono::milliseconds interval)
        : thread_([this, text = std::move(text), piece, interval] { speak(text, piece, interval); }) {}
    Speaker(const Speaker&) = delete;
    Speaker& operator=(const Speaker&) = delete;
    ~Speaker() { thread_.join(); }

    [[nodiscard]] SocketAddress address() const { return local_address(listener_.value()); }

private:
    void speak(std::string_view text, std::size_t piece, std::chrono::milliseconds interval) const {
        pollfd wait{listener_.value(), POLLIN, 0};
        EXPECT_EQ(::poll(&wait, 1, 10'000), 1);
        const UniqueFd client(::accept4(listener_.value(), nullptr, nullptr, SOCK_CLOEXEC));
        std::array<char, 1000> request{}; // read, so that the close is no reset
        EXPECT_GT(::recv(client.value(), request.data(), request.size(), 0), 0);
        while (!text.empty()) {
            const auto said = ::send(client.value(), text.data(), std::min(piece, text.size()), MSG_NOSIGNAL);
            if (said <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(said));
            std::this_thread::sleep_for(interval);
        }
    }

    const UniqueFd listener_ = listen_tcp(kAnyPort);
    std::thread thread_;
};

TEST(MetricsClient, HasTheTextOfARunningServer) {
    const RunningService running;
    const auto metrics = fetch_metrics(running.service->metrics_addresses().front());
    ASSERT_TRUE(metrics.has_value());
    EXPECT_TRUE(metrics->starts_with("# HELP visavis_")) << *metrics;
}

TEST(MetricsClient, TellsNobodyFromSomebodyElse) {
    const RunningService running;
    EXPECT_EQ(fetch_metrics(running.page_address()).error(), MetricsFailure::kNoMetrics);
    EXPECT_EQ(fetch_metrics(SilentPort().address()).error(), MetricsFailure::kNobodyAnswers);
}

TEST(MetricsClient, TakesFourMebibytes) {
    const std::string most = std::string(kHead) + std::string(kMetricsAnswerMax - kHead.size(), 'x');
    const auto at = [](const std::string& text) {
        const Speaker speaker(text, text.size(), 0ms);
        return fetch_metrics(speaker.address(), 1min);
    };
    const auto metrics = at(most);
    ASSERT_TRUE(metrics.has_value());
    EXPECT_EQ(metrics->size(), kMetricsAnswerMax - kHead.size());
    EXPECT_EQ(at(most + "x").error(), MetricsFailure::kNoMetrics);
}

// However often something comes: this answer would be whole after two seconds.
TEST(MetricsClient, HasOneLimitForTheWholeAnswer) {
    const Speaker slow(std::string(kHead) + std::string(200, 'x'), 1, 10ms);
    EXPECT_EQ(fetch_metrics(slow.address(), 100ms).error(), MetricsFailure::kNoMetrics);
}

} // namespace
} // namespace vv::net
