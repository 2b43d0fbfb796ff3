// Sockets that have something to be read, the one that has waited longest first:
// however many they are, what a round takes from all of them is bounded, and none
// of them waits for ever.
#pragma once

#include <cstddef>
#include <deque>

namespace vv::net {

class ReadyQueue {
public:
    class Reader {
    public:
        Reader() = default;
        Reader(const Reader&) = delete;
        Reader& operator=(const Reader&) = delete;
        /// Reads about `most` datagrams and says how many it were; fewer than `most` if there were no more.
        virtual std::size_t read(std::size_t most) = 0;

    protected:
        virtual ~Reader() = default;

    private:
        friend class ReadyQueue;
        bool is_waiting_ = false;
    };

    /// Of a round that many share each has at least so many datagrams; whose turn does not come has it in the next.
    static constexpr std::size_t kShareMin = 16;

    /// Nothing, if it waits already. The reader outlives its stay.
    void add(Reader& reader);
    void remove(Reader& reader);
    /// Gives each a turn until about `most` datagrams have been read: more only by what a reader reads past its share.
    /// Who may have more waits again, behind the others. Gives how many were read.
    std::size_t serve(std::size_t most);
    [[nodiscard]] bool is_empty() const { return waiting_.empty(); }

private:
    std::deque<Reader*> waiting_;
};

} // namespace vv::net
