#include "sdp/document.h"

#include "base/assert.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vv::sdp {
namespace {

// RFC 8866 §5. Repetition times and zones belong to the t= before them, of which there may be several.
constexpr std::string_view kSessionOrder = "vosiuepcbtka";
constexpr std::string_view kMediaOrder = "micbka";
constexpr std::string_view kOfTime = "rz";

int rank_in(std::string_view order, char type) {
    const auto at = order.find(type);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// Nothing (-1) for a letter that is no type: a description with one is refused as a whole (§5).
int rank_in_session(char type) {
    return rank_in(kSessionOrder, kOfTime.contains(type) ? 't' : type);
}
int rank_in_media(char type) {
    return rank_in(kMediaOrder, type);
}

Lines in_order(const Lines& lines, int (*rank_of)(char)) {
    Lines out;
    for (int rank = 0; out.size() < lines.size(); ++rank) {
        VV_ASSERT(rank < static_cast<int>(kSessionOrder.size()));
        std::ranges::copy_if(lines, std::back_inserter(out),
                             [&](const Line& line) { return rank_of(line.type) == rank; });
    }
    return out;
}

bool may_repeat(char type, bool is_media) {
    return std::string_view(is_media ? "cba" : "epbtrza").contains(type);
}

class Parser {
public:
    explicit Parser(std::string_view text) : rest_(text) {}

    Result<Document, Error> parse() {
        if (rest_.size() > kTextSizeMax) return Failure(Error{0, "longer than 65536 bytes"});
        while (!rest_.empty()) {
            if (++number_ > kLinesMax) return fail("more than 2048 lines");
            if (const auto why = take(next_line()); !why.empty()) return fail(why);
        }
        for (const char needed : std::string_view("vost")) {
            if (std::ranges::find(document_.session, needed, &Line::type) == document_.session.end()) {
                return Failure(Error{0, "v=, o=, s= or t= is missing"});
            }
        }
        return std::move(document_);
    }

private:
    [[nodiscard]] Failure<Error> fail(std::string_view why) const { return Failure(Error{number_, why}); }

    std::string_view next_line() {
        const auto end = rest_.find('\n');
        std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        return line;
    }

    // Empty if it was taken.
    std::string_view take(std::string_view line) {
        if (line.size() > kLineSizeMax) return "a line of more than 4096 bytes";
        if (line.size() < 2 || line[1] != '=') return "not a letter and =";
        if (std::ranges::any_of(line, [](char c) { return c == '\0' || c == '\r'; })) return "a NUL or CR in a line";
        const char type = line[0];
        if (type == 'm') {
            if (document_.media.size() == kMediaMax) return "more than 32 m= lines";
            document_.media.emplace_back();
            last_rank_ = -1;
        }
        if (const auto why = judge_place(type); !why.empty()) return why;
        section().push_back({type, std::string(line.substr(2))});
        return {};
    }

    Lines& section() { return document_.media.empty() ? document_.session : document_.media.back(); }

    std::string_view judge_place(char type) {
        const bool is_media = !document_.media.empty();
        const int rank = is_media ? rank_in_media(type) : rank_in_session(type);
        if (rank < 0) return "a type that SDP does not have here";
        const Lines& lines = section();
        if (!is_media && lines.empty() && type != 'v') return "does not begin with v=";
        if (rank < last_rank_) return "a line after those it belongs before";
        if (rank == last_rank_ && !may_repeat(type, is_media)) return "a second line of a type that stands once";
        last_rank_ = rank;
        return {};
    }

    std::string_view rest_;
    Document document_;
    std::size_t number_ = 0;
    int last_rank_ = -1;
};

void write_lines(const Lines& lines, std::string& out) {
    for (const Line& line : lines) {
        out += line.type;
        out += '=';
        out += line.value;
        out += "\r\n";
    }
}

} // namespace

Lines in_session_order(const Lines& lines) {
    return in_order(lines, rank_in_session);
}

Lines in_media_order(const Lines& lines) {
    return in_order(lines, rank_in_media);
}

Result<Document, Error> parse_document(std::string_view text) {
    return Parser(text).parse();
}

std::string write_document(const Document& document) {
    std::string out;
    write_lines(document.session, out);
    for (const Lines& lines : document.media)
        write_lines(lines, out);
    return out;
}

} // namespace vv::sdp
