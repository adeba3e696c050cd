"""Backups as the page makes and restores them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from common.errors import InvalidInputError
from dashboard.alerts.backup import restoration
from dashboard.alerts.backup.bundle import Bundle, facts_of, read, written
from dashboard.alerts.backup.snapshot import Held, held_now
from dashboard.alerts.differences import Differences, Facts, differences
from dashboard.peers import Peers

PARTS = {"feeds": "Feeds", "channels": "Channels", "rules": "Rules", "watchlist": "Watchlist", "times": "Times"}  # as restored


@dataclass(frozen=True)
class Prospect:
    """What a restoration would change, part by part; `without_address` and `foreign`: channels that it cannot have by itself."""

    made: str
    parts: Mapping[str, Differences]
    without_address: list[str]
    foreign: list[str]

    @property
    def changes(self) -> bool:
        """Whether it would change anything."""
        return any(self.parts.values()) or bool(self.without_address)


@dataclass(frozen=True)
class Restored:
    """What came of a part: `problem` says why nothing of it was changed."""

    part: str
    found: Differences
    problem: str

    @property
    def words(self) -> str:
        """In a line."""
        if self.problem:
            return f"{PARTS[self.part]}: not restored: {self.problem}"
        found = self.found
        counts = {"added": len(found.added), "changed": len(found.changed), "removed": len(found.removed)}
        said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        return f"{PARTS[self.part]}: {said or 'as they were'}."


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Backups:
    """The use case, over scanner and notifier."""

    def __init__(self, peers: Peers, now: Callable[[], datetime] = _utc_now) -> None:
        self._peers, self._now = peers, now

    async def make(self) -> tuple[str, str]:
        """A name for the file, and its text. UnavailableError."""
        now = self._now()
        bundle = (await held_now(self._peers)).bundle.model_copy(update={"made": now.isoformat(timespec="seconds")})
        return f"alerts-{now:%Y-%m-%d}.json", written(bundle)

    async def look_into(self, text: str, *, removes: bool) -> Prospect:
        """What restoring it would change. InvalidInputError where it is no backup."""
        bundle, held = read(text), await held_now(self._peers)
        missing, strange = restoration.needs_address(bundle, held), restoration.foreign(bundle, held)
        parts = _differences(restoration.with_addresses(bundle, held, {}), held, removes=removes)
        return Prospect(bundle.made, parts, missing, strange)

    async def restore(self, text: str, parts: list[str], addresses: Mapping[str, str], *, removes: bool) -> list[Restored]:
        """Restore these parts; what came of each. One that fails leaves the others alone."""
        held = await held_now(self._peers)
        bundle = restoration.with_addresses(read(text), held, addresses)
        found = _differences(bundle, held, removes=removes)
        wanted = [part for part in PARTS if part in parts and part in found]
        if not wanted:
            raise InvalidInputError("Choose what is to be restored.")
        work = restoration.Restoration(self._peers, held, bundle, removes=removes)
        return [Restored(part, found[part], await work.part(part) if found[part] else "") for part in wanted]


def _differences(bundle: Bundle, held: Held, *, removes: bool) -> dict[str, Differences]:
    """Of the parts that the file has."""
    given = [part for part in PARTS if getattr(bundle, part) is not None]
    if bundle.rules is not None:
        bundle = bundle.model_copy(update={"rules": restoration.rules_after(bundle, held, removes=removes)})
    return {part: _of_part(facts_of(held.bundle, part), facts_of(bundle, part), removes=removes) for part in given}


def _of_part(before: Mapping[str, Facts], after: Mapping[str, Facts], *, removes: bool) -> Differences:
    """Channels of NOTIFY_URLS are never removed."""
    can_go = {name: facts for name, facts in before.items() if name in after or facts.get("origin") != "environment"}
    return differences(can_go, after, removes=removes)
