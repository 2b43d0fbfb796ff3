#include "net/line_output.h"
#include "net/signal_source.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <pty.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

/// More than a pipe, a socket or a terminal holds.
constexpr std::size_t kMuch = std::size_t{600} * 1024;

struct Ends {
    UniqueFd reader;
    UniqueFd writer;
};

Ends pipe_ends() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Ends socket_ends() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Ends terminal_ends() {
    int master = -1;
    int slave = -1;
    EXPECT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
    return {UniqueFd(master), UniqueFd(slave)};
}

std::string numbered_lines(std::size_t size) {
    std::string text;
    for (int i = 0; text.size() < size; ++i)
        text += std::to_string(i) + "\n";
    return text;
}

class LineOutputTest : public testing::Test {
protected:
    LineOutputTest() { ignore_broken_pipes(); }

    /// Nothing here may wait for a reader: a test that does hangs, and fails by its limit of time.
    void expect_all_in_time(const Ends& ends) {
        const std::string text = numbered_lines(kMuch);
        LineOutput output(loop_, ends.writer.value());
        output.write(text);
        EXPECT_TRUE(output.is_waiting());
        EXPECT_EQ(output.error(), 0);
        EXPECT_EQ(::fcntl(ends.writer.value(), F_GETFL) & O_NONBLOCK, 0) << "others have the descriptor as well";
        std::string heard;
        for (int i = 0; i < 100'000 && heard.size() < text.size(); ++i) {
            std::array<char, 4096> buffer{};
            const ssize_t size = ::read(ends.reader.value(), buffer.data(), buffer.size());
            ASSERT_GT(size, 0);
            for (const char letter : std::string_view(buffer.data(), static_cast<std::size_t>(size))) {
                if (letter != '\r') heard += letter; // which terminals put in
            }
            loop_.run_once(0ms);
        }
        EXPECT_EQ(heard, text);
        EXPECT_FALSE(output.is_waiting());
    }

    EventLoop loop_;
};

TEST_F(LineOutputTest, APipeThatIsNotReadIsNotWaitedFor) {
    expect_all_in_time(pipe_ends());
}

TEST_F(LineOutputTest, NorASocket) {
    expect_all_in_time(socket_ends());
}

TEST_F(LineOutputTest, NorATerminal) {
    expect_all_in_time(terminal_ends());
}

TEST_F(LineOutputTest, MoreThanMayWaitIsAnError) {
    const Ends ends = pipe_ends();
    LineOutput output(loop_, ends.writer.value(), 1'000);
    output.write(numbered_lines(kMuch));
    EXPECT_EQ(output.error(), ENOBUFS);
    EXPECT_FALSE(output.is_waiting());
    output.write("more");
    EXPECT_FALSE(output.is_waiting());
}

TEST_F(LineOutputTest, AReaderThatGoesIsAnErrorAlsoForWhatWaits) {
    Ends ends = pipe_ends();
    LineOutput output(loop_, ends.writer.value());
    output.write(numbered_lines(kMuch));
    ends.reader.reset();
    loop_.run_once(0ms);
    EXPECT_EQ(output.error(), EPIPE);
    EXPECT_FALSE(output.is_waiting());
}

TEST_F(LineOutputTest, ADiskThatIsFullIsAnError) {
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    LineOutput output(loop_, full.value());
    output.write("text");
    EXPECT_EQ(output.error(), ENOSPC);
}

TEST_F(LineOutputTest, WhatIsClosedIsAnError) {
    LineOutput output(loop_, -1);
    output.write("text");
    EXPECT_EQ(output.error(), EBADF);
}

} // namespace
} // namespace vv::net
