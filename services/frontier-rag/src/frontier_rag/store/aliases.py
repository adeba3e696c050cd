"""An alias names the version of a collection that is in use. A re-index fills another version beside it and switches the alias.

What an alias named before is deleted only after a grace period, what was never named after a day (its load may be under way).
Knows no store: a Place keeps collections and the aliases' records.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from common.errors import UnavailableError
from frontier_rag.products import Entries

if TYPE_CHECKING:
    from frontier_rag.store.chroma_store import ChromaStore

ALIAS = "products"
STRAY_SECONDS = 24 * 3600.0  # after which a collection that no alias ever named counts as an abandoned load
_INDEXED, _BUNDLED = r"-[0-9a-f]{12}", r"-[0-9]{4}-[0-9]{2}-[0-9]{2}\.[0-9a-f]{6}-[0-9a-f]{6}"  # how versions' names end


@dataclass(frozen=True)
class AliasRecord:
    """What an alias says: the collection in use and, for each that is not, when it may be deleted (seconds since 1970)."""

    collection: str
    expiries: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {"collection": self.collection, "expiries": self.expiries}

    @classmethod
    def from_json(cls, found: object) -> AliasRecord | None:
        """The record, or None when it is none."""
        if not isinstance(found, dict) or not isinstance(found.get("collection"), str):
            return None
        expiries = found.get("expiries")
        kept = expiries.items() if isinstance(expiries, dict) else ()
        return cls(found["collection"], {str(name): float(until) for name, until in kept if isinstance(until, int | float)})


class Place(Protocol):
    """Where collections and aliases are kept: a folder, or a Chroma server."""

    async def alias(self, name: str) -> AliasRecord | None:
        """What the alias says; None when there is none."""
        ...

    async def set_alias(self, name: str, record: AliasRecord) -> None:
        """Replace the alias's record at once: nobody ever sees half of it."""
        ...

    async def names(self) -> Sequence[str]:
        """The names of all collections."""
        ...

    async def open(self, name: str, embedder: str) -> ChromaStore | None:
        """The collection `name`, or None when it is not there or not complete. ArtifactError when another embedder filled it."""
        ...

    async def create(self, name: str, expected: int = 0) -> ChromaStore:
        """The collection `name` to write to, made for about `expected` products when it is not there."""
        ...

    async def complete(self, store: ChromaStore, embedder: str) -> None:
        """Say that the load of a store that `create` gave has ended, with which embedder its vectors were made, and close it."""
        ...

    async def delete(self, name: str) -> bool:
        """Delete the collection; False when somebody has it open."""
        ...

    async def aclose(self) -> None:
        """Give back what it holds."""
        ...


def is_version(alias: str, name: str) -> bool:
    """Whether `name` is that of a version of `alias`."""
    return re.fullmatch(f"{re.escape(alias)}({_INDEXED}|{_BUNDLED})", name) is not None


def is_bundled(name: str) -> bool:
    """Whether `name` is that of the bundled products, of whatever version."""
    return re.fullmatch(f"{ALIAS}{_BUNDLED}", name) is not None


async def switch(place: Place, alias: str, name: str, grace: float) -> AliasRecord:
    """Let `alias` name the collection `name`; what it named before may be deleted in `grace` seconds."""
    former = await place.alias(alias)
    old = former or AliasRecord(name)
    expiries = {each: until for each, until in old.expiries.items() if each != name}
    if old.collection != name:
        expiries[old.collection] = time.time() + grace
    record = AliasRecord(name, expiries)
    await place.set_alias(alias, record)
    structlog.get_logger().info("alias_switched", alias=alias, collection=name, before=former and former.collection)
    return record


async def sweep(place: Place, alias: str) -> list[str]:
    """Delete the versions of `alias` whose time has come, never the one in use; their names."""
    record = await place.alias(alias)
    if record is None:
        return []
    now = time.time()
    unused = [name for name in await place.names() if is_version(alias, name) and name != record.collection]
    expiries = {name: record.expiries.get(name, now + STRAY_SECONDS) for name in unused}
    gone = [name for name, until in expiries.items() if until <= now and await _delete_unused(place, alias, name)]
    left = {name: until for name, until in expiries.items() if name not in gone}
    if left != record.expiries and await place.alias(alias) == record:  # else another indexer has switched it meanwhile
        await place.set_alias(alias, AliasRecord(record.collection, left))
    if gone:
        structlog.get_logger().info("collections_deleted", alias=alias, collections=gone)
    return gone


async def _delete_unused(place: Place, alias: str, name: str) -> bool:
    record = await place.alias(alias)  # read again: somebody may have switched back to it
    return record is not None and record.collection != name and await place.delete(name)


async def fill(place: Place, name: str, entries: Entries, embedder: str) -> None:
    """The complete collection `name` with exactly `entries`, written again when a former load was killed before its end."""
    count = len(entries.ids)
    store = await place.create(name, count)
    try:
        if await store.count() > count:
            await store.aclose()
            await place.delete(name)
            store = await place.create(name, count)
        await store.write(entries)
        stored = await store.count()
        if stored != count:
            raise UnavailableError(f"collection {name} holds {stored} products after a load of {count}")
        await place.complete(store, embedder)
    finally:
        await store.aclose()
    structlog.get_logger().info("collection_loaded", collection=name, products=count)
