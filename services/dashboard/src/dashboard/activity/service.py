"""What the services told of themselves, put together; and scans, their steps and plans as pages show them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from common.activity.entry import Entries, Entry
from dashboard.activity.agents import agent_of
from dashboard.activity.schemas import PlanRow, ScanRow, Sent, Trace
from dashboard.activity.waterfall import Waterfall, waterfall_of
from dashboard.peers import Part, Peers, segment
from dashboard.schemas import Listing

SHOWN = 200  # lines of the page as it is fetched
LEVELS = ("info", "warning", "error")


@dataclass(frozen=True)
class Wanted:
    """What of it a person wants to see. No agents: all; `level`: this and worse."""

    agents: tuple[str, ...] = ()
    level: str = "info"

    def has(self, entry: Entry) -> bool:
        """Whether an entry is wanted."""
        is_of = not self.agents or agent_of(entry.agent) in self.agents
        return is_of and LEVELS.index(entry.level) >= LEVELS.index(self.level)


@dataclass(frozen=True)
class Told:
    """Entries, newest first; `away`: services that could not be asked, with the reason."""

    entries: list[Entry]
    away: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ScanView:
    """One scan: its record, its steps where they were kept, and the bars of both."""

    scan: ScanRow
    trace: Part[Trace]
    sent: dict[str, Sent]
    waterfall: Waterfall | None


class Activity:
    """The use case, over all services."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def newest(self, wanted: Wanted) -> Told:
        """What was told last, by all."""
        names = list(self._peers.clients)
        limit = "1000" if wanted != Wanted() else str(SHOWN)
        asked = (self._peers.part(self._peers.one(name, "/activity", Entries, limit=limit)) for name in names)
        parts = dict(zip(names, await asyncio.gather(*asked), strict=True))
        found = [entry for part in parts.values() if part.value for entry in part.value.items if wanted.has(entry)]
        found.sort(key=lambda each: each.at, reverse=True)
        return Told(found[:SHOWN], {name: part.problem for name, part in parts.items() if part.value is None})

    async def scans(self) -> Part[Listing[ScanRow]]:
        """The last scans, newest first."""
        return await self._peers.part(self._peers.listing("scanner", "/scans", ScanRow, limit="100"))

    async def scan(self, identifier: str, cursor: str = "") -> ScanView:
        """One scan with its steps. NotFoundError."""
        path = f"/scans/{segment(identifier)}"
        scan = await self._peers.one("scanner", path, ScanRow)
        given = {"cursor": cursor} if cursor else {}
        trace, sent = await asyncio.gather(
            self._peers.part(self._peers.one("scanner", f"{path}/trace", Trace, **given)),
            self._peers.part(self._peers.listing("notifier", "/notifications", Sent, limit="200")),
        )
        pushes: Sequence[Sent] = sent.value.items if sent.value else ()
        bars = waterfall_of(trace.value, pushes) if trace.value else None
        return ScanView(scan, trace, {each.id: each for each in pushes}, bars)

    async def plans(self) -> Part[Listing[PlanRow]]:
        """What the planner did, newest first."""
        return await self._peers.part(self._peers.listing("scanner", "/plans", PlanRow, limit="50"))
