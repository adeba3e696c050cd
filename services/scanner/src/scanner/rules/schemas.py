"""What the rules' routes take and give."""

import unicodedata
from datetime import datetime
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator
from pydantic.config import JsonDict

from common.alerts.conditions import Conditions
from common.deals import Priority
from common.http.plain_json import NO_NUMBER
from scanner.rules.edits import MOST_RULES
from scanner.rules.rule import Mode, Rule

MOST_CHANNELS = 20
MOST_DAYS = 90  # of a dry run
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control characters, halves of a character, ends of lines and paragraphs
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # what makes text run the other way
_EXAMPLE: JsonDict = {
    "name": "OLED televisions",
    "when": {"include": ["oled"], "max_price": 900, "least_saving": 100, "least_chance": 0.8},
    "channels": [],
    "priority": "high",
}


def _legible(text: str) -> str:
    """A name as it may stand in a push and a log line. ValueError for another."""
    if any(unicodedata.category(each) in _UNSEEN or each in _TURNING for each in text):
        raise ValueError("must not hold control characters")
    if not any(each.isalnum() or unicodedata.category(each)[0] == "S" for each in text):
        raise ValueError("needs a letter, a digit or a sign")
    return text


Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_legible)]
Channel: TypeAlias = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_legible)]
RuleId: TypeAlias = Annotated[int, Field(ge=1, lt=2**31)]
Days: TypeAlias = Annotated[int, Field(ge=1, le=MOST_DAYS)]


class RuleRequest(BaseModel):
    """A whole rule. `when`: all that is named there must hold, and nothing means every deal; `channels`: none means all of them."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    when: Conditions = Conditions()
    channels: Annotated[tuple[Channel, ...], Field(max_length=MOST_CHANNELS)] = ()
    priority: Priority = "normal"
    enabled: Annotated[bool, NO_NUMBER] = True

    @field_validator("channels")
    @classmethod
    def _once_each(cls, channels: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(channels))

    @property
    def rule(self) -> Rule:
        """The same as one that is not stored yet."""
        return Rule(0, self.name, self.when, self.channels, self.priority, self.enabled)


class DraftRule(RuleRequest):
    """A rule that may have no name yet."""

    name: Name = "this rule"


class RulePatch(BaseModel):
    """Parts of a rule; of `when`, too, what is left out stays as it is, and null asks for nothing any more."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": False}]})

    name: Any = None
    when: dict[str, Any] = {}
    channels: Any = None
    priority: Any = None
    enabled: Any = None

    def applied(self, rule: Rule) -> dict[str, Any]:
        """The whole rule with these parts, as RuleRequest takes it."""
        whole = facts_of(rule)
        when = {**whole["when"], **self.when}
        parts = {name: getattr(self, name) for name in self.model_fields_set if name != "when"}
        return {**whole, **parts, "when": {name: value for name, value in when.items() if value is not None}}


class RuleView(BaseModel):
    """A rule as it is kept. `origin`: environment as long as it follows the environment, else person.

    `etag` stands in the header ETag as well: as If-Match it lets a change reach this very rule alone.
    """

    id: int
    name: str
    when: dict[str, Any]
    channels: list[str]
    priority: Priority
    enabled: bool
    origin: str
    etag: str


class RuleItems(BaseModel):
    """All rules in their order. `mode`: of those that match the first counts, or all of them."""

    items: list[RuleView]
    mode: Mode
    next: None = None


class OrderRequest(BaseModel):
    """Ids of all rules, the first to be looked at first."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"ids": [2, 1]}]})

    ids: Annotated[list[RuleId], Field(max_length=MOST_RULES)]


class ModeRequest(BaseModel):
    """Whether the first rule that matches counts, or all of them."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"mode": "all"}]})

    mode: Mode


class DryRunRequest(BaseModel):
    """A rule to be tried on the deals of the last days."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"rule": _EXAMPLE, "days": 30}]})

    rule: DraftRule
    days: Days = 30


class PastPush(BaseModel):
    """A deal that a rule would have sent, and when. Money in USD; `digest`: together with others; `opportunity`: the id it has."""

    when: datetime
    title: str
    price: float
    worth: float
    saving: float
    chance: float
    condition: str
    retailer: str
    feed: str
    url: str
    digest: bool
    deal: int
    opportunity: str


class Missed(BaseModel):
    """A reason, and how many deals it kept from being sent."""

    reason: str
    count: int


class DryRunView(BaseModel):
    """What a rule would have sent in the last `days`.

    `since`: when the first deal was judged that was looked at; `judged`: how many were; `pushes`: by themselves, `in_digest`:
    together; `items`: the latest of both, newest first; `complete`: false where it sends so much that the rest was left out.
    """

    days: int
    since: datetime | None
    judged: int
    pushes: int
    in_digest: int
    complete: bool
    sentence: str
    items: list[PastPush]
    missed: list[Missed]


def facts_of(rule: Rule) -> dict[str, Any]:
    """A rule as RuleRequest takes it, without what it does not ask for."""
    return {
        "name": rule.name,
        "when": rule.when.model_dump(mode="json", exclude_defaults=True),
        "channels": list(rule.channels),
        "priority": rule.priority,
        "enabled": rule.enabled,
    }


def view_of(rule: Rule) -> RuleView:
    """A rule as it is answered."""
    return RuleView(id=rule.id, origin=rule.origin, etag=rule.etag, **facts_of(rule))
