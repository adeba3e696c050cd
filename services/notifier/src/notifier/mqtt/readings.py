"""What home automation is told, as figures and as the messages that hold them. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common.deals import Opportunity
from notifier.channels.renderer import page_of
from notifier.message import link, plain

_MOST_STATE = 255  # characters of a state in Home Assistant
_LISTED = 20  # names of failing channels


@dataclass(frozen=True)
class Alert:
    """One that was taken in. `seq` grows; `taken`: Unix seconds."""

    seq: int
    opportunity: Opportunity
    taken: float


@dataclass(frozen=True)
class Readings:
    """What holds at this moment. `today`: alerts since midnight of a person's zone; best_saving: the greatest among them, in USD.

    `last`: the newest alert; `waiting`: deliveries that have not gone out; `failing`: names of channels; `is_paused`: everything is
    snoozed.
    """

    today: int
    best_saving: float | None
    last: Alert | None
    waiting: int
    failing: Sequence[str]
    is_paused: bool


def state_of(readings: Readings) -> dict[str, Any]:
    """All figures in one message."""
    return {
        "today": readings.today,
        "best_saving": None if readings.best_saving is None else round(readings.best_saving, 2),
        "waiting": readings.waiting,
        "failing": len(readings.failing),
        "failing_channels": list(readings.failing[:_LISTED]),
        "paused": readings.is_paused,
    }


def told_of(alert: Alert | None, dashboard: str) -> dict[str, Any]:
    """An alert's facts; `state` is what a sensor shows of it."""
    if alert is None:
        return {"state": None}
    found, deal = alert.opportunity, alert.opportunity.deal
    title = plain(deal.title, _MOST_STATE)
    return {
        "state": title,
        "id": found.id,
        "title": title,
        "price": deal.price,
        "currency": deal.currency,
        "worth": found.estimate,
        "saving": found.discount,
        "chance": found.chance,
        "retailer": plain(deal.retailer, 60),
        "condition": deal.condition,
        "priority": found.priority,
        "asked_by": [plain(each.name, 80) for each in found.matches],
        "url": page_of(found, dashboard) or link(deal.url),
        "shop_url": link(deal.url),
        "told": datetime.fromtimestamp(alert.taken, UTC).isoformat(timespec="seconds"),
    }


def event_of(alert: Alert, dashboard: str) -> dict[str, Any]:
    """The same as an event, which is told once."""
    return {"event_type": "alert", **{name: value for name, value in told_of(alert, dashboard).items() if name != "state"}}


def as_payload(message: Mapping[str, Any]) -> str:
    """A message as it goes out."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
