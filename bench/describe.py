"""What describing does to estimates: python -m bench.describe [--limit N] [--ensemble]; one JSON line last.

Products that nobody was trained on, told poorly: brand goods by their title alone (`title`), and with their details as facts
(`facts`); listings by title and the first words of their description (`cut`), and by all of it (`whole`). Each is described by the
template, in this process from the artifacts, and estimated before and after; `retold` is the plain way, which appends the facts.
`ratio`: median of ln(high / low) after over before; `narrower`, `wider`: shares that change by over 0.5 %. `coverage`: how often
the true price lies in the 80 % interval; `error`: mean distance of logarithms. `traceable`: share of facts whose place in the input
holds their value; `unsaid`: words and numbers of all texts that stand nowhere in the input, by a reading that shares nothing
with the service's own check. `seconds`: of a description, both estimates included. Needs the shared data.
"""

import argparse
import asyncio
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.pricing import PriceRequest
from common.product_files.product_text import detail_pairs, squeeze
from common.settings import shared_data_dir
from frontier_rag.app import load_pricer
from frontier_rag.describe.fact import value_key
from frontier_rag.describe.schemas import MAX_FACTS, MAX_NAME, MAX_VALUE, DescribeRequest, Description, FactFound
from frontier_rag.describe.service import Describer, request_before
from frontier_rag.settings import Settings
from training.data.market import NAMED_DEV_FILE, read_named
from training.data.parts import DEV
from training.data.rows import Row, read_rows
from training.evaluation.evaluation_file import sample
from training.evaluation.findings import outcome_of
from training.evaluation.metrics import Outcome, covered
from training.evaluation.pricers import Answer, EvaluatedPricer, load_ensemble, load_member

BATCH = 50
CUT = 80  # characters that are left of a description
SHARE = 0.005  # by which an interval has to change to count
_WORD = re.compile(r"[a-z]+|\d+(?:\.\d+)?")
_OURS = frozenset({"specifications", "in", "the", "box", "not", "included"})  # names of sections
_SPELT = {"gigabytes": "gb", "inch": "inches", "in": "inches"}


@dataclass(frozen=True)
class Case:
    """A row and how it is told."""

    row: Row
    asked: DescribeRequest

    @property
    def said(self) -> str:
        """All that was told, in lower case."""
        facts = " ".join(f"{name} {value}" for name, value in self.asked.facts.items())
        return f"{self.asked.title or ''} {self.asked.description or ''} {facts}".lower()

    @property
    def retold(self) -> PriceRequest:
        """With the facts appended as they came."""
        facts = ", ".join(f"{name} {value}" for name, value in self.asked.facts.items())
        body = squeeze(f"{self.asked.description or ''} {facts}")
        return PriceRequest(description=body, title=self.asked.title) if body else request_before(self.asked)


def facts_of(row: Row) -> dict[str, str]:
    """The row's details, as far as a request takes them."""
    pairs = ((name, value) for name, value in detail_pairs(row.details) if len(name) <= MAX_NAME and len(value) <= MAX_VALUE)
    return dict(list(pairs)[:MAX_FACTS])


def cases_of(folder: Path, limit: int | None) -> dict[str, list[Case]]:
    """All ways to tell the products."""
    named = sample([row for row in read_named(folder / NAMED_DEV_FILE) if facts_of(row)], limit, 42)
    listed = [row for row in read_rows(folder / DEV) if row.price and row.title and squeeze(" ".join(row.description))]
    listings = sample(listed, limit, 42)
    texts = [squeeze(" ".join(row.description)) for row in listings]
    return {
        "title": [Case(row, DescribeRequest(title=row.title[:1000])) for row in named],
        "facts": [Case(row, DescribeRequest(title=row.title[:1000], facts=facts_of(row))) for row in named],
        "cut": [_listing(row, text[:CUT].rsplit(" ", 1)[0]) for row, text in zip(listings, texts, strict=True)],
        "whole": [_listing(row, text) for row, text in zip(listings, texts, strict=True)],
    }


def _listing(row: Row, text: str) -> Case:
    return Case(row, DescribeRequest(title=row.title[:1000], description=text[:10_000]))


