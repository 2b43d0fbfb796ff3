#include "net/memory_return.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

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

} // namespace
} // namespace vv::net
