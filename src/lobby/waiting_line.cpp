#include "lobby/waiting_line.h"

#include <algorithm>

namespace vv::lobby {

std::size_t WaitingLine::Block::lower_bound(std::uint64_t ticket) const {
    const Waiter* const found = std::lower_bound(
        first(), first() + size(), ticket, [](const Waiter& waiter, std::uint64_t t) { return waiter.ticket < t; });
    return static_cast<std::size_t>(found - first());
}

void WaitingLine::Block::move_to_front() {
    std::move(first(), first() + size(), waiters->data());
    end -= begin;
    begin = 0;
}

void WaitingLine::Block::insert(std::size_t offset, const Waiter& waiter) {
    if (end == kBlockSize) move_to_front();
    std::move_backward(first() + offset, first() + size(), first() + size() + 1);
    ++end;
    first()[offset] = waiter;
    last = first()[size() - 1].ticket;
}

void WaitingLine::Block::erase(std::size_t offset) {
    if (offset < size() / 2) {
        std::move_backward(first(), first() + offset, first() + offset + 1);
        ++begin;
    } else {
        std::move(first() + offset + 1, first() + size(), first() + offset);
        --end;
    }
    if (size() > 0) last = first()[size() - 1].ticket;
}

std::size_t WaitingLine::block_of(std::uint64_t ticket) const {
    if (blocks_.empty() || blocks_.back().last < ticket) return blocks_.size();
    const auto found = std::lower_bound(blocks_.begin(), blocks_.end(), ticket,
                                        [](const Block& block, std::uint64_t t) { return block.last < t; });
    return static_cast<std::size_t>(found - blocks_.begin());
}

void WaitingLine::insert(const Waiter& waiter) {
    std::size_t block = block_of(waiter.ticket);
    if (block == blocks_.size()) {
        // Past the end: fill the last block rather than split it, so a growing line has full blocks.
        if (blocks_.empty() || blocks_.back().size() == kBlockSize) blocks_.emplace_back();
        block = blocks_.size() - 1;
    } else if (blocks_[block].size() == kBlockSize) {
        split(block);
        if (blocks_[block].last < waiter.ticket) ++block;
    }
    blocks_[block].insert(blocks_[block].lower_bound(waiter.ticket), waiter);
    ++size_;
}

bool WaitingLine::erase(std::uint64_t ticket) {
    const std::size_t block = block_of(ticket);
    if (block == blocks_.size()) return false;
    const std::size_t offset = blocks_[block].lower_bound(ticket);
    if (offset == blocks_[block].size() || blocks_[block].first()[offset].ticket != ticket) return false;
    blocks_[block].erase(offset);
    --size_;
    join_small(block);
    return true;
}

std::size_t WaitingLine::older_than(std::uint64_t ticket) const {
    const std::size_t block = block_of(ticket);
    if (block == blocks_.size()) return size_;
    std::size_t older = blocks_[block].lower_bound(ticket);
    for (std::size_t i = 0; i < block; ++i)
        older += blocks_[i].size();
    return older;
}

void WaitingLine::split(std::size_t block) {
    Block upper;
    Block& lower = blocks_[block];
    lower.move_to_front();
    const std::size_t half = lower.size() / 2;
    std::copy(lower.first() + half, lower.first() + lower.size(), upper.first());
    upper.end = static_cast<std::uint32_t>(lower.size() - half);
    upper.last = lower.last;
    lower.end = static_cast<std::uint32_t>(half);
    lower.last = lower.first()[half - 1].ticket;
    blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(block) + 1, std::move(upper));
}

// Keeps memory in proportion to people: a block that has become small is poured
// into its neighbour when both fit in half a block.
void WaitingLine::join_small(std::size_t block) {
    const auto drop = [this](std::size_t index) {
        blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(index));
    };
    if (blocks_[block].size() == 0) return drop(block);
    if (block + 1 == blocks_.size()) return;
    Block& lower = blocks_[block];
    Block& upper = blocks_[block + 1];
    if (lower.size() + upper.size() > kBlockSize / 2) return;
    lower.move_to_front();
    std::copy(upper.first(), upper.first() + upper.size(), lower.first() + lower.size());
    lower.end += static_cast<std::uint32_t>(upper.size());
    lower.last = upper.last;
    drop(block + 1);
}

const Waiter* WaitingLine::Cursor::current() const {
    if (block_ == line_->blocks_.size()) return nullptr;
    return line_->blocks_[block_].first() + offset_;
}

void WaitingLine::Cursor::advance() {
    if (++offset_ < line_->blocks_[block_].size()) return;
    offset_ = 0;
    ++block_;
}

} // namespace vv::lobby
