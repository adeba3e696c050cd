"""What the pricers say of deals, as the ensemble in production says it, kept in runs/ by the artifacts' versions.

Knows neither offers nor their prices: of each deal the pricers see the product alone.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from common.artifact import read_artifact
from common.pricing import PricedItem, PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer
from common.settings import artifacts_dir
from ensemble import combine
from ensemble.service import Ensemble, TimeLimit
from training.command_line.log import log
from training.data.kept_lines import keeping, kept_lines
from training.ensemble.estimates import version_of
from training.evaluation.pricers import MEMBERS, load_member

CHUNK = 50  # requests between two savings
TOLD_EVERY = 10  # chunks between two lines that tell how far it is
PATIENCE = 3600.0  # seconds: nothing is late here


class Asked(Protocol):
    """Who is asked for prices: the ensemble, or another."""

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        """One result for each request."""
        ...


class InThisProcess:
    """A pricer as the ensemble's peer, without a network between."""

    def __init__(self, pricer: Pricer) -> None:
        self.pricer = pricer

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> Sequence[PricedItem]:
        """What it says; takes the time it takes."""
        return await self.pricer.price(requests)


async def open_ensemble() -> Ensemble:
    """The ensemble of artifacts/ with its pricers in this process; frontier-rag on its local estimator whatever keys are set."""
    artifact = read_artifact(artifacts_dir() / "ensemble", format_version=combine.FORMAT_VERSION, command=combine.COMMAND)
    peers = {}
    for name in MEMBERS:
        member: Any = await load_member(name)
        if name == combine.LOCAL:
            member.pricer.chat = None
        peers[name] = InThisProcess(member.pricer)
    weights = combine.load_weights(artifact.folder)
    return Ensemble(peers, weights, artifact.version, TimeLimit(PATIENCE, PATIENCE))


async def answers_of(
    requests: Sequence[PriceRequest], runs: Path, opened: Callable[[], Awaitable[Asked]] = open_ensemble
) -> list[PriceResponse]:
    """One answer for each request; those asked before, of the same artifacts, come out of the folder `runs`.

    `opened` opens who is asked, where any is left to ask. SystemExit: a request got no answer.
    """
    kept = kept_file(runs)
    known = {key: PriceResponse.model_validate(answer) for key, answer in kept_lines(kept)}
    asked = list(dict.fromkeys(key for each in requests if (key := each.model_dump_json()) not in known))
    if asked:
        known |= await _ask(await opened(), asked, kept)
    return [known[each.model_dump_json()] for each in requests]


def kept_file(runs: Path) -> Path:
    """Where the answers of the artifacts that are there now are kept: JSON Lines of [request, answer]."""
    versions = [version_of(name) for name in (*MEMBERS, "ensemble")]
    return runs / f"answers-{hashlib.sha256('|'.join(versions).encode()).hexdigest()[:12]}.jsonl"


async def _ask(ensemble: Asked, keys: Sequence[str], kept: Path) -> dict[str, PriceResponse]:
    """Answers by request, both as JSON, added to the file as they come."""
    found: dict[str, PriceResponse] = {}
    with keeping(kept) as file:
        for at in range(0, len(keys), CHUNK):
            chunk = keys[at : at + CHUNK]
            results = await ensemble.price([PriceRequest.model_validate_json(each) for each in chunk])
            for key, result in zip(chunk, results, strict=True):
                if not isinstance(result, PriceResponse):
                    raise SystemExit(f"no pricer answered for {key}: {result.error.detail}")
                found[key] = result
                file.write(json.dumps([key, result.model_dump()]) + "\n")
            file.flush()
            if at // CHUNK % TOLD_EVERY == 0:
                log("priced", at + len(chunk), "of", len(keys))
    return found
