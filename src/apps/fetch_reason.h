// Why a server could not be asked, for a person.
#pragma once

#include "net/http_client.h"
#include "net/http_url.h"

#include <cstddef>
#include <string>

namespace vv::apps {

/// How much is shown of what a stranger says.
inline constexpr std::size_t kExcerptMax = 80;

/// "nobody answers at example.org (Connection refused)".
[[nodiscard]] std::string fetch_reason(const net::HttpUrl& url, const net::FetchError& error);

} // namespace vv::apps
