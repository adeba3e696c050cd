"""The use case of times: shows and changes them, snoozes, sends what is held, and sees to it that weekly summaries are made.

What goes out when is decided where a push begins; here what is held is decided anew. It knows neither SQL nor HTTP.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from common.conditional.entity_tag import require_match
from common.errors import InvalidInputError
from notifier.times.held import HeldOn
from notifier.times.holding import Plan, Why
from notifier.times.snooze import Snooze, Subject
from notifier.times.times import Times, times_of

_LONGEST_SNOOZE = 366 * 86_400.0
_LONGEST_TARGET = 200


class Plans(Protocol):
    """Keeps times and snoozes."""

    async def plan(self) -> Plan:
        """As they hold now."""
        ...

    async def edited(self) -> float | None:
        """When the times were edited last."""
        ...

    async def change(self, edit: Callable[[Times], Times]) -> Times:
        """What `edit` makes of them holds from now on; the former."""
        ...

    async def snooze(self, subject: Subject, target: str, until: float) -> Snooze:
        """From now until then."""
        ...

    async def lift(self, identifier: int) -> None:
        """End one early. NotFoundError."""
        ...


class HeldOnes(Protocol):
    """What is held."""

    async def held(self) -> list[HeldOn]:
        """By channel."""
        ...

    async def send_now(self, channel: str | None = None) -> int:
        """As a digest; how many."""
        ...

    async def decide_anew(self, before: Times | None = None) -> None:
        """By the times and snoozes that hold now; `before`: the times until now."""
        ...


class Summaries(Protocol):
    """Weekly summaries."""

    async def make_due(self, keys: list[str]) -> int:
        """Make those whose moment has come; how many."""
        ...


class Tidies(Protocol):
    """The notifier's own regular work."""

    async def recover(self) -> None:
        """Take up what an earlier version left."""
        ...

    async def tidy(self) -> None:
        """End what is over."""
        ...


@dataclass(frozen=True)
class Outlook:
    """The times and what follows from them now. edited: when a person did, None: they are the environment's; moments in seconds."""

    times: Times
    edited: float | None
    quiet_until: float | None
    next_digest: float


@dataclass(frozen=True)
class Desk:
    """`channels`: names by key of those that are served now; `timed`: keys of those that follow times.

    `wake` is called where there may be something to send.
    """

    plans: Plans
    held_ones: HeldOnes
    summaries: Summaries
    channels: Callable[[], Mapping[str, str]]
    timed: Callable[[], Sequence[str]]
    wake: Callable[[], None]

    async def outlook(self) -> Outlook:
        """The times, whether it is quiet now, and when the next digest would come: at the latest the day's."""
        plan = await self.plans.plan()
        quiet, daily = plan.times.quiet_until(plan.now), plan.times.next_digest(plan.now)
        waiting = [each.until for on in await self.held() for each in on.items if each.why is not Why.SNOOZED]
        ends = [daily, *waiting, *([quiet] if quiet is not None else [])]
        return Outlook(plan.times, await self.plans.edited(), quiet, max(min(ends), plan.now))

    async def change(self, given: Mapping[str, Any], if_match: str | None = None) -> Outlook:
        """Times that take the place of those of before, which stay as they are where `given` says nothing.

        InvalidInputError; PreconditionFailedError where those of before are none that `if_match` names.
        """

        def edit(former: Times) -> Times:
            require_match(former.etag, if_match, "the plan of times")
            return times_of(former.model_dump() | dict(given))

        await self.held_ones.decide_anew(await self.plans.change(edit))
        self.wake()
        return await self.outlook()

    async def snoozes(self) -> Sequence[Snooze]:
        """Those that hold now, the first to end first."""
        return (await self.plans.plan()).snoozes

    async def snooze(self, subject: Subject, target: str, until: float | None, seconds: float) -> Snooze:
        """Until a moment, or for so many seconds where there is none. InvalidInputError."""
        now = (await self.plans.plan()).now
        end = now + seconds if until is None else until
        field = "until" if until is not None else "minutes"
        if not now < end <= now + _LONGEST_SNOOZE:
            raise InvalidInputError("a snooze ends within a year from now", field)
        target = target.strip()
        if (subject is Subject.ALL) == bool(target):
            words = "for everything there is no id" if target else f"the id of the {subject} is needed"
            raise InvalidInputError(words, "id")
        if len(target) > _LONGEST_TARGET or not target.isprintable():
            raise InvalidInputError(f"at most {_LONGEST_TARGET} printable characters are an id", "id")
        made = await self.plans.snooze(subject, target, end)
        await self.decide_anew()
        return made

    async def lift(self, identifier: int) -> None:
        """End a snooze early: what it held, and is still valid, comes in a digest. NotFoundError."""
        await self.plans.lift(identifier)
        await self.decide_anew()

    async def held(self) -> list[HeldOn]:
        """By channel, of those that are served."""
        keys = self.channels()
        return [each for each in await self.held_ones.held() if each.channel in keys]

    async def send_held(self, channel: str | None = None) -> int:
        """Send it now, as a digest for each channel, or for the one of that name; how many there are. InvalidInputError."""
        keys = [key for key, label in self.channels().items() if channel is None or channel in (key, label)]
        if not keys and channel is not None:
            raise InvalidInputError(f"there is no channel {channel}", "channel")
        sent = sum([await self.held_ones.send_now(key) for key in keys])
        self.wake()
        return sent

    async def look(self) -> None:
        """See whether weekly summaries are due."""
        if await self.summaries.make_due(list(self.timed())):
            self.wake()

    async def recover(self) -> None:
        """The environment may say other times than before."""
        await self.held_ones.decide_anew()

    async def decide_anew(self) -> None:
        """Something changed by which it is decided when things go out."""
        await self.held_ones.decide_anew()
        self.wake()


@dataclass(frozen=True)
class Regular:
    """The notifier's regular work, with that of times after it."""

    notifier: Tidies
    desk: Desk

    async def recover(self) -> None:
        """Take up what an earlier version, or another environment, left."""
        await self.notifier.recover()
        await self.desk.recover()

    async def tidy(self) -> None:
        """End what is over, make what is due."""
        await self.notifier.tidy()
        await self.desk.look()
