"""A name means a fitted baseline, people or a chat model; the group means all fitted ones that can run here."""

import pytest

from training.baseline.models import OFFLINE, library_of
from training.baseline.names import expanded, has, is_chat


def test_without_a_name_all_that_is_installed_runs_and_with_a_sheet_people_alone() -> None:
    assert expanded([], has_sheet=False) == tuple(name for name in OFFLINE if has(library_of(name)))
    assert expanded([], has_sheet=True) == ("human",)


def test_each_baseline_runs_once_in_the_order_given() -> None:
    assert expanded(["median", "chat:m", "mean", "median"], has_sheet=False) == ("median", "chat:m", "mean")
    assert expanded(["mean", "human"], has_sheet=True) == ("mean", "human")
    assert expanded(["mean", "offline"], has_sheet=False)[:2] == ("mean", "random")


@pytest.mark.parametrize(("name", "words"), [("human", "--human-read"), ("chat:", "unknown baseline"), ("oracle", "known are")])
def test_what_means_nothing_is_refused(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        expanded([name], has_sheet=False)


def test_a_chat_model_is_told_by_its_prefix() -> None:
    assert [is_chat(name) for name in ("chat:gpt-x", "anthropic:claude-x", "anthropic:", "mean")] == [True, True, False, False]


def test_a_package_that_is_not_there_is_missed() -> None:
    assert has("")
    assert has("numpy")
    assert not has("no_such_package_anywhere")
