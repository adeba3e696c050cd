"""What the front door costs: `uv run python -m bench.front_door`.

Asks the shared application in process, over ASGI and without sockets, and counts this process's CPU time, which neighbours of a
busy machine disturb least: microseconds a POST /price with an instant pricer, best of --repeats, without keys, with keys, with
a quota in memory, and with one in Redis where --redis or REDIS_URL names one. Then lines a second of POST /price/stream against
items a second of /price/batch. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from fastapi import FastAPI

from common.pricing import EXAMPLE, PricedItem, PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer
from common.pricing_api.pricer_app import build_pricer_app
from common.settings import HttpSettings

KEY = b"a key that is long enough"


class InstantPricer:
    """Always the same."""

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        """One result for each request."""
        return [PriceResponse(price=20, low=15, high=30, model="instant@1") for _ in requests]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2000, help="of each repeat (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=7, help="of which the best counts (default: %(default)s)")
    parser.add_argument(
        "--redis", default=os.environ.get("REDIS_URL", ""), help="for the shared quota (default: $REDIS_URL, else left out)"
    )
    parser.add_argument("--lines", type=int, default=20_000, help="of the stream (default: %(default)s)")
    parser.add_argument("--open-only", action="store_true", help="measure POST /price without keys alone")
    arguments = parser.parse_args()
    if arguments.redis and not arguments.open_only:
        _require_redis(arguments.redis)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("error"))
    keys, quota = {"api_keys": KEY.decode()}, {"api_rate_limit": "100000000/60", "peer_api_key": "another"}
    cases: dict[str, dict[str, str]] = {"open": {}, "keys": keys, "quota": keys | quota}
    if arguments.redis:
        cases["quota in Redis"] = keys | quota | {"redis_url": arguments.redis}
    if arguments.open_only:
        cases = {"open": {}}
    costs = {name: asyncio.run(_cost(settings, arguments)) for name, settings in cases.items()}
    result: dict[str, Any] = {"bench": "front_door", "cpu_us_per_request": costs, "load_average": round(os.getloadavg()[0], 2)}
    if not arguments.open_only:
        result["per_cpu_second"] = asyncio.run(_many(arguments))
    print(json.dumps(result))


def _require_redis(url: str) -> None:
    """SystemExit where none answers: the quota would be kept in memory instead, and its figure be that of another case."""
    from redis import Redis, RedisError

    try:
        Redis.from_url(url, socket_connect_timeout=2).ping()
    except (RedisError, ValueError) as exc:
        raise SystemExit("No Redis answers at the URL of --redis or REDIS_URL: start one, or leave both out.") from exc


async def _cost(settings: dict[str, str], arguments: argparse.Namespace) -> float:
    body = json.dumps({"description": EXAMPLE}).encode()
    async with _Running(settings) as ask:
        times: list[float] = []
        for _ in range(arguments.repeats):
            started = time.process_time()
            for _ in range(arguments.requests):
                await ask("/price", b"application/json", body)
            times.append((time.process_time() - started) / arguments.requests)
    return round(min(times) * 1e6, 1)


async def _many(arguments: argparse.Namespace) -> dict[str, int]:
    item = {"description": EXAMPLE}
    lines = (json.dumps(item) + "\n").encode() * arguments.lines
    batch = json.dumps({"items": [item] * 1000}).encode()
    async with _Running({}) as ask:
        started = time.process_time()
        await ask("/price/stream", b"application/x-ndjson", lines)
        streamed = time.process_time()
        for _ in range(arguments.lines // 1000):
            await ask("/price/batch", b"application/json", batch)
        ended = time.process_time()
    items = arguments.lines // 1000 * 1000
    return {"stream": round(arguments.lines / (streamed - started)), "batch": round(items / (ended - streamed))}


class _Running:
    """An application over the instant pricer; entering gives a way to ask it, which fails where the answer is not 200."""

    def __init__(self, settings: dict[str, str]) -> None:
        async def load(_: FastAPI) -> Pricer:
            return InstantPricer()

        self.app = build_pricer_app("bench", load, HttpSettings.model_validate(settings))

    async def __aenter__(self) -> Callable[[str, bytes, bytes], Awaitable[None]]:
        self.lifespan = self.app.router.lifespan_context(self.app)
        await self.lifespan.__aenter__()
        await asyncio.sleep(0.1)  # loaded
        return self.ask

    async def __aexit__(self, *error: object) -> None:
        await self.lifespan.__aexit__(None, None, None)

    async def ask(self, path: str, media: bytes, body: bytes) -> None:
        """POST `body`, in pieces as a socket gives them."""
        pieces = [body[at : at + 65_536] for at in range(0, len(body), 65_536)]
        statuses: list[int] = []
        left = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if pieces:
                return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        told = [(b"content-type", media), (b"content-length", str(len(body)).encode()), (b"x-api-key", KEY)]
        headers = [(b"host", b"localhost"), *told]
        scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers, "http_version": "1.1"}
        await self.app(scope | {"asgi": {"version": "3.0"}, "scheme": "http"}, receive, send)
        if statuses != [200]:
            raise SystemExit(f"{path} answered {statuses}")


if __name__ == "__main__":
    main()
