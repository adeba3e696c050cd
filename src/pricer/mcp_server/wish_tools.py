"""watch and list_rules: what a person wants to hear of. They ask the scanner; watch alone changes something, and says so."""

from typing import Any

from pydantic import BaseModel

from pricer.mcp_server.peers import Peer, read_as
from pricer.mcp_server.stranger_words import cleaned_within
from pricer.mcp_server.tool import Tool
from pricer.mcp_server.wish_schemas import MOST_OFFERS, ListedRules, NoArguments, WatchArguments, Watched
from pricer.printing import money
from scanner.watchlist.watch import WatchFields

WATCH = (
    "Puts a thing on the person's watchlist: a push follows when it is offered at the target price or below. Ask the person "
    "before, or use preview=true, which keeps nothing and says what would be understood and what is to be had now. The same wish "
    "twice is kept once."
)
RULES = "Lists the person's alert rules in their order: which deals are pushed, on what conditions, where to and how loudly."


class Watches(BaseModel):
    """The scanner's watchlist."""

    items: list[dict[str, Any]]


def wish_tools(scanner: Peer) -> list[Tool]:
    """Both, over the scanner."""

    async def watch(given: WatchArguments) -> Watched:
        wish = given.wish.model_dump(mode="json", exclude_unset=True)
        if given.preview:
            return _told(await scanner.post("/watchlist/preview", wish), {"kept": False})
        there = await _kept_already(scanner, given.wish)
        if there is not None:
            return _told(await scanner.get(f"/watchlist/{there}"), {"kept": True, "was_there": True})
        return _told(await scanner.post("/watchlist", wish), {"kept": True})

    async def list_rules(_: NoArguments) -> ListedRules:
        found = read_as(ListedRules, await scanner.get("/rules"))
        rules = [each.model_copy(update={"when": cleaned_within(each.when)}) for each in found.rules]
        on = sum(each.enabled for each in rules)
        summary = f"Rules: {len(rules)}, of which {on} are on; mode {found.mode}."
        return found.model_copy(update={"rules": rules, "summary": summary})

    return [
        Tool("watch", "Watch for a thing", WATCH, WatchArguments, Watched, watch, writes=True),
        Tool("list_rules", "List alert rules", RULES, NoArguments, ListedRules, list_rules, quotes=False),
    ]


async def _kept_already(scanner: Peer, wish: WatchFields) -> int | None:
    """The id of a watch that is the same: a model that saw no answer asks once more."""
    fields = wish.model_dump(mode="json")
    for each in read_as(Watches, await scanner.get("/watchlist")).items:
        if all(each.get(name) == value for name, value in fields.items()):
            return int(each["id"])
    return None


def _told(sent: object, update: dict[str, Any]) -> Watched:
    found = read_as(Watched, sent)
    told = found.model_copy(update={"matches_now": found.matches_now[:MOST_OFFERS], **update})
    return told.model_copy(update={"summary": _summary(told, len(found.matches_now))})


def _summary(told: Watched, offers: int) -> str:
    done = "It is watched already." if told.was_there else "It is watched now." if told.kept else "A preview: nothing was kept."
    target = told.understood.target_price
    price = f" Target price {money(target)}." if target is not None else " No target price was understood."
    return f"{done}{price} {offers} such offer{'' if offers == 1 else 's'} at this moment."
