"""The doors of models at everything that prices: which are in use, take another version, go back to the one before."""

from fastapi import FastAPI

from common.models.reloader import Reloader
from common.models.schemas import AttemptView, ModelsView, ReloadRequest, RollBackRequest, attempt_view, view_of

PATH = "/models"


def add_models(app: FastAPI, reloader: Reloader) -> None:
    """Add all of them."""

    @app.get(PATH, tags=["models"])
    def models() -> ModelsView:
        """The models in use, with their versions, and how the last reload ended."""
        return view_of(reloader)

    @app.post(f"{PATH}/reload", tags=["models"], responses={404: {}, 409: {}, 503: {}})
    async def reload(body: ReloadRequest) -> AttemptView:
        """Take what lies there now, or another version: loaded beside the one in use, tried, and put in its place.

        503 says why it was refused; the one in use then stays.
        """
        return attempt_view(await reloader.reload(body.artifact, body.version))

    @app.post(f"{PATH}/rollback", tags=["models"], responses={404: {}, 409: {}, 503: {}})
    async def rollback(body: RollBackRequest) -> AttemptView:
        """Go back to the version that was in use before, in the same way."""
        return attempt_view(await reloader.roll_back(body.artifact))
