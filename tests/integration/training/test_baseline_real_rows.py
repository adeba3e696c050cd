"""Features, answer sheets and fine-tuning examples on real products."""

import csv
import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from training.baseline import human
from training.baseline.features import Features, facts_of
from training.data.parts import DEV, TRAIN
from training.data.rows import Row, drop_repeats, read_rows
from training.fine_tuning.drawing import distinct, draw
from training.fine_tuning.examples import check_file, check_repeats, write


@pytest.fixture(scope="module")
def train(shared_data: Path) -> list[Row]:
    return [row for row in itertools.islice(read_rows(shared_data / "data" / TRAIN), 0, None, 6) if row.is_priced]


@pytest.fixture(scope="module")
def dev(shared_data: Path) -> list[Row]:
    return [row for row in read_rows(shared_data / "data" / DEV) if row.price]


def test_weights_ranks_and_brands_are_found_where_shops_state_them(train: list[Row]) -> None:
    facts = [facts_of(row) for row in train]
    weights = [each.weight for each in facts if not math.isnan(each.weight)]
    assert len(weights) > 0.35 * len(facts)
    assert 0.3 < float(np.median(weights)) < 10  # pounds
    assert max(weights) < 5000
    assert sum(not math.isnan(each.rank) for each in facts) > 0.2 * len(facts)
    assert sum(bool(each.brand) for each in facts) > 0.6 * len(facts)
    walmart = [each for each, row in zip(facts, train, strict=True) if row.source == "walmart"]
    assert sum(math.isnan(each.weight) for each in walmart) < 0.1 * len(walmart)
    assert np.isfinite(Features.fitted(facts).matrix(facts)).all()


def test_an_answer_sheet_of_real_texts_comes_back_whole(dev: list[Row], tmp_path: Path) -> None:
    human.write(tmp_path / "h.csv", dev)
    with (tmp_path / "h.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *lines = list(csv.reader(file))
    assert len(lines) == len(dev)
    assert {len(line) for line in lines} == {4}
    once = list({line[0]: [*line[:3], f"${i + 1:,}.50"] for i, line in enumerate(lines)}.values())
    with (tmp_path / "h.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([header, *once])
    prices, asked = human.read(tmp_path / "h.csv", dev)
    assert asked == len(dev)
    assert np.isfinite(prices).all()
    assert prices.max() == len(dev) + 0.5


def test_examples_of_real_products_pass_every_check_and_a_planted_repeat_does_not(
    train: list[Row], dev: list[Row], tmp_path: Path
) -> None:
    held, pool = train[::6], [row for i, row in enumerate(train) if i % 6]
    fit = distinct(drop_repeats(pool, of=[*dev, *held]))
    rows = [*draw(fit, 200, 42, (1.0, 0.3)), *draw(distinct(drop_repeats(held, of=dev)), 50, 42, (1.0, 0.3))]
    write(tmp_path / "train.jsonl", rows[:200])
    write(tmp_path / "validation.jsonl", rows[200:])
    reports = check_file(tmp_path / "train.jsonl"), check_file(tmp_path / "validation.jsonl")
    assert [report.problems for report in reports] == [[], []]
    assert reports[0].tokens / 200 == pytest.approx(290, rel=0.2)
    assert check_repeats(*reports, dev) == []
    write(tmp_path / "train.jsonl", [*rows[:199], next(row for row in dev if row.is_priced)])
    planted = check_repeats(check_file(tmp_path / "train.jsonl"), reports[1], dev)
    assert planted == ["1 products of train.jsonl repeat an evaluation row"]
