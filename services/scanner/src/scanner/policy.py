"""Says which judged deals are opportunities, and which of those are worth a push. Pure: no clock, no store, no network."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from common.deals import PRIORITIES, Deal, Opportunity, Priority
from common.judging import Judgement
from scanner.alert_rule import AlertRule
from scanner.deal_data import Judged, StoredDeal, Told, ToldProduct, Wanted
from scanner.identity import opportunity_id
from scanner.intake.novelty import NoveltyRule, is_about_former_price
from scanner.prices.conditions import is_broken
from scanner.prices.product_text import is_goods
from scanner.review.pick import PERSON
from scanner.rules.rule import RuleBook, default_rule

_MOST_DOLLARS = 10_000_000.0  # that the ensemble judges


def _no_words(_: str) -> str:
    """Of a rate that somebody set there is nothing to say."""
    return ""


@dataclass(frozen=True)
class Policy:
    """Money in USD. `rates`: dollars for one unit of another currency; `rate_words`: whose rate of which day that is.

    An opportunity, which is listed: an expected saving of at least `list_saving`, and a chance of a real one of at least
    `min_chance`; or what a rule or a watch wants. An alert, which is pushed, is what one of these wants, is goods at one price, and
    is news as `novelty` says. Of those of a scan the `max_alerts` whose expected saving is the greatest are pushed by themselves,
    and what a watch wants; the others in a digest. What is too good to be believed is listed for review, whatever its chance.
    `rule`: the environment's, by which the first rule of all is made.
    """

    list_saving: float = 10.0
    min_chance: float = 0.5
    max_alerts: int = 5
    rule: AlertRule = field(default_factory=AlertRule)
    novelty: NoveltyRule = field(default_factory=NoveltyRule)
    rates: Mapping[str, float] | None = None
    rate_words: Callable[[str], str] = _no_words

    def why_skipped(self, currency: str, expires: datetime | None, now: datetime) -> str | None:
        """Why a deal with a price is not worth a judgement; None where it is."""
        if expires is not None and expires <= now:
            return "expired"
        if self.dollars(1.0, currency) is None:
            return f"no exchange rate for {currency}; SCANNER_EXCHANGE_RATES can give one, for example {currency}=0.66"
        return None

    def dollars(self, price: float | None, currency: str) -> float | None:
        """A price in USD; None where there is none, or no rate, or where it is nothing that can be judged."""
        if price is None:
            return None
        rate = 1.0 if currency == "USD" else (self.rates or {}).get(currency)
        return price * rate if rate is not None and 0 < price * rate <= _MOST_DOLLARS else None

    @property
    def book(self) -> RuleBook:
        """The rules where nobody has made any."""
        return RuleBook((default_rule(self.rule, self.list_saving),))

    def candidate(self, deal: StoredDeal, judgement: Judgement | None, now: datetime) -> Opportunity | None:
        """A judged deal as it would be published; None where nothing can be said of it."""
        price = self.dollars(deal.price, deal.currency)
        if price is None or judgement is None or self.why_skipped(deal.currency, deal.expires, now) or not _is_finite(judgement):
            return None
        return Opportunity(
            id=opportunity_id(deal.key),
            deal=_published_form(deal, price, _remarks(deal, price, self.rate_words(deal.currency))),
            estimate=judgement.worth,
            low=judgement.low,
            high=judgement.high,
            discount=judgement.saving,
            chance=judgement.chance,
            evidence=judgement.evidence,
            list_price=judgement.list_price,
            review=deal.price_source != PERSON and self.rule.needs_review(judgement, price),
            estimates=judgement.answer.estimates,
            similar=judgement.answer.similar,
            created=now,
            feed_id=deal.feed_id,
            product=deal.product,
            standing=deal.standing,
        )

    def judge(
        self,
        deal: StoredDeal,
        judgement: Judgement | None,
        now: datetime,
        book: RuleBook | None = None,
        watched: Sequence[Wanted] = (),
    ) -> Judged:
        """Whether a deal is an opportunity, and whether rules or watches want it pushed. `watched`: the watches that want it."""
        found = self.candidate(deal, judgement, now)
        if found is None or judgement is None:
            return Judged(deal, judgement)
        book = book or self.book
        wanted = (*watched, *book.matches(found, judgement))
        if not wanted and not self._is_listed(found):
            return Judged(deal, judgement)
        why_unsound = self._why_unsound(deal, judgement, found, is_watched=bool(watched))
        why_unsound = why_unsound or (None if wanted else book.why_not(found, judgement))
        why_not = why_unsound or _why_no_news(deal, is_watched=bool(watched))
        opportunity = found.model_copy(update={"why_not": why_not, **_asked_by(wanted)})
        return Judged(deal, judgement, opportunity, is_alert=why_not is None, is_sound=why_unsound is None)

    def without_told(self, judged: Sequence[Judged], told: Mapping[str, ToldProduct], now: datetime) -> list[Judged]:
        """The same, in which no alert repeats what was told of its own product; `told`: by the products' ids."""
        return [self._unless_told(each, told, now) for each in judged]

    def _unless_told(self, judged: Judged, told: Mapping[str, ToldProduct], now: datetime) -> Judged:
        found = judged.opportunity
        known = told.get(found.product) if judged.is_alert and found and found.product else None
        why = self.novelty.why_told_before(found.deal.price, known, now) if found and known else None
        return demoted(judged, why) if why else judged

    def without_repeats(self, judged: Sequence[Judged], told: Sequence[Told]) -> list[Judged]:
        """The same, in which no alert repeats what was `told`, or another one that saves more.

        Of its own product an alert repeats nothing here: what was told of that, without_told says.
        """
        whys, others = {}, list[Told]()
        for at in _by_saving(judged):
            this = told_of(judged[at])
            elsewhere = (each for each in told if this.product is None or each.product != this.product)
            why = next(filter(None, (self.novelty.why_told(this, other) for other in (*elsewhere, *others))), None)
            if why:
                whys[at] = why
            else:
                others.append(this)
        return [demoted(each, whys[at]) if at in whys else each for at, each in enumerate(judged)]

    def keep_best(self, judged: Sequence[Judged]) -> list[Judged]:
        """The same; of the alerts that no watch wants those that save the most go out by themselves, the others together."""
        ranked = [at for at in _by_saving(judged) if not is_watched(judged[at].opportunity)]
        rest = set(ranked[self.max_alerts :])
        return [in_digest(each) if at in rest else each for at, each in enumerate(judged)]

    def _is_listed(self, found: Opportunity) -> bool:
        return found.discount >= self.list_saving and ((found.chance or 0.0) >= self.min_chance or found.review)

    def _why_unsound(self, deal: StoredDeal, judgement: Judgement, found: Opportunity, *, is_watched: bool) -> str | None:
        """Why nothing makes it an alert, whoever wants it. What a person described is goods, whatever it is."""
        why = _why_no_alert(deal, may_be_anything=is_watched)
        return why or (self.rule.why_review(judgement, found.deal.price) if found.review else None)


