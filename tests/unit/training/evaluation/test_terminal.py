"""A terminal shows coloured items above a bar; a log gets neither escape codes nor a line for each item."""

import io

import pytest
from rich.console import Console

from training.data.rows import Row
from training.evaluation.comparison import Difference
from training.evaluation.findings import outcome_of, scores_of
from training.evaluation.metrics import score
from training.evaluation.pricers import Answer
from training.evaluation.terminal import Display, difference_line, family_note, item_line, print_scores

ROWS = [Row(title=f"Brass lamp {i}", price=100.0) for i in range(40)]


def shown(is_terminal: bool, is_quiet: bool = False, kept: dict[int, Answer] | None = None) -> str:
    """All 40 rows priced at 100, 160 or 300 in turn."""
    console = Console(file=io.StringIO(), force_terminal=is_terminal, width=60, color_system="256" if is_terminal else None)
    display = Display("http://[::1]:8000", ROWS, console, is_quiet)
    answers = kept or {}
    with display.running(answers):
        for position in range(len(answers), 40):
            display(position, Answer((100.0, 160.0, 300.0)[position % 3]))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_on_a_terminal_each_item_has_a_line_of_its_colour_above_the_bar() -> None:
    text = shown(is_terminal=True)
    assert all(f"Brass lamp {i}" in text for i in range(40))
    assert "\x1b[32m✓    100.00    100.00      0.00" in text
    assert "~    100.00    160.00     60.00" in text
    assert "\x1b[31m✗    100.00    300.00    200.00" in text
    assert "40/40" in text
    assert "http://[::1]:8000" in text


def test_quiet_leaves_the_bar_alone() -> None:
    text = shown(is_terminal=True, is_quiet=True)
    assert "Brass lamp" not in text
    assert "40/40" in text


def test_a_log_gets_a_line_for_each_tenth_and_no_escape_codes() -> None:
    text = shown(is_terminal=False)
    assert "\x1b" not in text
    lines = text.splitlines()
    assert len(lines) == 10
    assert lines[0] == "http://[::1]:8000: 4 of 40 priced, mean error so far $65.00"
    assert shown(is_terminal=False, is_quiet=True) == ""


def test_what_an_earlier_run_kept_counts_as_done() -> None:
    text = shown(is_terminal=False, kept={i: Answer(100.0) for i in range(38)})
    assert "38 estimates are kept" in text
    assert "40 of 40 priced" in text


def test_a_title_is_cut_to_the_width_and_cannot_steer_the_screen() -> None:
    line = item_line(Row(title="[bold]red\x1b[31m\r\n\u202e" + "lamp " * 50, price=10.0), Answer(12.0), width=70)
    assert line.cell_len == 70
    assert line.plain.endswith("…")
    assert "[bold]red" in line.plain
    assert not any(char in line.plain for char in "\x1b\r\n\u202e")


FOUND: Difference = {
    "a": "one",
    "b": "two",
    "n": 100,
    "difference": -3.21,
    "ci95": [-5.0, -1.0],
    "ci_adjusted": [-6.0, -0.5],
    "comparisons": 3,
    "nearer": 0.54,
    "ties": 0.0,
    "better": "one",
}


def test_a_difference_is_told_in_words() -> None:
    assert difference_line(FOUND) == "one less two: -3.21 $ (-6.00 to -0.50), nearer on 54%: one is better"
    assert difference_line({**FOUND, "better": None, "ties": 0.1}).endswith("nearer on 54%, equal on 10%: no difference is shown")


def test_the_number_of_comparisons_is_told() -> None:
    assert family_note(1, "on all rows") == "1 comparison on all rows, 95 % interval"
    assert family_note(5, "on all rows").startswith("5 comparisons on all rows, each with a 99.00% interval")


def test_small_groups_and_missing_intervals_are_left_out_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [Row(title="x", price=10.0, main_category="\x1b[2Jbig" if i else "small") for i in range(30)]
    outcome = outcome_of(rows, [Answer(11.0)] * 30)
    print_scores({"all": {"p": score(outcome, 0)}, **scores_of(rows, outcome, 0)})
    text = capsys.readouterr().out
    assert "big" in text
    assert "small" not in text
    assert "\x1b" not in text
    assert "None" not in text
