"""The command tells how well references are read, in one JSON object on its last line."""

import json
from pathlib import Path

import pytest

from training.evaluate_references import main

DEALS = [
    {"title": "Acme Lamp for $100", "text": "It was $150.", "market_price": 150.0},
    {"title": "Acme Lamp for $100", "text": "A nice lamp that costs less than it did.", "market_price": 150.0},
]
FACTS = {"price": 100.0, "market_kind": "regular", "market_quote": "", "text_states_market": True, "currency": "USD"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "deals.jsonl"
    path.write_text("".join(json.dumps(deal | FACTS) + "\n" for deal in DEALS), encoding="utf-8")
    return path


def test_the_last_line_tells_the_shares(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(data)]) == 0
    assert capsys.readouterr().out.splitlines() == ['{"right": 0.5, "false": 0.0, "n": 2}']


def test_what_was_read_wrong_is_shown(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(data), "--show", "5"]) == 0
    shown, last = capsys.readouterr().out.splitlines()
    assert shown.startswith("missed: Acme Lamp for $100")
    assert json.loads(last)["n"] == 2


@pytest.mark.parametrize("content", ["{", '{"title": "Acme Lamp"}\n'])
def test_a_file_that_holds_no_deals_is_refused(tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deals.jsonl"
    path.write_text(content, encoding="utf-8")
    code = main(["--data", str(path)])
    assert (code, "evaluate_references" in capsys.readouterr().err) == (1, True)


def test_a_missing_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path / "none.jsonl")]) == 1
    assert "none.jsonl" in capsys.readouterr().err
