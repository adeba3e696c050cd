"""A deal that comes back when it is forgotten, and what it offered, or its alert, is not: it is one of its own."""

from pathlib import Path

import pytest

from tests.unit.scanner.intake.days import LINK, Days, over_days, told

BLENDER, LAMP = "Acme QX100 Blender", "Acme Lamp"  # the first names a product wherever it stands, the second in its entry alone


@pytest.mark.parametrize("title", [BLENDER, LAMP])
def test_it_is_remembered_and_told_at_its_price_of_now(tmp_path: Path, title: str) -> None:
    async def use(scanner: Days) -> None:
        assert await scanner.scan(told(f"{title} for $60", LINK), days=200) == (1, 1)
        await scanner.store.scans.prune(scanner.now)
        assert (await scanner.store.deals.page(None, 9)).items == []
        assert len(await scanner.store.outbox.unsent(9)) == 1  # no notifier has ever stored it
        assert await scanner.scan(told(f"{title} for $45", LINK, days=-200)) == (1, 1)
        (product,) = (await scanner.store.products.page("", None, "seen", cursor=None, limit=9)).items
        assert (product["lowest"], product["last"], product["offers"], product["told_price"]) == (45.0, 45.0, 2, 45.0)
        assert len({row.body for row in await scanner.store.outbox.unsent(9)}) == 2
        assert await scanner.scan(told(f"{title} for $45", LINK, days=-200)) == (0, 0)

    over_days(tmp_path, use)


def test_the_judge_is_told_what_it_cost_then(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(f"{BLENDER} for $60", LINK), days=200)
        await scanner.store.scans.prune(scanner.now)
        await scanner.scan(told(f"{BLENDER} for $45", LINK, days=-200))
        assert [[seen.price for seen in request.offer.seen] for call in scanner.judge.calls for request in call] == [[], [60.0]]

    over_days(tmp_path, use)


def test_what_a_person_decided_of_its_product_holds(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(f"{LAMP} for $60", LINK), days=200)
        (product,) = (await scanner.store.products.page("", None, "seen", cursor=None, limit=9)).items
        await scanner.store.products.decide(product["id"], {"muted": True})
        await scanner.store.scans.prune(scanner.now)
        assert await scanner.scan(told(f"{LAMP} for $45", LINK, days=-200)) == (1, 0)
        assert await scanner.listed() == [(45.0, "its product is muted")]

    over_days(tmp_path, use)
