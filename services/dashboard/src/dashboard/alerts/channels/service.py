"""Channels as pages show and change them."""

from typing import Any

from dashboard.alerts.channels.schemas import Channel, Preview, Service
from dashboard.alerts.conditions import FIELDS, conditions_in, fields_of
from dashboard.alerts.draft import Draft
from dashboard.alerts.meanwhile import ETAG, if_match
from dashboard.alerts.schemas import PRIORITIES
from dashboard.peers import Part, Peers, parsed, segment
from dashboard.pushes.schemas import PushResult
from dashboard.schemas import Listing

_TICKED = ("only_named", "follows_times", "use_wording")
EACH = tuple(f"priority_{name}" for name in PRIORITIES)
FORM = (*FIELDS, *_TICKED, "name", "address", "secret", "enabled", "template", "priority", "sound")
# What most people have; they are told first.
USUAL = ("ntfy", "Pushover", "Telegram", "Discord", "Slack", "E-Mail", "Gotify", "Matrix", "Signal API", "WhatsApp", "Webhook")


class Channels:
    """The use case, over the notifier."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def all(self) -> Part[Listing[Channel]]:
        """All channels, and how each fares."""
        return await self._peers.part(self._peers.listing("notifier", "/channels", Channel))

    async def one(self, identifier: str) -> Channel:
        """One. NotFoundError."""
        return await self._peers.one("notifier", f"/channels/{segment(identifier)}", Channel)

    async def services(self) -> Part[list[Service]]:
        """Those that an address may lead to, what most people have first."""
        found = await self._peers.part(self._peers.listing("notifier", "/channels/services", Service))
        if found.value is None:
            return Part(None, found.problem)
        ranks = {name: place for place, name in enumerate(USUAL)}
        return Part(sorted(found.value.items, key=lambda each: (ranks.get(each.name, len(ranks)), each.name.casefold())))

    async def add(self, channel: dict[str, Any]) -> Channel:
        """A new one. InvalidInputError says what is wrong with it."""
        return parsed("notifier", Channel, await self._peers["notifier"].post("/channels", channel))

    async def change(self, identifier: str, parts: dict[str, Any], etag: str = "") -> Channel:
        """Another in the place of the one that `etag` tells, but for what is not named. PreconditionFailedError."""
        path = f"/channels/{segment(identifier)}"
        return parsed("notifier", Channel, await self._peers["notifier"].patch(path, parts, if_match(etag)))

    async def remove(self, identifier: str) -> None:
        """Without it."""
        await self._peers["notifier"].delete(f"/channels/{segment(identifier)}")

    async def as_file(self) -> str:
        """All as YAML, without addresses and secrets."""
        return await self._peers["notifier"].get_text("/channels/export")

    async def test(self, identifier: str) -> PushResult:
        """A test push there, and what became of it."""
        return parsed("notifier", PushResult, await self._peers["notifier"].post(f"/channels/{segment(identifier)}/test"))

    async def preview(self, template: str, *, use_wording: bool) -> Preview:
        """What a template makes of a sample; the default, where there is none."""
        asked = {"template": template or None, "use_wording": use_wording}
        return parsed("notifier", Preview, await self._peers["notifier"].post("/channels/preview", asked))


def channel_in(draft: Draft, channel: Channel | None) -> dict[str, Any]:
    """What a form says of a channel, as the notifier takes it. `channel`: the one that is there, None for a new one.

    Of one of NOTIFY_URLS name, address and sound are the environment's; an address that is left empty stays.
    """
    said: dict[str, Any] = {"filter": conditions_in(draft), "priority": _priority_in(draft)}
    said |= {name: draft.has(name) for name in _TICKED}
    said["template"] = draft["template"].replace("\r\n", "\n") or None
    if channel is None or channel.is_own:
        said |= {"name": draft["name"], "sound": draft["sound"], "test": draft.has("test"), "enabled": draft.has("enabled")}
        said |= {name: draft[name] for name in ("address", "secret") if draft[name]}
        if draft.has("new_secret"):
            said["secret"] = None
    if channel is None and not draft["address"]:
        draft.refuse("address", "An address is needed: it says which service, and whose telephone.")
    return said


def draft_of(channel: Channel | None) -> Draft:
    """The form of a channel, without its secrets."""
    if channel is None:
        return Draft({"enabled": ["on"], "follows_times": ["on"], "test": ["on"]})
    settings = channel.settings
    ticked = {name: ["on"] for name in (*_TICKED, "enabled") if getattr(settings, name)}
    own = {"name": [channel.label], "sound": [settings.sound], "template": [settings.template or ""]}
    return Draft({**fields_of(settings.filter), **ticked, **own, **_priority_of(settings.priority), ETAG: [channel.etag]})


def _priority_in(draft: Draft) -> str | dict[str, str] | None:
    """One for all, another for each, or as the alert says."""
    each = {name: draft[f"priority_{name}"] for name in PRIORITIES if draft[f"priority_{name}"] not in ("", name)}
    return draft["priority"] or each or None


def _priority_of(priority: str | dict[str, str] | None) -> dict[str, list[str]]:
    if isinstance(priority, dict):
        return {f"priority_{name}": [value] for name, value in priority.items()}
    return {"priority": [priority or ""]}
