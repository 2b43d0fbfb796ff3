#include "apps/check_report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>

namespace vv::apps {
namespace {

using namespace std::chrono_literals;

constexpr std::array kCheckParts{CheckPart::kPage,     CheckPart::kCertificate, CheckPart::kSignaling,
                                 CheckPart::kStun,     CheckPart::kRelayUdp,    CheckPart::kRelayTcp,
                                 CheckPart::kRelayTls, CheckPart::kCall,        CheckPart::kRelayedCall};

CheckReport whole() {
    CheckReport report;
    report.url = "https://example.org";
    report.took = 9500ms;
    for (const CheckPart part : kCheckParts)
        report.findings.push_back({part, CheckState::kWorks, "well", {}, {}});
    return report;
}

CheckFinding& part(CheckReport& report, CheckPart which) {
    return report.findings.at(static_cast<std::size_t>(which));
}

TEST(CheckReport, ItEndsWithWhatWasFound) {
    CheckReport report = whole();
    EXPECT_EQ(report.verdict(), CheckExit::kWorks);
    part(report, CheckPart::kRelayTcp).state = CheckState::kAbsent;
    EXPECT_EQ(report.verdict(), CheckExit::kWorks) << "what is not offered need not be";
    part(report, CheckPart::kRelayUdp).state = CheckState::kFails;
    EXPECT_EQ(report.verdict(), CheckExit::kFails);
    part(report, CheckPart::kRelayUdp).state = CheckState::kSkipped;
    EXPECT_EQ(report.verdict(), CheckExit::kFails) << "what was not tried is not known to work";
    part(report, CheckPart::kPage).state = CheckState::kFails;
    EXPECT_EQ(report.verdict(), CheckExit::kFails);
    part(report, CheckPart::kSignaling).state = CheckState::kFails;
    EXPECT_EQ(report.verdict(), CheckExit::kNotAsked);
    part(report, CheckPart::kCertificate).state = CheckState::kFails;
    EXPECT_EQ(report.verdict(), CheckExit::kFails) << "who shows a certificate is there";
    EXPECT_EQ(CheckReport{}.verdict(), CheckExit::kNotAsked);
}

TEST(CheckReport, TheScreenHasALineForEachPartAndWhatToDo) {
    CheckReport report = whole();
    part(report, CheckPart::kRelayUdp) = {CheckPart::kRelayUdp, CheckState::kFails, "no answer", "let UDP in", {}};
    part(report, CheckPart::kRelayTcp) = {CheckPart::kRelayTcp, CheckState::kAbsent, "nobody is told of it", {}, {}};
    EXPECT_EQ(as_screen(report), "https://example.org, checked from this machine in 9.5 s\n"
                                 "works          page         well\n"
                                 "works          certificate  well\n"
                                 "works          signaling    well\n"
                                 "works          STUN         well\n"
                                 "DOES NOT WORK  relay by UDP no answer\n"
                                 "                            let UDP in\n"
                                 "not offered    relay by TCP nobody is told of it\n"
                                 "works          relay by TLS well\n"
                                 "works          call         well\n"
                                 "works          relayed call well\n"
                                 "1 part does not work from here.\n");
    EXPECT_TRUE(as_screen(whole()).ends_with("\nAll that this service offers works from here.\n"));
    report = whole();
    part(report, CheckPart::kCall).state = CheckState::kSkipped;
    EXPECT_TRUE(as_screen(report).ends_with("\n1 part was not tried.\n"));
    part(report, CheckPart::kRelayedCall).state = CheckState::kSkipped;
    EXPECT_TRUE(as_screen(report).ends_with("\n2 parts were not tried.\n"));
    EXPECT_TRUE(as_screen({}).ends_with("\nThe service could not be asked.\n"));
}

TEST(CheckReport, JsonHasAllOfIt) {
    CheckReport report = whole();
    part(report, CheckPart::kCall).numbers = {{"seconds", 1.5}, {"sound_loss_ratio", 0.25}};
    part(report, CheckPart::kStun) = {CheckPart::kStun, CheckState::kFails, "no \"answer\"\xFF", "do", {}};
    const auto read = nlohmann::json::parse(as_json(report));
    EXPECT_EQ(read.at("url").get<std::string>(), "https://example.org");
    EXPECT_FALSE(read.at("works").get<bool>());
    EXPECT_EQ(read.at("exit").get<int>(), 1);
    EXPECT_DOUBLE_EQ(read.at("seconds").get<double>(), 9.5);
    ASSERT_EQ(read.at("parts").size(), kCheckParts.size());
    const auto& stun = read.at("parts").at(static_cast<std::size_t>(CheckPart::kStun));
    EXPECT_EQ(stun.at("part").get<std::string>(), "stun");
    EXPECT_EQ(stun.at("state").get<std::string>(), "fails");
    EXPECT_EQ(stun.at("advice").get<std::string>(), "do");
    const auto& call = read.at("parts").at(static_cast<std::size_t>(CheckPart::kCall));
    EXPECT_DOUBLE_EQ(call.at("sound_loss_ratio").get<double>(), 0.25);
    EXPECT_FALSE(call.contains("advice"));
}

TEST(CheckReport, PrometheusHasWhatWasMeasuredUnderBoundedLabels) {
    CheckReport report = whole();
    part(report, CheckPart::kCertificate).numbers = {{"certificate_days", 61}};
    part(report, CheckPart::kCall).numbers = {{"seconds", 0.125}};
    part(report, CheckPart::kRelayedCall).numbers = {{"seconds", 0.5}};
    part(report, CheckPart::kRelayTcp).state = CheckState::kAbsent;
    part(report, CheckPart::kRelayTls).state = CheckState::kFails;
    const std::string text = as_prometheus(report);
    for (const char* const line :
         {"visavis_check_works 0\n", "visavis_check_took_seconds 9.500\n",
          "visavis_check_part_works{part=\"relay_tls\"} 0\n", "visavis_check_part_works{part=\"stun\"} 1\n",
          "visavis_check_certificate_days{part=\"certificate\"} 61\n", "# TYPE visavis_check_seconds gauge\n",
          "visavis_check_seconds{part=\"call\"} 0.125\nvisavis_check_seconds{part=\"relayed_call\"} 0.5\n"})
        EXPECT_TRUE(text.contains(line)) << line << text;
    EXPECT_FALSE(text.contains("relay_tcp"));
    EXPECT_FALSE(text.contains("round_trip"));
    EXPECT_FALSE(text.contains("example.org"));
}

} // namespace
} // namespace vv::apps
