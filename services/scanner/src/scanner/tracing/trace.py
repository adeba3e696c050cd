"""When each step of a scan began and ended, as a few numbers that are kept with it, and told to a collector where there is one.

Knows neither the steps nor a store.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from common.tracing import span as recorded

MOST_SPANS = 600  # of one scan: 200 feeds with three steps each
_LONGEST = 80  # characters of a name

Number: TypeAlias = int | float


@dataclass
class Span:
    """A step, in seconds since the scan began. `of`: the feed or pricer; `facts`: counts; `problem`: why it failed."""

    step: str
    start: float
    end: float
    of: str = ""
    problem: str = ""
    facts: dict[str, Number] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Without what is empty."""
        told = {"step": self.step, "start": round(self.start, 4), "end": round(self.end, 4)}
        more = {"of": self.of[:_LONGEST], "problem": self.problem[:200], "facts": self.facts}
        return told | {name: value for name, value in more.items() if value}


class Trace:
    """Spans of one scan. `clock` is monotonic."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock, self._begun = clock, clock()
        self.spans: list[Span] = []
        self.left_out = 0

    @property
    def now(self) -> float:
        """Seconds since the scan began."""
        return self._clock() - self._begun

    def add(self, span: Span) -> None:
        """Keep a step that is over."""
        if len(self.spans) < MOST_SPANS:
            self.spans.append(span)
        else:
            self.left_out += 1

    @contextmanager
    def step(self, name: str, of: str = "", **facts: Number) -> Iterator[Span]:
        """A step for as long as this lasts; its facts may grow meanwhile. It is kept also where it fails."""
        span = Span(name, self.now, 0.0, of, facts=facts)
        with recorded.span(name) as recording:
            try:
                yield span
            except Exception as exc:
                span.problem = f"{type(exc).__name__}: {exc}"
                raise
            finally:
                span.end = self.now
                self.add(span)
                recording.put(span.facts)

    def record(self, span: Span, facts: recorded.Facts) -> None:
        """Keep a step that is over, and tell a collector of it with `facts` in the place of its words, which are strangers'."""
        self.add(span)
        now = self.now
        recorded.note(span.step, now - span.start, now - span.end, {**facts, **span.facts}, "failed" if span.problem else "")

    def as_json(self) -> dict[str, Any]:
        """In the order in which the steps began."""
        spans = [span.as_json() for span in sorted(self.spans, key=lambda each: each.start)]
        return {"spans": spans, "left_out": self.left_out}
