"""Another version of a model takes the former one's place while requests are answered, or does not and says why."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from common.errors import ArtifactError, ConflictError, InvalidInputError, NotFoundError
from common.models.model_store import CHOSEN
from common.models.reloader import Reloader
from common.pricing import PriceRequest, PriceResponse
from tests.unit.common.models.kept_models import NAME, OnePrice, make, reloader_over

ASKED = [PriceRequest(description="a lamp")]
pytestmark = pytest.mark.anyio


async def said(reloader: Reloader) -> float:
    (answer,) = await reloader.live.price(ASKED)
    assert isinstance(answer, PriceResponse)
    return answer.price


async def started(home: Path, price: float = 10.0) -> tuple[Reloader, str]:
    version = make(home / "artifacts" / NAME, price)
    reloader = reloader_over(home)
    await reloader.first()
    await settled(reloader)
    return reloader, version


async def settled(reloader: Reloader) -> None:
    for _ in range(500):
        if not len(reloader._closing):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("still at work after 5 s")


async def test_what_was_made_anew_answers_after_a_reload_and_the_former_is_closed(home: Path) -> None:
    reloader, before = await started(home)
    former = reloader.pricer()
    after = make(home / "artifacts" / NAME, 20.0)
    attempt = await reloader.reload()
    assert (attempt.outcome, attempt.model, await said(reloader)) == ("taken", f"{NAME}@{after}", 20.0)
    await settled(reloader)
    assert isinstance(former, OnePrice)
    assert not former.is_open
    assert reloader.outside.store.choice(NAME).former == before
    await reloader.aclose()


async def test_a_request_that_is_under_way_ends_on_the_model_that_it_began_on(home: Path) -> None:
    reloader, _ = await started(home)
    former = reloader.pricer()
    assert isinstance(former, OnePrice)
    former.held.clear()
    waiting = asyncio.create_task(reloader.live.price(ASKED))
    await asyncio.sleep(0)
    make(home / "artifacts" / NAME, 20.0)
    await reloader.reload()
    await asyncio.sleep(0.2)
    assert former.is_open
    former.held.set()
    (answer,) = await waiting
    assert isinstance(answer, PriceResponse)
    assert (answer.price, await said(reloader)) == (10.0, 20.0)
    await settled(reloader)
    assert not former.is_open
    await reloader.aclose()


async def test_the_same_files_are_not_loaded_again(home: Path) -> None:
    reloader, _ = await started(home)
    former = reloader.pricer()
    assert (await reloader.reload()).outcome == "unchanged"
    assert reloader.pricer() is former
    await reloader.aclose()


async def test_a_damaged_artifact_is_refused_and_told(home: Path) -> None:
    reloader, before = await started(home)
    make(home / "artifacts" / NAME, 20.0)
    (home / "artifacts" / NAME / "price.json").write_text("21.0")
    with pytest.raises(ArtifactError, match="is not the file that training wrote"):
        await reloader.reload()
    assert await said(reloader) == 10.0
    (advice,) = reloader.advice()
    assert "sha256 differs" in advice.says
    assert reloader.versions() == {NAME: before}
    (told,) = [each for each in reloader.outside.log.entries.after(None)[0] if each.event == "model_refused"]
    assert told.text.startswith(f"Stays with {NAME}@{before}")
    assert reloader.outside.metrics.reloads.labels("refused")._value.get() == 1
    make(home / "artifacts" / NAME, 22.0)
    await reloader.reload()
    assert reloader.advice() == []
    await reloader.aclose()


@pytest.mark.parametrize("amount", [0.0, -3.0, 1e9, float("nan"), float("inf")])
async def test_a_model_that_says_no_price_is_refused(home: Path, amount: float) -> None:
    reloader, _ = await started(home)
    make(home / "artifacts" / NAME, amount)
    with pytest.raises(ArtifactError, match="the canary is wrong for 6 of 6 texts"):
        await reloader.reload()
    assert await said(reloader) == 10.0
    await reloader.aclose()


async def test_a_model_that_says_something_else_than_when_it_was_made_is_refused(home: Path) -> None:
    reloader, _ = await started(home)
    example = {"description": "a lamp", "price": 20.0}
    make(home / "artifacts" / NAME, 23.0, canary={"tolerance": 0.1, "examples": [example]})
    with pytest.raises(ArtifactError, match=r"a lamp: \$23.00, and it was \$20.00"):
        await reloader.reload()
    make(home / "artifacts" / NAME, 21.0, canary={"tolerance": 0.1, "examples": [example]})
    assert (await reloader.reload()).outcome == "taken"
    await reloader.aclose()


async def test_a_model_that_cannot_be_loaded_at_all_is_refused(home: Path) -> None:
    reloader, _ = await started(home)
    make(home / "artifacts" / NAME, 20.0)

    async def explode(_: object) -> None:
        raise RuntimeError("no memory")

    reloader._open = explode  # type: ignore[assignment]
    with pytest.raises(ArtifactError, match="no memory"):
        await reloader.reload()
    assert await said(reloader) == 10.0
    await reloader.aclose()


async def test_a_version_is_chosen_kept_through_a_start_and_gone_back_from(home: Path) -> None:
    reloader, delivered = await started(home)
    other = reloader.outside.store.keep(NAME, made_elsewhere(home, 30.0))
    await reloader.reload(None, other)
    assert (await said(reloader), reloader.version) == (30.0, other)
    await reloader.aclose()

    again = reloader_over(home)
    await again.first()
    assert again.version == other
    assert (await again.roll_back()).outcome == "taken"
    assert (await said(again), again.version) == (10.0, delivered)
    await again.roll_back()
    assert again.version == other
    await settled(again)
    await again.aclose()


async def test_one_goes_back_to_what_lay_in_the_same_place_before(home: Path) -> None:
    reloader, before = await started(home)
    make(home / "artifacts" / NAME, 20.0)
    await reloader.reload()
    await reloader.roll_back()
    assert (await said(reloader), reloader.version) == (10.0, before)
    await settled(reloader)
    await reloader.aclose()


async def test_what_is_made_anew_beside_a_chosen_version_is_told(home: Path) -> None:
    reloader, _ = await started(home)
    chosen = reloader.outside.store.keep(NAME, made_elsewhere(home, 30.0))
    assert (await reloader.reload(NAME, chosen)).why == ""
    made = make(home / "artifacts" / NAME, 40.0)
    attempt = await reloader.reload()
    assert (attempt.outcome, await said(reloader)) == ("unchanged", 30.0)
    assert all(each in attempt.why for each in (chosen, made))
    assert (await reloader.reload(NAME, made)).outcome == "taken"
    assert (await reloader.reload()).why == ""
    await settled(reloader)
    await reloader.aclose()


async def test_a_version_that_fails_its_canary_is_not_chosen(home: Path) -> None:
    reloader, _ = await started(home)
    other = reloader.outside.store.keep(NAME, made_elsewhere(home, 1e9))
    with pytest.raises(ArtifactError):
        await reloader.reload(NAME, other)
    assert reloader.outside.store.choice(NAME).version is None
    await reloader.aclose()


async def test_without_a_former_version_or_one_of_that_name_there_is_no_way(home: Path) -> None:
    reloader, _ = await started(home)
    with pytest.raises(NotFoundError, match="no version of random-forest was in use before"):
        await reloader.roll_back()
    with pytest.raises(NotFoundError, match="is not here"):
        await reloader.reload(NAME, "2020-01-01.abcdef")
    for artifact in ("judge", "../up"):
        with pytest.raises(NotFoundError, match="stands on random-forest"):
            await reloader.reload(artifact, "2020-01-01.abcdef")
    for version in ("../../etc", "2020-01-01.abcdef/.."):
        with pytest.raises(InvalidInputError):
            await reloader.reload(NAME, version)
    await reloader.aclose()


async def test_one_reload_at_a_time(home: Path) -> None:
    reloader, _ = await started(home)
    make(home / "artifacts" / NAME, 20.0)
    first = asyncio.create_task(reloader.reload())
    await asyncio.sleep(0)
    with pytest.raises(ConflictError):
        await reloader.reload()
    assert (await first).outcome == "taken"
    await settled(reloader)
    await reloader.aclose()


async def test_a_missing_version_is_fetched(home: Path) -> None:
    reloader, _ = await started(home)
    elsewhere = made_elsewhere(home, 30.0)
    version = json.loads((elsewhere / "meta.json").read_text())["version"]

    async def pull(name: str, _: str) -> None:
        reloader.outside.store.keep(name, elsewhere)

    reloader.outside.pull = pull
    assert (await reloader.reload(NAME, version)).outcome == "taken"
    await settled(reloader)
    await reloader.aclose()


async def test_while_a_version_is_fetched_one_may_go_back_to_another(home: Path) -> None:
    reloader, before = await started(home)
    make(home / "artifacts" / NAME, 20.0)
    await reloader.reload()
    elsewhere, begun, may = made_elsewhere(home, 30.0), asyncio.Event(), asyncio.Event()
    version = json.loads((elsewhere / "meta.json").read_text())["version"]

    async def pull(name: str, _: str) -> None:
        begun.set()
        await may.wait()
        reloader.outside.store.keep(name, elsewhere)

    reloader.outside.pull = pull
    fetching = asyncio.create_task(reloader.reload(NAME, version))
    await begun.wait()
    assert (await reloader.roll_back()).model == f"{NAME}@{before}"
    may.set()
    assert (await fetching).model == f"{NAME}@{version}"
    assert reloader.outside.store.choice(NAME).former == before
    await settled(reloader)
    await reloader.aclose()


async def test_one_that_prices_beside_stays_however_many_are_kept(home: Path) -> None:
    reloader, _ = await started(home)
    store, others = reloader.outside.store, [made_elsewhere(home, 30.0 + number) for number in range(8)]
    beside = store.keep(NAME, others.pop())
    async with AsyncExitStack() as closing:
        await reloader.open_beside(beside, closing)
        for folder in others:
            store.keep(NAME, folder)
        assert (await reloader.reload(NAME, beside)).outcome == "taken"
    await settled(reloader)
    await reloader.aclose()


async def test_where_nothing_can_be_written_the_one_in_use_stays(home: Path) -> None:
    reloader, _ = await started(home)
    other = reloader.outside.store.keep(NAME, made_elsewhere(home, 30.0))
    (home / "var" / "models" / NAME / CHOSEN).mkdir()  # in the way
    with pytest.raises(ArtifactError, match="it cannot be written down"):
        await reloader.reload(NAME, other)
    assert await said(reloader) == 10.0
    await reloader.aclose()


def made_elsewhere(home: Path, price: float) -> Path:
    folder = home / f"runs-{price}"
    make(folder, price)
    return folder
