// What `visavis check` has found, part by part, and how it is shown: on one screen in
// plain words, as JSON, and as text for Prometheus.
#pragma once

#include "base/instant.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::apps {

/// In the order in which they are looked at and shown.
enum class CheckPart : std::uint8_t {
    kPage,
    kCertificate,
    kSignaling,
    kStun,
    kRelayUdp,
    kRelayTcp,
    kRelayTls,
    kCall,
    kRelayedCall,
};

enum class CheckState : std::uint8_t {
    kWorks,
    kFails,
    kAbsent,  ///< the service does not offer it, and need not
    kSkipped, ///< not tried, since something before it failed or the time was over
};

struct CheckFinding {
    CheckPart part{};
    CheckState state = CheckState::kSkipped;
    std::string what;   ///< one line: what was found, or why it does not work
    std::string advice; ///< what to do; empty: nothing
    /// Measured values by name, in a metric's base units: "seconds", "certificate_days", "sound_loss_ratio".
    std::vector<std::pair<std::string_view, double>> numbers;
};

enum class CheckExit : std::uint8_t {
    kWorks = 0,
    kFails = 1,
    kNotAsked = 2,  ///< or a wrong command line
    kUnwritten = 3, ///< what was found went nowhere, or not all of it
};

struct CheckReport {
    std::string url;
    std::vector<CheckFinding> findings;
    Duration took{};

    [[nodiscard]] const CheckFinding* find(CheckPart part) const;
    [[nodiscard]] CheckExit verdict() const;
};

[[nodiscard]] double seconds_of(Duration duration);
/// "relay_udp", as JSON and metrics have it.
[[nodiscard]] std::string_view name_of(CheckPart part);
[[nodiscard]] std::string_view name_of(CheckState state);

[[nodiscard]] std::string as_screen(const CheckReport& report);
[[nodiscard]] std::string as_json(const CheckReport& report);
/// Text exposition format 0.0.4; what was not measured is left out.
[[nodiscard]] std::string as_prometheus(const CheckReport& report);

} // namespace vv::apps
