#include "apps/call_writing.h"

#include "apps/config_load.h"

#include <utility>

namespace vv::apps {

std::optional<CallWriting::File> CallWriting::open(const std::optional<std::filesystem::path>& path) {
    if (!path) return std::nullopt;
    auto file = net::GrowingFile::create(*path);
    if (!file) throw ConfigError("--write: " + file.error());
    return File{*std::move(file)};
}

CallWriting::CallWriting(const CallCommand& command, Rng& rng, Told told)
    : told_(std::move(told)),
      serial_(static_cast<std::uint32_t>(rng.next_u64())),
      sound_file_(open(command.sound_file)),
      picture_file_(open(command.picture_file)) {}

CallWriting::~CallWriting() = default;

Instant CallWriting::began(Instant now) {
    if (!began_) began_ = now;
    return *began_;
}

void CallWriting::keep(Instant now, const peer::AudioFrame& frame) {
    const Instant since = began(now);
    if (!sound_file_) return;
    if (!sound_) sound_ = std::make_unique<rtp::SoundRecorder>(sound_bytes_, since, serial_);
    sound_->write(now, frame.media_time, frame.packet);
    store(*sound_file_, sound_bytes_);
}

void CallWriting::keep(Instant now, const peer::VideoFrame& frame) {
    const Instant since = began(now);
    if (!picture_file_) return;
    if (!pictures_) pictures_ = std::make_unique<rtp::PictureRecorder>(picture_bytes_, since);
    pictures_->write(now, frame.media_time, frame.head, frame.picture);
    store(*picture_file_, picture_bytes_);
}

void CallWriting::store(File& file, ByteBuffer& bytes) {
    const ByteBuffer taken = std::exchange(bytes, {});
    if (taken.empty() || !file.error.empty()) return;
    if (const auto stored = file.file.append(taken); !stored) {
        file.error = stored.error();
        told_(file.error);
    }
}

WrittenFile CallWriting::closed(File& file) {
    if (const auto stored = file.file.close(); !stored && file.error.empty()) file.error = stored.error();
    return {file.file.path(), file.file.size(), file.error};
}

std::vector<WrittenFile> CallWriting::close() {
    std::vector<WrittenFile> files;
    if (sound_file_) {
        if (sound_) sound_->finish();
        store(*sound_file_, sound_bytes_);
        files.push_back(closed(*sound_file_));
    }
    if (picture_file_) files.push_back(closed(*picture_file_));
    return files;
}

} // namespace vv::apps
