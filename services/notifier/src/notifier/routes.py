"""The notifier's routes: what was sent, what died, and trying again."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import APIRouter, Path, Query

from common.errors import InvalidInputError, NotFoundError
from common.http.app import add_routes
from notifier.channels.desk import Desk as ChannelDesk
from notifier.channels.routes import build_channel_router
from notifier.entry_handler import MalformedError, parse_entry
from notifier.notification import Notification, State
from notifier.schemas import (
    DeadPage,
    NotificationOut,
    NotificationPage,
    Replayed,
    TestResult,
    dead_out,
    test_result,
)
from notifier.service import Notifier
from notifier.stream_data import DeadLetter
from notifier.times.desk import Desk as TimesDesk
from notifier.times.routes import build_router as build_times_router
from notifier.web_push.desk import Desk as WebPushDesk
from notifier.web_push.routes import build_router as build_push_router
from notifier.worker import Worker

ChannelName = Annotated[str | None, Query(min_length=1, max_length=80)]
Limit = Annotated[int, Query(ge=1, le=200)]
EntryId = Annotated[str, Path(pattern=r"^[0-9]{1,19}-[0-9]{1,19}$")]
SeqCursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")]
EntryCursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,19}-[0-9]{1,19}$")]


class Notifications(Protocol):
    """The store."""

    async def page(
        self, *, before: int | None, limit: int, state: State | None = None, channel: str | None = None
    ) -> list[Notification]:
        """Newest first."""
        ...

    async def get(self, identifier: str) -> Notification | None:
        """One of them."""
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


@dataclass(frozen=True)
class Runtime:
    """What is open while the service runs."""

    notifier: Notifier
    store: Notifications
    channels: ChannelDesk
    web_push: WebPushDesk
    times: TimesDesk
    letters: Letters
    worker: Worker


def build_router(runtime: Callable[[], Runtime]) -> APIRouter:
    """The routes, over what `runtime` returns at the moment of the request."""
    router = APIRouter()
    _add_notification_routes(router, runtime)
    _add_dead_letter_routes(router, runtime)
    add_routes(
        router,
        build_times_router(lambda: runtime().times),
        build_channel_router(lambda: runtime().channels),
        build_push_router(lambda: runtime().web_push),
    )
    return router


def _add_notification_routes(router: APIRouter, runtime: Callable[[], Runtime]) -> None:
    @router.get("/notifications", tags=["notifications"])
    async def list_notifications(
        limit: Limit = 50, cursor: SeqCursor = None, state: State | None = None, channel: ChannelName = None
    ) -> NotificationPage:
        """What was sent, tried or logged, newest first; by `state`, and by the name of a `channel` to which it went."""
        before = int(cursor) if cursor else None
        found = await runtime().store.page(before=before, limit=limit + 1, state=state, channel=channel)
        last = str(found[limit - 1].seq) if len(found) > limit else None
        warnings = await runtime().channels.store.remarks([each.id for each in found[:limit]])
        items = [NotificationOut.model_validate(each) for each in found[:limit]]
        return NotificationPage(items=[each.model_copy(update={"warning": warnings.get(each.id, "")}) for each in items], next=last)

    @router.get("/notifications/{identifier}", tags=["notifications"], responses={404: {}})
    async def read_notification(identifier: str) -> NotificationOut:
        """What became of one push; that of a deal has the opportunity's id."""
        found = await runtime().store.get(identifier)
        if found is None:
            raise NotFoundError(f"there is no notification {identifier[:60]}")
        warnings = await runtime().channels.store.remarks([found.id])
        return NotificationOut.model_validate(found).model_copy(update={"warning": warnings.get(found.id, "")})

    @router.post("/notifications/{identifier}/resend", status_code=202, tags=["notifications"])
    async def resend(identifier: str, channel: ChannelName = None) -> NotificationOut:
        """Send it again to the channels that do not have it, or to `channel` in any case; the list tells how it went."""
        return NotificationOut.model_validate(await runtime().notifier.resend(identifier, channel))

    @router.post("/test", tags=["notifications"])
    async def test() -> TestResult:
        """Send a test push and say which addresses took it."""
        return test_result(await runtime().notifier.test())


def _add_dead_letter_routes(router: APIRouter, runtime: Callable[[], Runtime]) -> None:
    @router.get("/dead", tags=["dead letters"])
    async def list_dead(limit: Limit = 50, cursor: EntryCursor = None) -> DeadPage:
        """Entries that could not be delivered, newest first."""
        found = await runtime().letters.page(cursor, limit + 1)
        return DeadPage(items=[dead_out(each) for each in found[:limit]], next=found[limit - 1].id if len(found) > limit else None)

    @router.post("/dead/{identifier}/replay", status_code=202, tags=["dead letters"])
    async def replay(identifier: EntryId) -> Replayed:
        """Put it back into the stream. Channels that had it before do not get it again."""
        letter = await runtime().letters.get(identifier)
        await _reopen(letter, runtime().notifier)
        return Replayed(entry=await runtime().letters.revive(letter))


async def _reopen(letter: DeadLetter, notifier: Notifier) -> None:
    """A letter of an earlier version may be a notification that failed: by its entry alone it would count as known."""
    with suppress(MalformedError, NotFoundError, InvalidInputError):  # the last: withdrawn, and stays so
        await notifier.resend(parse_entry(letter.fields).id)
