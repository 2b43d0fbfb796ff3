#include "apps/check.h"

#include "apps/call_words.h"
#include "apps/check_call.h"
#include "apps/check_relays.h"
#include "apps/check_report.h"
#include "apps/check_words.h"
#include "apps/fetch_reason.h"
#include "apps/page_hash.h"
#include "apps/terminal_text.h"
#include "apps/trusted_pem.h"
#include "net/caller_line.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/ice_servers.h"
#include "net/os_rng.h"
#include "net/stream_dial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

namespace vv::apps {
namespace {

using namespace std::chrono_literals;
using Numbers = std::vector<std::pair<std::string_view, double>>;

// No part takes longer than this, so that one that hangs leaves time for others.
constexpr Duration kPartMax = 10s;
constexpr Duration kCallMax = 20s;
// Whoever is told goodbye is waited for so long.
constexpr Duration kGoodbyeMax = 1s;
constexpr int kRedirectsMax = 3;
constexpr int kCertificateDaysFew = 14;
constexpr std::size_t kDeviceSize = 16;
constexpr std::string_view kMoreTime = "--timeout SECONDS gives more";

class Check {
public:
    Check(const CheckCommand& command, std::span<const EmbeddedAsset> page)
        : page_(page),
          url_(command.page),
          trusted_pem_(read_trusted_pem(command.trusted_file)) {
        loop_.run_once({});
        begun_at_ = net::monotonic_now();
        end_at_ = begun_at_ + command.time_max;
    }

    CheckReport run() {
        look_at_page();
        report_.url = url_.origin();
        look_at_certificate();
        look_at_signaling();
        RelaysFound found;
        if (line_) {
            found = look_at_stun_and_relays();
        } else {
            skip_stun_and_relays("without signaling nobody says where");
        }
        say_goodbye();
        look_at_calls(found);
        report_.took = net::monotonic_now() - begun_at_;
        return std::move(report_);
    }

private:
    [[nodiscard]] Duration left() const { return std::max<Duration>(end_at_ - net::monotonic_now(), {}); }
    [[nodiscard]] bool is_late() const { return left() <= Duration{}; }
    // False: it was not so in time.
    bool wait_until(const std::function<bool()>& condition, Duration time_max = kPartMax) {
        const Instant end = std::min(end_at_, net::monotonic_now() + time_max);
        while (!condition()) {
            const Instant now = net::monotonic_now();
            if (now >= end) return false;
            loop_.run_once(end - now);
        }
        return true;
    }
    void note(CheckPart part, CheckState state, std::string what, std::string advice = {}, Numbers numbers = {}) {
        report_.findings.push_back({part, state, std::move(what), std::move(advice), std::move(numbers)});
    }
    [[nodiscard]] static std::string too_late() { return "the time was over"; }

    // ---- page

    // From https nobody is led to plain http: all behind it would be looked at in the clear.
    [[nodiscard]] bool is_followed(const net::HttpUrl& next) const {
        return next.host == url_.host && (next.is_tls || !url_.is_tls);
    }

    // The page of this address; from http to https it is followed, elsewhere it is not.
    net::Fetched fetch_page(net::HttpClient& client) {
        for (int redirects = 0;; ++redirects) {
            auto answer = client.fetch(url_, "Accept: text/html\r\nUser-Agent: visavis-check\r\n");
            const bool moves = answer && answer->status > 300 && answer->status < 309 && answer->status != 304;
            const auto place = moves ? answer->header("location") : std::nullopt;
            const auto next = place ? net::resolve_reference(url_, *place) : std::nullopt;
            if (!next || !is_followed(*next) || redirects == kRedirectsMax) return answer;
            url_ = *next;
        }
    }

