#include "sim/trace.h"

#include "stun/message.h"
#include "turn/channel_data.h"

#include <array>
#include <cstdio>

namespace vv::sim {
namespace {

std::string_view name_of(stun::Method method) {
    switch (method) {
    case stun::Method::kBinding:
        return "Binding";
    case stun::Method::kAllocate:
        return "Allocate";
    case stun::Method::kRefresh:
        return "Refresh";
    case stun::Method::kSend:
        return "Send";
    case stun::Method::kData:
        return "Data";
    case stun::Method::kCreatePermission:
        return "CreatePermission";
    case stun::Method::kChannelBind:
        return "ChannelBind";
    case stun::Method::kConnect:
    case stun::Method::kConnectionBind:
    case stun::Method::kConnectionAttempt:
        break;
    }
    return "STUN";
}

std::string_view name_of(stun::MessageClass message_class) {
    constexpr std::array<std::string_view, 4> kNames{" request", " indication", " success", " error"};
    return kNames.at(static_cast<std::size_t>(message_class));
}

// RFC 7983 §7: the first byte tells who is speaking.
std::string content_of(ByteView payload) {
    if (payload.empty()) return "nothing";
    const std::uint8_t first = payload[0];
    if (const auto message = stun::parse_message(payload)) {
        return std::string(name_of(message->method())) + std::string(name_of(message->message_class()));
    }
    if (first >= 20 && first <= 63) return "DTLS";
    if (turn::looks_like_channel_data(first, turn::kChannelLast)) return "ChannelData";
    if (first >= 128 && first <= 191) return "RTP";
    return "bytes";
}

std::string flags_of(const TcpHeader& tcp) {
    std::string flags;
    if (tcp.syn) flags += " SYN";
    if (tcp.fin) flags += " FIN";
    if (tcp.rst) flags += " RST";
    if (tcp.ack) flags += " ACK";
    return flags;
}

} // namespace

std::string to_string(const TraceEntry& entry) {
    std::array<char, 32> time{};
    const double seconds = std::chrono::duration<double>(entry.at - kBeginning).count();
    const int size = std::snprintf(time.data(), time.size(), "%+.6f ", seconds);
    std::string line(time.data(), static_cast<std::size_t>(size));
    const Packet& packet = entry.packet;
    line.append(entry.where).append(": ").append(sim::name_of(entry.what)).append(" ");
    line += packet.from.to_string() + " > " + packet.to.to_string();
    line += packet.protocol == Protocol::kUdp ? " UDP " + content_of(packet.payload) : " TCP" + flags_of(packet.tcp);
    return line + " " + std::to_string(packet.payload.size());
}

void TraceLog::note(const TraceEntry& entry) {
    if (lines_.size() == kLinesMax) lines_.pop_front();
    lines_.push_back(to_string(entry));
}

} // namespace vv::sim
