// Any bytes as a compound RTCP packet: what is read is bounded, and is read the same when it is written again.
#include "base/assert.h"
#include "base/overloaded.h"
#include "rtp/rtcp.h"
#include "rtp/rtcp_writer.h"

#include <cstddef>
#include <cstdint>
#include <variant>

using namespace vv;
using rtp::RtcpWriter;

namespace {

// False: there is no writing that would be read as this again.
bool write(ByteBuffer& out, const rtp::RtcpPacket& packet) {
    RtcpWriter writer(out);
    return std::visit(Overloaded{
                          [&](const rtp::SenderReport& report) {
                              writer.add_sender_report(report.sender, report.info, report.blocks);
                              return true;
                          },
                          [&](const rtp::ReceiverReport& report) {
                              writer.add_receiver_report(report.sender, report.blocks);
                              return true;
                          },
                          [&](const rtp::SourceDescription& description) {
                              if (description.chunks.size() != 1 || description.chunks.front().cname.empty()) {
                                  return false;
                              }
                              writer.add_cname(description.chunks.front().source, description.chunks.front().cname);
                              return true;
                          },
                          [&](const rtp::Goodbye& goodbye) {
                              writer.add_goodbye(goodbye.sources);
                              return goodbye.reason.empty();
                          },
                          [&](const rtp::Nack& nack) {
                              writer.add_nack(nack.sender, nack.media, nack.sequences);
                              return true;
                          },
                          [&](const rtp::PictureLoss& loss) {
                              writer.add_picture_loss(loss.sender, loss.media);
                              return true;
                          },
                          [&](const rtp::FullIntraRequest& request) {
                              if (request.entries.size() != 1) return false;
                              writer.add_full_intra_request(request.sender, request.entries.front());
                              return true;
                          },
                          [](const rtp::UnknownRtcp&) { return false; },
                      },
                      packet);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto packets = rtp::parse_rtcp({data, size});
    if (!packets) return 0;
    VV_ASSERT(!packets->empty() && packets->size() <= rtp::kRtcpPacketsMax);
    for (const rtp::RtcpPacket& packet : *packets) {
        ByteBuffer written;
        if (!write(written, packet)) continue;
        const auto again = rtp::parse_rtcp(written);
        VV_ASSERT(again && again->size() == 1);
        if (std::holds_alternative<rtp::Nack>(packet)) {
            VV_ASSERT(std::get<rtp::Nack>(again->front()).sequences == std::get<rtp::Nack>(packet).sequences);
        } else {
            VV_ASSERT(again->front() == packet);
        }
    }
    return 0;
}
