"""Only whole keys that were given are known."""

import pytest

from common.api_keys import KnownKeys


@pytest.mark.parametrize(("key", "is_known"), [("one", True), ("zwei-ü", True), ("on", False), ("one ", False), ("", False)])
def test_only_the_given_keys_are_known(key: str, is_known: bool) -> None:
    assert KnownKeys(["one", "zwei-ü"]).holds(key) is is_known


def test_without_keys_none_is_known() -> None:
    assert not KnownKeys([]).holds("")
