"""What is held, for showing."""

from dataclasses import dataclass

from notifier.times.holding import Why


@dataclass(frozen=True)
class Held:
    """A delivery that is held. until, expires: Unix seconds."""

    id: str
    title: str
    why: Why
    until: float
    expires: float


@dataclass(frozen=True)
class HeldOn:
    """A channel's. next: when the first of them come, in Unix seconds; items: of `count`, those that come first."""

    channel: str
    label: str
    count: int
    next: float
    items: tuple[Held, ...]
