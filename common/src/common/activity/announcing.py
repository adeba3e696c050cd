"""Tells what people and programs change through a service's doors: a table says for each door what a success of it means.

One place for all doors, so that none is forgotten: tests/contract compares the table with the routes. Plain ASGI.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.activity.log import ActivityLog

PERSON = "person"  # whoever comes through a door: a person, or a program of theirs


@dataclass(frozen=True)
class Said:
    """What a success of a door means: a sentence, and the topics that it changed."""

    text: str
    topics: tuple[str, ...]


Announcements = Mapping[str, Said | None]  # by "METHOD /path/{template}"; None: it changes nothing, or is told where it happens


class AnnouncingMiddleware:
    """Tells of each change that was answered as a success, before its last word is sent: whoever asks then finds it."""

    def __init__(self, app: ASGIApp, log: ActivityLog, announcements: Announcements) -> None:
        self.app, self.log, self.announcements = app, log, announcements

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return

        async def send_and_tell(message: Message) -> None:
            if message["type"] == "http.response.start" and 200 <= message["status"] < 300:
                self._tell(scope)
            await send(message)

        await self.app(scope, receive, send_and_tell)

    def _tell(self, scope: Scope) -> None:
        path = getattr(scope.get("route"), "path", "")
        said = self.announcements.get(f"{scope['method']} {path}")
        if said is not None:
            event = f"{scope['method'].lower()}{path.split('{')[0].rstrip('/')}".replace("/", "_")
            given = scope.get("path_params", {})
            self.log.tell(PERSON, event, said.text.format(**given), topics=said.topics, **given)
