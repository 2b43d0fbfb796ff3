// For tests: a state directory of its own, people as hashes, and a look into every
// file as bytes, since what was deleted must not be found by any means.
#pragma once

#include "net/report_desk.h"
#include "net/report_store.h"
#include "net/state_dir.h"
#include "net/temporary_directory_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace vv::net {

using namespace std::chrono_literals;

class ReportFiles : public testing::Test {
protected:
    ReportFiles() { keys_.turn(kNow, kRetention, rng_); }

    static constexpr WallTime kNow{1'800'000'000s};
    static constexpr std::chrono::seconds kRetention = std::chrono::days(30);

    static safety::Person person(std::uint32_t number) {
        ByteBuffer token;
        ByteWriter(token).write_u64(number);
        token.resize(16);
        return {safety::DeviceId::of_token(token).value(),
                safety::AddressPrefix::of(IpAddress::v4(0x0A000000 + number))};
    }
    [[nodiscard]] safety::Marks marks(std::uint32_t number) const {
        const safety::MarkKey& key = *keys_.current();
        return {key.number, key.mark(person(number).device), key.mark(person(number).prefix)};
    }
    [[nodiscard]] NewReport about(std::uint32_t number, std::string note,
                                  std::optional<std::string> room = "ta") const {
        return {safety::ReportCategory::kHate, std::move(note), std::move(room), marks(number)};
    }
    /// Every file of the directory, one after the other.
    [[nodiscard]] std::string all_bytes() const {
        std::string all;
        for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
            std::ifstream stream(entry.path(), std::ios::binary);
            all.append(std::istreambuf_iterator<char>(stream), {});
        }
        return all;
    }
    [[nodiscard]] bool is_found(std::string_view bytes) const { return all_bytes().find(bytes) != std::string::npos; }
    [[nodiscard]] bool is_found(const safety::Mark& mark) const { return is_found(as_text(mark)); }
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
            names.push_back(entry.path().filename());
        std::ranges::sort(names);
        return names;
    }

    SeededRng rng_{1};
    safety::KeyRing keys_;
    const TemporaryDirectory directory_;
};

} // namespace vv::net
