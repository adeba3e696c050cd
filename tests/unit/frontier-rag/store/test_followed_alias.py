"""The store that follows an alias."""

import asyncio

import numpy as np
import pytest

from common.errors import ArtifactError, UnavailableError
from frontier_rag.store.aliases import AliasRecord
from frontier_rag.store.followed_alias import FollowedAlias, open_followed
from tests.unit.frontier_rag_place import MemoryPlace, place_with
from tests.waiting import eventually

QUESTION = np.zeros((1, 2), np.float32)


def place_of(*names: str) -> MemoryPlace:
    """Collections of which the alias names the first."""
    place = place_with(*names)
    place.aliases["products"] = AliasRecord(names[0])
    return place


async def answer(followed: FollowedAlias) -> str:
    return (await followed.nearest(["lamp"], QUESTION, 1))[0][0].product.title


def test_a_switch_is_followed_without_being_told_and_the_new_one_is_tried_first() -> None:
    async def run() -> None:
        place = place_of("old", "new")
        followed = await open_followed(place, "products", "e", pause=0.005)
        assert await answer(followed) == "old"
        place.aliases["products"] = AliasRecord("new")
        await eventually(lambda: followed.collection == "new")
        assert await answer(followed) == "new"
        assert (await followed.nearest_of("Tools", "lamp", QUESTION[0], 1))[0].product.title == "new"
        assert place.stores["new"].checks == 1
        await eventually(lambda: place.stores["old"].is_closed)
        await followed.aclose()
        assert place.stores["new"].is_closed
        assert place.is_closed

    asyncio.run(run())


def test_a_request_under_way_ends_on_the_old_collection_before_that_is_closed() -> None:
    async def run() -> None:
        place = place_of("old", "new")
        old, asked, go_on = place.stores["old"], asyncio.Event(), asyncio.Event()
        followed = await open_followed(place, "products", "e", pause=0.005)
        plain = old.nearest

        async def slow(*question: object) -> object:
            asked.set()
            await go_on.wait()
            return await plain(*question)  # type: ignore[arg-type]

        old.nearest = slow  # type: ignore[method-assign, assignment]
        request = asyncio.create_task(answer(followed))
        await asked.wait()
        place.aliases["products"] = AliasRecord("new")
        await eventually(lambda: followed.collection == "new")
        await asyncio.sleep(0.02)
        assert not old.is_closed
        go_on.set()
        assert await request == "old"
        await eventually(lambda: old.is_closed)
        await followed.aclose()

    asyncio.run(run())


def test_a_collection_that_was_deleted_before_the_switch_was_seen_costs_no_request() -> None:
    async def run() -> None:
        place = place_of("old", "new")
        followed = await open_followed(place, "products", "e", pause=60)
        place.aliases["products"] = AliasRecord("new")
        await place.delete("old")
        assert await answer(followed) == "new"
        await followed.aclose()

    asyncio.run(run())


@pytest.mark.parametrize("wrong", ["missing", "damaged", "no alias can be read"])
def test_what_cannot_be_opened_is_not_followed_and_the_one_in_use_goes_on(wrong: str) -> None:
    async def run() -> None:
        place = place_of("old", "new")
        followed = await open_followed(place, "products", "e", pause=0.002)
        if wrong == "missing":
            place.aliases["products"] = AliasRecord("nowhere")
        elif wrong == "damaged":
            place.stores["new"].damage = ArtifactError("damaged")
            place.aliases["products"] = AliasRecord("new")
        else:
            place.failure = UnavailableError("away")
        await asyncio.sleep(0.05)
        assert await answer(followed) == "old"
        assert not place.stores["old"].is_closed
        assert place.stores["new"].is_closed is (wrong == "damaged")
        place.failure, place.stores["new"].damage, place.stores["new"].is_closed = None, None, False
        place.aliases["products"] = AliasRecord("new")
        await eventually(lambda: followed.collection == "new")
        await followed.aclose()

    asyncio.run(run())


def test_a_collections_own_name_will_do_for_an_alias() -> None:
    async def run() -> str:
        followed = await open_followed(place_with("mine"), "mine", "e")
        found = await answer(followed)
        await followed.aclose()
        return found

    assert asyncio.run(run()) == "mine"


def test_without_the_collection_it_does_not_start_and_names_the_command() -> None:
    place = MemoryPlace()
    with pytest.raises(UnavailableError, match=r"mine is not there or not complete; make it with: .*frontier_rag_index .* mine"):
        asyncio.run(open_followed(place, "mine", "e"))
    assert place.is_closed
    with pytest.raises(UnavailableError, match="no collection"):
        asyncio.run(FollowedAlias(place, "mine", "e").nearest(["lamp"], QUESTION, 1))
