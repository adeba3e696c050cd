"""Whether the attribute that is named first is the one that moves the price: python -m bench.attributes [--limit N] [--show]

Takes out of products all attributes that they state, asks which would narrow the interval most, and says each alone again as it
was: `moved` is how often the first named moved the price most of those that were stated, `helped` how often it brought the price
nearest to the true one. Beside it other ways to choose: chance, the order of the table, the pricers' own intervals, the ratio of
the dearest to the cheapest. Prices are asked in this process from the artifacts. Last comes one JSON line. Needs the shared data.
"""

import argparse
import asyncio
import json
import math
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.pricing import MAX_TITLE, ItemError, PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer
from common.product_files.product_text import squeeze
from common.settings import artifacts_dir, shared_data_dir
from ensemble.cache import MemoryCache
from ensemble.cached_pricer import CachedPricer
from ensemble.combine import load_weights
from ensemble.explain.attribute import WORDS, told_by
from ensemble.explain.attribute_service import AttributeAdvisor
from ensemble.explain.schemas import UnsaidAttribute
from ensemble.explain.variants import with_value
from ensemble.service import Ensemble, Peer, TimeLimit
from training.catalogue.asking import Member
from training.data.market import NAMED_DEV_FILE, read_named
from training.data.parts import DEV
from training.data.rows import Row, read_rows
from training.evaluation.evaluation_file import request_of, sample
from training.evaluation.pricers import MEMBERS, InProcess, load_member
from training.evaluation.unsaid import ATTRIBUTES

YEAR = 2023  # of most of the products' prices
FEWEST = 2  # attributes of a product among which one can be chosen
TRIES = 6
MOST_CHARS = 500  # of a description: as much as a person types
UNITS = {
    "GB": "gb|gigabytes?",
    "TB": "tb|terabytes?",
    "inch": "inch(?:es)?|in\\b|\"|”|″|''",
    "Hz": "[kmg]?hz",
    "quarts": "qt|quarts?",
    "gallons": "gal|gallons?",
    "litres": "l|lit(?:re|er)s?",
    "cups": "cups?",
    "ounces": "oz|ounces?",
    "millilitres": "ml",
    "mAh": "m?ah",
    "Ah": "m?ah",
    "V": "v|volts?",
    "W": "w|watts?",
    "BTU": "btu",
    "lb": "lbs?|pounds?",
    "ft": "ft|foot|feet",
    "MP": "mp|megapixels?",
    "pack": "packs?|pk|count|ct|pcs?|pieces?|set",
}


def pattern_of(name: str, value: str) -> re.Pattern[str]:
    """Finds where a text says so, with or without its unit where a bare number may mean it."""
    if name == "condition":
        return ATTRIBUTES["condition"]
    if name in WORDS:
        return WORDS[name][value]
    number, _, unit = value.partition(" ")
    amount = float(number.replace(",", ""))
    written = "|".join({f"{amount:g}", f"{amount:,.0f}", f"{amount:.1f}"}).replace(".", r"\.")
    words = UNITS.get(unit.removesuffix(" RAM"), "")
    behind = rf"(?:pack|set|case|box) of (?:{written})\b|" if name == "pack" else ""
    return re.compile(rf"{behind}(?<![\d.])(?:{written})[ -]?(?:(?:{words})(?![a-z]))?(?!\.?\d)", re.I)


def cut(text: str, name: str, kind: str) -> str | None:
    """The text without an attribute, None where that does not succeed."""
    for _ in range(TRIES):
        value = told_by(*_split(text), kind=kind).values.get(name)
        if value is None:
            return text
        shorter = pattern_of(name, value).sub(" ", text)
        if shorter == text:
            return None
        text = shorter
    return None


def _split(text: str) -> tuple[str, str]:
    title, _, rest = text.partition("\n")
    return title, rest


@dataclass(frozen=True)
class Case:
    """A product without what it stated, and that."""

    request: PriceRequest
    stated: Mapping[str, str]
    truth: float


def case_of(row: Row) -> Case | None:
    """None where a product states too little, or where nothing that names one is left."""
    request = request_of(row)
    said = request.description[:MOST_CHARS]
    text = f"{request.title}\n{said}" if request.title else said
    told = told_by(*_split(text))
    stated = {}
    for name, value in told.values.items():
        if (shorter := cut(text, name, told.kind)) is not None:
            text, stated[name] = shorter, value
    title, rest = (squeeze(part) for part in _split(text))
    if row.price is None or len(stated) < FEWEST or len(title.split()) < FEWEST:
        return None
    return Case(PriceRequest(title=title[:MAX_TITLE], description=rest or title, category=request.category), stated, row.price)


@dataclass(frozen=True)
class Outcome:
    """What was said of a case: of each attribute that it had stated what was foretold, how far the price moved, and helped."""

    title: str
    foretold: Mapping[str, UnsaidAttribute]
    order: Sequence[str]
    moved: Mapping[str, float]
    helped: Mapping[str, float]
    has_true_value: Mapping[str, bool]


CHOICES: Mapping[str, Callable[[Outcome], str]] = {
    "from the price now": lambda case: max(case.foretold, key=lambda name: case.foretold[name].narrowing),
    "between values": lambda case: max(case.foretold, key=lambda name: _between(case.foretold[name])),
    "own intervals": lambda case: min(case.foretold, key=lambda name: _told_width(case.foretold[name])),
    "dearest to cheapest": lambda case: max(case.foretold, key=lambda name: case.foretold[name].spread),
    "order of the table": lambda case: next(name for name in case.order if name in case.foretold),
}


