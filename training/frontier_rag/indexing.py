"""Fills a new version of a collection beside the one in use, tries it, and switches the alias: a service never goes without.

Everything goes on where a killed run stopped: vectors lie in shards, a collection knows what it holds. Knows nothing of files.
"""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from common.errors import UnavailableError
from frontier_rag.products import Entries, Product, entry_id
from frontier_rag.store.aliases import Place, sweep, switch
from frontier_rag.store.chroma_store import ChromaStore, graph_of
from training.frontier_rag.items import Item, Told
from training.frontier_rag.vector_cache import VectorCache

PART = 2000  # items written between two points from which a killed run goes on
TRIED, LEAST_FOUND, SAME = 200, 0.95, 0.999  # products asked for; the share that must be found; the cosine of a product to itself


@dataclass(frozen=True)
class Texts:
    """What of a text is stored: its first `characters`; 0 stores none, and the category in place of the title."""

    characters: int = 2000

    def product(self, item: Item) -> Product:
        """As the store holds the item."""
        if not self.characters:
            return Product(item.category or "product", item.price, item.category, "", "mute")
        return Product(item.title or item.category or "product", item.price, item.category, item.contents[: self.characters])


@dataclass(frozen=True)
class Target:
    """Where a collection goes: a Chroma folder or server, the alias that services follow, and what of each text is stored.

    `grace`: seconds until the version before is deleted.
    """

    chroma: str
    alias: str
    grace: float
    texts: Texts


def version_name(alias: str, items: Sequence[Item], texts: Texts, embedder: str) -> str:
    """<alias>-<12 hexadecimal digits> that follow from all that decides the collection."""
    facts = json.dumps([embedder, texts.characters, graph_of(len(items))], sort_keys=True)
    return f"{alias}-{hashlib.sha256(chr(0).join((facts, *(item.id for item in items))).encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Index:
    """A version of a collection: what goes into it, and where."""

    place: Place
    name: str
    items: Sequence[Item]
    texts: Texts
    embedder: str

    async def build(self, cache: VectorCache, told: Told) -> None:
        """Write what the collection does not hold and mark it complete. UnavailableError where it then holds something else."""
        store = await self.place.create(self.name, len(self.items))
        told("writing", 0, len(self.items))
        try:
            for start in range(0, len(self.items), PART):
                part = self.items[start : start + PART]
                await self._write_missing(store, part, cache)
                told("writing", start + len(part), len(self.items))
            count = await store.count()
            if count != len(self.items):
                raise UnavailableError(f"collection {self.name} holds {count} products after a load of {len(self.items)}")
            await self.place.complete(store, self.embedder)
        finally:
            await store.aclose()

    async def _write_missing(self, store: ChromaStore, part: Sequence[Item], cache: VectorCache) -> None:
        ids = {entry_id(item.id, item.category): item for item in part}
        known = await store.known(list(ids))
        new = {name: item for name, item in ids.items() if name not in known}
        if new:
            vectors = cache.get([item.text for item in new.values()])
            await store.write(Entries(list(new), [self.texts.product(item) for item in new.values()], vectors))

    async def is_complete(self) -> bool:
        """Whether a former run has made it."""
        store = await self.place.open(self.name, self.embedder)
        if store:
            await store.aclose()
        return store is not None

    async def try_out(self, cache: VectorCache) -> float:
        """The share of some products that are found by their own vectors; UnavailableError below LEAST_FOUND."""
        store = await self.place.open(self.name, self.embedder)
        if store is None:
            raise UnavailableError(f"collection {self.name} is not complete")
        try:
            await store.check("index again")
            tried = self.items[:: max(1, len(self.items) // TRIED)]
            found = await store.nearest(cache.get([item.text for item in tried]), 1)
        finally:
            await store.aclose()
        share = sum(bool(near) and near[0].similarity >= SAME for near in found) / len(tried)
        if share < LEAST_FOUND:
            raise UnavailableError(f"of the products in {self.name} only {share:.0%} are found: the alias stays as it is")
        return share


async def take_into_use(place: Place, alias: str, name: str, grace: float) -> list[str]:
    """Switch the alias, wait until every service has followed it, delete the versions that were in use before; their names."""
    before = await place.alias(alias)
    await switch(place, alias, name, grace)
    if before and before.collection != name:
        await asyncio.sleep(grace)
    return await sweep(place, alias)
