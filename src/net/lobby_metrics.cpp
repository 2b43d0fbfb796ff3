#include "net/lobby_metrics.h"

#include <array>
#include <string>

namespace vv::net {
namespace {

struct GaugeRow {
    const char* name;
    const char* help;
    std::size_t lobby::LobbyStats::* member;
};
constexpr std::array kGauges = {
    GaugeRow{"visavis_lobby_sessions", "Sessions, those without a connection included.", &lobby::LobbyStats::sessions},
    GaugeRow{"visavis_lobby_sessions_away", "Sessions without a connection.", &lobby::LobbyStats::sessions_away},
    GaugeRow{"visavis_lobby_waiting", "People waiting in language rooms.", &lobby::LobbyStats::waiting},
    GaugeRow{"visavis_lobby_waiting_private", "People waiting at private links.", &lobby::LobbyStats::waiting_private},
    GaugeRow{"visavis_lobby_calls", "Calls the server knows of.", &lobby::LobbyStats::calls},
    GaugeRow{"visavis_bans", "Bans in force.", &lobby::LobbyStats::bans},
    GaugeRow{"visavis_cooldowns", "Devices kept out of the rooms by several reports.", &lobby::LobbyStats::cooldowns},
    GaugeRow{"visavis_lobby_held_bytes", "Bytes of intros and bodies held.", &lobby::LobbyStats::held_bytes},
};

struct CounterRow {
    const char* name;
    const char* help;
    std::uint64_t lobby::LobbyStats::* member;
};
constexpr std::array kCounters = {
    CounterRow{"visavis_lobby_sessions_begun_total", "New sessions.", &lobby::LobbyStats::sessions_begun},
    CounterRow{"visavis_lobby_sessions_resumed_total", "Sessions that came back.",
               &lobby::LobbyStats::sessions_resumed},
    CounterRow{"visavis_lobby_sessions_recreated_total", "Sessions made again from a token.",
               &lobby::LobbyStats::sessions_recreated},
    CounterRow{"visavis_lobby_resumes_refused_total", "Tokens refused.", &lobby::LobbyStats::resumes_refused},
    CounterRow{"visavis_lobby_matches_total", "Pairs introduced in rooms.", &lobby::LobbyStats::matches},
    CounterRow{"visavis_lobby_joins_total", "Pairs joined by a private link.", &lobby::LobbyStats::joins},
    CounterRow{"visavis_lobby_calls_accepted_total", "Calls that both accepted.", &lobby::LobbyStats::calls_accepted},
    CounterRow{"visavis_lobby_calls_not_met_total", "Introductions that came to nothing.",
               &lobby::LobbyStats::calls_not_met},
    CounterRow{"visavis_lobby_bodies_relayed_total", "Pieces of connection information passed on.",
               &lobby::LobbyStats::bodies_relayed},
    CounterRow{"visavis_lobby_blocks_total", "Blocks.", &lobby::LobbyStats::blocks},
    CounterRow{"visavis_cooldowns_begun_total", "Cooldowns that several reports began.",
               &lobby::LobbyStats::cooldowns_begun},
    CounterRow{"visavis_reports_not_kept_total", "Reports that could not be kept.",
               &lobby::LobbyStats::reports_not_kept},
};

void raise(Counter& counter, std::uint64_t to) {
    counter.add(to - counter.value());
}

} // namespace

void publish_lobby_stats(Metrics& metrics, const lobby::LobbyStats& stats) {
    for (const auto& row : kGauges)
        metrics.gauge(row.name, row.help).set(static_cast<std::int64_t>(stats.*row.member));
    for (const auto& row : kCounters)
        raise(metrics.counter(row.name, row.help), stats.*row.member);
    for (std::size_t i = 0; i < safety::kReportCategories; ++i) {
        raise(metrics.counter("visavis_reports_total", "Reports that were kept, by category.",
                              "category=\"" + std::string(safety::kReportCategoryNames.at(i)) + "\""),
              stats.reports.at(i));
    }
    const auto refused = [&](const char* reason, std::uint64_t count) {
        raise(metrics.counter("visavis_seeks_refused_total", "Times that somebody was kept from looking for someone.",
                              std::string("reason=\"") + reason + "\""),
              count);
    };
    refused("banned", stats.seeks_banned);
    refused("cooldown", stats.seeks_cooldown);
    refused("slowed", stats.seeks_slowed);
}

} // namespace vv::net
