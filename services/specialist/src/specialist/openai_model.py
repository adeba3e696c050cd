"""A base with its adapter behind an endpoint that speaks OpenAI's /v1/completions and returns log probabilities of next tokens.

vLLM with the adapter as a LoRA module and llama.cpp's server do. Several prompts travel in one call. An adapter whose prices go on
past $999 is asked once more, behind the likeliest first three digits (fourth_digit.py). Knows no model library; token_shares.py
reads the answer. Retries, the one layer of this path that does.
"""

import json
import threading
import time
from collections.abc import Callable, Sequence

import httpx2
import numpy as np
import numpy.typing as npt

from common.bounded_answer import BoundedBody
from common.errors import (
    AnswerTooLargeError,
    ArtifactError,
    DeadlineExceededError,
    OverloadedError,
    PricingAgentError,
    UnavailableError,
)
from common.retry import Backoff, Retry
from common.retry_after import read_retry_after
from specialist.fourth_digit import ASKED, choose, go_on, is_long
from specialist.price_classes import WHOLE_DOLLARS, PriceClasses
from specialist.prompt import ANSWER, QUESTION, tidy
from specialist.settings import Settings
from specialist.token_shares import Listed, following_rows, listed_tokens, price_row

CHARS_PER_TOKEN = 4  # English product texts have somewhat more
MAX_ANSWER = 512 * 1024  # bytes for each prompt: 5,000 listed tokens take some 200 kB
LONGEST_PAUSE = 10.0  # seconds between two tries, whatever Retry-After says
FOLLOWING = 40  # listed tokens behind an opening, where eleven are looked for
RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504})


class _TryAgainError(Exception):
    """What a further try may mend, after `pause` seconds where the endpoint named them."""

    def __init__(self, error: PricingAgentError, pause: float | None = None) -> None:
        super().__init__(str(error))
        self.error, self.pause = error, pause


def _judge(error: Exception) -> float | None:
    return min(error.pause or 0.0, LONGEST_PAUSE) if isinstance(error, _TryAgainError) else None


