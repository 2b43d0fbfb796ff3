#include "net/log.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

namespace vv::net {
namespace {

class Recorder {
public:
    std::shared_ptr<spdlog::logger> logger() {
        return std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(stream_));
    }
    [[nodiscard]] std::string text() const { return stream_.str(); }

private:
    std::ostringstream stream_;
};

const Redacted<SocketAddress> kAddress{*SocketAddress::parse("198.51.100.7:4000")};
const Redacted<std::string> kToken{"very-secret"};

TEST(Log, HidesAddressesAndTokensByDefault) {
    Recorder recorder;
    Log log({}, recorder.logger());
    log.info("connected", {{"from", kAddress}, {"token", kToken}, {"open", 3}});
    EXPECT_EQ(recorder.text().find("198.51"), std::string::npos);
    EXPECT_NE(recorder.text().find("connected from=[redacted] token=[redacted] open=3\n"), std::string::npos)
        << recorder.text();
}

TEST(Log, ShowsAddressesButNeverTokensWhenAsked) {
    Recorder recorder;
    Log log({.show_addresses = true}, recorder.logger());
    log.info("connected", {{"from", kAddress}, {"token", kToken}});
    EXPECT_NE(recorder.text().find("from=198.51.100.7:4000"), std::string::npos);
    EXPECT_EQ(recorder.text().find("very-secret"), std::string::npos);
}

TEST(Log, AnEventIsOneLineWhateverAStrangerSent) {
    Recorder recorder;
    Log log({}, recorder.logger());
    log.warn("refused", {{"agent", "x\n2026 info faked=\"1\"\x1b[2J"}});
    const std::string text = recorder.text();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Log, JsonLinesParse) {
    Recorder recorder;
    Log log({.json = true}, recorder.logger());
    log.error("failed", {{"why", "it \"broke\"\n"}, {"count", 2}, {"fatal", true}, {"from", kAddress}});
    const auto line = nlohmann::json::parse(recorder.text());
    EXPECT_EQ(line["event"], "failed");
    EXPECT_EQ(line["level"], "error");
    EXPECT_EQ(line["why"], "it \"broke\"\n");
    EXPECT_EQ(line["count"], 2);
    EXPECT_EQ(line["fatal"], true);
    EXPECT_EQ(line["from"], "[redacted]");
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
    Recorder recorder;
    Log log({.level = LogLevel::kWarn}, recorder.logger());
    log.info("quiet");
    EXPECT_EQ(recorder.text(), "");
}

TEST(Log, ItsLevelAndItsDiscretionCanChange) {
    Recorder recorder;
    Log log({.level = LogLevel::kWarn}, recorder.logger());
    log.set(LogLevel::kInfo, true);
    log.info("connected", {{"from", kAddress}});
    EXPECT_NE(recorder.text().find("from=198.51.100.7:4000"), std::string::npos);
    log.set(LogLevel::kWarn, false);
    log.info("quiet");
    log.warn("loud", {{"from", kAddress}});
    EXPECT_EQ(recorder.text().find("quiet"), std::string::npos);
    EXPECT_NE(recorder.text().find("loud from=[redacted]"), std::string::npos);
}

} // namespace
} // namespace vv::net
