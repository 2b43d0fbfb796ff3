#include "base/encoding.h"
#include "net/clock.h"
#include "net/report_keeper.h"
#include "net/reports_for_test.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <sstream>
#include <sys/stat.h>

namespace vv::net {
namespace {

using safety::ReportId;

/// What the keeper has told, for another thread to wait for.
class Told {
public:
    ReportKeeper::Listener listener() {
        return {.kept =
                    [this](std::uint64_t ticket, std::optional<ReportId> report) {
                        const std::lock_guard lock(mutex_);
                        if (refuses_ > 0) {
                            --refuses_;
                            return false;
                        }
                        kept_.emplace_back(ticket, report);
                        changed_.notify_all();
                        return true;
                    },
                .changed =
                    [this](KeptRecord record) {
                        const std::lock_guard lock(mutex_);
                        records_.push_back(std::move(record));
                        changed_.notify_all();
                        return true;
                    }};
    }
    void refuse(int times) {
        const std::lock_guard lock(mutex_);
        refuses_ = times;
    }
    std::pair<std::uint64_t, std::optional<ReportId>> next_kept() {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, kLimit, [this] { return !kept_.empty(); }));
        if (kept_.empty()) return {};
        const auto first = kept_.front();
        kept_.pop_front();
        return first;
    }
    /// The next record that is as wanted.
    template <typename Wanted>
    bool sees(Wanted wanted) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kLimit, [&] {
            for (; !records_.empty(); records_.pop_front()) {
                if (wanted(records_.front())) return true;
            }
            return false;
        });
    }

private:
    static constexpr std::chrono::seconds kLimit{30};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::pair<std::uint64_t, std::optional<ReportId>>> kept_;
    std::deque<KeptRecord> records_;
    int refuses_ = 0;
};

class ReportKeeperTest : public ReportFiles {
protected:
    ReportKeeperTest()
        : log_(LogOptions{},
               std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(written_))) {}

    std::unique_ptr<ReportKeeper> keeper(std::chrono::seconds retention) {
        return std::make_unique<ReportKeeper>(ReportKeeperOptions{StateDir(directory_.path()), retention}, log_,
                                              told_.listener());
    }
    static NewReport report_under(const safety::KeyRing& keys, std::string note) {
        const safety::MarkKey& key = *keys.current();
        return {safety::ReportCategory::kSpam,
                std::move(note),
                "ta",
                {key.number, key.mark(person(1).device), key.mark(person(1).prefix)}};
    }

    std::ostringstream written_;
    Log log_;
    Told told_;
};

