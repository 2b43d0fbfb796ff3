// A private call of this program with itself, as a part of `visavis check`: both ends
// send the clip inside the program for a few seconds and count what comes.
#pragma once

#include "apps/call_playing.h"
#include "call/report.h"
#include "net/call_host.h"
#include "net/event_loop.h"
#include "net/http_url.h"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace vv::apps {

/// Sound and picture flow for so long.
inline constexpr std::chrono::seconds kCheckCallTime{3};

class CheckCall final : net::TimerHandler {
public:
    struct Options {
        net::HttpUrl page;
        std::string trusted_pem{};
        bool is_relay_only = false;
    };
    /// loop: has run_once() behind it, and outlives this.
    CheckCall(net::EventLoop& loop, const Options& options);
    CheckCall(const CheckCall&) = delete;
    CheckCall& operator=(const CheckCall&) = delete;
    ~CheckCall();

    void start();
    /// It has come to its end, good or bad.
    [[nodiscard]] bool is_over() const { return is_over_; }
    /// Why there was no call; empty: there is one, or has been.
    [[nodiscard]] const std::string& why() const { return why_; }
    /// Both ends have been brought together, and look for a way.
    [[nodiscard]] bool is_begun() const { return is_begun_; }
    /// What is awaited, in words: "for the server's greeting".
    [[nodiscard]] std::string_view awaited() const;
    /// Of both ends, in no order that means anything.
    [[nodiscard]] const std::array<call::Report, 2>& reports() const { return reports_; }
    /// From the moment both were there to sound and picture at both ends.
    [[nodiscard]] std::optional<Duration> connect_time() const { return connect_time_; }
    /// Says goodbye and takes the reports, once.
    void finish();
    /// Both have said goodbye.
    [[nodiscard]] bool is_gone() const;

private:
    struct End {
        std::unique_ptr<net::CallHost> host{};
        std::unique_ptr<CallPlaying> playing{};
        bool has_sound = false;
        bool has_picture = false;
        bool is_gone = false;
    };

    void handle_timeout(net::Timer& timer, Instant now) override;
    void handle(std::size_t index, const call::Event& event);
    void fail(std::string why);
    [[nodiscard]] bool has_media() const; // has come at both ends
    void look_whether_all_came();

    net::EventLoop& loop_;
    std::array<End, 2> ends_{};
    std::array<call::Report, 2> reports_{};
    std::string why_;
    bool is_over_ = false;
    bool is_online_ = false;
    bool is_begun_ = false;
    bool is_secured_ = false;
    bool is_finished_ = false;
    std::optional<Instant> met_at_{};
    std::optional<Duration> connect_time_{};
    net::Timer timer_;
};

} // namespace vv::apps
