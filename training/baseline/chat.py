"""Asks a chat model for the price of each row: some at a time, every answer kept as it comes, so that nothing is paid twice.

An answer without one price counts as unanswered, never as zero. Knows no client library: see openai_chat and anthropic_chat.
"""

import asyncio
import hashlib
import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from common.errors import UnavailableError
from frontier_rag.chat.prompt import read_price
from training.baseline.prompt import SYSTEM, question
from training.data.rows import Row

Floats = npt.NDArray[np.float64]
FAILURES_IN_A_ROW = 10  # then the endpoint is taken for broken


@dataclass(frozen=True)
class Endpoint:
    """Which model, where, and how patiently. Empty `base_url` and `key`: the client library's own defaults. Seconds."""

    model: str
    base_url: str = ""
    key: str = ""
    timeout: float = 30.0
    deadline: float = 180.0  # of one question with all its retries
    retries: int = 5
    concurrency: int = 8
    seed: int = 42


@dataclass(frozen=True)
class Reply:
    """What a model said. `problem`: why it is no answer, else ""; tokens as the endpoint counts them."""

    text: str
    problem: str = ""
    tokens_in: int = 0
    tokens_out: int = 0


class ChatClient(Protocol):
    """Asks one question. UnavailableError: failed, another try may succeed; ChatStoppedError: no other try will."""

    async def ask(self, system: str, user: str) -> Reply:
        """What the model says."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class ChatStoppedError(Exception):
    """The endpoint refuses or fails lastingly; the message says why and what was kept."""


@dataclass(frozen=True)
class Answer:
    """One kept answer. `price` is None where the reply held none."""

    key: str
    price: float | None
    said: str
    tokens_in: int
    tokens_out: int


class AnswerFile:
    """Answers by question, in memory and line by line on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._answers = {answer.key: answer for answer in _read_answers(path)} if path.exists() else {}
        _drop_torn_line(path)

    def get(self, key: str) -> Answer | None:
        """The answer to a question that was asked before."""
        return self._answers.get(key)

    def add(self, answer: Answer) -> None:
        """Keep an answer; it is on its way to the disk when this returns."""
        self._answers[answer.key] = answer
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(answer)) + "\n")


def _read_answers(path: Path) -> Iterator[Answer]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(keepends=True), 1):
        if not line.endswith("\n"):
            return  # cut short by a crash: that question is asked again
        try:
            yield Answer(**json.loads(line))
        except (ValueError, TypeError) as exc:
            raise ChatStoppedError(f"{path}:{number} is not a kept answer; move the file away to ask all again") from exc


def _drop_torn_line(path: Path) -> None:
    if path.exists() and (content := path.read_bytes()) and not content.endswith(b"\n"):
        os.truncate(path, content.rfind(b"\n") + 1)


def price_in(reply: Reply) -> float | None:
    """The one price of a reply, USD; None where there is none."""
    if reply.problem:
        return None
    try:
        return read_price(reply.text)
    except UnavailableError:
        return None


def key_of(model: str, user: str) -> str:
    """A question's name among the kept answers."""
    return hashlib.blake2b("\0".join((model, SYSTEM, user)).encode(), digest_size=12).hexdigest()


class _Round:
    """Asks the open questions; `failures` counts those in a row that did not get through."""

    def __init__(self, client: ChatClient, endpoint: Endpoint, answers: AnswerFile) -> None:
        self.client, self.endpoint, self.answers = client, endpoint, answers
        self.failures, self.stopped, self.last = 0, "", ""

    async def work(self, questions: Iterator[str], bar: Progress) -> None:
        """One of several workers that share the questions."""
        for user in questions:
            if self.stopped:
                return
            try:
                self._keep(user, await self.client.ask(SYSTEM, user))
                self.failures = 0
            except UnavailableError as exc:
                self.failures, self.last = self.failures + 1, str(exc)
                if self.failures >= FAILURES_IN_A_ROW:
                    self.stopped = f"{self.failures} questions in a row failed: {exc}"
            except ChatStoppedError as exc:
                self.stopped = str(exc)
            bar.advance(bar.task_ids[0])

    def _keep(self, user: str, reply: Reply) -> None:
        said = reply.problem or reply.text[:200]
        self.answers.add(Answer(key_of(self.endpoint.model, user), price_in(reply), said, reply.tokens_in, reply.tokens_out))


@dataclass(frozen=True)
class Asked:
    """Prices (NaN: none), rows without a price in the answer, rows that could not be asked, and tokens, as a table tells them."""

    prices: Floats
    without_price: int
    failed: int
    tokens_in: int
    tokens_out: int
    paid_before: int  # of the rows: answered by an earlier run

    def facts(self) -> dict[str, Any]:
        """For scores.json."""
        return {"tokens_in": self.tokens_in, "tokens_out": self.tokens_out, "failed": self.failed}


async def ask_all(client: ChatClient, endpoint: Endpoint, rows: Sequence[Row], answers: AnswerFile) -> Asked:
    """Ask for each row that `answers` does not hold yet. ChatStoppedError when the endpoint refuses or fails lastingly."""
    users = [question(row) for row in rows]
    keys = [key_of(endpoint.model, user) for user in users]
    before = sum(answers.get(key) is not None for key in keys)
    todo = list(dict.fromkeys(user for user, key in zip(users, keys, strict=True) if answers.get(key) is None))
    work = _Round(client, endpoint, answers)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        bar.add_task(f"asking {endpoint.model}", total=len(todo))
        questions = iter(todo)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(endpoint.concurrency, len(todo))):
                group.create_task(work.work(questions, bar))
    kept = [answers.get(key) for key in keys]
    if work.stopped:
        count = sum(answer is not None for answer in kept)
        raise ChatStoppedError(f"{endpoint.model}: {work.stopped} ({count} answers are kept, the same command goes on)")
    return _asked(kept, before)


def _asked(kept: Sequence[Answer | None], before: int) -> Asked:
    found = [answer for answer in kept if answer]
    prices = [math.nan if answer is None or answer.price is None else answer.price for answer in kept]
    return Asked(
        prices=np.array(prices, np.float64),
        without_price=sum(answer.price is None for answer in found),
        failed=len(kept) - len(found),
        tokens_in=sum(answer.tokens_in for answer in found),
        tokens_out=sum(answer.tokens_out for answer in found),
        paid_before=before,
    )
