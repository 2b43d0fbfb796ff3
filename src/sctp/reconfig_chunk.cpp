#include "sctp/reconfig_chunk.h"

#include <utility>

namespace vv::sctp {
namespace {

enum class ReconfigParameterType : std::uint16_t {
    kOutgoingReset = 13,
    kIncomingReset = 14,
    kAssociationReset = 15,
    kResponse = 16,
    kAddOutgoing = 17,
    kAddIncoming = 18,
};

constexpr std::size_t kOutgoingResetFixedSize = 12;

std::optional<ReconfigParameter> parse_outgoing_reset(ByteReader reader) {
    const auto request = reader.read_u32();
    const auto response = reader.read_u32();
    const auto last_tsn = reader.read_u32();
    if (!request || !response || !last_tsn || reader.remaining() % 2 != 0) return std::nullopt;
    OutgoingReset reset{*request, *response, *last_tsn};
    while (const auto stream = reader.read_u16())
        reset.streams.emplace_back(*stream);
    return reset;
}

std::optional<ReconfigParameter> parse_response(ByteReader reader) {
    const auto request = reader.read_u32();
    const auto result = reader.read_u32();
    if (!request || !result) return std::nullopt;
    return ReconfigResponse{*request, static_cast<ReconfigResult>(*result)};
}

std::optional<ReconfigParameter> parse_parameter(const Parameter& parameter) {
    ByteReader reader(parameter.value);
    switch (static_cast<ReconfigParameterType>(parameter.type)) {
    case ReconfigParameterType::kOutgoingReset:
        return parse_outgoing_reset(reader);
    case ReconfigParameterType::kResponse:
        return parse_response(reader);
    case ReconfigParameterType::kIncomingReset:
    case ReconfigParameterType::kAssociationReset:
    case ReconfigParameterType::kAddOutgoing:
    case ReconfigParameterType::kAddIncoming:
        if (const auto request = reader.read_u32()) return OtherRequest{*request};
        return std::nullopt;
    }
    return std::nullopt;
}

} // namespace

std::optional<std::vector<ReconfigParameter>> parse_reconfig(ByteView value) {
    std::vector<ReconfigParameter> parsed;
    ParameterReader parameters(value);
    while (!parameters.at_end()) {
        const auto parameter = parameters.next();
        if (!parameter || parsed.size() == kReconfigParametersMax) return std::nullopt;
        auto one = parse_parameter(*parameter);
        if (!one) return std::nullopt;
        parsed.push_back(std::move(*one));
    }
    if (parsed.empty()) return std::nullopt;
    return parsed;
}

std::size_t outgoing_reset_size(std::size_t streams) {
    return kChunkHeaderSize + kParameterHeaderSize + padded(kOutgoingResetFixedSize + streams * 2);
}

void write_outgoing_reset(ByteBuffer& out, const OutgoingReset& reset) {
    const ChunkScope chunk(out, ChunkType::kReconfig);
    const ParameterScope parameter(out, static_cast<std::uint16_t>(ReconfigParameterType::kOutgoingReset));
    ByteWriter writer(out);
    writer.write_u32(reset.request);
    writer.write_u32(reset.response);
    writer.write_u32(reset.last_tsn);
    for (const StreamId stream : reset.streams)
        writer.write_u16(stream.value());
}

void write_reconfig_response(ByteBuffer& out, const ReconfigResponse& response) {
    const ChunkScope chunk(out, ChunkType::kReconfig);
    const ParameterScope parameter(out, static_cast<std::uint16_t>(ReconfigParameterType::kResponse));
    ByteWriter writer(out);
    writer.write_u32(response.request);
    writer.write_u32(static_cast<std::uint32_t>(response.result));
}

} // namespace vv::sctp
