"""Feeds and scans as pages show them, and what a person does to them."""

from common.errors import InvalidInputError, NotFoundError
from dashboard.alerts.meanwhile import if_match
from dashboard.alerts.times.schemas import Snooze
from dashboard.feeds.forms import FeedForm
from dashboard.feeds.schemas import Feed, Findings, Imported, Scan, ScanStarted
from dashboard.html.amounts import amount
from dashboard.peers import Part, Peers, parsed, segment
from dashboard.schemas import Listing

_OPML = "text/x-opml"


class Feeds:
    """The use case, over the scanner; snoozes are the notifier's."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def all(self) -> Part[Listing[Feed]]:
        """All feeds with their last state."""
        return await self._peers.part(self._peers.listing("scanner", "/feeds", Feed))

    async def one(self, identifier: int) -> Feed:
        """One of them; NotFoundError."""
        return await self._peers.one("scanner", f"/feeds/{segment(identifier)}", Feed)

    async def test(self, form: FeedForm) -> Findings:
        """What is at an address; nothing is kept."""
        wanted = {"url": form.url.strip(), "currency": form.currency.strip().upper() or "USD"}
        return parsed("scanner", Findings, await self._peers["scanner"].post("/feeds/test", wanted))

    async def add(self, form: FeedForm) -> None:
        """Watch another feed."""
        await self._peers["scanner"].post("/feeds", form.request)

    async def change(self, identifier: int, form: FeedForm, is_demo: bool) -> None:
        """Set all that can be set, of the one that was read. The sample feed keeps its name. PreconditionFailedError."""
        given = {name: value for name, value in form.settings.items() if not (is_demo and name == "title")}
        await self._peers["scanner"].patch(f"/feeds/{segment(identifier)}", given, if_match(form.etag))

    async def pause(self, identifier: int, is_paused: bool) -> None:
        """Read it no more for now, or again."""
        await self._peers["scanner"].patch(f"/feeds/{segment(identifier)}", {"paused": is_paused})

    async def remove(self, identifier: str) -> None:
        """Watch a feed no longer."""
        await self._peers["scanner"].delete(f"/feeds/{segment(identifier)}")

    async def read_now(self, identifier: int) -> None:
        """Read it at once."""
        await self._peers["scanner"].post(f"/scan?feed={segment(identifier)}")

    async def export(self) -> str:
        """All of them, as OPML."""
        return await self._peers["scanner"].get_text("/feeds/export")

    async def take_list(self, text: str, is_skipping: bool) -> Imported:
        """Add the feeds of an OPML document, all or none; with `is_skipping` those that can be added."""
        if not text.strip():
            raise InvalidInputError("choose a file, or paste a list", "text")
        path = f"/feeds/opml{'?skip=true' if is_skipping else ''}"
        return parsed("scanner", Imported, await self._peers["scanner"].post_text(path, text, _OPML))

    async def snoozes(self) -> dict[str, Snooze]:
        """Those of feeds, by the feed's id; none where the notifier is away: the page is about feeds."""
        found = await self._peers.part(self._peers.listing("notifier", "/snoozes", Snooze))
        return {each.target: each for each in (found.value.items if found.value else []) if each.subject == "feed"}

    async def snooze(self, identifier: int, hours: str) -> None:
        """Hear nothing of a feed for so many hours."""
        body = {"subject": "feed", "id": identifier, "hours": amount(hours, "hours")}
        await self._peers["notifier"].post("/snoozes", body)

    async def wake(self, identifier: int) -> None:
        """Hear of a feed again."""
        snooze = (await self.snoozes()).get(str(identifier))
        if snooze is None:
            raise NotFoundError("it is not snoozed")
        await self._peers["notifier"].delete(f"/snoozes/{snooze.id}")

    async def scan(self, identifier: str | None = None) -> Part[Scan]:
        """One scan, else the newest; no value and no problem where there has been none."""
        return await self._peers.part(self._scan(identifier))

    async def start_scan(self) -> str:
        """Begin a scan; its id."""
        return str(parsed("scanner", ScanStarted, await self._peers["scanner"].post("/scan")).scan)

    async def _scan(self, identifier: str | None) -> Scan | None:
        if identifier:
            try:
                return await self._peers.one("scanner", f"/scans/{segment(identifier)}", Scan)
            except NotFoundError:
                pass  # an old address of this page: the newest scan says more
        newest = await self._peers.listing("scanner", "/scans", Scan, limit="1")
        return newest.items[0] if newest.items else None
