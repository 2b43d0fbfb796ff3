#include "net/media_queue.h"

#include "base/assert.h"

#include <algorithm>
#include <cstring>

namespace vv::net {

MediaQueue::Pushed MediaQueue::push(Kind kind, std::size_t size_max, ByteView header, ByteView payload,
                                    ByteView padding) {
    const std::size_t size = header.size() + payload.size() + padding.size();
    Pushed pushed;
    if (this->size() + size > size_max) {
        pushed.dropped = drop_oldest_media(this->size() + size - size_max);
        if (this->size() + size > size_max) {
            pushed.fits = false;
            if (kind == Kind::kMedia) ++pushed.dropped;
            return pushed;
        }
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

// One pass, however many small frames there are: what is to stay among those that go moves up to the next that stays.
std::size_t MediaQueue::drop_oldest_media(std::size_t wanted) {
    const auto may_go = [this](const Frame& frame, std::size_t from) {
        return frame.kind == Kind::kMedia && !frame.begun && from - begin_ >= held_;
    };
    std::size_t end = first_; // of the frames looked at
    std::size_t from = begin_;
    std::size_t freed = 0;
    std::size_t dropped = 0;
    for (; end < frames_.size() && freed < wanted; ++end) {
        const Frame& frame = frames_[end];
        if (may_go(frame, from)) {
            freed += frame.size;
            ++dropped;
        }
        from += frame.size;
    }
    std::size_t to = from;
    std::size_t place = end;
    for (std::size_t i = end; i > first_; --i) {
        const Frame frame = frames_[i - 1];
        from -= frame.size;
        if (may_go(frame, from)) continue;
        to -= frame.size;
        std::memmove(bytes_.data() + to, bytes_.data() + from, frame.size);
        frames_[--place] = frame;
    }
    begin_ = to;
    first_ = place;
    return dropped;
}

void MediaQueue::release_memory() {
    VV_ASSERT(is_empty());
    ByteBuffer().swap(bytes_);
    std::vector<Frame>().swap(frames_);
}

} // namespace vv::net
