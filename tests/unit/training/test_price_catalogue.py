"""A catalogue in any format comes out priced row by row; faults of rows are kept, faults of the pricer end the run resumably."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.unit.training.catalogue_service import Item, Service, price_of, running
from training import price_catalogue

LAMP = {"title": "Desk lamp", "description": "A lamp of brass, 40 cm"}
ROWS: list[Item] = [LAMP | {"sku": number, "title": f"Desk lamp no. {number}"} for number in range(7)]


def jsonl(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def run(source: Path, target: Path, service: Service, *options: str) -> int:
    return price_catalogue.main(
        [str(source), str(target), "--pricer", service.url, "--workers", "0", "--chunk", "3", "--batch", "2", *options]
    )


def read_jsonl(path: Path) -> list[Item]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def service() -> Any:
    with running(Service()) as made:
        yield made


def test_prices_stand_beside_the_inputs_columns_and_the_last_line_is_json(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    assert run(jsonl(tmp_path / "in.jsonl", ROWS), out, service) == 0
    for row, priced in zip(ROWS, read_jsonl(out), strict=True):
        answer = price_of(row)
        assert priced == row | {
            "price": answer["price"],
            "low": answer["low"],
            "high": answer["high"],
            "model": "fake@1",
            "error": None,
        }
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["n"], last["priced"], last["failed"]) == (7, 7, 0)
    assert last["seconds"] > 0
    assert last["rate"] > 0
    assert not (tmp_path / "out.jsonl.part").exists()


def test_an_input_column_of_the_same_name_is_kept_under_another(service: Service, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    run(jsonl(tmp_path / "in.jsonl", [LAMP | {"price": 5, "input_price": 6, "model": "L1"}]), out, service)
    (row,) = read_jsonl(out)
    assert (row["input_input_price"], row["input_price"], row["input_model"]) == (5, 6, "L1")
    assert row["price"] == price_of(LAMP)["price"]


def test_a_row_that_cannot_be_priced_keeps_its_place_and_says_why(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = ["{broken", "[1]", {"title": "", "description": " "}, {"description": "unpriceable"}, '{"title": "half \\ud800"}', LAMP]
    out = tmp_path / "out.jsonl"
    assert run(jsonl(tmp_path / "in.jsonl", bad), out, service) == 0
    rows = read_jsonl(out)
    said = ("not JSON", "an object was expected, not list", "no text", "no such thing is sold", "half a character")
    for row, words in zip(rows, said, strict=False):
        assert words in row["error"]
        assert row["price"] is None
    assert rows[5]["error"] is None
    assert service.asked == ["unpriceable", LAMP["description"]]
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["failed"] == 5


def test_csv_in_and_out(service: Service, tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('title,description,price\n"Lamp, brass","two\nlines",9.50\nChair,Oak,\nToo,many,1,2\n', encoding="utf-8-sig")
    assert run(source, out, service) == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["title"] for row in rows] == ["Lamp, brass", "Chair", ""]
    assert [row["input_price"] for row in rows] == ["9.50", "", ""]
    assert rows[1]["price"] == str(price_of({"title": "Chair", "description": "Oak"})["price"])
    assert "more fields than the header" in rows[2]["error"]


def test_parquet_keeps_its_types(service: Service, tmp_path: Path) -> None:
    source, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    made = datetime(2026, 1, 2, tzinfo=UTC)
    columns = {"title": ["a", "b"], "description": ["x", "y"], "price": [1, None], "made": [made, None], "tags": [["t"], []]}
    kinds = [("title", pa.string()), ("description", pa.string()), ("price", pa.decimal128(6, 2))]
    kinds += [("made", pa.timestamp("ms", "UTC")), ("tags", pa.list_(pa.string()))]
    schema = pa.schema(kinds)
    parquet.write_table(pa.table(columns, schema=schema), source)
    assert run(source, out, service) == 0
    table = parquet.read_table(out)
    assert [table.schema.field(name).type for name in ("input_price", "made", "tags")] == [schema.field(i).type for i in (2, 3, 4)]
    assert table["made"].to_pylist() == [made, None]
    assert table.schema.field("price").type == pa.float64()


def test_json_of_mixed_values_becomes_parquet_without_loss(service: Service, tmp_path: Path) -> None:
    mixed: list[Item] = [
        {"a": 1, "b": 1, "c": {}, "d": [], "big": 2**70},
        {"a": 2.5, "b": "two", "c": {"k": 1}, "d": ["x"]},
        {"a": None, "b": [3], "late": True},
    ]
    out = tmp_path / "out.parquet"
    assert run(jsonl(tmp_path / "in.jsonl", [LAMP | row for row in mixed]), out, service, "--chunk", "1") == 0
    rows = parquet.read_table(out).to_pylist()
    assert [row["a"] for row in rows] == [1.0, 2.5, None]
    assert [row["b"] for row in rows] == ["1", "two", "[3]"]
    assert [row["c"] for row in rows] == ["{}", '{"k": 1}', None]
    assert [row["d"] for row in rows] == [[], ["x"], None]
    assert rows[0]["big"] == str(2**70)
    assert rows[2]["late"] is True


@pytest.mark.parametrize("name", ["in.jsonl.gz", "in.jsonl.xz", "in.jsonl.zst"])
def test_a_packed_catalogue_that_ends_early_is_priced_up_to_there(name: str, service: Service, tmp_path: Path) -> None:
    import gzip
    import lzma

    import zstandard

    packers = {".gz": gzip.compress, ".xz": lzma.compress, ".zst": zstandard.ZstdCompressor().compress}
    plain = jsonl(tmp_path / "plain.jsonl", ROWS * 2000).read_bytes()
    source, out = tmp_path / name, tmp_path / "out.jsonl"
    packed = packers[source.suffix](plain)
    source.write_bytes(packed[: len(packed) // 2])
    assert run(source, out, service, "--chunk", "5000", "--batch", "1000") == 0
    rows = read_jsonl(out)
    assert "damaged or ends early" in rows[-1]["error"]
    assert all(row["error"] is None for row in rows[:-1])


def test_an_empty_catalogue_gives_an_empty_one(service: Service, tmp_path: Path) -> None:
    for suffix in ("jsonl", "csv", "parquet"):
        assert run(jsonl(tmp_path / "in.jsonl", []), tmp_path / f"out.{suffix}", service) == 0
    assert parquet.read_table(tmp_path / "out.parquet").num_rows == 0
    assert service.requests == 0


def test_a_pricer_that_dies_keeps_what_is_done_and_the_same_command_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def dead(service: Service, items: list[Item]) -> Any:
        return (500, {}, {"detail": "out of order"}) if len(service.asked) >= 3 else None

    source, out = jsonl(tmp_path / "in.jsonl", ROWS), tmp_path / "out.jsonl"
    with running(Service(dead)) as service:
        assert run(source, out, service, "--retries", "0") == 1
        errors = capsys.readouterr().err
        assert "out of order" in errors
        assert "the same command goes on" in errors
        assert not out.exists()
        first = list(service.asked)
        service.fault = lambda service, items: None
        assert run(source, out, service) == 0
        assert len(first) == 3, "the first chunk"
        assert len(service.asked) == len(ROWS), "nothing was asked for twice"
    with running(Service()) as service:
        run(source, tmp_path / "whole.jsonl", service)
    assert out.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_another_run_is_not_gone_on_with_unasked(service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = jsonl(tmp_path / "in.jsonl", ROWS), tmp_path / "out.jsonl"
    folder = tmp_path / "out.jsonl.part"
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps({"format_version": 1, "pricer": "local", "chunk": 3}))
    assert run(source, out, service) == 1
    errors = capsys.readouterr().err
    assert "holds another run" in errors
    assert "'local' there" in errors
    (folder / "run.json").write_text("{half")
    assert run(source, out, service) == 1
    assert run(source, out, service, "--restart") == 0
    assert len(read_jsonl(out)) == len(ROWS)


@pytest.mark.parametrize("options", [[], ["--restart"]])
def test_a_folder_of_somebody_else_is_left_alone(
    options: list[str], service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = tmp_path / "out.jsonl.part" / "thesis.txt"
    theirs.parent.mkdir()
    theirs.write_text("years of work")
    assert run(jsonl(tmp_path / "in.jsonl", ROWS), tmp_path / "out.jsonl", service, *options) == 1
    assert "move it away" in capsys.readouterr().err
    assert theirs.read_text() == "years of work"


def test_results_that_were_cut_short_are_not_taken_for_whole(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = jsonl(tmp_path / "in.jsonl", ROWS), tmp_path / "out.jsonl"
    service.fault = lambda service, items: (404, {}, {"detail": "gone"}) if len(service.asked) >= 6 else None
    assert run(source, out, service) == 1
    results = sorted((tmp_path / "out.jsonl.part").glob("*.results.jsonl"))
    assert len(results) == 2
    results[0].write_text("")
    service.fault = lambda service, items: None
    assert run(source, out, service) == 1
    assert "is damaged: remove it" in capsys.readouterr().err
    results[0].unlink()
    assert run(source, out, service) == 0
    assert [row["sku"] for row in read_jsonl(out)] == [row["sku"] for row in ROWS]


def test_the_key_of_the_environment_is_shown(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", "secret-1,secret-2")
    run(jsonl(tmp_path / "in.jsonl", ROWS), tmp_path / "out.jsonl", service)
    assert set(service.keys) == {"secret-1"}


@pytest.mark.parametrize(
    "options",
    [
        ["in.txt", "out.jsonl"],
        ["in.jsonl", "out.ods"],
        ["in.jsonl", "out.jsonl.gz"],
        ["in.jsonl", "in.jsonl"],
        ["in.jsonl", "out.jsonl", "--pricer", "oracle"],
        ["in.jsonl", "out.jsonl", "--batch", "1001"],
    ],
)
def test_wrong_arguments_are_told(options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        price_catalogue.main(options)
    assert caught.value.code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_missing_catalogue_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert price_catalogue.main([str(tmp_path / "no.jsonl"), str(tmp_path / "out.jsonl")]) == 1
    assert "no.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_a_text_of_each_row_stands_beside_its_price(service: Service, tmp_path: Path, kind: str) -> None:
    rows = [LAMP | {"details": json.dumps({"Brand": "Acme", "Price": "9"}), "described": "mine"}, {"title": "indescribable"}]
    out = tmp_path / f"out.{kind}"
    options = ("--describe", "--describer", service.url)
    assert run(jsonl(tmp_path / "in.jsonl", rows), out, service, *options) == 0
    if kind == "jsonl":
        found = read_jsonl(out)
    elif kind == "csv":
        found = list(csv.DictReader(out.read_text().splitlines()))
    else:
        found = parquet.read_table(out).to_pylist()
    first, second = found
    assert first["described"] == 'Desk lamp: {"Brand": "Acme"}'
    assert (first["input_described"], first["written_by"], float(first["narrowed"])) == ("mine", "template", 0.9)
    assert float(first["price"]) > 0
    assert float(second["price"]) > 0  # what cannot be described keeps its price
    assert not second["described"]
    assert service.described == 2


def test_without_being_asked_for_there_is_no_text(service: Service, tmp_path: Path) -> None:
    assert run(jsonl(tmp_path / "in.jsonl", [LAMP]), tmp_path / "out.jsonl", service) == 0
    assert service.described == 0
    assert "described" not in read_jsonl(tmp_path / "out.jsonl")[0]


def test_a_run_with_texts_does_not_go_on_with_one_without(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = jsonl(tmp_path / "in.jsonl", ROWS), tmp_path / "out.jsonl"
    service.fault = lambda made, items: (500, {}, {}) if made.requests > 3 else None
    assert run(source, out, service, "--retries", "0") == 1
    assert run(source, out, service, "--retries", "0", "--describe", "--describer", service.url) == 1
    assert "holds another run" in capsys.readouterr().err


def test_a_describer_that_cannot_be_asked_ends_the_run_resumably(service: Service, tmp_path: Path) -> None:
    source, out = jsonl(tmp_path / "in.jsonl", ROWS), tmp_path / "out.jsonl"
    absent = ("--describe", "--describer", "http://127.0.0.1:9", "--retries", "0")
    assert run(source, out, service, *absent) == 1
    assert out.with_name("out.jsonl.part").exists()


def test_an_unknown_describer_is_refused(service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(jsonl(tmp_path / "in.jsonl", ROWS), tmp_path / "out.jsonl", service, "--describe", "--describer", "nobody")
    assert "unknown describer 'nobody'" in capsys.readouterr().err
