"""Which devices a setting names; all of them are counted by torch, in a process of its own."""

import sys

import pytest

from common.errors import ArtifactError
from specialist.devices.found import device_names, visible_cards


def saying(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({text!r})")


@pytest.mark.parametrize(
    ("setting", "names"), [("0", ["0"]), (" 0, 2 ,,2", ["0", "2"]), ("GPU-8f1c,MIG-77", ["GPU-8f1c", "MIG-77"])]
)
def test_devices_are_named_as_cuda_names_them(setting: str, names: list[str]) -> None:
    assert device_names(setting) == names


def test_all_is_every_card_that_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert visible_cards(saying("4")) == ["0", "1", "2", "3"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 3")
    assert visible_cards(saying("2")) == ["2", "3"]
    assert visible_cards(saying("0")) == []
    assert device_names("all", counts_cards=False) == ["0"]


@pytest.mark.parametrize(
    "command", [saying("none"), (sys.executable, "-c", "raise ImportError('No module named torch')"), ("/no/such/python",)]
)
def test_what_cannot_be_counted_has_to_be_named(command: tuple[str, ...]) -> None:
    with pytest.raises(ArtifactError, match="name them: 0,1"):
        visible_cards(command)
