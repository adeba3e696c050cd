"""The ensemble tells what each pricer does, in one line a second however much that is."""

from common.activity.entry import Entry
from common.activity.log import ActivityLog
from common.pricing import PriceResponse
from ensemble.telling import Telling


def answer(price: float) -> PriceResponse:
    return PriceResponse(price=price, low=price / 2, high=price * 2, model="fake@1")


def told(log: ActivityLog) -> list[Entry]:
    return log.entries.after(None)[0]


def test_a_single_price_is_told_with_its_interval() -> None:
    log = ActivityLog("ensemble")
    Telling(log).priced("specialist", [answer(120)], 0.01)
    (entry,) = told(log)
    assert (entry.agent, entry.text) == ("specialist", "Says $120.00, between $60.00 and $240.00")


def test_hundreds_of_prices_in_a_second_are_one_line_and_none_is_forgotten() -> None:
    now, log = [0.0], ActivityLog("ensemble")
    telling = Telling(log, lambda: now[0])
    for _ in range(300):
        telling.priced("specialist", [answer(120)], 0.01)
        telling.missing("frontier-rag", "late")
    now[0] = 1.5
    telling.priced("specialist", [answer(120)] * 50, 0.8)
    first, missing, second = told(log)
    assert first.fields["items"] == 1
    assert (missing.level, missing.text) == ("warning", "Gave no answer: late")
    assert second.text == "Priced 349 texts, the last 50 in 0.80 s"
