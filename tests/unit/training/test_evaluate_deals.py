"""The command tells how well deals are judged, in one JSON object on its last line."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.artifact import write_meta
from common.pricing import PricedItem, PriceRequest
from ensemble.judge.model import COMMAND, FILE, FORMAT_VERSION
from scanner.feedback.export import row_of
from scanner.feedback.verdict import Kept, Verdict
from tests.unit.ensemble.judge.judges import MODEL
from tests.unit.training.judge.own_deals import answer, record, save
from training.evaluate_deals import main
from training.judge.answers import answers_of
from training.judge.cases import read_cases

M = {"n", "ln", "ln_price", "ln_reference", "coverage80", "alerts_per_1000", "claimed", "true", "right30", "brier", "bins"}
M |= {"pushed_at"}
DEALS = [
    record(),
    record(text="It was $150. That is the lowest price we could find by $20.", subject="Acme QX200 Lamp"),
    record(text="It was $150.", market_kind="regular", market_price=150.0, subject="Acme QX300 Lamp", market_quote="It was $150."),
    record(source="ebay_deals", subject="Acme QX400 Lamp"),
]


SAID = {
    "title": "Acme QX100 Lamp for $100",
    "text": "It was $150.",
    "price": 100.0,
    "list_price": None,
    "category": "Home",
    "retailer": "Acme Store",
    "published": "2026-11-21T12:00:00+00:00",
    "condition": "new",
    "worth": 160.0,
    "low": 120.0,
    "high": 200.0,
    "chance": 0.93,
    "saving": 60.0,
    "pushed": True,
    "rules": [],
    "models": {},
}
KEPT = [
    Kept(1, 1, "a", Verdict("not_worth_that", worth=115.0), SAID, datetime(2026, 11, 22, tzinfo=UTC)),
    Kept(2, 2, "b", Verdict("right"), SAID, datetime(2026, 11, 22, tzinfo=UTC)),
]


class Pricers:
    """Say $130 of everything."""

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        return [answer(130.0, "exact") for _ in requests]


async def opened() -> Pricers:
    return Pricers()


@pytest.fixture
def argv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A small judge, and what the pricers say kept beforehand."""
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    folder, data, runs = tmp_path / "artifacts" / "judge", save(tmp_path, DEALS), tmp_path / "runs"
    folder.mkdir(parents=True)
    MODEL.save(folder / FILE)
    write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=[FILE])
    asyncio.run(answers_of([case.request for case in read_cases(data, is_all=True)], runs, opened))
    return ["--data", str(data), "--runs", str(runs)]


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def test_the_last_line_tells_every_figure(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main(argv)
    found = told(capsys)
    assert found.keys() == {"n", "modes", "references_read"}
    assert found["n"] == 3
    assert list(found["modes"]) == ["blind", "stated", "others"]
    for mode in found["modes"].values():
        assert mode.keys() == M | {"by"}
        for group in (mode, *mode["by"].values()):
            assert group.keys() - {"by"} == M
            assert group["pushed_at"].keys() == {"1.0", "0.7", "0.5", "0.3"}
    assert found["modes"]["blind"]["by"].keys() == {"next_best", "regular", "trusted", "known", "identified", "exact"}
    assert found["references_read"] == {"right": 1.0, "false": 0.0, "n": 3}


def test_what_is_stated_is_believed(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main(argv)
    modes = told(capsys)["modes"]
    assert {name: mode["n"] for name, mode in modes.items()} == {"blind": 3, "stated": 3, "others": 1}
    assert modes["stated"]["by"]["next_best"]["ln"] < 0.02 < modes["blind"]["by"]["next_best"]["ln"]


def test_all_takes_the_weak_sources_too(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main([*argv, "--all"])
    assert told(capsys)["n"] == 4


def test_a_report_is_written_where_one_is_wanted(argv: list[str], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs matplotlib (make training)")
    main([*argv, "--out", str(tmp_path / "report")])
    assert "3 deals of deals.jsonl judged" in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")


def test_a_file_without_a_deal_that_counts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="holds no deal with a market price that counts"):
        main(["--data", str(save(tmp_path, [record(currency="CAD")]))])


@pytest.mark.parametrize(
    "content", [None, "no JSON", '{"title": "Lamp", "price": "fifty", "market_price": 80, "market_kind": "list"}']
)
def test_a_file_that_cannot_be_read_is_named(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "deals.jsonl"
    if content:
        path.write_text(content)
    with pytest.raises(SystemExit, match=r"deals\.jsonl cannot be read"):
        main(["--data", str(path)])


def test_verdicts_that_name_no_worth_need_no_judge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [record(market_price=None, market_kind=None, verdict="right", said_chance=0.9, pushed=True)]
    main(["--data", str(save(tmp_path, rows))])
    found = told(capsys)
    assert (found["n"], found["modes"]) == (0, {})
    assert (found["feedback"]["n"], found["feedback"]["bins"]) == (1, [[0.9, 1.0, 1]])


def test_an_export_of_the_scanner_is_evaluated(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Rows as the scanner gives them out, one with what the person says it is worth."""
    data, runs = Path(argv[1]), Path(argv[3])
    data.write_text("".join(json.dumps(row_of(each)) + "\n" for each in KEPT), encoding="utf-8")
    asyncio.run(answers_of([case.request for case in read_cases(data)], runs, opened))
    main(argv)
    found = told(capsys)
    assert found.keys() == {"n", "modes", "references_read", "feedback"}
    assert (found["n"], list(found["modes"]["blind"]["by"])[:2]) == (1, ["person", "trusted"])
    assert found["feedback"]["verdicts"] == {"not_worth_that": 1, "right": 1}
