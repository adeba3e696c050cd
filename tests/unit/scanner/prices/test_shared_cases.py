"""The cases of the shared data that concern prices and conditions: each comes out as is said there."""

import json
import re
from pathlib import Path

from scanner.prices.rule_extractor import Extraction, extract

_TITLE = re.compile(r"(?:title|item) (?:'(?P<single>.*?)'(?:,|$)|\"(?P<double>.*)\")")
_ESCAPE = re.compile(r"\\u([0-9a-f]{4})|\\x([0-9a-f]{2})")
_AMOUNT = re.compile(r"(?P<price>\d+(?:\.\d+)?)(?: (?P<currency>[A-Z]{3}))?")


def cases(folder: Path) -> list[dict[str, str]]:
    rows = map(json.loads, (folder / "feeds" / "cases.jsonl").read_text(encoding="utf-8").splitlines())
    return [row for row in rows if row["kind"].startswith(("price:", "condition:", "false alarm"))]


def title_of(case: dict[str, str]) -> str:
    found = _TITLE.search(case["input"])
    assert found is not None, case
    return _ESCAPE.sub(lambda escape: chr(int(escape[1] or escape[2], 16)), found["single"] or found["double"])


def holds(expected: str, found: Extraction) -> bool:
    if expected == "no price":
        return found.price is None
    if expected == "not new":
        return found.condition != "new"
    if expected == "no alert at a wrong price":
        return found.price in (None, 1299.0)
    if amount := _AMOUNT.fullmatch(expected):
        return found.price == float(amount["price"]) and amount["currency"] in (None, found.currency)
    return found.condition == expected


def test_the_shared_cases_of_prices_and_conditions_come_out_right(shared_data: Path) -> None:
    known = cases(shared_data)
    assert len(known) >= 29
    assert [case for case in known if not holds(case["expected"], extract(title_of(case), ""))] == []
