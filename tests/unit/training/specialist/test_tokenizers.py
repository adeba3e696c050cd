"""The tool that says which tokenizers keep prices whole: files, folders, names on a hub that answers, refuses or is silent."""

import base64
import json
from pathlib import Path

import pytest

from common.settings import shared_data_dir
from tests.unit.training.hub_server import TOKEN, Hub, running
from tests.unit.training.specialist.tiny_bases import tokenizer_of
from training.curation.tokens import TokenizerError
from training.specialist.adapter.tokenizer_files import open_tokenizer
from training.specialist_tokenizers import explain, judge, main


def saved(folder: Path, digits: str) -> Path:
    folder.mkdir(exist_ok=True)
    tokenizer_of(digits=digits, has_opening=True).save(str(folder / "tokenizer.json"))
    return folder


def test_numbers_in_groups_of_three_are_read_off_one_token(tmp_path: Path) -> None:
    found = judge(open_tokenizer(str(saved(tmp_path, "threes"))))
    assert (found["whole"], found["first_split"], found["read_out"], found["asked"]) == (1000, None, "one token", 1)
    assert found["same_in_a_prompt"] is True
    assert found["asked_past_999"] == 16


def test_numbers_digit_by_digit_are_scored_by_their_tokens(tmp_path: Path) -> None:
    found = judge(open_tokenizer(str(saved(tmp_path, "ones") / "tokenizer.json")))
    assert (found["whole"], found["first_split"], found["longest"]) == (10, 10, 3)
    assert (found["read_out"], found["asked"]) == ("token sequences", 1 + 9 + 90)
    assert found["asked_past_999"] == 3 * 16


def test_a_tokenizer_that_joins_two_and_two_digits_is_told_to_end_at_999(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens = [bytes([byte]) for byte in range(256)] + [str(number).encode() for number in range(10, 1000)]
    tokens.insert(266, b"1299")  # as a word of its own, which no pattern of three digits lets through
    lines = [f"{base64.b64encode(token).decode()} {rank}" for rank, token in enumerate(tokens)]
    (tmp_path / "own.model").write_text("\n".join(lines))
    whole = open_tokenizer(str(tmp_path / "own.model"))

    def joined(text: str) -> list[int]:
        return [*whole(text[:-4]), 266] if text.endswith("$1299") else list(whole(text))

    found = judge(joined)
    assert (found["read_out"], found["asked_past_999"]) == ("one token", 0)
    assert "past $999: not at all; the tokenizer does not write" in explain("own", found)


def test_a_tiktoken_file_is_read_offline(tmp_path: Path) -> None:
    tokens = [bytes([byte]) for byte in range(256)] + [str(number).encode() for number in range(10, 1000)]
    lines = [f"{base64.b64encode(token).decode()} {rank}" for rank, token in enumerate(tokens)]
    (tmp_path / "own.model").write_text("\n".join(lines))
    assert judge(open_tokenizer(str(tmp_path / "own.model")))["whole"] == 1000


def test_a_tokenizer_that_cannot_be_asked_for_a_price_says_why() -> None:
    found = judge(lambda text: [len(text)])
    assert found["read_out"] == "none"
    assert "joins" in found["reason"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("tokenizer.json", b"{}", "is no tokenizer.json"),
        ("spm.model", b"\x0a\x0e\xff\xfe", "SentencePiece"),
        ("short.model", b"YQ== 0\n", "lacks tokens for single bytes"),
    ],
)
def test_a_file_of_another_kind_is_told(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TokenizerError, match=told):
        open_tokenizer(str(tmp_path / name))


def test_a_folder_or_path_without_a_tokenizer_is_told(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match=r"holds neither tokenizer\.json nor tokenizer\.model"):
        open_tokenizer(str(tmp_path))
    with pytest.raises(TokenizerError, match="there is no file or folder"):
        open_tokenizer(str(tmp_path / "none"))


def test_the_tool_goes_on_after_one_that_cannot_be_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = str(saved(tmp_path / "good", "threes")), str(tmp_path / "bad")
    with pytest.raises(SystemExit):
        main([bad, good])
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert "error" in told[bad]
    assert told[good]["read_out"] == "one token"


@pytest.fixture
def _own_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setenv("HF_TOKEN", TOKEN)


@pytest.mark.usefixtures("_own_hub")
def test_a_name_on_the_hub_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (saved(tmp_path / "there", "ones") / "tokenizer.json").read_bytes()
    with running(Hub(private=False, kind="models")) as hub:
        hub.files["tokenizer.json"] = content
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        assert judge(open_tokenizer("somebody/products", deadline=60))["first_split"] == 10


@pytest.mark.usefixtures("_own_hub")
def test_a_name_that_is_not_on_the_hub_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Hub(kind="models")) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(TokenizerError, match="there is no somebody/products on the hub"):
            open_tokenizer("somebody/products", deadline=60)


@pytest.mark.usefixtures("_own_hub")
def test_a_silent_hub_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Hub(is_silent=True, kind="models")) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(TokenizerError, match="not fetched within 2 seconds"):
            open_tokenizer("somebody/products", deadline=2)


def test_llama_3_keeps_every_price_whole() -> None:
    folder = shared_data_dir()
    if folder is None:
        pytest.skip("needs the shared data: set PRICER_DATA")
    found = judge(open_tokenizer(str(folder / "data" / "llama3-tokenizer.model")))
    assert (found["read_out"], found["asked_past_999"]) == ("one token", 16)
