// What has to be true of a partner's description before the connection hears of it, as a
// page looks at it (web/core/sdp.ts): everything encrypted, over one transport, under one
// certificate, which is the one that was vouched for. And what is read and taken out of
// descriptions besides.
#pragma once

#include "base/result.h"
#include "caller/bodies.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::call {

struct DescriptionFacts {
    std::string fingerprint; ///< "sha-256 4A:AD:…" in capitals, the same for every section
    std::string ufrag;
    bool is_firefox = false; ///< it names itself in the origin line
};

enum class DescriptionFlaw : std::uint8_t {
    kUnusable,    ///< unreadable, not encrypted, not bundled, or a kind of media twice
    kFingerprint, ///< another certificate than the one that was vouched for, or several
};

/// pinned: the only certificate; nothing: whichever it names, if that is one.
[[nodiscard]] Result<DescriptionFacts, DescriptionFlaw> check_description(std::string_view sdp,
                                                                          const std::optional<std::string>& pinned);

/// "sha-256 4A:AD:…" as it is compared.
[[nodiscard]] std::string normal_fingerprint(std::string_view text);

/// An own description as it is told, and the candidates that stood in it, which travel by themselves.
struct BareDescription {
    std::string sdp;
    std::vector<std::string> candidates;
    bool has_all = false;
};
[[nodiscard]] BareDescription without_candidates(std::string_view sdp);

} // namespace vv::call
