"""The command prices every row, compares, reports, and keeps what it has when a pricer fails."""

import json
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from training import evaluate

PRICES = [5.0, 30.0, 60.0, 150.0, 250.0, 500.0]
KEYS = {"pricer", "n", "mae", "mae_ci95", "rmsle", "hits", "coverage80", "by"}
OWN = """
from pathlib import Path

def by_title(requests: "list[PriceRequest]"):
    return [(40.0, 20.0, 80.0) for request in requests]

def half(texts):
    with Path(__file__).with_suffix(".asked").open("a") as file:
        file.write("x" * len(texts))
    return [float(text.split()[-1].strip("<>")) / 2 for text in texts]

def fails_at_first(texts):
    if any("250" in text for text in texts) and not Path(__file__).with_suffix(".failed").exists():
        Path(__file__).with_suffix(".failed").touch()
        raise RuntimeError("no more")
    return [1.0 for _ in texts]

async def stopped_by_hand(texts):
    if any("250" in text for text in texts):
        raise KeyboardInterrupt
    return [1.0 for _ in texts]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Six lamps, of which the first three carry a recorded estimate two dollars too high."""
    path = tmp_path / "rows.jsonl"
    record = {"features": [], "description": [], "details": "{}", "main_category": "c"}
    rows: list[dict[str, Any]] = [{**record, "title": f"<lamp {price}>", "price": price, "split": "s"} for price in PRICES]
    for row in rows[:3]:
        row["said"] = row["price"] + 2
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module with pricers."""
    name = f"own_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(OWN)
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


class Told:
    """What a run printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, data: Path, *pricers: str, out: Path | None = None, more: tuple[str, ...] = ()) -> dict[str, Any]:
        """The last line of a run that succeeds."""
        assert self.code(data, *pricers, out=out, more=more) == 0
        captured = self.capsys.readouterr()
        self.out, self.err = captured.out, captured.err
        found: dict[str, Any] = json.loads(self.out.splitlines()[-1], parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
        return found

    def code(self, data: Path, *pricers: str, out: Path | None = None, more: tuple[str, ...] = ()) -> int:
        named = [part for pricer in pricers for part in ("--pricer", pricer)]
        return evaluate.main([*named, "--data", str(data), *(["--out", str(out)] if out else []), *more])


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Told:
    return Told(capsys)


def test_the_last_line_is_one_json_object_with_the_agreed_keys(data: Path, run: Told) -> None:
    last = run(data, "constant:60")
    assert set(last) >= KEYS
    assert last["pricer"] == "constant:60"
    assert last["n"] == 6
    assert last["mae"] == pytest.approx(sum(abs(price - 60) for price in PRICES) / 6, abs=1e-3)
    assert set(last["by"]) == {"split", "category", "price_band"}
    assert {band: each["n"] for band, each in last["by_estimate_band"].items()} == {"50-100": 6}
    assert last["by"]["price_band"]["200-400"]["n"] == 1
    assert last["by"]["split"]["s"]["coverage80"] == 1.0
    assert last["bias"] == pytest.approx(60 - sum(PRICES) / 6, abs=1e-3)


def test_with_a_folder_report_scores_estimates_and_meta_are_written(data: Path, tmp_path: Path, run: Told) -> None:
    out = tmp_path / "report"
    last = run(data, "constant:60", out=out)
    assert {path.name for path in out.iterdir()} == {"report.html", "scores.json", "estimates.jsonl", "meta.json"}
    page = (out / "report.html").read_text()
    assert "&lt;lamp 5.0&gt;" in page
    assert "<lamp" not in page
    assert json.loads((out / "scores.json").read_text()) == last
    meta = json.loads((out / "meta.json").read_text())
    assert meta["arguments"]["pricer"] == ["constant:60"]
    assert meta["metrics"]["constant:60"]["mae"] == last["mae"]
    assert len(meta["data"]) == 64


def test_of_a_folder_with_data_to_train_on_the_reported_rows_are_priced(data: Path, tmp_path: Path, run: Told) -> None:
    folder = tmp_path / "items"
    folder.mkdir()
    for name, prices in (("train", PRICES), ("validation", PRICES), ("test", PRICES[:2])):
        rows = [{"title": "lamp", "category": "c", "price": price, "text": "lamp\nbrass", "group": "g"} for price in prices]
        parquet.write_table(pyarrow.Table.from_pylist(rows), folder / f"{name}.parquet")
    assert run(folder, "constant:60")["n"] == 2


def test_a_log_holds_neither_escape_codes_nor_a_bar(data: Path, run: Told) -> None:
    run(data, "constant:60")
    assert "\x1b" not in run.out + run.err
    assert "6 of 6 priced" in run.err
    run(data, "constant:60", more=("--quiet",))
    assert run.err == ""


def test_a_function_is_a_pricer(data: Path, own: str, run: Told) -> None:
    last = run(data, f"python:{own}:by_title")
    assert last["coverage80"] == pytest.approx(2 / 6, abs=1e-4)
    assert last["width"] == 60
    assert last["width_relative"] == 1.5


def test_without_intervals_coverage_is_null(data: Path, own: str, run: Told) -> None:
    last = run(data, f"python:{own}:half")
    assert last["mae"] == pytest.approx(sum(PRICES) / 12, abs=1e-3)
    assert last["coverage80"] is None
    assert last["by"]["split"]["s"]["width"] is None


def test_recorded_estimates_are_judged_on_the_rows_that_have_one(data: Path, run: Told) -> None:
    last = run(data, "replay:said")
    assert (last["n"], last["skipped"], last["mae"], last["coverage80"]) == (3, 3, 2.0, None)
    assert "replay:said holds no estimate for 3 of 6 rows: they are left out" in run.err


def test_an_earlier_run_is_replayed_from_its_file(data: Path, own: str, tmp_path: Path, run: Told) -> None:
    first = run(data, f"python:{own}:by_title", out=tmp_path / "one")
    again = run(data, f"replay:{tmp_path / 'one' / 'estimates.jsonl'}")
    assert {**again, "pricer": first["pricer"]} == first


def test_pricers_are_compared_on_their_common_rows(data: Path, tmp_path: Path, run: Told) -> None:
    out = tmp_path / "compared"
    last = run(data, "constant:60", "replay:said", "constant:20", out=out)
    assert set(last) >= {"pricers", "differences"}
    assert {name: each["n"] for name, each in last["pricers"].items()} == {"constant:60": 3, "replay:said": 3, "constant:20": 3}
    assert set(last["pricers"]["replay:said"]) >= KEYS
    assert [(each["a"], each["b"]) for each in last["differences"]] == [
        ("constant:60", "replay:said"),
        ("constant:60", "constant:20"),
        ("replay:said", "constant:20"),
    ]
    assert last["differences"][0]["difference"] == pytest.approx((55 + 30 + 0) / 3 - 2, abs=1e-3)
    assert last["differences"][0]["better"] is None  # three rows settle nothing
    assert "All pricers are compared on the 3 common rows alone" in run.err
    assert "3 comparisons" in run.out
    assert sorted(path.name for path in out.glob("estimates*")) == [
        "estimates-constant-20-" + path_end(out, "20"),
        "estimates-constant-60-" + path_end(out, "60"),
    ]


def path_end(out: Path, dollars: str) -> str:
    (found,) = out.glob(f"estimates-constant-{dollars}-*.jsonl")
    return found.name.rsplit("-", 1)[1]


def test_a_sample_says_what_its_size_implies(data: Path, run: Told) -> None:
    last = run(data, "constant:60", more=("--limit", "4"))
    assert last["n"] == 4
    assert "4 of 6 rows were drawn at random (seed 42)" in run.err
    assert f"a mean error of 4 items has a standard deviation of ${last['mae_sd']:.2f}" in run.out
    run(data, "constant:60", more=("--limit", "6"))
    assert "standard deviation" not in run.out


def test_when_one_of_several_fails_all_is_kept_and_nothing_is_asked_twice(
    data: Path, own: str, tmp_path: Path, run: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    out, pricers = tmp_path / "kept", (f"python:{own}:half", f"python:{own}:fails_at_first")
    slowly = ("--batch", "2", "--concurrency", "1")
    assert run.code(data, *pricers, out=out, more=slowly) == 1
    told = capsys.readouterr()
    assert "rows 5 to 6 were not priced" in told.err
    assert "raised RuntimeError: no more" in told.err
    assert "4 of 6 are kept" in told.err
    assert told.out == ""
    assert all(".part." in path.name for path in out.iterdir())
    last = run(data, *pricers, out=out, more=slowly)
    assert last["n"] == 6
    assert "4 estimates are kept" in run.err
    assert (tmp_path / f"{own}.asked").read_text() == "x" * 6
    assert not any(".part." in path.name for path in out.iterdir())


def test_an_interrupted_run_keeps_what_it_has_and_says_so(data: Path, own: str, tmp_path: Path, run: Told) -> None:
    out = tmp_path / "kept"
    assert run.code(data, f"python:{own}:stopped_by_hand", out=out, more=("--batch", "2", "--concurrency", "1")) == 130
    assert "the same command goes on" in run.capsys.readouterr().err
    assert len((out / "estimates.part.jsonl").read_text().splitlines()) == 1 + 4


def test_a_file_without_usable_rows_ends_in_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none.jsonl").write_text("nothing\n")
    assert evaluate.main(["--pricer", "constant:60", "--data", str(tmp_path / "none.jsonl")]) == 1
    assert "no row with a text and a price" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["nobody", "constant:cheap", "constant:-1", "constant:nan", "python:nothing:f", "replay:nothing", "replay:none.jsonl"]
)
def test_an_unknown_pricer_ends_in_a_message_before_anything_is_priced(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    out = tmp_path / "nothing"
    assert evaluate.main(["--pricer", "constant:1", "--pricer", name, "--data", str(data), "--out", str(out)]) == 1
    assert name.removeprefix("replay:") in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("more", [["--batch", "0"], ["--concurrency", "65"], ["--limit", "0"], ["--pricer", "constant:60"]])
def test_impossible_arguments_are_refused(data: Path, more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        evaluate.main(["--pricer", "constant:60", "--data", str(data), *more])
    assert more[0] in capsys.readouterr().err


def test_a_missing_artifact_names_the_command(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    assert evaluate.main(["--pricer", "ensemble", "--data", str(data)]) == 1
    assert "training.ensemble_train" in capsys.readouterr().err
