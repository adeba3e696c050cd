"""One thing that an agent did: the form in which services tell it and the dashboard shows it.

An entry bears no secret, and of a product no more than a title cut short: whoever tells sees to that. Here it is kept small.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel

Level: TypeAlias = Literal["info", "warning", "error"]
Value: TypeAlias = str | int | float | bool | None

# What a page may show that has changed, as the dashboard's pieces of pages name it.
TOPICS = frozenset(
    ("opportunities", "deals", "feeds", "scans", "review", "pushes", "channels", "rules", "watchlist", "times", "ledger", "models")
)
LONGEST_TEXT, LONGEST_VALUE, MOST_FIELDS, LONGEST_TITLE = 300, 120, 12, 80  # characters; fields
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


class Entry(BaseModel):
    """`id`: the service's start and a number that grows. `text`: a sentence for a person. `topics`: what it changed."""

    id: str
    at: datetime
    service: str
    agent: str
    level: Level
    event: str
    text: str
    topics: tuple[str, ...] = ()
    fields: dict[str, Value] = {}


class Entries(BaseModel):
    """Entries, the oldest first. `next`: what `after` is to be the next time; null where nothing was told yet."""

    items: list[Entry]
    next: str | None


def cut(text: str, longest: int = LONGEST_TITLE) -> str:
    """`text` on one line, and no longer than that."""
    line = _CONTROLS.sub(" ", text).strip()
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def bounded(fields: Mapping[str, object]) -> dict[str, Value]:
    """`fields` as an entry may have them: few, plain and short."""
    return {name[:40]: _plain(value) for name, value in list(fields.items())[:MOST_FIELDS]}


def _plain(value: object) -> Value:
    return value if value is None or isinstance(value, bool | int | float) else cut(str(value), LONGEST_VALUE)
