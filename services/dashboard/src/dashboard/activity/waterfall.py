"""A scan's steps as bars below each other on one axis of time. Pure: knows neither HTML nor where steps come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.activity.schemas import Item, Sent, Step, Trace

NARROWEST = 0.4  # percent: less could not be seen
# In the order in which a deal meets them, with what a person calls them.
STEPS = {
    "wait": "Waits for its turn",
    "fetch": "Fetch",
    "parse": "Parse",
    "pages": "Read pages",
    "take in": "Find what is new",
    "judge": "Judge",
    "price": "Price",
    "decide": "Decide",
    "store": "Store",
    "choose": "Choose alerts",
    "outbox": "Outbox",
    "push": "Push",
}


@dataclass(frozen=True)
class Bar:
    """A step. `start` and `end` in seconds; `left` and `width` in percent of the axis; `is_cut`: it goes on beyond that."""

    kind: str
    label: str
    of: str
    start: float
    end: float
    left: float
    width: float
    problem: str
    facts: str
    is_cut: bool

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.start


@dataclass(frozen=True)
class Waterfall:
    """`phases`: each kind of step from its first begin to its last end; `bars`: every single one. `length`: of the axis."""

    phases: list[Bar]
    bars: list[Bar]
    length: float


def waterfall_of(trace: Trace, sent: Sequence[Sent]) -> Waterfall:
    """The bars of a scan; `sent`: notifications, of which those of its items are picked."""
    steps = [*trace.spans, *_after(trace, {each.id: each for each in sent})]
    within = max((each.end for each in trace.spans), default=0.0)
    length = max(min(max((each.end for each in steps), default=0.0), within * 1.5 + 1.0), 0.001)
    bars = [_bar(each, length) for each in steps]
    return Waterfall([_bar(each, length) for each in _phases(steps)], bars, length)


def _after(trace: Trace, sent: dict[str, Sent]) -> list[Step]:
    """What happened to alerts after the scan had stored them."""
    steps = []
    for item in trace.items:
        if item.queued is None:
            continue
        queued, handed = _since(trace.begun, item.queued), _handed(trace, item)
        steps.append(Step(step="outbox", of=item.title, start=queued, end=max(handed or queued, queued)))
        pushed = sent.get(item.opportunity or "")
        if handed is not None and pushed and pushed.sent:
            steps.append(Step(step="push", of=item.title, start=handed, end=max(_since(trace.begun, pushed.sent), handed)))
    return steps


def _handed(trace: Trace, item: Item) -> float | None:
    moment = item.published or item.stored
    return None if moment is None else _since(trace.begun, moment)


def _since(begun: datetime, moment: datetime) -> float:
    return max((moment - begun).total_seconds(), 0.0)


def _phases(steps: Sequence[Step]) -> list[Step]:
    found = []
    for kind in STEPS:
        of_kind = [each for each in steps if each.step == kind]
        if of_kind:
            failed = sum(bool(each.problem) for each in of_kind)
            problem = f"{failed} failed" if failed else ""
            begin, end = min(each.start for each in of_kind), max(each.end for each in of_kind)
            found.append(Step(step=kind, start=begin, end=end, problem=problem, facts=_sums(of_kind)))
    return found


def _sums(steps: Sequence[Step]) -> dict[str, float]:
    sums: dict[str, float] = {"steps": len(steps)} if len(steps) > 1 else {}
    for each in steps:
        for name, value in each.facts.items():
            if name != "status":
                sums[name] = sums.get(name, 0.0) + value
    return sums


def _bar(step: Step, length: float) -> Bar:
    start, end = min(step.start, length), min(max(step.end, step.start), length)
    left = min(start / length * 100, 100 - NARROWEST)
    width = max((end - start) / length * 100, NARROWEST)
    words = ", ".join(f"{value:,.0f} {name}" for name, value in step.facts.items())
    label = STEPS.get(step.step, step.step)
    return Bar(
        step.step, label, step.of, step.start, step.end, round(left, 2), round(width, 2), step.problem, words, step.end > length
    )
