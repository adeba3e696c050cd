"""The door to drift."""

from collections.abc import Callable

from fastapi import APIRouter

from scanner.drift.schemas import DriftFigures
from scanner.drift.watch import DriftWatch


def build_router(watch: Callable[[], DriftWatch]) -> APIRouter:
    """The route, over what `watch` returns at the moment of the request."""
    router = APIRouter(tags=["products"])

    @router.get("/drift")
    async def read_drift() -> DriftFigures:
        """Whether the models still fit what they price, as it was found within the last hour."""
        return DriftFigures.model_validate(watch(), from_attributes=True)

    return router
