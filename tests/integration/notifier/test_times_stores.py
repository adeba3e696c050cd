"""Times on SQLite and PostgreSQL: what an earlier version left open is decided by them, and channels that end together agree."""

import asyncio
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, MetaData, create_engine, insert
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from common.database import asynchronous
from common.migration import migrate
from notifier.notification import Next, Stage, State
from notifier.store.delivery_store import DeliveryStore
from notifier.times.snooze import Subject
from notifier.times.telling import Digest, Kind
from tests.unit.notifier.times.diary import POLICY, alert, at, diary, told
from tests.unit.notifier.times.test_any_weeks import DAILY, HOURLY, QUIET, check_ends, check_moments, live

NIGHT, MORNING = at("2026-06-01T23:00"), at("2026-06-02T07:00")


def fill_0003(connection: Connection) -> None:
    """As the former version left it: four that went out today, one that waits, one in mid-push, one that failed."""
    tables = MetaData()
    tables.reflect(connection, only=["notifications", "deliveries"])
    stages = {"s1": "sent", "s2": "sent", "s3": "unknown", "waits": "waiting", "open": "sending", "bad": "failed"}
    for name, stage in stages.items():
        state = {"waiting": "pending", "sending": "pending"}.get(stage, stage)
        times = {"created": NIGHT - 7200, "updated": NIGHT - 7000}
        row = {"id": name, "opportunity": alert(name, NIGHT - 7200).model_dump_json(), "state": state}
        done = connection.execute(insert(tables.tables["notifications"]).values(row | times | {"attempts": 1, "error": ""}))
        (seq,) = done.inserted_primary_key or (0,)
        counts = dict.fromkeys(("refusals", "repeats", "crashes", "round", "generation"), 0) | {"attempts": int(stage != "waiting")}
        place = {"notification": name, "channel": "phone", "seq": seq, "stage": stage, "token": "t", "error": "", "told": True}
        moments = {"due": NIGHT - 7200, "expires": NIGHT + 79_200, "updated": NIGHT - 7000}
        started = {"started": None if stage == "waiting" else NIGHT - 7000}
        connection.execute(insert(tables.tables["deliveries"]).values(place | counts | moments | started))


def test_what_a_database_of_the_former_version_left_open_is_decided_by_times(database_url: str) -> None:
    asyncio.run(migrate(asynchronous(make_url(database_url)), "notifier", "0003"))
    parsed = make_url(database_url)
    driver = "postgresql+psycopg" if parsed.drivername == "postgresql" else parsed.drivername
    engine = create_engine(parsed.set(drivername=driver), poolclass=NullPool)
    with engine.begin() as connection:
        fill_0003(connection)

    async def work() -> None:
        async with diary(database_url, NIGHT, quiet=["22:00-07:00"], daily=4) as day:
            assert await day.notifications.adopt(["phone"]) == 0
            assert {each.kind for each in await day.notifications.page(before=None, limit=10)} == {Kind.DEAL}
            assert await day.serve() == []
            assert [(on.count, [item.id for item in on.items]) for on in await day.desk.held()] == [(1, ["waits"])]
            day.now = at("2026-06-01T21:59")  # loud: four count for today, so what waits now comes in the digest
            await day.receive("new")
            assert told(await day.serve()) == [["open"]]  # it may be there, and counts already
            day.now = NIGHT
            await day.serve()
            pushes = await day.pass_until(at("2026-06-02T20:00"))
            assert told(pushes) == [["waits"], ["new"]]
            stages = await day.stages()
            assert {name: stages[name] for name in ("s1", "s3", "open", "bad", "waits", "new")} == {
                "s1": Stage.SENT,
                "s3": Stage.UNKNOWN,
                "open": Stage.SENT,
                "bad": Stage.FAILED,
                "waits": Stage.SENT,
                "new": Stage.SENT,
            }

    asyncio.run(work())


def test_any_days_on_this_database(database_url: str) -> None:
    async def work() -> None:
        times = {"time_zone": "Europe/Berlin", "quiet": QUIET, "hourly": HOURLY, "daily": DAILY}
        async with diary(database_url, at("2026-10-21T12:00"), **times) as day:
            received = await live(day, Random(7))
            check_moments(day.pushes, ZoneInfo("Europe/Berlin"))
            check_ends(day.pushes, await day.stages(), received)

    asyncio.run(work())


def test_two_channels_whose_digests_of_the_same_end_together_end_their_members(database_url: str) -> None:
    async def work() -> None:
        async with diary(database_url, NIGHT, quiet=["22:00-07:00"]) as day:
            names = [f"a-{number}" for number in range(30)]
            await day.notifications.add([alert(each, NIGHT) for each in names], ["phone", "mail"])
            stores = [DeliveryStore(day.database, each, 60.0, POLICY.longest_pause, day.rhythm) for each in ("one", "two")]
            leases = [await each.acquire(key, key) for each, key in zip(stores, ("phone", "mail"), strict=True)]
            for store, lease in zip(stores, leases, strict=True):
                assert lease
                assert await store.begin(lease) is None
            day.now = MORNING
            attempts = [await store.begin(lease) for store, lease in zip(stores, leases, strict=True) if lease]
            ended = await asyncio.gather(
                *(store.finish(attempt, Next(Stage.SENT)) for store, attempt in zip(stores, attempts, strict=True) if attempt)
            )
            assert ended == [State.SENT, State.SENT]
            digests = [attempt.telling for attempt in attempts if attempt]
            assert [len(each.deals) for each in digests if isinstance(each, Digest)] == [30, 30]
            found = await day.notifications.page(before=None, limit=50, state=State.SENT)
            assert {each.id for each in found} >= set(names)

    asyncio.run(work())


def test_a_snoozes_id_is_never_anothers(database_url: str) -> None:
    async def work() -> None:
        async with diary(database_url, NIGHT) as day:
            first = await day.desk.snooze(Subject.FEED, "1", None, 60.0)
            await day.desk.lift(first.id)
            second = await day.desk.snooze(Subject.FEED, "2", None, 60.0)
            assert second.id > first.id

    asyncio.run(work())
