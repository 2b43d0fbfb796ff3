#include "caller/fields.h"

#include "base/encoding.h"
#include "signal/json_text.h"

#include <algorithm>
#include <utility>

namespace vv::caller {

using nlohmann::json;

std::optional<json> parse_object(std::string_view text) {
    if (signal::is_too_deep(text)) return std::nullopt;
    json value = json::parse(text, nullptr, false);
    if (!value.is_object()) return std::nullopt;
    return value;
}

const json* Fields::find(const char* name) const {
    const auto found = object_->find(name);
    return found == object_->end() ? nullptr : &*found;
}

bool Fields::has(const char* name) const {
    const json* const found = find(name);
    return found != nullptr && !found->is_null();
}

std::string Fields::text(const char* name, std::size_t size_max) {
    const json* const found = find(name);
    if (found != nullptr && found->is_string()) {
        const auto& value = found->get_ref<const std::string&>();
        if (count_characters(value) <= size_max) return value;
    }
    fail();
    return {};
}

std::uint64_t Fields::integer(const char* name, std::uint64_t least) {
    const json* const found = find(name);
    if (found != nullptr && found->is_number_unsigned()) {
        const auto value = found->get<std::uint64_t>();
        if (value >= least && value <= kIntegerMax) return value;
    }
    fail();
    return least;
}

double Fields::number(const char* name) {
    const json* const found = find(name);
    if (found != nullptr && found->is_number()) return found->get<double>();
    fail();
    return 0;
}

bool Fields::flag(const char* name) {
    const json* const found = find(name);
    if (found != nullptr && found->is_boolean()) return found->get<bool>();
    fail();
    return false;
}

const json* Fields::object(const char* name) {
    const json* const found = find(name);
    if (found != nullptr && found->is_object()) return found;
    fail();
    return nullptr;
}

const json* Fields::array(const char* name, std::size_t count_max) {
    const json* const found = find(name);
    if (found != nullptr && found->is_array() && found->size() <= count_max) return found;
    fail();
    return nullptr;
}

std::size_t Fields::choose(const char* name, std::span<const std::string_view> words) {
    const std::string value = text(name, kNameMax);
    const auto found = std::ranges::find(words, std::string_view(value));
    if (ok_ && found != words.end()) return static_cast<std::size_t>(found - words.begin());
    fail();
    return 0;
}

std::string Fields::text_or(const char* name, std::size_t size_max, std::string missing) {
    return has(name) ? text(name, size_max) : std::move(missing);
}
std::optional<std::string> Fields::maybe_text(const char* name, std::size_t size_max) {
    return has(name) ? std::optional(text(name, size_max)) : std::nullopt;
}
std::optional<std::uint64_t> Fields::maybe_integer(const char* name, std::uint64_t least) {
    return has(name) ? std::optional(integer(name, least)) : std::nullopt;
}
std::optional<double> Fields::maybe_number(const char* name) {
    return has(name) ? std::optional(number(name)) : std::nullopt;
}

} // namespace vv::caller
