"""What a person does with channels: sees, adds, changes, tests and removes them, and tries a template. Knows no HTTP and no SQL.

What is wrong is refused before anything is stored; a secret goes in, and out only where it was made here, once.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import uuid4

from common.deals import Opportunity
from common.errors import InvalidInputError, NotFoundError
from notifier.channels.channel import HIDDEN, ChannelRecord, ChannelSettings, Origin, folded_name
from notifier.channels.crew import Crew, Gone
from notifier.channels.facts import Fault, TemplateFaultError
from notifier.channels.renderer import Renderer, check, page_of, text_by_template
from notifier.channels.roster import Roster
from notifier.channels.sample import sample
from notifier.channels.signature import new_secret
from notifier.channels.target_maker import KnownService, has_secret, is_webhook
from notifier.message import Push, test_push
from notifier.notification import Notification, Outcome, Sent
from notifier.service import Target
from notifier.trouble import Channel

FIXED = ("name", "address", "secret", "enabled", "sound")  # of a channel of NOTIFY_URLS: the environment's


class Keeps(Protocol):
    """The store; every method raises UnavailableError."""

    async def put(self, records: Sequence[ChannelRecord]) -> None:
        """Add and change, all or none."""
        ...

    async def remove(self, key: str) -> None:
        """Take one away, with what waits for it."""
        ...

    async def remarks(self, identifiers: Sequence[str]) -> Mapping[str, str]:
        """What is to be known of how notifications' channels were chosen."""
        ...


class States(Protocol):
    """What is known of how channels fare."""

    async def states(self) -> list[Channel]:
        """All that were ever served."""
        ...


class MakesTargets(Protocol):
    """Services by their addresses."""

    async def make(self, record: ChannelRecord, gone: Gone | None = None) -> Target:
        """The target. InvalidInputError says what is wrong with the address."""
        ...

    async def service(self, address: str) -> str:
        """The service's name."""
        ...

    async def services(self) -> list[KnownService]:
        """All that there are."""
        ...


@dataclass(frozen=True)
class Shown:
    """A channel with how it fares. `record.address` is not for showing; `address` is, where NOTIFY_URLS gives it."""

    record: ChannelRecord
    service: str
    fares: Channel | None
    address: str = ""


@dataclass(frozen=True)
class Tried:
    """What a push would say, and what is wrong with the template that should say it."""

    push: Push
    fault: Fault | None


