"""What the doors of models take and give."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from common.models.generation import Attempt, Outcome
from common.models.reloader import Reloader
from common.models.standing import Standing

Name = Annotated[str, Field(max_length=130)]


class ReloadRequest(BaseModel):
    """Nothing: what lies there now. `version`: of `artifact`, or where that is left out of the one that answers are named after."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": "2026-11-21.3fa94c"}]})

    artifact: Name | None = None
    version: Annotated[str, Field(max_length=80)] | None = None


class RollBackRequest(BaseModel):
    """Of which artifact; where it is left out of the one that answers are named after."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{}]})

    artifact: Name | None = None


class ArtifactView(BaseModel):
    """An artifact in use. `data`: a hash of what it was made from; `former`: in use before it; `kept`: versions side by side."""

    name: str
    version: str
    data: str
    created: str
    former: str | None
    kept: list[str]


class AttemptView(BaseModel):
    """How the last reload ended, and why where it was refused. `model`: who answers since."""

    model_config = ConfigDict(from_attributes=True)

    outcome: Outcome
    model: str
    why: str
    at: datetime
    seconds: float


class ModelsView(BaseModel):
    """The models of a service. `model`: as answers name it; `refusal`: empty, or why none is taken while the service runs."""

    service: str
    model: str
    loaded: datetime | None
    artifacts: list[ArtifactView]
    last: AttemptView | None
    refusal: str


def view_of(reloader: Reloader) -> ModelsView:
    """As it is now. Reads files."""
    current, service = reloader.current, reloader.service
    standings = list(current.standings.values()) if current else []
    return ModelsView(
        service=service.name,
        model=current.model if current else "",
        loaded=reloader.loaded,
        artifacts=[_artifact(reloader, each) for each in standings],
        last=attempt_view(reloader.last) if reloader.last else None,
        refusal=service.refusal,
    )


def attempt_view(attempt: Attempt) -> AttemptView:
    """The same, as it is answered."""
    return AttemptView.model_validate(attempt)


def _artifact(reloader: Reloader, standing: Standing) -> ArtifactView:
    store = reloader.outside.store
    return ArtifactView(
        name=standing.name,
        version=standing.version,
        data=standing.data,
        created=standing.created,
        former=store.choice(standing.name).former,
        kept=store.versions(standing.name),
    )
