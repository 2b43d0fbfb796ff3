// What `visavis call` says: messages and what was asked for on standard output, what happens on standard error; or with
// --json all of it as lines of JSON on standard output.
#pragma once

#include "apps/call_summary.h"
#include "base/instant.h"
#include "call/event.h"
#include "net/line_output.h"

#include <cstddef>
#include <cstdint>
#include <map>
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
        net::LineOutput& out;
        net::LineOutput& error;
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
    /// Whoever reads standard output has gone or reads too slowly, or its disk is full.
    [[nodiscard]] bool has_failed() const { return streams_.out.error() != 0; }
    /// In words.
    [[nodiscard]] std::string failure() const;
    /// Something that was said has not been taken yet.
    [[nodiscard]] bool is_waiting() const { return streams_.out.is_waiting() || streams_.error.is_waiting(); }

private:
    /// Pages and others say some things more often than they change.
    [[nodiscard]] bool is_repetition(const call::Event& event);
    void print(std::string_view text) { streams_.out.write(text); }
    void note(std::string_view text);

    Form form_;
    Streams streams_;
    std::map<std::size_t, std::string> last_; // by the event's kind
    bool was_online_ = false;
};

} // namespace vv::apps
