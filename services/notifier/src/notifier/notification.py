"""What a delivery is made of: its states, what one address answered, and when to try again."""

from dataclasses import dataclass
from enum import StrEnum

from common.deals import Opportunity
from common.retry import Backoff

_LONGEST = 3600.0  # seconds of waits after which nothing more is tried: a peer may ask for peace for ever


class State(StrEnum):
    """Where a notification stands. `logged`: there was no address to send it to."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    LOGGED = "logged"


@dataclass(frozen=True)
class Sent:
    """What became of one push to one address. `wait`: seconds the peer asked for; `is_tried`: it counts as an attempt."""

    target: str
    is_sent: bool
    error: str = ""
    wait: float = 0.0
    is_tried: bool = True


@dataclass(frozen=True)
class Notification:
    """One opportunity's delivery. `delivered` holds the keys of addresses that have it; times are Unix seconds."""

    seq: int
    opportunity: Opportunity
    state: State
    attempts: int
    error: str
    delivered: frozenset[str]
    created: float
    updated: float
    sent: float | None = None

    @property
    def id(self) -> str:
        """The opportunity's."""
        return self.opportunity.id


@dataclass(frozen=True)
class RetryPolicy:
    """`attempts` in all, waits doubling from `base` to `cap` seconds, half of each random."""

    attempts: int = 5
    base: float = 2.0
    cap: float = 60.0

    def is_over(self, attempts: int, waited: float) -> bool:
        """Whether to give up after so many attempts and seconds of waits."""
        return attempts >= self.attempts or waited > _LONGEST

    def wait(self, attempt: int) -> float:
        """Seconds after attempt number `attempt`."""
        return Backoff(self.base / 2, self.cap / 2, jitter=1.0).pause(attempt)
