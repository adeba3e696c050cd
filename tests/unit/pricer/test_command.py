"""The command `pricer`, against a pricing service on loopback."""

import csv
import gzip
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.http.api_keys import KnownKeys
from common.http.listening import UNUSABLE_SETTINGS
from common.product_files.reading import read
from common.product_files.record import Unreadable
from dashboard.access.password import PasswordHash
from dashboard.settings import Settings
from pricer.__main__ import main
from tests.unit.common.product_files.kinds import every_kind
from tests.unit.pricer.length_service import LISTED, ROWS, length_service
from tests.unit.pricer.scan_service import scan_service


@pytest.fixture
def url() -> Iterator[str]:
    with length_service() as url:
        yield url


def test_a_description_is_priced(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["price", "--url", url, "x" * 1500]) == 0
    assert capsys.readouterr().out.startswith("$1,500.00  (80 % interval $750.00 to $3,000.00; length@1)")


@pytest.mark.parametrize("command", [["price"], ["judge"], ["scan"], ["deals"], ["watch", "preview"]])
@pytest.mark.parametrize("address", ["http://ann:pass/word@host", "http://[::1", "localhost:8000", "http://", ""])
def test_an_address_that_is_none_is_said_without_what_may_be_a_password(
    command: list[str], address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*command, *(["drill"] if command[-1] not in ("scan", "deals") else []), "--url", address])
    said = capsys.readouterr().err
    assert "argument --url: this is no address such as http://127.0.0.1:8000" in said
    assert "pass" not in said


def test_a_guess_about_what_nobody_knows_says_so(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["price", "--url", url, "zorblaxes"]) == 0
    assert "nothing like this is known" in capsys.readouterr().out
    assert main(["price", "--url", url, "drill"]) == 0
    assert "known" not in capsys.readouterr().out


