"""Arguments become a run's dataclass."""

import argparse
from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path

import pytest

from training.command_line.arguments import Help, arguments_of, made_from


@dataclass(frozen=True)
class Run:
    out: Path
    rate: float
    seed: int = 7


def test_fields_are_filled_from_the_arguments_of_their_names() -> None:
    found = argparse.Namespace(out=Path("x"), rate=0.1, seed=3, other="not ours")
    assert made_from(Run, found) == Run(Path("x"), 0.1, 3)


def test_a_value_that_no_argument_gives_is_named_by_the_caller() -> None:
    found = argparse.Namespace(out=Path("x"), rate=0.1)
    assert made_from(Run, found, seed=5).seed == 5


def test_a_field_without_an_argument_is_an_error_and_not_a_silent_default() -> None:
    with pytest.raises(AttributeError, match="seed"):
        made_from(Run, argparse.Namespace(out=Path("x"), rate=0.1))


def test_a_run_cannot_be_changed_on_its_way() -> None:
    run = made_from(Run, argparse.Namespace(out=Path("x"), rate=0.1, seed=1))
    with pytest.raises(FrozenInstanceError):
        run.seed = 2  # type: ignore[misc]


@dataclass(frozen=True)
class Nested:
    names: tuple[str, ...]
    run: Run


def test_a_run_tells_its_arguments_by_name_also_those_of_the_dataclasses_in_it() -> None:
    assert arguments_of(Nested(("a", "b"), Run(Path("x"), 0.1))) == {"names": ["a", "b"], "out": Path("x"), "rate": 0.1, "seed": 7}


def test_help_shows_each_default_once_and_none_where_there_is_none() -> None:
    parser = argparse.ArgumentParser(prog="it", description="One\n  two", formatter_class=Help)
    parser.add_argument("--seed", type=int, default=42, help="of the draw")
    parser.add_argument("--data", help="a file (default: the shared one)")
    parser.add_argument("--quiet", action="store_true", help="no lines")
    parser.add_argument("--rows", type=int, default=0, help="at most")
    parser.add_argument("--files", nargs="+", default=[Path("a"), "50%"], help="to read")
    parser.add_argument("--others", nargs="*", default=[], help="too")
    told = parser.format_help()
    assert "One\n  two" in told
    assert "of the draw (default: 42)" in told
    assert "at most (default: 0)" in told
    assert "to read (default: a 50%)" in told
    assert told.count("default") == 4
