#!/usr/bin/env python3
"""Streams that begin to say something and then say no more, many at one time.

    idle_streams.py SERVER TCP_PORT TLS_PORT STREAMS

Half of them say half a STUN header to the TCP port, half a part of a ClientHello to the TLS port, each from an address of
its own that is this machine's by a local route. Says "open" once the server's kernel has all of them and they have said
that much, and ends when the server has ended each; then prints, as JSON, how long the first and the last of them were
let be, from when it was asked for, and whether they got any answer.
"""
import json
import os
import selectors
import socket
import sys
import time

from flood import IP_FREEBIND, address, kOwn

kOnTheirWay = 256  # at one time: far fewer than any listener's backlog
kHalfHeader = bytes.fromhex("000300082112a442")
kHalfHello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60)


class Streams:
    def __init__(self, server, ports, count):
        self.server, self.ports, self.count = server, ports, count
        self.selector = selectors.DefaultSelector()
        self.begun = self.spoken = self.ended = self.answered = 0
        self.lives = []

    def begin(self):
        nth = self.begun
        self.begun += 1
        stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        stream.setblocking(False)
        stream.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        stream.bind((address(kOwn, nth), 0))
        stream.connect_ex((self.server, self.ports[nth % 2]))
        self.selector.register(stream, selectors.EVENT_WRITE, (nth, time.monotonic()))

    def handle(self, key, events):
        stream, (nth, since) = key.fileobj, key.data
        if events & selectors.EVENT_WRITE:
            error = stream.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error != 0:
                sys.exit(f"stream {nth} was not let in: {os.strerror(error)}")
            stream.send((kHalfHeader, kHalfHello)[nth % 2])
            self.spoken += 1
            self.selector.modify(stream, selectors.EVENT_READ, key.data)
            return
        try:
            said = stream.recv(4096)
        except ConnectionResetError:
            said = b""
        if said:
            self.answered += 1
            return
        self.selector.unregister(stream)
        stream.close()
        self.ended += 1
        self.lives.append(time.monotonic() - since)

    def run(self):
        is_told = False
        while self.ended < self.count:
            while self.begun < self.count and self.begun - self.spoken < kOnTheirWay:
                self.begin()
            for key, events in self.selector.select():
                self.handle(key, events)
            if self.spoken == self.count and not is_told:
                is_told = True
                print("open", flush=True)
        print(json.dumps({"answered": self.answered, "first": min(self.lives), "last": max(self.lives)}), flush=True)


def main():
    server, tcp_port, tls_port, count = sys.argv[1:]
    Streams(server, (int(tcp_port), int(tls_port)), int(count)).run()


if __name__ == "__main__":
    main()
