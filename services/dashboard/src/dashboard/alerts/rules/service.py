"""Rules as pages show and change them."""

from typing import Any
from urllib.parse import urlencode

from common.errors import NotFoundError
from dashboard.alerts.conditions import FIELDS, conditions_in, fields_of
from dashboard.alerts.differences import Differences, differences
from dashboard.alerts.draft import Draft
from dashboard.alerts.meanwhile import ETAG, if_match
from dashboard.alerts.rules.schemas import Book, DryRun, Rule
from dashboard.peers import Part, Peers, parsed, segment

FORM = (*FIELDS, "name", "channels", "priority", "enabled")
YAML = "application/yaml"
MOST_DAYS = 90


class Rules:
    """The use case, over the scanner."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def book(self) -> Part[Book]:
        """All in their order."""
        return await self._peers.part(self._book())

    async def one(self, identifier: str) -> Rule:
        """One. NotFoundError."""
        return await self._peers.one("scanner", f"/rules/{segment(identifier)}", Rule)

    async def save(self, identifier: str | None, rule: dict[str, Any], etag: str = "") -> Rule:
        """A new one, or in the place of the one that `etag` tells. InvalidInputError, PreconditionFailedError."""
        scanner, path = self._peers["scanner"], f"/rules/{segment(identifier or '')}"
        saved = await (scanner.put(path, rule, if_match(etag)) if identifier else scanner.post("/rules", rule))
        return parsed("scanner", Rule, saved)

    async def switch(self, identifier: str, *, on: bool) -> None:
        """On or off."""
        await self._peers["scanner"].patch(f"/rules/{segment(identifier)}", {"enabled": on})

    async def move(self, identifier: str, *, up: bool) -> None:
        """By one place; nothing at the end of the list."""
        ids = [each.id for each in (await self._book()).items]
        place = next((at for at, each in enumerate(ids) if str(each) == identifier), None)
        if place is None:
            raise NotFoundError("this rule is not there any more")
        other = place - 1 if up else place + 1
        if 0 <= other < len(ids):
            ids[place], ids[other] = ids[other], ids[place]
            await self._peers["scanner"].put("/rules/order", {"ids": ids})

    async def set_mode(self, mode: str) -> None:
        """Whether the first that matches counts, or all."""
        await self._peers["scanner"].put("/rules/mode", {"mode": mode})

    async def remove(self, identifier: str) -> None:
        """Without one."""
        await self._peers["scanner"].delete(f"/rules/{segment(identifier)}")

    async def try_out(self, rule: dict[str, Any], days: int) -> DryRun:
        """What it would have sent, without keeping it."""
        asked = {"rule": {name: value for name, value in rule.items() if value != ""}, "days": days}
        return parsed("scanner", DryRun, await self._peers["scanner"].post("/rules/dry-run", asked))

    async def as_file(self) -> str:
        """All as YAML."""
        return await self._peers["scanner"].get_text("/rules/export")

    async def look_into_file(self, text: str, *, replaces: bool) -> Differences:
        """What a file would change. InvalidInputError where it cannot be taken."""
        before, after = await self._book(), await self._import(text, replaces=replaces, check=True)
        return differences(facts_by_name(before), facts_by_name(after))

    async def take_file(self, text: str, *, replaces: bool) -> None:
        """Take its rules, all or none."""
        await self._import(text, replaces=replaces, check=False)

    async def _book(self) -> Book:
        return await self._peers.one("scanner", "/rules", Book)

    async def _import(self, text: str, *, replaces: bool, check: bool) -> Book:
        query = urlencode({"replace": str(replaces).lower(), "check": str(check).lower()})
        return parsed("scanner", Book, await self._peers["scanner"].post_text(f"/rules/import?{query}", text, YAML))


def rule_in(draft: Draft) -> dict[str, Any]:
    """The rule that a form says, as the scanner takes it; what cannot be meant is noted in the draft."""
    return {
        "name": draft["name"],
        "when": conditions_in(draft),
        "channels": draft.all("channels"),
        "priority": draft["priority"] or "normal",
        "enabled": draft.has("enabled"),
    }


def draft_of(rule: Rule | None) -> Draft:
    """The form of a rule; of a new one where there is none."""
    if rule is None:
        return Draft({"enabled": ["on"], "priority": ["normal"], "least_saving": ["10"], "least_chance": ["90"]})
    own = {"name": [rule.name], "channels": rule.channels, "priority": [rule.priority], "enabled": ["on"] if rule.enabled else []}
    return Draft({**fields_of(rule.when), **own, ETAG: [rule.etag]})


def facts_by_name(book: Book) -> dict[str, dict[str, Any]]:
    """Each rule without its number, and how the book is read."""
    places = {"Which rules count": {"mode": book.mode, "order": ", ".join(each.name for each in book.items)}}
    return places | {each.name: _facts(each) for each in book.items}


def _facts(rule: Rule) -> dict[str, Any]:
    when = rule.when.model_dump(exclude_defaults=True)
    return {"enabled": rule.enabled, "priority": rule.priority, "channels": rule.channels, **when}
