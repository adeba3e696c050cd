"""The scanner's way to the stream as a process of its own: its outbox and its relay, without feeds.

Run: python -m tests.faults.publisher, with DATABASE_URL and REDIS_URL as the scanner's. Each line of its input is the JSON of an
opportunity, put into the outbox.
"""

import asyncio
import os
import sys
import time

from sqlalchemy import insert

from common.deals import Opportunity
from scanner import outbox_relay
from scanner.metrics import ScannerMetrics
from scanner.redis_stream import RedisStream
from scanner.store.outbox_store import OutboxStore
from scanner.store.schema import open_database, outbox


async def main() -> None:
    """Relay until the input ends and a signal comes."""
    engine, wake, writing = await open_database(os.environ["DATABASE_URL"]), asyncio.Event(), asyncio.Lock()
    outbox_relay.IDLE = 0.5  # seconds, so that a test need not wait long
    outbox_relay.CHECK = 3.0
    relay = outbox_relay.OutboxRelay(OutboxStore(engine, writing), RedisStream(os.environ["REDIS_URL"]), wake, ScannerMetrics())
    relay.start()
    while line := await asyncio.to_thread(sys.stdin.readline):
        found = Opportunity.model_validate_json(line)
        async with writing, engine.begin() as connection:
            await connection.execute(insert(outbox).values(opportunity_id=found.stored_as, body=line.strip(), created=time.time()))
        wake.set()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
