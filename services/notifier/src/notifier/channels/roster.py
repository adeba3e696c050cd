"""Which channels there are at this moment: those of NOTIFY_URLS, with what a person laid over them, and those of the database.

Whoever routes an alert reads them anew, so that an instance needs no word from another of what was changed there.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from common.deals import Opportunity
from common.errors import InvalidInputError
from notifier.channels.channel import ChannelRecord, ChannelSettings, Origin
from notifier.channels.routing import Addressee, Route, route_of


class Records(Protocol):
    """What is kept of channels; every method raises UnavailableError."""

    async def all(self) -> list[ChannelRecord]:
        """Those that are there."""
        ...

    async def remark(self, words: Mapping[str, str]) -> None:
        """Remember how notifications' channels were chosen."""
        ...


class Known(Protocol):
    """A channel of NOTIFY_URLS."""

    @property
    def key(self) -> str:
        """What identifies it."""
        ...

    @property
    def label(self) -> str:
        """What it is called."""
        ...


class Roster:
    """All channels. `environment`: those of NOTIFY_URLS."""

    def __init__(self, records: Records, environment: Sequence[Known]) -> None:
        self._records, self.environment = records, environment
        self.kept: list[ChannelRecord] = []

    async def refresh(self) -> list[ChannelRecord]:
        """Read what is kept anew."""
        self.kept = await self._records.all()
        return self.kept

    @property
    def own(self) -> list[ChannelRecord]:
        """Those that a person gave."""
        return [each for each in self.kept if each.origin is Origin.OWN]

    def laid_over(self, key: str) -> ChannelRecord | None:
        """What is laid over a channel of NOTIFY_URLS."""
        return next((each for each in self.kept if each.key == key and each.origin is Origin.ENVIRONMENT), None)

    @property
    def addressees(self) -> list[Addressee]:
        """All, as routing sees them; those of NOTIFY_URLS first."""
        given = [Addressee(each.key, each.label, self._settings(each.key)) for each in self.environment]
        return [*given, *(Addressee(each.key, each.name, each.settings) for each in self.own)]

    async def routes(self, opportunities: Sequence[Opportunity]) -> Mapping[str, Route]:
        """Where alerts go, by id."""
        await self.refresh()
        return {each.id: route_of(each, self.addressees) for each in opportunities}

    async def remark(self, routes: Mapping[str, Route]) -> None:
        """Tell what a person should know of how channels were chosen."""
        words = {identifier: route.remark for identifier, route in routes.items() if route.remark}
        for identifier, said in words.items():
            structlog.get_logger().warning("channels_chosen", opportunity=identifier, remark=said)
        if words:
            await self._records.remark(words)

    async def key_of(self, name: str) -> str:
        """The key of the channel of that name, or key. InvalidInputError where there is none, or it is switched off."""
        await self.refresh()
        found = next((each for each in self.addressees if each.is_called(name)), None)
        if found is None:
            raise InvalidInputError(f"there is no channel {name[:80]}", "channel")
        if not found.settings.enabled:
            raise InvalidInputError(f"the channel {found.label} is switched off", "channel")
        return found.key

    def _settings(self, key: str) -> ChannelSettings:
        record = self.laid_over(key)
        return record.settings if record else ChannelSettings()
