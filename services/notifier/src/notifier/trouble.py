"""What is wrong with a channel: that it fails, and which deliveries came to a bad end there. It knows nothing of who is told."""

from dataclasses import dataclass

from notifier.notification import Stage


@dataclass(frozen=True)
class BadEnd:
    """A delivery that came to its end without arriving for sure."""

    notification: str
    stage: Stage
    title: str


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a channel and was told on no other yet. `since`: it fails since then; None: it works, or that was told."""

    channel: str
    label: str
    problem: str
    waiting: int
    since: float | None
    ended: tuple[BadEnd, ...]
