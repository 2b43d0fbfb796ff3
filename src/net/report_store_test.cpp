#include "net/reports_for_test.h"

#include <fcntl.h>
#include <set>
#include <sys/stat.h>

namespace vv::net {
namespace {

class ReportStoreTest : public ReportFiles {};

TEST_F(ReportStoreTest, TheFileIsPrivateAndTheOnlyOne) {
    ReportStore store(directory_.path());
    store.add(about(1, "a note"), kNow, kRetention);
    EXPECT_EQ(files(), std::vector<std::string>{"reports.db"});
    struct stat status{};
    ASSERT_EQ(::stat((directory_ / kReportsFile).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(ReportStoreTest, TheJournalOfAChangeIsPrivateAndGoesWithIt) {
    ReportStore store(directory_.path());
    Database other = open_reports(directory_.path(), Database::Mode::kExisting);
    {
        Database::Transaction transaction(other);
        other.run("INSERT INTO reports (made, expires, category, note, key, device, prefix)"
                  " VALUES (1, 2, 'x', 'half done', 3, x'00', x'00')");
        ASSERT_EQ(files(), (std::vector<std::string>{"reports.db", "reports.db-journal"}));
        struct stat status{};
        ASSERT_EQ(::stat((directory_ / "reports.db-journal").c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U);
    } // rolled back
    EXPECT_EQ(files(), std::vector<std::string>{"reports.db"});
    EXPECT_FALSE(is_found("half done"));
}

TEST_F(ReportStoreTest, HoldsNothingButWhatIsPromised) {
    ReportStore store(directory_.path());
    Database database = open_reports(directory_.path(), Database::Mode::kExisting);
    const auto columns = [&](const std::string& table) {
        std::set<std::string> names;
        Statement statement = database.prepare("SELECT name FROM pragma_table_info(?)");
        statement.bind(std::string_view(table));
        while (statement.step())
            names.insert(statement.text(0));
        return names;
    };
    EXPECT_EQ(columns("reports"), (std::set<std::string>{"id", "made", "expires", "category", "note", "room", "key",
                                                         "device", "prefix", "decision"}));
    EXPECT_EQ(columns("bans"), (std::set<std::string>{"id", "report", "made", "until"}));
    std::set<std::string> tables;
    Statement statement = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'");
    while (statement.step())
        tables.insert(statement.text(0));
    EXPECT_EQ(tables, (std::set<std::string>{"bans", "reports", "sqlite_sequence"}));
}

TEST_F(ReportStoreTest, DeletesWhatIsDueAndNothingElse) {
    ReportStore store(directory_.path());
    store.add(about(1, "the older note"), kNow, kRetention);
    store.add(about(2, "the newer note"), kNow + 1h, kRetention);
    EXPECT_EQ(store.next_due(), kNow + kRetention);
    store.keep_only(kNow + kRetention - 1s, kRetention, keys_);
    EXPECT_TRUE(is_found("the older note"));
    store.keep_only(kNow + kRetention, kRetention, keys_);
    EXPECT_FALSE(is_found("the older note"));
    EXPECT_FALSE(is_found(marks(1).device.value()));
    EXPECT_FALSE(is_found(marks(1).prefix.value()));
    EXPECT_TRUE(is_found("the newer note"));
    EXPECT_TRUE(is_found(marks(2).device.value()));
    EXPECT_EQ(store.next_due(), kNow + 1h + kRetention);
}

// Rows that move between pages leave copies of themselves behind, which only writing the file anew removes.
TEST_F(ReportStoreTest, WhatIsDeletedIsFoundInNoFileHoweverRowsHaveMoved) {
    ReportStore store(directory_.path());
    constexpr std::uint32_t kReports = 600;
    std::vector<std::uint32_t> order(kReports);
    for (std::uint32_t i = 0; i < kReports; ++i)
        order[i] = i;
    for (std::uint32_t i = kReports; i > 1; --i)
        std::swap(order[i - 1], order[rng_.below(i)]);
    const auto note = [](std::uint32_t i) {
        return "[note " + std::to_string(i) + "]" + std::string(30 + i * 7 % 450, static_cast<char>('a' + i % 26));
    };
    for (std::uint32_t i = 0; i < kReports; ++i) {
        // Due in an order that is not that of coming.
        store.add(about(i, note(i)), kNow, kRetention - order[i] * 1s);
        if (i % 100 == 99) store.keep_only(kNow, kRetention, keys_);
    }
    for (std::uint32_t gone = 100; gone <= kReports; gone += 100) {
        store.keep_only(kNow + kRetention - (kReports - gone) * 1s, kRetention, keys_);
        const std::string bytes = all_bytes();
        const auto is_there = [&](std::string_view what) { return bytes.find(what) != std::string::npos; };
        for (std::uint32_t i = 0; i < kReports; ++i) {
            const bool stays = order[i] < kReports - gone;
            ASSERT_EQ(is_there("[note " + std::to_string(i) + "]"), stays) << i << " of " << gone;
            ASSERT_EQ(is_there(as_text(marks(i).device.value())), stays) << i;
            ASSERT_EQ(is_there(as_text(marks(i).prefix.value())), stays) << i;
        }
    }
}

TEST_F(ReportStoreTest, WhatLiesUnderAKeyThatIsGoneGoesWithIt) {
    ReportStore store(directory_.path());
    store.add(about(1, "under the first key"), kNow, kRetention);
    keys_.turn(kNow + kRetention, kRetention, rng_);
    store.add(about(2, "under the second key"), kNow + kRetention, kRetention);
    keys_.turn(kNow + 2 * kRetention, kRetention, rng_);
    // The clock of the deletion is early, so that the key alone decides.
    store.keep_only(kNow, 4 * kRetention, keys_);
    EXPECT_FALSE(is_found("under the first key"));
    EXPECT_TRUE(is_found("under the second key"));
}

TEST_F(ReportStoreTest, AShorterRetentionHoldsForWhatIsThereToo) {
    ReportStore store(directory_.path());
    store.add(about(1, "a note"), kNow, kRetention);
    store.keep_only(kNow + 7 * 24h - 1s, 7 * 24h, keys_);
    EXPECT_TRUE(is_found("a note"));
    store.keep_only(kNow + 7 * 24h, 7 * 24h, keys_);
    EXPECT_FALSE(is_found("a note"));
}

TEST_F(ReportStoreTest, ALongerRetentionDoesNotKeepWhatWasPromisedToGo) {
    ReportStore store(directory_.path());
    store.add(about(1, "a note"), kNow, kRetention);
    store.keep_only(kNow + kRetention, 3 * kRetention, keys_);
    EXPECT_FALSE(is_found("a note"));
}

TEST_F(ReportStoreTest, AClockThatWasAheadKeepsNothingForLonger) {
    ReportStore store(directory_.path());
    store.add(about(1, "a note"), kNow + 1000 * kRetention, kRetention);
    store.keep_only(kNow, kRetention, keys_);
    EXPECT_EQ(store.next_due(), kNow + kRetention);
    store.keep_only(kNow + kRetention, kRetention, keys_);
    EXPECT_FALSE(is_found("a note"));
}

TEST_F(ReportStoreTest, WhatAnEarlierLifeDidNotFinishIsFinishedAtTheStart) {
    {
        ReportStore store(directory_.path());
        store.add(about(1, "a note"), kNow, kRetention);
    }
    ReportStore again(directory_.path());
    again.keep_only(kNow + kRetention, kRetention, keys_);
    EXPECT_FALSE(is_found("a note"));
}

TEST_F(ReportStoreTest, HasALimit) {
    ReportStore store(directory_.path(), 2);
    store.add(about(1, "one"), kNow, kRetention);
    store.add(about(2, "two"), kNow, kRetention);
    EXPECT_THROW(store.add(about(3, "three"), kNow, kRetention), DatabaseError);
    EXPECT_FALSE(is_found("three"));
}

TEST_F(ReportStoreTest, NumbersAreNotUsedAgain) {
    ReportStore store(directory_.path());
    const auto first = store.add(about(1, "one"), kNow, kRetention);
    store.keep_only(kNow + kRetention, kRetention, keys_);
    EXPECT_GT(store.add(about(1, "two"), kNow, kRetention), first);
}

TEST_F(ReportStoreTest, NoticesWhatAnotherProcessHasDecided) {
    ReportStore store(directory_.path());
    const auto id = store.add(about(1, "one"), kNow, kRetention);
    const auto version = store.version();
    EXPECT_EQ(store.version(), version);
    ReportDesk desk(directory_.path(), kNow);
    EXPECT_EQ(store.version(), version) << "looking is no change";
    desk.dismiss(std::vector{id});
    EXPECT_NE(store.version(), version);
    EXPECT_EQ(store.dismissed(), std::vector{id});
}

TEST_F(ReportStoreTest, KnowsTheBansInForce) {
    ReportStore store(directory_.path());
    const auto id = store.add(about(1, "one"), kNow, kRetention);
    ReportDesk(directory_.path(), kNow).ban(std::vector{id}, 2h);
    const auto bans = store.bans(kNow + 2h - 1s);
    ASSERT_EQ(bans.size(), 1U);
    EXPECT_EQ(bans[0].whom.device, marks(1).device);
    EXPECT_EQ(bans[0].whom.prefix, marks(1).prefix);
    EXPECT_EQ(bans[0].whom.key, marks(1).key);
    EXPECT_EQ(bans[0].until, kNow + 2h);
    EXPECT_TRUE(store.bans(kNow + 2h).empty());
}

class BadReportFile : public ReportFiles {
protected:
    [[nodiscard]] std::string error() const {
        try {
            const ReportStore store(directory_.path());
        } catch (const DatabaseError& error) {
            return error.what();
        }
        return "no error";
    }
};

TEST_F(BadReportFile, OthersMayNotRead) {
    {
        const ReportStore store(directory_.path());
    }
    ::chmod((directory_ / kReportsFile).c_str(), 0640);
    EXPECT_NE(error().find("chmod 600"), std::string::npos) << error();
}

TEST_F(BadReportFile, IsNoDatabase) {
    const int fd = ::open((directory_ / kReportsFile).c_str(), O_WRONLY | O_CREAT, 0600);
    const std::string rubbish(4096, 'x');
    ASSERT_EQ(::write(fd, rubbish.data(), rubbish.size()), 4096);
    ::close(fd);
    EXPECT_NE(error().find("not a database"), std::string::npos) << error();
    EXPECT_NE(error().find(directory_.path().string()), std::string::npos) << error();
}

TEST_F(BadReportFile, IsOfANewerProgram) {
    {
        open_reports(directory_.path(), Database::Mode::kCreate).run("PRAGMA user_version = 2");
    }
    EXPECT_NE(error().find("newer visavis"), std::string::npos) << error();
}

TEST_F(BadReportFile, IsALink) {
    ::symlink("/dev/null", (directory_ / kReportsFile).c_str());
    EXPECT_NE(error(), "no error");
}

} // namespace
} // namespace vv::net
