"""An alert that may not have gone out is withdrawn or put right when its entry's price changes: what the outbox then holds."""

from datetime import timedelta
from pathlib import Path

from common.deals import Opportunity
from scanner.deal_data import OutboxRow
from scanner.feeds.feed_list import WantedFeed
from tests.unit.scanner.fakes import NOW, item
from tests.unit.scanner.intake.days import DRILL, LINK, A, B, Days, over_days, told


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


def expires(days: float) -> str:
    """The end of a deal, so many days after the first scan."""
    return f"<dealnews:expires>{(NOW + timedelta(days=days)).isoformat()}</dealnews:expires>"


def test_an_alert_whose_deal_is_said_to_be_over_is_withdrawn_once(tmp_path: Path) -> None:
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


def test_a_deal_is_listed_until_the_end_that_its_feed_tells_now(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        for end, is_listed in ((3, True), (9, True), (1.5, False), (9, True), (None, True)):
            scanner.now = NOW
            await scanner.scan(item(DRILL, extra="" if end is None else expires(end)), days=2)
            assert len(await scanner.listed()) == is_listed
        assert len((await scanner.store.deals.page(None, 9)).items) == 1

    over_days(tmp_path, use)


def test_a_deal_that_lasts_longer_is_judged_though_the_judge_came_back_after_its_former_end(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        scanner.judge.down = True
        await scanner.scan(item(DRILL, extra=expires(0.5)), days=0.25)
        await scanner.scan(item(DRILL, extra=expires(5)))
        scanner.judge.down = False
        assert await scanner.scan(item(DRILL, extra=expires(5))) == (0, 1)

    over_days(tmp_path, use)


def test_a_deal_that_was_over_and_is_to_be_had_again_is_told_where_it_was_withdrawn_before(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(item(DRILL, extra=expires(9)))
        await publish(scanner)
        await scanner.scan(item(DRILL, extra=expires(0.5)))
        assert await waiting(scanner) == [(60.0, 1, "it has expired")]
        await publish(scanner)
        assert await scanner.scan(item(DRILL, extra=expires(9))) == (1, 0)
        assert await waiting(scanner) == [(60.0, 2, None)]
        assert [price for price, _ in await scanner.listed()] == [60.0]
        await publish(scanner)
        assert await scanner.scan(item(DRILL, extra=expires(9))) == (0, 0)
        assert await waiting(scanner) == []

    over_days(tmp_path, use)


def test_an_alert_that_waits_is_told_an_end_that_bounds_it_and_no_other(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        ends = ((None, None), (2.0, 2.0), (3.0, None), (0.75, 0.75), (0.875, 0.875), (4.0, 4.0), (5.0, None))
        for revision, (end, said) in enumerate(ends):
            await scanner.scan(item(DRILL, extra="" if end is None else expires(end)), days=0.1)
            found = read(await scanner.store.outbox.unsent(50))
            if revision:
                assert [each.deal.expires for each in found] == ([] if said is None else [NOW + timedelta(days=said)])
            if found:
                await publish(scanner)

    over_days(tmp_path, use)


def test_that_another_feed_tells_no_end_says_nothing_of_the_one_that_was_told(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(item(DRILL, extra=expires(0.5)))
        await scanner.store.feeds.configure([WantedFeed(B, "B")], "environment")
        assert await scanner.scan(item(DRILL), feed=B) == (0, 0)
        assert await scanner.listed() == []

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
