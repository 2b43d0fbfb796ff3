// One run of the safety code (docs/protocol.md, "The safety code"): what comes over the
// control channel goes in, what is to be said and what has been found out comes out.
//
//   each end:   commit   →  reveal           →  done                →  sealed
//   said        at once     on the other's      on the other's         on the other's `done`
//                           commitment          valid reveal
//
// The channel keeps the order, so an honest partner's messages can come in this order
// only, each once. Anything else ends the run, and a run that has ended is not begun
// again: a second try is what somebody in between needs.
#pragma once

#include "base/rng.h"
#include "caller/safety_code.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace vv::caller {

enum class CodeStep : std::uint8_t { kCommit, kReveal, kDone, kSealed };

struct CodeMessage {
    CodeStep step{};
    std::string value{};     // of kCommit and kReveal: base64url
    std::uint64_t taken = 0; // of kDone: the sender's newest body of its partner, 0 for none

    friend bool operator==(const CodeMessage&, const CodeMessage&) = default;
};
/// Nothing when it is no message of the kind `code`, or has not the form of any step.
[[nodiscard]] std::optional<CodeMessage> parse_code_message(std::string_view text);
[[nodiscard]] std::string write_code_message(const CodeMessage& message);

enum class CodeFlaw : std::uint8_t {
    kOrder,     ///< not what was due, or not in its form
    kForged,    ///< the nonce is not the one its sender had bound to these certificates
    kReflected, ///< this end's own certificate, commitment or nonce coming back
};

/// The partner's nonce holds: this end opens what is sealed. The partner may not have got that far.
struct CodeAgreed {};
/// So has the partner: both have the same code, and this end seals.
struct CodeDone {
    std::uint64_t taken = 0;
};
/// The partner seals.
struct CodeSealed {};
struct CodeRefused {
    CodeFlaw why{};
};
using CodeEvent = std::variant<CodeMessage, CodeAgreed, CodeDone, CodeSealed, CodeRefused>;

class CodeRun {
public:
    /// The two certificates, each by the connection as it stands. rng: cryptographic.
    CodeRun(const CodeFingerprint& own, const CodeFingerprint& partner, Rng& rng);

    /// taken: the partner's newest body that has come through the server, 0 for none.
    void handle(const CodeMessage& message, std::uint64_t taken);
    /// A CodeMessage is to be said.
    [[nodiscard]] std::optional<CodeEvent> poll_event();
    /// From CodeAgreed on. To be shown only once CodeDone has come: then both have it.
    [[nodiscard]] const std::optional<Agreed>& agreed() const { return agreed_; }

private:
    void take_commitment(std::string_view value);
    void take_nonce(std::string_view value, std::uint64_t taken);
    void refuse(CodeFlaw why);

    CodeEnd own_;
    CodeFingerprint partner_{};
    CodeCommitment own_commitment_{};
    CodeCommitment their_commitment_{};
    std::optional<Agreed> agreed_;
    std::optional<CodeStep> due_ = CodeStep::kCommit; // nothing: everything has come, or nothing more is heard
    std::deque<CodeEvent> events_;
};

} // namespace vv::caller
