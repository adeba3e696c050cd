"""Puts the parts of a file in the place of what is there, each part whole or not at all."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from common.errors import PricingAgentError
from dashboard.alerts.backup.bundle import Bundle, RulePart, Things, as_yaml, by_name
from dashboard.alerts.backup.snapshot import Held
from dashboard.alerts.backup.steps import Step, all_or_none
from dashboard.peers import Peer, Peers, segment

HIDDEN = "****"  # what stands in the place of an address that is kept where the channel is
_YAML = "application/yaml"


@dataclass(frozen=True)
class Kind:
    """How things of a kind are added, changed and removed one by one. `name`: the field by which they are told apart.

    `folded`: by which two names are one to the scanner.
    """

    path: str
    name: str
    change: str  # patch or put
    folded: Callable[[str], str] = str


def _folded(name: str) -> str:
    """By which two names of channels are one, and the words of two wishes."""
    return " ".join(name.split()).casefold()


FEEDS, WATCHES = Kind("/feeds", "url", "patch"), Kind("/watchlist", "text", "put", _folded)


class Restoration:
    """The use case. `removes`: what the file does not name goes."""

    def __init__(self, peers: Peers, held: Held, bundle: Bundle, *, removes: bool) -> None:
        self._scanner, self._notifier = peers["scanner"], peers["notifier"]
        self._held, self._bundle, self._removes = held, bundle, removes

    async def part(self, name: str) -> str:
        """Restore one part; why nothing of it was changed, or nothing."""
        parts: Mapping[str, Callable[[], Awaitable[None]]] = {
            "feeds": lambda: self._one_by_one(FEEDS, "feeds"),
            "channels": self._channels,
            "rules": self._rules,
            "watchlist": lambda: self._one_by_one(WATCHES, "watchlist"),
            "times": self._times,
        }
        try:
            await parts[name]()
        except PricingAgentError as exc:
            return str(exc) or type(exc).__name__
        return ""

    async def _times(self) -> None:
        await self._notifier.put("/times", self._bundle.times)

    async def _rules(self) -> None:
        """As one file that takes the place of all."""
        book = rules_after(self._bundle, self._held, removes=self._removes)
        file = {"mode": book.mode, "rules": [_without_null(each) for each in book.rules]}
        await self._scanner.post_text("/rules/import?replace=true", as_yaml(file), _YAML)

    async def _channels(self) -> None:
        """Those of the file at once; then, as nothing can fail for what they are any more, those that go."""
        wanted = self._bundle.channels or []
        await self._notifier.post("/channels/import", {"yaml": as_yaml({"channels": wanted})})
        names = {_folded(each["name"]) for each in wanted}
        for each, key in zip(self._held.bundle.channels or [], self._held.ids["channels"], strict=True):
            if self._removes and not _is_given(each) and _folded(each["name"]) not in names:
                await self._notifier.delete(f"/channels/{segment(key)}")

    async def _one_by_one(self, kind: Kind, part: str) -> None:
        before, after = getattr(self._held.bundle, part), getattr(self._bundle, part)
        await all_or_none(_steps(self._scanner, kind, _Sides(before, after, self._held.ids[part], self._removes)))


@dataclass(frozen=True)
class _Sides:
    """Things as they are, with their ids, and as they are to be."""

    before: Things
    after: Things
    ids: list[Any]
    removes: bool


def _steps(scanner: Peer, kind: Kind, sides: _Sides) -> list[Step]:
    """What is new first, what goes last."""
    was, to_be = (by_name(side, kind.name, kind.folded) for side in (sides.before, sides.after))
    here = dict(zip(was, zip(sides.before, sides.ids, strict=True), strict=True))
    wanted = dict(zip(to_be, sides.after, strict=True))
    added = [_adding(scanner, kind, each) for name, each in wanted.items() if name not in here]
    changed = [
        _changing(scanner, kind, here[name], each)
        for name, each in wanted.items()
        if name in here and (was[name] != to_be[name] or here[name][0][kind.name] != each[kind.name])
    ]
    gone = [_removing(scanner, kind, *there) for name, there in here.items() if name not in wanted] if sides.removes else []
    return [*added, *changed, *gone]


def _adding(scanner: Peer, kind: Kind, thing: dict[str, Any]) -> Step:
    async def undo(answer: object) -> object:
        if isinstance(answer, dict) and answer.get("new") is False:  # a wish that was there already stays
            return None
        key = answer.get("id") if isinstance(answer, dict) else None
        return await scanner.delete(f"{kind.path}/{segment(key)}")

    return Step(thing[kind.name], lambda: scanner.post(kind.path, _without_null(thing)), undo)


def _changing(scanner: Peer, kind: Kind, there: tuple[dict[str, Any], Any], after: dict[str, Any]) -> Step:
    before, key = there
    path = f"{kind.path}/{segment(key)}"

    def turn(thing: dict[str, Any], other: dict[str, Any]) -> Awaitable[object]:
        if kind.change == "put":
            return scanner.put(path, _without_null(thing))
        differing = [name for name in {**thing, **other} if thing.get(name) != other.get(name) and name in thing]
        return scanner.patch(path, {name: thing[name] for name in differing})

    return Step(after[kind.name], lambda: turn(after, before), lambda _: turn(before, after))


def _removing(scanner: Peer, kind: Kind, thing: dict[str, Any], key: object) -> Step:
    path = f"{kind.path}/{segment(key)}"
    return Step(thing[kind.name], lambda: scanner.delete(path), lambda _: scanner.post(kind.path, _without_null(thing)))


def _without_null(thing: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if value is not None}


def rules_after(bundle: Bundle, held: Held, *, removes: bool) -> RulePart:
    """The file's rules; behind them those that it does not name, unless they are to go."""
    wanted, here = bundle.rules or RulePart(rules=[]), held.bundle.rules or RulePart(rules=[])
    named = {each["name"].casefold() for each in wanted.rules}
    others = [] if removes else [each for each in here.rules if each["name"].casefold() not in named]
    return RulePart(mode=wanted.mode, rules=[*wanted.rules, *others])


def needs_address(bundle: Bundle, held: Held) -> list[str]:
    """Channels of the file that are not here, whose address it does not tell."""
    here = {_folded(each["name"]) for each in held.bundle.channels or []}
    return [
        each["name"]
        for each in bundle.channels or []
        if not _is_given(each) and _is_hidden(each) and _folded(each["name"]) not in here
    ]


def foreign(bundle: Bundle, held: Held) -> list[str]:
    """Channels of another NOTIFY_URLS than that of here."""
    here = {_folded(each["name"]) for each in held.bundle.channels or [] if _is_given(each)}
    return [each["name"] for each in bundle.channels or [] if _is_given(each) and _folded(each["name"]) not in here]


def with_addresses(bundle: Bundle, held: Held, addresses: Mapping[str, str]) -> Bundle:
    """With the addresses that a person gave; what has none, or is of another NOTIFY_URLS, is left out."""
    missing, strange = set(needs_address(bundle, held)), set(foreign(bundle, held))
    channels = [
        each | ({"address": addresses[each["name"]]} if addresses.get(each["name"]) else {})
        for each in bundle.channels or []
        if each["name"] not in strange and (each["name"] not in missing or addresses.get(each["name"]))
    ]
    return bundle.model_copy(update={"channels": channels if bundle.channels is not None else None})


def _is_hidden(channel: Mapping[str, Any]) -> bool:
    address = str(channel.get("address") or "")
    return address == "" or address.endswith(HIDDEN)


def _is_given(channel: Mapping[str, Any]) -> bool:
    """It is one of NOTIFY_URLS."""
    return channel.get("origin") == "environment"
