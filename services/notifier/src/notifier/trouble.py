"""How a channel is: whether it fails, what waits for it, which deliveries came to a bad end there. It knows not who is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from notifier.notification import Stage


@dataclass(frozen=True)
class Channel:
    """A channel for showing. `problem` is empty where the last push went out; `waiting` counts what it is still to get.

    `ended`: how many deliveries came to each bad end of late; held: how many wait for their time.
    """

    key: str
    label: str
    problem: str
    failing_since: float | None
    waiting: int
    ended: Mapping[Stage, int]
    held: int = 0


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
