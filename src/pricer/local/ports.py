"""Ports on loopback that nobody listens on, and that stay so until a program of ours does."""

import random
import socket
from contextlib import ExitStack
from pathlib import Path

_FIRST = 20_000  # browsers refuse some below (10080), and Ray gives its workers those up to 19999
_LEAST = 1_000  # ports that there must be to choose from
_SYSTEMS = Path("/proc/sys/net/ipv4/ip_local_port_range")  # from and to, of what the system gives to connections by itself


def free_port() -> int:
    """One of `free_ports`."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """`count` different ports that nobody listens on, from below those that the system gives to outgoing connections.

    A port from the system's own range, which port 0 yields, may be gone before it is listened on: any program that connects to
    somewhere may get it, and so may whoever keeps asking whether somebody listens on it. Where the system's range leaves
    no room it is used all the same. OSError where too few are free.
    """
    below = range(_FIRST, _first_of_system())
    candidates = random.sample(below, len(below)) if len(below) >= _LEAST else [0] * count
    found: list[int] = []
    with ExitStack() as held:  # until all are found, so that they differ
        for candidate in candidates:
            probe = held.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                probe.close()
                continue
            found.append(int(probe.getsockname()[1]))
            if len(found) == count:
                return found
    raise OSError(f"only {len(found)} of {count} ports are free on 127.0.0.1 from {_FIRST} on")


def _first_of_system() -> int:
    """The first port of the system's range; where it does not say, that of IANA's (RFC 6335, 6)."""
    try:
        return int(_SYSTEMS.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 49_152
