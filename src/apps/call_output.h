// What `visavis call` says: messages and what was asked for on standard output, what happens on standard error; or with
// --json all of it as lines of JSON on standard output.
#pragma once

#include "apps/call_summary.h"
#include "base/instant.h"
#include "call/event.h"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace vv::apps {

class CallOutput {
public:
    enum class Form : std::uint8_t {
        kPlain,
        kQuiet, ///< only messages, questions and what goes wrong
        kJson,
    };
    struct Streams {
        std::FILE* out = stdout;
        std::FILE* error = stderr;
        bool is_terminal = false; ///< out is
    };

    CallOutput(Form form, Streams streams) : form_(form), streams_(streams) {}

    /// `at`: since the start, as below.
    void tell(const call::Event& event, Duration at);
    void tell_link(const std::string& link, Duration at);
    /// Which is to be answered by a line of input.
    void ask(const call::Met& met, Duration left, Duration at);
    void tell_problem(const std::string& what, Duration at);
    void sum_up(const CallSummary& summary);
    /// Whoever reads standard output has gone, or its disk is full.
    [[nodiscard]] bool has_failed() const { return has_failed_; }

private:
    void print(std::string_view text);
    void note(std::string_view text);

    Form form_;
    Streams streams_;
    bool has_failed_ = false;
};

} // namespace vv::apps
