"""A place without Chroma: collections and aliases in memory, with whatever a test lets go wrong."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from common.errors import PricingAgentError
from frontier_rag.products import GoneError, Neighbour, Product
from frontier_rag.store.aliases import AliasRecord
from frontier_rag.store.word_search import NamedPage


@dataclass
class MemoryStore:
    """A collection whose only product has its name for a title."""

    name: str
    damage: PricingAgentError | None = None
    is_gone: bool = False
    is_closed: bool = False
    checks: int = 0

    async def nearest(self, vectors: npt.NDArray[np.float32], count: int) -> list[list[Neighbour]]:
        if self.is_gone:
            raise GoneError(self.name)
        assert not self.is_closed, "asked after it was closed"
        return [[Neighbour(Product(self.name, 1.0), 0.5, id="1")] for _ in vectors]

    async def nearest_of(self, category: str, vector: npt.NDArray[np.float32], count: int) -> list[Neighbour]:
        return (await self.nearest(vector[None], count))[0]

    async def products(self, ids: Sequence[str]) -> dict[str, tuple[Product, npt.NDArray[np.float32]]]:
        assert not self.is_closed, "asked after it was closed"
        return {}

    async def count(self) -> int:
        return 1

    async def named(self, size: int, count: int) -> AsyncIterator[NamedPage]:
        yield NamedPage(["1"], [self.name])

    async def check(self, remedy: str) -> int:
        self.checks += 1
        if self.damage:
            raise self.damage
        return 1

    async def aclose(self) -> None:
        self.is_closed = True


@dataclass
class MemoryPlace:
    """Collections by name. Those `in_use` cannot be deleted."""

    stores: dict[str, MemoryStore] = field(default_factory=dict)
    aliases: dict[str, AliasRecord] = field(default_factory=dict)
    in_use: set[str] = field(default_factory=set)
    failure: PricingAgentError | None = None
    is_closed: bool = False

    async def alias(self, name: str) -> AliasRecord | None:
        if self.failure:
            raise self.failure
        return self.aliases.get(name)

    async def set_alias(self, name: str, record: AliasRecord) -> None:
        self.aliases[name] = record

    async def names(self) -> Sequence[str]:
        return list(self.stores)

    async def open(self, name: str, embedder: str) -> Any:
        return self.stores.get(name)

    async def create(self, name: str, expected: int = 0) -> Any:
        return self.stores.setdefault(name, MemoryStore(name))

    async def complete(self, store: Any, embedder: str) -> None:
        pass

    async def delete(self, name: str) -> bool:
        if name in self.in_use:
            return False
        self.stores.pop(name).is_gone = True
        return True

    async def aclose(self) -> None:
        self.is_closed = True


def place_with(*names: str) -> MemoryPlace:
    return MemoryPlace({name: MemoryStore(name) for name in names})
