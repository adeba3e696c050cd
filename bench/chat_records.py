"""Recorded answers of chat models with what the local side says to the same products; a part of bench.chat_bounds.

No chat model is asked. `llm` in deals-market is a large model's price for a deal's bare name; `specialist_8b` in products-dev is a
fine-tuned 8B's for a description. Knows no bounds.
"""

import hashlib
import json
import lzma
import math
import os
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.pricing import PriceRequest
from frontier_rag.app import load_pricer
from frontier_rag.chat.local_view import LocalView
from frontier_rag.service import FrontierRag
from frontier_rag.settings import Settings
from training.evaluation.evaluation_file import Rejects, read, request_of

DEALS, DEV = "deals-market.jsonl.xz", "products-dev.jsonl.xz"
KEY_WORDS = 2  # of a name, brand and line: what keeps a product and its variants in one half


@dataclass(frozen=True)
class Said:
    """What a chat model said to a request, and what the product costs; dollars. `source`: deals or dev."""

    source: str
    request: PriceRequest
    said: float
    truth: float


@dataclass(frozen=True)
class Record:
    """The same with the local side's view. `told`: the request's text."""

    source: str
    told: str
    said: float
    truth: float
    local: LocalView

    @property
    def is_fitted_on(self) -> bool:
        """Whether it is of the half on which figures are fitted; products do not straddle."""
        key = " ".join(re.findall(r"\w+", self.told.lower())[:KEY_WORDS])
        return hashlib.blake2b(key.encode(), digest_size=1).digest()[0] % 2 == 0

    def error(self, price: float) -> float:
        """|ln(price / truth)|."""
        return abs(math.log(price / self.truth))


def read_said(folder: Path) -> list[Said]:
    """All recorded answers in the shared data."""
    with lzma.open(folder / DEALS, "rt", encoding="utf-8") as lines:
        deals: list[dict[str, Any]] = [json.loads(line) for line in lines]
    said = [
        Said("deals", PriceRequest(description=each["subject"]), float(each["llm"]), float(each["market_price"]))
        for each in deals
        if each.get("llm")
    ]
    dev = [(row, row.extra.get("specialist_8b")) for row in read(folder / DEV, Rejects())]
    return said + [Said("dev", request_of(row), float(price), row.price) for row, price in dev if price and row.price]


@asynccontextmanager
async def local_pricer() -> AsyncIterator[FrontierRag]:
    """The pricer without a chat model, with the bundled products in a store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAR_DIR"] = folder
        pricer = await load_pricer(Settings(chat_endpoints="", openai_api_key=None, openai_base_url=None, collection=""))
        try:
            yield pricer
        finally:
            await pricer.aclose()


async def with_local(pricer: FrontierRag, said: Sequence[Said]) -> list[Record]:
    """Beside each recorded answer what the local side says."""
    answers = await pricer.price([each.request for each in said])
    return [
        Record(each.source, each.request.text, each.said, each.truth, LocalView.of(answer))
        for each, answer in zip(said, answers, strict=True)
    ]
