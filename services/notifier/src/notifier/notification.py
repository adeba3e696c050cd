"""What a delivery is made of: a notification, a delivery to each channel, its attempts, and what an attempt's answer leads to.

A channel is an address in NOTIFY_URLS, by the hash of its text. Times are Unix seconds. It knows neither SQL nor Apprise.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from common.deals import Opportunity
from common.retry import Backoff
from notifier.times.telling import Kind, Telling, kind_of, title_of

CRASHES = 5  # after so many crashes in the midst of one push it is not sent again: it may be what kills the process


class State(StrEnum):
    """Where a notification stands. `logged`: there was no channel; `unknown`: a channel may or may not have it; `withdrawn`: its
    deal's price had changed before it went out on any channel; `snoozed`: it was over before a snooze was.
    """

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    LOGGED = "logged"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    SNOOZED = "snoozed"


class Stage(StrEnum):
    """Where a delivery, one notification to one channel, stands. The first four are open; `in-digest`: it goes as part of one."""

    WAITING = "waiting"
    SENDING = "sending"
    HELD = "held"
    IN_DIGEST = "in-digest"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    SNOOZED = "snoozed"


OPEN = (Stage.WAITING, Stage.SENDING, Stage.HELD, Stage.IN_DIGEST)
BAD_ENDS = (Stage.UNKNOWN, Stage.EXPIRED, Stage.FAILED)


class Outcome(StrEnum):
    """What became of a push. `not-sent`: the channel is away or busy; `refused`: it does not like this push; `unknown`: silence."""

    SENT = "sent"
    NOT_SENT = "not-sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class OnUnknown(StrEnum):
    """What to do with a push of which nobody knows whether it arrived: send it once more under its id, or leave it to a person.

    `after-crash`: once more only where we ended in its midst, for then it may never have gone out; a peer that took it and fell
    silent most likely has it.
    """

    REPEAT = "repeat"
    AFTER_CRASH = "after-crash"
    ASK = "ask"


@dataclass(frozen=True)
class Sent:
    """The answer to one push to one channel. `wait`: seconds for which the peer asks to be left alone."""

    target: str
    outcome: Outcome
    error: str = ""
    wait: float = 0.0

    @property
    def is_sent(self) -> bool:
        """Whether the peer has it."""
        return self.outcome is Outcome.SENT


@dataclass(frozen=True)
class Delivery:
    """One notification's way to one channel, for showing. `target` is the channel's name.

    why, until: of what is or was held; digest: the id of the one that it came in.
    """

    channel: str
    target: str
    stage: Stage
    attempts: int
    error: str
    updated: float
    why: str | None = None
    until: float | None = None
    digest: str | None = None


class _Telling:
    """What a notification and its attempts have in common."""

    telling: Telling

    @property
    def id(self) -> str:
        """Of what it tells."""
        return self.telling.id

    @property
    def kind(self) -> Kind:
        """What it tells."""
        return kind_of(self.telling)

    @property
    def title(self) -> str:
        """What it is called in a list."""
        return title_of(self.telling)

    @property
    def opportunity(self) -> Opportunity | None:
        """None where it is of another kind."""
        return self.telling if isinstance(self.telling, Opportunity) else None


@dataclass(frozen=True)
class Notification(_Telling):
    """The delivery of one thing, an opportunity mostly, to all channels."""

    seq: int
    telling: Telling
    state: State
    attempts: int
    error: str
    created: float
    updated: float
    sent: float | None = None
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True)
class Attempt(_Telling):
    """A push that is about to go out, and is recorded so. `push_id` is the same in every repeat; `token` is this attempt's own.

    `traceparent`: the trace that it is a part of.
    """

    telling: Telling
    channel: str
    push_id: str
    token: str
    refusals: int = 0
    repeats: int = 0
    crashes: int = 0
    traceparent: str | None = None

    @property
    def is_repeat(self) -> bool:
        """Whether the peer may have it already."""
        return bool(self.repeats or self.crashes)


@dataclass(frozen=True)
class Next:
    """What a delivery becomes after an attempt. `due`: seconds until the next."""

    stage: Stage
    due: float = 0.0
    refusals: int = 0
    repeats: int = 0
    error: str = ""


@dataclass(frozen=True)
class DeliveryPolicy:
    """When a push goes out again.

    `refusals`: after so many of this very push it has failed; between them waits that double from `base` to `cap` seconds.
    `unknown_pause`: seconds before a push that may have arrived is repeated, which happens once. `patience`: seconds for which an
    alert is worth sending. How long a channel that is away rests is its breaker's affair.
    """

    refusals: int = 5
    base: float = 2.0
    cap: float = 300.0
    unknown_pause: float = 300.0
    patience: float = 86_400.0

    def after(self, attempt: Attempt, sent: Sent, on_unknown: OnUnknown) -> Next:
        """What an answer leads to."""
        if sent.outcome is Outcome.SENT:
            return Next(Stage.SENT, refusals=attempt.refusals, repeats=attempt.repeats)
        if sent.outcome is Outcome.UNKNOWN:
            if attempt.repeats or on_unknown is not OnUnknown.REPEAT:
                return Next(Stage.UNKNOWN, 0.0, attempt.refusals, attempt.repeats, sent.error)
            return Next(Stage.WAITING, self.unknown_pause, attempt.refusals, 1, sent.error)
        refusals = attempt.refusals + (sent.outcome is Outcome.REFUSED)
        if refusals >= self.refusals:
            return Next(Stage.FAILED, 0.0, refusals, attempt.repeats, sent.error)
        due = self.wait(refusals) if sent.outcome is Outcome.REFUSED else 0.0
        return Next(Stage.WAITING, due, refusals, attempt.repeats, sent.error)

    @property
    def longest_pause(self) -> float:
        """Seconds for which an attempt puts the next one off at most."""
        return max(self.cap, self.unknown_pause)

    def wait(self, failures: int) -> float:
        """Seconds after so many failures in a row; half of them random."""
        return Backoff(self.base / 2, self.cap / 2, jitter=1.0).pause(failures)

    def expires(self, opportunity: Opportunity, received: float) -> float:
        """When an alert is no longer worth sending. A time of finding that is ahead of our clock is not believed."""
        stale = min(opportunity.created.timestamp(), received) + self.patience
        return min(stale, opportunity.deal.expires.timestamp()) if opportunity.deal.expires else stale


@dataclass(frozen=True)
class Lease:
    """The right to serve a channel. `rests`: seconds for which its peer asked to be left alone, and are not over."""

    channel: str
    owner: str
    generation: int
    rests: float = 0.0


class LeaseLostError(Exception):
    """Another instance serves the channel now."""


def state_of(stages: Collection[Stage]) -> State:
    """A notification's state from its deliveries': the worst, once none is open; withdrawn where that is all that became of it."""
    if not stages:
        return State.LOGGED
    if not set(OPEN).isdisjoint(stages):
        return State.PENDING
    by_weight = (Stage.FAILED, Stage.UNKNOWN, Stage.EXPIRED, Stage.SENT, Stage.SNOOZED, Stage.WITHDRAWN)
    return State(next(stage for stage in by_weight if stage in stages).value)
