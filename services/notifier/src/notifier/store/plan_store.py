"""Keeps what a person wants of times: the times once they are edited, and snoozes. Within a transaction they are the plan."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.errors import InvalidInputError, NotFoundError
from notifier.store.schema import Database, named_channels, snoozes, times
from notifier.times.holding import Plan
from notifier.times.snooze import Snooze, Subject
from notifier.times.times import Times

_MOST_SNOOZES = 500
_EDITED = 1  # the id of the one row


class PlanStore:
    """`seed`: the times while nobody has edited them."""

    def __init__(self, database: Database, seed: Times) -> None:
        self._database, self._seed = database, seed

    async def plan(self) -> Plan:
        """The times and snoozes that hold now."""
        async with self._database.reader() as connection:
            return await read_plan(connection, self._seed, self._database.now())

    async def edited(self) -> float | None:
        """When a person edited the times last."""
        async with self._database.reader() as connection:
            return (await connection.execute(select(times.c.updated))).scalar()

    async def change(self, edit: Callable[[Times], Times]) -> Times:
        """What `edit` makes of them holds from now on, whatever the environment says; the former. What it raises goes on."""
        async with self._database.writer() as connection:
            body = (await connection.execute(select(times.c.body).with_for_update())).scalar()
            former = _times_of(body, self._seed)
            values = {"body": edit(former).model_dump_json(), "updated": self._database.now()}
            if (await connection.execute(update(times).values(values))).rowcount == 0:
                await connection.execute(insert(times).values(id=_EDITED, **values))
        return former

    async def snooze(self, subject: Subject, target: str, until: float) -> Snooze:
        """From now until then; in the place of an earlier one of the same. InvalidInputError where there are too many."""
        same, now = (snoozes.c.subject == subject.value, snoozes.c.target == target), self._database.now()
        async with self._database.writer() as connection:
            await connection.execute(delete(snoozes).where(snoozes.c.until <= now))
            known = (await connection.execute(select(snoozes.c.id).where(*same))).scalar()
            if known is not None:
                await connection.execute(update(snoozes).where(snoozes.c.id == known).values(until=until, created=now))
                return Snooze(known, subject, target, until, now)
            if (await connection.execute(select(func.count()).select_from(snoozes))).scalar_one() >= _MOST_SNOOZES:
                raise InvalidInputError(f"there are {_MOST_SNOOZES} snoozes already: lift one first", "subject")
            values = {"subject": subject.value, "target": target, "until": until, "created": now}
            done = await connection.execute(insert(snoozes).values(values))
        return Snooze(int((done.inserted_primary_key or (0,))[0]), subject, target, until, now)

    async def lift(self, identifier: int) -> None:
        """End a snooze early. NotFoundError where there is none, or where it has ended."""
        is_it = (snoozes.c.id == identifier) & (snoozes.c.until > self._database.now())
        async with self._database.writer() as connection:
            if (await connection.execute(delete(snoozes).where(is_it))).rowcount == 0:
                raise NotFoundError(f"there is no snooze {identifier}")


async def read_plan(connection: AsyncConnection, seed: Times, now: float) -> Plan:
    """The times and snoozes that hold now, within a transaction that decides by them."""
    body = (await connection.execute(select(times.c.body))).scalar()
    rows = await connection.execute(select(snoozes).where(snoozes.c.until > now).order_by(snoozes.c.until, snoozes.c.id))
    return Plan(_times_of(body, seed), _snoozes(rows.all()), now)


async def untimed(connection: AsyncConnection) -> frozenset[str]:
    """Keys of channels that follow no times."""
    says_so = named_channels.c.settings.contains('"follows_times":false', autoescape=True)
    return frozenset((await connection.execute(select(named_channels.c.key).where(says_so))).scalars())


def _times_of(body: str | None, seed: Times) -> Times:
    return seed if body is None else Times.model_validate_json(body)


def _snoozes(rows: Sequence[Any]) -> tuple[Snooze, ...]:
    return tuple(Snooze(row.id, Subject(row.subject), row.target, row.until, row.created) for row in rows)
