"""Turns stream entries into verdicts: stored, or to be buried with a reason. It knows nothing of Redis."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from common.deals import NOTICE_FIELD, STREAM_FIELD, WITHDRAWN_FIELD, Notice, Opportunity
from common.problem import field_errors
from notifier.stream_data import StreamEntry

_ID_LENGTH = 200
T = TypeVar("T", bound=BaseModel)


class MalformedError(Exception):
    """The entry is neither an opportunity nor a notice, and never will be."""


@dataclass(frozen=True)
class Verdict:
    """What became of an entry: `stored` is the id of its opportunity or notice, which is safe now in this revision.

    Else `reason` says why to bury it.
    """

    entry: StreamEntry
    stored: str = ""
    reason: str = ""


class Receives(Protocol):
    """The use case."""

    async def receive(self, opportunities: Sequence[Opportunity]) -> None:
        """Make them safe."""
        ...

    async def receive_notices(self, notices: Sequence[Notice]) -> None:
        """Make them safe."""
        ...


async def handle_entries(notifier: Receives, entries: Sequence[StreamEntry]) -> list[Verdict]:
    """Have the opportunities in `entries` stored, all at once, then the notices, and say what became of each."""
    found: list[Opportunity] = []
    notices: list[Notice] = []
    verdicts: list[Verdict] = []
    for entry in entries:
        try:
            if NOTICE_FIELD.encode() in entry.fields:
                notices.append(parse_notice(entry.fields))
                verdicts.append(Verdict(entry, stored=notices[-1].id))
            else:
                found.append(parse_entry(entry.fields))
                verdicts.append(Verdict(entry, stored=found[-1].stored_as))
        except MalformedError as exc:
            verdicts.append(Verdict(entry, reason=f"malformed: {exc}"))
    if found:
        await notifier.receive(found)
    if notices:
        await notifier.receive_notices(notices)
    return verdicts


def parse_notice(fields: Mapping[bytes, bytes]) -> Notice:
    """The notice in a stream entry; MalformedError says what is wrong with it."""
    notice = _parsed(Notice, fields[NOTICE_FIELD.encode()])
    _check_id(notice.id)
    return notice


def parse_entry(fields: Mapping[bytes, bytes]) -> Opportunity:
    """The opportunity in a stream entry; MalformedError says what is wrong with it."""
    raw = fields.get(STREAM_FIELD.encode(), fields.get(WITHDRAWN_FIELD.encode()))
    if raw is None:
        raise MalformedError(f"the entry has no field {STREAM_FIELD!r}")
    opportunity = _parsed(Opportunity, raw)
    _check_id(opportunity.id)
    claim, figures = opportunity.list_price, (opportunity.estimate, opportunity.low, opportunity.high, opportunity.discount)
    amounts = [opportunity.deal.price, *figures, opportunity.chance or 0.0, claim.price if claim else 0.0]
    if not all(math.isfinite(amount) for amount in amounts):
        raise MalformedError("a price is not a finite number")
    return opportunity


def _parsed(model: type[T], raw: bytes) -> T:
    try:
        return model.model_validate_json(raw)
    except ValidationError as exc:
        found = field_errors(exc.errors(include_input=False, include_url=False))
        raise MalformedError("; ".join(f"{item.field}: {item.message}" for item in found[:5])) from exc


def _check_id(identifier: str) -> None:
    if not 1 <= len(identifier) <= _ID_LENGTH or not identifier.isprintable():
        raise MalformedError(f"id: 1 to {_ID_LENGTH} printable characters are needed")
