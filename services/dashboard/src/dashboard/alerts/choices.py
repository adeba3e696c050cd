"""What can be chosen in the forms about alerts: feeds and channels, as far as their services answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.alerts.schemas import ListedFeed, NamedChannel
from dashboard.peers import Peers


@dataclass(frozen=True)
class Chosen:
    """Feeds and channels. `problems`: why there are none of a kind."""

    feeds: list[ListedFeed]
    channels: list[str]
    problems: list[str]

    def channel_choices(self, ticked: Sequence[str]) -> list[tuple[str, str]]:
        """(value, label) of every channel that can be ticked. One that is not listed can be ticked on."""
        return [(each, each) for each in (*self.channels, *(each for each in ticked if each not in self.channels))]


class Choices:
    """The use case, over scanner and notifier."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def now(self) -> Chosen:
        """As they are at the moment."""
        feeds, channels = await asyncio.gather(
            self._peers.part(self._peers.listing("scanner", "/feeds", ListedFeed)),
            self._peers.part(self._peers.listing("notifier", "/channels", NamedChannel)),
        )
        problems = [each.problem for each in (feeds, channels) if each.value is None]
        return Chosen(
            feeds.value.items if feeds.value else [],
            [each.label for each in channels.value.items] if channels.value else [],
            problems,
        )
