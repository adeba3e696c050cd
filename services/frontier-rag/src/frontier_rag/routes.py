"""frontier-rag's own HTTP interface, beside the pricing API that all pricers have: POST /embed."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Request

from common.errors import UnavailableError
from common.http.authentication import account_of
from common.http.disconnect import while_connected
from frontier_rag.schemas import EmbedRequest, EmbedResponse

DIGITS = 6  # behind the point: likeness is then right to five of them, and the answer half as long


@runtime_checkable
class EmbedsTexts(Protocol):
    """Embeds texts by a named model."""

    @property
    def embedder_name(self) -> str:
        """The model and its version."""
        ...

    async def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors [len(texts), d]."""
        ...


def build_router(pricer: Callable[[], object]) -> APIRouter:
    """The route, over what `pricer` returns at the moment of the request."""
    router = APIRouter()

    @router.post("/embed", tags=["embedding"])
    async def embed(body: EmbedRequest, request: Request) -> EmbedResponse:
        """The vectors of up to 256 short texts: what is alike in meaning is near each other."""
        embedder = pricer()
        if not isinstance(embedder, EmbedsTexts):
            raise UnavailableError("this pricer embeds no texts")
        if (account := account_of(request)) and len(body.texts) > 1:
            await account.charge_more(len(body.texts) - 1)
        vectors = await while_connected(request, embedder.embed(body.texts))
        return EmbedResponse(model=embedder.embedder_name, vectors=np.round(vectors.astype(float), DIGITS).tolist())

    return router
