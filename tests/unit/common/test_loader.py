"""Loading beside the event loop: what is retried and what is not."""

import asyncio

import pytest

from common.errors import ArtifactError, OverloadedError, PricingAgentError, UnavailableError
from common.loader import Loader


class Part:
    """Fails with each of the errors, then is there."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.tries = list(errors), 0

    async def load(self) -> str:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        return "loaded"


async def after_loading(part: Part, tries: int) -> Loader[str]:
    loader = Loader("part", part.load, pause=0.0)
    loader.start()
    for _ in range(tries * 5):  # turns of the event loop
        await asyncio.sleep(0)
    await loader.stop()
    return loader


def test_a_peer_that_is_away_or_busy_at_first_is_tried_again() -> None:
    loader = asyncio.run(after_loading(Part(UnavailableError("away"), OverloadedError("busy")), 3))
    assert loader.get() == "loaded"
    assert asyncio.run(loader.missing()) == {}


@pytest.mark.parametrize("error", [ArtifactError("foreign"), ValueError("odd")])
def test_what_stays_wrong_is_tried_once_and_named(error: Exception) -> None:
    part = Part(error)
    loader = asyncio.run(after_loading(part, 1))
    assert part.tries == 1
    assert str(error) in asyncio.run(loader.missing())["part"]
    with pytest.raises(PricingAgentError, match=str(error)):
        loader.get()
