"""The command fits on training rows alone, judges, and writes table, chart and figures; what cannot be run says why."""

import csv
import importlib.util
import json
import lzma
import random
from pathlib import Path

import numpy as np
import pytest

from training import baselines, evaluate
from training.baseline.fitting import Fitting, fit_and_ask
from training.baseline.models import better_targets
from training.baseline.output import estimate_lines
from training.data.market import CATALOGUE_FILE
from training.data.parts import AUXILIARY, DEV, TRAIN
from training.data.rows import read_rows

WORDS = [f"{a}{b}" for a in ("bra", "oak", "lin", "vel", "cor", "mar", "tin", "zin") for b in ("ta", "lo", "mi", "ne", "ru", "so")]


def record(name: str, i: int, price: float, split: str = "") -> dict[str, object]:
    """A product of our own words; texts share next to no runs of words."""
    rng = random.Random(f"{name} {i}")
    body = " ".join(rng.choices(WORDS, k=40))
    return {"title": f"{name} {i} {rng.choice(WORDS)}", "description": [body], "details": "{}", "price": price, "split": split}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder as trainers expect it: 120 rows to fit on, 12 to answer for."""
    folder = tmp_path / "data"
    folder.mkdir()
    train = [record("lamp", i, 10.0 + i % 3) for i in range(60)] + [record("sofa", i, 300.0 + i % 3) for i in range(60)]
    dev = [record("lamp", 1000 + i, 11.0, "a") for i in range(8)] + [record("sofa", 1000 + i, 301.0, "b") for i in range(4)]
    repeated = [{**row, "price": 900.0} for row in dev] * 3  # repeats of evaluation rows must not be learnt from
    for name, rows in ((TRAIN, train + repeated), (DEV, dev), (AUXILIARY, train[:1])):
        with lzma.open(folder / name, "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    (folder / CATALOGUE_FILE).write_text("brand,title,category,year,list,street,condition,text\n")  # no goods beside them
    return folder


def run(data: Path, *argv: str) -> int:
    return baselines.main(["--data", str(data), "--out", str(data.parent / "out"), *argv])


def last(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, dict[str, float]]]:
    told: dict[str, dict[str, dict[str, float]]] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return told


def test_the_light_baselines_run_and_the_last_line_is_json(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, "mean", "median", "random", "features-linear", "features-linear-log") == 0
    told = last(capsys)
    assert set(told["results"]) == {"mean", "median", "random", "features-linear", "features-linear-log"}
    assert told["results"]["mean"]["n"] == 12
    assert set(told["results"]["mean"]["by_split"]) == {"a", "b"}
    assert told["better_target"]["features-linear"] in {"price", "log price"}


@pytest.mark.parametrize(("more", "mean"), [((), 155.0), (("--all-rows",), 3000.0)])
def test_goods_past_the_published_range_are_fitted_on_where_all_rows_are_asked_for(
    more: tuple[str, ...], mean: float, data: Path
) -> None:
    with lzma.open(data / TRAIN, "at") as file:
        file.writelines(json.dumps(record("laptop", i, 9000.0)) + "\n" for i in range(60))
    assert run(data, "mean", *more) == 0
    (estimate, *_) = [json.loads(line) for line in (data.parent / "out" / "estimates" / "mean.jsonl").read_text().splitlines()]
    assert estimate["price"] == pytest.approx(mean, rel=0.1)


def test_repeats_of_the_asked_rows_are_not_fitted_on(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(data, "mean")
    first = json.loads((data.parent / "out" / "estimates" / "mean.jsonl").read_text().splitlines()[0])
    assert 100 < first["price"] < 220  # with the repeats at 900 dollars the mean would be above 320


def test_what_is_written_is_described_by_its_meta_json(data: Path) -> None:
    assert run(data, "mean") == 0
    out = data.parent / "out"
    meta = json.loads((out / "meta.json").read_text())
    assert {"table.md", "scores.json", "estimates/mean.jsonl"} <= set(meta["files"])
    assert DEV in meta["data"]
    assert meta["arguments"]["seed"] == "42"
    assert (out / "baselines.png").is_file() == (importlib.util.find_spec("matplotlib") is not None)
    assert "| constant: mean | 12 |" in (out / "table.md").read_text()
    assert not list(out.glob("*.part*"))


def test_our_pricers_stand_beside_them(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = {"pricer": "ensemble", "n": 12, "mae": 3.0, "mae_ci95": [2.0, 4.0], "rmsle": 0.1, "hits": 1.0, "by": {"split": {}}}
    (data / "scores.json").write_text(json.dumps(scores))
    assert run(data, "mean", "--with-pricers", str(data)) == 0
    output = capsys.readouterr().out
    assert output.index("ensemble ") < output.index("constant: mean ")


def test_a_person_fills_in_the_file_and_stands_in_the_table(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "human.csv"
    assert run(data, "--human-write", str(sheet), "--rows", "5") == 0
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        header, *lines = list(csv.reader(file))
    assert len(lines) == 5
    with sheet.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *([*line[:3], "$ 11" if i else ""] for i, line in enumerate(lines))])
    capsys.readouterr()
    assert run(data, "--human-read", str(sheet)) == 0
    told = last(capsys)["results"]
    assert list(told) == ["human"]
    assert (told["human"]["n"], told["human"]["unanswered"]) == (4, 1)


def test_a_persons_mistake_is_told_with_its_line(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "human.csv"
    sheet.write_text("id,price\nx,cheap\n")
    assert run(data, "--human-read", str(sheet)) == 1
    assert "human.csv:2: 'cheap' is not a price" in capsys.readouterr().err


@pytest.mark.parametrize("names", [["nonsense"], ["chat:"], ["human"], ["mean", "--rows", "-1"], ["mean", "--concurrency", "0"]])
def test_a_command_that_cannot_be_meant_is_refused(data: Path, names: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(data, *names)


@pytest.mark.parametrize("name", ["chat:gpt-x", "anthropic:claude-x"])
def test_a_model_without_key_or_endpoint_is_refused(
    data: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    assert run(data, name) == 1
    assert "_API_KEY" in capsys.readouterr().err


def test_a_missing_package_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if importlib.util.find_spec("sklearn"):
        pytest.skip("needs an environment without scikit-learn")
    assert run(data, "words-linear") == 1
    assert "make training" in capsys.readouterr().err


def test_the_default_runs_all_that_is_installed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out.splitlines()[-1])["results"]
    assert {"mean", "features-linear-log"} <= set(told)
    assert ("boosting" in told) != ("boosting" in captured.err)


def test_the_target_with_the_lower_held_out_error_is_named() -> None:
    held = {"boosting": 9.0, "boosting-log": 8.0, "mean": 1.0, "words-linear": 5.0, "words-linear-log": 6.0, "tfidf-ridge": 2.0}
    assert better_targets(held) == {"boosting": "log price", "words-linear": "price"}


def test_rows_of_no_use_are_counted_and_an_empty_file_is_an_error(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("not json\n" + json.dumps({"title": "lamp"}) + "\n")
    assert run(data, "mean", "--eval", str(rows)) == 1
    assert "2 rows cannot be used" in capsys.readouterr().err


def test_estimates_are_replayed_by_the_evaluation(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, "mean", "features-linear") == 0
    mae = last(capsys)["results"]["features-linear"]["mae"]
    file = data.parent / "out" / "estimates" / "features-linear.jsonl"
    assert evaluate.main(["--pricer", f"replay:{file}", "--data", str(data / DEV)]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["mae"] == pytest.approx(mae, abs=0.01)


def test_rows_without_an_answer_have_no_estimate() -> None:
    assert estimate_lines(["a", "b"], np.array([1.234, np.nan])) == ['{"item": "a", "price": 1.23}\n']


@pytest.mark.parametrize(("apart", "mean"), [(None, 301.0), (60, 301.0), (0, 156.0)])
def test_nothing_is_fitted_on_that_repeats_an_asked_row_but_where_it_may_be_known(
    apart: int | None, mean: float, data: Path
) -> None:
    lamps = list(read_rows(data / TRAIN))[:60]
    (found,) = fit_and_ask(["mean"], lamps, data, Fitting(apart=apart))
    assert found.prices[0] == pytest.approx(mean, rel=0.02)
