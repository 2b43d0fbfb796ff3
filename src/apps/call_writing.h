// What `visavis call` keeps of what it receives: a file of sound, a file of pictures.
#pragma once

#include "apps/call_command.h"
#include "apps/call_summary.h"
#include "base/rng.h"
#include "net/growing_file.h"
#include "peer/event.h"
#include "rtp/recorder.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vv::apps {

class CallWriting {
public:
    /// Called once for each file that can take no more.
    using Told = std::function<void(const std::string& why)>;

    /// Opens the files. Throws ConfigError for one that cannot be written.
    CallWriting(const CallCommand& command, Rng& rng, Told told);
    CallWriting(const CallWriting&) = delete;
    CallWriting& operator=(const CallWriting&) = delete;
    ~CallWriting();

    void keep(Instant now, const peer::AudioFrame& frame);
    void keep(Instant now, const peer::VideoFrame& frame);
    /// Stores everything. Once.
    [[nodiscard]] std::vector<WrittenFile> close();

private:
    struct File {
        net::GrowingFile file;
        std::string error{};
    };

    static std::optional<File> open(const std::optional<std::filesystem::path>& path);
    [[nodiscard]] Instant began(Instant now);
    void store(File& file, ByteBuffer& bytes);
    static WrittenFile closed(File& file);

    Told told_;
    std::uint32_t serial_;
    std::optional<Instant> began_; // both files count from the first of either
    std::optional<File> sound_file_;
    std::optional<File> picture_file_;
    ByteBuffer sound_bytes_;
    ByteBuffer picture_bytes_;
    std::unique_ptr<rtp::SoundRecorder> sound_;
    std::unique_ptr<rtp::PictureRecorder> pictures_;
};

} // namespace vv::apps
