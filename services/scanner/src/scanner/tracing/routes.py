"""The door to what a scan did when."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query

from scanner.store.trace_store import TraceStore
from scanner.tracing.schemas import TraceOut

Cursor = Annotated[str | None, Query(max_length=300)]
Limit = Annotated[int, Query(ge=1, le=500)]


def build_router(traces: Callable[[], TraceStore]) -> APIRouter:
    """The route, over what `traces` returns at the moment of the request."""
    router = APIRouter(tags=["scans"])

    @router.get("/scans/{scan_id}/trace")
    async def trace(scan_id: str, cursor: Cursor = None, limit: Limit = 200) -> TraceOut:
        """When each of its steps was, and what came of each item that was new or had another price."""
        kept, page = await traces().read(scan_id, cursor, limit)
        return TraceOut.model_validate({"scan": scan_id, **kept, "items": page.items, "next": page.next})

    return router
