#include "apps/command_line.h"
#include "caller/link.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::apps {
namespace {

using namespace std::chrono_literals;

const std::string kPage = "https://Talk.example:8443/p?x";

Command parse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "call");
    return parse_command_line(arguments, [](const std::string&) { return std::nullopt; }, {});
}

CallCommand call(const std::vector<std::string>& arguments) {
    Command command = parse(arguments);
    EXPECT_TRUE(std::holds_alternative<CallCommand>(command));
    return std::holds_alternative<CallCommand>(command) ? std::get<CallCommand>(command) : CallCommand{};
}

/// What is said of a line that cannot be used.
std::string refusal(const std::vector<std::string>& arguments) {
    try {
        const Command command = parse(arguments);
        const auto* print = std::get_if<PrintCommand>(&command);
        EXPECT_NE(print, nullptr) << "it was taken";
        if (print == nullptr) return {};
        EXPECT_EQ(print->exit_code, 2);
        return print->text;
    } catch (const ConfigError& error) {
        return error.what();
    }
}

TEST(CallCommand, ARoomIsNamedByItsLanguage) {
    const CallCommand command = call({kPage, "--room", "PT-br"});
    EXPECT_EQ(command.page.origin(), "https://talk.example:8443");
    const auto* room = std::get_if<CallCommand::Room>(&command.place);
    ASSERT_NE(room, nullptr);
    EXPECT_EQ(room->tag, "pt-BR") << "as servers write it";
    EXPECT_EQ(std::get<CallCommand::Room>(call({kPage, "--room", "our room"}).place).tag, "our room");
    EXPECT_EQ(command.accept, CallCommand::Accept::kAsIs);
    EXPECT_EQ(command.play, CallCommand::Play::kClip);
    EXPECT_FALSE(command.wait || command.duration || command.sound_file || command.picture_file ||
                 command.trusted_file);
    EXPECT_FALSE(command.hides_address || command.is_json || command.is_quiet);
}

TEST(CallCommand, APrivateLinkHasItsKeyBehindTheHash) {
    const caller::LinkKey key{1, 2, 3};
    const CallCommand command = call({caller::make_link("https://talk.example", key)});
    EXPECT_EQ(command.page.text(), "https://talk.example/p") << "and it goes to nobody from there";
    const auto* link = std::get_if<CallCommand::OpenLink>(&command.place);
    ASSERT_NE(link, nullptr);
    EXPECT_EQ(link->key, key);
    EXPECT_TRUE(std::holds_alternative<CallCommand::NewLink>(call({kPage, "--new-link"}).place));
}

TEST(CallCommand, ALinkThatCannotBeSaysWhatToDo) {
    std::string link = caller::make_link("https://talk.example", {1, 2, 3});
    EXPECT_EQ(refusal({"https://talk.example/p#2.AAAAAAAAAAAAAAAAAAAAAA"}),
              "the link is of another version of visavis than this program");
    link.pop_back();
    EXPECT_EQ(refusal({link}), "the link is damaged: copy all of it, up to its end, and put it in quotes");
    EXPECT_EQ(
        refusal({kPage + "#"}),
        "where to? --room LANGUAGE meets somebody, --new-link makes a private link; a link that you were given has "
        "its key behind a '#', and a shell wants it in quotes");
}

TEST(CallCommand, ThereIsOneWayToGo) {
    const std::string link = caller::make_link("https://talk.example", {1, 2, 3});
    const std::string three = "a private link, --room and --new-link are three ways to go: choose one";
    EXPECT_EQ(refusal({link, "--room", "ta"}), three);
    EXPECT_EQ(refusal({link, "--new-link"}), three);
    EXPECT_EQ(refusal({kPage, "--new-link", "--room", "ta"}), three);
    EXPECT_EQ(refusal({kPage}).substr(0, 9), "where to?");
}

TEST(CallCommand, AnAddressIsThatOfAPage) {
    for (const std::string wrong : {"talk.example", "ftp://talk.example", "https://", "https://me@talk.example"}) {
        EXPECT_EQ(refusal({wrong, "--room", "ta"}),
                  "'" + wrong + "' is no address of a page; one is written like https://example.org");
    }
    EXPECT_EQ(refusal({}), "visavis: URL is required; run 'visavis call --help' for what there is\n");
    EXPECT_EQ(refusal({kPage, "--rom", "ta"}), "visavis: there is no flag '--rom'; did you mean '--room'?\n");
}

