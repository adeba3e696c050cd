"""The whole command on rows of our own words, within this process."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from specialist.prompt import QUESTION
from tests.integration.training.curation.fixtures import make_tokenizer, record, write_jsonl
from training.data.shingles import RepeatIndex
from training.items_curate import main

SPLITS = ("train", "validation", "test")


def curate(tmp_path: Path, *arguments: object, out: str = "out") -> dict[str, Any]:
    """What the run left behind: tables of the splits, stats, meta and rejects."""
    tokenizer = make_tokenizer(tmp_path)
    rules = ("--min-chars", 60, "--min-tokens", 15, "--max-tokens", 40, "--tokenizer", tokenizer, "--workers", 0)
    main([str(each) for each in (*arguments, *rules, "--out", tmp_path / out)])
    folder = tmp_path / out
    return {
        **{split: parquet.read_table(folder / f"{split}.parquet").to_pylist() for split in SPLITS},
        "stats": json.loads((folder / "stats.json").read_text()),
        "meta": json.loads((folder / "meta.json").read_text()),
        "rejects": [json.loads(line) for line in (folder / "rejects.jsonl").read_text().splitlines()],
    }


def rows(tmp_path: Path, count: int = 120, name: str = "rows.jsonl") -> Path:
    """Products, every tenth of which comes again under another price."""
    records = [record(seed) for seed in range(count)]
    return write_jsonl(tmp_path / name, records + [each | {"price": 5.0} for each in records[::10]])


def test_a_run_writes_splits_counts_charts_and_meta_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = curate(tmp_path, rows(tmp_path))
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    stats = found["stats"]
    assert told["rows"] == stats["rows"] == 132 == stats["kept"] + sum(stats["dropped"].values())
    assert stats["dropped"]["exact duplicate"] == 12
    assert told["sampled"] == stats["sampled"] == 120 == sum(stats["splits"].values())
    assert {split: len(found[split]) for split in SPLITS} == stats["splits"] == told["splits"]
    assert set(found["meta"]["files"]) >= {
        "stats.json",
        "rejects.jsonl",
        "curation.html",
        *(f"{split}.parquet" for split in SPLITS),
    }
    assert len(found["meta"]["inputs"]) == 2
    assert [path.name for path in (tmp_path / "out").glob(".shards-*")] == []
    assert not list((tmp_path / "out").glob("*.part"))


def test_a_row_holds_prompt_and_completion_as_the_specialist_is_asked(tmp_path: Path) -> None:
    found = curate(tmp_path, write_jsonl(tmp_path / "rows.jsonl", [record(1, price=12.5, details='{"Item Weight": "8 ounces"}')]))
    (row,) = (row for split in SPLITS for row in found[split])
    assert row["prompt"] + row["completion"] == f"{QUESTION}{row['text']}\n\nPrice is $12.00"
    assert (row["price"], row["category"], row["weight"], row["source"]) == (12.5, "Lamps", 0.5, "rows.jsonl@0")
    assert row["tokens"] <= 40
    assert len(row["group"]) == 16


def test_no_split_repeats_another(tmp_path: Path) -> None:
    found = curate(tmp_path, rows(tmp_path), "--near", "group", "--test-share", 0.3, "--validation-share", 0.3)
    assert all(len(found[split]) > 10 for split in SPLITS)
    for split in SPLITS:
        others = RepeatIndex([row["text"] for other in SPLITS if other != split for row in found[other]])
        assert not [row for row in found[split] if others.repeated_by(row["text"])]


def test_neither_order_nor_packing_nor_chunks_change_the_rows(tmp_path: Path) -> None:
    records = [record(seed, parent_asin=f"B{seed:03d}") for seed in range(200)]
    plain = curate(tmp_path, write_jsonl(tmp_path / "a.jsonl", records), out="plain")
    random.Random(3).shuffle(records)
    write_jsonl(tmp_path / "b.jsonl", records)
    other = curate(tmp_path, tmp_path / "b.jsonl", "--chunk-mb", 0.01, out="other")
    for split in SPLITS:
        assert plain[split] == other[split]
    assert plain["stats"]["points"] == other["stats"]["points"]


def test_a_folder_stands_for_the_files_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "deep"
    folder.mkdir(parents=True)
    write_jsonl(folder / "a.jsonl", [record(1)])
    write_jsonl(folder.parent / "b.jsonl", [record(2)])
    (folder / "notes.txt").write_text("no rows")
    assert curate(tmp_path, tmp_path / "data")["stats"]["rows"] == 2


def test_rejects_name_file_and_line_across_chunks(tmp_path: Path) -> None:
    lines = [json.dumps(record(seed)) for seed in range(50)]
    lines.insert(31, "{broken")
    source = tmp_path / "rows.jsonl"
    source.write_text("\n".join(lines))
    (reject,) = curate(tmp_path, source, "--chunk-mb", 0.002)["rejects"]
    assert reject == {
        "reason": "not JSON",
        "file": str(source),
        "line": 32,
        "offset": len("\n".join(lines[:31])) + 1,
        "text": "{broken",
    }


def test_what_repeats_excluded_rows_is_dropped(tmp_path: Path) -> None:
    excluded = write_jsonl(tmp_path / "dev.jsonl", [record(seed) for seed in range(10)])
    assert curate(tmp_path, rows(tmp_path), "--exclude", excluded)["stats"]["dropped"]["repeats an excluded row"] == 11


def test_nothing_kept_is_no_failure(tmp_path: Path) -> None:
    found = curate(tmp_path, write_jsonl(tmp_path / "rows.jsonl", [record(1, price=None)]))
    assert found["stats"]["kept"] == 0
    assert [len(found[split]) for split in SPLITS] == [0, 0, 0]


def test_another_sample_is_drawn_from_kept_shards(tmp_path: Path) -> None:
    source = rows(tmp_path)
    curate(tmp_path, source, "--keep-shards")
    (shards,) = (tmp_path / "out").glob(".shards-*")
    times = {path.name: path.stat().st_mtime_ns for path in shards.iterdir()}
    assert curate(tmp_path, source, "--sample", "price-squared", "--size", 40, "--keep-shards")["stats"]["sampled"] == 40
    assert {path.name: path.stat().st_mtime_ns for path in shards.iterdir()} == times


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl does not exist"),
        (["."], "holds no file that ends in"),
        (["notes.txt"], "unknown kind"),
        (["hf:only-one-part"], "names no data set"),
        (["a.jsonl", "--tokenizer", "nothing.json"], "--tokenizer"),
        (["a.jsonl", "--exclude", "nothing.jsonl"], "--exclude"),
    ],
)
def test_a_wrong_source_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").touch()
    if arguments[0] == "a.jsonl":
        rows(tmp_path, 1, "a.jsonl")
    with pytest.raises(SystemExit, match=words):
        main([*arguments, "--out", str(tmp_path / "out"), "--workers", "0"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--min-tokens", "160"],
        ["--workers", "-1"],
        ["--test-share", "0.6", "--validation-share", "0.5"],
        ["--push", "nobody"],
        ["--lite", "a.jsonl"],
        ["--chunk-mb", "0"],
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "error:" in capsys.readouterr().err