def _is_finite(judgement: Judgement) -> bool:
    return all(map(math.isfinite, (judgement.worth, judgement.low, judgement.high, judgement.saving, judgement.chance)))


def is_watched(opportunity: Opportunity | None) -> bool:
    """Whether something of the watchlist wants it."""
    return opportunity is not None and any(each.kind == "watch" for each in opportunity.matches)


def in_digest(judged: Judged) -> Judged:
    """The same, told together with others."""
    opportunity = judged.opportunity and judged.opportunity.model_copy(update={"digest": True})
    return replace(judged, opportunity=opportunity)


def _asked_by(wanted: Sequence[Wanted]) -> dict[str, object]:
    """Who wants it, on which channels (all, where one of them names none), as loudly as the loudest of them asks."""
    channels = dict.fromkeys(name for each in wanted for name in each.channels) if all(each.channels for each in wanted) else ()
    loudest: Priority = max((each.priority for each in wanted), key=PRIORITIES.index, default="normal")
    return {"matches": [each.match for each in wanted], "channels": list(channels), "priority": loudest}


def _by_saving(judged: Sequence[Judged]) -> list[int]:
    """Where the alerts are, the greatest expected saving first."""
    savings = {at: each.opportunity.discount for at, each in enumerate(judged) if each.is_alert and each.opportunity}
    return sorted(savings, key=lambda at: -savings[at])


def told_of(judged: Judged) -> Told:
    """What it is known by once it is pushed."""
    deal, price = judged.deal, judged.opportunity.deal.price if judged.opportunity else judged.deal.price
    return Told(deal.entry or deal.key, deal.title, deal.condition, price, deal.product)


def demoted(judged: Judged, why: str) -> Judged:
    """The same, listed and not pushed, for this reason."""
    opportunity = judged.opportunity and judged.opportunity.model_copy(update={"why_not": why})
    return replace(judged, opportunity=opportunity, is_alert=False)


def _why_no_news(deal: StoredDeal, *, is_watched: bool) -> str | None:
    """Who watches is told when a price comes within reach, however little it fell for that; what was told is seen to later."""
    why = deal.why_no_news
    return None if is_watched and why is not None and is_about_former_price(why) else why


def _why_no_alert(deal: StoredDeal, *, may_be_anything: bool) -> str | None:
    """Why no judgement makes it an alert: a price that is one of several belongs to another thing than is judged."""
    if deal.has_variants:
        return "its title names several prices"
    if is_broken(deal.title):
        return "it is sold as broken or for its parts: what a working one is worth says nothing of it"
    if may_be_anything or is_goods(deal.title):
        return None
    return "its title names no goods: a shop alone, or a licence, subscription or journey, of which the pricers know nothing"


def _remarks(deal: StoredDeal, dollars: float, rate_words: str) -> list[str]:
    remarks = []
    if deal.currency != "USD":
        of_day = f", {rate_words}" if rate_words else ""
        remarks.append(f"Price converted from {deal.price:,.2f} {deal.currency} at {dollars / deal.price:.6g} USD{of_day}.")
    if deal.shipping:
        remarks.append(f"The price includes ${deal.shipping * dollars / deal.price:,.2f} for shipping.")
    if deal.has_variants:
        remarks.append("The title names several prices; this is the lowest.")
    return remarks


def _published_form(deal: StoredDeal, price: float, remarks: list[str]) -> Deal:
    description, rate = " ".join([*remarks, deal.description]).strip(), price / deal.price
    told = {"description": description, "price": round(price, 2), "currency": "USD"}
    if deal.shipping is not None:
        told["shipping"] = round(deal.shipping * rate, 2)
    if deal.unit_price is not None:
        told["unit_price"] = {"price": round(deal.unit_price.price * rate, 4), "unit": deal.unit_price.unit}
    return Deal.model_validate(deal.model_dump() | told)


def parse_rates(text: str) -> dict[str, float]:
    """ "AUD=0.66, EUR=1.08" as a mapping. ValueError where a part is not of that form."""
    rates = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        currency, _, value = part.partition("=")
        try:
            rate = float(value)
        except ValueError:
            rate = math.nan
        if len(currency.strip()) != 3 or not 0 < rate < math.inf:
            raise ValueError(f"{part!r} is not like AUD=0.66")
        rates[currency.strip().upper()] = rate
    return rates
