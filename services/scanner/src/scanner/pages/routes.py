"""The door to a page."""

from collections.abc import Callable

from fastapi import APIRouter

from scanner.pages.desk import PageDesk
from scanner.pages.schemas import PageRequest, ProductView


def build_router(desk: Callable[[], PageDesk]) -> APIRouter:
    """The route, over the desk that `desk` returns at the moment of the request."""
    router = APIRouter(prefix="/pages", tags=["pages"])

    @router.post("/read")
    async def read_page(request: PageRequest) -> ProductView:
        """What a product's page tells in structured data. 422 says why there is nothing; 503 that it is worth another try."""
        return await desk().read(request.url)

    return router
