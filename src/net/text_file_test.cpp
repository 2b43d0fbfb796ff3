#include "net/temporary_directory_for_test.h"
#include "net/text_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <unistd.h>

namespace vv::net {
namespace {

class TextFile : public testing::Test {
protected:
    std::filesystem::path write(const std::string& text) const {
        std::ofstream(folder_ / "file", std::ios::binary) << text;
        return folder_ / "file";
    }

    const TemporaryDirectory folder_;
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
    EXPECT_EQ(read_text_file(folder_.path()).error(), "cannot read " + folder_.path().string() + ": Is a directory");
    if (::geteuid() == 0) return; // who may read everything
    const auto file = write("private");
    std::filesystem::permissions(file, std::filesystem::perms::none);
    EXPECT_EQ(read_text_file(file).error(), "cannot read " + file.string() + ": Permission denied");
}

} // namespace
} // namespace vv::net
