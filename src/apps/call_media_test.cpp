// What `visavis call` sends and what it keeps.
#include "apps/call_playing.h"
#include "apps/call_writing.h"
#include "apps/config_load.h"
#include "apps/embedded_clip.h"
#include "net/temporary_directory_for_test.h"
#include "net/text_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace vv::apps {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{100s};
const std::filesystem::path kClip = std::filesystem::path(VV_SOURCE_DIR) / "media";

std::string content(const std::filesystem::path& path) {
    const auto text = net::read_text_file(path);
    EXPECT_TRUE(text.has_value());
    return text ? std::string(text->text()) : "";
}

std::string refusal(const CallCommand& command) {
    try {
        (void)recordings_of(command);
        return "none";
    } catch (const ConfigError& error) {
        return error.what();
    }
}

CallCommand playing(const std::vector<std::filesystem::path>& files) {
    CallCommand command;
    command.play = CallCommand::Play::kFiles;
    command.played = files;
    return command;
}

TEST(CallPlaying, TheClipIsBuiltIn) {
    EXPECT_EQ(as_text(clip_pictures()), content(kClip / "clip.ivf"));
    EXPECT_EQ(as_text(clip_sound()), content(kClip / "clip.ogg"));
    const Recordings recordings = recordings_of({});
    ASSERT_TRUE(recordings.sound && recordings.pictures);
    EXPECT_EQ(recordings.sound->kind, rtp::Recording::Kind::kSound);
    EXPECT_EQ(recordings.pictures->kind, rtp::Recording::Kind::kPictures);
    // Both begin again at the same time.
    EXPECT_NEAR(static_cast<double>(recordings.sound->length) / recordings.sound->clock_rate,
                static_cast<double>(recordings.pictures->length) / recordings.pictures->clock_rate, 0.04);
}

TEST(CallPlaying, FilesAreKnownByWhatIsInThem) {
    const net::TemporaryDirectory folder;
    std::filesystem::copy_file(kClip / "clip.ogg", folder / "picture");
    std::filesystem::copy_file(kClip / "clip.ivf", folder / "sound.ogg");
    const Recordings both = recordings_of(playing({folder / "picture", folder / "sound.ogg"}));
    EXPECT_TRUE(both.sound && both.pictures);
    const Recordings sound = recordings_of(playing({folder / "picture"}));
    EXPECT_TRUE(sound.sound && !sound.pictures);
    CallCommand nothing;
    nothing.play = CallCommand::Play::kNothing;
    const Recordings none = recordings_of(nothing);
    EXPECT_FALSE(none.sound || none.pictures);
}

TEST(CallPlaying, FilesThatCannotBeSentAreNamed) {
    const net::TemporaryDirectory folder;
    std::ofstream(folder / "a.txt") << "hello";
    EXPECT_EQ(refusal(playing({folder / "none.ogg"})),
              "--play: cannot read " + (folder / "none.ogg").string() + ": No such file or directory");
    EXPECT_EQ(refusal(playing({folder / "a.txt"})),
              "--play: " + (folder / "a.txt").string() + " is neither Ogg with Opus nor IVF with VP8");
    EXPECT_EQ(refusal(playing({kClip / "clip.ivf", kClip / "clip.ivf"})), "--play: there are two files of pictures");
}

class CallWritingTest : public testing::Test {
protected:
    CallCommand command() const {
        CallCommand made;
        made.sound_file = folder_ / "a.ogg";
        made.picture_file = folder_ / "b.ivf";
        return made;
    }
    static peer::AudioFrame sound(std::int64_t time) { return {.media_time = time, .packet = {0xF8, 1, 2}}; }
    static peer::VideoFrame picture(std::int64_t time) {
        return {.media_time = time,
                .head = {.is_key = true, .width = 64, .height = 48},
                .picture = {0x10, 0, 0, 0x9D, 0x01, 0x2A, 64, 0, 48, 0, 7}};
    }

    net::TemporaryDirectory folder_;
    SeededRng rng_{1};
    std::vector<std::string> problems_;
    CallWriting::Told told_ = [this](const std::string& why) { problems_.push_back(why); };
};

TEST_F(CallWritingTest, BothFilesCountFromTheSameMoment) {
    CallWriting writing(command(), rng_, told_);
    writing.keep(kStart, sound(5));
    writing.keep(kStart + 100ms, picture(7));
    EXPECT_EQ(content(folder_ / "b.ivf").size(), 32U + 12 + 11) << "a picture is stored as it comes";
    const auto files = writing.close();
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0].path, folder_ / "a.ogg");
    EXPECT_EQ(files[0].bytes, content(folder_ / "a.ogg").size());
    EXPECT_EQ(content(folder_ / "b.ivf").substr(36, 4), std::string("\x28\x23\0\0", 4)) << "100 ms, of 90 kHz";
    EXPECT_EQ(files[1].error, "");
    EXPECT_TRUE(problems_.empty());
}

TEST_F(CallWritingTest, WithoutAnythingReceivedThereIsNoFile) {
    CallWriting writing(command(), rng_, told_);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "a.ogg")) << "what is wrong with it is known before the call";
    const auto files = writing.close();
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0].bytes, 0U);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "a.ogg"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "b.ivf"));
}

TEST_F(CallWritingTest, AFileThatIsThereIsRefusedAndNoneIsLeftBehind) {
    std::ofstream(folder_ / "b.ivf") << "mine";
    EXPECT_THROW(CallWriting(command(), rng_, told_), ConfigError);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "a.ogg"));
    EXPECT_EQ(content(folder_ / "b.ivf"), "mine");
}

TEST_F(CallWritingTest, AFullDiskIsToldOnceAndTheOtherFileGoesOn) {
    std::filesystem::create_symlink("/dev/full", folder_ / "b.ivf");
    CallWriting writing(command(), rng_, told_);
    for (int i = 0; i < 5; ++i) {
        writing.keep(kStart + i * 20ms, sound(960 * i));
        writing.keep(kStart + i * 20ms, picture(1'800 * i));
    }
    const std::string why = "cannot write " + (folder_ / "b.ivf").string() + ": No space left on device";
    EXPECT_EQ(problems_, std::vector{why});
    const auto files = writing.close();
    EXPECT_GT(files.at(0).bytes, 0U);
    EXPECT_EQ(files.at(0).error, "");
    EXPECT_EQ(files.at(1).error, why);
}

} // namespace
} // namespace vv::apps
