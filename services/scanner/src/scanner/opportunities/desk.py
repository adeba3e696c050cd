"""What the doors to opportunities work with: the list, the feeds made of it, and the keys of private addresses. Knows no HTTP."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from common.http.api_keys import digest_of, new_key
from scanner.opportunities.feed_item import FeedItem, FeedPage, legible
from scanner.opportunities.feed_key import PREFIX, FeedKey

Pairs = Sequence[tuple[str, str]]  # a query as it stands in an address


class Keys(Protocol):
    """The store of keys."""

    async def all(self) -> list[FeedKey]:
        """All of them."""
        ...

    async def add(self, label: str, digest: bytes, now: datetime) -> FeedKey:
        """Keep a new one."""
        ...

    async def revoke(self, number: int) -> None:
        """Forget one."""
        ...

    async def holder(self, digest: bytes, now: datetime) -> FeedKey | None:
        """Whose it is."""
        ...


@dataclass(frozen=True)
class FeedKeyDesk:
    """Makes, lists and revokes keys, and says who shows one."""

    keys: Keys
    now: Callable[[], datetime]

    async def make(self, label: str) -> tuple[FeedKey, str]:
        """A new one, and the key itself, which nobody can tell again."""
        key = new_key(PREFIX)
        return await self.keys.add(label, digest_of(key), self.now()), key

    async def holder(self, key: str) -> str | None:
        """How who shows this key is called; None where it is nobody's."""
        found = await self.keys.holder(digest_of(key), self.now())
        return found.caller if found else None


def page_of(items: Sequence[FeedItem], asked: Pairs, address: str, list_address: str) -> FeedPage:
    """A feed of what was asked, without the key: the same question has the same id, wherever it is asked."""
    question = sorted(asked)
    words = ", ".join(f"{name} {value}" for name, value in question if name not in ("limit", "sort") and value)
    title = legible(f"Deals: {words}" if words else "Deals")
    name = uuid5(NAMESPACE_URL, f"pricing-agent:feed:{urlencode(question)}")
    return FeedPage(f"urn:uuid:{name}", title, address, list_address, items)
