"""The report is one page without scripts and a picture, also where a mode has no deals or an alert saved nothing."""

import asyncio
import re
from pathlib import Path

import pytest

from scanner.alert_rule import AlertRule
from tests.unit.ensemble.judge.judges import MODEL
from tests.unit.training.judge.own_deals import answer, case, stated
from training.judge.modes import figures

pytest.importorskip("matplotlib", reason="needs matplotlib (make training)")

from training.judge.page import plots, write

CASES = [
    case(market=300.0, references=(stated("next_best", 300),)),
    case(market=90.0, references=(stated("next_best", 300),)),  # pushed, and worth less than it costs
]
MODES, OUTCOMES = asyncio.run(
    figures(CASES, [answer(300, "exact", spread=1.1), answer(300, "exact")], lambda _: MODEL, AlertRule(least_pricers=0))
)
FOUND = {"n": 2, "modes": MODES, "references_read": {"right": 0.5, "false": 0.0, "n": 2}}


def test_page_and_picture_are_written(tmp_path: Path) -> None:
    write(tmp_path / "report", "2 deals <of a file> judged", FOUND, OUTCOMES)
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["judge.png", "report.html"]
    assert (tmp_path / "report" / "judge.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=\"(?!data:)", page)
    assert "default-src 'none'" in page
    assert "<title>2 deals &lt;of a file&gt; judged</title>" in page


def test_tables_hold_every_mode_and_group(tmp_path: Path) -> None:
    write(tmp_path, "judged", FOUND, OUTCOMES)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert re.findall(r"<h2>(\w+)</h2>", page) == ["blind", "stated", "others"]
    assert re.findall(r"<tr><td>(\w+)</td><td>(\d+)</td>", page)[:3] == [("all", "2"), ("next_best", "2"), ("trusted", "2")]
    assert ("all", "0") in re.findall(r"<tr><td>(\w+)</td><td>(\d+)</td>", page)
    assert "References read: right: 0.5, false: 0, n: 2" in page
    assert "nothing stated: 1.0: " in page


def test_an_alert_that_saved_nothing_stands_at_the_edge_of_the_plot() -> None:
    assert OUTCOMES["stated"].is_alert.all()
    _, savings = plots(OUTCOMES, MODES).axes
    drawn = savings.collections[list(OUTCOMES).index("stated")].get_offsets()
    assert sorted(float(true) for _, true in drawn) == [1.0, 200.0]
