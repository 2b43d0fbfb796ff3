#include "apps/check_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace vv::apps {
namespace {

constexpr std::size_t kStateWidth = 15;
constexpr std::size_t kPartWidth = 13;

struct Words {
    std::string_view name;  // for programs
    std::string_view shown; // for people
};

constexpr Words words_of(CheckPart part) {
    switch (part) {
    case CheckPart::kPage:
        return {"page", "page"};
    case CheckPart::kCertificate:
        return {"certificate", "certificate"};
    case CheckPart::kSignaling:
        return {"signaling", "signaling"};
    case CheckPart::kStun:
        return {"stun", "STUN"};
    case CheckPart::kRelayUdp:
        return {"relay_udp", "relay by UDP"};
    case CheckPart::kRelayTcp:
        return {"relay_tcp", "relay by TCP"};
    case CheckPart::kRelayTls:
        return {"relay_tls", "relay by TLS"};
    case CheckPart::kCall:
        return {"call", "call"};
    case CheckPart::kRelayedCall:
        return {"relayed_call", "relayed call"};
    }
    return {};
}

constexpr Words words_of(CheckState state) {
    switch (state) {
    case CheckState::kWorks:
        return {"works", "works"};
    case CheckState::kFails:
        return {"fails", "DOES NOT WORK"};
    case CheckState::kAbsent:
        return {"absent", "not offered"};
    case CheckState::kSkipped:
        return {"skipped", "not tried"};
    }
    return {};
}

std::string padded(std::string_view text, std::size_t width) {
    std::string out(text);
    out.append(std::max(width, out.size() + 1) - out.size(), ' ');
    return out;
}

std::size_t count(const CheckReport& report, CheckState state) {
    return static_cast<std::size_t>(std::ranges::count(report.findings, state, &CheckFinding::state));
}

std::string summary(const CheckReport& report) {
    switch (report.verdict()) {
    case CheckExit::kWorks:
        return "All that this service offers works from here.";
    case CheckExit::kNotAsked:
        return "The service could not be asked.";
    case CheckExit::kFails:
    case CheckExit::kUnwritten: // no verdict
        break;
    }
    const std::size_t fails = count(report, CheckState::kFails);
    if (fails == 0) {
        const std::size_t skipped = count(report, CheckState::kSkipped);
        return std::to_string(skipped) + (skipped == 1 ? " part was" : " parts were") + " not tried.";
    }
    return std::to_string(fails) + (fails == 1 ? " part does" : " parts do") + " not work from here.";
}

struct Metric {
    std::string_view name; // of a number
    std::string_view help;
};
constexpr std::array kMetrics{
    Metric{"seconds", "How long it took until the part worked."},
    Metric{"certificate_days", "Days for which the certificate of the page is good."},
    Metric{"mappings", "Different addresses and ports that one socket was seen at."},
    Metric{"round_trip_seconds", "Round trip."},
    Metric{"connect_seconds", "From the partner's being there to sound and picture."},
    Metric{"sound_loss_ratio", "Packets of sound that were lost."},
    Metric{"picture_loss_ratio", "Packets of the picture that were lost."},
    Metric{"relayed", "1: the call went through the relay."},
};

void write_head(std::string& text, const std::string& name, std::string_view help) {
    text += "# HELP " + name + " " + std::string(help) + "\n# TYPE " + name + " gauge\n";
}

} // namespace

double seconds_of(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

std::string_view name_of(CheckPart part) {
    return words_of(part).name;
}

std::string_view name_of(CheckState state) {
    return words_of(state).name;
}

const CheckFinding* CheckReport::find(CheckPart part) const {
    const auto found = std::ranges::find(findings, part, &CheckFinding::part);
    return found == findings.end() ? nullptr : &*found;
}

// Where there is neither page nor signaling there is no service that could be spoken of; but one that shows a bad
// certificate is there.
CheckExit CheckReport::verdict() const {
    const CheckFinding* const page = find(CheckPart::kPage);
    const CheckFinding* const signaling = find(CheckPart::kSignaling);
    const auto works = [](const CheckFinding* one) { return one != nullptr && one->state == CheckState::kWorks; };
    const CheckFinding* const certificate = find(CheckPart::kCertificate);
    const bool is_distrusted = certificate != nullptr && certificate->state == CheckState::kFails;
    if (!works(page) && !works(signaling) && !is_distrusted) return CheckExit::kNotAsked;
    const bool is_whole = std::ranges::none_of(findings, [](const CheckFinding& one) {
        return one.state == CheckState::kFails || one.state == CheckState::kSkipped;
    });
    return is_whole ? CheckExit::kWorks : CheckExit::kFails;
}

std::string as_screen(const CheckReport& report) {
    std::string text =
        report.url + ", checked from this machine in " + fmt::format("{:.1f}", seconds_of(report.took)) + " s\n";
    for (const CheckFinding& finding : report.findings) {
        text += padded(words_of(finding.state).shown, kStateWidth) + padded(words_of(finding.part).shown, kPartWidth) +
                finding.what + "\n";
        if (!finding.advice.empty()) text += std::string(kStateWidth + kPartWidth, ' ') + finding.advice + "\n";
    }
    return text + summary(report) + "\n";
}

std::string as_json(const CheckReport& report) {
    nlohmann::ordered_json parts = nlohmann::ordered_json::array();
    for (const CheckFinding& finding : report.findings) {
        nlohmann::ordered_json part{{"part", name_of(finding.part)}, {"state", name_of(finding.state)}};
        part["what"] = finding.what;
        if (!finding.advice.empty()) part["advice"] = finding.advice;
        for (const auto& [name, value] : finding.numbers)
            part[std::string(name)] = value;
        parts.push_back(std::move(part));
    }
    const nlohmann::ordered_json whole{{"url", report.url},
                                       {"works", report.verdict() == CheckExit::kWorks},
                                       {"exit", static_cast<int>(report.verdict())},
                                       {"seconds", seconds_of(report.took)},
                                       {"parts", std::move(parts)}};
    return whole.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string as_prometheus(const CheckReport& report) {
    std::string text;
    write_head(text, "visavis_check_works", "1: all that the service offers works from where it was checked.");
    text += std::string("visavis_check_works ") + (report.verdict() == CheckExit::kWorks ? "1" : "0") + "\n";
    write_head(text, "visavis_check_took_seconds", "How long the check took.");
    text += "visavis_check_took_seconds " + fmt::format("{:.3f}", seconds_of(report.took)) + "\n";
    write_head(text, "visavis_check_part_works",
               "1: this part works; parts that the service does not offer are absent.");
    for (const CheckFinding& finding : report.findings) {
        if (finding.state == CheckState::kAbsent) continue;
        text += "visavis_check_part_works{part=\"" + std::string(name_of(finding.part)) + "\"} " +
                (finding.state == CheckState::kWorks ? "1" : "0") + "\n";
    }
    for (const Metric& metric : kMetrics) {
        const std::string name = "visavis_check_" + std::string(metric.name);
        std::string samples;
        for (const CheckFinding& finding : report.findings) {
            for (const auto& [number, value] : finding.numbers) {
                if (number != metric.name) continue;
                samples += name + "{part=\"" + std::string(name_of(finding.part)) + "\"} " +
                           fmt::format("{:.6g}", value) + "\n";
            }
        }
        if (samples.empty()) continue;
        write_head(text, name, metric.help);
        text += samples;
    }
    return text;
}

} // namespace vv::apps
