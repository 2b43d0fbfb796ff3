#include "net/growing_file.h"
#include "net/temporary_directory_for_test.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <sys/stat.h>

namespace vv::net {
namespace {

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The largest size of a file of this process's, for as long as this lives: what a full disk does.
class FullDisk {
public:
    explicit FullDisk(rlim_t bytes) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        signal_ = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{bytes, before_.rlim_max};
        EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, signal_);
    }

private:
    rlimit before_{};
    void (*signal_)(int) = nullptr;
};

TEST(GrowingFile, HasWhatWasAppendedAtEveryMoment) {
    const TemporaryDirectory folder;
    const auto path = folder / "a.ogg";
    auto file = GrowingFile::create(path);
    ASSERT_TRUE(file.has_value()) << file.error();
    ASSERT_TRUE(file->append(as_bytes("one ")));
    EXPECT_EQ(content(path), "one ");
    ASSERT_TRUE(file->append(as_bytes("two")));
    EXPECT_EQ(content(path), "one two");
    EXPECT_EQ(file->size(), 7U);
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << "it is nobody else's business";
    EXPECT_TRUE(file->close());
    EXPECT_TRUE(file->close()) << "once more does nothing";
    EXPECT_FALSE(file->append(as_bytes("three")));
    EXPECT_EQ(content(path), "one two");
}

TEST(GrowingFile, TouchesNothingThatIsThere) {
    const TemporaryDirectory folder;
    const auto path = folder / "a.ogg";
    std::ofstream(path) << "mine";
    const auto file = GrowingFile::create(path);
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error(), path.string() + " is there already; name another file, or move it away");
    EXPECT_EQ(content(path), "mine");
    EXPECT_FALSE(GrowingFile::create(folder.path()).has_value());
}

TEST(GrowingFile, SaysWhereALinkLeadsNowhere) {
    const TemporaryDirectory folder;
    const auto path = folder / "a.ogg";
    std::filesystem::create_symlink(folder / "nowhere", path);
    const auto file = GrowingFile::create(path);
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error(), path.string() + " is a link to nothing");
}

TEST(GrowingFile, SaysWhyItCannotBe) {
    const TemporaryDirectory folder;
    const auto path = folder / "nowhere" / "a.ogg";
    const auto file = GrowingFile::create(path);
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error(), "cannot write " + path.string() + ": No such file or directory");
}

TEST(GrowingFile, WithNothingInItGoesAway) {
    const TemporaryDirectory folder;
    const auto path = folder / "a.ogg";
    {
        const auto file = GrowingFile::create(path);
        ASSERT_TRUE(file.has_value());
        EXPECT_TRUE(std::filesystem::exists(path));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
    {
        auto file = GrowingFile::create(path);
        ASSERT_TRUE(file.has_value());
        ASSERT_TRUE(file->append(as_bytes("x")));
    }
    EXPECT_EQ(content(path), "x");
}

TEST(GrowingFile, OnAFullDiskKeepsWhatIsWhole) {
    const TemporaryDirectory folder;
    const auto path = folder / "a.ivf";
    auto file = GrowingFile::create(path);
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE(file->append(as_bytes("whole ")));
    {
        const FullDisk full(10);
        const auto appended = file->append(as_bytes("too much"));
        ASSERT_FALSE(appended.has_value());
        EXPECT_EQ(appended.error(), "cannot write " + path.string() + ": File too large; what came before is in it");
    }
    EXPECT_EQ(content(path), "whole ") << "and no piece of what found no room";
    EXPECT_FALSE(file->append(as_bytes("more")));
    EXPECT_EQ(content(path), "whole ");
}

TEST(GrowingFile, MayBeADevice) {
    auto nothing = GrowingFile::create("/dev/null");
    ASSERT_TRUE(nothing.has_value()) << nothing.error();
    EXPECT_TRUE(nothing->append(as_bytes("x")));
    EXPECT_TRUE(nothing->close());
    auto full = GrowingFile::create("/dev/full");
    ASSERT_TRUE(full.has_value());
    const auto appended = full->append(as_bytes("x"));
    ASSERT_FALSE(appended.has_value());
    EXPECT_EQ(appended.error(), "cannot write /dev/full: No space left on device");
    EXPECT_TRUE(std::filesystem::exists("/dev/full"));
}

} // namespace
} // namespace vv::net
