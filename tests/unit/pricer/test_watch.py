"""`pricer watch` and `pricer rules`: what they send, and what they print."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pricer.__main__ import main
from tests.unit.pricer.scanner_service import ScannerService, scanner_service

OFFER = {"title": "OLED\x07 TV 65", "price": 1100.0, "url": "https://deals.example/tv"}
LOWEST = {"price": 999.0, "seller": "", "seen": "2026-11-01T10:00:00Z", "url": "https://deals.example/old"}
LOOK: dict[str, Any] = {
    **{"id": 3, "text": "65 inch OLED TV under 1200", "enabled": True, "matched": 2},
    "understood": {"summary": "TV, OLED, 65 inch, at most $1,200"},
    **{"matches_now": [OFFER], "lowest_seen": LOWEST, "hint": "nothing was ever that cheap"},
}
TOLD = [
    "  now     $ 1,100.00  OLED  TV 65  https://deals.example/tv",
    "  lowest  $999.00 at a shop, 2026-11-01",
    "  nothing was ever that cheap",
]


@pytest.fixture
def service() -> Iterator[ScannerService]:
    with scanner_service() as service:
        yield service


def said(service: ScannerService, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main([*arguments, "--url", service.url]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_thing_is_watched_and_what_was_understood_is_told(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["POST /watchlist"] = (201, LOOK)
    assert said(service, capsys, "watch", "add", LOOK["text"]) == ["watching 3: TV, OLED, 65 inch, at most $1,200", *TOLD]
    assert service.bodies == [{"text": "65 inch OLED TV under 1200"}]


def test_a_preview_watches_nothing(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["POST /watchlist/preview"] = {name: LOOK[name] for name in LOOK if name != "id"} | {"matches_now": []}
    lines = said(service, capsys, "watch", "preview", "a TV")
    assert lines[:2] == ["would watch: TV, OLED, 65 inch, at most $1,200", "  now     nothing that is known fits"]
    assert service.asked == ["POST /watchlist/preview"]


def test_options_correct_what_is_read_of_the_words(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["POST /watchlist"] = (201, LOOK)
    options = ["--target", "$1,200", "--require", "oled", "--require", "lg", "--forbid", "stand", "--brand", "LG", "--model", "C4"]
    options += ["--inches", "65", "--condition", "new", "--condition", "used", "--channel", "phone", "--priority", "urgent"]
    said(service, capsys, "watch", "add", "a TV", *options, "--least-similarity", "50%")
    assert service.bodies == [
        {
            **{"text": "a TV", "target_price": 1200.0, "brand": "LG", "model": "C4", "inches": 65.0},
            **{"required": ["oled", "lg"], "forbidden": ["stand"], "conditions": ["new", "used"], "channels": ["phone"]},
            **{"priority": "urgent", "least_similarity": 0.5},
        }
    ]


def test_what_is_watched_is_listed(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["GET /watchlist"] = {"items": [LOOK, LOOK | {"id": 12, "enabled": False}], "next": None}
    assert said(service, capsys, "watch", "list") == [
        "   3  TV, OLED, 65 inch, at most $1,200  found so far: 2",
        "  12  TV, OLED, 65 inch, at most $1,200  found so far: 2  (off)",
    ]
    service.answers["GET /watchlist"] = {"items": [], "next": None}
    assert "pricer watch add" in said(service, capsys, "watch", "list")[0]


def test_one_is_shown(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["GET /watchlist/3"] = LOOK
    assert said(service, capsys, "watch", "show", "3")[1:] == TOLD


def test_all_that_are_named_are_removed_or_none(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers |= {f"GET /watchlist/{each}": LOOK for each in (3, 4)}
    service.answers |= {f"DELETE /watchlist/{each}": (204, None) for each in (3, 4)}
    assert said(service, capsys, "watch", "remove", "3", "4") == ["watched no longer: 3, 4"]
    assert [each for each in service.asked if each.startswith("DELETE")] == ["DELETE /watchlist/3", "DELETE /watchlist/4"]
    service.asked.clear()
    assert main(["watch", "remove", "3", "9", "--url", service.url]) == 1
    assert "there is no /watchlist/9" in capsys.readouterr().err
    assert service.asked == ["GET /watchlist/3", "GET /watchlist/9"]


def test_what_the_scanner_refuses_is_told_with_its_field_once(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    error = {"field": "inches", "message": "Input should be greater than 0"}
    service.answers["POST /watchlist"] = (422, {"detail": "inches: Input should be greater than 0", "errors": [error]})
    assert main(["watch", "add", "a TV", "--inches", "-1", "--url", service.url]) == 1
    assert capsys.readouterr().err == "pricer: inches: Input should be greater than 0\n"


RULES = {
    "mode": "first",
    "items": [
        {"id": 1, "name": "OLED", "when": {"include": ["oled", "qled"], "max_price": 900}, "channels": [], "enabled": True},
        {"id": 2, "name": "All", "when": {}, "channels": ["phone", "mail"], "enabled": False},
    ],
}
RUN = {
    "sentence": "this rule would have sent 1 push in the last 7 days",
    "items": [
        {"when": "2026-11-29T10:00:00Z", "title": "TV", "price": 800.0, "saving": 150.5, "url": "https://x.example", "digest": True}
    ],
    "missed": [{"reason": "it is too dear", "count": 4}],
}


def test_rules_are_listed(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["GET /rules"] = RULES
    assert said(service, capsys, "rules", "list") == [
        "the first that matches counts",
        "   1  OLED: include oled or qled, max price 900 -> all channels",
        "   2  All: every deal -> phone, mail  (off)",
    ]


def test_a_rule_is_tried_on_what_is_past(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["POST /rules/1/dry-run"] = RUN
    assert said(service, capsys, "rules", "dry-run", "1", "--days", "7") == [
        RUN["sentence"],
        "  2026-11-29  $   800.00  saves $150.50  TV  https://x.example  [in a digest]",
        "  not sent: 4 because it is too dear",
    ]
    assert service.asked == ["POST /rules/1/dry-run?days=7"]


@pytest.mark.parametrize(
    ("command", "asked", "answer"),
    [
        (["watch", "add", "a TV"], "POST /watchlist", LOOK),
        (["watch", "preview", "a TV"], "POST /watchlist/preview", LOOK),
        (["watch", "list"], "GET /watchlist", {"items": [LOOK], "next": None}),
        (["watch", "show", "3"], "GET /watchlist/3", LOOK),
        (["rules", "list"], "GET /rules", RULES),
        (["rules", "dry-run", "1"], "POST /rules/1/dry-run", RUN),
    ],
)
def test_as_json_the_whole_answer_is_there_and_nothing_else(
    service: ScannerService, capsys: pytest.CaptureFixture[str], command: list[str], asked: str, answer: dict[str, Any]
) -> None:
    service.answers[asked] = answer
    assert main([*command, "--json", "--url", service.url]) == 0
    told = capsys.readouterr()
    assert (json.loads(told.out), told.err) == (answer, "")
