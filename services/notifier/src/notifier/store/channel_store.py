"""Keeps channels that a person names, and what is laid over those of NOTIFY_URLS; ends what waits for one that was removed.

A removed channel's row stays for a week without its address: an instance that had not heard of it yet may still have stored
something for it. Knows no service and no template.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from common.errors import InvalidInputError, NotFoundError
from notifier.channels.channel import MOST, ChannelRecord, ChannelSettings, Origin, folded_name
from notifier.notification import OPEN, Stage
from notifier.store.schema import Database, channels, deliveries, named_channels, notifications, remarks
from notifier.store.settling_store import settle

_GONE = "its channel was removed"
_KEPT = 7 * 86_400.0  # seconds for which a removed channel's key is remembered
_AT_ONCE = 500
_WAITING = tuple(stage.value for stage in OPEN if stage is not Stage.SENDING)


class ChannelStore:
    """The tables named_channels and remarks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[ChannelRecord]:
        """Those that are there, by age."""
        query = (
            select(named_channels)
            .where(named_channels.c.removed.is_(None))
            .order_by(named_channels.c.created, named_channels.c.key)
        )
        async with self._database.reader() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def put(self, records: Sequence[ChannelRecord]) -> None:
        """Add those that are new, and change the others, all or none. InvalidInputError for a name that is taken, or too many."""
        async with self._database.writer() as connection:
            for record in records:
                await self._put(connection, record)
            if await _count(connection) > MOST:
                raise InvalidInputError(f"there are {MOST} channels at most", "name")

    async def remove(self, key: str) -> None:
        """Take a channel away, with what waits for it. NotFoundError."""
        now = self._database.now()
        values = {"removed": now, "updated": now, "address": "", "secret": "", "folded": None}
        is_it = named_channels.c.key == key, named_channels.c.removed.is_(None)
        async with self._database.writer() as connection:
            if (await connection.execute(update(named_channels).where(*is_it).values(values))).rowcount == 0:
                raise NotFoundError(f"there is no channel {key}")
        await self.sweep()

    async def sweep(self) -> int:
        """End what waits for channels that were removed, and forget those of long ago; how many ended.

        What may have arrived is told as such; nothing of it is sent again.
        """
        now = self._database.now()
        gone = select(named_channels.c.key).where(named_channels.c.removed.is_not(None))
        waiting = deliveries.c.stage.in_(_WAITING), deliveries.c.channel.in_(gone)
        async with self._database.reader() as connection:  # most of the time there is nothing, and no need to write
            if (await connection.execute(select(deliveries.c.notification).where(*waiting).limit(1))).first() is None:
                return 0
        async with self._database.writer() as connection:
            rows = (
                await connection.execute(select(deliveries.c.notification, deliveries.c.channel).where(*waiting).limit(_AT_ONCE))
            ).all()
            ended = {"updated": now, "error": _GONE, "told": True}
            may_be_there = or_(deliveries.c.repeats > 0, deliveries.c.crashes > 0)
            for identifier in {row.notification for row in rows}:
                of_it = *waiting, deliveries.c.notification == identifier
                await connection.execute(update(deliveries).where(*of_it, may_be_there).values(stage=Stage.UNKNOWN.value, **ended))
                await connection.execute(update(deliveries).where(*of_it).values(stage=Stage.WITHDRAWN.value, **ended))
                await settle(connection, identifier, now)
        return len(rows)

    async def forget(self) -> None:
        """Delete what is left of channels that were removed long ago."""
        async with self._database.writer() as connection:
            await connection.execute(delete(named_channels).where(named_channels.c.removed < self._database.now() - _KEPT))

    async def note(self, key: str, trouble: str) -> None:
        """Remember what is wrong with its template."""
        is_it = named_channels.c.key == key, named_channels.c.removed.is_(None)
        async with self._database.writer() as connection:
            await connection.execute(update(named_channels).where(*is_it).values(trouble=trouble[:500]))

    async def switch_off(self, key: str, why: str) -> bool:
        """Switch a channel off by itself and remember why; false where it is off already, or was removed.

        Several sends may learn the same: the later ones change nothing, so that what a person then changes is not in their way.
        """
        async with self._database.writer() as connection:
            query = select(named_channels).where(named_channels.c.key == key, named_channels.c.removed.is_(None)).with_for_update()
            row = (await connection.execute(query)).mappings().first()
            if row is None:
                return False
            settings = ChannelSettings.model_validate_json(row["settings"])
            if not settings.enabled:
                return False
            kept = settings.model_copy(update={"enabled": False}).model_dump_json()
            values = {"stopped": why[:500], "settings": kept, "revision": row["revision"] + 1}
            await connection.execute(update(named_channels).where(named_channels.c.key == key).values(values))
            return True

    async def rename(self, labels: Mapping[str, str]) -> None:
        """Let lists call channels by these names, by key."""
        async with self._database.writer() as connection:
            for key, label in labels.items():
                await connection.execute(
                    update(channels).where(channels.c.key == key, channels.c.label != label).values(label=label[:80])
                )

    async def clear(self, key: str) -> None:
        """Forget how a channel fared at its former address: neither its trouble nor the rest that it asked for is the new one's."""
        values = {"rests_until": 0.0, "problem": "", "failing_since": None}
        async with self._database.writer() as connection:
            await connection.execute(update(channels).where(channels.c.key == key).values(values))

    async def remark(self, words: Mapping[str, str]) -> None:
        """Remember what a person should know of how notifications' channels were chosen.

        Of one that is not there nothing is kept: a revision of what was told and forgotten is passed over, and has no row.
        """
        query = select(notifications.c.id).where(notifications.c.id.in_(list(words)))
        async with self._database.writer() as connection:
            for identifier in (await connection.execute(query.with_for_update())).scalars().all():
                await connection.execute(delete(remarks).where(remarks.c.notification == identifier))
                await connection.execute(insert(remarks).values(notification=identifier, words=words[identifier][:500]))

    async def remarks(self, identifiers: Sequence[str]) -> Mapping[str, str]:
        """By notification."""
        query = select(remarks).where(remarks.c.notification.in_(identifiers))
        async with self._database.reader() as connection:
            return {row.notification: row.words for row in await connection.execute(query)}

    async def _put(self, connection: AsyncConnection, record: ChannelRecord) -> None:
        now = self._database.now()
        values: dict[str, Any] = {
            "origin": record.origin.value,
            "name": record.name[:60],
            "folded": folded_name(record.name) if record.origin is Origin.OWN else None,
            "address": record.address,
            "secret": record.secret,
            "settings": record.settings.model_dump_json(),
            "stopped": record.stopped,
            "trouble": record.trouble,
            "updated": now,
        }
        is_it = named_channels.c.key == record.key, named_channels.c.revision == record.revision, named_channels.c.removed.is_(None)
        try:  # without a savepoint: SQLite's driver would commit what it releases
            changed = update(named_channels).where(*is_it).values(values | {"revision": record.revision + 1})
            if (await connection.execute(changed)).rowcount == 0:
                await connection.execute(insert(named_channels).values(values | {"key": record.key, "revision": 1, "created": now}))
        except IntegrityError as exc:
            raise InvalidInputError(f"there is a channel {record.name} already, or it was changed meanwhile", "name") from exc


async def _count(connection: AsyncConnection) -> int:
    own = named_channels.c.origin == Origin.OWN.value, named_channels.c.removed.is_(None)
    return (await connection.execute(select(func.count()).select_from(named_channels).where(*own))).scalar_one()


def _record(row: Any) -> ChannelRecord:
    return ChannelRecord(
        key=row["key"],
        origin=Origin(row["origin"]),
        name=row["name"],
        address=row["address"],
        secret=row["secret"],
        settings=ChannelSettings.model_validate_json(row["settings"]),
        stopped=row["stopped"],
        trouble=row["trouble"],
        revision=row["revision"],
    )
