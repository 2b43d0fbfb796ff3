#!/usr/bin/env python3
"""Calls through a relay, each packet with its number, to see what is lost.

    turn_calls.py SERVER UDP_PORT TCP_PORT TLS_PORT SECRET CALLS SECONDS

Each call has two ends (kPairs, in turn): with an allocation over UDP, TCP or TLS, or a plain socket, which is how most
peers of a relayed end are. They give each other permissions and channels, check each other as ICE does (which the relay
waits for) and go on doing so, and send 50 packets a second each way. Says "talking" once all of them do, and at its
end, as JSON, what was sent and what of it has not arrived. With 0 SECONDS it goes on until "stop" comes on its standard
input, and counts from the line "count" on.
"""
import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import math
import os
import socket
import ssl
import struct
import sys
import time

kCookie = 0x2112A442
kAllocate, kRefresh, kCreatePermission, kChannelBind, kBinding = 0x0003, 0x0004, 0x0008, 0x0009, 0x0001
kSuccess, kError = 0x0100, 0x0110
kUsername, kIntegrity, kErrorCode, kChannel, kRealm, kNonce = 0x0006, 0x0008, 0x0009, 0x000C, 0x0014, 0x0015
kPeer, kRelayed, kTransport, kFingerprint = 0x0012, 0x0016, 0x0019, 0x8028
kIceKey = b"a password of the call"
kTheirChannel = 0x4001
kEvery = 0.02  # seconds
kPacketSize = 200
kCheckEvery = 5  # seconds
kSettle = 2  # seconds at most for what is on its way
kRetransmit = 0.5
kPairs = [("udp", "tls"), ("udp", "tcp"), ("udp", "plain"), ("tls", "plain")]


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def xor_address(address):
    ip = struct.unpack("!I", bytes(map(int, address[0].split("."))))[0]
    return struct.pack("!BBHI", 0, 1, address[1] ^ (kCookie >> 16), ip ^ kCookie)


def read_xor_address(value):
    port, ip = struct.unpack_from("!HI", value, 2)
    return ".".join(map(str, struct.pack("!I", ip ^ kCookie))), port ^ (kCookie >> 16)


def build(kind, transaction, attributes, key=None, fingerprint=False):
    def header(size):
        return struct.pack("!HHI", kind, size, kCookie) + transaction

    if key is not None:
        digest = hmac.new(key, header(len(attributes) + 24) + attributes, hashlib.sha1).digest()
        attributes += attribute(kIntegrity, digest)
    if fingerprint:
        crc = binascii.crc32(header(len(attributes) + 8) + attributes) ^ 0x5354554E
        attributes += attribute(kFingerprint, struct.pack("!I", crc))
    return header(len(attributes)) + attributes


def parse(data):
    kind, _, _ = struct.unpack_from("!HHI", data)
    found, at = {}, 20
    while at + 4 <= len(data):
        name, size = struct.unpack_from("!HH", data, at)
        found.setdefault(name, data[at + 4: at + 4 + size])
        at += 4 + size + -size % 4
    return kind, data[8:20], found


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, handle):
        self.handle = handle
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.handle(data)

    def write(self, data):
        self.transport.sendto(data)


class Frames:
    """The same over a stream (RFC 8656 §12.5: padded to four bytes)."""

    def __init__(self, reader, writer, handle):
        self.reader, self.writer = reader, writer
        self.task = asyncio.create_task(self.read(handle))

    async def read(self, handle):
        while True:
            try:
                head = await self.reader.readexactly(4)
                size = struct.unpack("!H", head[2:])[0]
                rest = size + 16 if head[0] < 4 else size + -size % 4
                body = await self.reader.readexactly(rest)
            except (asyncio.IncompleteReadError, ConnectionError):
                return  # what was on its way counts as lost
            handle(head + (body if head[0] < 4 else body[:size]))

    def write(self, data):
        self.writer.write(data + bytes(-len(data) % 4))


async def connect(leg, server, ports, handle):
    if leg == "udp":
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_datagram_endpoint(lambda: Datagrams(handle), remote_addr=(server, ports["udp"]))
        return protocol
    context = None
    if leg == "tls":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return Frames(*await asyncio.open_connection(server, ports[leg], ssl=context), handle)


