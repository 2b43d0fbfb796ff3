#include "net/place_error.h"
#include "net/state_dir.h"
#include "net/temporary_directory_for_test.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <sys/stat.h>

namespace vv::net {
namespace {

class StateDirTest : public testing::Test {
protected:
    [[nodiscard]] mode_t mode_of(const std::string& name) const {
        struct stat status{};
        EXPECT_EQ(::stat((root_ / name).c_str(), &status), 0);
        return status.st_mode & 07777U;
    }

    const TemporaryDirectory root_;
    SeededRng rng_{1};
};

TEST_F(StateDirTest, MakesTheKeyOnceAndPrivately) {
    const StateDir first(root_ / "a" / "state");
    const ServerKey key = first.server_key(rng_);
    EXPECT_EQ(mode_of("a/state"), 0700U);
    EXPECT_EQ(mode_of("a/state/key"), 0600U);
    EXPECT_EQ(StateDir(root_ / "a" / "state").server_key(rng_), key);
}

TEST_F(StateDirTest, RefusesAKeyOthersMayRead) {
    const StateDir state(root_ / "state");
    (void)state.server_key(rng_);
    ASSERT_EQ(::chmod((root_ / "state" / "key").c_str(), 0640), 0);
    try {
        (void)state.server_key(rng_);
        FAIL() << "a readable key was used";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("chmod 600"), std::string::npos);
    }
}

TEST_F(StateDirTest, RefusesADamagedKey) {
    const StateDir state(root_ / "state");
    state.write_private("key", as_bytes("too short"));
    EXPECT_THROW((void)state.server_key(rng_), std::runtime_error);
}

TEST_F(StateDirTest, RefusesAFileInItsPlace) {
    const StateDir state(root_ / "state");
    state.write_private("file", as_bytes("x"));
    try {
        const StateDir in_its_place(root_ / "state" / "file");
        FAIL() << "a file was used as a directory";
    } catch (const PlaceError& error) {
        EXPECT_EQ(error.place(), Place::kStateDirectory);
        EXPECT_EQ(error.what(), "the state directory " + (root_ / "state" / "file").string() + " is not a directory");
    }
}

TEST_F(StateDirTest, DoesNotFollowALinkToTheKey) {
    const StateDir state(root_ / "state");
    state.write_private("elsewhere", as_bytes("x"));
    std::filesystem::create_symlink(root_ / "state" / "elsewhere", root_ / "state" / "key");
    EXPECT_THROW((void)state.server_key(rng_), std::runtime_error);
}

} // namespace
} // namespace vv::net
