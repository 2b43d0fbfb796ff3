// What is on its way to a TURN client over a stream: frames in order, in one run
// of bytes, so that many of them go out in one write. When the client does not
// keep up, the oldest media goes: late sound and pictures are of no use, and the
// newest tell most. Answers are never dropped, and no frame that has begun is cut.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vv::net {

class MediaQueue {
public:
    /// Bytes held for one client at most, unless its owner says otherwise.
    static constexpr std::size_t kSizeDefault = std::size_t{128} * 1024;
    /// What has to stay is a record of TLS and the rest of the frame that it ends in. Behind the most that this can be
    /// there is room for nearly 16 KiB of answers, without which an honest client would be cut off; behind a whole
    /// record for the largest frame. Media that finds no room is dropped, and nobody is cut off for that.
    static constexpr std::size_t kSizeLeast = std::size_t{96} * 1024;
    /// Given to one write: the most that one TLS record carries (RFC 8446 §5.1).
    static constexpr std::size_t kWriteMax = 16'384;

    enum class Kind : std::uint8_t {
        kMedia, ///< ChannelData and Data indications: may be dropped
        kAnswer
    };
    struct Pushed {
        bool fits = true;        ///< false: the frame is not in the queue, and for an answer that is the client's end
        std::size_t dropped = 0; ///< media frames, this one included if it is media and does not fit
    };

    /// Copies the parts of one frame behind the others, and makes room for it by dropping media, so that no more than
    /// size_max bytes are held.
    Pushed push(Kind kind, std::size_t size_max, ByteView header, ByteView payload = {}, ByteView padding = {});

    [[nodiscard]] bool is_empty() const { return size() == 0; }
    /// Bytes waiting.
    [[nodiscard]] std::size_t size() const { return bytes_.size() - begin_; }
    /// What to write next, at most kWriteMax bytes.
    [[nodiscard]] ByteView front() const;
    /// These have been taken.
    void pop(std::size_t size);
    /// The first `size` bytes must be offered again as they are: TLS has made a record of them.
    void hold(std::size_t size) { held_ = size; }
    /// Gives memory back that only a busy client needs; the queue must be empty.
    void release_memory();

private:
    struct Frame {
        std::uint32_t size; ///< bytes still in the queue
        Kind kind;
        bool begun; ///< some of it has gone
    };
    /// Frees so many bytes, or as many as there is media; answers how many frames went.
    [[nodiscard]] std::size_t drop_oldest_media(std::size_t wanted);

    ByteBuffer bytes_;
    std::size_t begin_ = 0; // of what waits, in bytes_
    std::vector<Frame> frames_;
    std::size_t first_ = 0; // of those that wait, in frames_
    std::size_t held_ = 0;
};

} // namespace vv::net
