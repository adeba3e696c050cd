"""Results that outlive the run that made them: whole lines are read, half of one is neither read nor added to."""

from pathlib import Path

from training.data.kept_lines import keeping, kept_lines


def test_nothing_is_kept_where_there_is_no_file(tmp_path: Path) -> None:
    assert kept_lines(tmp_path / "none.jsonl") == []


def test_half_a_line_stands_alone(tmp_path: Path) -> None:
    kept = tmp_path / "runs" / "kept.jsonl"
    with keeping(kept) as file:
        file.write('[1]\n[2, "hal')
    with keeping(kept) as file:
        file.write("[3]\n")
    assert kept_lines(kept) == [[1], [3]]
    assert kept.read_text() == '[1]\n[2, "hal\n[3]\n'


def test_half_a_line_that_was_cut_behind_a_bracket_is_passed_over(tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    kept.write_text('["a", 1]\n["Drill [Renewed]\n["b", 2]\n')
    assert kept_lines(kept) == [["a", 1], ["b", 2]]


def test_what_ends_well_is_added_to_as_it_is(tmp_path: Path) -> None:
    for line in ("[1]\n", "[2]\n"):
        with keeping(tmp_path / "kept.jsonl") as file:
            file.write(line)
    assert (tmp_path / "kept.jsonl").read_text() == "[1]\n[2]\n"
