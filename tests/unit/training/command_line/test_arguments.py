"""Arguments become a run's dataclass."""

import argparse
from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path

import pytest

from training.command_line.arguments import made_from


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
