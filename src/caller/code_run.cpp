#include "caller/code_run.h"

#include "base/encoding.h"
#include "caller/fields.h"
#include "crypto/secret.h"
#include "signal/identifiers.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace vv::caller {
namespace {

constexpr std::size_t kValueMax = 64;

std::string_view name_of(CodeStep step) {
    switch (step) {
    case CodeStep::kCommit:
        return "commit";
    case CodeStep::kReveal:
        return "reveal";
    case CodeStep::kDone:
        return "done";
    case CodeStep::kSealed:
        return "sealed";
    }
    std::unreachable();
}

std::optional<CodeStep> after(CodeStep step) {
    if (step == CodeStep::kSealed) return std::nullopt;
    return static_cast<CodeStep>(static_cast<unsigned>(step) + 1);
}

} // namespace

std::optional<CodeMessage> parse_code_message(std::string_view text) {
    const auto value = parse_object(text);
    if (!value) return std::nullopt;
    Fields fields(*value);
    if (fields.name("kind") != "code") return std::nullopt;
    CodeMessage message;
    message.step = fields.choice<CodeStep>("step", {"commit", "reveal", "done", "sealed"});
    if (message.step == CodeStep::kDone)
        message.taken = fields.integer("taken");
    else if (message.step != CodeStep::kSealed)
        message.value = fields.text("value", kValueMax);
    if (!fields.ok()) return std::nullopt;
    return message;
}

std::string write_code_message(const CodeMessage& message) {
    nlohmann::ordered_json out = {{"kind", "code"}, {"step", name_of(message.step)}};
    if (message.step == CodeStep::kDone)
        out["taken"] = message.taken;
    else if (message.step != CodeStep::kSealed)
        out["value"] = message.value;
    return out.dump();
}

CodeRun::CodeRun(const CodeFingerprint& own, const CodeFingerprint& partner, Rng& rng)
    : own_{own, rng.bytes<kCodeNonceSize>()},
      partner_(partner) {
    if (own == partner) {
        refuse(CodeFlaw::kReflected);
        return;
    }
    own_commitment_ = commitment_of(own_, partner_);
    events_.emplace_back(CodeMessage{CodeStep::kCommit, base64url_encode(own_commitment_)});
}

void CodeRun::handle(const CodeMessage& message, std::uint64_t taken) {
    if (!due_) return;
    if (message.step != *due_) return refuse(CodeFlaw::kOrder);
    switch (message.step) {
    case CodeStep::kCommit:
        take_commitment(message.value);
        break;
    case CodeStep::kReveal:
        take_nonce(message.value, taken);
        break;
    case CodeStep::kDone:
        events_.emplace_back(CodeDone{message.taken});
        events_.emplace_back(CodeMessage{CodeStep::kSealed});
        break;
    case CodeStep::kSealed:
        events_.emplace_back(CodeSealed{});
        break;
    }
    if (due_) due_ = after(*due_);
}

std::optional<CodeEvent> CodeRun::poll_event() {
    if (events_.empty()) return std::nullopt;
    CodeEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
}

void CodeRun::take_commitment(std::string_view value) {
    const auto theirs = signal::parse_bytes<crypto::kSha256Size>(value);
    if (!theirs) return refuse(CodeFlaw::kOrder);
    if (*theirs == own_commitment_) return refuse(CodeFlaw::kReflected);
    their_commitment_ = *theirs;
    events_.emplace_back(CodeMessage{CodeStep::kReveal, base64url_encode(own_.nonce)});
}

void CodeRun::take_nonce(std::string_view value, std::uint64_t taken) {
    auto nonce = signal::parse_bytes<kCodeNonceSize>(value);
    if (!nonce) return refuse(CodeFlaw::kOrder);
    if (*nonce == own_.nonce) return refuse(CodeFlaw::kReflected);
    CodeEnd theirs{partner_, *nonce};
    if (commitment_of(theirs, own_.fingerprint) != their_commitment_) return refuse(CodeFlaw::kForged);
    agreed_.emplace(agree(own_, theirs));
    // Whoever finds both can make the keys again.
    crypto::secure_wipe(*nonce);
    crypto::secure_wipe(theirs.nonce);
    crypto::secure_wipe(own_.nonce);
    events_.emplace_back(CodeAgreed{});
    events_.emplace_back(CodeMessage{CodeStep::kDone, {}, taken});
}

void CodeRun::refuse(CodeFlaw why) {
    due_.reset();
    events_.emplace_back(CodeRefused{why});
}

} // namespace vv::caller
