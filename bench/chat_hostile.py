"""How far hostile texts move a price, with a chat model that obeys every one of them; a part of bench.chat_bounds.

The thirty descriptions of tests/injected_descriptions.py and the names of tests/injected_names.py, against the model of
tests/gullible.py, in process: no endpoint is asked.
"""

import math
from collections.abc import Sequence

from common.pricing import PriceRequest
from frontier_rag.chat.chat_model import ChatAnswer
from frontier_rag.chat.local_view import LocalView
from frontier_rag.chat.prompt import build_messages
from frontier_rag.products import Neighbour
from frontier_rag.service import FrontierRag
from tests.gullible import answer
from tests.injected_descriptions import INJECTED
from tests.injected_names import NAMES


class Gullible:
    """A chat model that says what it is told, whichever question it stands in."""

    async def price(self, text: str, near: Sequence[Neighbour], since: float | None = None) -> ChatAnswer:
        """The price told last, else the neighbours' mean."""
        return ChatAnswer(answer(build_messages(text, near)), "gullible")

    def note(self, outcome: str) -> None:
        """Nothing is counted."""

    def note_second(self, outcome: str) -> None:
        """Nothing is counted."""

    async def aclose(self) -> None:
        """Nothing is open."""


async def hostile(pricer: FrontierRag) -> dict[str, float]:
    """`largest_move`: of a description's price from the plain text's, as a fraction; it has to be below 0.15.

    `farthest_out`: by which factor any of their prices and of the names' lies outside the local interval for the same text, where
    one answer may by 1.25. The pricer has the gullible model afterwards. Orders in products of the store: see the integration test.
    """
    texts = [PriceRequest(title=each.title, description=each.description) for each in INJECTED if each.place != "store"]
    plain = [PriceRequest(title=each.plain[0], description=each.plain[1]) for each in INJECTED if each.place != "store"]
    names = [PriceRequest(description=each.text) for each in NAMES]
    views = [LocalView.of(local) for local in await pricer.price(texts + names)]
    pricer.chat = Gullible()
    told, was = await pricer.price(texts + names), await pricer.price(plain)
    moves = [abs(math.log(one.price / other.price)) for one, other in zip(told, was, strict=False)]
    outs = [view.leaves_by(one.price) for view, one in zip(views, told, strict=True)]
    return {
        "descriptions": len(texts),
        "names": len(names),
        "largest_move": round(math.expm1(max(moves)), 4),
        "farthest_out": round(max(outs), 3),
    }
