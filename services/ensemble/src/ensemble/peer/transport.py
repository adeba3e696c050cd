"""How a pricer's HTTP API is reached: the port. aiohttp_transport.py is what production plugs in. Knows no prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `retry_after` in seconds, None where the header is missing or says something else."""

    status: int
    body: bytes
    retry_after: float | None = None


class Transport(Protocol):
    """Sends one request. Knows no deadline: whoever calls cancels."""

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limit: int) -> Reply:
        """The whole answer; PeerError when there is none, or past `limit` bytes."""
        ...
