#include "net/line_input.h"
#include "net/temporary_directory_for_test.h"
#include "net/unique_fd.h"

#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <pty.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLineMax = 10;

class LineInputTest : public testing::Test {
protected:
    LineInputTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        read_end_.reset(ends[0]);
        write_end_.reset(ends[1]);
    }

    void listen(int fd) {
        input_ = std::make_unique<LineInput>(loop_, fd, kLineMax, [this](std::optional<LineInput::Line> line) {
            heard_.push_back(!line ? "(end)" : std::string(line->text) + (line->is_cut ? "(cut)" : ""));
            if (pauses_) input_->pause();
        });
        input_->resume();
    }
    void write(std::string_view text) {
        ASSERT_EQ(::write(write_end_.value(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    /// Whatever can be heard by now.
    std::vector<std::string> hear() {
        for (int i = 0; i < 10; ++i)
            loop_.run_once(0ms);
        return std::exchange(heard_, {});
    }

    using Heard = std::vector<std::string>;
    EventLoop loop_;
    UniqueFd read_end_;
    UniqueFd write_end_;
    std::unique_ptr<LineInput> input_;
    bool pauses_ = false;

private:
    Heard heard_;
};

TEST_F(LineInputTest, TellsEachLineOnceItIsWhole) {
    listen(read_end_.value());
    EXPECT_EQ(hear(), Heard{});
    write("one\ntw");
    EXPECT_EQ(hear(), Heard{"one"});
    write("o\n\nthree\n");
    EXPECT_EQ(hear(), (Heard{"two", "", "three"}));
    write("rest");
    EXPECT_EQ(hear(), Heard{});
    EXPECT_FALSE(input_->has_ended());
    write_end_.reset();
    EXPECT_EQ(hear(), (Heard{"rest", "(end)"})) << "the last needs no end";
    EXPECT_TRUE(input_->has_ended());
    EXPECT_EQ(hear(), Heard{});
}

TEST_F(LineInputTest, CutsALineThatIsTooLong) {
    listen(read_end_.value());
    write("0123456789\n0123456789a\nnext\n");
    EXPECT_EQ(hear(), (Heard{"0123456789", "0123456789(cut)", "next"}));
    write("0123456789abc");
    EXPECT_EQ(hear(), Heard{"0123456789(cut)"}) << "and holds no more of it, whether its end comes or not";
    for (int i = 0; i < 20; ++i)
        write("more and more");
    EXPECT_EQ(hear(), Heard{});
    write("\nnext\n");
    EXPECT_EQ(hear(), Heard{"next"});
    write("0123456789abc");
    write_end_.reset();
    EXPECT_EQ(hear(), (Heard{"0123456789(cut)", "(end)"}));
}

TEST_F(LineInputTest, LeavesWhatIsNotWantedYet) {
    listen(read_end_.value());
    input_->pause();
    write("one\ntwo\n");
    EXPECT_EQ(hear(), Heard{});
    pauses_ = true;
    input_->resume();
    EXPECT_EQ(hear(), Heard{"one"});
    input_->resume();
    EXPECT_EQ(hear(), Heard{"two"});
    write_end_.reset();
    EXPECT_EQ(hear(), Heard{});
    input_->resume();
    EXPECT_EQ(hear(), Heard{"(end)"});
    input_->resume();
    EXPECT_EQ(hear(), Heard{});
}

TEST_F(LineInputTest, ReadsAFileAsWell) {
    const TemporaryDirectory folder;
    std::ofstream(folder / "lines") << "one\ntwo";
    const UniqueFd file(::open((folder / "lines").c_str(), O_RDONLY | O_CLOEXEC));
    listen(file.value());
    EXPECT_EQ(hear(), (Heard{"one", "two", "(end)"}));
    const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    listen(nothing.value());
    EXPECT_EQ(hear(), Heard{"(end)"});
}

TEST_F(LineInputTest, LeavesOutWhatOtherSystemsEndLinesWith) {
    listen(read_end_.value());
    write("one\r\n\r\ntwo\r three\n");
    EXPECT_EQ(hear(), (Heard{"one", "", "two\r three"}));
}

TEST_F(LineInputTest, DropsWhatWasSaidBefore) {
    pauses_ = true;
    listen(read_end_.value());
    write("one\ntwo\nthr");
    EXPECT_EQ(hear(), Heard{"one"});
    input_->drop();
    write("four\n");
    input_->resume();
    EXPECT_EQ(hear(), Heard{"four"});
}

TEST_F(LineInputTest, DropsWhatWasTypedAtATerminalAndNotRead) {
    int master = -1;
    int slave = -1;
    ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
    write_end_.reset(master);
    read_end_.reset(slave);
    listen(slave);
    input_->pause();
    write("y\nhalf a");
    input_->drop();
    input_->resume();
    EXPECT_EQ(hear(), Heard{});
    write("n\n");
    loop_.run_once(5s); // the kernel brings it from one end to the other in its own time
    EXPECT_EQ(hear(), Heard{"n"});
}

TEST_F(LineInputTest, WhatIsClosedIsAtItsEnd) {
    const int closed = write_end_.value();
    write_end_.reset();
    listen(closed);
    EXPECT_EQ(hear(), Heard{"(end)"});
}

} // namespace
} // namespace vv::net
