// What `visavis call` says: in words, in JSON, by its exit code, and where.
#include "apps/call_json.h"
#include "apps/call_output.h"
#include "apps/call_words.h"
#include "net/text_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sstream>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace vv::apps {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

// A colour, a bell, an override of direction, a line of its own.
const std::string kNasty = "\x1b[31mred\a \xE2\x80\xAE"
                           "turned\n* ended";

caller::SafetyCode code() {
    return caller::read_code({1, 2, 3});
}

call::Secured secured() {
    return {"ECDHE-ECDSA-AES128-GCM-SHA256", srtp::Profile::kAes128Gcm};
}

call::Path relayed() {
    return {ice::CandidateType::kRelayed, ice::CandidateType::kHost, {}, ice::RelayProtocol::kTls};
}

/// One of each kind that a person or program is told.
std::vector<call::Event> events() {
    caller::WelcomeMessage welcome;
    welcome.rooms = {{.tag = "ta", .name = "தமிழ்", .waiting = 3}};
    return {call::Online{welcome},
            call::Offline{},
            call::Waiting{2, 90s},
            call::Met{.kind = lobby::CallKind::kRoom, .media = lobby::Media::kVideo, .topics = {kNasty}},
            call::Unmet{caller::UnmetReason::kReload},
            call::Begun{},
            call::PathChanged{relayed()},
            call::PartnerPath{true, ice::RelayProtocol::kUdp},
            call::ProvenDirect{true},
            secured(),
            call::Connected{},
            call::Interrupted{},
            call::Restarted{call::RestartReason::kSign, true},
            call::CodeFound{code()},
            call::CodeMissing{caller::CodeFlaw::kForged},
            call::PartnerMedia{true, true, true},
            call::StandingChanged{caller::Standing::kAway},
            call::Ended{caller::EndReason::kBanned, 90min},
            call::Refused{{.code = "rate", .text = kNasty, .retry_after = {}, .about = "seek"}}};
}

Json told(const call::Event& event) {
    const auto line = json_line(event, 1'234'567us);
    EXPECT_TRUE(line.has_value());
    return line ? Json::parse(*line) : Json();
}

TEST(CallJson, IsOneLineOfAsciiForEachEvent) {
    std::set<std::string> names;
    for (const call::Event& event : events()) {
        const auto line = json_line(event, 1'234'567us);
        ASSERT_TRUE(line.has_value()) << event.index();
        EXPECT_EQ(line->find('\n'), line->size() - 1);
        EXPECT_TRUE(std::ranges::all_of(line->substr(0, line->size() - 1), [](char c) { return c >= ' ' && c < 0x7F; }))
            << *line;
        const Json object = Json::parse(*line);
        EXPECT_EQ(object["at_ms"], 1234.6) << *line;
        EXPECT_TRUE(names.insert(object["event"].get<std::string>()).second) << *line;
    }
    EXPECT_EQ(names.size(), events().size());
}

TEST(CallJson, HasWhatAProgramGoesBy) {
    EXPECT_EQ(
        told(call::PathChanged{relayed()}),
        Json::parse(R"({"event":"path","at_ms":1234.6,"relayed":true,"local":"relay","remote":"host","relay":"tls"})"));
    EXPECT_EQ(told(secured())["srtp"].get<std::string>(), "AEAD_AES_128_GCM");
    const Json found = told(call::CodeFound{code()});
    EXPECT_EQ(found["words"].get<std::string>(), code().words());
    EXPECT_EQ(found["digits"].get<std::string>(), code().digits);
    EXPECT_EQ(found["fingers"].size(), 8U);
    EXPECT_EQ(told(call::ChatHeard{kNasty})["text"].get<std::string>(), kNasty);
    EXPECT_EQ(told(call::ChatHeard{"\xFF"})["text"].get<std::string>(), "\xEF\xBF\xBD");
    EXPECT_EQ(told(call::CodeMissing{})["wrong"].get<bool>(), false);
    EXPECT_EQ(told(call::PictureLimit{})["height"], Json());
    EXPECT_EQ(told(call::PictureLimit{{{360, 15}}})["rate"].get<int>(), 15);
    EXPECT_EQ(json_line(call::KeyframeWanted{}, 0s), std::nullopt);
    const Json ended = told(call::Ended{caller::EndReason::kBanned, 90min});
    EXPECT_EQ(ended["why"].get<std::string>(), "banned");
    EXPECT_EQ(ended["text"].get<std::string>(), end_words({caller::EndReason::kBanned, 90min}));
    EXPECT_EQ(told(call::Unmet{caller::UnmetReason::kReload})["why"].get<std::string>(), "reload");
    EXPECT_EQ(told(call::Restarted{call::RestartReason::kSign, true})["why"].get<std::string>(), "network");
}

