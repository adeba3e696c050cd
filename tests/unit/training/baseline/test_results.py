"""Lines are judged on what was answered, set beside our pricers' figures, and drawn with their intervals."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.baseline import chart
from training.baseline.results import Result, ResultError, as_markdown, as_text, judge, ranked, read_pricers, splits_of, table
from training.data.rows import Row

ROWS = [
    Row(title="lamp", price=20.0, extra={"split": "a"}),
    Row(title="desk", price=220.0, extra={"split": "b"}),
    Row(title="sofa", price=500.0, extra={"split": "b"}),
]


def told(mae: float, interval: tuple[float, float], count: int = 100, **splits: float) -> dict[str, Any]:
    by = {"split": {name: {"n": 50, "mae": value} for name, value in splits.items()}, "price_band": {}}
    return {"n": count, "mae": mae, "mae_ci95": list(interval), "rmsle": 0.5, "hits": 0.25, "by": by}


def line(label: str, mae: float, kind: str = "baseline", **more: Any) -> Result:
    return Result(label, label, kind, told(mae, (mae - 5, mae + 6), **more))


def test_an_answer_is_judged_without_an_interval() -> None:
    figures = judge(ROWS, np.array([30.0, 200.0, 400.0]), seed=0)
    assert figures["mae"] == pytest.approx((10 + 20 + 100) / 3, abs=1e-3)
    assert figures["by"]["split"]["b"]["mae"] == 60
    for scores in (figures, figures["by"]["split"]["a"], figures["by"]["price_band"]["<25"]):
        assert {"coverage80", "width"}.isdisjoint(scores)


def test_what_was_not_answered_is_left_out_and_never_taken_for_zero() -> None:
    figures = judge(ROWS, np.array([30.0, math.nan, math.nan]), seed=0)
    assert (figures["n"], figures["mae"]) == (1, 10.0)
    assert set(figures["by"]["split"]) == {"a"}


def test_no_answer_at_all_is_an_error() -> None:
    with pytest.raises(ResultError, match="not one row"):
        judge(ROWS, np.full(3, math.nan), seed=0)


def test_a_pricers_figures_are_read_from_a_file_or_its_folder(tmp_path: Path) -> None:
    (tmp_path / "scores.json").write_text(json.dumps({"pricer": "ensemble", **told(76.1, (72.0, 80.0))}))
    for path in (tmp_path, tmp_path / "scores.json"):
        (line,) = read_pricers(path)
        assert (line.label, line.kind, line.interval) == ("ensemble", "pricer", (72.0, 80.0))


def test_all_pricers_of_a_comparison_are_read(tmp_path: Path) -> None:
    both = {name: {"pricer": name, **told(76.1, (72.0, 80.0))} for name in ("ensemble", "specialist")}
    (tmp_path / "scores.json").write_text(json.dumps({"n": 3, "pricers": both, "differences": []}))
    assert [line.label for line in read_pricers(tmp_path)] == ["ensemble", "specialist"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"pricer": "x"}',
        '{"pricer": "x", "mae": 5, "mae_ci95": [6, 7]}',
        '{"pricers": ["x"]}',
        '{"pricers": {"x": 5}}',
        '{"pricer": "x", "mae": 5, "mae_ci95": [4, 7]}',
    ],
)
def test_what_is_not_an_evaluation_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "scores.json").write_text(content)
    with pytest.raises(ResultError, match=r"scores\.json"):
        read_pricers(tmp_path)


def test_the_table_has_the_best_first_and_every_split() -> None:
    lines = table([line("mean", 130.0, a=150.0, b=80.0), line("trees", 90.0, a=100.0), line("model", 60.0, "chat", count=25)])
    assert [row[0] for row in lines] == ["baseline", "model", "trees", "mean"]
    assert lines[0] == ["baseline", "n", "MAE $", "95 %", "a", "b", "RMSLE", "hits"]
    assert lines[3] == ["mean", "100", "130.0", "125.0 to 136.0", "150.0", "80.0", "0.500", "25.0%"]
    assert lines[2][5] == ""


def test_held_out_errors_have_a_column_where_there_are_any() -> None:
    lines = table([Result("m", "m", "baseline", told(9.0, (8.0, 10.0)), held=7.5), line("p", 5.0, "pricer")])
    assert [row[4] for row in lines] == ["held", "", "7.5"]


def test_rows_asked_in_vain_are_told() -> None:
    lines = table([Result("m", "m", "chat", told(9.0, (8.0, 10.0)), unanswered=3)])
    assert lines[1][1] == "100 (+3 unanswered)"


def test_the_largest_split_comes_first() -> None:
    result = line("m", 5.0)
    result.told["by"]["split"] = {"small": {"n": 2, "mae": 1.0}, "large": {"n": 9, "mae": 1.0}}
    assert splits_of([result]) == ["large", "small"]


def test_the_table_in_text_and_markdown() -> None:
    lines = [["baseline", "n"], ["a|b", "1,000"]]
    assert as_text(lines) == "baseline      n\na|b       1,000"
    assert as_markdown(lines) == "| baseline | n |\n|---|---|\n| a\\|b | 1,000 |\n"


def test_the_chart_has_a_bar_with_whiskers_for_each_line_and_the_worst_on_top() -> None:
    pytest.importorskip("matplotlib", reason="needs matplotlib (the extra baselines)")
    lines = [line("trees", 90.0), line("mean", 130.0), line("ensemble", 76.0, "pricer"), line("gpt", 70.0, "chat", count=25)]
    axes = chart.draw(lines, "title").axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["mean", "trees", "ensemble", "gpt (n = 25)"]
    assert [bar.get_width() for bar in axes.patches] == [130.0, 90.0, 76.0, 70.0]
    assert axes.yaxis_inverted()
    (whiskers,) = [each for each in axes.collections if len(each.get_segments()) == 4]
    assert whiskers.get_segments()[0][:, 0].tolist() == [125.0, 136.0]
    assert [text.get_text() for text in axes.texts] == ["$130.0", "$90.0", "$76.0", "$70.0"]
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {"baseline", "chat model", "our pricers"}


def test_the_chart_is_written_as_a_png(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs matplotlib (the extra baselines)")
    chart.write(tmp_path / "c.png", [line("mean", 130.0)], "title")
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    assert [each.name for each in tmp_path.iterdir()] == ["c.png"]


def test_equal_errors_keep_an_order() -> None:
    assert [each.name for each in ranked([line("b", 5.0), line("a", 5.0)])] == ["a", "b"]
