#include "sdp/description.h"
#include "sdp/media_parser.h"

#include <algorithm>
#include <utility>

namespace vv::sdp {
namespace {

class Parser {
public:
    Result<Description, Error> parse(const Document& document) {
        description_.others.clear();
        for (const Line& line : document.session) {
            ++number_;
            if (const auto why = take(line); !why.empty()) return Failure(Error{number_, why});
        }
        for (const Lines& lines : document.media) {
            if (const auto error = take_media(lines)) return Failure(*error);
        }
        if (const auto why = check_mids(); !why.empty()) return Failure(Error{0, why});
        return std::move(description_);
    }

private:
    std::string_view take(const Line& line) {
        switch (line.type) {
        case 'v':
            return line.value == "0" ? "" : "a version other than 0";
        case 'o':
            return take_origin(line.value);
        case 'a':
            return take_attribute(line);
        default:
            description_.others.push_back(line);
            return {};
        }
    }

    // RFC 8866 §5.2: user, number of the session, its version, kind and type of the address, address.
    std::string_view take_origin(std::string_view value) {
        const auto parts = split(value, ' ');
        const auto version = parts.size() == 6 ? parse_number<std::uint64_t>(parts[2]) : std::nullopt;
        if (!version || std::ranges::any_of(parts, &std::string_view::empty)) return "an o= line without its six parts";
        Origin& origin = description_.origin;
        origin.user = parts[0];
        origin.session_id = parts[1];
        origin.version = *version;
        origin.address = value.substr(static_cast<std::size_t>(parts[3].data() - value.data()));
        return {};
    }

    std::string_view take_attribute(const Line& line) {
        const Attribute attribute(line.value);
        if (const auto direction = parse_direction(line.value)) {
            direction_ = direction;
        } else if (line.value == "ice-lite") {
            description_.is_ice_lite = true;
        } else if (attribute.name == "group" && split(attribute.value, ' ').front() == "BUNDLE" && !has_bundle_) {
            return take_bundle(attribute.value);
        } else if (const auto verdict = transport_.take(attribute)) {
            return *verdict;
        } else {
            description_.others.push_back(line);
        }
        return {};
    }

    std::string_view take_bundle(std::string_view value) {
        has_bundle_ = true;
        auto mids = split(value, ' ');
        mids.erase(mids.begin());
        if (mids.size() > kMediaMax) return "more than 32 mids in a group";
        for (const std::string_view mid : mids) {
            if (!is_token(mid)) return "a mid in a group that is no name";
            description_.bundle.emplace_back(mid);
        }
        return {};
    }

    std::optional<Error> take_media(const Lines& lines) {
        MediaParser parser;
        for (const Line& line : lines) {
            ++number_;
            const auto why = line.type == 'm' ? parser.take_first_line(line.value) : parser.take(line);
            if (!why.empty()) return Error{number_, why};
        }
        description_.media.push_back(parser.finish(transport_, direction_));
        return std::nullopt;
    }

    [[nodiscard]] std::string_view check_mids() const {
        for (const Media& media : description_.media) {
            if (!media.mid.empty() && description_.find(media.mid) != &media) return "a mid twice";
        }
        for (const std::string& mid : description_.bundle) {
            if (std::ranges::count(description_.bundle, mid) != 1) return "a mid twice in the group";
            if (description_.find(mid) == nullptr) return "a mid in the group that no section has";
        }
        return {};
    }

    Description description_;
    TransportParser transport_;
    std::optional<Direction> direction_;
    bool has_bundle_ = false;
    std::size_t number_ = 0;
};

} // namespace

Result<Description, Error> parse_description(std::string_view text) {
    const auto document = parse_document(text);
    if (!document) return Failure(document.error());
    return Parser().parse(*document);
}

} // namespace vv::sdp
