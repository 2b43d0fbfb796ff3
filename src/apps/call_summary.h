// How a call of `visavis call` was, from its beginning to its end.
#pragma once

#include "apps/call_exit.h"
#include "base/instant.h"
#include "call/report.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::apps {

/// A file that is written, as it is in the end.
struct WrittenFile {
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    std::string error{}; ///< empty: all that came is in it
};

struct CallSummary {
    CallExit how{};
    std::string why; ///< in words
    /// Since the start, when there was a connection for the first time, when the first to the newest partner, and when
    /// it was over: by a private link the other page may be loaded again.
    std::optional<Duration> first_connected{};
    std::optional<Duration> connected{};
    Duration ended{};
    call::Report report{};
    std::vector<WrittenFile> files{};
};

/// "live", "half", "away", "gone".
[[nodiscard]] std::string_view name_of(caller::Standing standing);
/// "AEAD_AES_128_GCM", as RFC 7714 has it; empty for none.
[[nodiscard]] std::string_view srtp_name(const std::optional<srtp::Profile>& profile);
/// Of what was to come, from 0 to 1; nothing where nothing was.
[[nodiscard]] std::optional<double> share_lost(const peer::ReceiveStats& received);

} // namespace vv::apps
