"""Which of the API's fields an endpoint takes. Endpoints differ, so a request that is refused is asked again in simpler terms.

Knows no client library.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from frontier_rag.chat.prompt import SCHEMA

Format = Literal["schema", "object", "none"]
SIMPLER: dict[Format, Format] = {"schema": "object", "object": "none"}
THINKING = 10  # times as many tokens for models that count their thoughts as an answer


@dataclass(frozen=True)
class Dialect:
    """How to ask. OpenAI has schemas, DeepSeek JSON objects, some servers neither; models that think first take no temperature."""

    format: Format = "schema"
    thinks: bool = False
    has_temperature: bool = True
    has_seed: bool = True

    def arguments(self, seed: int, max_tokens: int, schema: Mapping[str, Any] = SCHEMA) -> dict[str, Any]:
        """Fields of the request besides model and messages. `schema`: of the answer."""
        told: dict[str, Any] = {"max_completion_tokens": THINKING * max_tokens} if self.thinks else {"max_tokens": max_tokens}
        if self.has_temperature:
            told["temperature"] = 0
        if self.has_seed:
            told["seed"] = seed
        if self.format == "schema":
            told["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self.format == "object":
            told["response_format"] = {"type": "json_object"}
        return told


def simpler(dialect: Dialect, complaint: str) -> Dialect | None:
    """The next to try after a refusal with these words; None where nothing is left to leave out.

    What the complaint names goes first. Each step leaves something out for good, so there are at most six.
    """
    if "max_completion_tokens" in complaint and not dialect.thinks:
        return replace(dialect, thinks=True)
    if "temperature" in complaint and dialect.has_temperature:
        return replace(dialect, has_temperature=False)
    if "seed" in complaint and dialect.has_seed:
        return replace(dialect, has_seed=False)
    if dialect.format != "none":
        return replace(dialect, format=SIMPLER[dialect.format])
    barest = Dialect("none", thinks=True, has_temperature=False, has_seed=False)
    return barest if dialect != barest else None
