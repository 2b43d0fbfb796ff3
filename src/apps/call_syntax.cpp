#include "apps/call_syntax.h"

#include "apps/call_exit.h"
#include "apps/config_load.h"
#include "apps/config_values.h"
#include "base/ascii.h"
#include "lobby/language_tag.h"

#include <utility>

namespace vv::apps {
namespace {

constexpr double kSecondsMax = 7 * 86'400;

constexpr const char* kFooter = "Messages are lines of standard input and output, one each; what happens is said on "
                                "standard error, or with --json\n"
                                "all of it on standard output. Ctrl-C says goodbye, a second one ends at once. "
                                "docs/call.md has an example of each use.\n";

/// The address, and what stands behind its '#'.
std::pair<net::HttpUrl, std::string> read_url(const std::string& text) {
    const std::size_t hash = text.find('#');
    auto url = net::parse_http_url(text.substr(0, hash));
    if (!url) {
        throw ConfigError("'" + text.substr(0, hash) +
                          "' is no address of a page; one is written like https://example.org");
    }
    return {*std::move(url), hash == std::string::npos ? "" : text.substr(hash + 1)};
}

} // namespace

CallSyntax::CallSyntax(CLI::App& app)
    : call_(app.add_subcommand("call", "Join a room or open a private link from here, without a browser.")) {
    call_->add_option("URL", url_, "A server's page, such as https://example.org, or a private link.")->required();
    call_->add_option("--room", room_, "Meet somebody in the room of this language, such as ta.")
        ->type_name("LANGUAGE");
    call_->add_flag("--new-link", new_link_, "Make a private link, print it, and wait for who opens it.");
    call_
        ->add_option("--play", play_,
                     "What is sent, over and over: an Ogg file with Opus, an IVF file with VP8, or one of each; none: "
                     "nothing. Default: a test clip with a moving clock and a tone.")
        ->type_name("FILE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    call_
        ->add_option("--write", write_,
                     "Keep what is received: the sound in a new FILE.ogg, the picture in a new FILE.ivf.")
        ->type_name("FILE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    call_
        ->add_option("--accept", accept_,
                     "Whoever is met in a room: ask first, or yes to everybody. Default: ask at a terminal, else yes.")
        ->type_name("ask|yes");
    call_->add_option("--wait", wait_, "Give up when nobody has come by then. Default: wait on.")->type_name("SECONDS");
    call_->add_option("--duration", duration_, "Leave when the call has lasted so long. Default: stay.")
        ->type_name("SECONDS");
    call_
        ->add_option("--patience", patience_,
                     "Give up when a connection that broke has not mended by then. Default: 60.")
        ->type_name("SECONDS");
    call_->add_flag("--hide-address", hides_address_, "Let the other see no address but a relay's.");
    call_->add_option("--trust", trust_, "Certificates to trust in place of the system's, in PEM.")->type_name("FILE");
    call_->add_flag("--json", is_json_, "One JSON object for each event, and one that sums up.");
    call_->add_flag("--quiet", is_quiet_, "Say nothing but messages and what goes wrong.");
    call_->footer(std::string(kFooter) + "\n" + exit_codes_text());
}

const CLI::App* CallSyntax::parsed() const {
    return call_->parsed() ? call_ : nullptr;
}

bool CallSyntax::is_given(const std::string& flag) const {
    return call_->count(flag) > 0;
}

std::optional<std::chrono::seconds> CallSyntax::seconds(const std::string& flag, const std::string& text) const {
    if (!is_given(flag)) return std::nullopt;
    auto time = read_time(text, std::chrono::seconds(1), 1, kSecondsMax);
    if (!time) throw ConfigError(flag + ": " + time.error());
    return *time;
}

CallCommand::Place CallSyntax::place(const std::string& fragment) const {
    const bool has_link = !fragment.empty();
    const int ways = int{has_link} + int{is_given("--room")} + int{new_link_};
    if (ways > 1) throw ConfigError("a private link, --room and --new-link are three ways to go: choose one");
    if (new_link_) return CallCommand::NewLink{};
    if (is_given("--room")) {
        if (room_.empty()) throw ConfigError("--room: name a language of the server's, such as ta");
        return CallCommand::Room{lobby::canonical_language_tag(room_).value_or(room_)};
    }
    if (!has_link) {
        throw ConfigError("where to? --room LANGUAGE meets somebody, --new-link makes a private link; a link that you "
                          "were given has its key behind a '#', and a shell wants it in quotes");
    }
    const auto key = caller::read_fragment(fragment);
    if (key) return CallCommand::OpenLink{*key};
    if (key.error() == caller::LinkFlaw::kVersion) {
        throw ConfigError("the link is of another version of visavis than this program");
    }
    throw ConfigError("the link is damaged: copy all of it, up to its end, and put it in quotes");
}

void CallSyntax::take_played(CallCommand& command) const {
    if (play_.empty()) return;
    command.play = CallCommand::Play::kFiles;
    for (const std::string& name : play_) {
        if (name == "none") command.play = CallCommand::Play::kNothing;
        if (name.empty()) throw ConfigError("--play: name a file, or none");
        command.played.emplace_back(name);
    }
    if (command.play == CallCommand::Play::kNothing && play_.size() > 1) {
        throw ConfigError("--play: none, or files, but not both; a file of that name is ./none");
    }
    if (command.play == CallCommand::Play::kNothing) command.played.clear();
}

// By their names, since there is nothing in them yet.
void CallSyntax::take_written(CallCommand& command) const {
    for (const std::string& name : write_) {
        const std::filesystem::path path(name);
        const std::string ending = ascii_lowered(path.extension().string());
        const bool is_sound = ending == ".ogg" || ending == ".opus";
        if (!is_sound && ending != ".ivf") {
            throw ConfigError("--write: '" + name + "' ends neither in .ogg, for sound, nor in .ivf, for the picture");
        }
        auto& place = is_sound ? command.sound_file : command.picture_file;
        if (place)
            throw ConfigError(std::string("--write: there are two files for the ") + (is_sound ? "sound" : "picture"));
        place = path;
    }
}

CallCommand CallSyntax::command() const {
    CallCommand command;
    const auto [url, fragment] = read_url(url_);
    command.page = url;
    command.place = place(fragment);
    take_played(command);
    take_written(command);
    if (accept_ == "ask") {
        command.accept = CallCommand::Accept::kAsk;
    } else if (accept_ == "yes") {
        command.accept = CallCommand::Accept::kYes;
    } else if (is_given("--accept")) {
        throw ConfigError("--accept: '" + accept_ + "' is neither ask nor yes");
    }
    command.wait = seconds("--wait", wait_);
    command.duration = seconds("--duration", duration_);
    command.patience = seconds("--patience", patience_).value_or(command.patience);
    if (is_given("--trust")) command.trusted_file = trust_;
    command.hides_address = hides_address_;
    command.is_json = is_json_;
    command.is_quiet = is_quiet_;
    return command;
}

} // namespace vv::apps
