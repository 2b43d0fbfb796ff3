// A random source whose draws are known beforehand.
#pragma once

#include "base/encoding.h"
#include "base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace vv::caller {

class KnownDraws final : public Rng {
public:
    /// In hex, one after the other.
    explicit KnownDraws(const std::vector<std::string>& draws) {
        for (const std::string& draw : draws)
            draws_.push_back(hex_decode(draw).value());
    }
    void fill(std::span<std::uint8_t> out) override {
        if (draws_.empty() || draws_.front().size() != out.size()) {
            ADD_FAILURE() << "nothing is known for a draw of " << out.size() << " bytes";
            return;
        }
        std::ranges::copy(draws_.front(), out.begin());
        draws_.pop_front();
    }

private:
    std::deque<ByteBuffer> draws_;
};

} // namespace vv::caller