def test_a_file_is_priced_in_order_with_its_other_columns_kept(url: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("sku,description\n" + "".join(f"{n},{'x' * n}\n" for n in range(1, 121)))
    assert main(["price", "--url", url, "--file", str(source), "--out", str(target)]) == 0
    rows = list(csv.DictReader(target.read_text().splitlines()))
    assert [(row["sku"], float(row["price"])) for row in rows] == [(str(n), float(n)) for n in range(1, 121)]


def test_a_row_that_cannot_be_priced_says_why_and_the_others_are_kept(url: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"description": "abc"}\n{"description": ""}\n')
    assert main(["price", "--url", url, "--file", str(source), "--out", str(target)]) == 1
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert [(row["price"], row["error"]) for row in rows] == [(3.0, ""), (None, "description: missing")]


@pytest.mark.parametrize("out", ["out.jsonl", "out.csv", "out.xlsx"])
def test_a_row_with_half_a_character_costs_nothing_else(url: str, out: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / out
    source.write_text('{"description": "abc", "note": "cut \\ud83d"}\n{"description": "abcd", "note": "\\ud83d\\ude00"}\n')
    assert main(["price", "--url", url, "--file", str(source), "--out", str(target)]) == 0
    rows = [row for row in read(target) if not isinstance(row, Unreadable)]
    assert [(row["note"], float(row["price"])) for row in rows] == [("cut \ufffd", 3.0), ("\U0001f600", 4.0)]
    assert [each.name for each in sorted(tmp_path.iterdir())] == ["in.jsonl", out]


def test_what_could_not_be_written_before_is_not_priced_again(url: str, tmp_path: Path) -> None:
    source, target, part = (tmp_path / name for name in ("in.jsonl", "out.jsonl", "out.jsonl.part"))
    source.write_text('{"description": "a \\ud83d"}\n')
    part.write_text('{"row": {"description": "a \\ud83d"}, "price": 77.0, "low": 1.0, "high": 99.0, "error": ""}\n')
    assert main(["price", "--url", url, "--file", str(source), "--out", str(target)]) == 0
    assert json.loads(target.read_text())["price"] == 77.0


@pytest.mark.parametrize("out", ["out.jsonl", "out.csv", "out.xlsx"])
def test_the_files_own_price_is_kept_beside_ours(url: str, out: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / out
    source.write_text("description,price,error,sku\nabc,19.99,none,7\n")
    assert main(["price", "--url", url, "--file", str(source), "--out", str(target)]) == 0
    (row,) = [{name: str(value) for name, value in row.items()} for row in read(target) if not isinstance(row, Unreadable)]
    assert (row["input_price"], row["input_error"], row["sku"], float(row["price"])) == ("19.99", "none", "7", 3.0)


def test_what_is_no_number_comes_out_as_nothing(url: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"description": "abc", "rating": NaN, "most": [Infinity, 1]}\n')
    assert main(["price", "--url", url, "--file", str(source), "--out", str(target)]) == 0
    row = json.loads(target.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert (row["rating"], row["most"]) == (None, [None, 1])


@pytest.mark.parametrize("given", ["inf", "nan", "-1", "0", "1e300", "86401", "soon", ""])
@pytest.mark.parametrize(
    "command", [["price", "lamp"], ["judge", "lamp", "--price", "5"], ["deals"], ["models", "rollback", "judge"]]
)
def test_a_time_that_cannot_pass_is_refused(command: list[str], given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*command, f"--timeout={given}"])
    assert (caught.value.code, "86,400 seconds" in capsys.readouterr().err) == (2, True)


def test_a_service_that_is_not_there_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["price", "--url", "http://127.0.0.1:1", "lamp"]) == 1
    assert "make run" in capsys.readouterr().err


def test_a_row_that_cannot_be_read_keeps_its_place(url: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.csv"
    source.write_text('{"sku": 1, "description": "abc"}\nnot json\n{"sku": 3, "description": "abcde"}\n')
    assert main(["price", "--url", url, "--file", str(source), "--out", str(target), "--size", "2"]) == 1
    rows = list(csv.DictReader(target.read_text().splitlines()))
    assert [(row["sku"], row["price"]) for row in rows] == [("1", "3.0"), ("", ""), ("3", "5.0")]
    assert "JSON" in rows[1]["error"]


def test_what_was_priced_is_kept_when_the_service_goes_and_the_same_command_goes_on(url: str, tmp_path: Path) -> None:
    source, target, part = (tmp_path / name for name in ("in.jsonl", "out.jsonl", "out.jsonl.part"))
    source.write_text("".join(f'{{"description": "{"x" * n}"}}\n' for n in range(1, 21)))
    answer = {"price": 77.0, "low": 1.0, "high": 99.0, "error": ""}
    done = [json.dumps({"row": {"description": "x" * n}} | answer) for n in range(1, 6)]
    part.write_text("\n".join(done) + '\n{"row": {"descr')  # as a killed process leaves it
    assert main(["price", "--url", url, "--file", str(source), "--out", str(target)]) == 0
    prices = [json.loads(line)["price"] for line in target.read_text().splitlines()]
    assert prices == [77.0] * 5 + [float(n) for n in range(6, 21)]
    assert not part.exists()


def test_the_rest_of_another_file_is_not_thrown_away(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, part = tmp_path / "in.jsonl", tmp_path / "out.jsonl.part"
    source.write_text('{"description": "abc"}\n')
    part.write_text('{"row": {"description": "other"}, "price": 1, "low": 1, "high": 1, "error": ""}\n')
    assert main(["price", "--url", url, "--file", str(source), "--out", str(tmp_path / "out.jsonl")]) == 1
    assert "another file" in capsys.readouterr().err
    assert part.exists()


@pytest.mark.parametrize("out", ["in.csv", "out.parquet", "out"])
def test_an_output_that_cannot_be_written_is_said_first(url: str, out: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("description\nabc\n")
    assert main(["price", "--url", url, "--file", str(tmp_path / "in.csv"), "--out", str(tmp_path / out)]) == 2


def test_a_new_key_is_printed_once_with_the_line_that_admits_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["api-key", "shop", "--limit", "600/60"]) == 0
    key, entry = capsys.readouterr().out.splitlines()
    assert entry.startswith("shop:sha256:")
    assert entry.endswith(":600/60")
    assert KnownKeys([entry]).holds(key)
    assert main(["api-key", "a shop"]) == 2


PASSWORD = "a long password, mine"


def test_a_password_is_hashed_for_the_dashboard(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main(["password"]) == 0
    name, _, hashed = capsys.readouterr().out.strip().partition("=")
    monkeypatch.setenv(name, hashed)
    assert PasswordHash.parse(Settings().password.get_secret_value()).matches(PASSWORD)


@pytest.mark.parametrize("typed", ["", "short", "x" * 2000])
def test_a_password_that_is_too_short_is_not_hashed(
    typed: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert main(["password"]) == 1
    said = capsys.readouterr()
    assert (said.out, "12 to 1024 characters" in said.err) == ("", True)


@pytest.mark.parametrize("given", [{"HOST": "0.0.0.0"}, {"HOST": "::"}, {"DASHBOARD_HOST": "192.168.1.2"}], ids=str)
def test_the_system_is_not_opened_to_a_network_by_an_oversight(
    given: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert main(["run"]) == UNUSABLE_SETTINGS
    assert f"HOST={next(iter(given.values()))} lets everybody" in capsys.readouterr().err


def test_a_scan_shows_its_key(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with scan_service() as (url, keys):
        monkeypatch.setenv("SCANNER_URL", url)
        monkeypatch.setenv("API_KEYS", "first,second")
        assert main(["scan"]) == 0
        monkeypatch.setenv("PRICER_API_KEY", "mine")
        assert main(["scan"]) == 0
    assert set(keys[:3]) == {"first"}
    assert set(keys[3:]) == {"mine"}
    assert "scan s1: done" in capsys.readouterr().out


def test_extract_adds_what_the_rules_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "deals.jsonl"
    rows = [
        {"id": 1, "title": "Folding Camp Chair for $25 + free shipping", "text": ""},
        {"id": 2, "title": "Up to 60% off chairs", "text": ""},
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main(["extract", str(source)]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["id"], row["price"]) for row in found] == [(1, 25.0), (2, None)]
    assert {"price", "list_price", "kind", "condition"} <= set(found[0])


def test_extract_reads_standard_input_and_packed_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = '{"title": "Lamp $5\u2028"}\n'.encode()
    (tmp_path / "deals.jsonl.gz").write_bytes(gzip.compress(line))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))
    assert [main(["extract", name]) for name in ("-", str(tmp_path / "deals.jsonl.gz"))] == [0, 0]
    assert [json.loads(row)["price"] for row in capsys.readouterr().out.split("\n")[:2]] == [5.0, 5.0]


def test_extract_passes_half_a_character(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "deals.jsonl"
    source.write_text('{"title": "Lamp $5 \\ud83d"}\n{"title": "Lamp $6"}\n')
    assert main(["extract", str(source)]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["title"], row["price"]) for row in found] == [("Lamp $5 \ufffd", 5.0), ("Lamp $6", 6.0)]


@pytest.mark.parametrize("line", ["not json", "[1]", '"text"'])
def test_extract_names_the_line_that_is_no_object(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "deals.jsonl"
    source.write_text('{"title": "Lamp $5"}\n' + line)
    assert main(["extract", str(source)]) == 1
    assert "line 2" in capsys.readouterr().err


@pytest.mark.parametrize("kind", every_kind(ROWS))
def test_every_kind_of_file_is_priced(url: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(f"in{kind}").write_bytes(every_kind(ROWS)[kind])
    assert main(["price", "--url", url, "--file", f"in{kind}", "--out", "out.jsonl"]) == 0
    rows = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [{name: row[name] for name in ROWS[0]} for row in rows] == ROWS
    assert [row["price"] for row in rows] == [16.0, 6.0]


def test_the_texts_of_a_listing_are_put_together(url: str, tmp_path: Path) -> None:
    """They are "sharp long Color red": 20 characters."""
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps(LISTED) + "\n")
    assert main(["price", "--url", url, "--file", str(source), "--out", str(target)]) == 0
    assert json.loads(target.read_text()) == LISTED | {"price": 20.0, "low": 10.0, "high": 40.0, "error": ""}


def test_a_file_of_an_unknown_kind_is_said_first(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.ods"
    source.touch()
    assert main(["price", "--url", url, "--file", str(source), "--out", str(tmp_path / "out.csv")]) == 1
    assert "neither .jsonl nor .csv" in capsys.readouterr().err
