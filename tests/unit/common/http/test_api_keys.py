"""Only whole keys that were given are known, plain or hashed, and what is wrong in their list admits nobody."""

from pathlib import Path

import pytest

from common.http.api_keys import PREFIX, KnownKeys, digest_of, hashed_entry, new_key, read_keys_file
from common.http.rate_limit import Quota
from common.settings import HttpSettings

HASHED = f"sha256:{digest_of('zwei-ü').hex()}"


@pytest.mark.parametrize(
    ("key", "is_known"), [("one", True), ("zwei-ü", True), ("on", False), ("one ", False), ("", False), (HASHED, False)]
)
def test_only_the_given_keys_are_known(key: str, is_known: bool) -> None:
    assert KnownKeys(["one", HASHED]).holds(key) is is_known


def test_without_keys_none_is_known() -> None:
    assert not KnownKeys([]).holds("")


def test_an_entry_may_name_the_caller_and_bound_it() -> None:
    found = KnownKeys(["plain", f"shop:{HASHED}:600/60"]).find("zwei-ü")
    assert found is not None
    assert (found.name, found.quota) == ("shop", Quota(600, 60))


def test_a_key_without_a_name_is_called_by_its_place_and_never_by_itself() -> None:
    known = KnownKeys(["secret", HASHED])
    assert [key.name for key in known.keys] == ["key-1", "key-2"]
    assert "secret" not in repr(known.keys)


@pytest.mark.parametrize("entry", ["sha256:abc", "shop:sha256:" + "g" * 64, f"{HASHED}:600", f"a b:{HASHED}", f"{HASHED}:0/60"])
def test_a_damaged_hash_is_refused_rather_than_taken_as_a_plain_key(entry: str) -> None:
    with pytest.raises(ValueError, match=r"API key|prices"):
        KnownKeys([entry])


def test_a_new_key_has_256_random_bits_and_its_line_admits_it_alone() -> None:
    key, other = new_key(), new_key()
    assert key.startswith(PREFIX)
    assert len(key) == len(PREFIX) + 43
    entry = hashed_entry("shop", key, "10/1")
    assert key not in entry
    assert KnownKeys([entry]).holds(key)
    assert not KnownKeys([entry]).holds(other)


@pytest.mark.parametrize(("name", "quota"), [("a b", ""), ("", ""), ("x:y", ""), ("shop", "10"), ("shop", "0/5")])
def test_a_line_that_could_not_be_read_again_is_not_made(name: str, quota: str) -> None:
    with pytest.raises(ValueError, match=r"name|prices"):
        hashed_entry(name, "key", quota)


def test_a_file_of_keys_has_one_a_line_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# our callers\n\nshop:{HASHED}:600/60  # since spring\n{HASHED}\n", encoding="utf-8")
    assert read_keys_file(path) == [f"shop:{HASHED}:600/60", HASHED]


def test_a_plain_key_in_a_file_is_refused_without_being_told(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("very-secret\n", encoding="utf-8")
    with pytest.raises(ValueError, match="sha256") as caught:
        read_keys_file(path)
    assert "very-secret" not in str(caught.value)


def test_a_file_without_keys_admits_nobody(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.touch()
    settings = HttpSettings(api_keys_file=path)
    assert settings.demands_key
    assert settings.accepted == []


def test_services_show_each_other_the_first_plain_key_or_their_own() -> None:
    assert HttpSettings(api_keys=f"{HASHED}, one,two").keys == ["one", "two"]
    own = HttpSettings(api_keys=HASHED, peer_api_key="ours")
    assert own.keys == ["ours"]
    assert KnownKeys(own.accepted).holds("ours")
