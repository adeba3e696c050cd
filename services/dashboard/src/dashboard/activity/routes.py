"""The pages of activity, and the stream that adds lines to an open one."""

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from common.activity.ring import ID
from common.http.event_stream import WELCOME, event, event_stream
from dashboard.access.session_cookie import ending
from dashboard.activity.agents import AGENTS
from dashboard.activity.service import LEVELS, Activity, Wanted
from dashboard.html.pages import Pages
from dashboard.html.parameters import Cursor
from dashboard.live.follower import BEGINNING, Follower
from dashboard.live.hub import Hub

STREAM = "/activity/stream"
Agents = Annotated[list[str], Query(max_length=20)]
Level = Annotated[str, Query(max_length=20)]


def build_router(activity: Activity, live: tuple[Follower, Hub], pages: Pages) -> APIRouter:
    """The routes over a use case; `live`: what is heard of the services, and who looks."""
    router = APIRouter(include_in_schema=False)
    _add_lines(router, activity, live, pages)

    @router.get("/activity/scans")
    async def scans() -> HTMLResponse:
        return pages.render("activity/scans.html", page="scans", scans=await activity.scans())

    @router.get("/activity/scans/{identifier}")
    async def scan(identifier: str, cursor: Cursor = "") -> HTMLResponse:
        return pages.render("activity/scan.html", page="scans", view=await activity.scan(identifier, cursor))

    @router.get("/activity/plans")
    async def plans() -> HTMLResponse:
        return pages.render("activity/plans.html", page="plans", plans=await activity.plans())

    return router


def _add_lines(router: APIRouter, activity: Activity, live: tuple[Follower, Hub], pages: Pages) -> None:
    @router.get("/activity")
    async def lines(agent: Agents = [], level: Level = "info") -> HTMLResponse:  # noqa: B006 (FastAPI copies it)
        wanted = _wanted(agent, level)
        told = await activity.newest(wanted)
        return pages.render("activity/list.html", page="activity", told=told, wanted=wanted, agents=AGENTS, levels=LEVELS)

    @router.get(STREAM)
    async def stream(request: Request, agent: Agents = [], level: Level = "info") -> Response:  # noqa: B006
        seen = request.headers.get("last-event-id", "")
        after = seen if re.fullmatch(ID, seen) else BEGINNING
        return await event_stream(_lines(live, _wanted(agent, level), after, pages), ending(request))


def _wanted(agents: list[str], level: str) -> Wanted:
    known = tuple(each for each in AGENTS if each in agents)
    return Wanted(known, level if level in LEVELS else LEVELS[0])


async def _lines(live: tuple[Follower, Hub], wanted: Wanted, after: str, pages: Pages) -> AsyncGenerator[str]:
    follower, hub = live
    with follower.entries.listening(after) as entries, hub.watching():
        yield WELCOME
        async for identifier, entry in entries:
            if wanted.has(entry):
                html = pages.text("activity/line.html", entry=entry)
                yield event("line", " ".join(html.split()), identifier)
            await asyncio.sleep(0)  # a thousand kept lines must keep nobody waiting
