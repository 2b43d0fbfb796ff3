#include "net/state_lock.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace vv::net {
namespace {

class StateLockTest : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "vv-lock-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        root_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(root_); }

    [[nodiscard]] std::string error() const {
        try {
            const StateLock lock{StateDir(root_)};
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "no error";
    }

    std::filesystem::path root_;
};

TEST_F(StateLockTest, IsForOneAtATime) {
    std::optional<StateLock> first(StateDir{root_});
    EXPECT_EQ(error(), "another server is running with the state directory " + root_.string() +
                           "; stop it, or choose another with --state-dir");
    first.reset();
    EXPECT_EQ(error(), "no error") << "the file is left, the lock is not";
}

TEST_F(StateLockTest, GoesWithAProcessThatWasKilled) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const StateLock lock{StateDir(root_)};
        ::_exit(0); // nothing is cleaned up
    }
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_EQ(error(), "no error");
}

TEST_F(StateLockTest, SaysWhyItCannotBeOpened) {
    std::filesystem::create_directory(root_ / "lock");
    EXPECT_EQ(error(), "cannot open " + (root_ / "lock").string() + ": Is a directory");
}

} // namespace
} // namespace vv::net
