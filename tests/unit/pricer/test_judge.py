"""The command `pricer judge`, against a judging service on loopback: what it sends, and what it prints for a person."""

import argparse
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pricer.__main__ import main
from pricer.arguments import dollars
from tests.unit.pricer.judge_service import JUDGEMENT, JudgeService, judge_service

TITLE = "Acme QX100 Cordless Drill"


@pytest.fixture
def service() -> Iterator[JudgeService]:
    with judge_service() as service:
        yield service


def sent(service: JudgeService, *arguments: str) -> dict[str, Any]:
    """The body that the command sends."""
    assert main(["judge", "--url", service.url, "--price", "99", *arguments]) == 0
    return service.bodies[-1]


def references(body: dict[str, Any]) -> list[tuple[str, float, str]]:
    return [(each["kind"], each["price"], each["said_by"]) for each in body["offer"]["references"]]


def test_a_verdict_is_printed_with_its_evidence(service: JudgeService, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "--url", service.url, TITLE, "--price", "$99"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[:6] == [
        f"{TITLE}: asked $99.00",
        "worth   $128.40  (80 % interval $119.50 to $141.00; judge@1)",
        "saving  $29.00 expected",
        "chance  87 % that it is worth 25 % more than is asked",
        "support 60 % by what neither the price nor the seller says",
        "list    $1,199.00 is inflated: under 1 % that people pay about that",
    ]
    assert lines[6].split() == ["share", "worth", "evidence"]
    assert [line.split()[:3] for line in lines[8:]] == [["81", "%", "$129.00"], ["11", "%", "$130.00"], ["8", "%", "$118.00"]]


def test_what_strangers_wrote_moves_no_terminal_and_is_no_markup(service: JudgeService, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "--url", service.url, f"{TITLE}\x1b[2J", "--price", "99"]) == 0
    out = capsys.readouterr().out
    assert "An editor says [so] [31m." in out
    assert "\x1b" not in out


def test_what_is_worth_knowing_is_said(service: JudgeService, capsys: pytest.CaptureFixture[str]) -> None:
    listed = {"price": 130.0, "verdict": "plausible", "chance": 0.7}
    service.answer = JUDGEMENT | {"known": False, "degraded": ["specialist"], "saving": -3.0, "list_price": listed, "chance": 0.999}
    assert main(["judge", "--url", service.url, TITLE, "--price", "99"]) == 0
    out = capsys.readouterr().out
    assert "saving  none to be expected" in out
    assert "chance  over 99 %" in out
    assert "$130.00 is plausible: 70 % that people pay about that" in out
    assert "nothing like this is known" in out
    assert "without specialist" in out
    service.answer = JUDGEMENT | {"list_price": None}
    assert main(["judge", "--url", service.url, TITLE, "--price", "99"]) == 0
    assert "  list " not in capsys.readouterr().out


def test_options_become_references_and_say_whence_they_are(service: JudgeService) -> None:
    given = {"elsewhere": 129, "was": 149, "regular": 139, "list": 199, "usual": 125, "lowest": 95, "new-price": 159}
    options = [part for name, price in given.items() for part in (f"--{name}", str(price))]
    body = sent(service, TITLE, *options, "--condition", "open-box", "--retailer", "Acme Store", "--category", "Tools")
    assert (body["path"], body["title"], body["description"], body["category"]) == ("/judge", TITLE, TITLE, "Tools")
    assert (body["offer"]["price"], body["offer"]["condition"], body["offer"]["retailer"]) == (99, "open-box", "Acme Store")
    assert body["margin"] == 0.25
    assert references(body) == [
        ("next_best", 129, "editor"),
        ("was", 149, "seller"),
        ("regular", 139, "seller"),
        ("list", 199, "seller"),
        ("history", 125, "editor"),
        ("all_time_low", 95, "editor"),
        ("new_price", 159, "editor"),
    ]
    assert body["offer"]["references"][0]["words"] == "--elsewhere 129"


def test_without_options_there_is_nothing_but_the_price(service: JudgeService) -> None:
    body = sent(service, TITLE)
    assert body == {
        **{"path": "/judge", "title": TITLE, "description": TITLE, "margin": 0.25},
        "offer": {"price": 99, "condition": "new", "retailer": "", "references": [], "seen": []},
    }


def test_other_prices_are_read_from_title_and_text_and_kept_from_the_pricers(service: JudgeService, tmp_path: Path) -> None:
    text = tmp_path / "offer.txt"
    text.write_text("It has a brushless motor. That's the lowest price we could find by $20. The list price is $199.")
    body = sent(service, f"Refurbished {TITLE} for $99", "--text", str(text))
    assert references(body) == [("next_best", 119, "editor"), ("list", 199, "seller")]
    assert (body["title"], body["description"]) == (TITLE, "It has a brushless motor.")
    assert body["offer"]["condition"] == "refurbished"
    span = body["offer"]["references"][0]
    assert f"Refurbished {TITLE} for $99\n{text.read_text()}"[span["start"] : span["end"]] == span["words"]


def test_an_option_goes_before_what_the_text_says_of_the_same_kind(service: JudgeService, monkeypatch: pytest.MonkeyPatch) -> None:
    words = b"That's the lowest price we could find by $20. The list price is $199."
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(words)))
    body = sent(service, TITLE, "--text", "-", "--list", "150", "--condition", "used")
    assert references(body) == [("list", 150, "seller"), ("next_best", 119, "editor")]
    assert body["offer"]["condition"] == "used"


def test_the_whole_answer_is_there_as_json(service: JudgeService, capsys: pytest.CaptureFixture[str]) -> None:
    assert sent(service, TITLE, "--json", "--margin", "0.5")["margin"] == 0.5
    found = json.loads(capsys.readouterr().out)
    assert (found["worth"], found["evidence"]) == (128.4, JUDGEMENT["evidence"])


@pytest.mark.parametrize(("text", "amount"), [("99", 99), ("$1,299.00", 1299), (" 12.5 ", 12.5), ("1299.99", 1299.99)])
def test_an_amount_may_be_written_as_people_do(text: str, amount: float) -> None:
    assert dollars(text) == amount


@pytest.mark.parametrize("text", ["", "0", "-5", "free", "1.299,00", "12,99", "99 EUR", "nan", "inf", "1e3"])
def test_what_is_no_amount_is_not_guessed(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        dollars(text)


def test_a_price_must_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["judge", TITLE])
    assert "--price" in capsys.readouterr().err


def test_what_the_service_lacks_is_told(service: JudgeService, capsys: pytest.CaptureFixture[str]) -> None:
    service.status, service.answer = 503, {"status": 503, "title": "Service Unavailable", "detail": "make it with: a command"}
    assert main(["judge", "--url", service.url, TITLE, "--price", "99"]) == 1
    assert "make it with: a command" in capsys.readouterr().err


def test_a_service_or_a_file_that_is_not_there_is_said_plainly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "--url", "http://127.0.0.1:1", TITLE, "--price", "99"]) == 1
    assert "make run" in capsys.readouterr().err
    assert main(["judge", TITLE, "--price", "99", "--text", str(tmp_path / "none.txt")]) == 1
    assert "none.txt" in capsys.readouterr().err
