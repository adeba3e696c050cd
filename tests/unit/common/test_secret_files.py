"""A secret may stand in a file that NAME_FILE names, and nothing of it shows where that cannot be read."""

from pathlib import Path

import pytest
from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from common.private_files import LONGEST_SECRET, SecretFileError, secret
from common.settings import HttpSettings, ServiceSettings


class Sample(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="SAMPLE_")

    token: SecretStr | None = None
    plain: str = ""
    address: SecretStr = Field(SecretStr("none"), validation_alias="ADDRESS_URL")
    renamed: SecretStr = Field(SecretStr(""), validation_alias=AliasChoices("NEW_NAME", "FORMER_NAME"))


def file_of(tmp_path: Path, text: str) -> str:
    path = tmp_path / "held"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("text", ["two words\n", "two words\r\n", " two words\t\n\n"])
def test_a_setting_is_read_from_the_file_without_white_space_around_it(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMPLE_TOKEN_FILE", file_of(tmp_path, text))
    token = Sample().token
    assert token
    assert token.get_secret_value() == "two words"


@pytest.mark.parametrize("name", ["ADDRESS_URL", "NEW_NAME", "FORMER_NAME"])
def test_names_of_their_own_count_too(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{name}_FILE", file_of(tmp_path, "found"))
    given = Sample()
    assert "found" in {given.address.get_secret_value(), given.renamed.get_secret_value()}


def test_what_a_program_passes_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_TOKEN_FILE", file_of(tmp_path, "of the file"))
    token = Sample(token=SecretStr("passed")).token
    assert token
    assert token.get_secret_value() == "passed"


def test_an_empty_file_counts_as_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDRESS_URL_FILE", file_of(tmp_path, "\n"))
    assert Sample().address.get_secret_value() == "none"


def test_beside_an_empty_file_the_variable_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDRESS_URL", "of the environment")
    monkeypatch.setenv("ADDRESS_URL_FILE", file_of(tmp_path, ""))
    assert Sample().address.get_secret_value() == "of the environment"


def test_what_is_no_secret_is_read_from_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_PLAIN_FILE", file_of(tmp_path, "found"))
    assert Sample().plain == ""


def test_a_variable_and_its_file_at_once_are_refused_and_neither_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_TOKEN", "the one")
    monkeypatch.setenv("SAMPLE_TOKEN_FILE", file_of(tmp_path, "the other"))
    with pytest.raises(SecretFileError, match="SAMPLE_TOKEN is set, and SAMPLE_TOKEN_FILE names") as caught:
        Sample()
    assert "the one" not in str(caught.value)
    assert "the other" not in str(caught.value)


def test_a_file_that_is_not_there_stops_the_start_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_TOKEN_FILE", str(tmp_path / "away"))
    with pytest.raises(SecretFileError, match=r"SAMPLE_TOKEN_FILE: .*away cannot be read: No such file"):
        Sample()


def test_a_folder_an_endless_file_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00secret")
    for path, why in ((tmp_path, "Is a directory"), (tmp_path / "bytes", "no text"), (Path("/dev/zero"), "more than")):
        with pytest.raises(SecretFileError, match=why) as caught:
            secret("NAME", {"NAME_FILE": str(path)})
        assert "secret" not in str(caught.value).replace("no secret", "")
    assert len(secret("NAME", {"NAME_FILE": file_of(tmp_path, "x" * LONGEST_SECRET)})) == LONGEST_SECRET


def test_the_file_of_hashed_keys_is_no_file_of_the_list_of_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = "a" * 64
    monkeypatch.setenv("API_KEYS", "plain")
    monkeypatch.setenv("API_KEYS_FILE", file_of(tmp_path, f"shop:sha256:{digest}\n"))
    assert HttpSettings().accepted == ["plain", f"shop:sha256:{digest}"]
    monkeypatch.setenv("METRICS_KEY_FILE", file_of(tmp_path, "for prometheus\n"))
    assert HttpSettings().metrics_key.get_secret_value() == "for prometheus"
