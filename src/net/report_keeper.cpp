#include "net/report_keeper.h"

#include "net/clock.h"

#include <algorithm>
#include <utility>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

/// How long an operator's decision may take to be noticed, and a row may outlive its time at least.
constexpr Duration kLookEvery = 1s;
constexpr Duration kComplainEvery = 1min;
constexpr std::size_t kReportsWaitingMax = 256;

safety::KeyRing read_keys(const StateDir& directory) {
    const auto text = directory.read_private(kReportKeysFile);
    if (!text) return {};
    auto keys = safety::KeyRing::parse(*text);
    if (!keys) {
        throw std::runtime_error("the key file " + (directory.path() / kReportKeysFile).string() +
                                 " is damaged: " + keys.error() +
                                 "; restore it, or delete it (what was reported until now is deleted with it)");
    }
    return *std::move(keys);
}

/// Deleting writes the file anew, so what is due is deleted together: at most the thousandth part of its time late.
std::chrono::seconds slack(std::chrono::seconds retention) {
    return std::min<std::chrono::seconds>(retention / 1000, 1h);
}

} // namespace

ReportKeeper::ReportKeeper(ReportKeeperOptions options, Log& log, Listener listener)
    : options_(std::move(options)),
      log_(log),
      listener_(std::move(listener)),
      keys_(read_keys(options_.directory)),
      store_(options_.directory.path()),
      loop_(kReportsWaitingMax),
      timer_(loop_.timers(), *this) {
    const WallTime now = wall_now();
    // A full disk or a program that is writing to the file must not stop what needs neither; without any key nothing
    // can be kept.
    if (keys_.current() == nullptr) turn_keys(now);
    attempt([&] { turn_keys(now); });
    attempt([&] { clean(now); });
    version_ = store_.version();
}

ReportKeeper::~ReportKeeper() {
    stop();
}

KeptRecord ReportKeeper::record() {
    const WallTime now = wall_now();
    next_due_ = store_.next_due(); // bans that are new end too
    return {keys_, store_.bans(now), store_.dismissed()};
}

void ReportKeeper::start() {
    timer_.arm(loop_.now() + kLookEvery);
    thread_ = std::jthread([this] { loop_.run(); });
}

void ReportKeeper::stop() {
    is_stopping_ = true;
    loop_.stop();
    if (thread_.joinable()) thread_.join();
}

bool ReportKeeper::keep(std::uint64_t ticket, NewReport report) {
    return loop_.post([this, ticket, report = std::move(report)] {
        untold_.emplace_back(ticket, store(report));
        tell_kept();
    });
}

std::optional<safety::ReportId> ReportKeeper::store(const NewReport& report) {
    // Each would wait for a file that another process holds; what could not be kept is said to be so.
    if (is_stopping_ && has_failed_) return std::nullopt;
    // The key may have been given up since the marks were made; nobody could be found by them.
    if (!keys_.has(report.meant.key)) {
        complain(not_kept_, "report-not-kept", "its key is gone");
        return std::nullopt;
    }
    try {
        const WallTime now = wall_now();
        const safety::ReportId id = store_.add(report, now, options_.retention);
        next_due_ = std::min(next_due_.value_or(now + options_.retention), now + options_.retention);
        has_failed_ = false;
        return id;
    } catch (const DatabaseError& error) {
        has_failed_ = true;
        complain(not_kept_, "report-not-kept", error.what());
        return std::nullopt;
    }
}

void ReportKeeper::handle_timeout(Timer&, Instant now) {
    timer_.arm(now + kLookEvery);
    const WallTime wall = wall_now();
    tell_kept();
    const bool is_readable = attempt([&] {
        const std::int64_t version = store_.version();
        if (std::exchange(version_, version) == version) return;
        is_told_ = false;
        store_.handle_change();
        must_clean_ = true;
    });
    if (!is_readable) return; // each further step would wait as long for it
    attempt([&] { turn_keys(wall); });
    attempt([&] { clean_if_due(wall); });
    attempt([&] {
        if (!is_told_) is_told_ = listener_.changed(record());
    });
}

// What fails is tried again with the next look.
template <typename Step>
bool ReportKeeper::attempt(Step step) {
    try {
        step();
        return true;
    } catch (const std::runtime_error& error) { // the disk is full, or another process holds the file for long
        complain(not_tended_, "reports-not-tended", error.what());
        return false;
    }
}

void ReportKeeper::clean_if_due(WallTime now) {
    const bool is_due = next_due_ && *next_due_ <= now && cleaned_ + slack(options_.retention) <= monotonic_now();
    if (must_clean_ || is_due) clean(now);
}

// The new key is in its file before anything is marked with it.
void ReportKeeper::turn_keys(WallTime now) {
    safety::KeyRing turned = keys_;
    const auto is_in_use = [&](std::uint32_t number) { return store_.has_under(number, now, options_.retention); };
    if (!turned.turn(now, options_.retention, rng_, is_in_use)) return;
    options_.directory.write_private(kReportKeysFile, as_bytes(turned.write()));
    keys_ = std::move(turned);
    must_clean_ = true; // what lay under one that was dropped
}

void ReportKeeper::clean(WallTime now) {
    store_.keep_only(now, options_.retention, keys_);
    must_clean_ = false;
    is_told_ = false;
    cleaned_ = monotonic_now();
}

void ReportKeeper::tell_kept() {
    std::erase_if(untold_, [this](const auto& kept) { return listener_.kept(kept.first, kept.second); });
}

void ReportKeeper::complain(Complaint& complaint, const char* event, const char* why) {
    ++complaint.unsaid;
    const Instant now = monotonic_now();
    if (complaint.said && now - *complaint.said < kComplainEvery) return;
    complaint.said = now;
    log_.error(event, {{"why", why}, {"times", std::exchange(complaint.unsaid, 0)}});
}

} // namespace vv::net
