"""A recorder of spans that keeps them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from common.tracing.span import Facts, Kind, record_with


@dataclass(eq=False)
class Recorded:
    """A span as it was recorded."""

    name: str
    kind: Kind
    parent: str | None
    traceparent: str
    facts: dict[str, object] = field(default_factory=dict)
    failed: str = ""
    began: int | None = None
    ended: int | None = None
    is_over: bool = False

    def put(self, facts: Facts) -> None:
        self.facts |= facts

    def rename(self, name: str) -> None:
        self.name = name

    def fail(self, kind: str) -> None:
        self.failed = kind

    def end(self, at: int | None = None) -> None:
        self.ended, self.is_over = at, True


class FakeRecorder:
    """Numbers spans."""

    def __init__(self) -> None:
        self.spans: list[Recorded] = []

    def begin(self, name: str, kind: Kind, parent: str | None, facts: Facts, at: int | None = None) -> Recorded:
        trace = parent.split("-")[1] if parent else f"{len(self.spans) + 1:032x}"
        made = Recorded(name, kind, parent, f"00-{trace}-{len(self.spans) + 1:016x}-01", dict(facts), began=at)
        self.spans.append(made)
        return made


@contextmanager
def recording() -> Iterator[FakeRecorder]:
    """Spans of this process go there meanwhile."""
    made = FakeRecorder()
    record_with(made)
    try:
        yield made
    finally:
        record_with(None)
