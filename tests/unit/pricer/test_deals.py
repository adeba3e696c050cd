"""`pricer deals`: what it asks the scanner, what it leaves out, and what it prints for a person and for a program."""

import json
from collections.abc import Iterator

import pytest

from pricer.__main__ import main
from tests.unit.pricer.scanner_service import ScannerService, opportunity, scanner_service, seen


@pytest.fixture
def service() -> Iterator[ScannerService]:
    with scanner_service() as service:
        service.answers["GET /opportunities"] = {"items": FOUND, "next": None}
        yield service


FOUND = [
    opportunity(1, "Laptop 14 inch", price=500.0, discount=300.0, chance=0.95, category="Computers", retailer="Byte Shop"),
    opportunity(2, "Cordless Drill", condition="refurbished", why_not="it was pushed already"),
    opportunity(3, "Drill Press", chance=0.5, feed="Other Feed"),
    opportunity(4, "Gold Bar", price=1.0, discount=2000.0, review=True, why_not="look before you believe it"),
]


def titles(service: ScannerService, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["deals", "--url", service.url, "--json", *arguments]) == 0
    return [item["deal"]["title"] for item in json.loads(capsys.readouterr().out)["items"]]


def test_deals_are_listed_in_the_order_of_the_scanner(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deals", "--url", service.url]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "$   500.00  worth $   100.00       95 %  Laptop 14 inch  https://deals.example/1",
        "$    60.00  worth $   100.00       90 %  Cordless Drill  https://deals.example/2  [not pushed: it was pushed already]",
    ]


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ([], ""),
        (["--search", "cordless drill"], "&q=cordless+drill"),
        (["--max-price", "$1,060"], "&max_price=1060.0"),
        (["--min-saving", "100", "--min-chance", "90%"], "&min_saving=100.0&min_chance=0.9"),
        (["--retailer", "Best Buy", "--category", "tools"], "&retailer=Best+Buy&category=tools"),
        (["--condition", "open-box", "--rule", "7"], "&condition=open-box&rule=7"),
        (["--state", "pushed", "--sort", "price"], "&sort=price&state=pushed"),
    ],
)
def test_the_scanner_is_asked_for_what_is_wanted(service: ScannerService, arguments: list[str], asked: str) -> None:
    assert main(["deals", "--url", service.url, *arguments]) == 0
    assert service.asked == [f"GET /opportunities?limit=200{asked}"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--feed", "other"], ["Drill Press"]),
        (["--limit", "1"], ["Laptop 14 inch"]),
        (["--feed", "good", "--limit", "2"], ["Laptop 14 inch", "Cordless Drill"]),
    ],
)
def test_a_feed_is_told_by_a_part_of_its_name(
    service: ScannerService, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: list[str]
) -> None:
    assert titles(service, capsys, *arguments) == expected


def test_all_pages_are_looked_through(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["GET /opportunities"] = [
        {"items": FOUND[:2], "next": "1"},
        {"items": FOUND[2:], "next": None},
    ]
    assert titles(service, capsys, "--feed", "other") == ["Drill Press"]
    assert service.asked == ["GET /opportunities?limit=200", "GET /opportunities?limit=200&cursor=1"]


SEEN = [
    seen(1, "Laptop 14 inch", price=500.0, estimate=800.0, chance=0.95, category="Computers", retailer="Byte Shop"),
    seen(2, "Cordless Drill", condition="refurbished"),
    seen(3, "Drill Press", chance=0.5, estimate=70.0, feed="Other Feed"),
]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--search", "DRIL"], [2, 3]),
        (["--search", "rill"], []),
        (["--search", "press drill"], [3]),
        (["--search", "byte comp"], [1]),
        (["--max-price", "$60"], [2, 3]),
        (["--min-saving", "100"], [1]),
        (["--min-chance", "90%"], [1]),
        (["--retailer", "byte"], [1]),
        (["--category", "computer"], [1]),
        (["--feed", "other"], [3]),
        (["--condition", "refurbished"], [2]),
        (["--limit", "1"], [1]),
        (["--search", "drill", "--min-chance", "0.5"], [3]),
    ],
)
def test_of_all_that_was_read_only_those_that_are_asked_for_are_told(
    service: ScannerService, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: list[int]
) -> None:
    service.answers["GET /deals"] = {"items": SEEN, "next": None}
    assert main(["deals", "--url", service.url, "--seen", "--json", *arguments]) == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)["items"]] == expected
    assert service.asked == ["GET /deals?limit=200"]


