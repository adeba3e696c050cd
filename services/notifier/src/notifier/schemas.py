"""What the notifier's routes answer. Addresses never appear: a target is a channel's name."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, field_validator

from common.deals import STREAM_FIELD, WITHDRAWN_FIELD, Notice, Opportunity
from notifier.entry_handler import MalformedError, parse_entry
from notifier.notification import Outcome, Sent, Stage, State
from notifier.stream_data import DeadLetter
from notifier.times.holding import Why
from notifier.times.telling import Digest, Kind, Summary

_SHOWN = 2000  # characters of a malformed field


class DeliveryOut(BaseModel):
    """A Delivery for showing: `target` is the channel's name."""

    model_config = ConfigDict(from_attributes=True)

    target: str
    stage: Stage
    attempts: int
    error: str
    updated: datetime
    why: Why | None
    until: datetime | None
    digest: str | None


class NotificationOut(BaseModel):
    """A Notification for showing; `sent` is null until every channel has it, `opportunity` where it is of another kind than deal.

    telling: the notice, the digest with the ids of its members, or the summary; null for a deal. `warning`: what is to be known of
    how its channels were chosen.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: Kind
    title: str
    state: State
    attempts: int
    error: str
    created: datetime
    updated: datetime
    sent: datetime | None
    opportunity: Opportunity | None
    deliveries: list[DeliveryOut]
    warning: str = ""
    telling: Notice | Digest | Summary | None

    @field_validator("telling", mode="before")
    @classmethod
    def _is_no_deal(cls, telling: object) -> object:
        return None if isinstance(telling, Opportunity) else telling


class NotificationPage(BaseModel):
    """Newest first; `next` is the cursor of the next page, or null."""

    items: list[NotificationOut]
    next: str | None


class TargetResult(BaseModel):
    """What became of a test push at one address. `outcome` tells a push that did not go out from one of which nothing was heard."""

    target: str
    sent: bool
    outcome: Outcome
    error: str


class TestResult(BaseModel):
    """`sent`: every address took it; `detail` says it in a sentence."""

    sent: bool
    detail: str
    results: list[TargetResult]


class DeadOut(BaseModel):
    """A buried entry. `opportunity` where it can be read, else null; `fields` is what the entry held, cut for showing."""

    id: str
    reason: str
    entry: str
    buried: datetime
    opportunity: Opportunity | None
    fields: dict[str, str]


class DeadPage(BaseModel):
    """Newest first; `next` is the cursor of the next page, or null."""

    items: list[DeadOut]
    next: str | None


class Replayed(BaseModel):
    """The id of the entry that was put back into the stream."""

    entry: str


def test_result(sent: Sequence[Sent]) -> TestResult:
    """A sentence and a line for each address."""
    results = [TargetResult(target=each.target, sent=each.is_sent, outcome=each.outcome, error=each.error) for each in sent]
    good = sum(each.sent for each in results)
    if not results:
        detail = (
            "there is no channel, and NOTIFY_URLS is not set: opportunities are logged and shown on the dashboard, and sent nowhere"
        )
    else:
        wrong = [f"{each.target}: {each.error or each.outcome}" for each in results if not each.sent]
        detail = "; ".join([f"the test push went out to {good} of {len(results)} addresses", *wrong])
    return TestResult(sent=bool(results) and good == len(results), detail=detail, results=results)


def dead_out(letter: DeadLetter) -> DeadOut:
    """For showing."""
    try:
        opportunity: Opportunity | None = parse_entry(letter.fields)
    except MalformedError:
        opportunity = None
    hidden = (STREAM_FIELD, WITHDRAWN_FIELD) if opportunity else ()
    shown = {_text(name): _text(value) for name, value in letter.fields.items() if _text(name) not in hidden}
    buried = _moment(min(int(letter.id.partition("-")[0]) / 1000, 4e9))
    return DeadOut(id=letter.id, reason=letter.reason, entry=letter.entry, buried=buried, opportunity=opportunity, fields=shown)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _text(raw: bytes) -> str:
    return raw[:_SHOWN].decode(errors="backslashreplace")
