// What `visavis call` sends: files, or the clip inside this program, over and over.
#pragma once

#include "apps/call_command.h"
#include "net/call_host.h"
#include "net/event_loop.h"
#include "net/timer_queue.h"
#include "rtp/player.h"
#include "rtp/recording.h"

#include <memory>
#include <optional>

namespace vv::apps {

struct Recordings {
    std::optional<rtp::Recording> sound{};
    std::optional<rtp::Recording> pictures{};
};
/// Throws ConfigError for a file that cannot be read or sent.
[[nodiscard]] Recordings recordings_of(const CallCommand& command);

class CallPlaying final : net::TimerHandler {
public:
    CallPlaying(net::EventLoop& loop, Recordings recordings);
    CallPlaying(const CallPlaying&) = delete;
    CallPlaying& operator=(const CallPlaying&) = delete;
    ~CallPlaying() = default;

    [[nodiscard]] bool has_sound() const { return sound_ != nullptr; }
    [[nodiscard]] bool has_pictures() const { return pictures_ != nullptr; }
    /// From the beginning, unless it plays already. host: outlives this, or stop() is called first.
    void start(net::CallHost& host);
    void stop();
    void want_whole_picture();

private:
    void handle_timeout(net::Timer& timer, Instant now) override;
    void set_clock();

    net::EventLoop& loop_;
    Recordings recordings_;
    std::unique_ptr<rtp::Player> sound_;
    std::unique_ptr<rtp::Player> pictures_;
    net::CallHost* host_ = nullptr; // nobody: it does not play
    net::Timer timer_;
};

} // namespace vv::apps
