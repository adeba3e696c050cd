"""POST /places: where texts belong on the map of the products."""

from collections.abc import Callable
from typing import Protocol

from anyio import to_thread
from fastapi import APIRouter, Request

from common.errors import UnavailableError
from common.http.authentication import account_of
from common.http.disconnect import while_connected
from frontier_rag.places.product_map import Points
from frontier_rag.places.schemas import PlacesRequest, PlacesResponse, PlaceView
from frontier_rag.service import FrontierRag


class HasPoints(Protocol):
    """Has the points of a map."""

    def points(self, embedder: str) -> Points:
        """Those that vectors of this embedder compare with."""
        ...


def build_router(pricer: Callable[[], object], product_map: HasPoints) -> APIRouter:
    """The route, over what `pricer` returns at the moment of the request."""
    router = APIRouter()

    @router.post("/places", tags=["embedding"], responses={404: {}})
    async def places(body: PlacesRequest, request: Request) -> PlacesResponse:
        """Where up to 200 texts belong on the map of the products, among those most like them. 404 where there is no map."""
        rag = pricer()
        if not isinstance(rag, FrontierRag):
            raise UnavailableError("this pricer embeds no texts")
        points = await to_thread.run_sync(product_map.points, rag.embedder.version)
        if (account := account_of(request)) and len(body.texts) > 1:
            await account.charge_more(len(body.texts) - 1)
        vectors = await while_connected(request, rag.embed(body.texts))
        found = await to_thread.run_sync(points.places, vectors)
        return PlacesResponse(map=points.version, items=[PlaceView(**vars(each)) for each in found])

    return router
