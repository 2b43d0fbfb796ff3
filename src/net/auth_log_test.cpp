#include "net/auth_log.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <sstream>
#include <string>

namespace vv::net {
namespace {

using namespace std::chrono_literals;
using Why = turn::AuthRefused::Why;

class AuthLogTest : public testing::TestWithParam<bool> {
protected:
    void refuse(std::string_view from, turn::Transport transport = turn::Transport::kUdp, Why why = Why::kPassword) {
        auth_log_.note(now_, {{{}, ClientAddress(*SocketAddress::parse(from)), transport}, why});
    }
    void refuse_at_another_shard(std::string_view from) {
        another_shards_.note(now_, {{{}, ClientAddress(*SocketAddress::parse(from)), {}}, Why::kPassword});
    }
    [[nodiscard]] std::string take_text() {
        const std::string text = text_.str();
        text_.str({});
        return text;
    }
    [[nodiscard]] std::ptrdiff_t take_lines() { return std::ranges::count(take_text(), '\n'); }
    [[nodiscard]] std::uint64_t not_logged() const {
        return metrics_.count_of("visavis_turn_refusals_not_logged_total");
    }

    Instant now_{1h};
    const Rate all_ = GetParam() ? kRefusalLines : kRefusalLinesHidden;

private:
    std::ostringstream text_;
    Log log_{{.show_addresses = GetParam()},
             std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_))};
    Metrics metrics_;
    SeededRng rng_{4};
    AuthLogTotal total_{log_};
    AuthLog auth_log_{total_, metrics_, rng_};
    AuthLog another_shards_{total_, metrics_, rng_};
};

INSTANTIATE_TEST_SUITE_P(WithAndWithoutAddresses, AuthLogTest, testing::Bool(),
                         [](const auto& given) { return given.param ? "Shown" : "Hidden"; });

TEST_P(AuthLogTest, SaysWhoCameHowAndWhatWasWrong) {
    const auto line = [&](const std::string& address, const std::string& rest) {
        return " warning turn-auth-refused address=" + (GetParam() ? address : kRedactedText) + " " + rest + "\n";
    };
    refuse("12.0.0.1:1111");
    EXPECT_TRUE(take_text().ends_with(line("12.0.0.1", "transport=udp why=password")));
    refuse("[::ffff:12.0.0.1]:1111", turn::Transport::kTcp, Why::kName);
    EXPECT_TRUE(take_text().ends_with(line("12.0.0.1", "transport=tcp why=name")));
    refuse("[2600:1::9]:1111", turn::Transport::kTls, Why::kExpired);
    EXPECT_TRUE(take_text().ends_with(line("2600:1::9", "transport=tls why=expired")));
    refuse("12.0.0.2:1111", turn::Transport::kUdp, Why::kNameless);
    EXPECT_TRUE(take_text().ends_with(line("12.0.0.2", "transport=udp why=nameless use=turn.app_secrets")));
    refuse("[2600:1::9]:1111", turn::Transport::kTls, Why::kTooLong);
    EXPECT_TRUE(take_text().ends_with(line("2600:1::9", "transport=tls why=too-long")));
    EXPECT_EQ(not_logged(), 0U);
}

TEST_P(AuthLogTest, OneAddressIsWorthAFewLines) {
    for (int i = 0; i < kRefusalLinesPerSource.burst; ++i)
        refuse("12.0.0.1:" + std::to_string(1000 + i));
    EXPECT_EQ(take_lines(), kRefusalLinesPerSource.burst);
    refuse("12.0.0.1:1");
    EXPECT_EQ(take_lines(), 0);
    EXPECT_EQ(not_logged(), 1U);
    refuse("12.0.0.2:1");
    EXPECT_EQ(take_lines(), 1) << "another one's";
    now_ += kRefusalLinesPerSource.period;
    refuse("12.0.0.1:1");
    refuse("12.0.0.1:1");
    EXPECT_EQ(take_lines(), 1);
    EXPECT_EQ(not_logged(), 2U);
}

TEST_P(AuthLogTest, ABlockOfIpv6IsOneAddress) {
    for (int i = 0; i < kRefusalLinesPerSource.burst; ++i)
        refuse("[2600:1::" + std::to_string(i) + "]:1");
    refuse("[2600:1::ffff]:1");
    EXPECT_EQ(take_lines(), kRefusalLinesPerSource.burst);
    EXPECT_EQ(not_logged(), 1U);
}

// Most of all where nobody could be shut out by them.
TEST_P(AuthLogTest, AllTogetherHaveARateWhicheverShardTheyComeTo) {
    const auto refuse_everybody = [&] {
        for (unsigned i = 0; i < 4'000; ++i) {
            const std::string from = "12.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ":1";
            i % 2 == 0 ? refuse(from) : refuse_at_another_shard(from);
        }
        return take_lines();
    };
    EXPECT_EQ(refuse_everybody(), all_.burst);
    EXPECT_EQ(not_logged(), 4'000U - static_cast<unsigned>(all_.burst));
    now_ += all_.period;
    EXPECT_EQ(refuse_everybody(), all_.units);
}

} // namespace
} // namespace vv::net
