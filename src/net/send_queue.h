// Bytes that a socket did not take yet, in order. Exists only while there are some.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"

#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace vv::net {

class SendQueue {
public:
    /// Small writes share a chunk up to this size: one of its own would cost each more than it carries.
    static constexpr std::size_t kChunkMax = 16384;

    explicit SendQueue(Instant now) : taken_at_(now) {}

    void push(std::string_view bytes) {
        if (bytes.empty()) return;
        size_ += bytes.size();
        if (chunks_.empty() || chunks_.back().owned.empty() || chunks_.back().owned.size() >= kChunkMax) {
            chunks_.emplace_back();
        }
        chunks_.back().owned += bytes;
    }
    /// The bytes must outlive the connection.
    void push_lasting(ByteView bytes) {
        size_ += bytes.size();
        if (!bytes.empty()) chunks_.push_back({{}, bytes, 0});
    }
    /// Goes out after everything else, instead of what was put here before; empty: nothing does. Only while the
    /// queue is not empty.
    void set_last(std::string bytes) { last_ = std::move(bytes); }

    [[nodiscard]] bool is_empty() const { return chunks_.empty(); }
    /// Bytes still to be sent.
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t chunks() const { return chunks_.size(); }
    /// When the peer last took anything; before that, when it first did not.
    [[nodiscard]] Instant taken_at() const { return taken_at_; }
    /// What to send next; not empty while the queue is not.
    [[nodiscard]] ByteView front() const {
        const Chunk& chunk = chunks_.front();
        return (chunk.lasting.empty() ? as_bytes(chunk.owned) : chunk.lasting).subspan(chunk.sent);
    }
    void pop(std::size_t size, Instant now) {
        taken_at_ = now;
        size_ -= size;
        chunks_.front().sent += size;
        if (front().empty()) chunks_.pop_front();
        if (chunks_.empty()) push(std::exchange(last_, {}));
    }

private:
    struct Chunk {
        std::string owned;
        ByteView lasting;
        std::size_t sent = 0;
    };
    std::deque<Chunk> chunks_;
    std::string last_;
    std::size_t size_ = 0;
    Instant taken_at_;
};

} // namespace vv::net
