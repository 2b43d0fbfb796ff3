#include "apps/call.h"

#include "apps/call_output.h"
#include "apps/call_playing.h"
#include "apps/call_words.h"
#include "apps/call_writing.h"
#include "apps/full_chat.h"
#include "apps/trusted_pem.h"
#include "base/assert.h"
#include "caller/link.h"
#include "net/call_host.h"
#include "net/event_loop.h"
#include "net/line_input.h"
#include "net/line_output.h"
#include "net/os_rng.h"
#include "net/signal_guard.h"
#include "net/signal_source.h"

#include <chrono>
#include <csignal>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <variant>

namespace vv::apps {
namespace {

/// Of one line of input: what fits into a message, in whatever script.
constexpr std::size_t kLineMax = call::kChatLettersMax * 4;
constexpr std::chrono::milliseconds kFullWait{50};
/// For a goodbye, where what leads to it has failed once already.
constexpr std::chrono::seconds kGoodbyeMax{1};
/// For whoever reads slowly, once the call is over.
constexpr std::chrono::seconds kLastWordsMax{5};
constexpr std::chrono::milliseconds kLastWordsStep{100};
/// Three times this, and a signal has waited for too long.
constexpr std::chrono::seconds kSignalLook{1};

CallOutput::Form form_of(const CallCommand& command) {
    if (command.is_json) return CallOutput::Form::kJson;
    return command.is_quiet ? CallOutput::Form::kQuiet : CallOutput::Form::kPlain;
}

bool accepts(const CallCommand& command) {
    if (command.accept == CallCommand::Accept::kAsIs) {
        // With --json the question is asked on standard output, where nobody may be to see it.
        return !net::is_terminal(STDIN_FILENO) || (command.is_json && !net::is_terminal(STDOUT_FILENO));
    }
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
    void handle_hangup();
    void handle_line(const std::optional<net::LineInput::Line>& line);
    void refuse_without_input();
    void handle_answer(const call::Met& asked, std::string_view text);
    void say(const std::string& text);
    void keep_for_later(const std::string& text);
    void wait_for_room(const std::string& text);
    void tell_problem(const std::string& what);
    void listen();
    void wait_on();
    void look_at_output();
    void conclude(CallExit how, std::string why);
    void finish(CallExit how, std::string why);
    void fail(const std::string& what);
    void close_files();
    void say_last_words();

    void handle(const call::Event& event);
    void on(const call::Online& event);
    void on(const call::Offline& event);
    void on(const call::Waiting& event);
    void on(const call::Met& event);
    void on(const call::Unmet& event);
    void on(const call::Begun& event);
    void on(const call::Connected& event);
    void on(const call::Interrupted& event);
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
    net::LineOutput out_;
    net::LineOutput errors_;
    CallOutput output_;
    CallPlaying playing_;
    CallWriting writing_;
    std::string made_link_;
    net::SignalSource signals_; // before anything starts a thread
    net::SignalGuard signal_guard_;
    net::CallHost host_;
    net::LineInput lines_;
    net::Timer wait_timer_;
    net::Timer duration_timer_;
    net::Timer mending_timer_;
    net::Timer full_timer_; // what could not be said yet is tried again
    net::Timer goodbye_timer_;
    Instant started_;

    bool was_online_ = false;
    bool is_with_somebody_ = false; // who was met, and has not gone since
    bool is_code_wrong_ = false;
    bool is_ended_by_signal_ = false;
    bool is_hurried_ = false;          // by a signal after the end
    std::optional<call::Met> asked_{}; // whether this one is to be talked to
    std::optional<std::string> unsaid_{};
    FullChat full_{};
    std::optional<Duration> first_connected_{};
    std::optional<Duration> connected_{}; // to the newest of them
    bool can_chat_ = false;
    std::optional<CallSummary> summary_{}; // from the decision to end on
};

Session::Session(const CallCommand& command)
    : command_(command),
      accepts_(accepts(command)),
      out_(loop_, STDOUT_FILENO),
      errors_(loop_, STDERR_FILENO),
      output_(form_of(command), {.out = out_, .error = errors_, .is_terminal = net::is_terminal(STDOUT_FILENO)}),
      playing_(loop_, recordings_of(command)),
      writing_(command, rng_, [this](const std::string& why) { tell_problem(why); }),
      signals_(fresh(loop_),
               {.stop = [this] { handle_signal(); },
                .drain = [this] { handle_signal(); },
                .hangup = net::is_ignored(SIGHUP) ? std::function<void()>() : [this] { handle_hangup(); }}),
      signal_guard_(kSignalLook, static_cast<int>(CallExit::kInterrupted)),
      host_(loop_, options(), [this](const call::Event& event) { handle(event); }),
      lines_(loop_, STDIN_FILENO, kLineMax, [this](const auto& line) { handle_line(line); }),
      wait_timer_(loop_.timers(), *this),
      duration_timer_(loop_.timers(), *this),
      mending_timer_(loop_.timers(), *this),
      full_timer_(loop_.timers(), *this),
      goodbye_timer_(loop_.timers(), *this),
      started_(loop_.now()) {}

call::Place Session::place() {
    if (const auto* room = std::get_if<CallCommand::Room>(&command_.place)) return call::Room{room->tag};
    call::Link link{.seat = rng_.bytes<16>()};
    if (const auto* opened = std::get_if<CallCommand::OpenLink>(&command_.place)) {
        link.key = opened->key;
    } else {
        link.key = rng_.bytes<caller::kLinkKeySize>();
        made_link_ = caller::make_link(command_.page.origin(), link.key);
    }
    return link;
}

net::CallHost::Options Session::options() {
    net::CallHost::Options options{.page = command_.page, .trusted_pem = read_trusted_pem(command_.trusted_file)};
    options.call.place = place();
    options.call.sends_sound = playing_.has_sound();
    options.call.sends_picture = playing_.has_pictures();
    options.call.accepts = accepts_;
    options.call.hides_address = command_.hides_address;
    return options;
}

CallExit Session::run() {
    if (!made_link_.empty()) output_.tell_link(made_link_, at());
    if (command_.wait) wait_timer_.arm(started_ + *command_.wait);
    look_at_output();
    try {
        if (!summary_) host_.start();
        loop_.run();
    } catch (const std::exception& error) {
        fail(error.what());
    }
    playing_.stop();
    if (!summary_) conclude(CallExit::kInterrupted, "interrupted");
    close_files();
    VV_ASSERT(summary_.has_value());
    output_.sum_up(*summary_);
    const CallExit said = summary_->how; // no signal changes it any more
    say_last_words();
    return output_.has_failed() && said == CallExit::kWell ? CallExit::kHere : said;
}

void Session::conclude(CallExit how, std::string why) {
    if (is_code_wrong_ && how != CallExit::kUnsafe) why += "; the safety code did not come out right";
    summary_ = {.how = exit_by_code(how, is_code_wrong_),
                .why = std::move(why),
                .first_connected = first_connected_,
                .connected = connected_,
                .ended = at(),
                .report = host_.report()};
    can_chat_ = false;
    asked_.reset();
    lines_.pause();
    for (net::Timer* const timer : {&wait_timer_, &duration_timer_, &mending_timer_, &full_timer_})
        timer->cancel();
}

void Session::finish(CallExit how, std::string why) {
    if (summary_) return;
    conclude(how, std::move(why));
    host_.leave([this] { loop_.stop(); });
}

// Whatever was being done is half done, so that a goodbye may not come about either.
void Session::fail(const std::string& what) {
    if (!summary_) conclude(CallExit::kHere, what);
    try {
        goodbye_timer_.arm(loop_.now() + kGoodbyeMax);
        host_.leave([this] { loop_.stop(); });
        loop_.run();
    } catch (const std::exception& error) {
        tell_problem(std::string("the other end could not be told: ") + error.what());
    }
}

void Session::close_files() {
    VV_ASSERT(summary_.has_value());
    CallSummary& summary = *summary_;
    summary.files = writing_.close();
    for (const WrittenFile& file : summary.files) {
        if (!file.error.empty() && summary.how == CallExit::kWell) {
            summary.how = CallExit::kHere;
            summary.why += "; " + file.error;
        }
    }
}

void Session::say_last_words() {
    const Instant until = loop_.now() + kLastWordsMax;
    while (output_.is_waiting() && !is_hurried_ && loop_.now() < until)
        loop_.run_once(kLastWordsStep);
}

void Session::handle_signal() {
    if (!summary_) {
        is_ended_by_signal_ = true;
        return finish(first_connected_ ? CallExit::kWell : CallExit::kInterrupted,
                      first_connected_ ? "you left" : "interrupted");
    }
    // Whoever presses it does not want to wait for a goodbye.
    summary_->how = exit_by_signal(summary_->how, is_ended_by_signal_);
    if (summary_->how == CallExit::kInterrupted) summary_->why = "interrupted";
    is_hurried_ = true;
    loop_.stop();
}

// A terminal that is closed may say so several times.
void Session::handle_hangup() {
    if (!summary_) handle_signal();
}

void Session::handle_timeout(net::Timer& timer, Instant) {
    if (&timer == &wait_timer_ && command_.wait) {
        const std::string within = " within " + std::to_string(command_.wait->count()) + " s";
        // Who was there and has loaded the page again is somebody, and has not come back.
        if (first_connected_) return finish(CallExit::kNoConnection, "the partner did not come back" + within);
        finish(CallExit::kNobody, "nobody came" + within);
    } else if (&timer == &duration_timer_) {
        finish(CallExit::kWell, "the call has lasted as long as it was to");
    } else if (&timer == &mending_timer_) {
        finish(CallExit::kNoConnection,
               "the connection broke and did not mend within " + std::to_string(command_.patience.count()) + " s");
    } else if (&timer == &goodbye_timer_) {
        loop_.stop();
    } else if (&timer == &full_timer_ && unsaid_ && can_chat_) {
        const std::string text = std::move(*unsaid_);
        unsaid_.reset();
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
        handle_answer(*asked_, line->text);
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

void Session::handle_answer(const call::Met& asked, std::string_view text) {
    if (const auto answer = read_answer(text)) {
        asked_.reset();
        if (*answer) return host_.accept();
        return host_.decline();
    }
    output_.ask(asked, asked.answer_by - loop_.now(), at());
}

void Session::say(const std::string& text) {
    const auto said = host_.chat(text);
    if (said) return full_.clear();
    switch (said.error()) {
    case call::ChatError::kFull:
        return wait_for_room(text);
    case call::ChatError::kNotConnected:
        return keep_for_later(text);
    case call::ChatError::kBadSize:
        return tell_problem("not sent: a message has at most " + std::to_string(call::kChatLettersMax) + " letters");
    case call::ChatError::kNotText:
        return tell_problem("not sent: this is no text in UTF-8");
    }
}

void Session::keep_for_later(const std::string& text) {
    unsaid_ = text;
    full_timer_.arm(loop_.now() + kFullWait);
}

void Session::wait_for_room(const std::string& text) {
    switch (full_.handle_full(loop_.now())) {
    case FullChat::Next::kTryAgain:
        return keep_for_later(text);
    case FullChat::Next::kTellAndDrop:
        return tell_problem("not sent: the other end takes no messages; what you write is dropped until it does");
    case FullChat::Next::kDrop:
        return;
    }
}

void Session::tell_problem(const std::string& what) {
    output_.tell_problem(what, at());
    look_at_output();
}

void Session::look_at_output() {
    if (output_.has_failed()) finish(CallExit::kHere, output_.failure());
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
    if (is_with_somebody_) return; // whom no room matters to any more
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
    is_with_somebody_ = can_chat_ = false;
    mending_timer_.cancel();
    listen();
    if (command_.wait && !wait_timer_.is_armed()) wait_timer_.arm(loop_.now() + *command_.wait);
}

void Session::on(const call::Waiting&) {
    wait_on();
}

void Session::on(const call::Unmet&) {
    wait_on();
}

void Session::on(const call::Met& event) {
    is_with_somebody_ = true;
    wait_timer_.cancel();
    connected_.reset();
    if (event.kind == lobby::CallKind::kPrivate || accepts_) return;
    // What was typed before this question is the answer to another, or none.
    if (net::is_terminal(STDIN_FILENO)) lines_.drop();
    asked_ = event;
    output_.ask(event, event.answer_by - loop_.now(), at());
    look_at_output();
    listen();
    refuse_without_input();
}

void Session::on(const call::Begun&) {
    asked_.reset();
    listen();
}

void Session::on(const call::Connected&) {
    mending_timer_.cancel();
    if (!connected_) connected_ = at();
    if (!first_connected_) {
        first_connected_ = connected_;
        if (command_.duration) duration_timer_.arm(loop_.now() + *command_.duration);
    }
    can_chat_ = true;
    full_.clear();
    if (unsaid_) full_timer_.arm(loop_.now());
    playing_.start(host_);
    playing_.want_whole_picture(); // over a new connection nothing of the old is known
    listen();
}

// The call mends itself for as long as the server knows it, which may be for ever.
void Session::on(const call::Interrupted&) {
    can_chat_ = false;
    full_.handle_interrupted();
    mending_timer_.arm(loop_.now() + command_.patience);
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
    finish(exit_of(event.why, first_connected_.has_value()), end_words(event));
}

void Session::on(const call::Over& event) {
    finish(CallExit::kServer, std::string(over_words(event.why)));
}

} // namespace

int run_call(const CallCommand& command) {
    net::ignore_broken_pipes();
    net::ignore_background_reads();
    net::ignore_file_size_limit();
    return static_cast<int>(Session(command).run());
}

} // namespace vv::apps
