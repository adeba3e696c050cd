"""Keeps the rules in their order, and remembers them until somebody, here or in another instance, changes one."""

import asyncio
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.alerts.conditions import Conditions
from scanner.rules.edits import ENVIRONMENT, Edit, following
from scanner.rules.rule import Rule, RuleBook
from scanner.store.schema import rule_book, rules


class RuleStore:
    """The tables rules and rule_book."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing
        self._known: tuple[int, RuleBook] | None = None  # with its version

    async def book(self) -> RuleBook:
        """All rules as they are now, also those that are off."""
        async with self._engine.connect() as connection:
            version = await connection.scalar(select(rule_book.c.version))
            if self._known is None or self._known[0] != version:
                self._known = await _read(connection)
            return self._known[1]

    async def change(self, edit: Edit) -> RuleBook:
        """Change the rules, all or nothing; as they are then. What `edit` raises goes on, and nothing is changed.

        Whoever else changes them at the same time, in whatever instance, waits for the first.
        """
        async with self._writing, self._engine.begin() as connection:
            former = await _lock(connection)
            await _write(connection, former, edit(former))
            _, latter = await _read(connection)
        return latter

    async def follow(self, rule: Rule) -> bool:
        """At start: the environment's rule as it is now; whether it is here, which it is until a person edits or deletes it."""
        async with self._writing, self._engine.begin() as connection:
            former = await _lock(connection)
            if await connection.scalar(select(rule_book.c.seeded)):
                latter = following(rule)(former)
            else:
                latter = replace(former, rules=(rule, *former.rules))
                await connection.execute(update(rule_book).values(seeded=True))
            await _write(connection, former, latter)
        return any(each.origin == ENVIRONMENT for each in latter.rules)


async def _lock(connection: AsyncConnection) -> RuleBook:
    """The rules, which nobody else changes before the end of the transaction."""
    await connection.execute(update(rule_book).values(version=rule_book.c.version + 1))
    return (await _read(connection))[1]


async def _read(connection: AsyncConnection) -> tuple[int, RuleBook]:
    """Version first: where a change comes between, what is remembered is read once more."""
    row = (await connection.execute(select(rule_book.c.version, rule_book.c.mode))).one()
    found = await connection.execute(select(rules).order_by(rules.c.position, rules.c.id))
    return row.version, RuleBook(tuple(_rule(each) for each in found), row.mode)


async def _write(connection: AsyncConnection, former: RuleBook, latter: RuleBook) -> None:
    kept = {each.id for each in latter.rules}
    await connection.execute(delete(rules).where(rules.c.id.in_([each.id for each in former.rules if each.id not in kept])))
    before = {each.id: (at, each) for at, each in enumerate(former.rules)}
    for at, each in enumerate(latter.rules):
        if each.id not in before:
            await connection.execute(insert(rules).values(_row(each, at)))
        elif before[each.id] != (at, each):
            await connection.execute(update(rules).where(rules.c.id == each.id).values(_row(each, at)))
    await connection.execute(update(rule_book).values(mode=latter.mode))


def _row(rule: Rule, position: int) -> dict[str, Any]:
    return {
        "name": rule.name,
        "when": rule.when.model_dump(mode="json", exclude_defaults=True),
        "channels": list(rule.channels),
        "priority": rule.priority,
        "enabled": rule.enabled,
        "position": position,
        "origin": rule.origin,
    }


def _rule(row: Row[Any]) -> Rule:
    return Rule(row.id, row.name, Conditions.model_validate(row.when), tuple(row.channels), row.priority, row.enabled, row.origin)
