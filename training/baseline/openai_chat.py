"""A chat model behind any endpoint that speaks OpenAI's chat completions API.

The client library retries with jitter and honours Retry-After (up to two minutes). Knows nothing of prices.
"""

import asyncio
from typing import Any

import httpx2

from common.bounded_answer import BoundedTransport
from common.errors import UnavailableError
from frontier_rag.chat.completion import read_completion
from training.baseline.chat import ChatStoppedError, Endpoint, Reply

MAX_TOKENS = 50  # of an answer that needs ten


def _dialects(seed: int) -> list[dict[str, Any]]:
    """Ways to ask, best first. Models that think before they answer refuse a temperature and count their thoughts."""
    return [{"temperature": 0, "seed": seed, "max_tokens": MAX_TOKENS}, {"max_completion_tokens": 40 * MAX_TOKENS}]


class OpenAIChat:
    """Asks one model; closes its connections with aclose()."""

    def __init__(self, endpoint: Endpoint) -> None:
        from openai import AsyncOpenAI

        self.endpoint = endpoint
        self._client = AsyncOpenAI(
            api_key=endpoint.key or "none",  # local endpoints ask for no key, the client insists on one
            base_url=endpoint.base_url or None,
            max_retries=endpoint.retries,
            timeout=endpoint.timeout,
            http_client=httpx2.AsyncClient(transport=BoundedTransport(), timeout=endpoint.timeout),
        )
        self._dialects = _dialects(endpoint.seed)
        self._dialect = 0

    async def ask(self, system: str, user: str) -> Reply:
        """What the model says. UnavailableError when the endpoint fails, ChatStoppedError when it refuses key or model."""
        from openai import AuthenticationError, NotFoundError, OpenAIError, PermissionDeniedError

        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        try:
            async with asyncio.timeout(self.endpoint.deadline):
                return _reply_of(await self._complete(messages))
        except TimeoutError as exc:
            raise UnavailableError(f"no answer within {self.endpoint.deadline:.0f} s") from exc
        except (AuthenticationError, PermissionDeniedError, NotFoundError) as exc:
            raise ChatStoppedError(str(exc)) from exc
        except (OpenAIError, httpx2.HTTPError, ValueError) as exc:  # ValueError: what says it is JSON is not
            raise UnavailableError(str(exc) or type(exc).__name__) from exc

    async def _complete(self, messages: list[dict[str, str]]) -> object:
        """The completion, in the first dialect that the endpoint takes."""
        from openai import BadRequestError, UnprocessableEntityError

        while True:
            asked = self._dialect
            try:
                create: Any = self._client.chat.completions.create  # its overloads want literal arguments
                return await create(model=self.endpoint.model, messages=messages, **self._dialects[asked])
            except (BadRequestError, UnprocessableEntityError):
                if asked + 1 >= len(self._dialects):
                    raise
                self._dialect = max(self._dialect, asked + 1)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()


def _reply_of(completion: object) -> Reply:
    """UnavailableError for what is no completion; a refusal or a cut-off answer is a reply without an answer."""
    found = read_completion(completion)
    if found.problem and found.problem.reason == "garbage":
        raise found.problem
    tokens = (found.usage.tokens_in, found.usage.tokens_out) if found.usage else (0, 0)
    return Reply(found.text, str(found.problem or ""), *tokens)
