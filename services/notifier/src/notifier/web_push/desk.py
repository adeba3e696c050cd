"""What the doors of web push work with: this server's key, and subscriptions as channels. Knows no HTTP."""

import asyncio
from dataclasses import dataclass, field, replace
from uuid import uuid4

from common.errors import InvalidInputError
from notifier.channels.channel import NAME_LENGTH, ChannelRecord, ChannelSettings, Origin, folded_name
from notifier.channels.desk import Desk as ChannelDesk
from notifier.channels.desk import Shown
from notifier.web_push.signing import KeepsKey
from notifier.web_push.subscription import address_of, is_web_push, secret_of

# By what the channel's fields are called here.
_FIELDS = {"address": "endpoint", "secret": "keys", "name": "label"}


@dataclass(frozen=True)
class Subscription:
    """A browser's, as it gives it."""

    endpoint: str
    p256dh: str
    auth: str
    label: str


@dataclass(frozen=True)
class Desk:
    """The open parts. `_turn`: one subscription after another, or a button that is pressed twice would make two channels of one."""

    channels: ChannelDesk
    keys: KeepsKey
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def public_key(self) -> str:
        """With which browsers subscribe."""
        return (await self.keys.key()).public

    async def all(self) -> list[Shown]:
        """The channels that are browsers."""
        return [each for each in await self.channels.all() if is_web_push(each.record.address)]

    async def add(self, given: Subscription, *, test: bool = False) -> Shown:
        """Keep a subscription as a channel. One that is known is renewed, and switched on again. InvalidInputError."""
        try:
            address = address_of(given.endpoint)
        except ValueError as exc:
            raise InvalidInputError(str(exc), "endpoint") from None
        async with self._turn:
            return await self._keep(given, address, test=test)

    async def _keep(self, given: Subscription, address: str, *, test: bool) -> Shown:
        secret, known = secret_of(given.p256dh, given.auth), await self.all()
        same = next((each.record for each in known if each.record.address == address), None)
        try:
            if same is not None:
                settings = same.settings.model_copy(update={"enabled": True})
                await self.channels.change(same, replace(same, secret=secret, settings=settings), test=test)
                return await self.channels.get(same.key)
            key, name = uuid4().hex[:16], await self._free(given.label)
            await self.channels.add(ChannelRecord(key, Origin.OWN, name, address, secret, ChannelSettings()), test=test)
            return await self.channels.get(key)
        except InvalidInputError as exc:
            raise InvalidInputError(str(exc), _FIELDS.get(exc.field or "", exc.field)) from None

    async def remove(self, key: str) -> None:
        """Forget a subscription. NotFoundError; InvalidInputError where the channel is none."""
        if not is_web_push((await self.channels.get(key)).record.address):
            raise InvalidInputError("it is a channel of another kind", "id")
        await self.channels.remove(key)

    async def _free(self, label: str) -> str:
        """The label, with a number where another channel has it: two browsers of one person are called alike."""
        taken = {folded_name(each.record.name) for each in await self.channels.all()}
        names = [label, *(f"{label[: NAME_LENGTH - 4]} {number}" for number in range(2, 100))]
        return next((each for each in names if folded_name(each) not in taken), label)
