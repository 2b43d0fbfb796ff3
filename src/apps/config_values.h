// Reads one value of each kind from its text. Errors are the end of a sentence
// that begins with where the value stands.
#pragma once

#include "apps/config.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::apps {

template <typename T>
using Value = Result<T, std::string>;

[[nodiscard]] Value<bool> read_bool(std::string_view text);
[[nodiscard]] Value<std::uint32_t> read_number(std::string_view text, std::uint32_t least, std::uint32_t most);
/// A decimal number of these units, "30" or "0.5", as whole seconds.
[[nodiscard]] Value<std::chrono::seconds> read_time(std::string_view text, std::chrono::seconds unit, double least,
                                                    double most);
/// "1.2.3.4:80", "[::1]:80", "localhost:80" (both loopbacks), "*:80" (every address of both families).
[[nodiscard]] Value<std::vector<SocketAddress>> read_listen(std::string_view text);
[[nodiscard]] Value<IpAddress> read_address(std::string_view text);
[[nodiscard]] Value<IpPrefix> read_prefix(std::string_view text);
/// "name:password", both printable ASCII; the name ends at the first colon. An error repeats neither.
[[nodiscard]] Value<turn::User> read_user(std::string_view text);
/// "49152-65535"; at least 16 ports, none below 1024.
[[nodiscard]] Value<PortRange> read_port_range(std::string_view text);

/// "eu=turn.example.org", "eu=turn.example.org:8443/3479": a name, where HTTPS and where UDP answer.
[[nodiscard]] Value<RegionPlace> read_region(std::string_view text);

/// What stands in a page's address: "example.org", "[2001:db8::1]:8443"; in lower case.
[[nodiscard]] Value<std::string> read_host(std::string_view text);
/// "https://example.org": a scheme and a host, nothing behind it; in lower case, as browsers send it.
[[nodiscard]] Value<std::string> read_origin(std::string_view text);

/// One line for people, without control characters.
[[nodiscard]] Value<std::string> read_line(std::string_view text, std::size_t characters_max);
/// Text for people; line breaks are kept (as \n), blanks at its end are not.
[[nodiscard]] Value<std::string> read_prose(std::string_view text, std::size_t characters_max);

/// One of a few words; a slip gets the nearest right one.
[[nodiscard]] Value<std::size_t> read_choice(std::string_view text, std::initializer_list<std::string_view> choices);

} // namespace vv::apps
