"""What a person does with feeds: looks, tries, adds, changes, removes, carries lists in and out. Knows no HTTP or database."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pydantic import ValidationError

from common.conditional.entity_tag import entity_tag, require_match
from common.errors import InvalidInputError
from common.problem import plain
from scanner.deal_data import Feed
from scanner.feeds.feed_care import FeedCare, recovered
from scanner.feeds.feed_list import WantedFeed
from scanner.feeds.feed_probe import FeedProbe, Findings
from scanner.feeds.opml import Outline, read_opml, write_opml
from scanner.feeds.schemas import FeedChange, FeedRequest, FeedView, ListedOutline, OpmlImport, ScheduleForm, schedule_values

_SAID = 10  # outlines whose reasons a refusal gives
_SET = ("title", "currency", "every", "cron", "zone", "baseline", "max_age_hours", "details")  # that a form sets together
_RECOVERED = ("gone", "not_before", "next_try", "failures", "failing_since", "failing_for", "failing_told")


class FeedList(Protocol):
    """The list of feeds."""

    @property
    def care(self) -> FeedCare:
        """When they are due."""
        ...

    async def enabled(self) -> list[Feed]:
        """All of it."""
        ...

    async def get(self, feed_id: int) -> Feed:
        """One; NotFoundError."""
        ...

    async def add(self, wanted: WantedFeed) -> Feed:
        """Add one; InvalidInputError where that cannot be."""
        ...

    async def add_all(self, wanted: Sequence[WantedFeed]) -> tuple[list[Feed], list[WantedFeed]]:
        """Add all or none: (those that were added, those that were listed already)."""
        ...

    async def change(self, feed_id: int, changed: Callable[[Feed], Mapping[str, Any]]) -> Feed:
        """Change one; NotFoundError."""
        ...

    async def remove(self, feed_id: int) -> None:
        """Take one off; NotFoundError."""
        ...


@dataclass(frozen=True)
class FeedDesk:
    """The desk. `on_change` is called when what is due may be otherwise. `why_never`: why an address can never be fetched."""

    feeds: FeedList
    probe: FeedProbe
    now: Callable[[], datetime]
    on_change: Callable[[], None]
    why_never: Callable[[str], str | None] = lambda _: None

    async def list(self) -> list[FeedView]:
        """All feeds."""
        return [self._view(feed) for feed in await self.feeds.enabled()]

    async def get(self, feed_id: int) -> FeedView:
        """One."""
        return self._view(await self.feeds.get(feed_id))

    async def add(self, request: FeedRequest) -> FeedView:
        """Add one."""
        if why := self.why_never(request.url):
            raise InvalidInputError(why, "url")
        feed = await self.feeds.add(request.wanted())
        self.on_change()
        return self._view(feed)

    async def change(self, feed_id: int, change: FeedChange, if_match: str | None = None) -> FeedView:
        """Change what is given of one. PreconditionFailedError where its settings are none of those that `if_match` names."""

        def changed(feed: Feed) -> Mapping[str, Any]:
            require_match(_tag(feed), if_match, f'the feed "{feed.title}"')
            return self._changes(feed, change)

        feed = await self.feeds.change(feed_id, changed)
        self.on_change()
        return self._view(feed)

    async def remove(self, feed_id: int) -> None:
        """Read one no longer."""
        await self.feeds.remove(feed_id)

    async def test(self, url: str, currency: str) -> Findings:
        """Try one that is not listed, or is."""
        return await self.probe.test(url, currency)

    async def write_list(self) -> str:
        """All feeds as OPML."""
        return write_opml(await self.feeds.enabled(), self.now())

    async def read_list(self, body: bytes, *, skip: bool) -> OpmlImport:
        """Add the feeds of a list: all, or none where one cannot be added; with `skip` all others then."""
        outlines = await asyncio.to_thread(read_opml, body)
        wanted, known, refused = _sorted(outlines)
        if refused and not skip:
            raise InvalidInputError(_refusal(refused), f"outline[{refused[0].outline}]")
        added, listed = await self.feeds.add_all([each for _, each in wanted])
        known += [_told(outline, "listed already") for outline, each in wanted if each in listed]
        if added:
            self.on_change()
        return OpmlImport(added=[self._view(feed) for feed in added], known=known, refused=refused)

    def _changes(self, feed: Feed, change: FeedChange) -> Mapping[str, Any]:
        given = change.model_dump(exclude={"schedule"}, exclude_unset=True)
        if "title" in given:
            if feed.demo:
                raise InvalidInputError("the sample feed keeps its name", "title")
            given["title"] = given["title"] or feed.url[:200]
        if "schedule" in change.model_fields_set:
            given |= schedule_values(change.schedule)
            given["next_try"] = self._replanned(replace(feed, **given))
        if given.get("paused") is False and (feed.paused or feed.gone):
            given |= {name: getattr(recovered(feed), name) for name in _RECOVERED}
        return given

    def _replanned(self, feed: Feed) -> float | None:
        """When a feed is read next by another schedule: an interval counts from the last try."""
        if feed.last_tried is None:
            return None
        now = self.now()
        last = datetime.fromtimestamp(min(feed.last_tried, now.timestamp()), UTC)
        return self.feeds.care.next_after(feed, now if feed.cron else last)

    def _view(self, feed: Feed) -> FeedView:
        now, care = self.now(), self.feeds.care
        wait = care.wait_of(feed, now)
        own = ScheduleForm(every=feed.every, cron=feed.cron, zone=feed.zone) if feed.every or feed.cron else None
        facts = {
            "state": care.state_of(feed, now),
            "next_try": None if wait is None else now + timedelta(seconds=wait),
            "schedule": own,
            "schedule_words": care.schedule_of(feed).words,
            "etag": _tag(feed),
        }
        return FeedView.model_validate(asdict(feed) | facts)


def _tag(feed: Feed) -> str:
    """Of its settings: how it fares changes with every reading, and nobody edits it; nor does a pause overwrite anything."""
    return entity_tag(*(getattr(feed, name) for name in _SET))


def _sorted(
    outlines: Sequence[Outline],
) -> tuple[list[tuple[Outline, WantedFeed]], list[ListedOutline], list[ListedOutline]]:
    """(those that can be added, those that stand in the list twice, those that cannot)."""
    wanted: dict[str, tuple[Outline, WantedFeed]] = {}
    twice, refused = list[ListedOutline](), list[ListedOutline]()
    for outline in outlines:
        try:
            feed = _wanted(outline)
        except ValidationError as exc:
            refused.append(_told(outline, _reason(exc)))
            continue
        if feed.url in wanted:
            twice.append(_told(outline, f"the same as outline {wanted[feed.url][0].number}"))
        else:
            wanted[feed.url] = outline, feed
    return list(wanted.values()), twice, refused


def _wanted(outline: Outline) -> WantedFeed:
    """ValidationError where it is none."""
    given: dict[str, Any] = {name: value for name, value in outline.settings.items() if value}
    schedule = {name: given.pop(name) for name in ("every", "cron", "zone") if name in given}
    given |= {"url": outline.url, "title": outline.title[:200] or None, "schedule": schedule or None}
    return FeedRequest.model_validate(given).wanted()


def _told(outline: Outline, reason: str) -> ListedOutline:
    return ListedOutline(outline=outline.number, url=outline.url[:2000], title=outline.title[:200], reason=reason)


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {plain(first['msg'])}"


def _refusal(refused: Sequence[ListedOutline]) -> str:
    said = "; ".join(f"outline {each.outline} ({each.title or each.url}): {each.reason}"[:300] for each in refused[:_SAID])
    more = f"; and {len(refused) - _SAID} more" if len(refused) > _SAID else ""
    return f"nothing is imported, as {len(refused)} cannot be (with skip=true the others are): {said}{more}"
