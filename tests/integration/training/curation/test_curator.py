"""Each rule on rows of our own words, and all of them on real rows."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from tests.integration.training.curation.fixtures import SMALL, chunk_of, curated, make_tokenizer, record, write_jsonl
from training.curation.chunks import cut
from training.curation.curator import Curator, cut_at_word
from training.curation.settings import Rules, Settings
from training.curation.stats import CurationStats
from training.data.rows import product_text, read_rows


def outcome(folder: Path, *records: dict[str, Any], **settings: Any) -> CurationStats:
    """Counts of a file of these records."""
    (report,) = curated(folder, write_jsonl(folder / "rows.jsonl", list(records)), **settings)
    return report.stats


def rows_of(folder: Path) -> list[dict[str, Any]]:
    found = parquet.read_table(folder / "shards" / "000000.rows.parquet").to_pylist()
    return [dict(row) for row in found]


@pytest.mark.parametrize(
    ("price", "rule"),
    [
        (None, "no price"),
        ("", "no price"),
        ("from 12", "no price"),
        (True, "no price"),
        ([12], "no price"),
        (0, "price out of range"),
        (0.49, "price out of range"),
        (999.5, "price out of range"),
        (-5, "price out of range"),
        ("nan", "price out of range"),
        ("1e999", "price out of range"),
    ],
)
def test_rows_without_a_usable_price_are_dropped(tmp_path: Path, price: object, rule: str) -> None:
    assert outcome(tmp_path, record(1, price=price)).dropped == {rule: 1}


@pytest.mark.parametrize("price", [0.5, 999.49, "12.5", 7])
def test_prices_in_the_range_are_kept_both_ends_included(tmp_path: Path, price: object) -> None:
    assert outcome(tmp_path, record(1, price=price)).kept == 1
    assert rows_of(tmp_path)[0]["price"] == float(str(price))


def test_contents_of_just_the_least_characters_are_too_few(tmp_path: Path) -> None:
    short, enough = ("x " * 29 + "xx", "x " * 29 + "xxx")
    assert (len(short), len(enough)) == (60, 61)
    stats = outcome(
        tmp_path,
        record(1, description=[short]),
        record(2, description=[enough]),
        rules=Rules(min_chars=60, min_tokens=0, max_tokens=99),
    )
    assert (stats.kept, stats.dropped) == (1, {"too few characters": 1})


def test_description_features_and_details_count_but_not_the_title_nor_noise_keys(tmp_path: Path) -> None:
    details = {"Best Sellers Rank": {"Lamps": 3}, "ASIN": "B" * 300, "Material": "brass"}
    row = record(1, title="t" * 300, description=["a" * 20], features=["b" * 20], details=json.dumps(details))
    counted = len("a" * 20 + " " + "b" * 20 + " Material brass")
    assert outcome(tmp_path, row, rules=Rules(min_chars=counted - 1, min_tokens=0, max_tokens=400)).kept == 1
    (tmp_path / "other").mkdir()
    assert outcome(tmp_path / "other", row, rules=Rules(min_chars=counted, min_tokens=0, max_tokens=400)).kept == 0


def test_too_few_tokens_are_dropped_and_too_many_cut(tmp_path: Path) -> None:
    rules = Rules(min_chars=60, min_tokens=90, max_tokens=110)
    stats = outcome(tmp_path, record(1, words=40), record(2, words=200), record(3, words=300), rules=rules)
    assert (stats.kept, stats.dropped) == (2, {"too few tokens": 1})
    assert all(90 < row["tokens"] <= 110 for row in rows_of(tmp_path))
    assert stats.tokens_read.total == 3


def test_the_text_ends_at_a_word_and_begins_with_the_title(tmp_path: Path) -> None:
    outcome(tmp_path, *(record(seed, words=90) for seed in range(20)))
    for seed, row in enumerate(rows_of(tmp_path)):
        source = record(seed, words=90)
        whole = f"{source['title']}\n{source['description'][0]}"
        assert whole.startswith(row["text"])
        assert whole[len(row["text"])] == " "
        assert SMALL.min_tokens < row["tokens"] <= SMALL.max_tokens


def test_part_numbers_leave_title_and_contents(tmp_path: Path) -> None:
    text = record(1)["description"][0]
    outcome(tmp_path, record(1, title="Hose WPW10311524 of brass", description=[f"Fits DA29-00020B and 1000ml. {text}"]))
    (row,) = rows_of(tmp_path)
    assert row["text"].startswith("Hose of brass\nFits and 1000ml. ")


def test_weight_and_category_stand_in_columns_of_their_own(tmp_path: Path) -> None:
    source = write_jsonl(
        tmp_path / "meta_Appliances.jsonl", [record(1, details='{"Item Weight": "8 ounces"}', parent_asin="B01"), record(2)]
    )
    curated(tmp_path, source)
    first, second = rows_of(tmp_path)
    assert (first["weight"], first["category"], first["source"]) == (0.5, "Appliances", "B01")
    assert (second["weight"], second["source"]) == (None, f"meta_Appliances.jsonl@{source.read_text().index(chr(10)) + 1}")


def test_what_repeats_an_excluded_row_is_dropped_whole_or_cut(tmp_path: Path) -> None:
    known = record(1, words=90)
    same_start = record(2, words=90)
    same_start["description"] = [" ".join([*known["description"][0].split()[:40], *same_start["description"][0].split()])]
    excluded = write_jsonl(tmp_path / "dev.jsonl", [known])
    stats = outcome(
        tmp_path,
        known | {"title": "another name of it"},
        same_start,
        record(3, words=90),
        rules=Rules(min_chars=60, min_tokens=15, max_tokens=60),
        exclude=(excluded,),
    )
    assert (stats.kept, stats.dropped) == (1, {"repeats an excluded row": 2})


def test_excluded_rows_come_from_parquet_too_and_a_damaged_file_of_them_is_refused(tmp_path: Path) -> None:
    known = record(1)
    parquet.write_table(pyarrow.Table.from_pylist([known]), tmp_path / "dev.parquet")
    assert outcome(tmp_path, known, exclude=(tmp_path / "dev.parquet",)).dropped == {"repeats an excluded row": 1}
    for name in ("bad.parquet", "bad.jsonl"):
        (tmp_path / name).write_text("{")
        with pytest.raises(ValueError, match=name):
            outcome(tmp_path, known, exclude=(tmp_path / name,))


def test_bad_lines_are_kept_with_their_reason(tmp_path: Path) -> None:
    deep: dict[str, Any] = {}
    for _ in range(900):
        deep = {"a": deep}
    source = tmp_path / "rows.jsonl"
    lines = [json.dumps(record(1)), "{", json.dumps(record(2, details=deep)), json.dumps(record(3))]
    source.write_text("\n".join(lines))
    (report,) = curated(tmp_path, source)
    assert report.stats.dropped.get("not JSON") == 1
    assert report.stats.rows == 4 == report.stats.kept + sum(report.stats.dropped.values())
    told = [json.loads(line) for line in (tmp_path / "shards" / "000000.rejects.jsonl").read_text().splitlines()]
    assert told[0] == ["not JSON", 1, len(lines[0]) + 1, "{"]


def test_a_finished_chunk_is_not_read_again(tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "rows.jsonl", [record(seed) for seed in range(9)])
    first = curated(tmp_path, source)
    source.write_text("not the same any more")
    again = curated(tmp_path, source)
    assert [(report.kept, report.lines, report.stats) for report in again] == [(9, 9, first[0].stats)]


def test_no_rows_leave_a_report_and_no_shard(tmp_path: Path) -> None:
    assert outcome(tmp_path, record(1, price=None)).rows == 1
    assert [path.name for path in (tmp_path / "shards").iterdir()] == ["000000.report.json"]


@pytest.mark.parametrize(("limit", "cut"), [(3, ""), (4, "lamp"), (6, "lamp"), (10, "lamp shade"), (99, "lamp shade")])
def test_contents_are_cut_at_a_word(limit: int, cut: str) -> None:
    assert cut_at_word("lamp shade", limit) == cut


def test_real_rows_obey_every_rule(shared_data: Path, tmp_path: Path) -> None:
    data = shared_data / "data"
    curator = Curator(Settings(data / "llama3-tokenizer.model", tmp_path))
    reports = [curator(chunk) for chunk in cut([data / "products-dev.jsonl.xz"], tmp_path)]
    (report,) = reports
    assert report.stats.rows == 2126 == report.kept + sum(report.stats.dropped.values())
    assert set(report.stats.dropped) == {"too few characters", "too few tokens"}
    rows = parquet.read_table(tmp_path / "000000.rows.parquet").to_pylist()
    texts = {product_text(row) for row in read_rows(data / "products-dev.jsonl.xz")}
    starts = {text[:40] for text in texts}
    assert all(151 <= row["tokens"] <= 160 and row["characters"] > 300 and 0.5 <= row["price"] <= 999.49 for row in rows)
    assert all(curator.tokens.count(row["text"]) == row["tokens"] for row in rows)
    words = {word for text in texts for word in text.split()}
    assert all(word in words for row in rows for word in row["text"].split())  # none is cut in half
    assert np.mean([row["text"][:40] in starts for row in rows]) > 0.9
    assert 1500 < len(rows) < 1900


def test_the_same_tokenizer_serves_all_chunks_of_a_worker(tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "rows.jsonl", [record(seed) for seed in range(4)])
    curator = Curator(Settings(make_tokenizer(tmp_path), tmp_path, SMALL))
    assert curator(chunk_of(source)).kept == 4
