"""On the real evaluation rows: recorded estimates of a published fine-tune, beside the pricers of this project."""

import json
from pathlib import Path

import numpy as np
import pytest

from training import evaluate
from training.evaluation.charts import running_figures
from training.evaluation.evaluation_file import Rejects, read

DEV = "products-dev.jsonl.xz"


@pytest.fixture
def dev(shared_data: Path) -> Path:
    return shared_data / "data" / DEV


def test_the_recorded_fine_tune_is_judged_as_plain_arithmetic_judges_it(dev: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main(["--pricer", "replay:specialist_8b", "--data", str(dev)]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    pairs = [(row.price or 0.0, row.extra["specialist_8b"]) for row in read(dev, Rejects()) if "specialist_8b" in row.extra]
    errors = np.array([abs(truth - said) for truth, said in pairs])
    assert last["n"] == len(pairs) == 1167
    assert last["skipped"] == 2126 - 1167
    assert last["mae"] == pytest.approx(errors.mean(), abs=1e-3)
    assert last["coverage80"] is None
    assert set(last["by"]["split"]) == {"seed"}


def test_a_few_hundred_rows_leave_the_mean_of_all_open(dev: Path) -> None:
    """The first 250 alone are off by more than two dollars, well within what their number lets expect."""
    pairs = [(row.price or 0.0, row.extra["specialist_8b"]) for row in read(dev, Rejects()) if "specialist_8b" in row.extra]
    errors = np.array([abs(truth - said) for truth, said in pairs])
    counts, means, halves = running_figures(errors)
    at = int(250 - counts[0])
    assert abs(means[at] - means[-1]) > 2
    assert abs(means[at] - means[-1]) < halves[at]
    assert 4 < halves[at] / 1.96 < 6


def test_local_pricers_are_compared_with_the_recorded_one_on_its_rows(
    dev: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ["--pricer", "random-forest", "--pricer", "replay:specialist_8b", "--pricer", "constant:100"]
    assert evaluate.main([*named, "--data", str(dev), "--limit", "300", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    captured = capsys.readouterr()
    last = json.loads(captured.out.splitlines()[-1])
    assert last["n"] == 300
    assert "compared on the 1,167 common rows alone" in captured.err
    assert "standard deviation" in captured.out
    assert last["differences"][0]["better"] == "replay:specialist_8b"
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count('class="card scatter"') == 3
