"""The pages of pushes: what was sent, what is to come, what could not be delivered; and their forms."""

import asyncio
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from dashboard.html.form_outcomes import Outcome
from dashboard.html.formatting import sentence
from dashboard.html.pages import Pages
from dashboard.html.parameters import Cursor, Field, Key
from dashboard.html.replies import Replies, own_path
from dashboard.pushes.schemas import Notification, PushTest, Replayed
from dashboard.pushes.service import STATES, Pushes

Choice = Annotated[str, Query(max_length=80)]
_DEAD = "/pushes/dead"
_TOPICS = ("pushes",)


def build_router(pushes: Pushes, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)
    _add_pages(router, pushes, pages, replies)
    _add_sending(router, pushes, replies)
    _add_dead_letters(router, pushes, replies)
    return router


def _add_pages(router: APIRouter, pushes: Pushes, pages: Pages, replies: Replies) -> None:
    @router.get("/pushes")
    async def sent(state: Choice = "", channel: Choice = "", cursor: Cursor = "", flash: Key = None) -> HTMLResponse:
        some = pushes.some(limit="25", state=state if state in STATES else "", channel=channel, cursor=cursor)
        found, channels = await asyncio.gather(some, pushes.channels())
        asked = {name: value for name, value in (("state", state), ("channel", channel)) if value}
        place = urlencode(asked | ({"cursor": cursor} if cursor else {}))
        values: dict[str, Any] = {
            "asked": asked,
            "cursor": cursor,
            "place": f"/pushes{'?' if place else ''}{place}",
            "states": STATES,
        }
        said = replies.find(flash)
        return pages.render("pushes/sent.html", page="pushes", pushes=found, channels=channels, flash=said, **values)

    @router.get("/pushes/held")
    async def held(flash: Key = None) -> HTMLResponse:
        found, said = await pushes.held(), replies.find(flash)
        return pages.render("pushes/held.html", page="held", held=found, flash=said)

    @router.get(_DEAD)
    async def dead(cursor: Cursor = "", flash: Key = None) -> HTMLResponse:
        found, said = await pushes.dead(25, cursor), replies.find(flash)
        return pages.render("pushes/dead.html", page="dead", dead=found, cursor=cursor, flash=said)


def _add_sending(router: APIRouter, pushes: Pushes, replies: Replies) -> None:
    @router.post("/test")
    async def test(request: Request) -> Response:
        return await replies.after(request, "/", pushes.test(), _tested)

    @router.post("/notifications/{identifier}/resend")
    async def resend(request: Request, identifier: str, channel: Field = "", back: Field = "/") -> Response:
        to_whom = "It is being sent again." if channel else "It is being sent again, where it is lacking."

        def done(push: Notification) -> Outcome:
            return Outcome("Every channel has it." if push.state == "sent" else to_whom)

        return await replies.after(request, own_path(back), pushes.resend(identifier, channel), done, _TOPICS)

    @router.post("/pushes/held/send")
    async def send_held(request: Request, channel: Field = "") -> Response:
        return await replies.after(request, "/pushes/held", pushes.send_held(channel), _sent_now, _TOPICS)


def _add_dead_letters(router: APIRouter, pushes: Pushes, replies: Replies) -> None:
    @router.post("/dead/{identifier}/replay")
    async def replay(request: Request, identifier: str, back: Field = "/") -> Response:
        done = Outcome("It is being tried again.")
        return await replies.after(request, own_path(back), pushes.replay(identifier), done, _TOPICS)

    @router.post(f"{_DEAD}/replay")
    async def replay_all(request: Request) -> Response:
        return await replies.after(request, _DEAD, pushes.replay_all(), _replayed, _TOPICS)


def _tested(result: PushTest) -> Outcome:
    return Outcome(sentence(result.summary), result.sent, result.lines)


def _sent_now(count: int) -> Outcome:
    if not count:
        return Outcome("Nothing was to be sent: the rest is snoozed.")
    return Outcome(f"{count} {'comes' if count == 1 else 'come'} now, in one push.")


def _replayed(done: Replayed) -> Outcome:
    rest = "" if done.is_all else " There are more: press again."
    said = f"{done.tried} {'is' if done.tried == 1 else 'are'} being tried again.{rest}"
    return Outcome(said, not done.problems, tuple(done.problems))
