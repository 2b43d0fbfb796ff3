#include "apps/check_call.h"

#include "apps/call_command.h"
#include "apps/call_words.h"
#include "net/os_rng.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace vv::apps {

CheckCall::CheckCall(net::EventLoop& loop, const Options& options) : loop_(loop), timer_(loop.timers(), *this) {
    net::OsRng rng;
    const auto key = rng.bytes<caller::kLinkKeySize>();
    for (std::size_t i = 0; i < ends_.size(); ++i) {
        net::CallHost::Options host{.page = options.page, .trusted_pem = options.trusted_pem};
        host.call.place = call::Link{.key = key, .seat = rng.bytes<16>()};
        host.call.is_relay_only = options.is_relay_only;
        End& end = ends_.at(i);
        end.playing = std::make_unique<CallPlaying>(loop, recordings_of(CallCommand{}));
        end.host = std::make_unique<net::CallHost>(loop, std::move(host),
                                                   [this, i](const call::Event& event) { handle(i, event); });
    }
}

CheckCall::~CheckCall() {
    for (const End& end : ends_)
        end.playing->stop();
}

void CheckCall::start() {
    for (const End& end : ends_)
        end.host->start();
}

std::string_view CheckCall::awaited() const {
    if (!is_online_) return "for the server's greeting";
    if (!met_at_) return "for the server to bring both ends together";
    if (!is_begun_) return "for the server to pass on what both ends say";
    if (!is_secured_) return "for a way between both ends and its keys (ICE, DTLS)";
    return "for sound and picture";
}

bool CheckCall::has_media() const {
    return std::ranges::all_of(ends_, [](const End& end) { return end.has_sound && end.has_picture; });
}

bool CheckCall::is_gone() const {
    return std::ranges::all_of(ends_, &End::is_gone);
}

void CheckCall::handle(std::size_t index, const call::Event& event) {
    if (is_finished_) return; // what follows from leaving
    End& end = ends_.at(index);
    if (std::holds_alternative<call::Online>(event)) {
        is_online_ = true;
    } else if (std::holds_alternative<call::Met>(event)) {
        if (!met_at_) met_at_ = loop_.now();
    } else if (std::holds_alternative<call::Begun>(event)) {
        is_begun_ = true;
    } else if (std::holds_alternative<call::Secured>(event)) {
        is_secured_ = true;
    } else if (std::holds_alternative<call::Connected>(event)) {
        end.playing->start(*end.host);
    } else if (std::holds_alternative<call::KeyframeWanted>(event)) {
        end.playing->want_whole_picture();
    } else if (std::holds_alternative<call::SoundHeard>(event)) {
        end.has_sound = true;
        look_whether_all_came();
    } else if (std::holds_alternative<call::PictureSeen>(event)) {
        end.has_picture = true;
        look_whether_all_came();
    } else if (const auto* ended = std::get_if<call::Ended>(&event)) {
        fail(end_words(*ended));
    } else if (const auto* over = std::get_if<call::Over>(&event)) {
        fail(std::string(over_words(over->why)));
    }
}

void CheckCall::look_whether_all_came() {
    if (connect_time_ || !has_media()) return;
    connect_time_ = loop_.now() - met_at_.value_or(loop_.now());
    timer_.arm(loop_.now() + kCheckCallTime);
}

void CheckCall::handle_timeout(net::Timer& /*timer*/, Instant /*now*/) {
    is_over_ = true;
}

void CheckCall::fail(std::string why) {
    if (is_over_) return;
    is_over_ = true;
    why_ = std::move(why);
}

void CheckCall::finish() {
    if (std::exchange(is_finished_, true)) return;
    for (std::size_t i = 0; i < ends_.size(); ++i)
        reports_.at(i) = ends_.at(i).host->report();
    for (End& end : ends_) {
        end.playing->stop();
        end.host->leave([&end] { end.is_gone = true; });
    }
}

} // namespace vv::apps
