"""The page of times and its forms."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from common.errors import PreconditionFailedError, PricingAgentError
from dashboard.alerts.draft import Draft
from dashboard.alerts.form_reading import typed
from dashboard.alerts.meanwhile import ETAG, refuse_as_changed, theirs
from dashboard.alerts.times.quiet_week import DAY_NAMES, WEEKDAYS, day_bars
from dashboard.alerts.times.schemas import FIELDS, Times
from dashboard.alerts.times.service import (
    MOST_ROWS,
    AlertTimes,
    as_told,
    draft_of,
    rows_in,
    snooze_in,
    times_in,
    without_row,
    zones,
)
from dashboard.html.form_outcomes import Outcome
from dashboard.html.pages import Pages
from dashboard.html.parameters import Key
from dashboard.html.replies import Replies, to

TOPICS = ("times", "pushes")
_DAYS = list(zip(WEEKDAYS, DAY_NAMES, strict=True))


def build_router(times: AlertTimes, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)
    _add_times(router, times, _Page(times, pages, replies))
    _add_snoozes(router, times, replies)
    return router


class _Page:
    """The page of times, as they are or as they were typed."""

    def __init__(self, times: AlertTimes, pages: Pages, replies: Replies) -> None:
        self.times, self.pages, self.replies = times, pages, replies

    async def show(
        self, draft: Draft | None = None, flash: str | None = None, more: int = 0, *, is_changed: bool = False
    ) -> Response:
        """`more`: rows of quiet hours beyond one that is empty; `is_changed`: somebody else has saved them meanwhile."""
        now, snoozes, subjects = await asyncio.gather(self.times.now(), self.times.snoozes(), self.times.subjects())
        form = draft or draft_of(now.value or Times())
        others: list[str] = []
        if is_changed and now.value:
            others = theirs(as_told(times_in(form)), as_told(times_in(draft_of(now.value))), FIELDS)
            refuse_as_changed(form, now.value.etag, "the times")
        rows = max((number for number in range(MOST_ROWS) if form.all(f"days-{number}") or form[f"start-{number}"]), default=-1)
        values: dict[str, Any] = {
            "times": now,
            "theirs": others,
            "rows": min(rows + 2 + more, MOST_ROWS),
            "bars": day_bars(rows_in(form)),
            "days": _DAYS,
        }
        values |= {"snoozes": snoozes, "subjects": subjects, "zones": zones()}
        status = 422 if form.errors else 200
        return self.pages.render("alerts/times.html", status, page="times", form=form, flash=self.replies.find(flash), **values)

    async def save(self, request: Request) -> Response:
        """Keep them, else the page again with what is wrong."""
        draft = await typed(request)
        if draft["do"] == "more":
            return await self.show(draft, more=1)
        if draft["do"].startswith("drop-"):
            return await self.show(without_row(draft, draft["do"].removeprefix("drop-")))
        asked = times_in(draft)
        if not draft.errors:
            try:
                await self.times.change(asked, draft[ETAG])
                return to("/times", flash=self.replies.keep(Outcome("Saved. What is held was decided anew.")))
            except PreconditionFailedError:
                return await self.show(draft, is_changed=True)
            except PricingAgentError as exc:
                draft.take(exc, FIELDS)
        return await self.show(draft)


def _add_times(router: APIRouter, times: AlertTimes, page: _Page) -> None:
    @router.get("/times")
    async def show(flash: Key = None) -> Response:
        return await page.show(flash=flash)

    @router.post("/times")
    async def save(request: Request) -> Response:
        return await page.save(request)

    @router.post("/times/week")
    async def week(request: Request) -> Response:
        """The week's bars of what is typed: a piece of the page."""
        draft = await typed(request)
        return page.pages.render("alerts/week.html", bars=day_bars(rows_in(draft)))


def _add_snoozes(router: APIRouter, times: AlertTimes, replies: Replies) -> None:
    @router.post("/snoozes")
    async def snooze(request: Request) -> Response:
        draft = await typed(request)
        now = await times.now()
        asked = snooze_in(draft, now.value.time_zone if now.value else "UTC")
        if draft.errors:
            return replies.say(request, "/times", Outcome(" ".join(draft.errors.values()), False))
        return await replies.after(request, "/times", times.snooze(asked), Outcome("Snoozed."), TOPICS)

    @router.post("/snoozes/{identifier}/lift")
    async def lift(request: Request, identifier: str) -> Response:
        done = Outcome("Lifted. What it held and is still worth sending comes as one digest.")
        return await replies.after(request, "/times", times.lift(identifier), done, TOPICS)