CallSummary summary() {
    CallSummary made{.how = CallExit::kWell,
                     .why = "the partner left",
                     .first_connected = 120ms,
                     .connected = 250ms,
                     .ended = 60'250ms};
    made.report.phases.online = 12'340us;
    made.report.path = relayed();
    made.report.security = secured();
    made.report.code = code();
    made.report.round_trip = 4'160us;
    made.report.sound.sent.packets = 3'000;
    made.report.sound.received.packets = 990;
    made.report.sound.received.lost = 10;
    made.report.chats_heard = 2;
    made.files = {{"a.ogg", 4'711, ""}, {"b.ivf", 0, ""}};
    return made;
}

TEST(CallJson, SumsUp) {
    const Json object = Json::parse(json_summary(summary()));
    EXPECT_EQ(object["event"].get<std::string>(), "summary");
    EXPECT_EQ(object["exit_code"].get<int>(), 0);
    EXPECT_EQ(object["outcome"].get<std::string>(), "ended_well");
    EXPECT_EQ(object["phases"]["online_ms"].get<double>(), 12.3);
    EXPECT_EQ(object["phases"]["path_ms"], Json());
    EXPECT_EQ(object["phases"]["connected_ms"].get<double>(), 250);
    EXPECT_EQ(object["phases"]["first_connected_ms"].get<double>(), 120);
    EXPECT_EQ(object["path"]["relay"].get<std::string>(), "tls");
    EXPECT_EQ(object["cipher"].get<std::string>(), secured().cipher);
    EXPECT_EQ(object["round_trip_ms"].get<double>(), 4.2);
    EXPECT_EQ(object["sound"]["received"]["loss"].get<double>(), 0.01);
    EXPECT_EQ(object["picture"]["received"]["loss"], Json()) << "none came, and none was missed";
    EXPECT_EQ(object["files"][0]["bytes"].get<int>(), 4'711);
    const Json empty = Json::parse(json_summary({.how = CallExit::kServer, .why = "away"}));
    EXPECT_EQ(empty["exit_code"].get<int>(), 3);
    EXPECT_EQ(empty["path"], Json());
    EXPECT_EQ(empty["code"], Json());
}

TEST(CallWords, SayEverythingWithoutHarm) {
    for (const call::Event& event : events()) {
        if (std::holds_alternative<call::Ended>(event)) continue; // which is summed up
        const auto words = event_words(event);
        ASSERT_TRUE(words.has_value()) << event.index();
        EXPECT_EQ(words->find_first_of("\x1b\a"), std::string::npos) << *words;
        EXPECT_EQ(words->find("\xE2\x80\xAE"), std::string::npos) << *words;
        EXPECT_EQ(words->find("\n* ended"), std::string::npos) << *words;
    }
    EXPECT_EQ(harmless_chat(kNasty), "\\u{1b}[31mred\\u{7} \\u{202e}turned * ended");
}

TEST(CallWords, SayWhenABanIsOver) {
    EXPECT_EQ(end_words({caller::EndReason::kBanned, 90min}),
              std::string(call::name_of(caller::EndReason::kBanned)) + "; again in 90 min");
    EXPECT_EQ(end_words({caller::EndReason::kLeft, {}}), call::name_of(caller::EndReason::kLeft));
}

TEST(CallWords, AnAnswerIsWrittenAsPeopleDo) {
    for (const char* const text : {"y", "Y", "yes", " Yes ", "YES\r", "y\t"})
        EXPECT_EQ(read_answer(text), true) << text;
    for (const char* const text : {"n", "N", "no", " No ", "no\r"})
        EXPECT_EQ(read_answer(text), false) << text;
    for (const char* const text : {"", " ", "\r", "yo", "y n", "ja"})
        EXPECT_EQ(read_answer(text), std::nullopt) << text;
}

TEST(CallWords, NameTheCodeInEveryForm) {
    const std::string words = *event_words(call::CodeFound{code()});
    for (const std::string& form : {code().words(), code().picture_text(), code().digits.substr(0, 4)})
        EXPECT_NE(words.find(form), std::string::npos) << words;
}

TEST(CallWords, SayWhyAServerCannotBeReachedAndWhatToDo) {
    const net::HttpUrl page{.is_tls = true, .host = "talk.example", .port = 443};
    const auto said = [&](net::WebSocketEnd end) { return server_words(page, std::move(end)); };
    EXPECT_EQ(said({.why = net::FetchError{net::FetchFailure::kNobodyAnswers, "Connection refused"}}),
              "nobody answers at talk.example (Connection refused)");
    EXPECT_EQ(said({.why = net::FetchError{net::FetchFailure::kNotTrusted, "self-signed certificate"}}),
              "the certificate that talk.example shows is not to be trusted (self-signed certificate); if it is the "
              "server's own, name its file with --trust");
    EXPECT_EQ(said({.why = net::FetchError{net::FetchFailure::kUnreadable, ""}, .status = 404}),
              "talk.example answers with status 404 where a visavis has its signaling: is it one?");
    EXPECT_EQ(said({.why = net::FetchError{net::FetchFailure::kUnreadable, ""}, .status = 308}),
              "talk.example leads on to another place (status 308): open its page in a browser and take the address "
              "that is shown there");
    for (const int status : {200, 102, 404, 500}) {
        EXPECT_EQ(
            said({.why = net::FetchError{net::FetchFailure::kUnreadable, ""}, .status = status}),
            fmt::format("talk.example answers with status {} where a visavis has its signaling: is it one?", status));
    }
    for (const int status : {429, 503}) {
        EXPECT_EQ(said({.why = net::FetchError{net::FetchFailure::kUnreadable, ""}, .status = status}),
                  fmt::format("talk.example is full, or stopping (status {}): try again later", status));
    }
    EXPECT_EQ(said({.code = 1013}), "talk.example is full, or stopping (code 1013): try again later");
    EXPECT_EQ(said({.code = 4009}), "talk.example has closed the connection (code 4009)");
    EXPECT_EQ(server_words(page, std::nullopt), "talk.example does not answer");
}

TEST(CallWords, SayWhichRoomsThereAre) {
    caller::WelcomeMessage welcome;
    EXPECT_EQ(rooms_words(welcome, "ta"), "this server has no rooms open; a private link may do: --new-link");
    welcome.rooms = {{.tag = "ta", .name = ""}, {.tag = "pt-BR", .name = ""}};
    EXPECT_EQ(rooms_words(welcome, "ta"), std::nullopt);
    EXPECT_EQ(rooms_words(welcome, "xx"), "there is no room 'xx'; there are ta, pt-BR");
}

TEST(CallWords, SumUp) {
    EXPECT_EQ(summary_words(summary()), "the partner left\n"
                                        "connected 250 ms after the start, for 60 s\n"
                                        "it went over a relay, which is reached by TLS\n"
                                        "there and back in 4.2 ms\n"
                                        "sound: 3000 packets sent, 990 received, 1 % lost on the way here\n"
                                        "a.ogg: 4711 bytes\n"
                                        "b.ivf: nothing came, and so there is no file");
    EXPECT_EQ(summary_words({.how = CallExit::kServer, .why = "away"}), "away");
}

TEST(CallExitCodes, AreWhatTheirEndsMean) {
    using enum caller::EndReason;
    for (const auto why : {kYou, kLeft, kNext}) {
        EXPECT_EQ(exit_of(why, true), CallExit::kWell);
        EXPECT_EQ(exit_of(why, false), CallExit::kNobody);
    }
    EXPECT_EQ(exit_of(kSilent, false), CallExit::kNobody);
    for (const auto why : {kFailed, kLost, kGone, kNoRelay})
        EXPECT_EQ(exit_of(why, true), CallExit::kNoConnection);
    for (const auto why : {kFingerprint, kKey})
        EXPECT_EQ(exit_of(why, true), CallExit::kUnsafe);
    for (const auto why : {kFull, kReplaced, kClosed, kCooldown, kBanned})
        EXPECT_EQ(exit_of(why, false), CallExit::kTurnedAway);
    EXPECT_EQ(exit_of(kSession, true), CallExit::kServer);
    EXPECT_EQ(name_of(CallExit::kInterrupted), "interrupted");
}

TEST(CallExitCodes, AWrongCodeCountsHoweverItEnds) {
    for (const auto how : {CallExit::kWell, CallExit::kHere, CallExit::kNoConnection, CallExit::kInterrupted}) {
        EXPECT_EQ(exit_by_code(how, true), CallExit::kUnsafe);
        EXPECT_EQ(exit_by_code(how, false), how);
    }
    EXPECT_EQ(exit_by_signal(CallExit::kUnsafe, true), CallExit::kUnsafe);
}

TEST(CallExitCodes, ASecondSignalIsOneOnlyAfterAFirst) {
    EXPECT_EQ(exit_by_signal(CallExit::kWell, true), CallExit::kInterrupted);
    for (const auto how : {CallExit::kWell, CallExit::kNoConnection, CallExit::kTurnedAway})
        EXPECT_EQ(exit_by_signal(how, false), how);
}

TEST(CallExitCodes, StandInTheDocumentationAsTheProgramSaysThem) {
    const auto docs = net::read_text_file(std::filesystem::path(VV_SOURCE_DIR) / "docs" / "call.md");
    ASSERT_TRUE(docs.has_value());
    std::istringstream lines(exit_codes_text());
    std::string line;
    std::getline(lines, line);
    int codes = 0;
    for (; std::getline(lines, line); ++codes) {
        std::istringstream parts(line);
        int code = -1;
        ASSERT_TRUE(parts >> code) << line;
        std::string meaning;
        std::getline(parts >> std::ws, meaning);
        const std::string row = fmt::format("| {} | `{}` | {}", code, name_of(static_cast<CallExit>(code)), meaning);
        EXPECT_NE(docs->text().find(row), std::string_view::npos) << row;
    }
    EXPECT_EQ(codes, 9);
}

/// A file without a name that is read afterwards.
class Heard {
public:
    explicit Heard(net::EventLoop& loop) : file_(::memfd_create("heard", MFD_CLOEXEC)), output_(loop, file_.value()) {}
    [[nodiscard]] net::LineOutput& output() { return output_; }
    [[nodiscard]] std::string text() const {
        std::array<char, 8192> buffer{};
        const ssize_t size = ::pread(file_.value(), buffer.data(), buffer.size(), 0);
        return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    }

private:
    net::UniqueFd file_;
    net::LineOutput output_;
};

class CallOutputTest : public testing::Test {
protected:
    CallOutput output(CallOutput::Form form, bool is_terminal = false) {
        return {form, {.out = out_.output(), .error = error_.output(), .is_terminal = is_terminal}};
    }
    static void tell_all(CallOutput& output) {
        output.tell_link("https://talk.example/p#1.KEY", 0s);
        output.tell(call::Begun{}, 1s);
        output.tell(call::ChatHeard{"hello\nyou"}, 2s);
        output.tell(call::SoundHeard{}, 2s);
        output.tell_problem("not sent: too long", 3s);
        output.sum_up({.how = CallExit::kWell, .why = "the partner left"});
    }

    net::EventLoop loop_;
    Heard out_{loop_};
    Heard error_{loop_};
};

TEST_F(CallOutputTest, InPlainHasMessagesApartFromWhatHappens) {
    CallOutput plain = output(CallOutput::Form::kPlain);
    tell_all(plain);
    EXPECT_EQ(out_.text(), "https://talk.example/p#1.KEY\nhello you\n");
    EXPECT_EQ(error_.text(), "* both want to talk: looking for a way\n* not sent: too long\n* the partner left\n");
    EXPECT_FALSE(plain.has_failed());
}

TEST_F(CallOutputTest, AtATerminalSaysWhoseWordsTheyAre) {
    output(CallOutput::Form::kPlain, true).tell(call::ChatHeard{"* the call has ended"}, 0s);
    EXPECT_EQ(out_.text(), "them: * the call has ended\n");
}

TEST_F(CallOutputTest, InQuietSaysWhatGoesWrong) {
    CallOutput quiet = output(CallOutput::Form::kQuiet);
    tell_all(quiet);
    EXPECT_EQ(out_.text(), "https://talk.example/p#1.KEY\nhello you\n");
    EXPECT_EQ(error_.text(), "* not sent: too long\n");
    quiet.tell(call::CodeMissing{}, 0s);
    EXPECT_EQ(error_.text(), "* not sent: too long\n");
    quiet.tell(call::CodeMissing{caller::CodeFlaw::kForged}, 0s);
    EXPECT_NE(error_.text().find("WARNING"), std::string::npos);
    quiet.ask({}, 20s, 0s);
    EXPECT_NE(error_.text().find("do you want to talk? y or n, within 20 s\n"), std::string::npos);
    quiet.sum_up({.how = CallExit::kServer, .why = "away"});
    EXPECT_TRUE(error_.text().ends_with("\n* away\n"));
}

TEST_F(CallOutputTest, InJsonIsAllOnStandardOutput) {
    CallOutput json = output(CallOutput::Form::kJson);
    tell_all(json);
    json.ask({}, 20s, 0s);
    EXPECT_EQ(error_.text(), "");
    std::string names;
    std::string rest = out_.text();
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
        names += Json::parse(rest.substr(0, end)).at("event").get<std::string>() + " ";
        rest.erase(0, end + 1);
    }
    EXPECT_EQ(names, "link begun chat problem summary question ");
    EXPECT_EQ(rest, "");
}

TEST_F(CallOutputTest, NoticesThatADiskIsFullAndStillSaysHowItEnded) {
    const net::UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    net::LineOutput out(loop_, full.value());
    CallOutput output(CallOutput::Form::kJson, {.out = out, .error = error_.output()});
    output.tell(call::SoundHeard{}, 0s);
    EXPECT_FALSE(output.has_failed());
    output.tell(call::Begun{}, 0s);
    EXPECT_TRUE(output.has_failed());
    EXPECT_EQ(output.failure(), "cannot write to standard output: No space left on device");
    output.sum_up({.how = CallExit::kHere, .why = output.failure()});
    EXPECT_EQ(error_.text(), "* cannot write to standard output: No space left on device\n");
}

TEST_F(CallOutputTest, DoesNotWaitForWhoReadsSlowly) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const net::UniqueFd reader(ends[0]);
    const net::UniqueFd writer(ends[1]);
    net::LineOutput out(loop_, writer.value());
    CallOutput output(CallOutput::Form::kPlain, {.out = out, .error = error_.output()});
    for (int i = 0; i < 50; ++i)
        output.tell(call::ChatHeard{std::string(call::kChatLettersMax, 'x')}, 0s);
    EXPECT_TRUE(output.is_waiting());
    EXPECT_FALSE(output.has_failed());
    for (int i = 0; i < 500; ++i)
        output.tell(call::ChatHeard{std::string(call::kChatLettersMax, 'x')}, 0s);
    EXPECT_EQ(output.failure(), "standard output is not read, and more waits there than can be kept");
}

TEST_F(CallOutputTest, SaysAgainOnlyWhatHasChanged) {
    CallOutput json = output(CallOutput::Form::kJson);
    const auto lines = [this] {
        const std::string text = out_.text();
        return std::ranges::count(text, '\n');
    };
    for (int i = 0; i < 3; ++i) {
        json.tell(call::PartnerMedia{true, true, false}, i * 1s);
        json.tell(call::PartnerPath{true, ice::RelayProtocol::kUdp}, i * 1s);
        json.tell(call::PictureLimit{}, i * 1s);
    }
    EXPECT_EQ(lines(), 3);
    json.tell(call::PartnerMedia{true, false, false}, 4s);
    json.tell(call::PartnerMedia{true, true, false}, 5s);
    EXPECT_EQ(lines(), 5);
    json.tell(call::Met{}, 6s);
    json.tell(call::PartnerMedia{true, true, false}, 7s);
    EXPECT_EQ(lines(), 7) << "of somebody else";
}

TEST_F(CallOutputTest, DoesNotMissAServerThatWasNeverThere) {
    CallOutput plain = output(CallOutput::Form::kPlain);
    plain.tell(call::Offline{}, 0s);
    EXPECT_EQ(error_.text(), "");
    plain.tell(call::Online{}, 0s);
    plain.tell(call::Offline{}, 0s);
    EXPECT_EQ(error_.text(), "* the server is there\n* the server is away, and is looked for\n");
}

} // namespace
} // namespace vv::apps
