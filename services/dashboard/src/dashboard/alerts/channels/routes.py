"""The pages of channels and their forms."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from common.errors import PreconditionFailedError, PricingAgentError
from dashboard.alerts.channels.schemas import Channel, Preview
from dashboard.alerts.channels.service import EACH, FORM, Channels, channel_in, draft_of
from dashboard.alerts.choices import Choices
from dashboard.alerts.conditions import feed_choices
from dashboard.alerts.draft import Draft
from dashboard.alerts.form_reading import typed
from dashboard.alerts.meanwhile import ETAG, refuse_as_changed, theirs
from dashboard.alerts.schemas import PRIORITIES
from dashboard.html.form_outcomes import Outcome
from dashboard.html.pages import Pages
from dashboard.html.parameters import Field, Key
from dashboard.html.replies import Replies, to
from dashboard.pushes.schemas import PushResult

Name = Annotated[str, Query(max_length=100)]
TOPICS = ("channels",)
_SEEN = [name for name in (*FORM, *EACH) if name not in ("address", "secret")]  # that a page shows again


def build_router(channels: Channels, choices: Choices, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)
    _add_list(router, channels, pages, replies)
    _add_editor(router, _Editor(channels, choices, pages, replies))
    _add_buttons(router, channels, replies)
    return router


class _Editor:
    """The page of one channel, as it is kept or as it was typed."""

    def __init__(self, channels: Channels, choices: Choices, pages: Pages, replies: Replies) -> None:
        self.channels, self.choices, self.pages, self.replies = channels, choices, pages, replies

    async def show(
        self,
        channel: Channel | None,
        draft: Draft,
        flash: str | None = None,
        preview: Preview | None = None,
        *,
        other: Draft | None = None,
    ) -> Response:
        """With the template's preview beside it. `other`: the draft of the channel as somebody else has saved it meanwhile."""
        chosen, services = await asyncio.gather(self.choices.now(), self.channels.services())
        preview = preview or await self._previewed(draft)
        values: dict[str, Any] = {"channel": channel, "services": services, "preview": preview, "priorities": PRIORITIES}
        values["theirs"] = theirs(draft, other, _SEEN) if other else []
        values["feed_choices"] = feed_choices(chosen.feeds, draft.all("feeds"))
        status, said = 422 if draft.errors else 200, self.replies.find(flash)
        return self.pages.render("alerts/channel.html", status, page="channels", form=draft, flash=said, **values)

    async def save(self, request: Request, channel: Channel | None) -> Response:
        """Keep it, else the page again with what is wrong; an address that was typed is kept in it as well."""
        draft = await typed(request)
        said = channel_in(draft, channel)
        if not draft.errors:
            try:
                saved = await (self.channels.change(channel.id, said, draft[ETAG]) if channel else self.channels.add(said))
                return to("/channels", flash=self.replies.keep(_saved(saved, is_new=channel is None)))
            except PreconditionFailedError:
                return await self._changed_meanwhile(channel, draft)
            except PricingAgentError as exc:
                draft.take(exc, FORM)
        return await self.show(channel, draft)

    async def _changed_meanwhile(self, channel: Channel | None, draft: Draft) -> Response:
        """What was read before the save may be older than what refused it."""
        now = await self.channels.one(channel.id) if channel else None
        refuse_as_changed(draft, now.etag if now else "", "this channel", "it was switched off by itself")
        return await self.show(now, draft, other=draft_of(now))

    async def preview(self, request: Request) -> Response:
        """What the typed template says; to htmx that alone."""
        draft = await typed(request)
        found = await self._previewed(draft)
        if "hx-request" in request.headers:
            return self.pages.render("alerts/template_preview.html", preview=found)
        identifier = draft["identifier"]
        return await self.show(await self.channels.one(identifier) if identifier else None, draft, preview=found)

    async def _previewed(self, draft: Draft) -> Preview:
        template = draft["template"].replace("\r\n", "\n")
        try:
            return await self.channels.preview(template, use_wording=draft.has("use_wording"))
        except PricingAgentError as exc:
            return Preview.model_validate({"title": "", "body": "", "errors": [{"line": 0, "message": str(exc)}]})


def _saved(channel: Channel, *, is_new: bool) -> Outcome:
    said = f"{channel.label} is {'added' if is_new else 'saved'}."
    if not channel.secret:
        return Outcome(said)
    return Outcome(said, details=(f"Its secret, shown this once: {channel.secret}",), once=True)


def _tested(found: PushResult) -> Outcome:
    if found.sent:
        return Outcome(f"The test push to {found.target} went out.")
    why = found.error or found.outcome or "nobody said why"
    return Outcome(f"The test push to {found.target} did not go out.", False, (why,))


def _add_list(router: APIRouter, channels: Channels, pages: Pages, replies: Replies) -> None:
    @router.get("/channels")
    async def listed(flash: Key = None) -> Response:
        return pages.render("alerts/channels.html", page="channels", channels=await channels.all(), flash=replies.find(flash))

    @router.get("/channels/export")
    async def export() -> Response:
        head = {"Content-Disposition": 'attachment; filename="channels.yaml"', "Cache-Control": "no-store"}
        return Response(await channels.as_file(), media_type="application/yaml", headers=head)

    @router.get("/channels/forms")
    async def forms(service: Name = "") -> Response:
        """How the address of a service looks: a piece of the page."""
        return pages.render("alerts/address_forms.html", services=await channels.services(), service=service)


def _add_editor(router: APIRouter, editor: _Editor) -> None:
    @router.get("/channels/new")
    async def new(service: Name = "", flash: Key = None) -> Response:
        draft = draft_of(None)
        draft.values["service"] = [service]
        return await editor.show(None, draft, flash)

    @router.post("/channels/preview")
    async def preview(request: Request) -> Response:
        return await editor.preview(request)

    @router.post("/channels")
    async def add(request: Request) -> Response:
        return await editor.save(request, None)

    @router.get("/channels/{identifier}")
    async def edit(identifier: str, flash: Key = None) -> Response:
        channel = await editor.channels.one(identifier)
        return await editor.show(channel, draft_of(channel), flash)

    @router.post("/channels/{identifier}")
    async def save(request: Request, identifier: str) -> Response:
        return await editor.save(request, await editor.channels.one(identifier))


def _add_buttons(router: APIRouter, channels: Channels, replies: Replies) -> None:
    @router.post("/channels/{identifier}/test")
    async def test(request: Request, identifier: str) -> Response:
        return await replies.after(request, "/channels", channels.test(identifier), _tested, TOPICS)

    @router.post("/channels/{identifier}/switch")
    async def switch(request: Request, identifier: str, on: Field = "") -> Response:
        done = Outcome("It is on." if on == "yes" else "It is off: nothing is sent there.")
        return await replies.after(request, "/channels", channels.change(identifier, {"enabled": on == "yes"}), done, TOPICS)

    @router.post("/channels/{identifier}/delete")
    async def remove(request: Request, identifier: str) -> Response:
        done = Outcome("Removed. What waited for it is not sent any more.")
        return await replies.after(request, "/channels", channels.remove(identifier), done, TOPICS)
