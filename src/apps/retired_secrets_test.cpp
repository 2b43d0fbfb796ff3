// A secret or a password that is no longer in the file leaves nothing in memory.
#include "base/freed_memory_for_test.h"

#if defined(__SANITIZE_ADDRESS__)

#include "apps/config_load.h"
#include "apps/reload.h"
#include "apps/service_config.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>

namespace vv::apps {
namespace {

constexpr std::array<std::string_view, 3> kRetired{"a password of talk", "the secret that leaked",
                                                   "the secret of another"};

// The library keeps the text it reads at the moment where nobody can overwrite it. So something longer stands last.
constexpr std::string_view kBehind = R"(
[rooms]
rules = "Be kind, and be as kind to those who are new here as you would have others be to you on your first day."
)";

class RetiredSecrets : public testing::TestWithParam<std::string_view> {
protected:
    ~RetiredSecrets() override { std::filesystem::remove(file_); }
    void write(std::string_view secrets) {
        std::ofstream stream(file_, std::ios::binary);
        stream << "[turn]\n" << secrets << kBehind;
    }
    void write_retired(std::string_view more = {}) {
        write("users = [\"talk:" + std::string(kRetired[0]) + "\"]\nsecrets = [\"" + std::string(kRetired[1]) +
              "\"]\napp_secrets = [\"" + std::string(kRetired[2]) + "\"]\n# once: " + std::string(GetParam()) + "\n" +
              std::string(more));
    }
    [[nodiscard]] Config read() const {
        Config config;
        apply_toml_file(config, file_);
        check_together(config);
        return config;
    }

    const std::filesystem::path file_ =
        std::filesystem::path(testing::TempDir()) / ("visavis-retired-" + std::to_string(::getpid()) + ".toml");
};

INSTANTIATE_TEST_SUITE_P(Each, RetiredSecrets, testing::ValuesIn(kRetired));

TEST_P(RetiredSecrets, LeaveNothingBehindAtAReload) {
    write_retired();
    const FreedMemory freed(as_bytes(GetParam()));
    {
        Config running = read();
        (void)describe_service(running, plan_relay(running), {}, true);
        write("secrets = [\"the secret after it\"]\n");
        ReloadPlan plan = plan_reload(running, read());
        EXPECT_EQ(plan.changed.size(), 3U);
        (void)describe_service(plan.config, plan_relay(plan.config), {}, true);
        running = std::move(plan.config);
        EXPECT_EQ(FreedMemory::found(), 0U);
        EXPECT_EQ(running.given.count("turn.users"), 0U);
    }
    EXPECT_EQ(FreedMemory::found(), 0U);
}

TEST_P(RetiredSecrets, LeaveNothingBehindInAFileThatCannotBeUsed) {
    write_retired("realms = \"no such key\"\n");
    const FreedMemory freed(as_bytes(GetParam()));
    EXPECT_THROW((void)read(), ConfigError);
    EXPECT_EQ(FreedMemory::found(), 0U);
}

} // namespace
} // namespace vv::apps

#endif