async def _nothing() -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Desk:
    """`find`: a notification by its id; `dashboard`: the public address of the dashboard, or nothing.

    `on_change`: is called after a channel was changed.
    """

    roster: Roster
    crew: Crew
    store: Keeps
    states: States
    targets: MakesTargets
    find: Callable[[str], Awaitable[Notification | None]]
    dashboard: str = ""
    on_change: Callable[[], Awaitable[None]] = _nothing

    async def all(self) -> list[Shown]:
        """All channels, those of NOTIFY_URLS first."""
        await self.roster.refresh()
        fares = {each.key: each for each in await self.states.states()}
        addresses = {each.key: getattr(each, "shown", "") for each in self.roster.environment}
        known = self._records()
        return [Shown(each, await self._service(each), fares.get(each.key), addresses.get(each.key, "")) for each in known]

    async def get(self, key: str) -> Shown:
        """One. NotFoundError."""
        found = next((each for each in await self.all() if each.record.key == key), None)
        if found is None:
            raise NotFoundError(f"there is no channel {key}")
        return found

    async def add(self, record: ChannelRecord, *, test: bool = False) -> str | None:
        """Add one; the secret, where it was made. InvalidInputError names what is wrong with it."""
        await self.roster.refresh()
        made = new_secret() if is_webhook(record.address) and not record.secret else None
        record = replace(record, secret=record.secret or made or "")
        await self._check([record], test=test)
        await self.store.put([record])
        await self.crew.follow()
        return made

    async def change(self, was: ChannelRecord, record: ChannelRecord, *, test: bool = False) -> str | None:
        """Let a channel be otherwise; the secret, where one was made."""
        made = new_secret() if is_webhook(record.address) and not record.secret else None
        is_kept = has_secret(record.address) or record.secret != was.secret
        record = replace(record, secret=(record.secret or made or "") if is_kept else "")
        if record.settings.enabled and record.stopped:
            record = replace(record, stopped="")
        await self._check([record], test=test)
        await self.store.put([record])
        await self.crew.follow()
        await self.on_change()
        return made

    async def remove(self, key: str) -> None:
        """Take one away. NotFoundError; InvalidInputError for one of NOTIFY_URLS."""
        if any(each.key == key for each in self.roster.environment):
            raise InvalidInputError("it is one of NOTIFY_URLS: take it out there", "id")
        await self.store.remove(key)
        await self.crew.follow()

    async def test(self, key: str) -> Sent:
        """Send a test push there, once, also where it is switched off."""
        record = (await self.get(key)).record
        live = next((each for each in self.crew.targets if each.key == key), None)
        return await (live or await self.targets.make(record)).send(test_push())

    async def preview(self, template: str | None, identifier: str | None, *, use_wording: bool) -> Tried:
        """What a push would say. InvalidInputError for a notification that is not there."""
        opportunity = await self._opportunity(identifier)
        fault = _fault(template, opportunity, self.dashboard) if template is not None else None
        settings = ChannelSettings(template=template if fault is None else None, use_wording=use_wording)
        return Tried(Renderer("preview", settings, self.dashboard).push_of(opportunity, str(uuid4())), fault)

    async def put_all(self, records: Sequence[ChannelRecord]) -> dict[str, str]:
        """Add and change channels, all or none; the secrets that were made, by name."""
        needing = {each.key for each in records if is_webhook(each.address) and not each.secret}
        whole = [replace(each, secret=new_secret()) if each.key in needing else each for each in records]
        await self._check(whole, test=False)
        await self.store.put(whole)
        await self.crew.follow()
        return {each.name: each.secret for each in whole if each.key in needing}

    def _records(self) -> Sequence[ChannelRecord]:
        given = [
            self.roster.laid_over(each.key) or ChannelRecord(each.key, Origin.ENVIRONMENT, each.label, "", "", ChannelSettings())
            for each in self.roster.environment
        ]
        named = {each.key: each.label for each in self.roster.environment}
        return [*(replace(each, name=named[each.key]) for each in given), *self.roster.own]

    async def _service(self, record: ChannelRecord) -> str:
        if record.origin is Origin.ENVIRONMENT:
            return record.name.rpartition(" (")[0] or record.name
        return await self.targets.service(record.address)

    async def _check(self, records: Sequence[ChannelRecord], *, test: bool) -> None:
        changed = {each.key for each in records}
        names = {folded_name(each.name): each.key for each in self._records() if each.key not in changed}
        for at, record in enumerate(records):
            place = f"yaml.channels.{at}." if len(records) > 1 else ""
            try:
                if folded_name(record.name) in names:
                    raise InvalidInputError(f"there is a channel {record.name} already", "name")
                await self._check_one(record, test=test)
            except InvalidInputError as exc:
                raise InvalidInputError(str(exc), f"{place}{exc.field}") from None

    async def _check_one(self, record: ChannelRecord, *, test: bool) -> None:
        if record.settings.template is not None:
            try:
                check(record.settings.template)
            except TemplateFaultError as exc:
                raise InvalidInputError(str(exc), "template") from None
        if record.origin is Origin.ENVIRONMENT:
            return
        if record.address.endswith(HIDDEN):
            raise InvalidInputError("that is what is shown of an address, and not one", "address")
        target = await self.targets.make(record)
        if test and (sent := await target.send(test_push())).outcome is not Outcome.SENT:
            raise InvalidInputError(f"the test push did not go out: {sent.error or sent.outcome}", "address")

    async def _opportunity(self, identifier: str | None) -> Opportunity:
        if identifier is None:
            return sample()
        found = await self.find(identifier)
        if found is None or found.opportunity is None:
            raise InvalidInputError(f"there is no alert {identifier[:60]}", "opportunity")
        return found.opportunity


def _fault(template: str, opportunity: Opportunity, dashboard: str) -> Fault | None:
    try:
        check(template)
        text_by_template(template, opportunity, page_of(opportunity, dashboard))
    except TemplateFaultError as exc:
        return exc.fault
    return None
