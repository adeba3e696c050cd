"""Pushing to the hub: private unless told, all in one commit, and every refusal in plain words."""

import json
import time
from pathlib import Path

import pytest

from tests.unit.training.hub_server import NAME, TOKEN, Hub, running
from training.curation.card import card
from training.curation.hub import PushError, push, upload
from training.curation.stats import CurationStats

ARGUMENTS = {
    "sources": ["hf:McAuley-Lab/Amazon-Reviews-2023:Appliances", "/home/me/secret/lamps.jsonl"],
    "tokenizer": "/home/me/secret/llama3.model",
    "min_price": 0.5,
    "max_price": 999.49,
    "min_chars": 300,
    "min_tokens": 150,
    "max_tokens": 160,
    "sample": "balanced",
    "near": 0.5,
    "seed": 42,
}
STATS = CurationStats(
    rows=1000, kept=400, sampled=300, dropped={"no price": 500, "a|b": 100}, splits={"train": 270, "validation": 15, "test": 15}
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished curation; what the files hold plays no part here."""
    for split in STATS.splits:
        (tmp_path / f"{split}.parquet").write_bytes(b"PAR1" + split.encode() * 5000)
    (tmp_path / "curation.html").write_text("<!doctype html>")
    (tmp_path / "stats.json").write_text(json.dumps(STATS.to_json()))
    (tmp_path / "meta.json").write_text(json.dumps({"arguments": ARGUMENTS, "command": "uv run python -m training.items_curate"}))
    return tmp_path


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hub")))
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")  # the fake hub stores large files as git-lfs does
    monkeypatch.setenv("HF_TOKEN", TOKEN)


def use(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)


def test_a_new_dataset_is_private_and_holds_splits_card_counts_and_charts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Hub()) as hub:
        use(hub, monkeypatch)
        assert push(folder, NAME).startswith(f"{hub.url}/datasets/{NAME}/commit/")
    assert hub.private is True
    assert set(hub.files) == {"README.md", "stats.json", "curation.html", *(f"data/{split}.parquet" for split in STATS.splits)}
    assert hub.files["data/test.parquet"] == (folder / "test.parquet").read_bytes()
    assert hub.files["README.md"].startswith(b"---\n")


def test_a_public_dataset_is_made_only_when_told_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Hub()) as hub:
        use(hub, monkeypatch)
        push(folder, NAME, is_private=False)
    assert hub.private is False


@pytest.mark.parametrize(("private", "is_private"), [(False, True), (True, False)])
def test_a_dataset_of_the_other_visibility_is_left_alone(
    private: bool, is_private: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(Hub(private=private)) as hub:
        use(hub, monkeypatch)
        with pytest.raises(PushError, match="exists and is"):
            upload(folder, NAME, is_private, TOKEN)
    assert hub.private is private
    assert hub.files == {}


def test_without_a_token_nothing_is_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(PushError, match="needs HF_TOKEN"):
        push(folder, NAME)


def test_a_wrong_token_and_one_that_only_reads_are_told_apart(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Hub(private=True, may_write=False)) as hub:
        use(hub, monkeypatch)
        with pytest.raises(PushError, match="HF_TOKEN is not accepted"):
            upload(folder, NAME, True, "hf_wrong")
        with pytest.raises(PushError, match=r"may not write there \(this token reads alone\)"):
            push(folder, NAME)
    assert hub.files == {}


def test_a_silent_hub_ends_at_the_deadline(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Hub(is_silent=True)) as hub:
        use(hub, monkeypatch)
        start = time.monotonic()
        with pytest.raises(PushError, match="not pushed within 3 seconds"):
            push(folder, NAME, deadline=3.0)
        assert time.monotonic() - start < 60


def test_a_hub_that_is_not_there_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(PushError, match="did not answer"):
        upload(folder, NAME, True, TOKEN)


def test_an_unfinished_curation_is_not_pushed(tmp_path: Path) -> None:
    with pytest.raises(PushError, match="no finished curation"):
        upload(tmp_path, NAME, True, TOKEN)


def test_the_card_tells_rules_and_counts_and_no_path_of_this_machine() -> None:
    text = card(STATS, ARGUMENTS, "uv run python -m training.items_curate")
    front = text.split("---")[1]
    assert "  - split: validation\n    path: data/validation.parquet" in front
    assert "size_categories: [n<1K]" in front
    for said in (
        "| no price | 500 | 50.0% |",
        "| a\\|b | 100 | 10.0% |",
        "| **kept** | 400 | 40.0% |",
        "300 products",
        "llama3.model",
    ):
        assert said in text
    assert "lamps.jsonl" in text
    assert "/home" not in text