TEST_F(ReportKeeperTest, KeepsAReportAndSaysSo) {
    const auto keeping = keeper(kRetention);
    const auto keys = keeping->record().keys;
    keeping->start();
    ASSERT_TRUE(keeping->keep(7, report_under(keys, "the note")));
    const auto [ticket, report] = told_.next_kept();
    EXPECT_EQ(ticket, 7U);
    EXPECT_TRUE(report);
    EXPECT_TRUE(is_found("the note"));
    EXPECT_EQ(files(), (std::vector<std::string>{"report-keys", "reports.db"}));
    struct stat status{};
    ASSERT_EQ(::stat((directory_ / kReportKeysFile).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(ReportKeeperTest, WhatWasGivenBeforeAStopIsKept) {
    const auto keeping = keeper(kRetention);
    const auto keys = keeping->record().keys;
    for (std::uint64_t i = 0; i < 20; ++i)
        ASSERT_TRUE(keeping->keep(i, report_under(keys, "the note")));
    keeping->start();
    keeping->stop();
    EXPECT_EQ(ReportDesk(directory_.path(), wall_now()).reports(false).size(), 20U);
    EXPECT_FALSE(keeping->keep(99, report_under(keys, "too late")));
}

TEST_F(ReportKeeperTest, TakesOnlySoManyThatWait) {
    constexpr std::uint64_t kWaitingMax = 256;
    const auto keeping = keeper(kRetention); // does not run, so they wait
    const auto keys = keeping->record().keys;
    for (std::uint64_t i = 0; i < kWaitingMax; ++i)
        ASSERT_TRUE(keeping->keep(i, report_under(keys, "the note"))) << i;
    EXPECT_FALSE(keeping->keep(kWaitingMax, report_under(keys, "one too many")));
    keeping->start();
    EXPECT_EQ(told_.next_kept().first, 0U);
    keeping->stop();
    EXPECT_EQ(ReportDesk(directory_.path(), wall_now()).reports(false).size(), kWaitingMax);
}

TEST_F(ReportKeeperTest, TellsAgainWhatCouldNotBeTaken) {
    const auto keeping = keeper(kRetention);
    told_.refuse(2);
    keeping->start();
    ASSERT_TRUE(keeping->keep(7, report_under(keeping->record().keys, "the note")));
    EXPECT_EQ(told_.next_kept().first, 7U);
}

TEST_F(ReportKeeperTest, SaysAndLogsOnceThatItCannotKeep) {
    const auto keeping = keeper(kRetention);
    safety::KeyRing others;
    others.turn(wall_now(), kRetention, rng_);
    keeping->start();
    for (std::uint64_t i = 0; i < 3; ++i) {
        ASSERT_TRUE(keeping->keep(i, report_under(others, "the note")));
        EXPECT_EQ(told_.next_kept().second, std::nullopt);
    }
    keeping->stop();
    const std::string log = written_.str();
    const auto first = log.find("report-not-kept why=\"its key is gone\"");
    EXPECT_NE(first, std::string::npos) << log;
    EXPECT_EQ(log.find("report-not-kept", first + 1), std::string::npos) << log;
    EXPECT_EQ(log.find("the note"), std::string::npos);
}

TEST_F(ReportKeeperTest, NoticesWhatTheOperatorDecides) {
    const auto keeping = keeper(kRetention);
    const auto report = report_under(keeping->record().keys, "the note");
    keeping->start();
    ASSERT_TRUE(keeping->keep(1, report));
    const ReportId id = told_.next_kept().second.value();
    const auto bans = ReportDesk(directory_.path(), wall_now()).ban(std::vector{id}, 1h);
    EXPECT_TRUE(told_.sees([&](const KeptRecord& record) {
        return record.bans.size() == 1 && record.bans[0].whom.device == report.meant.device;
    }));
    ReportDesk(directory_.path(), wall_now()).lift(std::vector{bans[0].id});
    EXPECT_TRUE(told_.sees([](const KeptRecord& record) { return record.bans.empty(); }));
    ReportDesk(directory_.path(), wall_now()).dismiss(std::vector{id});
    EXPECT_TRUE(told_.sees([&](const KeptRecord& record) { return record.dismissed == std::vector{id}; }));
}

TEST_F(ReportKeeperTest, DeletesInTimeAndTurnsItsKeys) {
    const auto keeping = keeper(2s);
    const auto keys = keeping->record().keys;
    const auto report = report_under(keys, "the note");
    keeping->start();
    ASSERT_TRUE(keeping->keep(1, report));
    ASSERT_TRUE(told_.next_kept().second);
    ReportDesk(directory_.path(), wall_now()).ban(std::vector{ReportId(1)}, std::nullopt);
    EXPECT_TRUE(told_.sees([&](const KeptRecord& record) { return !record.keys.has(keys.current()->number); }));
    EXPECT_FALSE(is_found("the note"));
    EXPECT_FALSE(is_found(report.meant.device.value()));
    EXPECT_FALSE(is_found(report.meant.prefix.value()));
    EXPECT_FALSE(is_found(hex_encode(keys.current()->secret)));
    ReportDesk desk(directory_.path(), wall_now());
    EXPECT_TRUE(desk.reports(true).empty());
    EXPECT_TRUE(desk.bans().empty());
}

TEST_F(ReportKeeperTest, ItsKeysOutliveARestart) {
    safety::KeyRing keys;
    {
        const auto keeping = keeper(kRetention);
        keys = keeping->record().keys;
    }
    EXPECT_EQ(keeper(kRetention)->record().keys, keys);
}

TEST_F(ReportKeeperTest, AShorterRetentionDeletesNothingYoung) {
    {
        const auto keeping = keeper(kRetention);
        const auto report = report_under(keeping->record().keys, "the note");
        keeping->start();
        ASSERT_TRUE(keeping->keep(1, report));
        ASSERT_TRUE(told_.next_kept().second);
    }
    // The key is as old as it may get; the report under it is not.
    const StateDir state(directory_.path());
    const std::string text = state.read_private(kReportKeysFile).value();
    const std::size_t made = text.find(' ', text.find('\n')) + 1;
    const std::string aged = text.substr(0, made) +
                             std::to_string((wall_now() - kRetention + 1h).time_since_epoch().count()) +
                             text.substr(text.find(' ', made));
    state.write_private(kReportKeysFile, as_bytes(aged));
    const auto again = keeper(kRetention / 4);
    EXPECT_TRUE(is_found("the note"));
    EXPECT_EQ(again->record().keys.keys().size(), 2U);
}

TEST_F(ReportKeeperTest, StartsThoughAnotherProcessIsWritingToTheFile) {
    {
        (void)keeper(kRetention);
    }
    Database other(directory_ / kReportsFile, Database::Mode::kExisting);
    const Database::Transaction held(other);
    const auto keeping = keeper(kRetention);
    EXPECT_NE(written_.str().find("reports-not-tended"), std::string::npos) << written_.str();
}

TEST_F(ReportKeeperTest, WithoutTheKeyFileWhatLayUnderItGoes) {
    {
        const auto keeping = keeper(kRetention);
        const auto report = report_under(keeping->record().keys, "the note");
        keeping->start();
        ASSERT_TRUE(keeping->keep(1, report));
        ASSERT_TRUE(told_.next_kept().second);
    }
    std::filesystem::remove(directory_ / kReportKeysFile);
    const auto again = keeper(kRetention);
    EXPECT_FALSE(is_found("the note"));
}

TEST_F(ReportKeeperTest, ADamagedKeyFileStopsTheStartWithOneLine) {
    StateDir(directory_.path()).write_private(kReportKeysFile, as_bytes("rubbish"));
    try {
        (void)keeper(kRetention);
        FAIL() << "rubbish was taken for keys";
    } catch (const std::runtime_error& error) {
        const std::string what = error.what();
        EXPECT_NE(what.find("report-keys"), std::string::npos) << what;
        EXPECT_EQ(what.find('\n'), std::string::npos) << what;
    }
}

} // namespace
} // namespace vv::net
