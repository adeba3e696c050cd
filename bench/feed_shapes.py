"""Measures what hostile feeds cost the scanner: python -m bench.feed_shapes [SHAPE ...]; one JSON line last.

For each shape: how long until it is read or refused, and for how long the event loop stood still meanwhile, beside the same loop
with nothing to do, since other work on the machine makes gaps, too. `plain` is an honest feed of five items: what a process costs.
"""

import argparse
import asyncio
import gzip
import json
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime

from scanner.parsing.feed_entry import FeedError
from scanner.parsing.parser_process import ParserProcess

DEADLINE = 10.0  # seconds, as SCANNER_FETCH_TIMEOUT
SIZE = 4_900_000  # bytes
_HEAD, _END = b"<rss version='2.0'><channel><title>Deals</title>", b"</channel></rss>"


def _items(count: int, text: bytes) -> bytes:
    item = b"<item><title>Acme Drill D%d for $60</title><link>https://deals.example/%d</link><description>%s</description></item>"
    return _HEAD + b"".join(item % (n, n, text) for n in range(count)) + _END


def _laughs() -> bytes:
    entities = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 9))
    return b'<!DOCTYPE r [<!ENTITY a0 "ha">%s]>%s<item><title>x &a8;</title></item>%s' % (entities, _HEAD, _END)


SHAPES: dict[str, Callable[[], bytes]] = {
    "plain": lambda: _items(5, b"A sturdy thing."),
    "honest, 5 MB": lambda: _items(2900, b"&lt;p&gt;" + b"A sturdy thing for all. " * 65),
    "price tags, 200 kB": lambda: _HEAD + b"<dealnews:price " * 12_500,
    "500 items of bold tags": lambda: _items(500, b"&lt;b&gt;" * 1_000),
    "brackets": lambda: b"<" * SIZE,
    "brackets in a feed": lambda: _HEAD + b"<" * SIZE,
    "ampersands": lambda: b"&" * SIZE,
    "ampersands in a title": lambda: _HEAD + b"<item><title>" + b"&" * SIZE,
    "unclosed items": lambda: _HEAD + b"<item><title>a<b>" * (SIZE // 17),
    "one long text": lambda: _items(1, b"word &amp; " * (SIZE // 11)),
    "growing entities": _laughs,
    "deep": lambda: _HEAD + b"<item><title>x</title>" + b"<a>" * (SIZE // 7) + b"</a>" * (SIZE // 7) + b"</item>" + _END,
    "attributes": lambda: _HEAD + b"<item " + b'a="1" ' * (SIZE // 6),
    "tiny items": lambda: _items(0, b"").replace(_END, b"<item><title>a</title></item>" * (SIZE // 29) + _END),
    "gzip bomb": lambda: gzip.compress(b"\0" * 200_000_000),
}


class Gaps:
    """Notes for how long the loop did not come back."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        """Until cancelled."""
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.005)
            now = time.perf_counter()
            self.longest, last = max(self.longest, now - last - 0.005), now

    def take(self) -> int:
        """The longest since the last call, in ms."""
        longest, self.longest = self.longest, 0.0
        return round(longest * 1000)


async def measure(name: str, body: bytes, gaps: Gaps) -> dict[str, object]:
    """One shape: what came of it, seconds, processor seconds of its process, gap of the loop in ms."""
    await asyncio.sleep(0.1)  # in which the watch notes how long it took to make the body
    gaps.take()
    used, begun = _children_seconds(), time.perf_counter()
    try:
        parsed = await ParserProcess().parse(body, datetime.now(UTC), DEADLINE)
        outcome = f"{len(parsed.entries)} entries" + (f"; {parsed.warning}" if parsed.warning else "")
    except FeedError as exc:
        outcome = str(exc)
    seconds = time.perf_counter() - begun
    return {
        **{"shape": name, "bytes": len(body), "seconds": round(seconds, 2), "cpu_seconds": round(_children_seconds() - used, 2)},
        **{"gap_ms": gaps.take(), "outcome": outcome[:120]},
    }


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def measure_all(names: list[str]) -> dict[str, object]:
    """All shapes, after five seconds of nothing."""
    gaps = Gaps()
    watching = asyncio.create_task(gaps.watch())
    await asyncio.sleep(5.0)
    idle = gaps.take()
    rows = []
    for name in names:
        rows.append(await measure(name, SHAPES[name](), gaps))
        print(json.dumps(rows[-1]), flush=True)
    watching.cancel()
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return {"shapes": rows, "idle_gap_ms": idle, "largest_process_mb": largest}


def main() -> None:
    """Parse arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=f"of {', '.join(SHAPES)}; default: all")
    names = parser.parse_args().shapes or list(SHAPES)
    if unknown := set(names) - set(SHAPES):
        parser.error(f"no such shape: {', '.join(sorted(unknown))}")
    print(json.dumps(asyncio.run(measure_all(names))))


if __name__ == "__main__":
    main()
