"""Connections of aiortc, both ends of each in this process, asked as peer_bench.cpp is."""
import asyncio
import gc
import json
import sys
import time

from aiortc import RTCPeerConnection

held = []


class End:
    def __init__(self):
        self.pc = RTCPeerConnection()
        self.channel = None
        self.secured = asyncio.Event()
        self.opened = asyncio.Event()
        self.heard = asyncio.Event()
        self.pc.on("connectionstatechange", self.note_state)
        self.pc.on("datachannel", self.take_channel)

    def note_state(self):
        if self.pc.connectionState == "connected":
            self.secured.set()

    def take_channel(self, channel):
        self.channel = channel
        channel.on("open", self.opened.set)
        channel.on("message", lambda _: self.heard.set())
        if channel.readyState == "open":
            self.opened.set()


class Pair:
    def __init__(self):
        self.ends = [End(), End()]

    async def open(self):
        begun = time.monotonic()
        elapsed = lambda: (time.monotonic() - begun) * 1000  # noqa: E731
        first, second = self.ends
        first.take_channel(first.pc.createDataChannel("chat"))

        async def secure():
            await asyncio.gather(first.secured.wait(), second.secured.wait())
            return elapsed()

        secured = asyncio.create_task(secure())
        # It trickles nothing: its candidates are in its descriptions.
        await first.pc.setLocalDescription(await first.pc.createOffer())
        await second.pc.setRemoteDescription(first.pc.localDescription)
        await second.pc.setLocalDescription(await second.pc.createAnswer())
        await first.pc.setRemoteDescription(second.pc.localDescription)
        await asyncio.gather(first.opened.wait(), second.opened.wait())
        open_after = elapsed()
        return [await secured, open_after]

    async def talk(self):
        first, second = self.ends
        first.channel.send("there")
        second.channel.send("and back")
        await asyncio.gather(first.heard.wait(), second.heard.wait())

    async def close(self):
        for end in self.ends:
            await end.pc.close()


async def connect(count):
    times = []
    for _ in range(count):
        pair = Pair()
        times.append(await pair.open())
        await pair.close()
    return times


async def hold(count):
    for _ in range(count):
        pair = Pair()
        await pair.open()
        held.append(pair)
        await pair.talk()
    gc.collect()
    return len(held)


async def main():
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        what, count = line.split()
        print(json.dumps(await {b"connect": connect, b"hold": hold}[what](int(count))), flush=True)


asyncio.run(main())
