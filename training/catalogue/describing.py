"""Has a text of each row of a catalogue written: by frontier-rag's POST /describe/batch, or by its describer in this process.

A row's details are its facts. Knows no files.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from pydantic import ValidationError

from common.client import ServiceClient
from common.errors import UnavailableError
from common.pricing import MAX_DESCRIPTION, MAX_TITLE, ItemError
from common.product_files.product_text import detail_pairs, details_of, squeeze, texts_of
from common.product_files.record import Record, Unreadable
from frontier_rag.app import load_pricer
from frontier_rag.describe.schemas import (
    MAX_FACTS,
    MAX_ITEMS,
    MAX_NAME,
    MAX_VALUE,
    DescribeBatchResponse,
    DescribedItem,
    DescribeRequest,
)
from frontier_rag.describe.service import Describer
from training.catalogue.asking import LOCAL, Asking, Sleep, patiently


@dataclass(frozen=True, slots=True)
class Text:
    """What became of one row: its text, who wrote it, and what the estimate's interval becomes by it. Empty where there is none."""

    described: str = ""
    written_by: str = ""
    narrowed: float | None = None


class Describes(Protocol):
    """Something that describes."""

    async def describe(self, requests: Sequence[DescribeRequest]) -> list[Text]:
        """One text for each request; PricingAgentError when the describer itself cannot answer."""
        ...

    async def aclose(self) -> None:
        """Give back what it holds."""
        ...


def told_by(row: Record | Unreadable) -> DescribeRequest | None:
    """What a row tells, as far as a request takes it; None where it tells nothing."""
    if isinstance(row, Unreadable):
        return None
    try:
        body = squeeze(" ".join((*texts_of(row.get("description")), *texts_of(row.get("features")))))[:MAX_DESCRIPTION]
        pairs = [(name.strip(), value) for name, value in detail_pairs(details_of(row.get("details")))]
        facts = {name: value for name, value in pairs if 0 < len(name) <= MAX_NAME and len(value) <= MAX_VALUE}
        title = squeeze(str(row.get("title") or ""))[:MAX_TITLE]
        kept = dict(list(facts.items())[:MAX_FACTS])
        return DescribeRequest(title=title or None, description=body or None, facts=kept)
    except (ValidationError, RecursionError):
        return None


def text_of(result: DescribedItem) -> Text:
    """A result of the describing API."""
    return Text() if isinstance(result, ItemError) else Text(result.text, result.written_by, result.narrowed)


class OverHttp:
    """frontier-rag behind a URL. An overloaded one is asked again; `sleep` is for tests."""

    def __init__(self, client: ServiceClient, retries: int, sleep: Sleep = asyncio.sleep) -> None:
        self.client, self.retries, self.sleep = client, retries, sleep

    async def describe(self, requests: Sequence[DescribeRequest]) -> list[Text]:
        """See Describes.describe."""
        parts = [requests[start : start + MAX_ITEMS] for start in range(0, len(requests), MAX_ITEMS)]
        return [text for part in parts for text in await patiently(partial(self._ask, part), self.retries, self.sleep)]

    async def aclose(self) -> None:
        """See Describes.aclose."""
        await self.client.aclose()

    async def _ask(self, requests: Sequence[DescribeRequest]) -> list[Text]:
        items = [each.model_dump(exclude_none=True) for each in requests]
        answered: Any = await self.client.post("/describe/batch", {"items": items})
        try:
            results = DescribeBatchResponse.model_validate(answered).results
        except ValidationError as exc:
            raise UnavailableError("the answer is not that of POST /describe/batch") from exc
        if len(results) != len(requests):
            raise UnavailableError(f"{len(results)} texts for {len(requests)} rows")
        return [text_of(result) for result in results]


class InProcess:
    """frontier-rag's describer, loaded here."""

    def __init__(self, describer: Describer) -> None:
        self.describer = describer

    async def describe(self, requests: Sequence[DescribeRequest]) -> list[Text]:
        """See Describes.describe."""
        return [text_of(result) for result in await self.describer.describe(requests)]

    async def aclose(self) -> None:
        """See Describes.aclose: the process holds it to its end."""


async def connect_describer(asking: Asking) -> Describes:
    """The describer that is meant."""
    if asking.describer == LOCAL:
        return InProcess(Describer(await load_pricer()))
    return OverHttp(ServiceClient("the describer", asking.describer, timeout=asking.seconds), asking.retries)


def is_describer(name: str) -> bool:
    """Whether a describer may be named so."""
    return name in ("", LOCAL) or name.startswith(("http://", "https://"))
