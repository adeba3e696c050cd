"""Turns: so many at once, and who gets none in time goes without."""

import asyncio

import pytest

from common.errors import UnavailableError
from common.pricing_api.turns import Turns


def test_who_gets_no_turn_in_time_is_told_and_the_next_gets_one() -> None:
    async def scenario() -> None:
        turns = Turns(1, 0.01)
        async with turns.turn():
            with pytest.raises(UnavailableError, match="1 commands"):
                async with turns.turn():
                    raise AssertionError("two at once")
        async with turns.turn():
            pass

    asyncio.run(scenario())


def test_a_turn_comes_back_from_who_fails_or_is_cancelled_while_it_waits() -> None:
    async def take(turns: Turns) -> None:
        async with turns.turn():
            raise KeyError("x")

    async def scenario() -> None:
        turns = Turns(1, 20.0)
        async with turns.turn():
            waiting = asyncio.create_task(take(turns))
            await asyncio.sleep(0)
            waiting.cancel()
        for _ in range(2):
            with pytest.raises(KeyError, match="x"):
                await take(turns)

    asyncio.run(scenario())
