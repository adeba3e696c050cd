"""A caller who hangs up ends the work that was done for it."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from common.http.disconnect import CallerLeftError, while_connected


class Line:
    """A connection that says nothing until it is cut."""

    def __init__(self) -> None:
        self.is_cut = asyncio.Event()

    async def receive(self) -> Message:
        await self.is_cut.wait()
        return {"type": "http.disconnect"}

    def request(self) -> Request:
        return Request({"type": "http"}, self.receive)


def test_the_answer_of_finished_work_is_returned() -> None:
    async def case() -> None:
        assert await while_connected(Line().request(), asyncio.sleep(0, "answer")) == "answer"

    asyncio.run(case())


def test_an_error_of_the_work_is_raised() -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    async def case() -> None:
        with pytest.raises(ZeroDivisionError):
            await while_connected(Line().request(), broken())

    asyncio.run(case())


def test_work_for_a_caller_who_left_is_cancelled() -> None:
    ended = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def case() -> None:
        line = Line()
        asyncio.get_running_loop().call_soon(line.is_cut.set)
        with pytest.raises(CallerLeftError):
            await while_connected(line.request(), endless())
        await asyncio.sleep(0)

    asyncio.run(case())
    assert ended == ["cancelled"]


def test_cancelling_the_request_cancels_the_work() -> None:
    ended = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def case() -> None:
        task = asyncio.create_task(while_connected(Line().request(), endless()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)

    asyncio.run(case())
    assert ended == ["cancelled"]
