"""Asks every member for the rows, once: estimates are kept in files named after what made them, so that a run goes on.

Knows nothing of how they are combined.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from common.artifact import sha256
from common.pricing import PriceRequest
from common.settings import artifacts_dir
from ensemble.combine import CHAT, LOCAL, member_of
from training.command_line.log import log
from training.data.kept_lines import keeping, kept_lines
from training.data.rows import Row
from training.evaluation.evaluation_file import request_of
from training.evaluation.pricers import Answer, EvaluatedPricer, load_member
from training.evaluation.replay import item_of

CHUNK = 50  # rows between two savings


async def estimates_of(
    members: Sequence[str], parts: Mapping[str, Sequence[Row]], runs: Path
) -> dict[str, dict[str, list[Answer]]]:
    """Answers by part and pricer, kept in files named after the pricer's meta.json: an artifact made anew is asked anew."""
    answers: dict[str, dict[str, list[Answer]]] = {part: {} for part in parts}
    for name in members:
        pricer = await chat_member() if name == CHAT else Member(name)
        for part, rows in parts.items():
            answers[part][name] = await priced(pricer, rows, runs / f"{name}-{pricer.version}.jsonl")
            log(name, "priced", len(rows), "rows:", part)
        if isinstance(pricer, ChatMember) and pricer.left:
            log(pricer.left, "answers were the local estimator's: the chat model gave none, or none to be believed")
    return answers


async def priced(pricer: EvaluatedPricer, rows: Sequence[Row], kept: Path) -> list[Answer]:
    """Answers for all rows, those in the file `kept` as far as it has them; new ones are added to it as they come.

    They are kept by the row's text, so that no other rows are given them, and two runs may add to one file.
    """
    asked = [request_of(row) for row in rows]
    items = [item_of(request) for request in asked]
    answers = _read_kept(kept)
    missing = {item: request for item, request in zip(items, asked, strict=True) if item not in answers}
    with keeping(kept) as file:
        for start in range(0, len(missing), CHUNK):
            chunk = list(missing)[start : start + CHUNK]
            said = dict(zip(chunk, await pricer.answer([missing[item] for item in chunk]), strict=True))
            file.writelines(json.dumps([item, *astuple(answer)]) + "\n" for item, answer in said.items())
            file.flush()
            answers |= said
    return [answers[item] for item in items]


def _read_kept(path: Path) -> dict[str, Answer]:
    """Whole answers by item; what was kept before answers told all that they tell now is left, and its rows are asked anew."""
    return {item: Answer(*each) for item, *each in kept_lines(path) if len(each) == len(fields(Answer))}


def version_of(name: str) -> str:
    """Changes with every meta.json of the artifact: frontier-rag's estimator has one of its own."""
    folder = artifacts_dir() / name
    digests = [sha256(path) for path in sorted(folder.rglob("meta.json"), key=lambda path: (len(path.parts), str(path)))]
    return "-".join(digest[:10] for digest in digests)


class Member:
    """A pricer, frontier-rag as its local estimator whatever keys are set; loaded when first asked: kept estimates need none."""

    def __init__(self, name: str) -> None:
        self.version = version_of(name)
        self._name = name
        self._pricer: EvaluatedPricer | None = None

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        if self._pricer is None:
            loaded: Any = await load_member(self._name)
            if self._name == LOCAL:
                loaded.pricer.chat = None
            self._pricer = loaded
        return await self._pricer.answer(requests)


class ChatMember:
    """frontier-rag with the chat model of the environment; the rows that it leaves to the local estimator are counted."""

    def __init__(self, pricer: EvaluatedPricer, version: str) -> None:
        self.pricer, self.version, self.left = pricer, version, 0

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        answers = await self.pricer.answer(requests)
        self.left += sum(member_of(LOCAL, answer.member) != CHAT for answer in answers)
        return answers


async def chat_member() -> ChatMember:
    """SystemExit where the environment names no chat model."""
    loaded: Any = await load_member(LOCAL)
    if loaded.pricer.chat is None:
        raise SystemExit("no chat model: set what frontier-rag's settings name (OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL)")
    said = re.sub("[^A-Za-z0-9.]+", "-", "+".join(each.name for each in loaded.pricer.chat.endpoints))
    return ChatMember(loaded, f"{version_of(LOCAL)}-{said}")
