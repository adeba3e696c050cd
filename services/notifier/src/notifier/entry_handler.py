"""Turns a stream entry into a verdict: acknowledge it, bury it with a reason, or leave it pending. It knows nothing of Redis."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import ValidationError

from common.deals import STREAM_FIELD, Opportunity
from common.problem import field_errors
from notifier.notification import State

_ID_LENGTH = 200


class MalformedError(Exception):
    """The entry is no opportunity and never will be."""


@dataclass(frozen=True)
class Verdict:
    """What is to happen with the entry: `is_over` with a reason buries it, without one acknowledges it; else it stays pending."""

    is_over: bool
    reason: str = ""


class Delivers(Protocol):
    """The use case."""

    async def deliver(self, opportunity: Opportunity) -> State:
        """The stored outcome."""
        ...


async def handle_entry(notifier: Delivers, fields: Mapping[bytes, bytes]) -> Verdict:
    """Deliver the opportunity in `fields` and say what is to happen with the entry."""
    try:
        opportunity = parse_entry(fields)
    except MalformedError as exc:
        return Verdict(is_over=True, reason=f"malformed: {exc}")
    state = await notifier.deliver(opportunity)
    if state is State.FAILED:
        return Verdict(is_over=True, reason="exhausted: every attempt failed; see /notifications")
    return Verdict(is_over=state is not State.PENDING)


def parse_entry(fields: Mapping[bytes, bytes]) -> Opportunity:
    """The opportunity in a stream entry; MalformedError says what is wrong with it."""
    raw = fields.get(STREAM_FIELD.encode())
    if raw is None:
        raise MalformedError(f"the entry has no field {STREAM_FIELD!r}")
    try:
        opportunity = Opportunity.model_validate_json(raw)
    except ValidationError as exc:
        found = field_errors(exc.errors(include_input=False, include_url=False))
        raise MalformedError("; ".join(f"{item.field}: {item.message}" for item in found[:5])) from exc
    if not 1 <= len(opportunity.id) <= _ID_LENGTH or not opportunity.id.isprintable():
        raise MalformedError(f"id: 1 to {_ID_LENGTH} printable characters are needed")
    claim, figures = opportunity.list_price, (opportunity.estimate, opportunity.low, opportunity.high, opportunity.discount)
    amounts = [opportunity.deal.price, *figures, opportunity.chance or 0.0, claim.price if claim else 0.0]
    if not all(math.isfinite(amount) for amount in amounts):
        raise MalformedError("a price is not a finite number")
    return opportunity
