"""aiortc, asked in lines of JSON on standard input (ends.mjs). It trickles nothing and restarts no ICE: its descriptions
have its candidates in them."""
import asyncio
import fractions
import json
import sys
import time

import numpy
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.sdp import candidate_from_sdp
from av import AudioFrame, VideoFrame

SAMPLE_RATE = 48_000
TONE = 440
FRAME_SAMPLES = SAMPLE_RATE // 50
PICTURES = 15
CELLS = 4  # in a row, and rows
LOUDEST = 32_768
SILENCE = 1e-7  # of the square of a sample, where 1 is as loud as can be
TAKEN_MAX = 400  # of each kind
VIDEO_CLOCK = 90_000


def tell(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


class Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self):
        super().__init__()
        self.sent = 0
        self.since = None

    async def recv(self):
        self.since = self.since or time.monotonic()
        await asyncio.sleep(max(0, self.since + self.sent / SAMPLE_RATE - time.monotonic()))
        at = (numpy.arange(FRAME_SAMPLES) + self.sent) / SAMPLE_RATE
        samples = (numpy.sin(2 * numpy.pi * TONE * at) * 8000).astype(numpy.int16)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self.sent, fractions.Fraction(1, SAMPLE_RATE)
        self.sent += FRAME_SAMPLES
        return frame


class Clock(MediaStreamTrack):
    """The picture of rtc_end.mjs: sixteen cells that count tenths of a second."""

    kind = "video"

    def __init__(self):
        super().__init__()
        self.sent = 0
        self.since = None

    async def recv(self):
        self.since = self.since or time.monotonic()
        await asyncio.sleep(max(0, self.since + self.sent / PICTURES - time.monotonic()))
        tenths = int((time.monotonic() - self.since) * 10)
        cells = numpy.array([255 * ((tenths >> bit) & 1) for bit in range(16)], dtype=numpy.uint8).reshape(CELLS, CELLS)
        luma = cells.repeat(60, axis=0).repeat(80, axis=1)
        frame = VideoFrame.from_ndarray(numpy.stack([luma] * 3, axis=-1), format="rgb24")
        frame.pts, frame.time_base = self.sent * VIDEO_CLOCK // PICTURES, fractions.Fraction(1, VIDEO_CLOCK)
        self.sent += 1
        return frame


def read_clock(frame):
    """The tenths of a second that a picture shows."""
    light = frame.to_ndarray(format="gray")
    rows, columns = (((numpy.arange(CELLS) + 0.5) * size / CELLS).astype(int) for size in light.shape)
    lit = light[numpy.ix_(rows, columns)].flatten() > 127
    return int(sum(1 << bit for bit in numpy.flatnonzero(lit).tolist()))


def tone_share(samples, rate):
    """How much of the energy of samples is the tone: 1 is all; None: they are silence."""
    energy = float(numpy.sum(samples**2))
    if energy / len(samples) <= SILENCE:
        return None
    found = numpy.sum(samples * numpy.exp(-2j * numpy.pi * TONE * numpy.arange(len(samples)) / rate))
    return float(2 * abs(found) ** 2 / (len(samples) * energy))


class End:
    def __init__(self):
        self.pc = None
        self.channels = {}
        self.decoded = {}
        self.taken = {"pictures": [], "sound": []}
        self.watching = []

    def take_channel(self, channel):
        self.channels[channel.label] = channel
        channel.on("open", lambda: tell({"what": "open", "label": channel.label}))
        channel.on("close", lambda: tell({"what": "closed", "label": channel.label}))

        @channel.on("message")
        def on_message(data):
            more = {"text": data} if isinstance(data, str) else {"size": len(data)}
            tell({"what": "message", "label": channel.label, **more})

        if channel.readyState == "open":
            tell({"what": "open", "label": channel.label})

    async def watch(self, track):
        """Takes all that comes, decoded, counts it and notes what it shows and sounds, as rtc_end.mjs does."""
        block = numpy.empty(0)
        try:
            while frame := await track.recv():
                self.decoded[track.kind] = self.decoded.get(track.kind, 0) + 1
                if track.kind == "video":
                    self.took("pictures", read_clock(frame))
                    continue
                block = numpy.append(block, frame.to_ndarray()[0, :: len(frame.layout.channels)] / LOUDEST)
                if len(block) >= frame.sample_rate // 10:
                    self.took("sound", tone_share(block, frame.sample_rate))
                    block = numpy.empty(0)
        except MediaStreamError:
            pass  # it has ended

    def took(self, what, value):
        self.taken[what].append([time.monotonic() * 1000, value])
        del self.taken[what][:-TAKEN_MAX]

    async def begin(self, iceServers=(), relayOnly=False, send=()):
        servers = [RTCIceServer(**server) for server in iceServers]
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self.pc.on("connectionstatechange", lambda: tell({"what": "state", "state": self.pc.connectionState}))
        self.pc.on("datachannel", self.take_channel)
        self.pc.on("track", lambda track: self.watching.append(asyncio.create_task(self.watch(track))))
        if "audio" in send:
            self.pc.addTrack(Tone())
        if "video" in send:
            self.pc.addTrack(Clock())

    async def channel(self, label, ordered=True, retransmissions=None):
        self.take_channel(self.pc.createDataChannel(label, ordered=ordered, maxRetransmits=retransmissions))

    async def describe(self, description):
        await self.pc.setLocalDescription(description)
        return {"type": self.pc.localDescription.type, "sdp": self.pc.localDescription.sdp}

    async def offer(self):
        return await self.describe(await self.pc.createOffer())

    async def take(self, type, sdp):  # noqa: A002, the field's own word
        await self.pc.setRemoteDescription(RTCSessionDescription(type=type, sdp=sdp))
        return await self.describe(await self.pc.createAnswer()) if type == "offer" else None

    async def candidate(self, candidate, mid=None, line=None, **_):
        found = candidate_from_sdp(candidate.removeprefix("candidate:"))
        found.sdpMid, found.sdpMLineIndex = mid, line
        await self.pc.addIceCandidate(found)

    async def send(self, label, text=None, size=None):
        self.channels[label].send(text if size is None else bytes([7]) * size)

    async def stats(self):
        found = {"sent": {}, "received": {}}
        for report in (await self.pc.getStats()).values():
            if report.type == "outbound-rtp":
                found["sent"][report.kind] = report.packetsSent
        pairs = self.pc.sctp.transport.transport._connection._nominated if self.pc.sctp else {}
        for pair in pairs.values():
            found["pair"] = {"local": pair.local_candidate.type, "remote": pair.remote_candidate.type}
        # Of what comes aiortc's report is that of one source, be it of what is sent again.
        found["received"] = {kind: {"packets": frames} for kind, frames in self.decoded.items()}
        return found

    async def seen(self):
        return self.taken

    async def close(self):
        for task in self.watching:
            task.cancel()
        await self.pc.close()


async def main():
    end = End()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        asked = json.loads(line)
        try:
            result = await getattr(end, asked["method"])(**asked["argument"])
            tell({"answers": asked["number"], "result": result})
        except Exception as error:  # noqa: BLE001, whatever it is, who asked is told
            tell({"answers": asked["number"], "fault": repr(error)})
    if end.pc:
        await end.close()  # or its threads go on


asyncio.run(main())
