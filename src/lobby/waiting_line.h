// People of one kind waiting in one room, oldest first: a list of small sorted
// blocks, so that the oldest few lie side by side in memory, and joining and leaving
// anywhere costs a search over the blocks and a move inside one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace vv::lobby {

struct Waiter {
    std::uint64_t ticket = 0;  // counted up over the whole lobby: a smaller one waits longer
    std::uint64_t session = 0; // stable name of the session, see history.h
    std::uint32_t slot = 0;
    std::uint32_t topics = 0; // one bit each
};

class WaitingLine {
public:
    /// The ticket is not in the line. Anywhere in the line; at its end it is cheapest.
    void insert(const Waiter& waiter);
    /// False if the ticket is not in the line.
    bool erase(std::uint64_t ticket);
    [[nodiscard]] std::size_t size() const { return size_; }
    /// How many wait longer than this ticket.
    [[nodiscard]] std::size_t older_than(std::uint64_t ticket) const;

    /// A walk from the oldest on; ends with any change of the line.
    class Cursor {
    public:
        explicit Cursor(const WaitingLine& line) : line_(&line) {}
        /// Null at the end.
        [[nodiscard]] const Waiter* current() const;
        void advance();

    private:
        const WaitingLine* line_;
        std::size_t block_ = 0;
        std::size_t offset_ = 0;
    };

private:
    static constexpr std::size_t kBlockSize = 128;
    struct Block {
        std::uint64_t last = 0; // the largest ticket in it
        std::unique_ptr<std::array<Waiter, kBlockSize>> waiters = std::make_unique<std::array<Waiter, kBlockSize>>();
        std::uint32_t begin = 0; // the waiters are those in [begin, end)
        std::uint32_t end = 0;

        [[nodiscard]] std::size_t size() const { return end - begin; }
        [[nodiscard]] Waiter* first() { return waiters->data() + begin; }
        [[nodiscard]] const Waiter* first() const { return waiters->data() + begin; }
        [[nodiscard]] std::size_t lower_bound(std::uint64_t ticket) const;
        void insert(std::size_t offset, const Waiter& waiter);
        void erase(std::size_t offset);
        void move_to_front();
    };

    /// The block that holds, or would hold, this ticket; blocks_.size() past the last.
    [[nodiscard]] std::size_t block_of(std::uint64_t ticket) const;
    void split(std::size_t block);
    void join_small(std::size_t block);

    std::vector<Block> blocks_;
    std::size_t size_ = 0;
};

} // namespace vv::lobby
