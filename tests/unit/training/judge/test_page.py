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
RULE = AlertRule(least_pricers=0)
FIGURES = asyncio.run(figures(CASES, [answer(300, "exact", spread=1.1), answer(300, "exact")], lambda _: MODEL, RULE))
FOUND = {"n": 2, "modes": FIGURES.modes, "references_read": {"right": 0.5, "false": 0.0, "n": 2}}


def test_page_and_picture_are_written(tmp_path: Path) -> None:
    write(tmp_path / "report", "2 deals <of a file> judged", FOUND, FIGURES, RULE)
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["judge.png", "report.html"]
    assert (tmp_path / "report" / "judge.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=\"(?!data:)", page)
    assert "default-src 'none'" in page
    assert "<title>2 deals &lt;of a file&gt; judged</title>" in page


def test_tables_hold_every_mode_and_group(tmp_path: Path) -> None:
    write(tmp_path, "judged", FOUND, FIGURES, RULE)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert re.findall(r"<h2>(\w+)</h2>", page) == ["blind", "stated", "others"]
    assert re.findall(r"<tr><td>(\w+)</td><td>(\d+)</td>", page)[:3] == [("all", "2"), ("next_best", "2"), ("trusted", "2")]
    assert ("all", "0") in re.findall(r"<tr><td>(\w+)</td><td>(\d+)</td>", page)
    assert "References read: right: 0.5, false: 0, n: 2" in page
    assert "nothing stated: 1.0: " in page


def test_an_alert_that_saved_nothing_stands_at_the_edge_of_the_plot() -> None:
    assert FIGURES.outcomes["stated"].is_alert.all()
    _, savings = plots(FIGURES.outcomes, FIGURES.modes).axes
    drawn = savings.collections[list(FIGURES.outcomes).index("stated")].get_offsets()
    assert sorted(float(true) for _, true in drawn) == [1.0, 200.0]


def test_deals_are_shown_with_their_evidence_pushed_ones_and_others(tmp_path: Path) -> None:
    deals = [case(title=f"Lamp <{i}>", market=300.0, references=(stated("next_best", 150 + 50 * (i % 2)),)) for i in range(12)]
    cheap = [case(title=f"Bulb {i}", price=3.0, market=4.0, references=(stated("was", 5),)) for i in range(12)]
    said = [*(answer(300, "exact", spread=1.1) for _ in deals), *(answer(4, "similar") for _ in cheap)]
    write(tmp_path, "judged", FOUND, asyncio.run(figures([*deals, *cheap], said, lambda _: MODEL, RULE)), RULE)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    shown = re.findall(r"<h3>(.+?)</h3><p>(.+?)</p><table>(.+?)</table>", page)
    assert [title.split()[0] for title, _, _ in shown] == ["Lamp"] * 5 + ["Bulb"] * 5
    assert len({title for title, _, _ in shown}) == 10
    assert all("&lt;" in title and words.endswith("Pushed.") for title, words, _ in shown[:5])
    assert all("It otherwise cost $4.00 (next best). Not pushed: the expected saving of $" in words for _, words, _ in shown[5:])
    savings = [float(re.search(r"a saving of \$([\d.]+)", words)[1]) for _, words, _ in shown]  # type: ignore[index]
    assert savings[:5] == sorted(savings[:5])
    assert savings[0] < savings[4]
    assert "An editor" not in shown[0][1]
    assert all(table.count("<tr>") == 4 for _, _, table in shown)
