"""What was seen in a soak, in figures, and whether its rules hold, which soak.py tells. Pure."""

import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.load.answers import FINE, NEVER, Outcome
from tests.load.delivered import Account
from tests.load.log_lines import LogCount
from tests.load.restarts import Restart, is_within

LACKING = 0.005  # share of prices between restarts that may lack a pricer which answered too late
ENOUGH = 30  # prices that tell a median
ASKS = {"dashboard": ("scanner", "notifier")}  # whose being away a page tells, and when to come back
SLOWER = 1.5  # the last third's median latency over the first's


@dataclass(frozen=True)
class Run:
    """All that was seen. `problems` of restarts, `flat_faults` of what the processes take, in words; so `unwatched`: whose
    growth cannot be told.
    """

    outcomes: Sequence[Outcome]
    restarts: Sequence[Restart]
    problems: Sequence[str]
    account: Account
    log: LogCount
    flat_faults: Sequence[str]
    unwatched: Sequence[str] = ()


def meanwhile(seen: Run, restart: Restart) -> dict[str, int]:
    """What became of requests in its time."""
    those = [each for each in seen.outcomes if is_within(each.at, each.at + each.seconds, [restart])]
    return dict(Counter(f"{_sort(each)}_{each.kind}" for each in those))


def in_restarts(seen: Run) -> Callable[[Outcome], bool]:
    """Whether an outcome fell into one."""
    return lambda each: is_within(each.at, each.at + each.seconds, seen.restarts)


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Of prices, and how many requests of pages there were; what was not whole, by its kind."""
    prices = [each for each in outcomes if each.what == "/price"]
    answered = sorted(each.seconds for each in prices if each.kind in ("whole", "degraded"))
    cuts = statistics.quantiles(answered, n=100, method="inclusive") if len(answered) > 1 else [0.0] * 99
    others = Counter(f"{_sort(each)}_{each.kind}" for each in outcomes if each.kind != "whole")
    return {
        "prices": len(prices),
        "batches": sum(each.what == "/price/batch" for each in outcomes),
        "pages": sum(not each.what.startswith("/price") for each in outcomes),
        "p50_ms": round(cuts[49] * 1000),
        "p95_ms": round(cuts[94] * 1000),
        "p99_ms": round(cuts[98] * 1000),
        **others,
    }


def _sort(outcome: Outcome) -> str:
    return "price" if outcome.what.startswith("/price") else "page"


def said(outcome: Outcome) -> str:
    """In words, without what differs from one request to the next."""
    return f"{outcome.what} {outcome.kind}: {outcome.why[:80]}"


def is_explained(outcome: Outcome, restarts: Sequence[Restart]) -> bool:
    """Whether what is not whole met somebody who was away: each pricer that it lacks, the service that was asked, or, told when
    to come back, one that this asks in turn.
    """

    def was_away(*names: str) -> bool:
        return is_within(outcome.at, outcome.at + outcome.seconds, restarts, names)

    if outcome.kind == "degraded":
        return all(was_away(name.partition("/")[0]) for name in outcome.why.split(", "))
    asked = "ensemble" if _sort(outcome) == "price" else outcome.what.partition(" ")[0]
    return was_away(asked, *(ASKS.get(asked, ()) if outcome.kind == "busy" else ()))


def verdict(seen: Run) -> dict[str, Any]:
    """Whether all rules hold, what does not, and what was too short to be judged."""
    inside = in_restarts(seen)
    amiss = [each for each in seen.outcomes if each.kind in NEVER or not (each.kind in FINE or is_explained(each, seen.restarts))]
    lacking = sum(each.kind == "degraded" for each in amiss)
    few = lacking <= LACKING * sum(_sort(each) == "price" for each in seen.outcomes)
    outside = Counter(said(each) for each in amiss if not (few and each.kind == "degraded"))
    seconds = [each.seconds for each in seen.outcomes if each.what == "/price" and each.kind == "whole" and not inside(each)]
    third = len(seconds) // 3
    early, late = (statistics.median(part) if third >= ENOUGH else 0.0 for part in (seconds[:third], seconds[-third:]))
    short = [*(f"the memory of {name}" for name in seen.unwatched), *(["the median latency"] if third < ENOUGH else [])]
    faults = [
        *(f"{count} times {what}" for what, count in outside.items()),
        *([f"the median latency went from {early * 1000:.0f} to {late * 1000:.0f} ms"] if late > early * SLOWER else []),
        *seen.account.faults,
        *seen.problems,
        *(f"{each.left} processes of {each.name} outlived it" for each in seen.restarts if each.left),
        *seen.flat_faults,
        *(f"{count} errors: {what}" for what, count in seen.log.errors.items()),
        *([f"{seen.log.tracebacks} tracebacks"] if seen.log.tracebacks else []),
    ]
    told = {"p50_ms": [round(early * 1000, 1), round(late * 1000, 1)], "lacking": lacking}
    return told | {"not_judged": short, "faults": faults, "passed": not faults}
