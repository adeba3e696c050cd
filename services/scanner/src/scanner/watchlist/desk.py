"""The watchlist: keeps what a person wants, says which offers are that, and what of it is to be had now. Knows no HTTP."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import structlog
from pydantic import ValidationError

from common.deals import Match, Opportunity
from common.errors import InvalidInputError
from common.problem import field_errors
from scanner.deal_data import Wanted
from scanner.store.page import Page
from scanner.watchlist.matching import Candidate, Offer, Sought, candidates, is_match, is_worth_telling, similarities
from scanner.watchlist.outlook import Outlook, Sightings, outlook_of
from scanner.watchlist.watch import Added, Watch, WatchFields
from scanner.watchlist.wish import Wish, read_wish


@dataclass(frozen=True)
class Embedded:
    """Vectors of texts, and the model that made them."""

    model: str
    vectors: Sequence[Sequence[float]]


class TextEmbedder(Protocol):
    """Tells what texts mean."""

    async def embed(self, texts: Sequence[str]) -> Embedded | None:
        """A unit vector for each; None where it cannot be told now."""
        ...


class WatchBook(Protocol):
    """Where watches are kept."""

    async def all(self) -> list[Watch]:
        """All of them."""
        ...

    async def enabled(self) -> list[Watch]:
        """Those that are on."""
        ...

    async def get(self, watch_id: int) -> Watch:
        """One; NotFoundError."""
        ...

    async def add(self, fields: WatchFields, now: datetime) -> Added:
        """A new one, or the one that meets it; InvalidInputError where there are too many."""
        ...

    async def change(
        self, watch_id: int, edit: Callable[[WatchFields], WatchFields], now: datetime, if_match: str | None = None
    ) -> Watch:
        """Other fields for one; NotFoundError, PreconditionFailedError, and what `edit` raises."""
        ...

    async def remove(self, watch_id: int, if_match: str | None = None) -> None:
        """Forget one; NotFoundError, PreconditionFailedError."""
        ...

    async def keep_vectors(self, vectors: Mapping[int, Sequence[float]], embedder: str) -> None:
        """What a model made of some."""
        ...

    async def matches(self, watch_id: int, cursor: str | None, limit: int) -> Page:
        """What was one of them; NotFoundError."""
        ...


@dataclass(frozen=True)
class Looked:
    """A watch, what was understood of it, and what of it is to be had.

    `watch` is None where it is not kept; `is_new`: false where what was to be added was kept already.
    """

    watch: Watch | None
    wish: Wish
    outlook: Outlook
    is_new: bool = True


class WatchlistDesk:
    """The use cases. `dollars`: a price and its currency in USD, None where that cannot be told."""

    def __init__(
        self,
        book: WatchBook,
        sightings: Sightings,
        embedder: TextEmbedder,
        dollars: Callable[[float, str], float | None],
        now: Callable[[], datetime],
    ) -> None:
        self.book, self._sightings, self._embedder, self._dollars, self._now = book, sightings, embedder, dollars, now

    async def wanting(self, offers: Sequence[Opportunity]) -> list[tuple[Wanted, ...]]:
        """For each offer, the watches that want it."""
        watches = await self.book.enabled() if offers else []
        if not watches:
            return [()] * len(offers)
        found, seen = await asyncio.to_thread(_candidates_of, watches, offers)
        matching = await self.only_matching(found, seen)
        wanted: list[list[Wanted]] = [[] for _ in offers]
        for each in matching:
            if is_worth_telling(each.sought.wish, offers[each.at]):
                wanted[each.at].append(_wanted(each.sought.watch))
        return [tuple(each) for each in wanted]

    async def only_matching(self, found: Sequence[Candidate], offers: Sequence[Offer]) -> list[Candidate]:
        """Of the candidates those that are the thing, by meaning as far as somebody tells it."""
        if not found:
            return []
        places = sorted({each.at for each in found})
        told = await self._embedder.embed([offers[at].name for at in places])
        if told is None:
            return [each for each in found if is_match(each, None)]
        of_offers = dict(zip(places, told.vectors, strict=True))
        of_wishes = await self._vectors_of({each.sought.watch.id: each.sought for each in found}, told.model)
        near = similarities(found, of_offers, of_wishes)
        return [each for each, similarity in zip(found, near, strict=True) if is_match(each, similarity)]

    async def add(self, fields: WatchFields) -> Looked:
        """Keep a new watch, unless one is kept that meets it; what that is, and what of it is to be had now. InvalidInputError."""
        read_wish(fields)
        added = await self.book.add(fields, self._now())
        return replace(await self._look(added.watch), is_new=added.is_new)

    async def replace(self, watch_id: int, fields: WatchFields, if_match: str | None = None) -> Looked:
        """The same of one that is kept. NotFoundError, InvalidInputError; PreconditionFailedError by `if_match`."""
        read_wish(fields)
        return await self._look(await self.book.change(watch_id, lambda _: fields, self._now(), if_match))

    async def change(self, watch_id: int, given: Mapping[str, Any], if_match: str | None = None) -> Looked:
        """The same, of some fields."""
        return await self._look(await self.book.change(watch_id, lambda former: _with(former, given), self._now(), if_match))

    async def get(self, watch_id: int) -> Looked:
        """One of them with its outlook. NotFoundError."""
        return await self._look(await self.book.get(watch_id))

    async def preview(self, fields: WatchFields) -> Looked:
        """The same of one that is not kept. InvalidInputError."""
        now = self._now()
        looked = await self._look(Watch(0, fields, now, now))
        return Looked(None, looked.wish, looked.outlook)

    async def _look(self, watch: Watch) -> Looked:
        sought = Sought.of(watch)
        outlook = await outlook_of(sought, self._sightings, self.only_matching, self._dollars, self._now())
        return Looked(watch, sought.wish, outlook)

    async def _vectors_of(self, sought: Mapping[int, Sought], model: str) -> dict[int, Sequence[float]]:
        """The watches' vectors by this model: those that another made, or nobody yet, are made now and kept."""
        known = {at: each.watch.vector for at, each in sought.items() if each.watch.vector and each.watch.embedder == model}
        stale = {at: each.wish.name for at, each in sought.items() if at not in known}
        told = await self._embedder.embed(list(stale.values())) if stale else None
        made = dict(zip(stale, told.vectors, strict=True)) if told is not None and told.model == model else {}
        if kept := {at: vector for at, vector in made.items() if at}:  # 0: only looked at
            await self.book.keep_vectors(kept, model)
        return {**known, **made}