class OpenAIPriceModel:
    """Threads share the connections; at most `workers` of them ask at a time. `sleep` is for tests."""

    def __init__(
        self,
        settings: Settings,
        max_text_tokens: int,
        *,
        classes: PriceClasses = WHOLE_DOLLARS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings, self.is_long = settings, is_long(classes)
        self._retry = Retry(_judge, 1 + settings.openai_retries, Backoff(longest=LONGEST_PAUSE), sleep=sleep)
        self.url = settings.openai_base_url.rstrip("/") + "/completions"
        self.cut = cutter(settings.openai_tokenizer, max_text_tokens)
        key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
        self._http = httpx2.Client(headers={"Authorization": f"Bearer {key}"} if key else {})
        self._slots = threading.BoundedSemaphore(settings.workers or 4)

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[n, classes] log probabilities. OverloadedError, UnavailableError: it is busy, down, late or names no prices."""
        prompts = [f"{QUESTION}{self.cut(text)}{ANSWER}" for text in texts]
        with self._slots:
            listed = self._listed(prompts, self.settings.openai_logprobs)
            first = np.stack([price_row(each, self.settings.openai_min_mass) for each in listed])
            return self._go_on(prompts, first) if self.is_long else first

    def _go_on(self, prompts: Sequence[str], first: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """[n, 10000]: with an opening written behind its prompt, the next token ends the number or is its fourth digit."""
        rows, dollars = choose(first)
        longer = [f"{prompts[row]}{opening}" for row, openings in zip(rows, dollars, strict=True) for opening in openings]
        listed = self._listed(longer, FOLLOWING) if longer else []
        answers = [
            following_rows(
                listed[at * ASKED : (at + 1) * ASKED],
                np.exp(first[row, dollars[at]], dtype=np.float64),
                self.settings.openai_min_mass,
            )
            for at, row in enumerate(rows)
        ]
        return go_on(first, rows, dollars, answers)

    def _listed(self, prompts: Sequence[str], logprobs: int) -> list[Listed]:
        return listed_tokens(self._ask(prompts, logprobs), len(prompts))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(self, prompts: Sequence[str], logprobs: int) -> object:
        """The answer, tried again after growing, jittered pauses, or those the endpoint asks for, until the deadline."""
        seconds = self.settings.openai_timeout
        until = time.monotonic() + seconds
        try:
            return self._retry.call(lambda: self._try(prompts, logprobs, until), seconds)
        except _TryAgainError as again:
            raise again.error from again

    def _try(self, prompts: Sequence[str], logprobs: int, until: float) -> object:
        late = DeadlineExceededError(f"the endpoint did not answer within {self.settings.openai_timeout:.0f} s")
        left = until - time.monotonic()
        if left <= 0:
            raise late
        body = {
            "model": self.settings.openai_model,
            "prompt": prompts[0] if len(prompts) == 1 else list(prompts),
            "max_tokens": 1,
            "temperature": 0,
            "logprobs": min(logprobs, self.settings.openai_logprobs),
        }
        try:
            with self._http.stream("POST", self.url, json=body, timeout=left) as response:
                raw = self._read(response, MAX_ANSWER * len(prompts), until, late)
        except httpx2.TimeoutException as exc:
            raise late from exc
        except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
            raise _TryAgainError(UnavailableError(f"the endpoint cannot be reached: {exc or type(exc).__name__}")) from exc
        if response.status_code != 200:
            raise refusal(response.status_code, raw, read_retry_after(response.headers.get("retry-after")))
        try:
            return json.loads(raw)
        except ValueError as exc:
            raise _TryAgainError(UnavailableError("the endpoint answered with something else than JSON")) from exc

    def _read(self, response: httpx2.Response, most: int, until: float, late: DeadlineExceededError) -> bytes:
        """The body. A trickle ends at the deadline; a silence within it may last as long as the timeout once more."""
        body = BoundedBody(most)
        try:
            for part in response.iter_bytes():
                body.add(part)
                if time.monotonic() > until:
                    raise late
        except AnswerTooLargeError as exc:
            raise UnavailableError(f"the endpoint {exc}") from exc
        return body.content()


def refusal(status: int, raw: bytes, retry_after: float | None) -> Exception:
    """What to raise for a status other than 200: with a further try or, where that cannot help, with what to check."""
    detail = f"the endpoint answered {status}: {' '.join(raw[:300].decode(errors='replace').split())}"
    if status not in RETRIED:
        settings = "check SPECIALIST_OPENAI_BASE_URL, _MODEL and _API_KEY, and that the endpoint allows SPECIALIST_OPENAI_LOGPROBS"
        return UnavailableError(f"{detail}; {settings} (vLLM: --max-logprobs)")
    error = OverloadedError(detail) if status == 429 else UnavailableError(detail)
    error.retry_after = error.retry_after if retry_after is None else retry_after
    return _TryAgainError(error, retry_after)


def cutter(tokenizer: str, max_text_tokens: int) -> Callable[[str], str]:
    """What cuts a text: after so many tokens of a tokenizer.json where one is given, else after 4 characters for each token."""
    if not tokenizer:
        return lambda text: tidy(text)[: CHARS_PER_TOKEN * max_text_tokens]
    from tokenizers import Tokenizer

    try:
        loaded = Tokenizer.from_file(tokenizer)
    except Exception as exc:
        raise ArtifactError(f"SPECIALIST_OPENAI_TOKENIZER={tokenizer} is no tokenizer.json: {exc}") from exc
    loaded.no_truncation()

    def cut(text: str) -> str:
        bounded = tidy(text)[: 2 * CHARS_PER_TOKEN * max_text_tokens]
        offsets = loaded.encode(bounded, add_special_tokens=False).offsets
        return bounded[: offsets[max_text_tokens - 1][1]] if len(offsets) > max_text_tokens else bounded

    return cut
