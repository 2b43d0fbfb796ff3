// The bodies of a call between strangers, sealed once both ends have the keys of the
// safety code (docs/protocol.md, "Sealed bodies").
//
// The two ends do not turn over at one moment, and bodies are on their way. So an end
// seals once it knows that the other can open; it tells again, sealed, whatever the
// other had not said to have; and it takes plaintext until the other has said, or
// shown, that it seals. From then on what is not sealed is nobody's.
#pragma once

#include "caller/bodies.h"
#include "caller/safety_code.h"
#include "caller/sealed_body.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::caller {

class StrangerSealing {
public:
    struct Told {
        std::uint64_t id = 0; // the number its way through the server gave it
        Body body;
    };

    /// This end can open what is sealed. The first agreement is the call's; others are not taken.
    void handle_agreed(const Agreed& agreed);
    [[nodiscard]] bool has_keys() const { return opener_.has_value(); }
    /// Once has_keys(). The partner can open too, and has the bodies up to `taken`: what is to be told again, sealed.
    [[nodiscard]] std::vector<Told> handle_done(std::uint64_t taken);
    /// The partner has said that it seals.
    void handle_sealed() { takes_plain_ = false; }

    /// A body has been told in plain.
    void note_told(Told told);
    /// Whether every further body is to be sealed.
    [[nodiscard]] bool seals() const { return seals_; }
    /// As `relay` carries it, once seals(). first: the number under which it was told in plain.
    [[nodiscard]] std::string seal(std::string_view call, const Body& body, std::optional<std::uint64_t> first = {});
    /// The text of a body that came, or nothing for what is not to be heard.
    [[nodiscard]] std::optional<std::string> open(std::string_view call, std::uint64_t id, std::string_view body);
    /// The partner's newest body that has come, by the number it was first told under.
    [[nodiscard]] std::uint64_t taken() const { return taken_; }

private:
    [[nodiscard]] bool is_known(std::string_view text);

    std::optional<BodySealer> sealer_;
    std::optional<BodyOpener> opener_;
    std::deque<Told> told_;
    std::uint64_t taken_ = 0;
    bool seals_ = false;
    bool takes_plain_ = true;
};

} // namespace vv::caller
