#include "apps/call_output.h"

#include "apps/call_json.h"
#include "apps/call_words.h"

#include <cerrno>
#include <system_error>
#include <utility>
#include <variant>

namespace vv::apps {

std::string CallOutput::failure() const {
    const int error = streams_.out.error();
    if (error == EPIPE) return "nobody reads standard output any more";
    if (error == ENOBUFS) return "standard output is not read, and more waits there than can be kept";
    return "cannot write to standard output: " + std::generic_category().message(error);
}

// Set apart from what the other writes; its own lines begin further in.
void CallOutput::note(std::string_view text) {
    std::string shown = "* ";
    for (const char letter : text) {
        shown += letter;
        if (letter == '\n') shown += "  ";
    }
    shown += '\n';
    streams_.error.write(shown); // nobody can be told that it fails
}

bool CallOutput::is_repetition(const call::Event& event) {
    if (std::holds_alternative<call::Met>(event)) last_.clear(); // another person's are news
    if (!std::holds_alternative<call::PartnerPath>(event) && !std::holds_alternative<call::PartnerMedia>(event) &&
        !std::holds_alternative<call::PictureLimit>(event)) {
        return false;
    }
    const std::string what = json_line(event, {}).value_or("");
    return std::exchange(last_[event.index()], what) == what;
}

void CallOutput::tell(const call::Event& event, Duration at) {
    if (is_repetition(event)) return;
    if (form_ == Form::kJson) {
        if (const auto line = json_line(event, at)) print(*line);
        return;
    }
    if (const auto* chat = std::get_if<call::ChatHeard>(&event)) {
        // At a terminal nothing that the other writes may be taken for what this program says.
        return print((streams_.is_terminal ? "them: " : "") + harmless_chat(chat->text) + "\n");
    }
    const auto* missing = std::get_if<call::CodeMissing>(&event);
    const bool is_warning = missing != nullptr && missing->flaw;
    if (form_ == Form::kQuiet && !is_warning) return;
    was_online_ |= std::holds_alternative<call::Online>(event);
    // Of one that was never there the summary says why.
    if (std::holds_alternative<call::Offline>(event) && !was_online_) return;
    if (const auto words = event_words(event)) note(*words);
}

void CallOutput::tell_link(const std::string& link, Duration at) {
    print(form_ == Form::kJson ? json_link(link, at) : link + "\n");
}

void CallOutput::ask(const call::Met& met, Duration left, Duration at) {
    if (form_ == Form::kJson) return print(json_question(left, at));
    // Else nobody would know what is asked.
    if (form_ == Form::kQuiet) {
        if (const auto words = event_words(call::Event(met))) note(*words);
    }
    note(question_of(left));
}

void CallOutput::tell_problem(const std::string& what, Duration at) {
    if (form_ == Form::kJson) return print(json_problem(what, at));
    note(what);
}

void CallOutput::sum_up(const CallSummary& summary) {
    if (form_ == Form::kJson) {
        print(json_summary(summary));
        if (has_failed()) note(summary.why); // which is where nobody sees it
    } else if (form_ == Form::kPlain) {
        note(summary_words(summary));
    } else if (summary.how != CallExit::kWell) {
        note(summary.why);
    }
}

} // namespace vv::apps
