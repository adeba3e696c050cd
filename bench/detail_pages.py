"""Measures what the pages of a scan cost: python -m bench.detail_pages [--pages N] [--hosts N] [--latency S]; JSON last.

Beside a plain loop over the same pages: fetch one, read it with extruct, take the next. A server of this process answers on
127.0.0.1 and the addresses after it, each a host, after the latency; it notes how close requests to one host come, and how many
it had of one at once. `cold` starts the process that reads, `warm` has it.
"""

import argparse
import asyncio
import itertools
import json
import resource
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx2

from scanner.address_guard import GuardedTransport
from scanner.feeds.host_turns import HostTurns
from scanner.pages.page_fetcher import PageFetcher
from scanner.pages.page_process import PageProcess
from scanner.pages.page_reader import PageReader, ScanPages

SIZE = 150_000  # bytes of a page, as shops' pages have
_TOLD = '{{"@type": "Product", "name": "Acme {number}", "offers": {{"price": "{number}.99", "priceCurrency": "USD"}}}}'
_SHELF = "<div class='tile' itemscope itemtype='https://schema.org/Offer'><a href='/x'><span itemprop='name'>Other</span></a></div>"


@dataclass
class Visits:
    """When requests to each host began, and how many were open at once."""

    begun: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    open: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most: int = 0

    def least_gap(self) -> float:
        """Seconds between two requests to one host."""
        return min((later - before for each in self.begun.values() for before, later in itertools.pairwise(each)), default=0)


def page(number: int) -> bytes:
    """A page with a product among much else."""
    head = f"<html><head><script type='application/ld+json'>{_TOLD.format(number=number)}</script></head><body>"
    return (head + _SHELF * ((SIZE - len(head)) // len(_SHELF))).encode() + b"</body></html>"


class Shop:
    """Answers every path after the latency."""

    def __init__(self, latency: float) -> None:
        self.latency, self.visits = latency, Visits()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        host = str(writer.get_extra_info("sockname")[0])
        self.visits.begun[host].append(time.monotonic())
        self.visits.open[host] += 1
        self.visits.most = max(self.visits.most, self.visits.open[host])
        await asyncio.sleep(self.latency)
        body = page(int(head.split(" ")[1].strip("/")))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.visits.open[host] -= 1
        writer.close()


async def ours(urls: Sequence[str], reader: PageReader) -> float:
    """Seconds for all pages."""
    pages, begun = ScanPages(reader), time.monotonic()
    await pages.prepare(urls)
    took = time.monotonic() - begun
    found = [await pages.of(url) for url in urls]
    if any(each is None or each.price is None for each in found):
        raise SystemExit("a page was not read")
    return took


def plainly(urls: Sequence[str]) -> float:
    """Seconds of a plain loop."""
    import extruct

    begun = time.monotonic()
    for url in urls:
        found = extruct.extract(httpx2.get(url, trust_env=False).text, syntaxes=["json-ld", "microdata", "opengraph"])
        if not found["json-ld"]:
            raise SystemExit("a page was not read")
    return time.monotonic() - begun


async def measure(count: int, hosts: int, latency: float) -> dict[str, object]:
    """All of it, the plain loop last."""
    async with AsyncExitStack() as stack:
        shop = Shop(latency)
        names = [f"127.0.0.{number}" for number in range(1, hosts + 1)]
        server = await asyncio.start_server(shop.serve, names[0], 0)
        port = server.sockets[0].getsockname()[1]
        others = [await asyncio.start_server(shop.serve, name, port) for name in names[1:]]
        for each in (server, *others):
            stack.callback(each.close)
        urls = [f"http://{names[number % hosts]}:{port}/{number}" for number in range(count)]
        fetcher, html = PageFetcher(GuardedTransport(frozenset(names)), HostTurns()), PageProcess()
        stack.push_async_callback(html.aclose)
        stack.push_async_callback(fetcher.aclose)
        reader = PageReader(fetcher, html)
        cold = await ours(urls, reader)
        await asyncio.sleep(1.0)
        shop.visits = Visits()  # of the warm run alone: beside a process that starts a request arrives late
        warm = await ours(urls, reader)
        visits, shop.visits = shop.visits, Visits()
        plain = await asyncio.to_thread(plainly, urls)
    kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {
        "pages": count,
        "hosts": hosts,
        "latency_s": latency,
        "cold_s": round(cold, 2),
        "warm_s": round(warm, 2),
        "plain_loop_s": round(plain, 2),
        "times_faster": round(plain / warm, 1),
        "least_gap_s": round(visits.least_gap(), 3),
        "most_at_once_of_a_host": visits.most,
        "reader_mb": kilobytes // 1024,
    }


def main() -> None:
    """Parse arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--hosts", type=int, default=10)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds until the server answers")
    given = parser.parse_args()
    print(json.dumps(asyncio.run(measure(given.pages, given.hosts, given.latency))))


if __name__ == "__main__":
    main()
