"""The routes of times: the times themselves, snoozes, and what is held."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from common.conditional.if_match import CHANGED, READ, IfMatch, tagged
from notifier.times.desk import Desk
from notifier.times.schemas import (
    HeldList,
    HeldSent,
    SnoozeIn,
    SnoozeList,
    SnoozeOut,
    TimesIn,
    TimesOut,
    held_on_out,
    snooze_out,
    times_out,
)

ChannelName = Annotated[str | None, Query(min_length=1, max_length=80)]
SnoozeId = Annotated[int, Path(ge=1, le=2**31 - 1)]


def build_router(desk: Callable[[], Desk]) -> APIRouter:
    """The routes, over the desk at the moment of the request."""
    router = APIRouter(tags=["times"])
    _add_times(router, desk)
    _add_snoozes(router, desk)
    _add_held(router, desk)
    return router


def _add_times(router: APIRouter, desk: Callable[[], Desk]) -> None:
    @router.get("/times", responses=READ)
    async def show_times(response: Response) -> TimesOut:
        """When alerts come: quiet hours, caps, the digest's time, the weekly summary; and whether it is quiet now."""
        return tagged(times_out(await desk().outlook()), response)

    @router.put("/times", responses=CHANGED)
    async def change_times(given: TimesIn, response: Response, if_match: IfMatch = None) -> TimesOut:
        """Change them; what is held is decided anew. What is left out stays as it is."""
        return tagged(times_out(await desk().change(given.given, if_match)), response)


def _add_snoozes(router: APIRouter, desk: Callable[[], Desk]) -> None:
    @router.get("/snoozes")
    async def list_snoozes() -> SnoozeList:
        """Those that hold now, the first to end first."""
        return SnoozeList(items=[snooze_out(each) for each in await desk().snoozes()])

    @router.post("/snoozes", status_code=201)
    async def snooze(given: SnoozeIn) -> SnoozeOut:
        """Hear nothing of a rule, watch, product, feed or of all for a while; it takes the place of one of the same."""
        return snooze_out(await desk().snooze(given.subject, given.target, given.ends, given.seconds))

    @router.delete("/snoozes/{identifier}", status_code=204)
    async def lift_snooze(identifier: SnoozeId) -> None:
        """End it early: what it held, and is still valid, comes in a digest."""
        await desk().lift(identifier)


def _add_held(router: APIRouter, desk: Callable[[], Desk]) -> None:
    @router.get("/held")
    async def list_held() -> HeldList:
        """What is held, why, and until when, by channel."""
        return HeldList(items=[held_on_out(each) for each in await desk().held()])

    @router.post("/held/send", status_code=202)
    async def send_held(channel: ChannelName = None) -> HeldSent:
        """Send it now, as a digest, whatever the hour; what is snoozed stays so."""
        return HeldSent(sent=await desk().send_held(channel))
