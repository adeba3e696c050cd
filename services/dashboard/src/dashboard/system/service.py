"""How all services are: what they lack, what waits in them, how busy and how fast they are, and what should be seen to."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.peers import Part, Peers
from dashboard.system.sampler import Line, Sampler
from dashboard.system.schemas import About

_COUNTED = 200  # of what a list gives on one page; more is told as 200+


@dataclass(frozen=True)
class Queue:
    """What waits somewhere. `count` None: it is not known; `line`: over time, where that is kept."""

    label: str
    hint: str
    count: float | None
    is_more: bool = False
    line: Line | None = None


@dataclass(frozen=True)
class ServiceView:
    """A service. `lacks`: what keeps it from being ready, or is away though it is."""

    name: str
    lacks: str
    about: Part[About]
    lines: Mapping[str, Line]


@dataclass(frozen=True)
class SystemView:
    """The page. `advice`: what should be seen to, each once."""

    services: list[ServiceView]
    queues: list[Queue]
    advice: list[str]
    machines: Mapping[str, About]


class System:
    """The use case, over all services and what was seen of them."""

    def __init__(self, peers: Peers, sampler: Sampler) -> None:
        self._peers, self._sampler = peers, sampler

    async def view(self) -> SystemView:
        """All of it, asked for at once."""
        lines = {name: self._sampler.lines(name) for name in self._peers.clients}
        services, queues = await asyncio.gather(
            asyncio.gather(*(self._service(*each) for each in lines.items())), self._queues(lines)
        )
        return SystemView(list(services), queues, _advice(services), _machines(services))

    async def _service(self, name: str, lines: Mapping[str, Line]) -> ServiceView:
        lacks, about = await asyncio.gather(self._peers.lack(name), self._peers.part(self._peers.one(name, "/about", About)))
        return ServiceView(name, lacks, about, lines)

    async def _queues(self, lines: Mapping[str, Mapping[str, Line]]) -> list[Queue]:
        scanner, notifier = lines.get("scanner", {}), lines.get("notifier", {})
        lists: tuple[tuple[str, str, dict[str, str]], ...] = (
            ("scanner", "/review", {"state": "open"}),
            ("notifier", "/held", {}),
            ("notifier", "/dead", {}),
        )
        review, held, dead = await asyncio.gather(*(self._count(*each) for each in lists))
        return [
            _from("To be judged", "deals that wait for the ensemble", scanner.get("unpriced")),
            _from("Outbox", "alerts that no notifier has stored", scanner.get("outbox")),
            _from("Stream", "entries that no notifier has read", notifier.get("stream")),
            Queue("Review", "prices that wait for a person", *review),
            Queue("Held", "pushes that wait for their hour", *held),
            Queue("Undeliverable", "entries that were put aside", *dead),
        ]

    async def _count(self, name: str, path: str, given: Mapping[str, str]) -> tuple[float | None, bool]:
        part = await self._peers.part(self._peers[name].get(path, limit=str(_COUNTED), **given))
        items = part.value.get("items") if isinstance(part.value, dict) else None
        if not isinstance(part.value, dict) or not isinstance(items, list):
            return None, False
        return float(len(items)), part.value.get("next") is not None


def _from(label: str, hint: str, line: Line | None) -> Queue:
    return Queue(label, hint, line.last if line else None, line=line)


def _advice(services: list[ServiceView]) -> list[str]:
    """What is not well, each once: services of one machine say the same of its disk."""
    away = [f"{each.name}: {each.lacks}" for each in services if each.lacks]
    told = [check.says for each in services if each.about.value for check in each.about.value.checks if not check.is_well]
    quiet = [
        check.says
        for each in services
        if each.about.value
        for check in each.about.value.checks
        if check.is_well and check.says.startswith("pushes: none")
    ]
    return list(dict.fromkeys([*away, *told, *quiet]))


def _machines(services: list[ServiceView]) -> Mapping[str, About]:
    """A service of each machine, which tells of its memory and disk."""
    return {each.about.value.machine: each.about.value for each in reversed(services) if each.about.value}
