"""What the doors of models take and give."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from common.models.drift.monitor import DriftMonitor
from common.models.generation import Attempt, Outcome
from common.models.model_store import NAME, VERSION
from common.models.reloader import Reloader
from common.models.shadow.comparison import Tally
from common.models.shadow.shadow import Shadow
from common.models.standing import Standing

Name = Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
Version = Annotated[str, Field(pattern=f"^{VERSION.pattern}$")]


class ReloadRequest(BaseModel):
    """Nothing: what lies there now. `version`: of `artifact`, or where that is left out of the one that answers are named after."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": "2026-11-21.3fa94c"}]})

    artifact: Name | None = None
    version: Version | None = None


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
    """How the last reload ended, and why where it was refused, or what lies in artifacts/ was left. `model`: who answers since."""

    model_config = ConfigDict(from_attributes=True)

    outcome: Outcome
    model: str
    why: str
    at: datetime
    seconds: float


class DriftView(BaseModel):
    """`n`: prices that count, of late. psi: of estimates against training. null: too few were told, or there is no reference."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    psi: float | None
    unknown_share: float | None
    degraded_share: float | None


class TallyView(BaseModel):
    """How a candidate's prices differ. log_error: mean of |ln(candidate / live)|; bias: mean of the same with its sign."""

    category: str
    n: int
    log_error: float
    bias: float
    within_20_share: float
    live_ms: float
    candidate_ms: float


class ShadowView(BaseModel):
    """`model`: as its answers name it; `member`: the part of an answer that it is compared with; `problem`: empty where it does."""

    candidate: str
    model: str
    member: str
    since: datetime
    waiting: int
    dropped: int
    failed: int
    problem: str
    total: TallyView | None
    categories: list[TallyView]


class ModelsView(BaseModel):
    """The models of a service. `model`: as answers name it; `refusal`: empty, or why none is taken while the service runs."""

    service: str
    model: str
    loaded: datetime | None
    artifacts: list[ArtifactView]
    last: AttemptView | None
    refusal: str
    drift: DriftView
    shadow: ShadowView | None


def view_of(reloader: Reloader, drift: DriftMonitor, shadow: Shadow | None) -> ModelsView:
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
        drift=DriftView.model_validate(drift.figures),
        shadow=_shadow(shadow) if shadow else None,
    )


def attempt_view(attempt: Attempt) -> AttemptView:
    """The same, as it is answered."""
    return AttemptView.model_validate(attempt)


def _shadow(shadow: Shadow) -> ShadowView:
    compared, candidate = shadow.comparison, shadow.candidate
    by_size = sorted(compared.by_category.items(), key=lambda item: (-item[1].n, item[0]))
    return ShadowView(
        candidate=shadow.name,
        model=shadow.model,
        member=candidate.member if candidate else "",
        since=shadow.since,
        waiting=shadow.waiting,
        dropped=shadow.dropped,
        failed=shadow.failed,
        problem=shadow.problem,
        total=_tally("", compared.total) if compared.total.n else None,
        categories=[_tally(name, each) for name, each in by_size],
    )


def _tally(category: str, tally: Tally) -> TallyView:
    n = tally.n
    return TallyView(
        category=category,
        n=n,
        log_error=round(tally.errors / n, 4),
        bias=round(tally.shifts / n, 4),
        within_20_share=round(tally.near / n, 4),
        live_ms=round(1000 * tally.live_seconds / n, 2),
        candidate_ms=round(1000 * tally.candidate_seconds / n, 2),
    )


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
