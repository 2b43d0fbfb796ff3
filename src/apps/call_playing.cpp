#include "apps/call_playing.h"

#include "apps/config_load.h"
#include "apps/embedded_clip.h"
#include "base/assert.h"
#include "net/text_file.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

namespace vv::apps {
namespace {

constexpr std::size_t kFileSizeMax = std::size_t{512} * 1024 * 1024;

rtp::Recording read_file(const std::filesystem::path& path) {
    std::error_code unknown; // then reading it says what is wrong
    if (const auto size = std::filesystem::file_size(path, unknown); !unknown && size > kFileSizeMax) {
        throw ConfigError("--play: " + path.string() + " is larger than 512 MiB: cut it, or encode it with fewer bits");
    }
    const auto file = net::read_text_file(path, kFileSizeMax);
    if (!file) throw ConfigError("--play: " + file.error());
    auto recording = rtp::read_recording(file->view());
    if (!recording) throw ConfigError("--play: " + path.string() + " " + std::string(name_of(recording.error())));
    return *std::move(recording);
}

rtp::Recording read_clip(ByteView file) {
    auto recording = rtp::read_recording(file);
    VV_ASSERT(recording.has_value()); // it was built in, and is tested
    return *std::move(recording);
}

} // namespace

Recordings recordings_of(const CallCommand& command) {
    Recordings recordings;
    if (command.play == CallCommand::Play::kClip) {
        recordings.sound = read_clip(clip_sound());
        recordings.pictures = read_clip(clip_pictures());
    }
    for (const std::filesystem::path& path : command.played) {
        rtp::Recording recording = read_file(path);
        const bool is_sound = recording.kind == rtp::Recording::Kind::kSound;
        auto& place = is_sound ? recordings.sound : recordings.pictures;
        if (place)
            throw ConfigError(std::string("--play: there are two files of ") + (is_sound ? "sound" : "pictures"));
        place = std::move(recording);
    }
    return recordings;
}

CallPlaying::CallPlaying(net::EventLoop& loop, Recordings recordings)
    : loop_(loop),
      recordings_(std::move(recordings)),
      timer_(loop.timers(), *this) {
    if (recordings_.sound) sound_ = std::make_unique<rtp::Player>(*recordings_.sound);
    if (recordings_.pictures) pictures_ = std::make_unique<rtp::Player>(*recordings_.pictures);
}

void CallPlaying::start(net::CallHost& host) {
    if (host_ != nullptr) return;
    host_ = &host;
    for (const auto& player : {sound_.get(), pictures_.get()}) {
        if (player != nullptr) player->start(loop_.now());
    }
    set_clock();
}

void CallPlaying::stop() {
    host_ = nullptr;
    timer_.cancel();
}

void CallPlaying::want_whole_picture() {
    if (pictures_) pictures_->want_whole(loop_.now());
    if (host_ != nullptr) set_clock();
}

// What cannot be sent now, since the path is away or the other wants none, is not sent.
void CallPlaying::handle_timeout(net::Timer&, Instant now) {
    while (const auto due = sound_ && host_ != nullptr ? sound_->poll(now) : std::nullopt)
        (void)host_->send_audio(due->media_time, due->bytes);
    while (const auto due = pictures_ && host_ != nullptr ? pictures_->poll(now) : std::nullopt)
        (void)host_->send_video(due->media_time, due->bytes);
    if (host_ != nullptr) set_clock();
}

void CallPlaying::set_clock() {
    std::optional<Instant> next;
    for (const auto& player : {sound_.get(), pictures_.get()}) {
        const auto due = player != nullptr ? player->poll_timeout() : std::nullopt;
        if (due) next = std::min(*due, next.value_or(*due));
    }
    if (next) timer_.arm(*next);
}

} // namespace vv::apps
