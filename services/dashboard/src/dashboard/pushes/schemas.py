"""What the notifier tells of pushes, as far as pages show it."""

from pydantic import BaseModel

from common.deals import Moment, Opportunity

_REASONS = {
    "quiet": "quiet hours",
    "hourly": "beyond this hour's share",
    "daily": "beyond this day's share",
    "digest": "meant for the digest",
    "snoozed": "snoozed",
}


class Delivery(BaseModel):
    """What became of a push on one channel. `stage`: waiting, sending, held, in-digest, sent, failed, expired, unknown,
    withdrawn or snoozed; until: when what is held comes.
    """

    target: str
    stage: str
    attempts: int = 0
    error: str = ""
    updated: Moment | None = None
    until: Moment | None = None


class Notification(BaseModel):
    """What became of a push; `deliveries` by channel. `opportunity` is there for the kind deal, the only one of an older
    notifier; others have a title.
    """

    id: str
    kind: str = "deal"
    title: str = ""
    state: str
    attempts: int = 0
    error: str = ""
    created: Moment
    sent: Moment | None = None
    opportunity: Opportunity | None = None
    deliveries: list[Delivery] = []
    warning: str = ""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.opportunity.deal.title if self.opportunity else self.title or self.kind

    @property
    def is_withdrawn(self) -> bool:
        """Its deal's price is another now."""
        return bool(self.opportunity and self.opportunity.withdrawn)

    @property
    def held_until(self) -> Moment | None:
        """When it comes, where it is held."""
        return min((each.until for each in self.deliveries if each.stage == "held" and each.until), default=None)

    @property
    def can_be_sent(self) -> bool:
        """Some channel lacks it, it is not under way, and its deal still has this price."""
        if self.is_withdrawn:
            return False
        return self.state != "pending" and (not self.deliveries or any(each.stage != "sent" for each in self.deliveries))


class Channel(BaseModel):
    """Where pushes go, and how that goes: alerts that wait, and those of the last day of which it may lack some."""

    label: str
    problem: str = ""
    failing_since: Moment | None = None
    waiting: int = 0
    unknown: int = 0
    expired: int = 0
    failed: int = 0

    @property
    def is_failing(self) -> bool:
        """It did not take its last push."""
        return bool(self.problem)


class DeadLetter(BaseModel):
    """A stream entry that could not be delivered. `fields`: what it held, but for what can be read."""

    id: str
    reason: str
    entry: str = ""
    buried: Moment | None = None
    opportunity: Opportunity | None = None
    fields: dict[str, str] = {}

    @property
    def name(self) -> str:
        """What it is called."""
        return self.opportunity.deal.title if self.opportunity else "An entry that cannot be read"


class Held(BaseModel):
    """What is held on a channel. why: quiet, hourly, daily, digest or snoozed; expires: when it is worth sending no more."""

    id: str
    title: str
    why: str
    until: Moment
    expires: Moment | None = None

    @property
    def reason(self) -> str:
        """Why, in words."""
        return _REASONS.get(self.why, self.why)


class HeldOn(BaseModel):
    """What a channel's next digests bring. `next`: when the first of them comes; items: of `count`, those that come first."""

    channel: str
    count: int
    next: Moment
    items: list[Held] = []

    @property
    def can_be_sent(self) -> bool:
        """Something of it is not snoozed."""
        return self.count > len(self.items) or any(each.why != "snoozed" for each in self.items)


class HeldList(BaseModel):
    """By channel."""

    items: list[HeldOn]


class HeldSent(BaseModel):
    """How many come now."""

    sent: int


class Replayed(BaseModel):
    """How many dead letters are tried again, and what stood in the way of the others."""

    tried: int
    problems: list[str] = []
    is_all: bool = True


class PushResult(BaseModel):
    """How it went at one address; `target` is its service's name and its place among the addresses."""

    target: str
    sent: bool
    outcome: str = ""
    error: str = ""


class PushTest(BaseModel):
    """How a test push went."""

    sent: bool
    detail: str
    results: list[PushResult] = []

    @property
    def summary(self) -> str:
        """To how many addresses it went out, in a sentence without its stop."""
        good = sum(each.sent for each in self.results)
        return f"The test push went out to {good} of {len(self.results)} addresses" if self.results else self.detail

    @property
    def lines(self) -> tuple[str, ...]:
        """What each address said, where not all of them took it."""
        if self.sent:
            return ()
        return tuple(f"{each.target}: {'sent' if each.sent else each.error or each.outcome or 'not sent'}" for each in self.results)
