"""The hash of a password: it knows its own, tells nothing, and no other form of it is taken."""

import re

import pytest

from dashboard.access.password import LEAST, PasswordHash

PASSWORD = "correct horse battery"
TEXT = "scrypt:15:8:3:3DpGzgkQhzmGSGhO7mlceg:j8d02_lDmt8lMgewAqdFvTgV98yMQAeEEEuBKGnYUWo"
HASHED = PasswordHash.parse(TEXT)


@pytest.mark.parametrize(
    "password", [PASSWORD, "päßwörter sind lang", "密码密码密码密码密码密码", "a" * 1024, "emoji 🐎🔋🔋🔋🔋🔋🔋"]
)
def test_a_hash_knows_its_password_also_when_it_was_written_down(password: str) -> None:
    text = str(PasswordHash.of(password))
    assert PasswordHash.parse(text).matches(password)
    assert PasswordHash.parse(f" {text}\n").matches(password)
    assert not PasswordHash.parse(text).matches(password + "x")


def test_two_ways_to_type_the_same_letter_are_one_password() -> None:
    assert PasswordHash.of("caf\u00e9 au lait, s'il").matches("cafe\u0301 au lait, s'il")


@pytest.mark.parametrize("wrong", ["", " ", PASSWORD + " ", PASSWORD.title(), PASSWORD[:-1], "x" * 100_000, "\ud800"])
def test_nothing_else_matches(wrong: str) -> None:
    assert not HASHED.matches(wrong)


def test_the_same_password_is_hashed_anew_each_time_and_safe_in_a_shell() -> None:
    texts = {str(PasswordHash.of(PASSWORD)) for _ in range(3)}
    assert len(texts) == 3
    for text in texts:
        assert re.fullmatch(r"[A-Za-z0-9:_-]+", text)
        assert PASSWORD not in text


@pytest.mark.parametrize("password", ["", "short", "a" * (LEAST - 1), "a" * 1025])
def test_a_short_or_endless_password_is_refused(password: str) -> None:
    with pytest.raises(ValueError, match="a password has 12 to 1024 characters"):
        PasswordHash.of(password)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PASSWORD,
        "scrypt:",
        TEXT[:-1],
        TEXT + "A",
        TEXT.replace("scrypt", "md5"),
        TEXT.replace(":", "$"),
    ],
)
def test_what_is_no_hash_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match="this is no hash of a password"):
        PasswordHash.parse(text)


@pytest.mark.parametrize("costs", ["31:8:3", "10:8:1", "15:1:3", "15:99:3", "15:8:0", "15:8:99", "00:8:1"])
def test_costs_that_are_too_low_or_would_stop_the_machine_are_refused(costs: str) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        PasswordHash.parse(TEXT.replace("15:8:3", costs))
