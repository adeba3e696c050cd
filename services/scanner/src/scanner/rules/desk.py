"""What a person may ask of the rules: to see and change them, to carry them in a file, to try one on the past. Knows no HTTP."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import structlog
from pydantic import ValidationError

from common.errors import InvalidInputError
from scanner.rules import edits, rule_file
from scanner.rules.dry_run import DryRun, DryRunReport
from scanner.rules.rule import Mode, Rule, RuleBook
from scanner.rules.schemas import RulePatch, RuleRequest


class RuleKeeper(Protocol):
    """Where the rules are kept."""

    async def book(self) -> RuleBook:
        """As they are now."""
        ...

    async def change(self, edit: edits.Edit) -> RuleBook:
        """Change them, all or nothing; as they are then."""
        ...

    async def follow(self, rule: Rule) -> bool:
        """At start: the environment's rule as it is now; whether it is among them."""
        ...


class RuleDesk:
    """The rules as a person works with them."""

    def __init__(self, keeper: RuleKeeper, past: DryRun, now: Callable[[], datetime]) -> None:
        self._keeper, self._past, self._now = keeper, past, now

    async def follow(self, rule: Rule) -> None:
        """At start: make the environment's rule, or bring it to what the environment says now, unless a person has taken over."""
        log = structlog.get_logger()
        if await self._keeper.follow(rule):
            log.info("rule_follows_environment", rule=rule.name, **rule.when.model_dump(exclude_defaults=True))
        else:
            why = "a person edited or deleted it: SCANNER_WRONG_IN, SCANNER_PUSH_SAVING and SCANNER_LEAST_PRICERS change no rule"
            log.info("rule_left_to_person", rule=rule.name, why=why)

    async def book(self) -> RuleBook:
        """All rules in their order."""
        return await self._keeper.book()

    async def get(self, rule_id: int) -> Rule:
        """One rule. NotFoundError."""
        return edits.rule_of(await self._keeper.book(), rule_id)

    async def add(self, rule: Rule) -> Rule:
        """A new one, behind the others."""
        return _named(await self._keeper.change(edits.added(rule)), rule.name)

    async def put(self, rule_id: int, rule: Rule, if_match: str | None = None) -> Rule:
        """One in the place of another, under its id. `if_match` of this and the next two: see edits.changed."""
        return edits.rule_of(await self._keeper.change(edits.changed(rule_id, lambda _: rule, if_match)), rule_id)

    async def patch(self, rule_id: int, parts: RulePatch, if_match: str | None = None) -> Rule:
        """One with some parts changed."""
        edit = edits.changed(rule_id, lambda each: _patched(each, parts), if_match)
        return edits.rule_of(await self._keeper.change(edit), rule_id)

    async def remove(self, rule_id: int, if_match: str | None = None) -> None:
        """Without one. NotFoundError."""
        await self._keeper.change(edits.removed(rule_id, if_match))

    async def order(self, ids: list[int]) -> RuleBook:
        """In another order."""
        return await self._keeper.change(edits.ordered(ids))

    async def set_mode(self, mode: Mode) -> RuleBook:
        """Whether the first that matches counts, or all."""
        return await self._keeper.change(edits.in_mode(mode))

    async def as_file(self) -> str:
        """All rules as YAML."""
        return await asyncio.to_thread(rule_file.written, await self._keeper.book())

    async def take_file(self, body: bytes, *, replaces: bool) -> RuleBook:
        """The rules of a YAML file, beside those that are here or in their place: all or none."""
        return await self._keeper.change(await _edit_of(body, replaces=replaces))

    async def look_into_file(self, body: bytes, *, replaces: bool) -> RuleBook:
        """How the rules would be with those of a file; nothing is kept."""
        edit = await _edit_of(body, replaces=replaces)
        return edit(await self._keeper.book())

    async def try_on_past(self, rule: Rule, days: int) -> DryRunReport:
        """What a rule would have sent in the last days."""
        return await self._past.run(rule, days, self._now())


async def _edit_of(body: bytes, *, replaces: bool) -> edits.Edit:
    rules, mode = await asyncio.to_thread(rule_file.read, body)
    return (edits.replaced if replaces else edits.joined)(rules, mode)


def _named(book: RuleBook, name: str) -> Rule:
    return next(each for each in book.rules if each.name == name)


def _patched(rule: Rule, parts: RulePatch) -> Rule:
    try:
        return replace(RuleRequest.model_validate(parts.applied(rule)).rule, id=rule.id)
    except ValidationError as exc:
        first = exc.errors()[0]
        field = ".".join(map(str, first["loc"])) or "body"
        raise InvalidInputError(f"{field}: {first['msg']}", field) from exc
