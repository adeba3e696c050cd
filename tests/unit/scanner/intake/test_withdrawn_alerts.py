"""An alert that may not have gone out is withdrawn or put right when its entry's price changes: what the outbox then holds."""

from datetime import timedelta
from pathlib import Path

from common.deals import Opportunity
from scanner.deal_data import OutboxRow
from tests.unit.scanner.fakes import NOW, item
from tests.unit.scanner.intake.days import DRILL, LINK, A, Days, over_days, told


def read(rows: list[OutboxRow]) -> list[Opportunity]:
    return [Opportunity.model_validate_json(row.body) for row in rows]


async def waiting(scanner: Days) -> list[tuple[float, int, str | None]]:
    """Price, revision, and why it is withdrawn, of what is yet to be published."""
    return [(each.deal.price, each.revision, each.withdrawn) for each in read(await scanner.store.outbox.unsent(50))]


async def publish(scanner: Days) -> None:
    """All that waits goes into the stream, and no notifier has stored it yet."""
    rows = await scanner.store.outbox.unsent(50)
    await scanner.store.outbox.mark_appended([(row.id, f"{row.id}-0") for row in rows], scanner.now)


def test_a_price_that_rises_withdraws_the_alert_that_waits(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        (first,) = read(await scanner.store.outbox.unsent(50))
        await scanner.scan(told("Acme Drill for $70", LINK))
        (revised,) = read(await scanner.store.outbox.unsent(50))  # the first is not published any more
        assert (revised.id, revised.created, revised.revision) == (first.id, first.created, 1)
        assert revised.withdrawn == "its price is 70.00 USD now"
        await scanner.scan(told("Acme Drill for $75", LINK))
        assert len(await scanner.store.outbox.unsent(50)) == 1

    over_days(tmp_path, use)


def test_what_is_in_the_stream_already_is_withdrawn_by_a_row_of_its_own(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        await publish(scanner)
        await scanner.scan(told("Acme Drill: price in the cart", LINK))
        assert await waiting(scanner) == [(60.0, 1, "no price is told now")]
        (open_row,) = await scanner.store.outbox.appended(0, 50)
        await publish(scanner)
        first, revision = await scanner.store.outbox.appended(0, 50)
        assert first == open_row
        assert (len(revision.opportunity), revision.opportunity != first.opportunity) == (36, True)  # reported by itself

    over_days(tmp_path, use)


def test_a_lower_price_that_is_no_alert_itself_takes_the_place_of_the_alert(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        await publish(scanner)
        assert await scanner.scan(told("Acme Drill for $59", LINK)) == (1, 0)
        assert await waiting(scanner) == [(59.0, 1, None)]
        (revised,) = read(await scanner.store.outbox.unsent(50))
        assert (revised.deal.title, revised.discount, revised.why_not) == ("Acme Drill for $59", 141.0, None)
        await publish(scanner)
        assert await scanner.scan(told("Acme Drill for $59", LINK)) == (0, 0)
        assert await waiting(scanner) == []

    over_days(tmp_path, use)


def test_a_new_low_is_told_by_itself_and_ends_the_former(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        await publish(scanner)
        assert await scanner.scan(told("Acme Drill for $40", LINK)) == (1, 1)
        assert await waiting(scanner) == [(40.0, 0, None), (60.0, 1, "its price is 40.00 USD now, which is told by itself")]
        await publish(scanner)
        await scanner.scan(told("Acme Drill for $39", LINK))  # belongs to the second alert alone
        assert await waiting(scanner) == [(39.0, 1, None)]

    over_days(tmp_path, use)


def test_a_price_that_comes_back_is_told_again_where_it_was_withdrawn_before_it_went_out(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        for price, revised in ((60, (60.0, 0, None)), (80, (60.0, 1, "its price is 80.00 USD now")), (60, (60.0, 2, None))):
            await scanner.scan(told(f"Acme Drill for ${price}", LINK))
            assert await waiting(scanner) == [revised]
            await publish(scanner)
        await scanner.scan(told("Acme Drill for $61", LINK))
        assert await waiting(scanner) == [(60.0, 3, "its price is 61.00 USD now")]

    over_days(tmp_path, use)


def test_a_lower_price_of_another_condition_or_that_is_not_sound_withdraws_too(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told("Acme Drill for $60", LINK), told("Acme Saw for $60", f"{LINK}/saw"))
        await publish(scanner)
        await scanner.scan(told("Acme Drill, used, for $58", LINK), told("Acme Saw for $1", f"{LINK}/saw"))
        found = await waiting(scanner)
        assert found[0] == (60.0, 1, "its price is 58.00 USD now, used")
        assert (60.0, 1, "its price is 1.00 USD now") in found  # too good to be believed

    over_days(tmp_path, use)


def test_an_alert_whose_deal_is_said_to_be_over_is_withdrawn_once(tmp_path: Path) -> None:
    def expires(days: float) -> str:
        return f"<dealnews:expires>{(NOW + timedelta(days=days)).isoformat()}</dealnews:expires>"

    async def use(scanner: Days) -> None:
        await scanner.scan(item(DRILL), feed=A)
        await publish(scanner)
        await scanner.scan(item(DRILL, extra=expires(9)))
        assert await waiting(scanner) == []
        await scanner.scan(item(DRILL, extra=expires(0.5)))
        assert await waiting(scanner) == [(60.0, 1, "it has expired")]
        assert await scanner.listed() == []
        await publish(scanner)
        await scanner.scan(item(DRILL, extra=expires(0.5)))
        assert await waiting(scanner) == []

    over_days(tmp_path, use)


def test_what_a_notifier_stored_long_ago_is_not_spoken_of_any_more(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        (row,) = await scanner.store.outbox.unsent(50)
        await scanner.store.outbox.mark_sent([row.id], scanner.now)
        await scanner.store.scans.prune(scanner.now + timedelta(days=8))
        await scanner.scan(told("Acme Drill for $70", LINK))
        assert await waiting(scanner) == []

    over_days(tmp_path, use)
