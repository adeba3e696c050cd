"""Loading beside the event loop: what is retried and what is not."""

import asyncio
from dataclasses import replace

import pytest

from common.errors import ArtifactError, InvalidInputError, OverloadedError, PricingAgentError, UnavailableError
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


def test_files_that_are_replaced_meanwhile_are_looked_at_again() -> None:
    errors = [ArtifactError("sha256 differs"), UnavailableError("away"), FileNotFoundError("no file"), ArtifactError("missing")]
    loader = asyncio.run(after_loading(Part(*errors), 5))
    assert loader.get() == "loaded"


def test_pauses_grow_between_looks_at_files_and_it_says_what_is_missing() -> None:
    seconds = list[float]()
    loader = Loader("part", Part(*[ArtifactError(f"no file {number}") for number in range(9)]).load)

    async def asleep(pause: float) -> None:
        with pytest.raises(ArtifactError, match=f"no file {len(seconds)}"):
            loader.get()
        seconds.append(pause)

    loader._look_again = replace(loader._look_again, asleep=asleep)
    asyncio.run(loader._run())
    assert seconds == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0, 60.0]
    assert loader.get() == "loaded"


@pytest.mark.parametrize("error", [InvalidInputError("foreign"), ValueError("odd")])
def test_what_stays_wrong_is_tried_once_and_named(error: Exception) -> None:
    part = Part(error)
    loader = asyncio.run(after_loading(part, 1))
    assert part.tries == 1
    assert str(error) in asyncio.run(loader.missing())["part"]
    with pytest.raises(PricingAgentError, match=str(error)):
        loader.get()