def _between(attribute: UnsaidAttribute) -> float:
    mean = sum(each.share * math.log(each.price) for each in attribute.values)
    return sum(each.share * (math.log(each.price) - mean) ** 2 for each in attribute.values)


def _told_width(attribute: UnsaidAttribute) -> float:
    return sum(each.share * math.log(each.high / each.low) for each in attribute.values)


async def outcome_of(pricer: Pricer, advisor: AttributeAdvisor, case: Case) -> Outcome | None:
    """None where fewer than two of what was stated are asked for, and where a pricer was late: a price moves by that, too."""
    (plain,) = await pricer.price([case.request])
    if isinstance(plain, ItemError):
        return None
    asked = [each.name for each, _ in advisor.plan(case.request, plain).asked]
    if len(case.stated.keys() & set(asked)) < FEWEST:
        return None
    advice = await advisor.advise(case.request)
    if isinstance(advice, ItemError) or advice.degraded:
        return None
    foretold = {each.name: each for each in advice.attributes if each.name in case.stated}
    if len(foretold) < FEWEST:
        return None
    again = [with_value(case.request, name, case.stated[name]) for name in foretold]
    base, *answers = [each for each in await pricer.price([case.request, *again]) if isinstance(each, PriceResponse)]
    if len(answers) != len(foretold) or base.degraded or any(each.degraded for each in answers):
        return None
    error = abs(math.log(base.price / case.truth))
    return Outcome(
        title=case.request.text.partition("\n")[0],
        foretold=foretold,
        order=asked,
        moved={name: abs(math.log(each.price / base.price)) for name, each in zip(foretold, answers, strict=True)},
        helped={name: error - abs(math.log(each.price / case.truth)) for name, each in zip(foretold, answers, strict=True)},
        has_true_value={name: case.stated[name] in {v.value for v in each.values} for name, each in foretold.items()},
    )


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """How often each way to choose is right; `kept`: what share of the largest move its choice makes, at the mean."""
    chance = statistics.fmean(1 / len(each.foretold) for each in outcomes)
    told: dict[str, Any] = {"chance": {"moved": round(chance, 3), "helped": round(chance, 3)}}
    for name, choose in CHOICES.items():
        chosen = [choose(each) for each in outcomes]
        pairs = list(zip(chosen, outcomes, strict=True))
        told[name] = {
            "moved": _share([each.moved[it] == max(each.moved.values()) for it, each in pairs]),
            "helped": _share([each.helped[it] == max(each.helped.values()) for it, each in pairs]),
            "kept": _share([each.moved[it] / (max(each.moved.values()) or 1.0) for it, each in pairs]),
        }
    return told


def _share(flags: Sequence[float]) -> float:
    return round(statistics.fmean(flags), 3)


async def load_pricer() -> CachedPricer:
    """The ensemble over its members, all in this process, frontier-rag as its local estimator."""
    peers: dict[str, Peer] = {}
    for name in MEMBERS:
        member = await load_member(name)
        pricer = member.pricer if isinstance(member, InProcess) else None
        if pricer is None:
            raise SystemExit(f"{name} cannot be loaded here")
        if hasattr(pricer, "chat"):
            pricer.chat = None
        peers[name] = Member(pricer)
    return CachedPricer(
        Ensemble(peers, load_weights(artifacts_dir() / "ensemble"), "bench", TimeLimit(600.0, 10.0)),
        MemoryCache(1_000, 50_000_000, 3_600.0),
    )


async def measured(rows: Sequence[Row], limit: int | None, *, shows: bool) -> dict[str, Any]:
    """All figures."""
    pricer = await load_pricer()
    advisor = AttributeAdvisor(pricer, lambda: YEAR)
    cases = [case for row in sample(list(rows), limit, 42) if (case := case_of(row))]
    found: list[Outcome] = []
    for case in cases:
        if outcome := await outcome_of(pricer, advisor, case):
            found.append(outcome)
            if shows:
                print(_line(outcome), flush=True)
    values = [flag for each in found for flag in each.has_true_value.values()]
    return {
        "n": len(found),
        "attributes": round(statistics.fmean(len(each.foretold) for each in found), 2),
        "true_value_among_asked": _share(values),
        **figures(found),
    }


def _line(case: Outcome) -> str:
    moves = (f"{name} {each.narrowing:.3f} {case.moved[name]:.3f}" for name, each in case.foretold.items())
    return f"{case.title[:80]}: {', '.join(moves)}"


def main() -> None:
    """Cut, ask, say again, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = shared_data_dir()
    parser.add_argument("--data", type=Path, default=shared / "data" if shared else None, help="folder of the shared data")
    parser.add_argument("--limit", type=int, help="products that are looked through, drawn at random (default: all)")
    parser.add_argument(
        "--show",
        action="store_true",
        help="print each product: of each attribute the foretold narrowing, and how far the price moved",
    )
    args = parser.parse_args()
    if args.data is None:
        parser.error("--data: there is no shared data here; set PRICER_DATA")
    listings = [row for row in read_rows(args.data / DEV) if row.price is not None]
    rows = [*listings, *read_named(args.data / NAMED_DEV_FILE)]
    print(json.dumps({"bench": "attributes", **asyncio.run(measured(rows, args.limit, shows=args.show))}))


if __name__ == "__main__":
    main()
