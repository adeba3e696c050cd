"""The pages of rules and their forms."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from common.errors import InvalidInputError, PreconditionFailedError, PricingAgentError
from dashboard.alerts.choices import Choices, Chosen
from dashboard.alerts.conditions import feed_choices
from dashboard.alerts.draft import Draft
from dashboard.alerts.form_reading import typed
from dashboard.alerts.meanwhile import ETAG, refuse_as_changed
from dashboard.alerts.rules.schemas import DryRun, Rule
from dashboard.alerts.rules.service import FORM, MOST_DAYS, YAML, Rules, draft_of, rule_in
from dashboard.html.form_outcomes import Outcome
from dashboard.html.pages import Pages
from dashboard.html.parameters import Field, Key
from dashboard.html.replies import Replies, to

TOPICS = ("rules",)
MOST_FILE = 1_000_000  # bytes of a file of rules
_DAYS = (7, 30, 90)


def build_router(rules: Rules, choices: Choices, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)
    editor = _Editor(rules, choices, pages, replies)
    _add_list(router, rules, pages, replies)
    _add_files(router, rules, pages, replies)
    _add_editor(router, editor)
    _add_buttons(router, rules, replies)
    return router


class _Editor:
    """The page of one rule, as it is kept or as it was typed."""

    def __init__(self, rules: Rules, choices: Choices, pages: Pages, replies: Replies) -> None:
        self.rules, self.choices, self.pages, self.replies = rules, choices, pages, replies

    async def show(self, identifier: str | None, draft: Draft, **more: Any) -> Response:
        """`more`: what a trial said, a message."""
        chosen = await self.choices.now()
        given: dict[str, Any] = {"tried": None, "trouble": [], "flash": None, "days": 30, "other": None} | more
        values: dict[str, Any] = {"form": draft, "identifier": identifier, "days_choices": _DAYS, "problems": chosen.problems}
        status = 422 if draft.errors else 200
        return self.pages.render("alerts/rule.html", status, page="rules", **values, **_boxes(chosen, draft), **given)

    async def save(self, request: Request, identifier: str | None) -> Response:
        """Keep it, else the page again with what is wrong."""
        draft = await typed(request)
        rule = rule_in(draft)
        if not draft.errors:
            try:
                saved = await self.rules.save(identifier, rule, draft[ETAG])
                return to("/rules", flash=self.replies.keep(Outcome(f"Saved “{saved.name}”. It counts from the next deal on.")))
            except PreconditionFailedError:
                return await self._changed_meanwhile(identifier or "", draft)
            except PricingAgentError as exc:
                draft.take(exc, FORM)
        return await self.show(identifier, draft)

    async def _changed_meanwhile(self, identifier: str, draft: Draft) -> Response:
        """The page again with what was typed and with the rule that somebody else has saved: the next save knows of it."""
        try:
            other = await self.rules.one(identifier)
        except PricingAgentError as exc:
            draft.take(exc, FORM)
            return await self.show(identifier, draft)
        refuse_as_changed(draft, other.etag, "this rule")
        return await self.show(identifier, draft, other=other)

    async def attempt(self, request: Request) -> Response:
        """Try what is typed on the past; to htmx the result alone."""
        draft = await typed(request)
        identifier, days = draft["identifier"] or None, _days(draft)
        tried = await self._tried(draft, days)
        trouble = list(draft.errors.values())
        if "hx-request" in request.headers:
            return self.pages.render("alerts/tried.html", tried=tried, trouble=trouble)
        return await self.show(identifier, draft, tried=tried, trouble=trouble, days=days)

    async def _tried(self, draft: Draft, days: int) -> DryRun | None:
        rule = rule_in(draft)
        if draft.errors:
            return None
        try:
            return await self.rules.try_out(rule, days)
        except PricingAgentError as exc:
            draft.take(exc, FORM)
            return None


def _add_list(router: APIRouter, rules: Rules, pages: Pages, replies: Replies) -> None:
    @router.get("/rules")
    async def listed(flash: Key = None) -> Response:
        return pages.render("alerts/rules.html", page="rules", book=await rules.book(), flash=replies.find(flash))

    @router.post("/rules/mode")
    async def set_mode(request: Request, mode: Field = "") -> Response:
        said = "All rules that match count." if mode == "all" else "The first rule that matches counts."
        return await replies.after(request, "/rules", rules.set_mode(mode), Outcome(said), TOPICS)


def _add_files(router: APIRouter, rules: Rules, pages: Pages, replies: Replies) -> None:
    @router.get("/rules/export")
    async def export() -> Response:
        head = {"Content-Disposition": 'attachment; filename="rules.yaml"', "Cache-Control": "no-store"}
        return Response(await rules.as_file(), media_type=YAML, headers=head)

    @router.post("/rules/import")
    async def take_in(request: Request) -> Response:
        draft = await typed(request, MOST_FILE * 2)
        text, replaces = draft.file("file", "text"), draft.has("replace")
        try:
            if not text:
                raise InvalidInputError("Choose a file, or paste its text.")
            if draft["do"] == "take":
                await rules.take_file(text, replaces=replaces)
                return to("/rules", flash=replies.keep(Outcome("The rules of the file were taken.")))
            found = await rules.look_into_file(text, replaces=replaces)
        except PricingAgentError as exc:
            values: dict[str, Any] = {"book": await rules.book(), "flash": Outcome(f"Nothing was taken: {exc}", False)}
            return pages.render("alerts/rules.html", 422, page="rules", typed=text, **values)
        return pages.render("alerts/rules_file.html", page="rules", found=found, text=text, replaces=replaces, flash=None)


def _add_editor(router: APIRouter, editor: _Editor) -> None:
    @router.get("/rules/new")
    async def new(flash: Key = None) -> Response:
        return await editor.show(None, draft_of(None), flash=editor.replies.find(flash))

    @router.post("/rules/try")
    async def attempt(request: Request) -> Response:
        return await editor.attempt(request)

    @router.post("/rules")
    async def add(request: Request) -> Response:
        return await editor.save(request, None)

    @router.get("/rules/{identifier}")
    async def edit(identifier: str, flash: Key = None) -> Response:
        rule: Rule = await editor.rules.one(identifier)
        return await editor.show(identifier, draft_of(rule), flash=editor.replies.find(flash))

    @router.post("/rules/{identifier}")
    async def save(request: Request, identifier: str) -> Response:
        return await editor.save(request, identifier)


def _add_buttons(router: APIRouter, rules: Rules, replies: Replies) -> None:
    @router.post("/rules/{identifier}/switch")
    async def switch(request: Request, identifier: str, on: Field = "") -> Response:
        is_on = on == "yes"
        done = Outcome("It is on." if is_on else "It is off: it matches nothing.")
        return await replies.after(request, "/rules", rules.switch(identifier, on=is_on), done, TOPICS)

    @router.post("/rules/{identifier}/move")
    async def move(request: Request, identifier: str, direction: Field = "") -> Response:
        done = Outcome("Moved up." if direction == "up" else "Moved down.")
        return await replies.after(request, "/rules", rules.move(identifier, up=direction == "up"), done, TOPICS)

    @router.post("/rules/{identifier}/delete")
    async def remove(request: Request, identifier: str) -> Response:
        return await replies.after(request, "/rules", rules.remove(identifier), Outcome("Deleted. What it pushed stays."), TOPICS)


def _boxes(chosen: Chosen, draft: Draft) -> dict[str, Any]:
    """What can be ticked."""
    channels = chosen.channel_choices(draft.all("channels"))
    return {"feed_choices": feed_choices(chosen.feeds, draft.all("feeds")), "channel_choices": channels}


def _days(draft: Draft) -> int:
    text = draft["days"]
    return min(max(int(text), 1), MOST_DAYS) if text.isascii() and text.isdigit() and len(text) < 4 else 30
