// Whole calls over real sockets: two ends on one loop, and the whole server in the same process.
#include "net/call_host.h"
#include "net/service_for_test.h"
#include "peer/pair_for_test.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace vv::net {
namespace {

struct End {
    End(EventLoop& loop, CallHost::Options options)
        : host(loop, std::move(options), [this](call::Event event) { events.push_back(std::move(event)); }) {
        host.start();
    }
    template <typename Told>
    [[nodiscard]] const Told* last() const {
        for (auto event = events.rbegin(); event != events.rend(); ++event) {
            if (const auto* told = std::get_if<Told>(&*event)) return told;
        }
        return nullptr;
    }
    std::deque<call::Event> events;
    CallHost host;
};

// By plain HTTP, and by HTTPS with a certificate that only this test trusts.
class CallHostTest : public testing::TestWithParam<bool> {
protected:
    CallHostTest()
        : credentials_(credentials()),
          running([this](ServiceConfig& config) {
              if (GetParam()) config.tls = credentials_;
          }),
          page(*parse_http_url((GetParam() ? "https://localhost:" : "http://127.0.0.1:") +
                               std::to_string(running.page_address().port))) {
        loop.run_once({});
    }

    End& add(call::Place place, const std::function<void(CallHost::Options&)>& change = {}) {
        CallHost::Options options;
        options.page = page;
        if (GetParam()) options.trusted_pem = credentials_.certificate_chain;
        options.call.place = std::move(place);
        options.call.accepts = true;
        options.addresses = {IpAddress::v4(0x7F000001)};
        if (change) change(options);
        ends.push_back(std::make_unique<End>(loop, std::move(options)));
        return *ends.back();
    }
    template <typename Condition>
    bool run_until(Condition condition) {
        const Instant give_up = monotonic_now() + 10s;
        while (!condition()) {
            if (monotonic_now() >= give_up) return false;
            loop.run_once(20ms);
        }
        return true;
    }
    bool connect(End& a, End& b) {
        return run_until([&] { return a.last<call::CodeFound>() != nullptr && b.last<call::CodeFound>() != nullptr; });
    }

    TlsCredentials credentials_;
    RunningService running;
    HttpUrl page;
    EventLoop loop;
    std::vector<std::unique_ptr<End>> ends;
};

INSTANTIATE_TEST_SUITE_P(PlainAndTls, CallHostTest, testing::Bool());

TEST_P(CallHostTest, TwoCallEachOtherInARoom) {
    End& a = add(call::Room{"ta"});
    End& b = add(call::Room{"ta"});
    ASSERT_TRUE(connect(a, b));
    EXPECT_EQ(a.last<call::CodeFound>()->code, b.last<call::CodeFound>()->code);
    EXPECT_TRUE(a.host.is_connected());
    ASSERT_TRUE(a.host.chat("hello"));
    for (std::uint32_t number = 0; number < 10; ++number) {
        EXPECT_TRUE(a.host.send_audio(number * 960, peer::test::sound(number)));
        EXPECT_TRUE(a.host.send_video(number * 3000, peer::test::picture(number, number == 0, 3000)));
        loop.run_once(5ms);
    }
    ASSERT_TRUE(
        run_until([&] { return b.last<call::SoundHeard>() != nullptr && b.last<call::PictureSeen>() != nullptr; }));
    ASSERT_TRUE(run_until([&] { return b.last<call::ChatHeard>() != nullptr; }));
    EXPECT_EQ(b.last<call::ChatHeard>()->text, "hello");
    const call::Report report = a.host.report();
    EXPECT_EQ(report.path->local, ice::CandidateType::kHost);
    EXPECT_GT(report.picture.sent.packets, 10U);

    bool has_gone = false;
    a.host.leave([&] { has_gone = true; });
    ASSERT_TRUE(run_until([&] { return has_gone && b.last<call::Ended>() != nullptr; }));
    EXPECT_EQ(b.last<call::Ended>()->why, caller::EndReason::kLeft);
    EXPECT_NE(a.last<call::Over>(), nullptr);
}

TEST_P(CallHostTest, TwoCallEachOtherByALink) {
    const caller::LinkKey key{1, 2, 3};
    End& a = add(call::Link{key, {1}});
    End& b = add(call::Link{key, {2}});
    ASSERT_TRUE(connect(a, b));
    EXPECT_EQ(a.last<call::CodeFound>()->code, b.last<call::CodeFound>()->code);
    a.host.next();
    ASSERT_TRUE(run_until([&] { return b.last<call::Ended>() != nullptr; }));
    EXPECT_EQ(b.last<call::Ended>()->why, caller::EndReason::kNext);
    // By the same link again, under other certificates.
    const auto code = b.last<call::CodeFound>()->code;
    b.host.next();
    ASSERT_TRUE(
        run_until([&] { return a.last<call::CodeFound>()->code != code && b.last<call::CodeFound>()->code != code; }));
    EXPECT_EQ(a.last<call::CodeFound>()->code, b.last<call::CodeFound>()->code);
}

TEST_P(CallHostTest, NobodyIsThere) {
    End& a = add(call::Room{"ta"});
    ASSERT_TRUE(run_until([&] { return a.last<call::Waiting>() != nullptr; }));
    bool has_gone = false;
    a.host.leave([&] { has_gone = true; });
    ASSERT_TRUE(run_until([&] { return has_gone; }));
    EXPECT_EQ(a.last<call::Ended>()->why, caller::EndReason::kYou);
}

TEST_P(CallHostTest, WithoutDescriptorsACallFailsAndNothingElse) {
    bool is_short = true;
    End& a = add(call::Room{"ta"}, [&](CallHost::Options& options) {
        options.addresses.clear();
        options.interfaces = [&is_short] {
            if (is_short) throw std::runtime_error("no more descriptors");
            return std::vector{IpAddress::v4(0x7F000001)};
        };
    });
    End& b = add(call::Room{"ta"});
    ASSERT_TRUE(run_until([&] { return a.last<call::Ended>() != nullptr; }));
    EXPECT_EQ(a.last<call::Ended>()->why, caller::EndReason::kFailed);
    ASSERT_TRUE(run_until([&] { return b.last<call::Unmet>() != nullptr; }));
    b.host.leave(); // two who have just met do not meet again so soon
    is_short = false;
    a.host.next();
    End& c = add(call::Room{"ta"});
    EXPECT_TRUE(connect(a, c));
}

TEST_P(CallHostTest, WhoLeavesTwiceIsToldAllTheSame) {
    End& a = add(call::Room{"ta"});
    End& b = add(call::Room{"ta"});
    ASSERT_TRUE(connect(a, b));
    bool has_gone = false;
    a.host.leave([&] { has_gone = true; });
    a.host.leave();
    EXPECT_TRUE(run_until([&] { return has_gone; }));
}

} // namespace
} // namespace vv::net
