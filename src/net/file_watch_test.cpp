#include "net/file_watch.h"

#include <gtest/gtest.h>

#include <fstream>
#include <unistd.h>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

class FileWatchTest : public testing::Test {
protected:
    FileWatchTest() {
        std::filesystem::create_directories(directory_);
        write("a", "one");
        write("b", "one");
    }
    ~FileWatchTest() override { std::filesystem::remove_all(directory_); }
    [[nodiscard]] std::filesystem::path at(const std::string& name) const { return directory_ / name; }
    void write(const std::string& name, const std::string& text) const { std::ofstream(at(name)) << text; }
    /// As a program does that must never leave half a file.
    void replace(const std::string& name, const std::string& text) const {
        write("new", text);
        std::filesystem::rename(at("new"), at(name));
    }
    /// With an interval of nothing each round of the loop is one look.
    void look(int times) {
        for (int i = 0; i < times; ++i)
            loop_.run_once(0ms);
    }

    EventLoop loop_;
    int changes_ = 0;

private:
    std::filesystem::path directory_ =
        std::filesystem::temp_directory_path() / ("file-watch-" + std::to_string(::getpid()));
};

TEST_F(FileWatchTest, AReplacedFileIsToldOnce) {
    FileWatch watch(loop_, {at("a"), at("b")}, [this] { ++changes_; }, 0ns);
    look(3);
    EXPECT_EQ(changes_, 0);
    replace("b", "two");
    look(2);
    EXPECT_EQ(changes_, 1);
    look(3);
    EXPECT_EQ(changes_, 1);
}

TEST_F(FileWatchTest, FilesThatBelongTogetherAreBothNew) {
    FileWatch watch(loop_, {at("a"), at("b")}, [this] { ++changes_; }, 0ns);
    look(1);
    replace("a", "two");
    look(1);
    EXPECT_EQ(changes_, 0) << "it may not be all";
    replace("b", "two");
    look(1);
    EXPECT_EQ(changes_, 0);
    look(1);
    EXPECT_EQ(changes_, 1);
}

TEST_F(FileWatchTest, AFileThatIsGoneForAMomentIsLookedForAgain) {
    FileWatch watch(loop_, {at("a")}, [this] { ++changes_; }, 0ns);
    std::filesystem::remove(at("a"));
    look(2);
    EXPECT_EQ(changes_, 1) << "who reads it will say that it is missing";
    write("a", "back");
    look(2);
    EXPECT_EQ(changes_, 2);
}

} // namespace
} // namespace vv::net