TEST(CallCommand, WhatIsSentIsTheClipFilesOrNothing) {
    const CallCommand files = call({kPage, "--new-link", "--play", "a.ogg", "--play", "b.ivf"});
    EXPECT_EQ(files.play, CallCommand::Play::kFiles);
    EXPECT_EQ(files.played, (std::vector<std::filesystem::path>{"a.ogg", "b.ivf"}));
    const CallCommand nothing = call({kPage, "--new-link", "--play", "none"});
    EXPECT_EQ(nothing.play, CallCommand::Play::kNothing);
    EXPECT_TRUE(nothing.played.empty());
    EXPECT_EQ(refusal({kPage, "--new-link", "--play", "none", "--play", "a.ogg"}),
              "--play: none, or files, but not both; a file of that name is ./none");
    EXPECT_EQ(refusal({kPage, "--new-link", "--play", ""}), "--play: name a file, or none");
}

TEST(CallCommand, WhatIsKeptGoesByTheFilesEnding) {
    const CallCommand both = call({kPage, "--new-link", "--write", "A.IVF", "--write", "a.b.Ogg"});
    EXPECT_EQ(both.picture_file, "A.IVF");
    EXPECT_EQ(both.sound_file, "a.b.Ogg");
    EXPECT_EQ(call({kPage, "--new-link", "--write", "a.opus"}).sound_file, "a.opus");
    EXPECT_EQ(refusal({kPage, "--new-link", "--write", "a.webm"}),
              "--write: 'a.webm' ends neither in .ogg, for sound, nor in .ivf, for the picture");
    EXPECT_EQ(refusal({kPage, "--new-link", "--write", "a.ogg", "--write", "b.ogg"}),
              "--write: there are two files for the sound");
}

TEST(CallCommand, TimesAreSeconds) {
    const CallCommand command = call({kPage, "--new-link", "--wait", "1", "--duration", "604800"});
    EXPECT_EQ(command.wait, 1s);
    EXPECT_EQ(command.duration, 604'800s);
    EXPECT_EQ(command.patience, 60s);
    EXPECT_EQ(call({kPage, "--new-link", "--patience", "2"}).patience, 2s);
    for (const std::string flag : {"--wait", "--duration", "--patience"}) {
        for (const std::string wrong : {"0", "604801", "soon", "-1"}) {
            const std::string said = refusal({kPage, "--new-link", flag + "=" + wrong});
            EXPECT_EQ(said, flag + ": '" + wrong + "' is not a number from 1 to 604800");
        }
        EXPECT_EQ(refusal({kPage, "--new-link", flag, ""}), flag + ": '' is not a number from 1 to 604800");
    }
}

TEST(CallCommand, TheOtherFlags) {
    const CallCommand command =
        call({kPage, "--room", "ta", "--accept", "ask", "--hide-address", "--trust", "ca.pem", "--json", "--quiet"});
    EXPECT_EQ(command.accept, CallCommand::Accept::kAsk);
    EXPECT_TRUE(command.hides_address && command.is_json && command.is_quiet);
    EXPECT_EQ(command.trusted_file, "ca.pem");
    EXPECT_EQ(call({kPage, "--room", "ta", "--accept", "yes"}).accept, CallCommand::Accept::kYes);
    EXPECT_EQ(refusal({kPage, "--room", "ta", "--accept", "no"}), "--accept: 'no' is neither ask nor yes");
    EXPECT_EQ(refusal({kPage, "--room", "ta", "--accept", ""}), "--accept: '' is neither ask nor yes");
    EXPECT_EQ(refusal({kPage, "--room", ""}), "--room: name a language of the server's, such as ta");
}

TEST(CallCommand, ItsHelpSaysWhatItEndsWith) {
    const Command command = parse({"--help"});
    const auto* print = std::get_if<PrintCommand>(&command);
    ASSERT_NE(print, nullptr);
    EXPECT_EQ(print->exit_code, 0);
    for (const char* const code : {"\n    0  there was", "\n    4  nobody", "\n  130  Ctrl-C"})
        EXPECT_NE(print->text.find(code), std::string::npos) << code << print->text;
}

} // namespace
} // namespace vv::apps
