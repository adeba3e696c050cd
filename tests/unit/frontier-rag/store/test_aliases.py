"""Aliases: what is switched, what is deleted and when."""

import asyncio
import time

from frontier_rag.store.aliases import STRAY_SECONDS, AliasRecord, is_bundled, is_version, sweep, switch
from tests.unit.frontier_rag_place import MemoryPlace, place_with

A, B, C = "products-aaaaaaaaaaaa", "products-bbbbbbbbbbbb", "products-cccccccccccc"
BUNDLED = "products-2026-11-21.3fa94c-0a1b2c"


def switched(place: MemoryPlace, *names: str, grace: float = 0.0) -> MemoryPlace:
    for name in names:
        asyncio.run(switch(place, "products", name, grace))
    return place


def swept(place: MemoryPlace) -> list[str]:
    return asyncio.run(sweep(place, "products"))


def test_the_version_before_is_deleted_after_the_grace_period_and_not_before() -> None:
    place = switched(place_with(A, B), A, B, grace=60)
    assert swept(place) == []
    place.aliases["products"] = AliasRecord(B, {A: time.time() - 1})
    assert swept(place) == [A]
    assert place.aliases["products"] == AliasRecord(B)
    assert list(place.stores) == [B]


def test_the_one_in_use_is_never_deleted_even_when_its_time_had_come() -> None:
    place = place_with(A, B)
    place.aliases["products"] = AliasRecord(A, {A: 0.0, B: 0.0})
    assert swept(place) == [B]
    assert list(place.stores) == [A]


def test_switching_back_takes_a_version_off_the_list() -> None:
    place = switched(place_with(A, B), A, B, A)
    assert place.aliases["products"].collection == A
    assert swept(place) == [B]


def test_what_somebody_has_open_is_left_and_deleted_later() -> None:
    place = switched(place_with(A, B), A, B)
    place.in_use.add(A)
    assert swept(place) == []
    place.in_use.clear()
    assert swept(place) == [A]


def test_a_version_that_no_alias_ever_named_is_deleted_after_a_day() -> None:
    place = switched(place_with(A, C, BUNDLED), A)
    assert swept(place) == []
    expiries = place.aliases["products"].expiries
    assert set(expiries) == {C, BUNDLED}
    assert all(until > time.time() + STRAY_SECONDS - 60 for until in expiries.values())
    assert swept(place) == []
    place.aliases["products"] = AliasRecord(A, dict.fromkeys(expiries, 0.0))
    assert sorted(swept(place)) == sorted([C, BUNDLED])


def test_collections_of_others_are_let_alone() -> None:
    place = place_with(A, "mine", "products-2-aaaaaaaaaaaa", "products-old")
    place.aliases["products"] = AliasRecord(A, {"mine": 0.0})
    assert swept(place) == []
    assert len(place.stores) == 4


def test_without_an_alias_nothing_is_deleted() -> None:
    assert swept(place_with(A)) == []


class SwitchedMeanwhile(MemoryPlace):
    """Another indexer switches back to A between the first look at the alias and the second."""

    looks = 0

    async def alias(self, name: str) -> AliasRecord | None:
        self.looks += 1
        return AliasRecord(B, {A: 0.0}) if self.looks == 1 else AliasRecord(A, {B: 0.0})


def test_a_version_that_was_taken_back_into_use_meanwhile_is_not_deleted() -> None:
    place = SwitchedMeanwhile(place_with(A, B).stores)
    assert swept(place) == []
    assert place.aliases == {}  # nor is the other indexer's record overwritten


def test_names_tell_versions_from_other_collections() -> None:
    assert is_version("products", A)
    assert is_version("products", BUNDLED)
    assert is_bundled(BUNDLED)
    assert not is_bundled(A)
    assert not is_version("prod.cts", A)
    assert not is_version("products", "products-aaaaaaaaaaaa-x")


def test_a_record_is_read_as_it_was_written_and_anything_else_is_none() -> None:
    record = AliasRecord(A, {B: 1.5})
    assert AliasRecord.from_json(record.to_json()) == record
    assert AliasRecord.from_json({"collection": A, "expiries": ["x"]}) == AliasRecord(A)
    for other in (None, [], "x", {}, {"collection": 1}):
        assert AliasRecord.from_json(other) is None
