#include "rtp/vp8_assembler.h"

#include <iterator>
#include <utility>

namespace vv::rtp {

std::optional<Vp8Assembler::Fragment> Vp8Assembler::read(const Packet& packet) {
    Fragment fragment{.timestamp = packet.header.timestamp};
    if (packet.payload.empty()) return fragment;
    const auto payload = parse_vp8(packet.payload);
    if (!payload) return std::nullopt;
    fragment.is_last = packet.header.marker;
    fragment.starts_picture = payload->descriptor.starts_picture();
    if (fragment.starts_picture) {
        const auto head = read_vp8_head(payload->data);
        if (!head) return std::nullopt;
        fragment.is_key = head->is_key;
    }
    fragment.data.assign(payload->data.begin(), payload->data.end());
    return fragment;
}

void Vp8Assembler::handle_packet(Instant now, const Packet& packet) {
    auto fragment = read(packet);
    if (!fragment) return;
    const std::int64_t sequence = sequences_.unwrap(packet.header.sequence);
    if (next_ && sequence < *next_) return;
    const std::size_t size = fragment->data.size();
    if (!fragments_.try_emplace(sequence, std::move(*fragment)).second) return;
    bytes_ += size;
    if (fragments_.size() > kFragmentsMax || bytes_ > kFragmentBytesMax) give_up();
    advance(now);
}

void Vp8Assembler::advance(Instant now) {
    bool has_moved = false;
    while (pictures_.size() < kPicturesMax && (give_out_next() || jump_to_keyframe()))
        has_moved = true;
    if (fragments_.empty()) {
        blocked_since_.reset();
    } else if (has_moved || !blocked_since_) {
        blocked_since_ = now;
    }
}

std::optional<Vp8Assembler::Fragments::const_iterator>
Vp8Assembler::end_of_picture(Fragments::const_iterator first) const {
    if (!first->second.starts_picture) return std::nullopt;
    std::int64_t expected = first->first;
    for (auto at = first; at != fragments_.end(); ++at, ++expected) {
        const Fragment& fragment = at->second;
        if (at->first != expected || fragment.timestamp != first->second.timestamp) return std::nullopt;
        if (at != first && fragment.starts_picture) return std::nullopt;
        if (fragment.is_last) return std::next(at);
    }
    return std::nullopt;
}

// The picture that follows the last one, if it is whole and can be decoded.
bool Vp8Assembler::give_out_next() {
    if (!next_ || fragments_.empty() || fragments_.begin()->first != *next_) return false;
    const auto first = fragments_.cbegin();
    if (first->second.data.empty()) { // padding
        drop(first, std::next(first));
        ++*next_;
        return true;
    }
    if (!is_unbroken_ && !first->second.is_key) return false;
    const auto end = end_of_picture(first);
    if (!end) return false;
    give_out(first, *end);
    return true;
}

// A whole picture needs nothing of what is missing before it.
bool Vp8Assembler::jump_to_keyframe() {
    for (auto first = fragments_.cbegin(); first != fragments_.cend(); ++first) {
        if (!first->second.is_key) continue;
        const auto end = end_of_picture(first);
        if (!end) continue;
        if (next_) ++skips_;
        drop(fragments_.cbegin(), first);
        give_out(first, *end);
        return true;
    }
    return false;
}

void Vp8Assembler::give_out(Fragments::const_iterator first, Fragments::const_iterator end) {
    Picture picture{.timestamp = first->second.timestamp};
    for (auto at = first; at != end; ++at) {
        picture.last_sequence = static_cast<std::uint16_t>(at->first);
        next_ = at->first + 1;
        picture.bytes.insert(picture.bytes.end(), at->second.data.begin(), at->second.data.end());
    }
    picture.head = read_vp8_head(picture.bytes).value_or(Vp8PictureHead{});
    is_unbroken_ = true;
    has_waited_ = false;
    pictures_.push_back(std::move(picture));
    drop(first, end);
}

void Vp8Assembler::drop(Fragments::const_iterator first, Fragments::const_iterator end) {
    for (auto at = first; at != end; ++at)
        bytes_ -= at->second.data.size();
    fragments_.erase(first, end);
}

void Vp8Assembler::give_up() {
    drop(fragments_.cbegin(), fragments_.cend());
    is_unbroken_ = false;
    ++skips_;
}

// What has come is kept: what is missing may still come, and the whole picture may begin among it.
void Vp8Assembler::handle_timeout(Instant now) {
    const auto deadline = poll_timeout();
    if (deadline && now >= *deadline) has_waited_ = true;
}

std::optional<Instant> Vp8Assembler::poll_timeout() const {
    if (needs_keyframe() || !blocked_since_) return std::nullopt;
    return *blocked_since_ + kRepairWait;
}

std::optional<Picture> Vp8Assembler::poll_picture() {
    if (pictures_.empty()) return std::nullopt;
    Picture picture = std::move(pictures_.front());
    pictures_.pop_front();
    return picture;
}

} // namespace vv::rtp
