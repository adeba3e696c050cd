"""Describes products: reads what was told, has it written, keeps what is traceable, and estimates before and after.

Knows no web framework and no model: they come in through two ports.
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import structlog
from anyio import to_thread

from common.errors import InvalidInputError
from common.pricing import MAX_DESCRIPTION, ItemError, PriceRequest, PriceResponse
from common.problem import problem_of
from frontier_rag.chat.chat_error import ChatFailedError, degraded_by
from frontier_rag.chat.local_view import LEAST
from frontier_rag.describe import template
from frontier_rag.describe.fact import Fact
from frontier_rag.describe.form import Form, told_once
from frontier_rag.describe.reading import LeftOut, Product, Reading, read
from frontier_rag.describe.schemas import (
    DescribedItem,
    DescribeRequest,
    Description,
    FactFound,
    Interval,
    Specification,
    TextForm,
    Unsaid,
)
from frontier_rag.describe.writing import Checked, Writes, checked

TEMPLATE, CHAT = "template", "chat"
NOTHING = "nothing in it describes a product"


@runtime_checkable
class EstimatesLocally(Protocol):
    """A pricer that can answer without a chat model, and may have one that writes."""

    writer: Writes | None

    async def estimate(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        """One response for each request."""
        ...


@dataclass(frozen=True)
class _Written:
    """A text, who wrote it, what of a draft was refused and why no chat model wrote."""

    reading: Reading
    form: Form
    by: str = TEMPLATE
    refused: Sequence[LeftOut] = ()
    degraded: Sequence[str] = ()


class Describer:
    """Describes by `pricer` and its writer."""

    def __init__(self, pricer: EstimatesLocally) -> None:
        self.pricer = pricer

    async def describe(self, requests: Sequence[DescribeRequest]) -> list[DescribedItem]:
        """One result for each request."""
        readings = [await to_thread.run_sync(_read, request) for request in requests]
        told = [at for at, reading in enumerate(readings) if not reading.is_empty]
        written = await asyncio.gather(*(self._write(readings[at]) for at in told))
        before = [request_before(requests[at]) for at in told]
        after = [request_after(requests[at], each) for at, each in zip(told, written, strict=True)]
        estimates = await self.pricer.estimate([*before, *after]) if told else []
        pairs = zip(written, after, estimates[: len(told)], estimates[len(told) :], strict=True)
        described = dict(zip(told, (_described(*each) for each in pairs), strict=True))
        return [described.get(at) or _nothing(request) for at, request in enumerate(requests)]

    async def _write(self, reading: Reading) -> _Written:
        """By the chat model, where there is one and something of what it says stands; else by the template."""
        plain = await to_thread.run_sync(template.write, reading)
        writer = self.pricer.writer
        if writer is None:
            return _Written(reading, plain)
        try:
            draft, model = await writer.write(reading)
            found = await to_thread.run_sync(checked, draft, reading.known, plain)
            if not found.is_used:
                return _refused(reading, found, writer)
        except ChatFailedError as exc:
            writer.note(exc.reason)
            structlog.get_logger().warning("chat_text_not_used", reason=exc.reason, why=str(exc))
            return _Written(reading, plain, degraded=[degraded_by(exc)])
        writer.note(CHAT)
        return _Written(reading, found.form, model, found.refused)


def _read(request: DescribeRequest) -> Reading:
    return read(Product(request.title or "", request.description or "", request.facts))


def _refused(reading: Reading, found: Checked, writer: Writes) -> _Written:
    """The template's text, where no sentence of a draft stands."""
    error = ChatFailedError("untraceable", "no sentence of the draft stands in the input")
    writer.note(error.reason)
    return _Written(reading, found.form, TEMPLATE, found.refused, [degraded_by(error)])


def _nothing(request: DescribeRequest) -> ItemError:
    return ItemError(error=problem_of(InvalidInputError(NOTHING, "description" if request.title is None else "title")))


def request_before(request: DescribeRequest) -> PriceRequest:
    """What is estimated of the input: title and description, without the facts."""
    description = request.description or request.title or ""
    return PriceRequest(description=description, title=request.title if request.description else None, category=request.category)


def request_after(request: DescribeRequest, written: _Written) -> PriceRequest:
    """What is estimated of the text: each thing said once, in the form that pricers are trained on. Where it says nothing, as of a
    number alone, the input stays.
    """
    name, form = written.reading.name, written.form
    text = told_once(name, form)[:MAX_DESCRIPTION].strip()
    if not text and not name:
        return request_before(request)
    return PriceRequest(description=text or name, title=(name or None) if text else None, category=request.category)


def _described(written: _Written, item: PriceRequest, before: PriceResponse, after: PriceResponse) -> Description:
    reading, form = written.reading, written.form
    return Description(
        title=reading.name or None,
        text=form.text,
        form=TextForm(
            what=list(form.what),
            specifications=[Specification(name=name, value=value) for name, value in form.specifications],
            in_the_box=list(form.in_the_box),
            not_included=list(form.not_included),
        ),
        facts=[_found(fact) for fact in reading.facts],
        left_out=_unsaid(reading.left_out),
        refused=_unsaid(written.refused),
        written_by=written.by,
        degraded=list(written.degraded),
        item=item,
        before=_interval(before),
        after=_interval(after),
        narrowed=round(_width(after) / max(_width(before), 1e-9), 4),
        model=after.model,
    )


def _found(fact: Fact) -> FactFound:
    return FactFound(name=fact.name, value=fact.value, where=fact.where, start=fact.start, end=fact.end, key=fact.key or None)


def _unsaid(left_out: Sequence[LeftOut]) -> list[Unsaid]:
    return [Unsaid(words=each.words, why=each.why) for each in left_out]


def _interval(response: PriceResponse) -> Interval:
    return Interval(price=response.price, low=response.low, high=response.high, known=response.known)


def _width(response: PriceResponse) -> float:
    """ln(high / low)."""
    low = max(response.low, LEAST)
    return math.log(max(response.high, low) / low)
