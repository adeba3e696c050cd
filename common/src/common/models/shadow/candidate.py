"""Who may be a candidate: another pricer at an address, one in place of a member of the ensemble, or a version of the own model."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from common.client import ServiceClient
from common.errors import UnavailableError
from common.models.model_store import checked_version
from common.pricing import BatchResponse, PricedItem, PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer

TIMEOUT = 30.0  # seconds for one call


class OpensVersion(Protocol):
    """Loads a version of the own model beside the one in use."""

    async def __call__(self, version: str, closing: AsyncExitStack) -> Pricer:
        """What it opens is closed with `closing`."""
        ...


@dataclass(frozen=True)
class Candidate:
    """`member`: the part of an answer that it is compared with; empty: the whole. `is_here`: it computes in this process."""

    name: str
    pricer: Pricer
    member: str = ""
    version: str = ""
    is_here: bool = False

    def live_price(self, answer: PriceResponse) -> tuple[float, float | None, str] | None:
        """What is compared: a price, its seconds where the answer tells them, and who said it; None where there is nothing."""
        if not self.member:
            return answer.price, None, answer.model
        own = next((each for each in answer.estimates if each.pricer == self.member), None)
        return (own.price, own.ms / 1000, own.model) if own else None


class HttpPricer:
    """A pricer over HTTP. UnavailableError where it answers something else than prices."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        """One result for each request."""
        items = [each.model_dump(mode="json", exclude_none=True) for each in requests]
        try:
            results = BatchResponse.model_validate(await self._client.post("/price/batch", {"items": items})).results
        except ValidationError as exc:
            raise UnavailableError("the candidate's answer is not that of POST /price/batch") from exc
        if len(results) != len(requests):
            raise UnavailableError(f"the candidate gave {len(results)} results for {len(requests)} items")
        return results


async def open_candidate(
    setting: str, closing: AsyncExitStack, opens: OpensVersion, keep: Callable[[Path], Awaitable[str]]
) -> Candidate:
    """What a service's SHADOW names: URL, MEMBER=URL, a version that is here or in the registry, or a folder, kept as a version."""
    member, place = _member_and_place(setting)
    if place.startswith(("http://", "https://")):
        client = ServiceClient("candidate", place, timeout=TIMEOUT)
        closing.push_async_callback(client.aclose)
        return Candidate(setting, HttpPricer(client), member)
    version = await keep(Path(place)) if "/" in place else checked_version(place)
    return Candidate(version, await opens(version, closing), version=version, is_here=True)


def _member_and_place(setting: str) -> tuple[str, str]:
    member, is_named, place = setting.partition("=")
    return (member.strip(), place.strip()) if is_named and "/" not in member and ":" not in member else ("", setting.strip())
