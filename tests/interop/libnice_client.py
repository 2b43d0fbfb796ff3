"""Two agents of libnice, the first of which is at home at the relay alone: ICE between them, packets both ways, the end.

`libnice_client.py JSON`, with host, port, transport ("udp" or "tcp"), user, password and where both are ("address"); prints JSON of what came of it.
"""

import ctypes
import json
import sys

import gi

gi.require_version("Nice", "0.1")
from gi.repository import GLib, Nice  # noqa: E402

LIMIT_SECONDS = 20
MESSAGES = 20
COMPONENT = 1
# What is heard comes by a function that libnice does not offer to scripts.
LIBRARY = ctypes.CDLL("libnice.so.10")
HEAR = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p)
RELAY_TYPES = {"udp": Nice.RelayType.UDP, "tcp": Nice.RelayType.TCP}


class Deadline(Exception):
    pass


class Loop:
    """The default context, run until something is so."""

    def __init__(self):
        self.context = GLib.MainContext.default()
        self.late = False
        GLib.timeout_add_seconds(LIMIT_SECONDS, self.be_late)

    def be_late(self):
        self.late = True

    def until(self, what, is_so):
        while not is_so():
            if self.late:
                raise Deadline(what)
            self.context.iteration(True)


class End:
    def __init__(self, loop, address, controlling):
        self.heard = []
        self.gathered = self.closed = False
        self.state = self.pair = None
        self.agent = Nice.Agent.new(loop.context, Nice.Compatibility.RFC5245)
        for name, value in {"controlling-mode": controlling, "upnp": False, "ice-tcp": False}.items():
            self.agent.set_property(name, value)
        own = Nice.Address.new()
        assert own.set_from_string(address)
        assert self.agent.add_local_address(own)
        self.agent.connect("candidate-gathering-done", self.handle_gathered)
        self.agent.connect("component-state-changed", self.handle_state)
        self.agent.connect("new-selected-pair-full", self.handle_pair)
        self.stream = self.agent.add_stream(1)
        self.hear = HEAR(self.handle_packet)
        agent = ctypes.c_void_p(hash(self.agent))  # where it is: PyGObject's way to tell
        assert LIBRARY.nice_agent_attach_recv(agent, self.stream, COMPONENT, None, self.hear, None)

    def handle_gathered(self, *_):
        self.gathered = True

    def handle_state(self, _agent, _stream, _component, state):
        self.state = state

    def handle_pair(self, _agent, _stream, _component, local, remote):
        self.pair = [local.type.value_nick, remote.type.value_nick]

    def handle_packet(self, _agent, _stream, _component, size, buffer, _data):
        self.heard.append(ctypes.string_at(buffer, size).decode())

    def is_ready(self):
        return self.state == Nice.ComponentState.READY

    def use_relay(self, how):
        self.agent.set_property("force-relay", True)
        kind = RELAY_TYPES[how["transport"]]
        assert self.agent.set_relay_info(self.stream, COMPONENT, how["host"], how["port"], how["user"], how["password"], kind)

    def learn_of(self, other):
        _, ufrag, password = other.agent.get_local_credentials(other.stream)
        assert self.agent.set_remote_credentials(self.stream, ufrag, password)
        candidates = other.agent.get_local_candidates(other.stream, COMPONENT)
        assert self.agent.set_remote_candidates(self.stream, COMPONENT, candidates) > 0

    def send(self, text):
        return self.agent.send(self.stream, COMPONENT, len(text), text) == len(text)

    def candidates(self):
        return [candidate.type.value_nick for candidate in self.agent.get_local_candidates(self.stream, COMPONENT)]

    def close(self):
        def handle_closed(*_):
            self.closed = True

        self.agent.close_async(handle_closed)


def visit(how):
    loop = Loop()
    relayed, other = End(loop, how["address"], True), End(loop, how["address"], False)
    relayed.use_relay(how)
    for end in (relayed, other):
        assert end.agent.gather_candidates(end.stream)
    loop.until("candidates", lambda: relayed.gathered and other.gathered)
    relayed.learn_of(other)
    other.learn_of(relayed)
    loop.until("a pair", lambda: relayed.is_ready() and other.is_ready())
    # Each begins with a digit, a byte as records of DTLS begin with: of a call's credentials nothing passes that no call is made of.
    for number in range(MESSAGES):
        for one, its in ((relayed, other), (other, relayed)):
            loop.until("room to send", lambda one=one, number=number: one.send(f"{number}. message"))
            loop.until("the message", lambda its=its, number=number: len(its.heard) > number)
    told = {"candidates": relayed.candidates(), "pair": relayed.pair, "heard": [relayed.heard, other.heard]}
    for end in (relayed, other):
        end.close()
    loop.until("the end", lambda: relayed.closed and other.closed)
    return told


if __name__ == "__main__":
    print(json.dumps(visit(json.loads(sys.argv[1]))))