    void look_at_page() {
        net::HttpClient::Options options;
        options.time_max = std::min<Duration>(kPartMax, left());
        options.whole_time_max = std::min<Duration>(kPartMax, left());
        options.trusted_pem = trusted_pem_;
        net::HttpClient client(std::move(options));
        const Instant begin = net::monotonic_now();
        const auto answer = fetch_page(client);
        if (!answer) {
            page_failure_ = answer.error().failure;
            return note(CheckPart::kPage, CheckState::kFails, fetch_reason(url_, answer.error()),
                        advice_for(answer.error().failure));
        }
        if (answer->status != 200) {
            const auto place = answer->header("location");
            return note(CheckPart::kPage, CheckState::kFails,
                        fmt::format("{} answers with status {}", url_.authority(), answer->status),
                        place ? "it leads to " + harmless_line(*place, kExcerptMax) + ": check that address" : "");
        }
        const double seconds = seconds_of(net::monotonic_now() - begin);
        net::HttpUrl version = url_;
        version.target = kVersionPath;
        const auto told = client.fetch(version, "User-Agent: visavis-check\r\n");
        if (!told) {
            return note(CheckPart::kPage, CheckState::kFails,
                        std::string(kVersionPath) + " of the page: " + fetch_reason(version, told.error()),
                        advice_for(told.error().failure));
        }
        const auto claim = told->status == 200 ? read_page_claim(as_text(told->body)) : std::optional<PageClaim>();
        if (!claim) {
            return note(CheckPart::kPage, CheckState::kFails,
                        "there is a page, and it does not say that it is a visavis",
                        "what stands before it has to pass on " + std::string(kVersionPath) + " and /ws as they are");
        }
        const std::string version_text = harmless_line(claim->version, kExcerptMax);
        const std::string hash = harmless_line(claim->hash, kExcerptMax);
        const std::string ours = page_hash(page_);
        note(CheckPart::kPage, CheckState::kWorks,
             claim->hash == ours ? "visavis " + version_text + ", as it says with the page inside this program, " + ours
                                 : "visavis " + version_text +
                                       ", as it says with another page than the one inside this "
                                       "program, " +
                                       hash,
             "", {{"seconds", seconds}});
    }

    // ---- certificate

    void look_at_certificate() {
        if (!url_.is_tls) {
            return note(CheckPart::kCertificate, CheckState::kAbsent, "the page comes by plain HTTP",
                        is_this_machine(url_.host) ? "" : "browsers give camera and microphone to https only");
        }
        if (page_failure_ == net::FetchFailure::kNoSuchHost || page_failure_ == net::FetchFailure::kNobodyAnswers) {
            return note(CheckPart::kCertificate, CheckState::kSkipped, "nobody is there to show one");
        }
        std::optional<Result<net::Dialed, net::FetchError>> dialed;
        net::DialOptions options;
        options.trusted_pem = trusted_pem_;
        options.time_max = std::min<Duration>(kPartMax, left());
        net::StreamDial dial(loop_, {url_.host, url_.port, true, net::ClientAlpn::kHttp11}, std::move(options),
                             [&](Result<net::Dialed, net::FetchError> done) { dialed.emplace(std::move(done)); });
        if (!wait_until([&] { return dialed.has_value(); }) || !dialed) {
            return note(CheckPart::kCertificate, CheckState::kSkipped, too_late() + " before one was shown");
        }
        if (!*dialed) {
            const net::FetchError& error = dialed->error();
            const bool is_bad = error.failure == net::FetchFailure::kNotTrusted;
            return note(CheckPart::kCertificate, is_bad ? CheckState::kFails : CheckState::kSkipped,
                        fetch_reason(url_, error), advice_for(error.failure));
        }
        const auto end = (*dialed)->stream->certificate_end();
        if (!end) return note(CheckPart::kCertificate, CheckState::kFails, "it does not say until when it is good");
        const double days = std::chrono::duration<double, std::ratio<86'400>>(*end - net::wall_now()).count();
        const std::string advice =
            days < kCertificateDaysFew ? "renew it: browsers turn people away once it is over" : "";
        note(CheckPart::kCertificate, CheckState::kWorks,
             fmt::format("for {}, good for {:.0f} more days, until {}", url_.host, days, date_and_time(*end)), advice,
             {{"certificate_days", days}});
    }

    // ---- signaling

