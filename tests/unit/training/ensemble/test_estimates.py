"""Estimates are asked for once: a run that was cut short goes on where it stopped."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from common.errors import UnavailableError
from common.pricing import PriceRequest
from training.data.rows import Row
from training.ensemble.estimates import ChatMember, priced, version_of
from training.evaluation.pricers import Answer


class Limited:
    """Answers with the number in the description, until `left` requests are used up."""

    def __init__(self, left: int) -> None:
        self.left, self.asked = left, 0

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        self.asked += len(requests)
        if self.asked > self.left:
            raise UnavailableError("gone")
        return [Answer(float(request.description), 1.0, 2.0) for request in requests]


def test_estimates_that_were_kept_are_not_asked_again(tmp_path: Path) -> None:
    rows = [Row(title=str(i)) for i in range(1, 121)]
    with pytest.raises(UnavailableError):
        asyncio.run(priced(Limited(110), rows, tmp_path / "kept.jsonl"))
    again = Limited(1000)
    answers = asyncio.run(priced(again, rows, tmp_path / "kept.jsonl"))
    assert [answer.price for answer in answers] == [float(i) for i in range(1, 121)]
    assert again.asked == 20
    assert len([json.loads(line) for line in (tmp_path / "kept.jsonl").read_text().splitlines()]) == 120


def test_rows_get_no_estimates_of_other_rows_that_are_as_many(tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    for said in (["1", "2", "3"], ["4", "2", "5"], ["3", "3", "1"]):
        answers = asyncio.run(priced(Limited(100), [Row(title=each) for each in said], kept))
        assert [answer.price for answer in answers] == [float(each) for each in said]


def test_rows_that_two_runs_have_priced_at_once_keep_their_own_estimates(tmp_path: Path) -> None:
    kept, rows = tmp_path / "kept.jsonl", [Row(title=each) for each in ("1", "2")]
    asyncio.run(priced(Limited(100), rows, kept))
    kept.write_text(kept.read_text() * 2)
    answers = asyncio.run(priced(Limited(1), [*rows, Row(title="3")], kept))
    assert [answer.price for answer in answers] == [1.0, 2.0, 3.0]


def test_estimates_that_do_not_tell_all_that_answers_tell_now_are_asked_anew(tmp_path: Path) -> None:
    kept, rows = tmp_path / "kept.jsonl", [Row(title="1"), Row(title="2")]
    asyncio.run(priced(Limited(10), rows, kept))
    first, second = (json.loads(line) for line in kept.read_text().splitlines())
    kept.write_text(f"{json.dumps(first[:-1])}\n{json.dumps([second[0], 9.5, *second[2:-1], True])}\n")
    answers = asyncio.run(priced(Limited(1), rows, kept))
    assert [(answer.price, answer.is_known) for answer in answers] == [(1.0, None), (9.5, True)]


def test_answers_that_a_chat_model_left_to_the_local_estimator_are_counted() -> None:
    class Sometimes:
        async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
            told = (("frontier-rag-chat:gpt-x@7", "frontier-rag-chat"), ("frontier-rag-local@7", None))
            return [Answer(5.0, 4.0, 6.0, *told[i % 2]) for i, _ in enumerate(requests)]

    member = ChatMember(Sometimes(), "v")
    asyncio.run(member.answer([PriceRequest(description="lamp")] * 5))
    assert member.left == 2


def test_estimates_are_asked_anew_when_a_part_of_an_artifact_was_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "frontier-rag" / "estimator").mkdir(parents=True)
    (tmp_path / "frontier-rag" / "meta.json").write_text("{}")
    inner = tmp_path / "frontier-rag" / "estimator" / "meta.json"
    inner.write_text("{}")
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    before = version_of("frontier-rag")
    inner.write_text('{"again": 1}')
    after = version_of("frontier-rag")
    assert before != after
    assert before.split("-")[0] == after.split("-")[0]
