// A secret that leaves nothing behind in memory once it is replaced or given up.
#pragma once

#include "base/bytes.h"
#include "crypto/secret.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::crypto {

/// Overwrites all memory before it goes back to Base. Byte: std::uint8_t.
template <typename Byte, typename Base>
class WipingAllocator {
public:
    using value_type = Byte; // NOLINT(readability-identifier-naming): what std::vector asks for

    [[nodiscard]] Byte* allocate(std::size_t count) { return Base().allocate(count); }
    void deallocate(Byte* bytes, std::size_t count) {
        secure_wipe({bytes, count});
        Base().deallocate(bytes, count);
    }
    friend bool operator==(const WipingAllocator&, const WipingAllocator&) = default;
};

/// Base: where the memory is from, for tests.
template <typename Base = std::allocator<std::uint8_t>>
class BasicSecretBytes {
public:
    BasicSecretBytes() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): a secret is given as what it is
    BasicSecretBytes(ByteBuffer bytes) : bytes_(bytes.begin(), bytes.end()) { secure_wipe(bytes); }
    explicit BasicSecretBytes(std::string_view text) : bytes_(text.begin(), text.end()) {}
    BasicSecretBytes(const BasicSecretBytes&) = default;
    BasicSecretBytes(BasicSecretBytes&&) noexcept = default;
    ~BasicSecretBytes() = default;
    // Never in place, where a longer one from before would be left behind a shorter one.
    BasicSecretBytes& operator=(BasicSecretBytes other) noexcept {
        bytes_.swap(other.bytes_);
        return *this;
    }
    BasicSecretBytes& operator=(std::string_view text) {
        *this = BasicSecretBytes(text);
        return *this;
    }

    void append(ByteView more) { bytes_.insert(bytes_.end(), more.begin(), more.end()); }
    void clear() { *this = BasicSecretBytes(); }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    [[nodiscard]] ByteView view() const { return bytes_; }
    [[nodiscard]] std::string_view text() const { return as_text(bytes_); }
    /// In a time that depends on the sizes only.
    friend bool operator==(const BasicSecretBytes& a, const BasicSecretBytes& b) {
        return constant_time_equal(a.view(), b.view());
    }

private:
    std::vector<std::uint8_t, WipingAllocator<std::uint8_t, Base>> bytes_;
};

using SecretBytes = BasicSecretBytes<>;

} // namespace vv::crypto
