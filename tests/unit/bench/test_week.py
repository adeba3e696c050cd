"""What bench.week takes for the same deal told twice."""

from datetime import UTC, datetime

from bench.week import Message, deals_of
from notifier.message import push_of
from notifier.notification import Attempt
from notifier.times.digest_push import push_for
from notifier.times.telling import Digest
from tests.unit.notifier.samples import opportunity

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_a_deal_is_the_same_alone_and_in_a_digest() -> None:
    drill, saw = opportunity("a", price=1234.0), opportunity("b", title="A saw that cuts at night", price=59.99)
    digest = push_for(Attempt(Digest(id="d", members=["a", "b"], deals=[drill, saw], notices=[]), "phone", "push", "token"))
    alone = [push_of(each) for each in (drill, saw)]
    told = [deal for each in alone for deal in deals_of(Message(NOW, "phone", each.title, each.body))]
    assert told == [("Cordless drill kit, 20 V", "$1,234"), ("A saw that cuts at night", "$59.99")]
    assert deals_of(Message(NOW, "phone", digest.title, digest.body)) == told
