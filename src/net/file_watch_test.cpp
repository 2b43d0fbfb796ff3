#include "net/file_watch.h"
#include "net/temporary_directory_for_test.h"

#include <gtest/gtest.h>

#include <fstream>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

class FileWatchTest : public testing::Test {
protected:
    FileWatchTest() {
        write("a", "one");
        write("b", "one");
    }
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

    bool note() {
        ++changes_;
        return usable_;
    }

    EventLoop loop_;
    int changes_ = 0;
    bool usable_ = true;

private:
    const TemporaryDirectory directory_;
};

TEST_F(FileWatchTest, AReplacedFileIsToldOnce) {
    FileWatch watch(loop_, {at("a"), at("b")}, [this] { return note(); }, 0ns);
    look(3);
    EXPECT_EQ(changes_, 0);
    replace("b", "two");
    look(2);
    EXPECT_EQ(changes_, 1);
    look(3);
    EXPECT_EQ(changes_, 1);
}

TEST_F(FileWatchTest, FilesThatBelongTogetherAreBothNew) {
    FileWatch watch(loop_, {at("a"), at("b")}, [this] { return note(); }, 0ns);
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
    FileWatch watch(loop_, {at("a")}, [this] { return note(); }, 0ns);
    std::filesystem::remove(at("a"));
    look(2);
    EXPECT_EQ(changes_, 1) << "who reads it will say that it is missing";
    write("a", "back");
    look(2);
    EXPECT_EQ(changes_, 2);
}

TEST_F(FileWatchTest, WhatCouldNotBeUsedIsTriedAgainUntilItCan) {
    FileWatch watch(loop_, {at("a")}, [this] { return note(); }, 0ns, 0ns);
    usable_ = false;
    replace("a", "half");
    look(2);
    EXPECT_EQ(changes_, 1);
    look(1);
    EXPECT_EQ(changes_, 2);
    usable_ = true;
    look(3);
    EXPECT_EQ(changes_, 3);
}

TEST_F(FileWatchTest, WhatCouldNotBeUsedIsTriedAgainAtOnceWhenItChanges) {
    FileWatch watch(loop_, {at("a")}, [this] { return note(); }, 0ns, 1h);
    usable_ = false;
    watch.tell();
    EXPECT_EQ(changes_, 1);
    look(5);
    EXPECT_EQ(changes_, 1) << "the time has not come";
    std::filesystem::permissions(at("a"), std::filesystem::perms::owner_read);
    look(2);
    EXPECT_EQ(changes_, 2) << "who may read it is a change, too";
}

TEST_F(FileWatchTest, OtherFilesCanTakeTheirPlace) {
    FileWatch watch(loop_, {at("a")}, [this] { return note(); }, 0ns);
    watch.set_files({at("b")});
    look(3);
    EXPECT_EQ(changes_, 0) << "that they are others is not told";
    replace("a", "two");
    look(3);
    EXPECT_EQ(changes_, 0);
    replace("b", "two");
    look(2);
    EXPECT_EQ(changes_, 1);
}

} // namespace
} // namespace vv::net
