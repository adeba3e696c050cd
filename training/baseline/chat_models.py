"""A chat model's line of the table: chat:MODEL or anthropic:MODEL, the client that asks it, and what it answered for how much.

Keys and addresses come from the environment. Each client library is loaded only when its models are asked.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from frontier_rag.settings import Settings
from training.baseline.chat import AnswerFile, Asked, ChatClient, Endpoint, ask_all
from training.baseline.names import ANTHROPIC, BaselineError
from training.baseline.results import Answered
from training.command_line.log import log
from training.data.rows import Row
from training.evaluation.evaluation_file import sample


@dataclass(frozen=True)
class Asking:
    """How people and models are asked: `rows` drawn with `seed` (0: all), and how patiently; `timeout` is seconds for one try."""

    rows: int = 250
    seed: int = 42
    concurrency: int = 8
    timeout: float = 30.0
    retries: int = 5

    def drawn(self, asked: Sequence[Row]) -> list[int]:
        """Positions of the rows to ask for."""
        return sample(list(range(len(asked))), self.rows or None, self.seed)


def chat_line(name: str, asked: Sequence[Row], how: Asking, answers: Path) -> Answered:
    """What the model says of the drawn rows, kept in the file `answers`; tells what it cost."""
    chosen = how.drawn(asked)
    said = asyncio.run(_ask(name, [asked[i] for i in chosen], how, AnswerFile(answers)))
    prices = np.full(len(asked), np.nan)
    prices[chosen] = said.prices
    log(f"{name}: {said.tokens_in:,} tokens in, {said.tokens_out:,} out for {len(chosen)} rows, {said.paid_before} of them earlier")
    if said.without_price or said.failed:
        log(f"{name}: {said.without_price} answers hold no price; {said.failed} rows failed, which the same command asks again")
    return Answered(name, name, "chat", prices, said.without_price + said.failed, facts=said.facts())


async def _ask(name: str, rows: Sequence[Row], how: Asking, answers: AnswerFile) -> Asked:
    client, endpoint = chat_client(name, how)
    try:
        return await ask_all(client, endpoint, rows, answers)
    finally:
        await client.aclose()


def chat_client(name: str, how: Asking) -> tuple[ChatClient, Endpoint]:
    """The client of chat:MODEL or anthropic:MODEL. BaselineError where the environment names no key."""
    endpoint = Endpoint(
        name.partition(":")[2],
        timeout=how.timeout,
        deadline=(how.retries + 1) * (how.timeout + 10),
        retries=how.retries,
        concurrency=how.concurrency,
        seed=how.seed,
    )
    if name.startswith(ANTHROPIC):
        from training.baseline.anthropic_chat import AnthropicChat

        base_url, key = (os.environ.get(f"ANTHROPIC_{what}", "") for what in ("BASE_URL", "API_KEY"))
        if not (base_url or key):
            raise BaselineError(f"{name}: set ANTHROPIC_API_KEY")
        return AnthropicChat(replace(endpoint, base_url=base_url, key=key)), endpoint
    from training.baseline.openai_chat import OpenAIChat

    settings = Settings()
    if not settings.has_chat:
        raise BaselineError(f"{name}: set OPENAI_API_KEY, or OPENAI_BASE_URL for another endpoint")
    secret = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    return OpenAIChat(replace(endpoint, base_url=settings.openai_base_url or "", key=secret)), endpoint
