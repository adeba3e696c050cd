"""An hour of everything, while each service and Redis is restarted in turn: `uv run python -m tests.load.soak --minutes 60`.

The system as `make run` runs it. Prices are asked for at a constant rate (open loop), a share of the capacity; feeds change every
second, and a hostile one is among them; scans run on their schedule, a phone takes pushes, and for a minute of ten none; a
reader opens pages. Each service is ended twice: by SIGTERM in the first half, by SIGKILL in the second. Of each minute a line; the
last line is one JSON object.

Passed, if all of this holds:
- prices and pages: no answer is wrong, hangs (20 s), or is a failure that does not say when to come back, at any time; what is
  not whole met a service that was away, from its signal until it is ready and 15 s more: the pricer that a price lacks, who was
  asked, or whom the dashboard asked; 5 prices of 1,000 may lack a pricer besides, since one that is late is left out;
- the median latency of prices in the last third is at most 1.5 times that in the first, times of restarts left out;
- each alert came once or was withdrawn; at most as many are repeated, or told as unknown, as the notifier was killed; each deal
  that was shown for two scans is known and judged;
- each process is back by itself, and nothing that it started outlives it;
- the memory of a process grows from its eleventh minute on, where it is watched for a quarter of an hour then, by at most 10 % or
  15 MB an hour, and a later process takes at most so much more than an earlier one at the same age; descriptors and threads grow by
  at most 8;
- the logs tell no error and no traceback.

What a short run cannot judge is told as `not_judged`. One text in ten is one of a few that everybody asks for, which the ensemble
remembers; any other comes again after 12 minutes, which it does not.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from bench.descriptions import descriptions, unasked
from bench.load import load, tell
from bench.texts import write
from ensemble.settings import Settings
from tests.faults.receiver import Receiver
from tests.load.answers import FINE
from tests.load.clients import Clients
from tests.load.deal_feeds import DealFeeds
from tests.load.delivered import BOARD, account, settle
from tests.load.footprint import Footprint, faults_of, summary, unwatched
from tests.load.log_lines import LogCount
from tests.load.restarts import Restarter, plan
from tests.load.running import Running, running
from tests.load.soak_rules import Run, figures, in_restarts, meanwhile, said, verdict

TEXTS = 3_000
APART = 2.5 * Settings.model_fields["cache_ttl"].default  # seconds until a text is asked again: the ensemble has forgotten it
SAMPLES = 10.0  # seconds between two looks at the processes
SETTLES = 240.0  # seconds at the end for what is under way
SCANS = 12.0  # seconds between two readings of a feed
PHONE_EVERY = 600.0  # seconds, of which it takes nothing for a tenth


def main() -> None:
    """Start the system, use it, end it, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (default: %(default)s)")
    parser.add_argument("--share", type=float, default=0.3, help="of the capacity for prices (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=0.0, help="texts a second instead of a share")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two new deals (default: %(default)s)")
    parser.add_argument("--slice", type=float, default=60.0, help="seconds of each line (default: %(default)s)")
    parser.add_argument("--keep", type=Path, help="folder for log and data (default: one that is removed)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        found = soak(folder, arguments)
    sys.stdout.write(f"{json.dumps(found)}\n")
    if not found["passed"]:
        raise SystemExit(1)


def soak(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """What came of it."""
    feeds, phone = DealFeeds(arguments.every), Receiver()
    settings = {
        "FEEDS": ",".join(feeds.urls),
        "SCANNER_ALLOW_HOSTS": feeds.host,
        "SCANNER_INTERVAL": f"{SCANS:g}",
        "SCANNER_MAX_ALERTS": "1000",  # each by itself, none in a digest: those come at fixed times of the day
        "SCANNER_RATES_URL": "off",
        "NOTIFIER_MAX_DAILY": "none",
        "NOTIFY_URLS": phone.url,
        "DASHBOARD_URL": BOARD,
        "LOG_FORMAT": "json",
    }
    try:
        with running(folder, **settings) as system:
            return Soak(system, feeds, phone, arguments).run()
    finally:
        feeds.close()
        phone.close()


class Soak:
    """One run."""

    def __init__(self, system: Running, feeds: DealFeeds, phone: Receiver, arguments: argparse.Namespace) -> None:
        self.system, self.feeds, self.phone, self.arguments = system, feeds, phone, arguments
        self.texts = list(dict.fromkeys(descriptions(TEXTS)))
        random.Random(9).shuffle(self.texts)  # long and short ones from the first minute on
        self.capacity = 0.0 if arguments.rate else self._capacity()
        self.rate = arguments.rate or arguments.share * self.capacity
        asked = [unasked(self.texts, number) for number in range(round(self.rate * APART))]
        self.clients = Clients(system.urls, asked, self.rate)
        self.restarter, self.footprint = Restarter(system), Footprint(system)
        self.lines: list[dict[str, Any]] = []

    def _capacity(self) -> float:
        """Texts a second that the front door answers in a closed loop."""
        front_door = self.system.urls["ensemble"]
        warming, measured = (
            write(self.system.folder, name, [f"{text} {name}." for text in self.texts]) for name in ("Warm", "Measured")
        )
        load(front_door, warming, clients=8, seconds=10)
        return float(tell("capacity", load(front_door, measured, clients=8, seconds=20))["per_second"])

    def run(self) -> dict[str, Any]:
        """Use, restart, watch; then wait until all has come to an end, and judge."""
        asyncio.run(self._use(self.arguments.minutes * 60))
        self.feeds.stop()
        var = self.system.folder / "var"
        kills = sum(each.name == "notifier" and each.how == "SIGKILL" for each in self.restarter.done)
        shown = self.feeds.stream.read_by(self.feeds.now, 2 * SCANS + 30.0)
        stored = settle(var, SETTLES)
        accounted = account(stored, self.phone.taken, shown, kills)
        with self.system.log.open(encoding="utf-8", errors="replace") as lines:
            log = LogCount.of(lines)
        flat, short = faults_of(self.footprint.samples), unwatched(self.footprint.samples)
        seen = Run(self.clients.outcomes, self.restarter.done, self.restarter.problems, accounted, log, flat, short)
        return self._told(seen, dict(stored.scans))

    async def _use(self, seconds: float) -> None:
        stopped, begun = asyncio.Event(), time.monotonic()
        users = asyncio.create_task(self.clients.run(stopped))
        phone = asyncio.create_task(self._phone(seconds))
        restarts = asyncio.create_task(self.restarter.run(plan(seconds)))
        try:
            while time.monotonic() < begun + seconds:
                await self._slice(min(self.arguments.slice, begun + seconds - time.monotonic()))
            await restarts
        finally:
            stopped.set()
            restarts.cancel()
            phone.cancel()
            self.phone.manner = "ok"
            await users

    async def _phone(self, seconds: float) -> None:
        """It takes nothing for a while, so that alerts wait, and some are withdrawn meanwhile."""
        pause = min(PHONE_EVERY, seconds / 2)
        while True:
            for manner, share in (("ok", 0.5), ("500", 0.1), ("ok", 0.4)):
                self.phone.manner = manner
                await asyncio.sleep(pause * share)

    async def _slice(self, seconds: float) -> None:
        begun, taken, until = time.monotonic(), len(self.phone.taken), time.monotonic() + seconds
        first, computed = len(self.clients.outcomes), self.footprint.cpu()
        psutil.cpu_percent()  # counts from here on
        while time.monotonic() < until:
            await asyncio.to_thread(self.footprint.take, time.time())
            await asyncio.sleep(max(0.0, min(SAMPLES, until - time.monotonic())))
        latest = await asyncio.to_thread(self.footprint.take, time.time())
        stores = await asyncio.to_thread(self.footprint.stores)
        line = figures(self.clients.outcomes[first:]) | {
            "restarted": [f"{each.name} {each.how} {each.ready:g} s" for each in self.restarter.done if each.at >= begun],
            "pushes": len(self.phone.taken) - taken,
            "memory_mb": {name: each.memory for name, each in latest.items()},
            "files": {name: each.files for name, each in latest.items()},
            "threads": {name: each.threads for name, each in latest.items()},
            "written_mb": self.footprint.written(),
            "own_cores": round((self.footprint.cpu() - computed) / seconds, 2),
            "busy_cores": round(psutil.cpu_percent() / 100 * (os.cpu_count() or 1), 2),
            **stores,
        }
        self.lines.append(tell(f"minute {len(self.lines) + 1}", line))

    def _told(self, seen: Run, scans: dict[str, int]) -> dict[str, Any]:
        times = in_restarts(seen)
        return {
            "load": "soak",
            "cores": os.cpu_count(),
            "minutes": self.arguments.minutes,
            "capacity": self.capacity,
            "rate": round(self.rate, 2),
            "open_pages_heard": self.clients.heard,
            "feed_reads": self.feeds.reads,
            "scans": scans,
            "requests": dict(Counter(each.kind for each in seen.outcomes)),
            "not_whole": dict(Counter(said(each) for each in seen.outcomes if each.kind not in FINE)),
            "whole_time": figures(seen.outcomes),
            "in_restarts": figures([each for each in seen.outcomes if times(each)]),
            "between_restarts": figures([each for each in seen.outcomes if not times(each)]),
            "prices_differ_by_at_most": round(self.clients.known.widest, 4),
            "restarts": [asdict(each) | {"meanwhile": meanwhile(seen, each)} for each in seen.restarts],
            "account": asdict(seen.account),
            "processes": summary(self.footprint.samples),
            "warnings": dict(seen.log.warnings.most_common(40)),
            "errors": dict(seen.log.errors),
            "examples": seen.log.examples,
            "slices": self.lines,
            **verdict(seen),
        }


if __name__ == "__main__":
    main()