def _with(former: WatchFields, given: Mapping[str, Any]) -> WatchFields:
    """The same with other fields. InvalidInputError where nothing can be looked for so."""
    try:
        fields = WatchFields.model_validate({**former.model_dump(), **given})
    except ValidationError as exc:
        first = field_errors(exc.errors(include_input=False, include_url=False))[0]
        raise InvalidInputError(first.message, first.field) from exc
    read_wish(fields)
    return fields


def _candidates_of(watches: Sequence[Watch], opportunities: Sequence[Opportunity]) -> tuple[list[Candidate], list[Offer]]:
    deals = [each.deal for each in opportunities]
    offers = [Offer.of(deal.title, deal.description, deal.price, deal.condition) for deal in deals]
    return candidates([each for watch in watches if (each := _sought(watch))], offers), offers


def _sought(watch: Watch) -> Sought | None:
    """None where it was kept by a version that read more of its words: it must not end the scan."""
    try:
        return Sought.of(watch)
    except InvalidInputError as exc:
        structlog.get_logger().warning("watch_not_understood", watch=watch.id, why=str(exc))
        return None


def _wanted(watch: Watch) -> Wanted:
    return Wanted(Match(kind="watch", id=watch.id, name=watch.fields.text), watch.fields.channels, watch.fields.priority)
