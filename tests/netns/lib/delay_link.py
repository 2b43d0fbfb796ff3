#!/usr/bin/env python3
"""A link between two network namespaces on which every packet takes its time.

    delay_link.py NAMESPACE_A DEVICE_A NAMESPACE_B DEVICE_B MILLISECONDS

Makes a TUN device at either end and carries IP packets between them, each delayed by the time
given, in order, until it is ended; the devices go with it. Says "ready" once both are there.
The kernel's own netem is not everywhere; this needs /dev/net/tun and root.
"""
import collections
import ctypes
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
CLONE_NEWNET = 0x40000000
PACKET_MAX = 65536
QUEUE_MAX = 10_000  # packets on their way; more are lost, as on a real link

libc = ctypes.CDLL(None, use_errno=True)


def open_tun(namespace, device):
    """The device belongs to the namespace, its descriptor works from anywhere."""
    with open(f"/run/netns/{namespace}", "rb") as target:
        if libc.setns(target.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
    return tun


def deliver(tun, packet):
    try:
        os.write(tun, packet)
    except OSError:
        pass  # the device is down or its queue is full: a packet is lost


def carry(ends, delay):
    waiting = [collections.deque(), collections.deque()]  # by the end they go to
    while True:
        heads = [queue[0][0] for queue in waiting if queue]
        timeout = max(0.0, min(heads) - time.monotonic()) if heads else None
        readable, _, _ = select.select(ends, [], [], timeout)
        now = time.monotonic()
        for source in readable:
            target = 1 - ends.index(source)
            try:
                packet = os.read(source, PACKET_MAX)
            except BlockingIOError:
                continue
            if len(waiting[target]) < QUEUE_MAX:
                waiting[target].append((now + delay, packet))
        for target, queue in enumerate(waiting):
            while queue and queue[0][0] <= now:
                deliver(ends[target], queue.popleft()[1])


def main():
    namespace_a, device_a, namespace_b, device_b, milliseconds = sys.argv[1:]
    ends = [open_tun(namespace_a, device_a), open_tun(namespace_b, device_b)]
    print("ready", flush=True)
    carry(ends, float(milliseconds) / 1000)


if __name__ == "__main__":
    main()
