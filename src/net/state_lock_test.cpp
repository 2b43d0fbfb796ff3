#include "net/place_error.h"
#include "net/state_lock.h"
#include "net/temporary_directory_for_test.h"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace vv::net {
namespace {

class StateLockTest : public testing::Test {
protected:
    [[nodiscard]] std::string error() { return error_with(StateDir(root_.path())); }
    [[nodiscard]] std::string error_with(const StateDir& directory) {
        try {
            const StateLock lock(directory, log_);
        } catch (const PlaceError& error) {
            EXPECT_EQ(error.place(), Place::kStateLock);
            return error.what();
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "no error";
    }

    Log log_{LogOptions{}};
    const TemporaryDirectory root_;
    const std::string taken_ = "another server is running with the state directory " + root_.path().string();
};

TEST_F(StateLockTest, IsForOneAtATime) {
    std::optional<StateLock> first(std::in_place, StateDir(root_.path()), log_);
    EXPECT_EQ(error(), taken_);
    first.reset();
    EXPECT_EQ(error(), "no error");
}

// What root had made at a first start by hand the unit's user could not open, and who deleted it let a second server
// in.
TEST_F(StateLockTest, HasNoFileOfItsOwn) {
    const StateLock lock(StateDir(root_.path()), log_);
    EXPECT_TRUE(std::filesystem::is_empty(root_.path()));
}

TEST_F(StateLockTest, GoesWithAProcessThatWasKilled) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const UniqueFd said(pipe[0]);
    UniqueFd say(pipe[1]);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const StateLock lock(StateDir(root_.path()), log_);
        if (::write(say.value(), "!", 1) == 1) ::pause();
        ::_exit(1);
    }
    say.reset(); // so that a child which fails is the end of what is read
    char byte = 0;
    EXPECT_EQ(::read(said.value(), &byte, 1), 1);
    EXPECT_EQ(error(), taken_);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    EXPECT_EQ(error(), "no error");
}

TEST_F(StateLockTest, SaysWhyTheDirectoryCannotBeOpened) {
    const StateDir directory(root_ / "gone");
    std::filesystem::remove(root_ / "gone");
    EXPECT_EQ(error_with(directory),
              "cannot open the state directory " + (root_ / "gone").string() + ": No such file or directory");
}

} // namespace
} // namespace vv::net
