"""Fan-outs a second of several HTTP clients to three trivial pricers: `uv run python -m bench.fan_out`.

A fan-out is three POST /price at once and their answers read as prices. All clients do the same work behind the ensemble's own
HttpPeer, in this process, one after the other and in rounds, against one process that plays the three pricers; best of the rounds.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import httpx
import httpx2

from bench.server import trivial_pricers
from common.pricing import EXAMPLE, PriceRequest
from ensemble.peer.aiohttp_transport import open_transport
from ensemble.peer.http_peer import HttpPeer
from ensemble.peer.transport import Reply

REQUEST = [PriceRequest(description=EXAMPLE)]


class HttpxTransport:
    """Either generation of httpx as a transport."""

    def __init__(self, client: httpx.AsyncClient | httpx2.AsyncClient) -> None:
        self.client = client

    async def aclose(self) -> None:
        """Close the connections."""
        await self.client.aclose()

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limit: int) -> Reply:
        """See Transport.send."""
        answer = await self.client.request(method, url, headers=dict(headers), content=body)
        return Reply(answer.status_code, answer.content[:limit])


def _httpx() -> HttpxTransport:
    limits = httpx.Limits(max_connections=128, max_keepalive_connections=128)
    return HttpxTransport(httpx.AsyncClient(limits=limits, trust_env=False))


def _httpx2() -> HttpxTransport:
    limits = httpx2.Limits(max_connections=128, max_keepalive_connections=128)
    return HttpxTransport(httpx2.AsyncClient(limits=limits, trust_env=False))


OPEN_FAILURES = (httpx.HTTPError, httpx2.HTTPError)
CLIENTS: dict[str, Callable[[], Any]] = {"aiohttp": open_transport, "httpx2": _httpx2, "httpx": _httpx}


def main() -> None:
    """Measure and print; the last line is the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--at-once", type=int, default=32, help="fan-outs under way (default: %(default)s)")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    with trivial_pricers(0.0) as urls:
        found = fan_outs(urls, arguments.at_once, arguments.seconds, arguments.rounds)
    print(json.dumps({"bench": "fan_out", "cores": os.cpu_count(), "load_before": round(load, 2), "per_second": found}))


def fan_outs(urls: list[str], at_once: int, seconds: float, rounds: int) -> dict[str, float]:
    """Best fan-outs a second by client."""
    import uvloop

    best = dict.fromkeys(CLIENTS, 0.0)
    for _ in range(rounds):
        for name, open_client in CLIENTS.items():
            try:
                best[name] = max(best[name], uvloop.run(_measure(open_client, urls, at_once, seconds)))
            except OPEN_FAILURES as exc:  # httpx alone does not ask again where a kept connection was just closed
                print(f"{name}: a round is lost: {exc!r}", file=sys.stderr)
    return {name: round(rate, 1) for name, rate in best.items()}


async def _measure(open_client: Callable[[], Any], urls: list[str], at_once: int, seconds: float) -> float:
    async with AsyncExitStack() as resources:
        transport = open_client()
        resources.push_async_callback(transport.aclose)
        peers = [HttpPeer(str(number), url, transport) for number, url in enumerate(urls)]
        end, done = time.perf_counter() + seconds, 0

        async def client() -> None:
            nonlocal done
            while time.perf_counter() < end:
                await asyncio.gather(*(peer.price(REQUEST, 10.0) for peer in peers))
                done += 1

        started = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(at_once)))
        return done / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
