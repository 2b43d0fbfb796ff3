#include "crypto/openssl_ptr.h"
#include "dtls/datagram_bio.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string_view>

namespace vv::dtls {
namespace {

class DatagramBio : public testing::Test {
protected:
    DatagramPort port;
    std::unique_ptr<BIO, crypto::FreeWith<BIO_free>> bio{make_datagram_bio(port)};

    int write(std::string_view text) { return BIO_write(bio.get(), text.data(), static_cast<int>(text.size())); }
    std::string_view read(std::size_t room) {
        const int size = BIO_read(bio.get(), buffer_.data(), static_cast<int>(room));
        return size < 0 ? "nothing" : std::string_view(buffer_.data(), static_cast<std::size_t>(size));
    }

private:
    std::array<char, 32> buffer_{};
};

TEST_F(DatagramBio, MakesADatagramOfEachWrite) {
    EXPECT_EQ(write("one"), 3);
    EXPECT_EQ(write("two two"), 7);
    ASSERT_EQ(port.out.size(), 2U);
    EXPECT_EQ(as_text(port.out[0]), "one");
    EXPECT_EQ(as_text(port.out[1]), "two two");
}

TEST_F(DatagramBio, ReadsADatagramOnceAndThenAsksToTryAgain) {
    EXPECT_EQ(read(32), "nothing");
    EXPECT_TRUE(BIO_should_retry(bio.get()));
    port.in = as_bytes("a datagram");
    EXPECT_EQ(read(32), "a datagram");
    EXPECT_EQ(read(32), "nothing");
    EXPECT_TRUE(BIO_should_read(bio.get()));
}

TEST_F(DatagramBio, LosesWhatTheReaderHasNoRoomFor) {
    port.in = as_bytes("a datagram");
    EXPECT_EQ(read(3), "a d");
    EXPECT_EQ(read(32), "nothing");
}

TEST_F(DatagramBio, LosesWhatIsWrittenPastItsQueue) {
    for (std::size_t i = 0; i < kTransmitQueueMax; ++i)
        EXPECT_EQ(write("x"), 1);
    EXPECT_EQ(port.overflowed, 0U);
    EXPECT_EQ(write("past it"), 7); // as if it had been sent
    EXPECT_EQ(port.out.size(), kTransmitQueueMax);
    EXPECT_EQ(port.overflowed, 1U);
}

} // namespace
} // namespace vv::dtls
