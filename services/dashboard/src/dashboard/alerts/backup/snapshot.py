"""What scanner and notifier hold now, as the file has it."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from dashboard.alerts.backup.bundle import Bundle, RulePart, Things
from dashboard.peers import Peers, parsed

FEED_FIELDS = ("url", "title", "currency", "schedule", "paused", "baseline", "max_age_hours", "details")
_OF_WATCHES_ALONE = ("id", "created", "changed", "matched", "understood", "etag")


class _Items(BaseModel):
    model_config = ConfigDict(extra="allow")

    items: Things


class Held:
    """Everything as it is now. `ids`: of feeds and wishes by their place in the bundle, of channels by name."""

    def __init__(self, bundle: Bundle, ids: Mapping[str, list[Any]]) -> None:
        self.bundle, self.ids = bundle, ids


async def held_now(peers: Peers) -> Held:
    """Ask for all of it at once. UnavailableError where a part cannot be had: a backup is whole or none."""
    paths = {"feeds": "scanner", "rules": "scanner", "watchlist": "scanner", "channels": "notifier"}
    answers = await asyncio.gather(*(peers[name].get(f"/{path}") for path, name in paths.items()), peers["notifier"].get("/times"))
    feeds, rules, watches, channels = (parsed(name, _Items, each) for name, each in zip(paths.values(), answers, strict=False))
    times = parsed("notifier", _Times, answers[-1])
    titles = {str(each.get("id")): str(each.get("title") or "") for each in feeds.items}
    bundle = Bundle(
        feeds=[{name: each.get(name) for name in FEED_FIELDS} for each in feeds.items],
        channels=[_channel(each) for each in channels.items],
        rules=RulePart(mode=(rules.model_extra or {}).get("mode", "first"), rules=[_rule(each, titles) for each in rules.items]),
        watchlist=[{name: value for name, value in each.items() if name not in _OF_WATCHES_ALONE} for each in watches.items],
        times=times.model_dump(mode="json"),
    )
    lists = {"feeds": feeds.items, "watchlist": watches.items, "channels": channels.items}
    return Held(bundle, {part: [each.get("id") for each in items] for part, items in lists.items()})


class _Times(BaseModel):
    time_zone: str
    quiet: list[str]
    hourly: int | None
    daily: int | None
    digest_at: str
    urgent_breaks_quiet: bool
    weekly: dict[str, Any] | None


def _rule(told: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    """Flat; a feed by its title, as its number is another elsewhere."""
    when = dict(told.get("when") or {})
    if when.get("feeds"):
        when["feeds"] = list(_titled(when["feeds"], titles))
    own = {name: told.get(name) for name in ("name", "enabled", "priority", "channels")}
    return {name: value for name, value in {**own, **when}.items() if value not in (None, [])}


def _titled(feeds: Iterable[str], titles: Mapping[str, str]) -> Iterable[str]:
    yield from (titles.get(each) or each for each in feeds)


def _channel(told: Mapping[str, Any]) -> dict[str, Any]:
    """As the notifier's own file has it: of an address its scheme, of one of NOTIFY_URLS that it is one."""
    is_own = told.get("origin") == "own"
    head = {"address": told.get("address", "")} if is_own else {"origin": "environment"}
    settings = dict(told.get("settings") or {})
    asked = {name: value for name, value in dict(settings.get("filter") or {}).items() if value not in (None, [], False)}
    return {"name": told.get("label", ""), **head, **settings, "filter": asked}
