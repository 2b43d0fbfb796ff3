// Which packets of a source have been seen (RFC 3711 §3.3.2). Those in the window are known one by one; what is older
// counts as seen.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::srtp {

/// RFC 3711 asks for 64 at least. A picture is sent in bursts of a hundred packets, and one that was lost and asked
/// for again under its own number comes a round trip and some bursts late.
inline constexpr std::size_t kReplayWindowSize = 1024;

class ReplayWindow {
public:
    enum class Verdict : std::uint8_t { kNew, kSeen, kTooOld };

    [[nodiscard]] Verdict check(std::uint64_t index) const {
        if (!highest_ || index > *highest_) return Verdict::kNew;
        if (*highest_ - index >= kReplayWindowSize) return Verdict::kTooOld;
        return is_set(index) ? Verdict::kSeen : Verdict::kNew;
    }

    /// Only what is authentic, and new or seen: a forged packet must move nothing.
    void accept(std::uint64_t index) {
        if (!highest_ || index > *highest_) advance_to(index);
        word_of(index) |= bit_of(index);
    }

    [[nodiscard]] std::optional<std::uint64_t> highest() const { return highest_; }

private:
    static constexpr std::size_t kWordBits = 64;
    static constexpr std::size_t kWords = kReplayWindowSize / kWordBits;
    static_assert(kReplayWindowSize % kWordBits == 0);

    void advance_to(std::uint64_t index) {
        if (!highest_ || index - *highest_ >= kReplayWindowSize) {
            words_.fill(0);
        } else {
            // The ring's places between the old end and the new one still say what was a window ago.
            for (std::uint64_t passed = *highest_ + 1; passed < index; ++passed)
                word_of(passed) &= ~bit_of(passed);
            word_of(index) &= ~bit_of(index);
        }
        highest_ = index;
    }
    [[nodiscard]] bool is_set(std::uint64_t index) const {
        return (words_[index % kReplayWindowSize / kWordBits] & bit_of(index)) != 0;
    }
    std::uint64_t& word_of(std::uint64_t index) { return words_[index % kReplayWindowSize / kWordBits]; }
    static std::uint64_t bit_of(std::uint64_t index) { return std::uint64_t{1} << (index % kWordBits); }

    std::optional<std::uint64_t> highest_;
    std::array<std::uint64_t, kWords> words_{};
};

} // namespace vv::srtp
