"""What the ensemble tells of the models: GET /models, as far as drift is concerned."""

from pydantic import BaseModel, ValidationError

from common.client import ServiceClient
from common.errors import UnavailableError


class Drift(BaseModel):
    """See common.models.schemas.DriftView."""

    n: int
    psi: float | None
    unknown_share: float | None
    degraded_share: float | None


class _Models(BaseModel):
    drift: Drift


class EnsembleModels:
    """Asks the ensemble."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def drift(self) -> Drift:
        """As it is now. UnavailableError, or another error of ours, where it cannot be asked."""
        try:
            return _Models.model_validate(await self._client.get("/models")).drift
        except ValidationError as exc:
            raise UnavailableError("ensemble: its answer is not that of GET /models") from exc

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
