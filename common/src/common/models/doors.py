"""The doors of models at everything that prices: which are in use, take another version, go back to the one before."""

from anyio import to_thread
from fastapi import FastAPI

from common.errors import NotFoundError
from common.models.drift.monitor import DriftMonitor
from common.models.reloader import Reloader
from common.models.schemas import AttemptView, ModelsView, ReloadRequest, RollBackRequest, attempt_view, view_of
from common.models.shadow.shadow import Shadow

PATH = "/models"
ELSEWHERE = "have the pricer take its version: pricer models use NAME VERSION"


def add_models(app: FastAPI, reloader: Reloader, drift: DriftMonitor, shadow: Shadow | None) -> None:
    """Add all of them."""

    @app.get(PATH, tags=["models"])
    def models() -> ModelsView:
        """The models in use with their versions, how the last reload ended, drift, and how a candidate compares."""
        return view_of(reloader, drift, shadow)

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

    @app.post(f"{PATH}/promote", tags=["models"], responses={404: {}, 409: {}, 503: {}})
    async def promote() -> AttemptView:
        """Let the candidate that prices beside the one in use take its place, as a reload does. 404 for one that is elsewhere."""
        if shadow is None or shadow.candidate is None:
            raise NotFoundError("there is no candidate")
        if not shadow.candidate.version:
            raise NotFoundError(f"the candidate is elsewhere, and answers as {shadow.model or 'nobody yet'}: {ELSEWHERE}")
        attempt = await reloader.reload(None, shadow.candidate.version)
        await _let_go(shadow, reloader)
        return attempt_view(attempt)


async def _let_go(shadow: Shadow, reloader: Reloader) -> None:
    if shadow in reloader.live.watchers:
        reloader.live.watchers.remove(shadow)
    await shadow.stop()
    shadow.problem = "it is the one in use now"
    await to_thread.run_sync(reloader.outside.settle)
