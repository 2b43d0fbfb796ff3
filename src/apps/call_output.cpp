#include "apps/call_output.h"

#include "apps/call_json.h"
#include "apps/call_words.h"

namespace vv::apps {

void CallOutput::print(std::string_view text) {
    const std::size_t written = std::fwrite(text.data(), 1, text.size(), streams_.out);
    has_failed_ |= written != text.size() || std::fflush(streams_.out) != 0;
}

// Set apart from what the other writes; its own lines begin further in.
void CallOutput::note(std::string_view text) {
    std::string shown = "* ";
    for (const char letter : text) {
        shown += letter;
        if (letter == '\n') shown += "  ";
    }
    shown += '\n';
    std::fwrite(shown.data(), 1, shown.size(), streams_.error); // nobody can be told that it fails
    std::fflush(streams_.error);
}

void CallOutput::tell(const call::Event& event, Duration at) {
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
    } else if (form_ == Form::kPlain) {
        note(summary_words(summary));
    } else if (summary.how != CallExit::kWell) {
        note(summary.why);
    }
}

} // namespace vv::apps
