#include "apps/call.h"

#include "apps/call_output.h"
#include "apps/call_playing.h"
#include "apps/call_words.h"
#include "apps/call_writing.h"
#include "apps/config_load.h"
#include "caller/link.h"
#include "net/call_host.h"
#include "net/event_loop.h"
#include "net/line_input.h"
#include "net/os_rng.h"
#include "net/signal_source.h"
#include "net/text_file.h"
#include "net/tls_client.h"

#include <chrono>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <variant>

namespace vv::apps {
namespace {

constexpr std::size_t kPemMax = std::size_t{1} * 1024 * 1024;
/// Of one line of input: what fits into a message, in whatever script.
constexpr std::size_t kLineMax = call::kChatLettersMax * 4;
constexpr std::chrono::milliseconds kFullWait{50};

CallOutput::Form form_of(const CallCommand& command) {
    if (command.is_json) return CallOutput::Form::kJson;
    return command.is_quiet ? CallOutput::Form::kQuiet : CallOutput::Form::kPlain;
}

std::string trusted_pem(const CallCommand& command) {
    if (!command.trusted_file) return {};
    const auto file = net::read_text_file(*command.trusted_file, kPemMax);
    if (!file) throw ConfigError("--trust: " + file.error());
    std::string pem(file->text());
    if (net::make_client_context(pem) == nullptr) {
        throw ConfigError("--trust: " + command.trusted_file->string() + " holds no certificate in PEM");
    }
    return pem;
}

bool accepts(const CallCommand& command) {
    if (command.accept == CallCommand::Accept::kAsIs) return !net::is_terminal(STDIN_FILENO);
    return command.accept == CallCommand::Accept::kYes;
}

/// A loop that knows what time it is.
net::EventLoop& fresh(net::EventLoop& loop) {
    loop.run_once({});
    return loop;
}

/// One run of the command, from its start to what it ends with.
class Session final : net::TimerHandler {
public:
    explicit Session(const CallCommand& command);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() = default;

    CallExit run();

private:
    [[nodiscard]] net::CallHost::Options options();
    [[nodiscard]] call::Place place();
    [[nodiscard]] Duration at() const { return loop_.now() - started_; }

    void handle_timeout(net::Timer& timer, Instant now) override;
    void handle_signal();
    void handle_line(const std::optional<net::LineInput::Line>& line);
    void refuse_without_input();
    void handle_answer(std::string_view text);
    void say(const std::string& text);
    void tell_problem(const std::string& what);
    void listen();
    void wait_on();
    void look_at_output();
    void finish(CallExit how, std::string why);

    void handle(const call::Event& event);
    void on(const call::Online& event);
    void on(const call::Offline& event);
    void on(const call::Waiting& event);
    void on(const call::Met& event);
    void on(const call::Unmet& event);
    void on(const call::Begun& event);
    void on(const call::Connected& event);
    void on(const call::CodeMissing& event);
    void on(const call::SoundHeard& event);
    void on(const call::PictureSeen& event);
    void on(const call::KeyframeWanted& event);
    void on(const call::Ended& event);
    void on(const call::Over& event);
    template <typename Event>
    static void on(const Event&) {} // told, and nothing follows from it here

    const CallCommand& command_;
    const bool accepts_;
    net::EventLoop loop_;
    net::OsRng rng_;
    CallOutput output_;
    CallPlaying playing_;
    CallWriting writing_;
    std::string link_;          // that was made
    net::SignalSource signals_; // before anything starts a thread
    net::CallHost host_;
    net::LineInput lines_;
    net::Timer wait_timer_;
    net::Timer duration_timer_;
    net::Timer full_timer_; // what could not be said yet is tried again
    Instant started_;

