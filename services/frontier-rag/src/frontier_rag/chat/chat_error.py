"""Why a chat model gave no price or text that can be used. The reason is a word of its own: `degraded` carries it outward.

Knows no client library.
"""

from typing import Literal

from common.errors import UnavailableError

Reason = Literal[
    "timeout",  # no whole answer in the time there was
    "unreachable",  # no connection, or one that broke
    "rate-limited",  # 429
    "rejected",  # another 4xx: a wrong key, an unknown model, a request the endpoint does not take
    "server-error",  # 5xx
    "garbage",  # 200 with something else than a completion
    "refused",  # the model refuses, or a filter does
    "no-price",  # an answer without one price above zero
    "no-text",  # asked to describe a product: an answer without its form
    "untraceable",  # asked to describe a product: nothing of the answer stands in the input
    "implausible",  # a price too far from what products like it cost
    "budget",  # the day's dollars are spent
    "busy",  # all calls allowed at a time are under way
    "skipped",  # failed too often of late and is left alone for a while
]
OF_THE_ENDPOINT: frozenset[Reason] = frozenset({"timeout", "unreachable", "rate-limited", "rejected", "server-error", "garbage"})
WORTH_RETRYING: frozenset[Reason] = frozenset({"unreachable", "rate-limited", "server-error"})
PART = "chat-model"


class ChatFailedError(UnavailableError):
    """No price, or no text, for `reason`. `pause`: seconds for which the endpoint asks to be left alone.

    `is_of_text`: another text may do. `was_sent`: the request went out whole and no count of tokens came back, so it may be billed.
    """

    def __init__(
        self, reason: Reason, detail: str, pause: float | None = None, *, is_of_text: bool = False, was_sent: bool = False
    ) -> None:
        super().__init__(detail)
        self.reason, self.pause, self.is_of_text, self.was_sent = reason, pause, is_of_text, was_sent

    @property
    def is_of_endpoint(self) -> bool:
        """Whether it speaks against the endpoint rather than against this text."""
        return self.reason in OF_THE_ENDPOINT and not self.is_of_text


def degraded_by(error: ChatFailedError) -> str:
    """The entry for `degraded`: `chat-model:<reason>`. The ensemble passes it on as `frontier-rag/chat-model:<reason>`."""
    return f"{PART}:{error.reason}"
