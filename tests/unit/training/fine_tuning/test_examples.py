"""Examples are what the model will be asked, in the published format, and repeat nothing of the evaluation."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specialist.prompt import QUESTION
from training.baseline.prompt import SYSTEM, question
from training.data.rows import Row
from training.fine_tuning import examples
from training.fine_tuning.drawing import distinct, draw
from training.fine_tuning.examples import ExampleError, check_file, check_repeats, ensure, example_of, write

COLOURS = ["red", "blue", "green", "black", "white", "grey", "brown", "pink", "gold", "teal", "plum", "navy"]


def rows(count: int = 12, noun: str = "lamp", price: float = 20.0) -> list[Row]:
    return [Row(title=f"{COLOURS[i % 12]} {noun} {i}", price=price + i, main_category="Tools") for i in range(count)]


def written(path: Path, *changes: Callable[[list[dict[str, Any]]], object]) -> Path:
    """Twelve right examples, changed, on disk."""
    lines = [example_of(row) for row in rows()]
    for change in changes:
        change(lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def said(text: str) -> Callable[[list[dict[str, Any]]], object]:
    return lambda lines: lines[2]["messages"][2].update(content=text)


def test_an_example_is_the_zero_shot_question_with_the_right_answer() -> None:
    row = Row(title="Desk lamp", description=("brass",), price=19.6)
    assert [(each["role"], each["content"]) for each in example_of(row)["messages"]] == [
        ("system", SYSTEM),
        ("user", question(row)),
        ("assistant", "Price is $20.00"),
    ]


def test_goods_past_a_thousand_dollars_are_examples_too(tmp_path: Path) -> None:
    dear = [
        Row(title=f"Laptop {number}", description=(f"model {number} " * 9,), price=1299.4 + 870.0 * number) for number in range(11)
    ]
    write(tmp_path / "train.jsonl", dear)
    report = check_file(tmp_path / "train.jsonl")
    assert report.problems == []
    assert (min(report.prices), max(report.prices)) == (1299.0, 9999.0)


def test_what_is_written_passes_its_own_check(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", rows())
    report = check_file(tmp_path / "train.jsonl")
    assert report.problems == []
    assert report.summary()["examples"] == 12
    assert report.summary()["prices"] == {"least": 20.0, "median": 25.5, "greatest": 31.0}
    assert report.tokens == pytest.approx(12 * report.longest, rel=0.05)
    assert [each.name for each in tmp_path.iterdir()] == ["train.jsonl"]


def test_tokens_are_estimated_by_bytes_with_marks_for_each_message() -> None:
    assert examples.estimated_tokens(["a" * 400, "é" * 200]) == 100 + 100 + 2 * 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines[2]["messages"].pop(), "line.*roles|3: the roles are"),
        (lambda lines: lines[2]["messages"].reverse(), "3: the roles are"),
        (lambda lines: lines[2]["messages"][1].update(content="  "), "3: a message without text"),
        (lambda lines: lines[2]["messages"][1].update(content=None), "3: a message without text"),
        (lambda lines: lines[2]["messages"][1].update(content=QUESTION), "3: the user message is not the question"),
        (lambda lines: lines[2]["messages"][1].update(content="lamp"), "3: the user message is not the question"),
        (lambda lines: lines[2]["messages"][0].update(content="Hi"), "3: the system message is not the one"),
        (lambda lines: lines[2].update(weight=1), "3: an object with the one key"),
        (lambda lines: lines[2].update(messages="lamp"), "3: an object with the one key"),
        (lambda lines: lines[2].update(messages=["lamp"]), "3: an object with the one key"),
        (lambda lines: lines.__setitem__(2, [1]), "3: an object with the one key"),
        (lambda lines: lines[2]["messages"][1].update(content=QUESTION + "x" * 300_000), "3: about 75,.* tokens"),
        (lambda lines: lines.__setitem__(2, lines[0]), "3: the same product as line 1"),
        (lambda lines: lines.__delitem__(slice(5)), "holds 7 usable examples, 10 are the least"),
        *(
            (said(text), "3: the answer")
            for text in ("$20", "Price is $20.5", "Price is $0.00", "Price is $1,200.00", "Price is $020.00", "Price is $10001.00")
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, change: Callable[[list[dict[str, Any]]], object], message: str
) -> None:
    report = check_file(written(tmp_path / "train.jsonl", change))
    with pytest.raises(ExampleError, match=message):
        ensure(report.problems)


def test_a_line_that_is_not_json_or_not_text_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "train.jsonl")
    path.write_bytes(path.read_bytes() + b'{"messages": [\n' + b"\xff\xfe\n")
    assert [problem[:14] for problem in check_file(path).problems] == ["train.jsonl:13", "train.jsonl:14"]


def test_a_file_larger_than_the_endpoint_takes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    with path.open("wb") as file:
        file.truncate(examples.MOST_BYTES + 1)  # a hole: takes no room on disk
    assert "is larger than" in check_file(path).problems[0]


def test_products_of_both_files_or_of_the_evaluation_are_found(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", rows())
    write(tmp_path / "validation.jsonl", [*rows(11, "desk"), rows()[3]])
    train, validation = check_file(tmp_path / "train.jsonl"), check_file(tmp_path / "validation.jsonl")
    assert check_repeats(train, validation, []) == ["1 products of validation.jsonl repeat a training example"]
    dev = [Row(title="Blue LAMP 1"), Row(title="plum desk 10")]
    assert check_repeats(train, validation, dev)[0] == "1 products of train.jsonl repeat an evaluation row"
    assert "1 products of validation.jsonl repeat an evaluation row" in check_repeats(train, validation, dev)


def test_the_draw_repeats_with_the_seed_and_prefers_dear_rows_when_told_to() -> None:
    pool = [
        Row(title=f"lamp {i}", price=5.0 if i % 2 else 200.0, main_category="Tools", extra={"source": "amazon-2023"})
        for i in range(400)
    ]
    drawn = draw(pool, 50, 42, (1.0, 0.3))
    assert drawn == draw(pool, 50, 42, (1.0, 0.3))
    assert len({row.title for row in drawn}) == 50
    assert sum(row.price == 200.0 for row in drawn) > 40
    assert 15 < sum(row.price == 200.0 for row in draw(pool, 50, 42, (0.0, 0.0))) < 35


def test_more_examples_than_rows_is_an_error() -> None:
    with pytest.raises(ExampleError, match="50 examples are wanted of 12 rows"):
        draw(rows(), 50, 42, (1.0, 0.3))


def test_of_products_that_repeat_each_other_one_is_left() -> None:
    assert distinct([Row(title="Desk lamp"), Row(title="desk LAMP"), Row(title="sofa")]) == [
        Row(title="Desk lamp"),
        Row(title="sofa"),
    ]


def test_many_problems_are_listed_in_part() -> None:
    with pytest.raises(ExampleError, match=r"\.\.\. and 5 more"):
        ensure([f"problem {i}" for i in range(15)])
