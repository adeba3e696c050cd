"""What a service has in use of its models, how another version came or did not, and what a reload works with."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from common.activity.log import ActivityLog
from common.models.canary import BUILT_IN, Canary
from common.models.metrics import ModelMetrics
from common.models.model_store import ModelStore
from common.models.standing import Standing
from common.pricing_api.pricer import Pricer

Pull: TypeAlias = Callable[[str, str], Awaitable[None]]  # brings a version of an artifact from the registry into the store
Outcome: TypeAlias = Literal["taken", "unchanged", "refused"]
LINGER = 10.0  # seconds that a former pricer is kept for requests that hold it by other doors than prices


@dataclass(frozen=True)
class Generation:
    """A pricer with what it was loaded from, and what is closed when nobody uses it any more."""

    pricer: Pricer
    model: str
    standings: Mapping[str, Standing]
    closing: AsyncExitStack


@dataclass(frozen=True)
class Opened:
    """What a service loads: a pricer, and the canary that it must pass to take another's place."""

    pricer: Pricer
    model: str
    canary: Canary = BUILT_IN


@dataclass(frozen=True)
class Attempt:
    """How the last reload ended. `model`: that of answers from then on. `why`: it was refused, or left what lies there as it is."""

    outcome: Outcome
    model: str
    why: str
    at: datetime
    seconds: float


@dataclass(frozen=True)
class Service:
    """`artifacts`: those that it stands on, first what answers are named after; of `fixed` ones it takes no other while it runs.

    `refusal`: why it takes none at all. `linger`: seconds that a former pricer is kept.
    """

    name: str
    artifacts: Sequence[str]
    fixed: Sequence[str] = ()
    refusal: str = ""
    linger: float = LINGER


Open: TypeAlias = Callable[[AsyncExitStack], Awaitable[Opened]]


@dataclass
class Outside:
    """What the reloader works with."""

    store: ModelStore = field(default_factory=ModelStore)
    metrics: ModelMetrics = field(default_factory=ModelMetrics)
    log: ActivityLog = field(default_factory=ActivityLog)
    pull: Pull | None = None
    settle: Callable[[], None] = lambda: None  # gives memory back once a former pricer is gone
