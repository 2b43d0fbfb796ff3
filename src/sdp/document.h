// A session description as lines (RFC 8866): each kept as it came and in its
// place, so that what nobody here understands is still there when it is written
// again. What the lines mean is description.h's matter.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vv::sdp {

/// The longest that Chromium 156 makes by itself, with simulcast and a dozen candidates, has 8 000 bytes in 230 lines.
inline constexpr std::size_t kTextSizeMax = 65'536;
inline constexpr std::size_t kLinesMax = 2'048;
inline constexpr std::size_t kLineSizeMax = 4'096;
/// m= lines.
inline constexpr std::size_t kMediaMax = 32;

/// Why a description is refused. It quotes nothing of it, so it may be logged.
struct Error {
    std::size_t line = 0; ///< from 1; 0: the description as a whole
    std::string_view why;

    friend bool operator==(const Error&, const Error&) = default;
};

struct Line {
    char type = 'a';
    std::string value;

    friend bool operator==(const Line&, const Line&) = default;
};
using Lines = std::vector<Line>;

struct Document {
    Lines session;            ///< up to the first m= line
    std::vector<Lines> media; ///< each begins with its m= line

    friend bool operator==(const Document&, const Document&) = default;
};

/// Line ends may be CRLF or LF (RFC 8866 §5). The order of the types is the RFC's, and v=, o=, s= and t= are there.
[[nodiscard]] Result<Document, Error> parse_document(std::string_view text);
/// With CRLF.
[[nodiscard]] std::string write_document(const Document& document);

/// In the RFC's order of types; of one type as they were. Of types that SDP has.
[[nodiscard]] Lines in_session_order(const Lines& lines);
[[nodiscard]] Lines in_media_order(const Lines& lines);

} // namespace vv::sdp
