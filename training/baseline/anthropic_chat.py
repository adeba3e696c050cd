"""A chat model of Anthropic's, through its own client library (the extra `anthropic`).

The library retries with jitter and honours Retry-After. The API takes no seed. Knows nothing of prices.
"""

import asyncio

import httpx2

from common.bounded_answer import BoundedTransport
from common.errors import UnavailableError
from training.baseline.chat import ChatStoppedError, Endpoint, Reply

MAX_TOKENS = 200  # of an answer that needs ten


class AnthropicChat:
    """Asks one model; closes its connections with aclose()."""

    def __init__(self, endpoint: Endpoint) -> None:
        try:
            from anthropic import AsyncAnthropic
        except ModuleNotFoundError as exc:
            raise ChatStoppedError(
                "anthropic:MODEL needs Anthropic's client: uv sync --inexact --package training --extra anthropic"
            ) from exc
        self.endpoint = endpoint
        self._client = AsyncAnthropic(
            api_key=endpoint.key or "none",
            base_url=endpoint.base_url or None,
            max_retries=endpoint.retries,
            timeout=endpoint.timeout,
            http_client=httpx2.AsyncClient(transport=BoundedTransport(), timeout=endpoint.timeout),
        )

    async def ask(self, system: str, user: str) -> Reply:
        """What the model says. UnavailableError when the endpoint fails, ChatStoppedError when it refuses key or model."""
        from anthropic import AnthropicError, AuthenticationError, NotFoundError, PermissionDeniedError

        try:
            async with asyncio.timeout(self.endpoint.deadline):
                message = await self._client.messages.create(
                    model=self.endpoint.model,
                    max_tokens=MAX_TOKENS,
                    system=system,
                    messages=[{"role": "user", "content": user}],
                )
            return _reply_of(message)
        except TimeoutError as exc:
            raise UnavailableError(f"no answer within {self.endpoint.deadline:.0f} s") from exc
        except (AuthenticationError, PermissionDeniedError, NotFoundError) as exc:
            raise ChatStoppedError(str(exc)) from exc
        except (AnthropicError, httpx2.HTTPError, ValueError) as exc:
            raise UnavailableError(str(exc) or type(exc).__name__) from exc

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()


def _reply_of(message: object) -> Reply:
    """UnavailableError for what is no message; a refusal or a cut-off answer is a reply without an answer."""
    from anthropic.types import Message, TextBlock

    if not isinstance(message, Message) or not isinstance(message.content, list):
        raise UnavailableError("the endpoint answered with something else than a message")
    tokens = (message.usage.input_tokens or 0, message.usage.output_tokens or 0) if message.usage else (0, 0)
    if message.stop_reason in ("refusal", "max_tokens"):  # half a number is a number too
        return Reply("", f"the answer ended with {message.stop_reason}", *tokens)
    text = "".join(block.text for block in message.content if isinstance(block, TextBlock) and block.text)
    return Reply(text, "" if text else "the model said nothing", *tokens)