    void look_at_signaling() {
        if (is_late()) return note(CheckPart::kSignaling, CheckState::kSkipped, too_late(), std::string(kMoreTime));
        const Instant begin = net::monotonic_now();
        const auto device = rng_.bytes<kDeviceSize>();
        line_ = std::make_unique<net::CallerLine>(loop_, url_, ByteBuffer(device.begin(), device.end()), trusted_pem_,
                                                  [this](const caller::ClientEvent& event) {
                                                      if (const auto* online = std::get_if<caller::Online>(&event))
                                                          welcome_ = online->welcome;
                                                      if (const auto* probed = std::get_if<caller::Probed>(&event))
                                                          servers_ = probed->ice_servers;
                                                      if (std::holds_alternative<caller::Offline>(event))
                                                          has_failed_ = true;
                                                      if (const auto* refused = std::get_if<caller::Refused>(&event))
                                                          refused_ = refused->error;
                                                      if (const auto* over = std::get_if<caller::SessionOver>(&event)) {
                                                          over_ = over->why;
                                                          has_failed_ = true;
                                                      }
                                                  });
        line_->act([](caller::Client& client, Instant now) { client.start(now); });
        (void)wait_until([&] { return welcome_ || has_failed_; });
        if (!welcome_ && over_) {
            note(CheckPart::kSignaling, CheckState::kFails, std::string(over_words(*over_)),
                 *over_ == caller::SessionEnd::kVersion ? "a visavis of the server's version can check it" : "");
            line_.reset();
            return;
        }
        if (!welcome_) {
            const std::string why =
                has_failed_ ? server_words(url_, line_->last_end()) : "the server's greeting was waited for in vain";
            note(CheckPart::kSignaling, CheckState::kFails, why,
                 page_failure_ ? "" : signaling_advice(line_->last_end()));
            line_.reset();
            return;
        }
        const double seconds = seconds_of(net::monotonic_now() - begin);
        note(CheckPart::kSignaling, CheckState::kWorks,
             fmt::format("greeted {} after the connection was begun", milliseconds_of(seconds)), "",
             {{"seconds", seconds}});
    }

    // Asked for after STUN, since what the server gives is good for half a minute.
    void ask_for_relays() {
        line_->act([](caller::Client& client, Instant) { (void)client.ask_probe(); });
        (void)wait_until([&] { return servers_ || has_failed_ || refused_; });
    }

    [[nodiscard]] std::string why_no_relays_told() const {
        if (refused_) {
            return fmt::format("the server refuses to say where ({})", harmless_line(refused_->code, kExcerptMax));
        }
        if (over_) return std::string(over_words(*over_));
        if (has_failed_) return "the connection to the server was lost before it said where";
        return "the server did not say where in time";
    }

    void say_goodbye() {
        if (!line_) return;
        line_->act([](caller::Client& client, Instant now) { client.stop(now); });
        line_.reset();
    }

    // ---- STUN and relays

    void skip_stun_and_relays(const std::string& why, const std::string& advice = {}) {
        for (const CheckPart part :
             {CheckPart::kStun, CheckPart::kRelayUdp, CheckPart::kRelayTcp, CheckPart::kRelayTls})
            note(part, CheckState::kSkipped, why, advice);
    }

    RelaysFound look_at_stun_and_relays() {
        ask_for_relays();
        if (!servers_ || !welcome_) {
            std::string advice;
            if (refused_ && refused_->retry_after) advice = "try again later";
            if (is_late()) advice = kMoreTime;
            skip_stun_and_relays(why_no_relays_told(), advice);
            return {};
        }
        CheckRelays relays(loop_, rng_, url_, trusted_pem_);
        relays.begin(*servers_, welcome_->features.stun, std::min<Duration>(kPartMax, left()));
        (void)wait_until([&] { return relays.is_done(); }, kPartMax + 2s);
        for (CheckFinding& finding : relays.findings())
            report_.findings.push_back(std::move(finding));
        return relays.found();
    }

    // ---- calls

