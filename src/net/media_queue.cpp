#include "net/media_queue.h"

#include "base/assert.h"

#include <algorithm>

namespace vv::net {

MediaQueue::Pushed MediaQueue::push(Kind kind, ByteView header, ByteView payload, ByteView padding) {
    const std::size_t size = header.size() + payload.size() + padding.size();
    Pushed pushed;
    while (this->size() + size > kSizeMax) {
        if (!drop_oldest_media()) {
            pushed.fits = false;
            if (kind == Kind::kMedia) ++pushed.dropped;
            return pushed;
        }
        ++pushed.dropped;
    }
    if (size == 0) return pushed;
    // Moved to the front when half of the room is behind us, so that each byte is moved about once.
    if (begin_ > bytes_.size() / 2) {
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
        begin_ = 0;
        frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
    for (const ByteView part : {header, payload, padding})
        bytes_.insert(bytes_.end(), part.begin(), part.end());
    frames_.push_back({static_cast<std::uint32_t>(size), kind, false});
    return pushed;
}

ByteView MediaQueue::front() const {
    return ByteView(bytes_).subspan(begin_, std::min(size(), kWriteMax));
}

void MediaQueue::pop(std::size_t size) {
    VV_ASSERT(size <= this->size());
    held_ -= std::min(held_, size);
    begin_ += size;
    while (size > 0) {
        Frame& frame = frames_[first_];
        const auto taken = std::min<std::size_t>(size, frame.size);
        size -= taken;
        frame.size -= static_cast<std::uint32_t>(taken);
        frame.begun = true;
        if (frame.size == 0) ++first_;
    }
    if (is_empty()) {
        bytes_.clear();
        frames_.clear();
        begin_ = first_ = held_ = 0;
    }
}

// What stands before the oldest media is little: what is held, the rest of a frame, perhaps an answer. It moves up.
bool MediaQueue::drop_oldest_media() {
    std::size_t offset = 0;
    for (std::size_t i = first_; i < frames_.size(); ++i) {
        const Frame frame = frames_[i];
        if (frame.kind == Kind::kMedia && !frame.begun && offset >= held_) {
            const auto from = bytes_.begin() + static_cast<std::ptrdiff_t>(begin_);
            const auto to = from + static_cast<std::ptrdiff_t>(offset);
            std::move_backward(from, to, to + frame.size);
            begin_ += frame.size;
            std::move_backward(frames_.begin() + static_cast<std::ptrdiff_t>(first_),
                               frames_.begin() + static_cast<std::ptrdiff_t>(i),
                               frames_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
            ++first_;
            return true;
        }
        offset += frame.size;
    }
    return false;
}

void MediaQueue::release_memory() {
    VV_ASSERT(is_empty());
    ByteBuffer().swap(bytes_);
    std::vector<Frame>().swap(frames_);
}

} // namespace vv::net
