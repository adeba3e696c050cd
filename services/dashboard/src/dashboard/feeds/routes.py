"""The page of feeds, each one's own, and their forms; and the button that starts a scan."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common.errors import PreconditionFailedError, PricingAgentError
from dashboard.alerts.meanwhile import changed_words, theirs
from dashboard.feeds.forms import FIELDS, FeedForm, field_of
from dashboard.feeds.opml_text import text_of
from dashboard.feeds.schemas import Imported
from dashboard.feeds.service import Feeds
from dashboard.html.form_outcomes import Outcome
from dashboard.html.pages import Pages, status_of
from dashboard.html.parameters import Field, Key, Number
from dashboard.html.reasons import reason
from dashboard.html.replies import Replies, to

Typed = Annotated[FeedForm, Form()]
IMPORT = "/feeds/import"
LARGEST_LIST = 2 * 1024 * 1024  # bytes of a form with a list, which may have 1 MiB
_LINES = 60  # of what became of a list


class FeedPages:
    """The pages, as routes show them also after what was typed cannot be."""

    def __init__(self, feeds: Feeds, pages: Pages) -> None:
        self._feeds, self._pages = feeds, pages

    async def all(self, said: Outcome | None, form: FeedForm | None = None, status: int = 200, **values: Any) -> HTMLResponse:
        """The list. `values`: field, findings and text, where a form brought them about."""
        found, snoozes = await asyncio.gather(self._feeds.all(), self._feeds.snoozes())
        given: dict[str, Any] = {"field": "", "findings": None, "text": "", "form": form or FeedForm()}
        given |= {"feeds": found, "snoozes": snoozes, "flash": said}
        return self._pages.render("feeds/feeds.html", status, page="feeds", **(given | values))

    async def one(
        self, identifier: int, said: Outcome | None, form: FeedForm | None = None, error: Exception | None = None
    ) -> HTMLResponse:
        """A feed's own. `error`: what is wrong with `form`; where somebody else saved meanwhile, the next save knows of it."""
        feed, snoozes = await asyncio.gather(self._feeds.one(identifier), self._feeds.snoozes())
        others: list[str] = []
        if form and isinstance(error, PreconditionFailedError):
            form.etag, said = feed.etag, Outcome(changed_words("this feed", "its first reading named it"), False)
            others = theirs(form.draft, FeedForm.of(feed).draft, FIELDS)
        values: dict[str, Any] = {
            "theirs": others,
            "feed": feed,
            "form": form or FeedForm.of(feed),
            "snooze": snoozes.get(str(identifier)),
            "flash": said,
        }
        field, status = (field_of(error), status_of(error)) if error else ("", 200)
        return self._pages.render("feeds/feed.html", status, page="feeds", field=field, **values)


