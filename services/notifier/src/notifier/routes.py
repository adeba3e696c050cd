"""The notifier's routes: what was sent, what died, and trying again."""

from collections.abc import Callable
from typing import Annotated, Protocol

from fastapi import APIRouter, Query

from common.http.problem_response import PROBLEMS
from notifier.entry_handler import MalformedError, parse_entry
from notifier.notification import Notification, Sent, State
from notifier.schemas import (
    DeadPage,
    NotificationOut,
    NotificationPage,
    Replayed,
    TestResult,
    dead_out,
    notification_out,
    test_result,
)
from notifier.stream_entries import DeadLetter

Limit = Annotated[int, Query(ge=1, le=200)]
SeqCursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")]
EntryCursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,19}-[0-9]{1,19}$")]


class Resends(Protocol):
    """The use case."""

    async def resend(self, identifier: str) -> Notification:
        """Send again, in the background."""
        ...

    async def test(self) -> list[Sent]:
        """Send a test push to every address."""
        ...


class Notifications(Protocol):
    """The store."""

    async def page(self, *, before: int | None, limit: int, state: State | None = None) -> list[Notification]:
        """Newest first."""
        ...

    async def reset(self, identifier: str, *, forget_delivered: bool) -> Notification | None:
        """Make it pending again."""
        ...


class Letters(Protocol):
    """The dead letters."""

    async def page(self, before: str | None, limit: int) -> list[DeadLetter]:
        """Newest first."""
        ...

    async def get(self, identifier: str) -> DeadLetter:
        """One letter."""
        ...

    async def revive(self, letter: DeadLetter) -> str:
        """Put it back into the stream."""
        ...


def build_router(notifier: Callable[[], Resends], store: Callable[[], Notifications], letters: Callable[[], Letters]) -> APIRouter:
    """Routes over whatever the three callables return at that moment."""
    router = APIRouter(responses={**PROBLEMS, 404: PROBLEMS[422]})

    @router.get("/notifications", tags=["notifications"])
    async def list_notifications(limit: Limit = 50, cursor: SeqCursor = None, state: State | None = None) -> NotificationPage:
        """What was sent, tried or logged, newest first."""
        found = await store().page(before=int(cursor) if cursor else None, limit=limit + 1, state=state)
        last = str(found[limit - 1].seq) if len(found) > limit else None
        return NotificationPage(items=[notification_out(each) for each in found[:limit]], next=last)

    @router.post("/notifications/{identifier}/resend", status_code=202, tags=["notifications"])
    async def resend(identifier: str) -> NotificationOut:
        """Send it again to every address; the list tells how it went."""
        return notification_out(await notifier().resend(identifier))

    @router.post("/test", tags=["notifications"])
    async def test() -> TestResult:
        """Send a test push and say which addresses took it."""
        return test_result(await notifier().test())

    @router.get("/dead", tags=["dead letters"])
    async def list_dead(limit: Limit = 50, cursor: EntryCursor = None) -> DeadPage:
        """Entries that could not be delivered, newest first."""
        found = await letters().page(cursor, limit + 1)
        return DeadPage(items=[dead_out(each) for each in found[:limit]], next=found[limit - 1].id if len(found) > limit else None)

    @router.post("/dead/{identifier}/replay", status_code=202, tags=["dead letters"])
    async def replay(identifier: str) -> Replayed:
        """Put it back into the stream. Addresses that had it before do not get it again."""
        letter = await letters().get(identifier)
        await _forgive(letter, store())
        return Replayed(entry=await letters().revive(letter))

    return router


async def _forgive(letter: DeadLetter, store: Notifications) -> None:
    """A notification that failed would be buried again at once: its attempts start anew."""
    try:
        await store.reset(parse_entry(letter.fields).id, forget_delivered=False)
    except MalformedError:
        return
