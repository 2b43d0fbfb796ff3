#include "net/memory_return.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <cstddef>
#include <memory>
#include <pthread.h>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace vv::net {
namespace {

TEST(MemoryReturn, SaysHowLongItTook) {
    std::ostringstream text;
    Log log({.level = LogLevel::kDebug},
            std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)));
    {
        MemoryReturn memory(log);
        memory.begin();
    } // has ended
    EXPECT_NE(text.str().find(" debug memory-given-back microseconds="), std::string::npos) << text.str();
}

// Stacks of a size no machine has: what pthread_create() does where there is no memory for one.
class NoMoreThreads {
public:
    NoMoreThreads() {
        EXPECT_EQ(::pthread_getattr_default_np(&before_), 0);
        pthread_attr_t huge{};
        EXPECT_EQ(::pthread_attr_init(&huge), 0);
        EXPECT_EQ(::pthread_attr_setstacksize(&huge, std::size_t{1} << 50U), 0);
        EXPECT_EQ(::pthread_setattr_default_np(&huge), 0);
        EXPECT_EQ(::pthread_attr_destroy(&huge), 0);
    }
    NoMoreThreads(const NoMoreThreads&) = delete;
    NoMoreThreads& operator=(const NoMoreThreads&) = delete;
    ~NoMoreThreads() {
        EXPECT_EQ(::pthread_setattr_default_np(&before_), 0);
        EXPECT_EQ(::pthread_attr_destroy(&before_), 0);
    }

private:
    pthread_attr_t before_{};
};

TEST(MemoryReturn, GoesOnWhereNoThreadCanBeHadAndTriesAgain) {
    std::ostringstream text;
    Log log({.level = LogLevel::kDebug},
            std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)));
    {
        MemoryReturn memory(log);
        {
            const NoMoreThreads none;
            memory.begin();
        }
        EXPECT_NE(text.str().find(" warning memory-not-given-back why="), std::string::npos) << text.str();
        EXPECT_EQ(text.str().find("memory-given-back"), std::string::npos) << text.str();
        memory.begin();
    }
    EXPECT_NE(text.str().find(" debug memory-given-back "), std::string::npos) << text.str();
}

// As the shards do, each when its own flood has gone.
TEST(MemoryReturn, IsBegunByAnyThread) {
    std::ostringstream text;
    Log log({.level = LogLevel::kDebug},
            std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)));
    {
        MemoryReturn memory(log);
        std::vector<std::jthread> shards;
        for (int shard = 0; shard < 4; ++shard) {
            shards.emplace_back([&] {
                for (int i = 0; i < 200; ++i)
                    memory.begin();
            });
        }
    }
    EXPECT_NE(text.str().find("memory-given-back"), std::string::npos);
    EXPECT_EQ(text.str().find("memory-not-given-back"), std::string::npos) << text.str();
}

} // namespace
} // namespace vv::net