def build_router(feeds: Feeds, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router, shown = APIRouter(include_in_schema=False), FeedPages(feeds, pages)
    _add_lists(router, feeds, shown, replies)
    _add_adding(router, feeds, shown, pages, replies)
    _add_one(router, feeds, shown, replies)
    _add_buttons(router, feeds, replies)
    return router


def _add_lists(router: APIRouter, feeds: Feeds, shown: FeedPages, replies: Replies) -> None:
    @router.get("/feeds")
    async def page(flash: Key = None) -> HTMLResponse:
        return await shown.all(replies.find(flash))

    @router.get("/feeds/export")
    async def export() -> Response:
        head = {"Content-Disposition": 'attachment; filename="feeds.opml"'}
        return Response(await feeds.export(), media_type="text/x-opml; charset=utf-8", headers=head)

    @router.post(IMPORT, response_model=None)
    async def take_list(file: Annotated[UploadFile | None, File()] = None, text: Field = "", skip: Field = "") -> Response:
        try:
            given = await file.read() if file else b""
            done = await feeds.take_list(text_of(given) if given else text, bool(skip))
        except PricingAgentError as exc:
            return await shown.all(Outcome(str(exc), False), status=status_of(exc), field="text", text=text)
        return to("/feeds", flash=replies.keep(_told(done)))


def _add_adding(router: APIRouter, feeds: Feeds, shown: FeedPages, pages: Pages, replies: Replies) -> None:
    @router.post("/feeds/test", response_model=None)
    async def test(request: Request, form: Typed) -> Response:
        is_piece = "hx-request" in request.headers
        try:
            findings = await feeds.test(form)
        except PricingAgentError as exc:
            said = Outcome(reason(exc), False)
            if is_piece:
                return pages.render("message.html", flash=said)
            return await shown.all(said, form, status_of(exc), field=field_of(exc))
        if is_piece:
            return pages.render("feeds/findings.html", findings=findings, form=form)
        return await shown.all(None, form, findings=findings)

    @router.post("/feeds", response_model=None)
    async def add(form: Typed) -> Response:
        try:
            await feeds.add(form)
        except PricingAgentError as exc:
            return await shown.all(Outcome(reason(exc), False), form, status_of(exc), field=field_of(exc))
        said = Outcome("Added. It is read now; what stands in it already is listed and not pushed.")
        return to("/feeds", flash=replies.keep(said))


def _add_one(router: APIRouter, feeds: Feeds, shown: FeedPages, replies: Replies) -> None:
    @router.get("/feeds/{identifier}")
    async def one(identifier: Number, flash: Key = None) -> HTMLResponse:
        return await shown.one(identifier, replies.find(flash))

    @router.post("/feeds/{identifier}", response_model=None)
    async def change(identifier: Number, form: Typed) -> Response:
        try:
            await feeds.change(identifier, form, is_demo=(await feeds.one(identifier)).demo)
        except PricingAgentError as exc:
            return await shown.one(identifier, Outcome(reason(exc), False), form, exc)
        return to(f"/feeds/{identifier}", flash=replies.keep(Outcome("Saved.")))

    @router.post("/feeds/{identifier}/snooze")
    async def snooze(request: Request, identifier: Number, hours: Field = "") -> Response:
        done = Outcome("Snoozed. What it brings is listed, and comes in a digest when the snooze ends.")
        return await replies.after(request, f"/feeds/{identifier}", feeds.snooze(identifier, hours), done, ("times", "pushes"))

    @router.post("/feeds/{identifier}/wake")
    async def wake(request: Request, identifier: Number) -> Response:
        done = Outcome("You hear of it again.")
        return await replies.after(request, f"/feeds/{identifier}", feeds.wake(identifier), done, ("times", "pushes"))


def _add_buttons(router: APIRouter, feeds: Feeds, replies: Replies) -> None:
    @router.post("/feeds/{identifier}/pause")
    async def pause(request: Request, identifier: Number) -> Response:
        return await replies.after(request, "/feeds", feeds.pause(identifier, True), Outcome("Paused."), ("feeds",))

    @router.post("/feeds/{identifier}/resume")
    async def resume(request: Request, identifier: Number) -> Response:
        done = Outcome("It is read again.")
        return await replies.after(request, "/feeds", feeds.pause(identifier, False), done, ("feeds",))

    @router.post("/feeds/{identifier}/read")
    async def read_now(request: Request, identifier: Number) -> Response:
        return await replies.after(request, "/feeds", feeds.read_now(identifier), Outcome("It is being read."), ("feeds",))

    @router.post("/feeds/{identifier}/delete")
    async def remove(request: Request, identifier: str) -> Response:
        return await replies.after(request, "/feeds", feeds.remove(identifier), Outcome("Removed."), ("feeds",))

    @router.post("/scan")
    async def scan() -> RedirectResponse:
        try:
            return to("/", scan=await feeds.start_scan())
        except PricingAgentError as exc:
            return to("/", flash=replies.keep(Outcome(str(exc), False)))


def _told(done: Imported) -> Outcome:
    """What became of a list: in numbers, and each that was not added with the reason."""
    counts = ((done.added, "added"), (done.known, "known already"), (done.refused, "skipped"))
    said = ", ".join(f"{len(found)} {what}" for found, what in counts if found) or "No feeds stand in it"
    lines = [*(f"{each.title or each.url}: added" for each in done.added), *(each.line for each in (*done.refused, *done.known))]
    more = [f"and {len(lines) - _LINES} more"] if len(lines) > _LINES else []
    return Outcome(f"{said}.", not done.refused, tuple(lines[:_LINES] + more))
