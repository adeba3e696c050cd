"""The files that a chat model is fine-tuned on: JSON Lines in the chat format, written, and checked as they lie on disk.

Format and limits are those of OpenAI's supervised fine-tuning guide; the messages are those that the zero-shot baseline sends,
with the right answer. Knows nothing of the network.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from frontier_rag.chat.prompt import read_price
from specialist.prompt import QUESTION
from training.baseline.prompt import SYSTEM, answer, question
from training.data.rows import Row, product_text
from training.data.shingles import RepeatIndex
from training.data.whole_files import whole_file

TRAIN, VALIDATION = "train.jsonl", "validation.jsonl"
LEAST_EXAMPLES = 10  # a job with fewer is refused
MOST_TOKENS = 65_536  # of one example, all messages together
MOST_BYTES = 512 * 1024 * 1024  # of an uploaded file
BYTES_PER_TOKEN = 4.0  # of product questions: 4.4 by Llama 3's tokenizer; rather too many tokens than too few
TOKENS_PER_MESSAGE = 4  # marks around a message
ROLES = ["system", "user", "assistant"]
SHOWN_PROBLEMS = 10
_ANSWER = re.compile(r"Price is \$(?:[1-9]\d{0,3}|10000)\.00")


class ExampleError(Exception):
    """Files that must not be uploaded; the message lists why."""


@dataclass
class Report:
    """What a file holds. `tokens`: estimated, of all examples; `problems` name lines."""

    path: Path
    texts: list[str] = field(default_factory=list)
    prices: list[float] = field(default_factory=list)
    tokens: int = 0
    longest: int = 0
    problems: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Figures for a person and for meta.json."""
        low, middle, high = np.percentile(self.prices, [0, 50, 100]).tolist() if self.prices else (None, None, None)
        prices = {"least": low, "median": middle, "greatest": high}
        return {"examples": len(self.texts), "tokens": self.tokens, "longest": self.longest, "prices": prices}


def example_of(row: Row) -> dict[str, Any]:
    """One line: what the zero-shot baseline asks, and the right answer."""
    contents = (SYSTEM, question(row), answer(row.price or 0.0))
    return {"messages": [{"role": role, "content": content} for role, content in zip(ROLES, contents, strict=True)]}


def write(path: Path, rows: Sequence[Row]) -> None:
    """One example a line, under a temporary name, then renamed."""
    with whole_file(path) as part:
        part.write_text("".join(json.dumps(example_of(row), ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def check_file(path: Path) -> Report:
    """Read a file as the endpoint will and note everything that is wrong with it."""
    report = Report(path)
    if path.stat().st_size > MOST_BYTES:
        report.problems.append(f"{path.name} is larger than {MOST_BYTES:,} bytes")
        return report
    seen: dict[str, int] = {}
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            problem = "; ".join(_check_line(line, report))
            if problem:
                report.problems.append(f"{path.name}:{number}: {problem}")
            elif (first := seen.setdefault(report.texts[-1], number)) != number:
                report.problems.append(f"{path.name}:{number}: the same product as line {first}")
    if len(report.texts) < LEAST_EXAMPLES:
        report.problems.append(f"{path.name} holds {len(report.texts)} usable examples, {LEAST_EXAMPLES} are the least")
    return report


def _check_line(line: bytes, report: Report) -> Iterator[str]:
    """What is wrong with a line; a line that is right is added to the report."""
    try:
        record = json.loads(line)
    except ValueError as exc:
        yield f"not JSON in UTF-8 ({exc})"
        return
    messages = record.get("messages") if isinstance(record, dict) else None
    if not isinstance(messages, list) or set(record) != {"messages"} or not all(isinstance(each, dict) for each in messages):
        yield "an object with the one key messages, a list of objects, was expected"
        return
    if [each.get("role") for each in messages] != ROLES:
        yield f"the roles are {[each.get('role') for each in messages]}, not {ROLES}"
        return
    contents = [each.get("content") for each in messages]
    if not all(isinstance(content, str) and content.strip() for content in contents):
        yield "a message without text"
        return
    problems = list(_check_contents(*contents))
    yield from problems
    if not problems:
        report.texts.append(contents[1].removeprefix(QUESTION))
        report.prices.append(read_price(contents[2]))
        tokens = estimated_tokens(contents)
        report.tokens, report.longest = report.tokens + tokens, max(report.longest, tokens)


def _check_contents(system: str, user: str, assistant: str) -> Iterator[str]:
    if system != SYSTEM:
        yield "the system message is not the one that the model will be asked with"
    if not user.startswith(QUESTION) or not user.removeprefix(QUESTION).strip():
        yield "the user message is not the question and a product's text"
    if not _ANSWER.fullmatch(assistant):
        yield f"the answer {assistant[:40]!r} has not the form 'Price is $49.00' with 1 to 10000 dollars"
    if (tokens := estimated_tokens([system, user, assistant])) > MOST_TOKENS:
        yield f"about {tokens:,} tokens, {MOST_TOKENS:,} are the most"


def estimated_tokens(contents: Sequence[str]) -> int:
    """Of one example, marks included."""
    return sum(round(len(content.encode()) / BYTES_PER_TOKEN) + TOKENS_PER_MESSAGE for content in contents)


def check_repeats(train: Report, validation: Report, dev: Sequence[Row]) -> list[str]:
    """What would make the evaluation a recital: products of one file in another, or any that repeats an evaluation row."""
    problems = []
    known = {"a training example": RepeatIndex(train.texts), "an evaluation row": RepeatIndex([product_text(row) for row in dev])}
    for report, against in ((train, ("an evaluation row",)), (validation, tuple(known))):
        for name in against:
            count = sum(bool(known[name].repeated_by(text)) for text in report.texts)
            if count:
                problems.append(f"{count} products of {report.path.name} repeat {name}")
    return problems


def ensure(problems: Sequence[str]) -> None:
    """ExampleError when there are any."""
    if problems:
        more = [f"... and {len(problems) - SHOWN_PROBLEMS} more"] if len(problems) > SHOWN_PROBLEMS else []
        raise ExampleError("\n  ".join(["the examples cannot be used:", *problems[:SHOWN_PROBLEMS], *more]))