def unsaid_words(case: Case, told: Description) -> list[str]:
    """Words and numbers of a text that stand nowhere in the input, but for names that a recogniser gives to what it found."""
    said = set(_WORD.findall(case.said))
    said |= {_SPELT.get(word, word) for word in said}
    named = {word for fact in told.facts for word in _WORD.findall(fact.name.lower())}
    units = {
        word for fact in told.facts if fact.where != "facts" for word in _WORD.findall(fact.value.lower()) if not word.isdigit()
    }
    return [word for word in _WORD.findall(told.text.lower()) if word not in said | named | units | _OURS]


def is_traceable(case: Case, fact: FactFound) -> bool:
    """Whether the place of a fact holds its value; a condition's is the word for it, which is "refurbished" for "renewed", too."""
    texts = {
        "title": case.asked.title or "",
        "description": case.asked.description or "",
        "facts": case.asked.facts.get(fact.key or "", ""),
    }
    found = texts[fact.where][fact.start : fact.end]
    return value_key(found) == value_key(fact.value) or (fact.name == "condition" and bool(found.strip()))


async def answers_of(pricer: EvaluatedPricer, asked: Sequence[PriceRequest]) -> list[Answer]:
    """One for each."""
    parts = [asked[start : start + BATCH] for start in range(0, len(asked), BATCH)]
    return [answer for part in parts for answer in await pricer.answer(part)]


def compared(before: Outcome, after: Outcome) -> dict[str, Any]:
    """How intervals and errors change."""
    widths = [np.log(each.high / np.maximum(each.low, 0.01)) for each in (before, after)]
    ratio = widths[1] / np.maximum(widths[0], 1e-9)
    return {
        "ratio": round(float(np.median(ratio)), 3),
        "narrower": round(float(np.mean(ratio < 1 - SHARE)), 3),
        "wider": round(float(np.mean(ratio > 1 + SHARE)), 3),
        "coverage": [round(float(covered(each).mean()), 4) for each in (before, after)],
        "error": [round(float(np.abs(np.log(each.price / each.truth)).mean()), 4) for each in (before, after)],
    }


async def measured(cases: Sequence[Case], describer: Describer, pricer: EvaluatedPricer) -> dict[str, Any]:
    """One way to tell products."""
    started = time.perf_counter()
    told: list[Description] = []
    kept: list[Case] = []
    for start in range(0, len(cases), BATCH):
        part = cases[start : start + BATCH]
        found = await describer.describe([case.asked for case in part])
        pairs = [(case, each) for case, each in zip(part, found, strict=True) if isinstance(each, Description)]
        kept, told = kept + [case for case, _ in pairs], told + [each for _, each in pairs]
    seconds = (time.perf_counter() - started) / len(cases)
    rows = [case.row for case in kept]
    asked = ([request_before(case.asked) for case in kept], [each.item for each in told], [case.retold for case in kept])
    outcomes = [outcome_of(rows, await answers_of(pricer, each)) for each in asked]
    facts = [(case, fact) for case, each in zip(kept, told, strict=True) for fact in each.facts]
    return {
        "n": len(kept),
        **compared(*outcomes[:2]),
        "retold": compared(outcomes[0], outcomes[2]),
        "facts": round(len(facts) / len(kept), 2),
        "traceable": round(sum(is_traceable(*each) for each in facts) / max(len(facts), 1), 4),
        "unsaid": sum(len(unsaid_words(*each)) for each in zip(kept, told, strict=True)),
        "seconds": round(seconds, 4),
    }


def main() -> None:
    """Describe, estimate before and after, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = shared_data_dir()
    parser.add_argument("--data", type=Path, default=shared / "data" if shared else None, help="folder of the shared data")
    parser.add_argument("--limit", type=int, help="products of each file, drawn at random (default: all)")
    parser.add_argument("--ensemble", action="store_true", help="estimate by the whole ensemble (default: by frontier-rag)")
    args = parser.parse_args()
    if args.data is None:
        parser.error("--data: there is no shared data here; set PRICER_DATA")

    async def run() -> dict[str, Any]:
        found = await load_pricer(Settings(chat_endpoints="", openai_api_key=None, openai_base_url=None))
        pricer = await (load_ensemble() if args.ensemble else load_member("frontier-rag"))
        cases = cases_of(args.data, args.limit)
        return {name: await measured(each, Describer(found), pricer) for name, each in cases.items()}

    print(json.dumps({"bench": "describe", "by": "ensemble" if args.ensemble else "frontier-rag", **asyncio.run(run())}))


if __name__ == "__main__":
    main()
