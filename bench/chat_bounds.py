"""What bounding a chat model's prices costs and how far it lets hostile texts: python -m bench.chat_bounds [--write]

Recorded answers stand in for a chat model. On one half of them, split by product, it is measured how far two answers may leave the
local interval and how wide they err; on the other half that is reported. `--write` puts what was measured into the service, as
is due after a change of the local estimator. Last comes one JSON line; errors in it are mean |ln(price / truth)|.
"""

import argparse
import asyncio
import json
import math
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog

from bench.chat_hostile import hostile
from bench.chat_records import Record, local_pricer, read_said, with_local
from common.settings import shared_data_dir
from frontier_rag.chat.chat_calibration import FILE, ChatCalibration, Group
from frontier_rag.chat.chat_error import ChatFailedError
from frontier_rag.chat.chat_model import ChatAnswer
from frontier_rag.chat.consultation import Opinion, Question, consult
from frontier_rag.chat.injection_screen import screen
from frontier_rag.chat.price_bounds import LEEWAY
from frontier_rag.products import Neighbour

Floats = npt.NDArray[np.float64]
REACHES = (LEEWAY, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
BEARABLE = 0.025  # of the recorded answers' accuracy, at most lost by a reach: half of what may be lost in all
SURE = 1.28  # standard errors: one-sided 90 %
FEWEST = 50  # records; fewer decide nothing
NOISE, DRAWN = 1.3, 0.25  # a factor, one standard deviation; share of the way to the local estimate, in logs
NO_ERRORS: dict[Group, tuple[float, float]] = dict.fromkeys(("narrow", "usual", "wide", "outside", "pulled"), (0.0, 0.0))
SCENES = ("alike", "noisy", "drawn", "alone")


class Recorded:
    """A chat model that says `first`, then `second` to the name alone; None: that question is not answered."""

    def __init__(self, first: float, second: float | None) -> None:
        self.said, self.seconds = [first, second], Counter[str]()

    async def price(self, text: str, near: Sequence[Neighbour], since: float | None = None) -> ChatAnswer:
        """The next answer."""
        if (said := self.said.pop(0)) is None:
            raise ChatFailedError("budget", "not asked")
        return ChatAnswer(said, "recorded")

    def note(self, outcome: str) -> None:
        """Opinions tell it."""

    def note_second(self, outcome: str) -> None:
        """Count it."""
        self.seconds[outcome] += 1

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class Settled:
    """What became of a record; `opinion` is None where the answer was given up. `second`: what became of a second question."""

    record: Record
    first: float
    opinion: Opinion | None
    second: str

    @property
    def price(self) -> float:
        """The chat model's as used, else the local one."""
        return self.opinion.price if self.opinion else self.record.local.price

    @property
    def covers(self) -> bool:
        """Whether the truth lies within the interval that is told."""
        low, high = (self.opinion.low, self.opinion.high) if self.opinion else (self.record.local.low, self.record.local.high)
        return low <= self.record.truth <= high

    @property
    def outward(self) -> float:
        """ln(truth / price), away from the local estimate."""
        ratio = float(np.log(self.record.truth / self.price))
        return ratio if self.price >= self.record.local.price else -ratio


def first_answer(record: Record, scene: str, factor: float) -> float:
    """The answer to text and neighbours, which nobody recorded: that to the name, off by a factor, or drawn to the local one."""
    drawn = math.exp((1 - DRAWN) * math.log(record.said) + DRAWN * math.log(record.local.price))
    return record.said * factor if scene == "noisy" else drawn if scene == "drawn" else record.said


def settle(records: Sequence[Record], calibration: ChatCalibration, scene: str = "alike") -> list[Settled]:
    """Each record through the service's rule. What was recorded is the second answer: the deals' were given to names.

    The first are as `first_answer` says; "alone": no second answer is to be had.
    """
    factors = np.exp(np.random.default_rng(42).normal(0, np.log(NOISE), len(records)))

    async def one(record: Record, factor: float) -> Settled:
        first = first_answer(record, scene, factor)
        chat = Recorded(first, None if scene == "alone" else record.said)
        try:
            opinion = await consult(chat, Question(record.told, record.told, []), record.local, calibration)
        except ChatFailedError:
            opinion = None
        return Settled(record, first, opinion, next(iter(chat.seconds), ""))

    async def all_of_them() -> list[Settled]:
        return [await one(record, float(each)) for record, each in zip(records, factors, strict=True)]

    return asyncio.run(all_of_them())


def loss(settled: Sequence[Settled]) -> float:
    """How much of the recorded answers' accuracy the bounds cost, as a fraction."""
    alone = np.mean([each.record.error(each.record.said) for each in settled])
    return float(np.mean([each.record.error(each.price) for each in settled]) / alone - 1)


def loss_at_most(settled: Sequence[Settled]) -> float:
    """The same with 90 % confidence: few records decide it, those far from the local estimate."""
    alone = np.mean([each.record.error(each.record.said) for each in settled])
    more = np.array([each.record.error(each.price) - each.record.error(each.record.said) for each in settled])
    return float((more.mean() + SURE * more.std() / np.sqrt(len(more))) / alone)


def by_source(records: Sequence[Record]) -> dict[str, list[Record]]:
    """The records of each source."""
    return {source: [each for each in records if each.source == source] for source in sorted({each.source for each in records})}


def fit_reach(records: Sequence[Record], base: ChatCalibration, is_known: bool) -> float:
    """The smallest reach that surely costs no source more than BEARABLE; LEEWAY where there are too few records to tell."""
    group = [each for each in records if each.local.is_known == is_known]
    parts = [part for part in by_source(group).values() if len(part) >= FEWEST]
    for reach in REACHES if parts else ():
        if max(loss_at_most(settle(part, replace(base, reach_known=reach, reach_unknown=reach))) for part in parts) <= BEARABLE:
            return reach
    return REACHES[-1] if parts else LEEWAY


def fit(records: Sequence[Record], estimator: str) -> ChatCalibration:
    """Reaches, then the widths of the groups, then the errors in them; sources count alike."""
    usual, wide = (float(each) for each in np.quantile([each.local.width for each in records], (1 / 3, 2 / 3)))
    found = ChatCalibration(estimator, LEEWAY, LEEWAY, 0.0, (round(usual, 3), round(wide, 3)), NO_ERRORS)
    known, unknown = (fit_reach(records, found, is_known) for is_known in (True, False))
    found = replace(found, reach_known=known, reach_unknown=unknown)
    seen = settle(records, found) + [each for each in settle(records, found, "alone") if _group(each) == "pulled"]
    found = replace(found, margin_known=fit_margin([each for each in seen if _group(each) == "known"]))
    parts = {group: [each for each in seen if _group(each) == group] for group in NO_ERRORS}
    return replace(found, errors={group: _ends(part if len(part) >= FEWEST else seen) for group, part in parts.items()})


def fit_margin(known: Sequence[Settled]) -> float:
    """By how much the local interval may come in at both ends, while it holds the price, and still cover 80 %.

    0 where that is less than none, or there are too few to tell.
    """
    spare = [
        math.log(e.record.truth / e.record.local.low if e.record.truth < e.price else e.record.local.high / e.record.truth)
        for e in known
    ]
    return round(max(float(np.quantile(spare, 0.2)), 0.0), 3) if len(known) >= FEWEST else 0.0


def _group(settled: Settled) -> Group | None:
    return settled.opinion.group if settled.opinion else None


def _ends(settled: Sequence[Settled]) -> tuple[float, float]:
    """Quantiles of the errors between which a further one lies four times of five, each source with the same weight.

    Of n errors they are the 0.9 (n + 1) / n quantile and its mirror, as split conformal prediction has it.
    """
    counts = Counter(each.record.source for each in settled)
    weights = np.array([1 / counts[each.record.source] for each in settled])
    errors = np.array([each.outward for each in settled])
    n = weights.sum() ** 2 / (weights**2).sum()
    most = min(0.9 * (n + 1) / n, 1.0)
    low, high = (np.quantile(errors, share, weights=weights, method="inverted_cdf") for share in (1 - most, most))
    return round(float(low), 3), round(float(high), 3)


def share(settled: Sequence[Settled], outcome: str | None) -> float:
    """Of those with the outcome; None: given up."""
    return round(float(np.mean([(each.opinion.outcome if each.opinion else None) == outcome for each in settled])), 4)


def coverage(settled: Sequence[Settled]) -> float | None:
    """Share of truths within the intervals that are told; None for none."""
    return round(float(np.mean([each.covers for each in settled])), 4) if settled else None


def mean(values: Iterable[float]) -> float:
    """To four digits."""
    return round(float(np.mean(list(values))), 4)


def report(records: Sequence[Record], calibration: ChatCalibration) -> dict[str, Any]:
    """Errors, shares and coverage of one source."""
    scenes = {scene: settle(records, calibration, scene) for scene in SCENES}
    settled = scenes["alike"]
    used = [each for each in settled if each.opinion]
    return {
        "n": len(records),
        "alone": mean(each.error(each.said) for each in records),
        "local": mean(each.error(each.local.price) for each in records),
        "bounded": mean(each.record.error(each.price) for each in settled),
        "loss": round(loss(settled), 4),
        "scenes": {name: scene_of(scenes[name]) for name in SCENES},
        "asked_twice": mean(bool(each.second) for each in settled),
        "seconds": dict(Counter(each.second for each in settled if each.second)),
        "pulled": share(settled, "chat-pulled"),
        "given_up": share(settled, None),
        "confirmed": share(settled, "chat-confirmed"),
        "coverage80": {name: coverage(part) for name, part in parts_of(used).items()},
        "counts": {name: len(part) for name, part in parts_of(used).items()},
        "width": mean(np.log(each.opinion.high / each.opinion.low) for each in used if each.opinion),
        "local_width": mean(each.local.width for each in records),
    }


def scene_of(settled: Sequence[Settled]) -> dict[str, float | None]:
    """The error of the first answers and of what the bounds make of them, and the coverage of that."""
    first, bounded = mean(e.record.error(e.first) for e in settled), mean(e.record.error(e.price) for e in settled)
    return {"first": first, "bounded": bounded, "coverage80": coverage(settled)}


def parts_of(used: Sequence[Settled]) -> dict[str, list[Settled]]:
    """All, those for which the local side is far off, and by group."""
    is_far = [each for each in used if each.record.local.leaves_by(each.record.said) > LEEWAY]
    return {"all": list(used), "local side far off": is_far} | {
        group: [each for each in used if _group(each) == group] for group in ("known", *NO_ERRORS)
    }


def screened(records: Sequence[Record]) -> dict[str, float]:
    """How many plain texts the screen changes, and its time."""
    started = time.perf_counter()
    changed = sum(screen(each.told) != each.told for each in records)
    seconds = time.perf_counter() - started
    return {"texts": len(records), "changed": changed, "ms_each": round(1000 * seconds / len(records), 3)}


async def gathered(folder: Path) -> tuple[list[Record], str, dict[str, float]]:
    """The records, the local estimator's version, and what hostile texts do."""
    async with local_pricer() as pricer:
        records = await with_local(pricer, read_said(folder))
        return records, pricer.estimator.version, await hostile(pricer)


def main() -> None:
    """Price, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    shared = shared_data_dir()
    parser.add_argument("--data", type=Path, default=shared / "data" if shared else None, help="folder of the shared data")
    parser.add_argument("--write", action="store_true", help=f"put what was measured into {FILE.name} of the service")
    args = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("error"))  # thousands of answers that are not had
    if args.data is None:
        parser.error("--data: there is no shared data here; set PRICER_DATA")
    records, estimator, attacked = asyncio.run(gathered(args.data))
    calibration = fit([each for each in records if each.is_fitted_on], estimator)
    held = [each for each in records if not each.is_fitted_on]
    if args.write:
        FILE.write_text(calibration.to_json(), encoding="utf-8")
    sources = by_source(held) | {"both": held, "all deals": by_source(records)["deals"]}
    result = {
        "bench": "chat_bounds",
        "measured": json.loads(calibration.to_json()),
        **{source: report(part, calibration) for source, part in sources.items()},
        "hostile": attacked,
        "screen": screened(by_source(records)["dev"]),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
