"""The page of backups and its forms."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from common.errors import InvalidInputError, PricingAgentError
from dashboard.alerts.backup.bundle import MOST_BYTES
from dashboard.alerts.backup.service import PARTS, Backups, Restored
from dashboard.alerts.draft import Draft
from dashboard.alerts.form_reading import typed
from dashboard.html.form_outcomes import Outcome
from dashboard.html.pages import Pages
from dashboard.html.parameters import Key
from dashboard.html.replies import Replies, to


def build_router(backups: Backups, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)

    @router.get("/backup")
    async def page(flash: Key = None) -> Response:
        return pages.render("alerts/backup.html", page="backup", flash=replies.find(flash))

    @router.get("/backup/file")
    async def file() -> Response:
        name, text = await backups.make()
        head = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(text, media_type="application/json", headers=head)

    @router.post("/backup/restore")
    async def restore(request: Request) -> Response:
        draft = await typed(request, MOST_BYTES + 1024)
        text = draft.file("file", "text")
        try:
            if not text:
                raise InvalidInputError("Choose a file.")
            if draft["do"] == "restore":
                return to("/backup", flash=replies.keep(await _restored(backups, draft, text)))
            prospect = await backups.look_into(text, removes=draft.has("remove"))
        except PricingAgentError as exc:
            said = Outcome(f"Nothing was changed. {exc}", False)
            return pages.render("alerts/backup.html", 422, page="backup", flash=said)
        values: dict[str, Any] = {"prospect": prospect, "text": text, "removes": draft.has("remove"), "names": PARTS}
        return pages.render("alerts/restore.html", page="backup", flash=None, **values)

    return router


async def _restored(backups: Backups, draft: Draft, text: str) -> Outcome:
    addresses = {name.removeprefix("address:"): draft[name] for name in draft.values if name.startswith("address:")}
    found = await backups.restore(text, draft.all("part"), addresses, removes=draft.has("remove"))
    return _said(found)


def _said(found: list[Restored]) -> Outcome:
    bad = [each for each in found if each.problem]
    said = "Restored." if not bad else "Not all of it could be restored." if len(bad) < len(found) else "Nothing could be restored."
    return Outcome(said, not bad, tuple(each.words for each in found))
