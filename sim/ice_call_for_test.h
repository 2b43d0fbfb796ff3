// What tests see of a call: each packet, and what of it the relay is given.
#pragma once

#include "sim/ice_call.h"

#include <gtest/gtest.h>

#include <string_view>

namespace vv::sim {

/// Sees each packet of a call while it lives, and tells whoever saw them before.
class Witness : public TraceSink {
public:
    explicit Witness(IceCall& call) : call_(call), before_(call.world.trace()) { call.world.trace_to(this); }
    ~Witness() override { call_.world.trace_to(before_); }

    void note(const TraceEntry& entry) final {
        if (before_ != nullptr) before_->note(entry);
        see(entry);
    }

protected:
    [[nodiscard]] const IceCall& call() const { return call_; }

private:
    virtual void see(const TraceEntry& entry) = 0;

    IceCall& call_;
    TraceSink* before_;
};

/// Counts what the server is given of the two words that the ends say. Checks may go through it at any time.
class WitnessAtTheRelay final : public Witness {
public:
    using Witness::Witness;
    [[nodiscard]] int words() const { return words_; }

private:
    void see(const TraceEntry& entry) override {
        if (entry.what != Fate::kDelivered || entry.where != call().net.server.name()) return;
        const std::string_view text = as_text(entry.packet.payload);
        if (text.find("from a") != std::string_view::npos || text.find("from b") != std::string_view::npos) ++words_;
    }

    int words_ = 0;
};

/// By the way that both say, too: the relay has all of it, or none.
inline void expect_it_carries(IceCall& call) {
    const Path way = way_of(call.a);
    const WitnessAtTheRelay witness(call);
    EXPECT_TRUE(call.carries());
    EXPECT_EQ(name_of(way_of(call.b)), name_of(way));
    if (way == Path::kDirect) {
        EXPECT_EQ(witness.words(), 0);
    } else {
        EXPECT_GE(witness.words(), 2);
    }
}

} // namespace vv::sim