    bool was_online_ = false;
    bool is_code_wrong_ = false;
    std::optional<call::Met> asked_{}; // whether this one is to be talked to
    std::optional<std::string> unsaid_{};
    std::optional<Duration> connected_{};
    bool can_chat_ = false;
    std::optional<CallSummary> summary_{}; // from the decision to end on
};

Session::Session(const CallCommand& command)
    : command_(command),
      accepts_(accepts(command)),
      output_(form_of(command), {.is_terminal = net::is_terminal(STDOUT_FILENO)}),
      playing_(loop_, recordings_of(command)),
      writing_(command, rng_, [this](const std::string& why) { tell_problem(why); }),
      signals_(loop_, {.stop = [this] { handle_signal(); },
                       .drain = [this] { handle_signal(); },
                       .hangup = [this] { handle_signal(); }}),
      host_(fresh(loop_), options(), [this](const call::Event& event) { handle(event); }),
      lines_(loop_, STDIN_FILENO, kLineMax, [this](const auto& line) { handle_line(line); }),
      wait_timer_(loop_.timers(), *this),
      duration_timer_(loop_.timers(), *this),
      full_timer_(loop_.timers(), *this),
      started_(loop_.now()) {}

call::Place Session::place() {
    if (const auto* room = std::get_if<CallCommand::Room>(&command_.place)) return call::Room{room->tag};
    call::Link link{.seat = rng_.bytes<16>()};
    if (const auto* opened = std::get_if<CallCommand::OpenLink>(&command_.place)) {
        link.key = opened->key;
    } else {
        link.key = rng_.bytes<caller::kLinkKeySize>();
        link_ = caller::make_link(command_.page.origin(), link.key);
    }
    return link;
}

net::CallHost::Options Session::options() {
    net::CallHost::Options options{.page = command_.page, .trusted_pem = trusted_pem(command_)};
    options.call.place = place();
    options.call.sends_sound = playing_.has_sound();
    options.call.sends_picture = playing_.has_pictures();
    options.call.accepts = accepts_;
    options.call.hides_address = command_.hides_address;
    return options;
}

CallExit Session::run() {
    if (!link_.empty()) output_.tell_link(link_, at());
    if (command_.wait) wait_timer_.arm(started_ + *command_.wait);
    look_at_output();
    if (!summary_) host_.start();
    loop_.run();
    playing_.stop();
    if (!summary_) finish(CallExit::kInterrupted, "interrupted");
    summary_->files = writing_.close();
    for (const WrittenFile& file : summary_->files) {
        if (!file.error.empty() && summary_->how == CallExit::kWell) {
            summary_->how = CallExit::kHere;
            summary_->why += "; " + file.error;
        }
    }
    output_.sum_up(*summary_);
    if (output_.has_failed() && summary_->how == CallExit::kWell) return CallExit::kHere;
    return summary_->how;
}

void Session::finish(CallExit how, std::string why) {
    if (summary_) return;
    if (is_code_wrong_ && how == CallExit::kWell) {
        how = CallExit::kUnsafe;
        why += "; the safety code did not come out right";
    }
    summary_ = {.how = how, .why = std::move(why), .connected = connected_, .ended = at(), .report = host_.report()};
    can_chat_ = false;
    asked_.reset();
    lines_.pause();
    wait_timer_.cancel();
    duration_timer_.cancel();
    full_timer_.cancel();
    host_.leave([this] { loop_.stop(); });
}

void Session::handle_signal() {
    if (!summary_) {
        return finish(connected_ ? CallExit::kWell : CallExit::kInterrupted, connected_ ? "you left" : "interrupted");
    }
    // The second time whoever presses it does not want to wait for a goodbye.
    summary_->how = CallExit::kInterrupted;
    summary_->why = "interrupted";
    loop_.stop();
}

void Session::handle_timeout(net::Timer& timer, Instant) {
    if (&timer == &wait_timer_) {
        finish(CallExit::kNobody, "nobody came within " + std::to_string(command_.wait->count()) + " s");
    } else if (&timer == &duration_timer_) {
        finish(CallExit::kWell, "the call has lasted as long as it was to");
    } else if (unsaid_) {
        const std::string text = *std::exchange(unsaid_, std::nullopt);
        say(text);
        listen();
    }
}

// ---- lines

void Session::listen() {
    if (asked_ || (can_chat_ && !unsaid_)) {
        lines_.resume();
    } else {
        lines_.pause();
    }
}

void Session::handle_line(const std::optional<net::LineInput::Line>& line) {
    if (!line) return refuse_without_input();
    if (asked_) {
        handle_answer(line->text);
    } else if (line->is_cut) {
        tell_problem("not sent: a message has at most " + std::to_string(call::kChatLettersMax) + " letters");
    } else if (!line->text.empty()) {
        say(std::string(line->text));
    }
    listen();
}

// Whoever is met would wait for nothing.
void Session::refuse_without_input() {
    if (!asked_ || !lines_.has_ended()) return;
    finish(CallExit::kNobody, "nobody can answer: standard input is at its end; --accept yes needs none");
}

void Session::handle_answer(std::string_view text) {
    const bool is_yes = text == "y" || text == "yes";
    if (is_yes || text == "n" || text == "no") {
        asked_.reset();
        if (is_yes) return host_.accept();
        return host_.decline();
    }
    output_.ask(*asked_, asked_->answer_by - loop_.now(), at());
}

void Session::say(const std::string& text) {
    const auto said = host_.chat(text);
    if (said) return;
    switch (said.error()) {
    case call::ChatError::kFull:
        unsaid_ = text;
        full_timer_.arm(loop_.now() + kFullWait);
        return;
    case call::ChatError::kNotConnected:
        return tell_problem("not sent: the call is not connected");
    case call::ChatError::kBadSize:
        return tell_problem("not sent: a message has at most " + std::to_string(call::kChatLettersMax) + " letters");
    case call::ChatError::kNotText:
        return tell_problem("not sent: this is no text in UTF-8");
    }
}

void Session::tell_problem(const std::string& what) {
    output_.tell_problem(what, at());
    look_at_output();
}

void Session::look_at_output() {
    if (output_.has_failed()) finish(CallExit::kHere, "nobody reads standard output any more");
}

// ---- what the call tells

void Session::handle(const call::Event& event) {
    // What follows from our own leaving is told, and leads to nothing more.
    output_.tell(event, at());
    look_at_output();
    if (!summary_) std::visit([this](const auto& one) { on(one); }, event);
}

void Session::on(const call::Online& event) {
    was_online_ = true;
    const auto* room = std::get_if<CallCommand::Room>(&command_.place);
    const auto why = room != nullptr ? rooms_words(event.welcome, room->tag) : std::nullopt;
    if (why) finish(CallExit::kTurnedAway, *why);
}

void Session::on(const call::Offline&) {
    if (was_online_) return; // it comes back, or the wait ends
    const auto& end = host_.last_end();
    const bool is_unsafe = end && end->why && end->why->failure == net::FetchFailure::kNotTrusted;
    finish(is_unsafe ? CallExit::kUnsafe : CallExit::kServer, server_words(command_.page, end));
}

void Session::wait_on() {
    asked_.reset();
    can_chat_ = false;
    listen();
    if (command_.wait && !connected_ && !wait_timer_.is_armed()) wait_timer_.arm(started_ + *command_.wait);
}

void Session::on(const call::Waiting&) {
    wait_on();
}

void Session::on(const call::Unmet&) {
    wait_on();
}

void Session::on(const call::Met& event) {
    if (event.kind == lobby::CallKind::kPrivate || accepts_) return;
    asked_ = event;
    output_.ask(event, event.answer_by - loop_.now(), at());
    look_at_output();
    listen();
    refuse_without_input();
}

void Session::on(const call::Begun&) {
    asked_.reset();
    wait_timer_.cancel();
    listen();
}

void Session::on(const call::Connected&) {
    if (!connected_) {
        connected_ = at();
        if (command_.duration) duration_timer_.arm(loop_.now() + *command_.duration);
    }
    can_chat_ = true;
    playing_.start(host_);
    playing_.want_whole_picture(); // over a new connection nothing of the old is known
    listen();
}

void Session::on(const call::CodeMissing& event) {
    is_code_wrong_ |= event.flaw.has_value();
}

void Session::on(const call::SoundHeard& event) {
    writing_.keep(loop_.now(), event.frame);
}

void Session::on(const call::PictureSeen& event) {
    writing_.keep(loop_.now(), event.frame);
}

void Session::on(const call::KeyframeWanted&) {
    playing_.want_whole_picture();
}

void Session::on(const call::Ended& event) {
    playing_.stop();
    finish(exit_of(event.why, connected_.has_value()), end_words(event));
}

void Session::on(const call::Over& event) {
    const bool is_elsewhere = event.why == caller::SessionEnd::kElsewhere;
    finish(CallExit::kServer, is_elsewhere ? "this session has gone on elsewhere"
                                           : "the server speaks another version of the protocol than this program");
}

} // namespace

int run_call(const CallCommand& command) {
    net::ignore_broken_pipes();
    net::ignore_background_reads();
    net::ignore_file_size_limit();
    return static_cast<int>(Session(command).run());
}

} // namespace vv::apps
