// Keeps reports on a thread of its own, because a disk takes its time and the lobby has
// none: it stores what it is given, deletes what is due, turns the keys, and notices
// when the operator has decided something in another process.
#pragma once

#include "base/instant.h"
#include "net/event_loop.h"
#include "net/log.h"
#include "net/os_rng.h"
#include "net/report_store.h"
#include "net/state_dir.h"
#include "safety/guard.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace vv::net {

inline constexpr const char* kReportKeysFile = "report-keys";

struct ReportKeeperOptions {
    StateDir directory;
    std::chrono::seconds retention{};
};

/// What the lobby has to know of what is kept.
struct KeptRecord {
    safety::KeyRing keys;
    std::vector<KeptBan> bans;
    std::vector<safety::ReportId> dismissed;
};

class ReportKeeper final : TimerHandler {
public:
    /// Called on the keeper's thread; false: it cannot take this now, and is told again.
    struct Listener {
        /// ticket: as given to keep(). No report: it could not be kept.
        std::function<bool(std::uint64_t ticket, std::optional<safety::ReportId> report)> kept;
        std::function<bool(KeptRecord record)> changed;
    };

    /// Opens the file and deletes what is due. Throws std::runtime_error with one clear line.
    ReportKeeper(ReportKeeperOptions options, Log& log, Listener listener);
    ReportKeeper(const ReportKeeper&) = delete;
    ReportKeeper& operator=(const ReportKeeper&) = delete;
    ~ReportKeeper();

    /// What there is. Before start().
    [[nodiscard]] KeptRecord record();
    void start();
    /// What has been given to keep() by then is stored. Once.
    void stop();
    /// Any thread. False if too many wait to be stored.
    [[nodiscard]] bool keep(std::uint64_t ticket, NewReport report);

private:
    void handle_timeout(Timer& timer, Instant now) override;
    template <typename Step>
    bool attempt(Step step);
    void turn_keys(WallTime now);
    void clean_if_due(WallTime now);
    void clean(WallTime now);
    void tell_kept();
    [[nodiscard]] std::optional<safety::ReportId> store(const NewReport& report);
    struct Complaint {
        std::optional<Instant> said;
        std::uint64_t unsaid = 0; // since then
    };
    void complain(Complaint& complaint, const char* event, const char* why);

    ReportKeeperOptions options_;
    Log& log_;
    Listener listener_;
    OsRng rng_;
    safety::KeyRing keys_;
    ReportStore store_;
    std::int64_t version_ = 0;
    bool is_told_ = true;                                                           // the listener knows the record
    std::vector<std::pair<std::uint64_t, std::optional<safety::ReportId>>> untold_; // as given to Listener::kept
    std::optional<WallTime> next_due_;
    Instant cleaned_{};
    bool must_clean_ = true;
    Complaint not_kept_;
    Complaint not_tended_;
    bool has_failed_ = false; // to keep the last one
    std::atomic<bool> is_stopping_ = false;
    EventLoop loop_;
    Timer timer_;
    std::jthread thread_;
};

} // namespace vv::net
