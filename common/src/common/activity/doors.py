"""GET /activity and /activity/stream of every service that is no page: what it did last, and what it does as it happens."""

import re
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from common.activity.entry import Entries
from common.activity.log import ActivityLog
from common.activity.ring import ID
from common.http.event_stream import WELCOME, event, event_stream

PATH, STREAM = "/activity", "/activity/stream"
_ID = re.compile(ID)

After = Annotated[str | None, Query(pattern=f"^{ID}$", description="an id; what came after it is answered")]
Limit = Annotated[int, Query(ge=1, le=1000)]


def add_activity(app: FastAPI, log: ActivityLog) -> None:
    """The doors over a log."""

    @app.get(PATH, tags=["activity"])
    async def activity(after: After = None, limit: Limit = 200) -> Entries:
        """What was done last, the oldest first; `after` an id what came since, as far as it is kept."""
        found, last = log.entries.after(after, limit)
        return Entries(items=found, next=last)

    async def stream(request: Request) -> Response:
        """Server-sent events named activity, each an entry; after Last-Event-ID, else from now on."""
        seen = request.headers.get("last-event-id", "")
        return await event_stream(_events(log, seen if _ID.fullmatch(seen) else None), request.app.state.is_stopping)

    app.add_route(STREAM, stream, include_in_schema=False)  # no document can tell an answer without end


async def _events(log: ActivityLog, after: str | None) -> AsyncGenerator[str]:
    with log.entries.listening(after) as entries:
        yield WELCOME
        async for identifier, entry in entries:
            yield event("activity", entry.model_dump_json(), identifier)
