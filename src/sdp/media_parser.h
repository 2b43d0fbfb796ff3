// Reads one m= section, line by line; an attribute may come before what it
// belongs to (Firefox sorts them by name).
#pragma once

#include "sdp/description.h"

#include <optional>
#include <string_view>
#include <vector>

namespace vv::sdp {

/// Why a line cannot be taken; empty if it was. Nothing: the line is of no kind that is known.
using Verdict = std::optional<std::string_view>;

/// "mid:0" as name and value.
struct Attribute {
    explicit Attribute(std::string_view text);

    std::string_view name;
    std::string_view value;
};

/// The attributes of ICE and DTLS, which may be said of the session or of a section. has_own: of what was said here.
struct TransportParser {
    Transport transport;
    bool has_ufrag = false;
    bool has_pwd = false;
    bool has_options = false;
    bool has_fingerprint = false; ///< of any hash
    bool has_setup = false;

    [[nodiscard]] Verdict take(const Attribute& attribute);
    /// What was not said is as it was said of the session.
    [[nodiscard]] Transport within(const TransportParser& session) const;
};

class MediaParser {
public:
    /// Empty if it is right.
    [[nodiscard]] std::string_view take_first_line(std::string_view value);
    [[nodiscard]] std::string_view take(const Line& line);
    /// direction: of the session, if it has one.
    [[nodiscard]] Media finish(const TransportParser& session, std::optional<Direction> direction);

private:
    struct Stray {
        OfPayloadType what;
        const Line* line = nullptr;
        bool is_feedback = false;
    };

    [[nodiscard]] Verdict take_attribute(const Line& line);
    [[nodiscard]] Verdict take_flag(const Attribute& attribute);
    [[nodiscard]] Verdict take_value(const Attribute& attribute);
    [[nodiscard]] Verdict take_rtp(const Attribute& attribute, const Line& line);
    [[nodiscard]] Verdict take_source(const Attribute& attribute);
    [[nodiscard]] Verdict take_data(const Attribute& attribute);
    [[nodiscard]] Verdict take_sctp_map(std::string_view value);
    [[nodiscard]] std::string_view take_rtp_map(std::string_view value);
    [[nodiscard]] std::string_view take_extension(std::string_view value);
    [[nodiscard]] std::string_view check_formats() const;
    void sort_codecs();
    [[nodiscard]] bool belongs(const Stray& stray);

    Media media_;
    TransportParser transport_;
    std::optional<Direction> direction_;
    bool has_connection_ = false;
    std::vector<Stray> of_payload_types_;
    std::vector<std::uint8_t> with_parameters_;
};

} // namespace vv::sdp
