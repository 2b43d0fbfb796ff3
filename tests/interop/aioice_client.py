"""aioice's TURN client against a relay: an allocation, packets to an echo and back over a channel, that bound anew, a refresh, the end.

`aioice_client.py JSON`, with host, port, transport ("udp", "tcp" or "tls"), ca, user, password and peer; prints JSON of what came of it.
"""

import asyncio
import json
import logging
import ssl
import sys

from aioice import turn

LIMIT_SECONDS = 20
MESSAGES = 20


class Receiver(asyncio.DatagramProtocol):
    def __init__(self):
        self.heard = asyncio.Queue()
        self.ended = asyncio.Event()

    def datagram_received(self, data, address):
        self.heard.put_nowait((data.decode(), list(address)))

    def connection_lost(self, error):
        self.ended.set()


class Told(logging.Handler):
    """Waits for what the client says of itself, which is the only way it tells of a refresh."""

    def __init__(self, start):
        super().__init__()
        self.start = start
        self.came = asyncio.Event()

    def emit(self, record):
        if record.getMessage().startswith(self.start):
            self.came.set()


async def visit(how):
    over_stream = how["transport"] != "udp"
    context = ssl.create_default_context(cafile=how["ca"]) if how["transport"] == "tls" else False
    refreshed = Told("TURN allocation refreshed")
    logger = logging.getLogger("aioice.turn")
    logger.setLevel(logging.INFO)
    logger.addHandler(refreshed)
    # Its channels are bound anew with every packet.
    transport, receiver = await turn.create_turn_endpoint(
        Receiver, (how["host"], how["port"]), how["user"], how["password"], channel_refresh_time=-1, ssl=context,
        transport="tcp" if over_stream else "udp")
    echoed = []
    for number in range(MESSAGES):
        transport.sendto(f"message {number}".encode(), tuple(how["peer"]))
        echoed.append(await receiver.heard.get())
    # By itself it does so after five sixths of ten minutes.
    refreshing = asyncio.ensure_future(transport._TurnTransport__inner_protocol.refresh(0))
    await refreshed.came.wait()
    refreshing.cancel()
    transport.sendto(b"after the refresh", tuple(how["peer"]))
    echoed.append(await receiver.heard.get())
    relayed = list(transport.get_extra_info("sockname"))
    transport.close()
    await receiver.ended.wait()
    return {"relayed": relayed, "echoed": echoed}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(asyncio.wait_for(visit(json.loads(sys.argv[1])), LIMIT_SECONDS))))
