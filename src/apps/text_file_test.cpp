#include "apps/text_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <unistd.h>

namespace vv::apps {
namespace {

class TextFile : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "vv-text-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path write(const std::string& text) const {
        std::ofstream(folder_ / "file", std::ios::binary) << text;
        return folder_ / "file";
    }

    std::filesystem::path folder_;
};

TEST_F(TextFile, IsReadWholeOrRefused) {
    const std::string text(10'000, 't');
    const auto file = write(text);
    EXPECT_EQ(read_text_file(file)->text(), text);
    EXPECT_EQ(read_text_file(file, 10'000)->text(), text);
    EXPECT_EQ(read_text_file(file, 9999).error(), file.string() + " is larger than 9999 bytes");
    EXPECT_EQ(read_text_file(file, 100).error(), file.string() + " is larger than 100 bytes");
    EXPECT_TRUE(read_text_file(write(""))->empty());
}

TEST_F(TextFile, SaysWhyItCannotBeRead) {
    const std::string none = folder_ / "none";
    EXPECT_EQ(read_text_file(none).error(), "cannot read " + none + ": No such file or directory");
    EXPECT_EQ(read_text_file(folder_).error(), "cannot read " + folder_.string() + ": Is a directory");
    if (::geteuid() == 0) return; // who may read everything
    const auto file = write("private");
    std::filesystem::permissions(file, std::filesystem::perms::none);
    EXPECT_EQ(read_text_file(file).error(), "cannot read " + file.string() + ": Permission denied");
}

} // namespace
} // namespace vv::apps
