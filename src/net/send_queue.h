// Bytes that a socket did not take yet, in order. Exists only while there are some.
#pragma once

#include "base/bytes.h"

#include <deque>
#include <string>
#include <utility>

namespace vv::net {

class SendQueue {
public:
    void push(std::string bytes) {
        size_ += bytes.size();
        if (!bytes.empty()) chunks_.push_back({std::move(bytes), {}, 0});
    }
    /// The bytes must outlive the connection.
    void push_lasting(ByteView bytes) {
        size_ += bytes.size();
        if (!bytes.empty()) chunks_.push_back({{}, bytes, 0});
    }
    [[nodiscard]] bool is_empty() const { return chunks_.empty(); }
    /// Bytes still to be sent.
    [[nodiscard]] std::size_t size() const { return size_; }
    /// What to send next; not empty while the queue is not.
    [[nodiscard]] ByteView front() const {
        const Chunk& chunk = chunks_.front();
        return (chunk.lasting.empty() ? as_bytes(chunk.owned) : chunk.lasting).subspan(chunk.sent);
    }
    void pop(std::size_t size) {
        size_ -= size;
        chunks_.front().sent += size;
        if (front().empty()) chunks_.pop_front();
    }

private:
    struct Chunk {
        std::string owned;
        ByteView lasting;
        std::size_t sent = 0;
    };
    std::deque<Chunk> chunks_;
    std::size_t size_ = 0;
};

} // namespace vv::net