class End:
    """One end of a call, with an allocation."""

    def __init__(self, leg, secret):
        self.leg = leg
        self.name = f"{int(time.time()) + 3600}:7200.call.{os.urandom(8).hex()}"
        self.password = base64.b64encode(hmac.new(secret.encode(), self.name.encode(), hashlib.sha1).digest()).decode()
        self.realm = self.nonce = b""
        self.answers = {}
        self.relayed = self.peer = None
        self.open = asyncio.Event()
        self.sent = self.counted_from = 0
        self.arrived = set()

    async def start(self, server, ports):
        self.path = await connect(self.leg, server, ports, self.handle)
        transport = attribute(kTransport, b"\x11\0\0\0")
        _, found = await self.ask(kAllocate, transport)
        self.realm, self.nonce = found[kRealm], found[kNonce]
        self.relayed = read_xor_address((await self.ask(kAllocate, transport))[1][kRelayed])

    async def meet(self, peer):
        self.peer = peer
        bound = attribute(kChannel, struct.pack("!HH", kTheirChannel, 0)) + attribute(kPeer, xor_address(peer.relayed))
        kind, found = await self.ask(kChannelBind, bound)
        if kind != kChannelBind | kSuccess:
            raise RuntimeError(f"no channel: {found.get(kErrorCode)}")

    async def ask(self, method, attributes):
        if self.nonce:
            attributes += attribute(kUsername, self.name.encode()) + attribute(kRealm, self.realm) + attribute(kNonce, self.nonce)
            key = hashlib.md5(f"{self.name}:{self.realm.decode()}:{self.password}".encode()).digest()
        else:
            key = None
        transaction = os.urandom(12)
        data = build(method, transaction, attributes, key)
        answer = self.answers[transaction] = asyncio.get_running_loop().create_future()
        for _ in range(20):
            self.path.write(data)
            try:
                return await asyncio.wait_for(asyncio.shield(answer), kRetransmit)
            except asyncio.TimeoutError:
                if self.leg != "udp":
                    break
        raise RuntimeError(f"no answer to a request over {self.leg}")

    def to_peer(self, data):
        self.path.write(struct.pack("!HH", kTheirChannel, len(data)) + data)

    def check(self):
        self.to_peer(build(kBinding, os.urandom(12), attribute(kUsername, b"them:us"), kIceKey, True))

    def handle(self, data):
        if data[0] < 4:
            kind, transaction, found = parse(data)
            answer = self.answers.pop(transaction, None)
            if answer and not answer.done():
                answer.set_result((kind, found))
        elif data[0] == kTheirChannel >> 8:
            self.hear(data[4: 4 + struct.unpack_from("!H", data, 2)[0]])

    def hear(self, data):
        if data[0] == 0x80:
            self.arrived.add(struct.unpack_from("!I", data, 4)[0])
            return
        kind, transaction, _ = parse(data)
        if kind == kBinding:
            self.to_peer(build(kBinding | kSuccess, transaction, b"", kIceKey, True))
        elif kind == kBinding | kSuccess:
            self.open.set()

    async def come_through(self):
        while not self.open.is_set():
            self.check()
            try:
                await asyncio.wait_for(self.open.wait(), kRetransmit)
            except asyncio.TimeoutError:
                continue

    async def talk(self, until, stopped):
        due = checked = time.monotonic()
        while due < until and not stopped.is_set():
            if due - checked >= kCheckEvery:
                checked = due
                self.check()
            self.to_peer(struct.pack("!BBHI", 0x80, 0, 0, self.sent) + bytes(kPacketSize - 8))
            self.sent += 1
            due += kEvery
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def lost(self):
        return sum(n not in self.peer.arrived for n in range(self.counted_from, self.sent))

    async def close(self):
        await self.ask(kRefresh, attribute(0x000D, bytes(4)))


class Plain(End):
    """An end without a relay, whose packets go to the other's relayed address."""

    async def start(self, server, ports):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((server, ports["udp"]))
            own = probe.getsockname()[0]
        loop = asyncio.get_running_loop()
        _, self.path = await loop.create_datagram_endpoint(lambda: Datagrams(self.hear), local_addr=(own, 0))
        self.relayed = self.path.transport.get_extra_info("sockname")

    async def meet(self, peer):
        self.peer = peer

    def to_peer(self, data):
        self.path.transport.sendto(data, self.peer.relayed)

    async def close(self):
        self.path.transport.close()


async def obey(ends, stopped):
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while (line := await reader.readline()).strip() == b"count":
        for end in ends:
            end.counted_from = end.sent
    if line.strip() != b"stop":
        sys.exit(f"not understood: {line}")
    stopped.set()


async def run(server, ports, secret, calls, seconds):
    legs = [leg for i in range(calls) for leg in kPairs[i % len(kPairs)]]
    ends = [(Plain if leg == "plain" else End)(leg, secret) for leg in legs]
    for end in ends:
        await end.start(server, ports)
    pairs = list(zip(ends[::2], ends[1::2]))
    for one, other in pairs:
        await one.meet(other)
        await other.meet(one)
        await asyncio.wait_for(asyncio.gather(one.come_through(), other.come_through()), 20)
    print("talking", flush=True)
    until = time.monotonic() + seconds if seconds > 0 else math.inf
    stopped = asyncio.Event()
    told = obey(ends, stopped) if seconds == 0 else asyncio.sleep(0)
    await asyncio.gather(told, *(end.talk(until, stopped) for end in ends))
    settled = time.monotonic() + kSettle
    while any(end.lost() for end in ends) and time.monotonic() < settled:
        await asyncio.sleep(kEvery)
    lost = {"udp": 0, "tcp": 0, "tls": 0, "plain": 0}
    for end in ends:
        lost[end.leg] += end.lost()
    sent = sum(end.sent - end.counted_from for end in ends)
    print(json.dumps({"sent": sent, "lost": sum(lost.values()), "lostFrom": lost}), flush=True)
    for end in ends:
        await end.close()


def main():
    server, udp, tcp, tls, secret, calls, seconds = sys.argv[1:]
    asyncio.run(run(server, {"udp": int(udp), "tcp": int(tcp), "tls": int(tls)}, secret, int(calls), float(seconds)))


if __name__ == "__main__":
    main()
