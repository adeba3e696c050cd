"""What the pricers say of deals, as the ensemble in production says it, kept in runs/ by the artifacts' versions."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from common.artifact import read_artifact
from common.pricing import PricedItem, PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer
from common.settings import artifacts_dir
from ensemble import combine
from ensemble.service import Ensemble, TimeLimit
from training.command_line.log import log
from training.ensemble.estimates import version_of
from training.evaluation.pricers import MEMBERS, load_member

CHUNK = 50
PATIENCE = 3600.0  # seconds: nothing is late here


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
        member = await load_member(name)
        if name == combine.LOCAL:
            member.pricer.chat = None  # type: ignore[attr-defined] # frontier-rag's pricer has it
        peers[name] = InThisProcess(member.pricer)
    weights = combine.load_weights(artifact.path("weights.json"))
    return Ensemble(peers, weights, artifact.version, TimeLimit(PATIENCE, PATIENCE))


async def answers_of(requests: Sequence[PriceRequest], runs: Path) -> list[PriceResponse]:
    """One answer for each request; those asked before, of the same artifacts, come out of `runs`."""
    versions = [version_of(name) for name in (*MEMBERS, "ensemble")]
    kept = runs / f"answers-{hashlib.sha256('|'.join(versions).encode()).hexdigest()[:12]}.jsonl"
    known = _read(kept)
    asked = list(dict.fromkeys(key for each in requests if (key := each.model_dump_json()) not in known))
    if asked:
        ensemble, log_every = await open_ensemble(), 10
        kept.parent.mkdir(parents=True, exist_ok=True)
        with kept.open("a", encoding="utf-8") as file:
            for at in range(0, len(asked), CHUNK):
                chunk = asked[at : at + CHUNK]
                results = await ensemble.price([PriceRequest.model_validate_json(each) for each in chunk])
                for key, result in zip(chunk, results, strict=True):
                    if not isinstance(result, PriceResponse):
                        raise SystemExit(f"no pricer answered for {key}: {result.error.detail}")
                    known[key] = result
                    file.write(json.dumps([key, result.model_dump()]) + "\n")
                if at // CHUNK % log_every == 0:
                    log("priced", at + len(chunk), "of", len(asked))
    return [known[each.model_dump_json()] for each in requests]


def _read(kept: Path) -> dict[str, PriceResponse]:
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    pairs = [json.loads(line) for line in lines if line.endswith("]")]
    return {key: PriceResponse.model_validate(answer) for key, answer in pairs}