    // Side by side: most of a call is waiting.
    void look_at_calls(const RelaysFound& found) {
        std::vector<std::pair<CheckPart, std::unique_ptr<CheckCall>>> calls;
        std::vector<CheckFinding> findings;
        for (const CheckPart part : {CheckPart::kCall, CheckPart::kRelayedCall}) {
            const bool is_relayed = part == CheckPart::kRelayedCall;
            if (auto why = why_no_call(is_relayed, found)) {
                findings.push_back(*std::move(why));
                continue;
            }
            calls.emplace_back(part,
                               std::make_unique<CheckCall>(loop_, CheckCall::Options{url_, trusted_pem_, is_relayed}));
            calls.back().second->start();
        }
        const auto all = [&](bool (CheckCall::*is)() const) {
            return std::ranges::all_of(calls, [is](const auto& call) { return (*call.second.*is)(); });
        };
        (void)wait_until([&] { return all(&CheckCall::is_over); }, kCallMax);
        for (const auto& [part, call] : calls) {
            call->finish();
            findings.push_back(finding_of_call(part, *call));
        }
        (void)wait_until([&] { return all(&CheckCall::is_gone); }, kGoodbyeMax);
        std::ranges::sort(findings, {}, &CheckFinding::part);
        std::ranges::move(findings, std::back_inserter(report_.findings));
    }

    // Nothing: it can be tried.
    [[nodiscard]] std::optional<CheckFinding> why_no_call(bool is_relayed, const RelaysFound& found) const {
        const CheckPart part = is_relayed ? CheckPart::kRelayedCall : CheckPart::kCall;
        const auto because = [part](CheckState state, std::string why) {
            return CheckFinding{part, state, std::move(why), {}, {}};
        };
        if (!welcome_) return because(CheckState::kSkipped, "without signaling there are no calls");
        if (!welcome_->features.private_calls) {
            return because(CheckState::kAbsent, "the server has no private calls, by which this could be tried");
        }
        if (is_relayed && !found.is_known) return because(CheckState::kSkipped, why_no_relays_told());
        if (is_relayed && !found.is_offered) return because(CheckState::kAbsent, "the server names no relay");
        if (is_relayed && !found.works) return because(CheckState::kSkipped, "no relay works");
        if (is_late()) return CheckFinding{part, CheckState::kSkipped, too_late(), std::string(kMoreTime), {}};
        return std::nullopt;
    }

    [[nodiscard]] static CheckFinding finding_of_call(CheckPart part, const CheckCall& call) {
        const bool is_relayed = part == CheckPart::kRelayedCall;
        if (call.is_over() && call.why().empty()) {
            return finding_of(part, call.reports(), call.connect_time().value_or(Duration{}));
        }
        CheckFinding finding{part, CheckState::kFails, {}, {}, {}};
        if (call.is_begun()) finding.advice = advice_for_call(is_relayed);
        finding.what = fmt::format("it waited {} in vain", call.awaited());
        if (!call.why().empty()) finding.what = fmt::format("{}; it had waited {}", call.why(), call.awaited());
        return finding;
    }

    std::span<const EmbeddedAsset> page_;
    net::HttpUrl url_;
    std::string trusted_pem_;
    net::EventLoop loop_;
    net::OsRng rng_;
    Instant begun_at_;
    Instant end_at_;
    CheckReport report_;
    std::optional<net::FetchFailure> page_failure_;
    bool has_failed_ = false;
    std::optional<caller::SessionEnd> over_;
    std::optional<caller::ErrorMessage> refused_;
    std::optional<caller::WelcomeMessage> welcome_;
    std::optional<std::vector<caller::IceServer>> servers_;
    std::unique_ptr<net::CallerLine> line_;
};

} // namespace

int run_check(const CheckCommand& command, std::span<const EmbeddedAsset> page) {
    const CheckReport report = Check(command, page).run();
    std::string text;
    switch (command.form) {
    case CheckCommand::Form::kScreen:
        text = as_screen(report);
        break;
    case CheckCommand::Form::kJson:
        text = as_json(report);
        break;
    case CheckCommand::Form::kPrometheus:
        text = as_prometheus(report);
        break;
    }
    // Nobody may take half of it for all: the file it went to is read by machines.
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
        fmt::print(stderr, "visavis: cannot write what was found: {}\n", std::generic_category().message(errno));
        return static_cast<int>(CheckExit::kUnwritten);
    }
    return static_cast<int>(report.verdict());
}

} // namespace vv::apps
