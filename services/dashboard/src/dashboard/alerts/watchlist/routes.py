"""The pages of the watchlist and their forms."""

import asyncio
import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from common.errors import NotFoundError, PreconditionFailedError, PricingAgentError
from dashboard.alerts.choices import Choices
from dashboard.alerts.draft import Draft
from dashboard.alerts.form_reading import typed
from dashboard.alerts.meanwhile import ETAG, refuse_as_changed, theirs
from dashboard.alerts.watchlist.schemas import Added, Preview
from dashboard.alerts.watchlist.service import FORM, Watchlist, draft_of, wish_in
from dashboard.html.form_outcomes import Outcome
from dashboard.html.pages import Pages
from dashboard.html.parameters import Cursor, Field, Key
from dashboard.html.replies import Replies, to

TOPICS = ("watchlist",)


def build_router(watchlist: Watchlist, choices: Choices, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)
    wishes = _Wishes(watchlist, choices, pages, replies)
    _add_list(router, wishes)
    _add_buttons(router, watchlist, replies)
    _add_editor(router, wishes)
    return router


class _Wishes:
    """The list with its form for a new wish, and the page of one, as they are or as they were typed."""

    def __init__(self, watchlist: Watchlist, choices: Choices, pages: Pages, replies: Replies) -> None:
        self.watchlist, self.choices, self.pages, self.replies = watchlist, choices, pages, replies

    async def listed(self, draft: Draft, flash: str | None = None, preview: Preview | None = None) -> Response:
        """All of them."""
        status, said = 422 if draft.errors else 200, self.replies.find(flash)
        values: dict[str, Any] = {"watches": await self.watchlist.all(), "form": draft, "preview": preview, "flash": said}
        return self.pages.render("alerts/watchlist.html", status, page="watchlist", **values)

    async def one(self, identifier: str, draft: Draft | None = None, **given: Any) -> Response:
        """One. `draft`: what was typed; `given`: preview, flash, cursor; is_changed: somebody else has saved it meanwhile."""
        watch, matches, chosen = await asyncio.gather(
            self.watchlist.one(identifier), self.watchlist.matches(identifier, given.get("cursor", "")), self.choices.now()
        )
        form = draft or draft_of(watch)
        if given.get("is_changed"):
            refuse_as_changed(form, watch.etag, "this wish")
        values: dict[str, Any] = {
            "watch": watch,
            "preview": given.get("preview") or watch,
            "matches": matches,
            "cursor": given.get("cursor", ""),
            "theirs": theirs(form, draft_of(watch), FORM) if given.get("is_changed") else [],
            "channel_choices": chosen.channel_choices(form.all("channels")),
        }
        status = 422 if form.errors else 200
        said = self.replies.find(given.get("flash"))
        return self.pages.render("alerts/watch.html", status, page="watchlist", form=form, flash=said, **values)

    async def preview(self, request: Request) -> Response:
        """How what is typed is understood; to htmx that alone."""
        draft = await typed(request)
        found = await self._previewed(draft)
        if "hx-request" in request.headers:
            return self.pages.render("alerts/watch_preview.html", preview=found, form=draft)
        return await (
            self.one(draft["identifier"], draft, preview=found) if draft["identifier"] else self.listed(draft, preview=found)
        )

    async def add(self, request: Request) -> Response:
        """Watch one more, else the page again with what is wrong."""
        draft = await typed(request)
        wish = wish_in(draft)
        if not draft.errors:
            try:
                added = await self.watchlist.add(wish)
                path = "/watchlist" if added.new else f"/watchlist/{added.id}"
                return to(path, flash=self.replies.keep(_said_of(added)))
            except PricingAgentError as exc:
                draft.take(exc, ("text", "target_price"))
        return await self.listed(draft)

    async def save(self, request: Request, identifier: str) -> Response:
        """Keep it, else the page again with what is wrong."""
        draft = await typed(request)
        wish = wish_in(draft)
        if not draft.errors:
            try:
                saved = await self.watchlist.replace(identifier, wish, draft[ETAG])
                said = Outcome(f"Saved. It is understood as: {saved.understood.summary}.")
                return to(f"/watchlist/{saved.id}", flash=self.replies.keep(said))
            except PreconditionFailedError:
                return await self.one(identifier, draft, is_changed=True)
            except PricingAgentError as exc:
                draft.take(exc, FORM)
        return await self.one(identifier, draft)

    async def _previewed(self, draft: Draft) -> Preview | None:
        wish = wish_in(draft)
        if draft.errors:
            return None
        try:
            return await self.watchlist.preview(wish)
        except PricingAgentError as exc:
            draft.take(exc, FORM if draft["identifier"] else ("text", "target_price"))
            return None


def _said_of(added: Added) -> Outcome:
    if added.new:
        return Outcome(f"Watched: {added.understood.summary}.", details=(added.hint,) if added.hint else ())
    off = "" if added.enabled else " It is off, so nothing of it is pushed."
    return Outcome(f"“{added.text}” is on the watchlist already: here it is.{off}")


def _add_list(router: APIRouter, wishes: _Wishes) -> None:
    @router.get("/watchlist")
    async def listed(flash: Key = None) -> Response:
        return await wishes.listed(Draft(), flash)

    @router.post("/watchlist/preview")
    async def preview(request: Request) -> Response:
        return await wishes.preview(request)

    @router.post("/watchlist")
    async def add(request: Request) -> Response:
        return await wishes.add(request)


def _add_buttons(router: APIRouter, watchlist: Watchlist, replies: Replies) -> None:
    @router.post("/watchlist/{identifier}/delete")
    async def remove(request: Request, identifier: str) -> Response:
        def done(gone: dict[str, Any]) -> Outcome:
            kept = replies.keep(Outcome(description=json.dumps(gone)))
            return Outcome(f"“{gone['text']}” is not watched any more.", undo=f"/watchlist/undo/{kept}")

        return await replies.after(request, "/watchlist", watchlist.remove(identifier), done, TOPICS)

    @router.post("/watchlist/undo/{key}")
    async def undo(request: Request, key: str) -> Response:
        kept = replies.find(key)
        if kept is None or not kept.description:
            raise NotFoundError("that was too long ago to be undone")
        done = Outcome("It is watched again.")
        return await replies.after(request, "/watchlist", watchlist.add(json.loads(kept.description)), done, TOPICS)

    @router.post("/watchlist/{identifier}/switch")
    async def switch(request: Request, identifier: str, on: Field = "") -> Response:
        done = Outcome("It is watched." if on == "yes" else "It is off: nothing of it is pushed.")
        return await replies.after(request, "/watchlist", watchlist.switch(identifier, on=on == "yes"), done, TOPICS)


def _add_editor(router: APIRouter, wishes: _Wishes) -> None:
    @router.get("/watchlist/{identifier}")
    async def edit(identifier: str, flash: Key = None, cursor: Cursor = "") -> Response:
        return await wishes.one(identifier, flash=flash or "", cursor=cursor)

    @router.post("/watchlist/{identifier}")
    async def save(request: Request, identifier: str) -> Response:
        return await wishes.save(request, identifier)