def test_all_that_was_read_is_told_too(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    items = [
        seen(1, "Lamp", estimate=100.0, chance=0.4),
        seen(2, "Torch\x1b[2J", price=None, state="skipped", reason="no price"),
        seen(3, "Kettle", currency="AUD", price=30.0, estimate=90.0, state="review", reason="two prices"),
    ]
    service.answers["GET /deals"] = {"items": items, "next": None}
    assert main(["deals", "--url", service.url, "--seen"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "$    60.00  worth $   100.00       40 %  Lamp  https://deals.example/1",
        "  no price  not judged        Torch [2J  https://deals.example/2  [not pushed: no price]",
        "    30.00 AUD  worth $    90.00  Kettle  https://deals.example/3  [review: two prices]",
    ]
    assert main(["deals", "--url", service.url, "--seen", "--max-price", "90", "--json"]) == 0  # 30 AUD are not 30 dollars
    assert [each["id"] for each in json.loads(capsys.readouterr().out)["items"]] == [1]
    assert main(["deals", "--url", service.url, "--seen", "--min-saving", "20", "--json"]) == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)["items"]] == [1]


def test_nothing_that_fits_is_no_failure(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deals", "--url", service.url, "--feed", "zorblax"]) == 0
    assert capsys.readouterr() == ("", "no deal fits\n")
    assert titles(service, capsys, "--feed", "zorblax") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--seen", "--rule", "1"],
        ["--seen", "--state", "all"],
        ["--seen", "--sort", "price"],
        ["--follow", "--sort", "price"],
        ["--follow", "--every", "0"],
        ["--follow", "--every", "nan"],
    ],
)
def test_what_does_not_go_together_is_a_misuse(
    service: ScannerService, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(["deals", "--url", service.url, *arguments]) == 2
    assert capsys.readouterr().out == ""
    assert service.asked == []


@pytest.mark.parametrize("arguments", [["--limit", "0"], ["--min-chance", "2"], ["--max-price", "free"], ["--rule", "x"]])
def test_a_value_that_cannot_be_used_is_a_misuse(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["deals", *arguments])
    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_a_scanner_that_is_not_there_or_does_not_answer_is_said_plainly(
    service: ScannerService, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deals", "--url", "http://127.0.0.1:1"]) == 1
    assert "is it running? start everything with: pricer run" in capsys.readouterr().err
    service.answers["GET /opportunities"] = "hang"
    assert main(["deals", "--url", service.url, "--timeout", "0.3"]) == 1
    assert "did not answer within 0.3 s" in capsys.readouterr().err


@pytest.mark.parametrize("answer", [[], {"items": 3}, {"items": [1]}, {"items": [{"deal": {}}]}, {"items": [{"deal": None}]}])
def test_another_program_at_the_address_is_said_plainly(
    service: ScannerService, capsys: pytest.CaptureFixture[str], answer: object
) -> None:
    service.answers["GET /opportunities"] = (200, answer)
    assert main(["deals", "--url", service.url]) == 1
    said = capsys.readouterr()
    assert (said.out, "came back" in said.err) == ("", True)


def test_a_key_that_is_missing_is_asked_for(service: ScannerService, capsys: pytest.CaptureFixture[str]) -> None:
    refusal = {"status": 401, "detail": "a valid key is needed, as X-API-Key or as a bearer token"}
    service.answers["GET /opportunities"] = (401, refusal)
    assert main(["deals", "--url", service.url]) == 1
    assert "PRICER_API_KEY" in capsys.readouterr().err
