"""What a scan does, told in sentences while it does it."""

from collections.abc import Sequence

from common.activity.entry import Level, cut
from common.activity.log import ActivityLog
from scanner.deal_data import FeedReport, Judged, PricingReport, ScanReport
from scanner.planner.plan_data import Plan, Step

AGENT, PLANNER = "scanner", "planner"
MOST_TOLD = 20  # opportunities of one scan by themselves
# What a judgement, of whichever deal, may change on pages.
_JUDGED = ("opportunities", "deals", "review", "pushes")


class Telling:
    """Over the service's log."""

    def __init__(self, log: ActivityLog | None = None) -> None:
        self.log = log or ActivityLog()
        self._stuck = ""  # why nothing can be judged, as it was told: an outage is told once, not at each try

    def begun(self, feeds: int) -> None:
        """A scan begins."""
        self.log.tell(AGENT, "scan_begun", f"Scan begins: {_count(feeds, 'feed')}", topics=("scans",), feeds=feeds)

    def done(self, scan: str, report: ScanReport) -> None:
        """A scan is over."""
        new, found = sum(each.new for each in report.feeds), report.pricing
        said = f"{_count(new, 'new deal')}, {found.opportunities} below worth, {_count(found.alerts, 'push', 'pushes')}"
        waits = f"; {found.unpriced} wait to be judged" if found.unpriced else ""
        text = f"Scan done in {report.trace.now:.1f} s: {said}{waits}"
        self.log.tell(AGENT, "scan_done", text, topics=("scans", "feeds", *_JUDGED), scan=scan, new=new, alerts=found.alerts)

    def failed(self, scan: str, why: str) -> None:
        """A scan failed as a whole."""
        self.log.tell(AGENT, "scan_failed", f"The scan failed: {why}", level="error", topics=("scans",), scan=scan)

    def later(self, report: PricingReport) -> None:
        """What an outage left was judged."""
        text = f"{_count(report.priced, 'deal')} judged that waited; {report.opportunities} below worth"
        self.log.tell(AGENT, "priced_later", text, topics=("scans", *_JUDGED), priced=report.priced, unpriced=report.unpriced)

    def fed(self, report: FeedReport) -> None:
        """A feed was read, or was not."""
        of = cut(report.feed)
        if report.error is not None:
            self.log.tell(AGENT, "feed_failed", f"{of} cannot be read: {report.error}", level="warning", topics=("feeds",), feed=of)
            return
        what = "nothing has changed" if report.status == 304 else f"{_count(report.items, 'item')}, {report.new} new"
        # Items may end or change known deals.
        topics = ("feeds", "deals", "opportunities", "review") if report.items else ("feeds",)
        self.log.tell(AGENT, "feed_read", f"{of}: {what}", topics=topics, feed=of, items=report.items, new=report.new)

    def asked(self, deals: int) -> None:
        """Deals go to the ensemble."""
        if self._stuck:
            return
        self.log.tell(AGENT, "judging", f"Asks what {_count(deals, 'deal')} {'is' if deals == 1 else 'are'} worth", deals=deals)

    def stuck(self, waiting: int, why: str) -> None:
        """The judge does not answer."""
        text = f"{_count(waiting, 'deal')} cannot be judged now: {why}"
        if text == self._stuck:
            return
        self._stuck = text
        self.log.tell(AGENT, "judgements_missing", text, level="warning", topics=("scans",), waiting=waiting)

    def found(self, judged: Sequence[Judged]) -> None:
        """What was judged: of that what is below its worth."""
        self._stuck = "" if judged else self._stuck
        good = [each for each in judged if each.opportunity is not None]
        for each in good[:MOST_TOLD]:
            self._found(each)
        more = len(good) - MOST_TOLD
        if more > 0:
            self.log.tell(AGENT, "more_found", f"{more} more below their worth", topics=_JUDGED)

    def stepped(self, step: Step) -> None:
        """The planner has used a tool."""
        self.log.tell(PLANNER, "planner_step", f"{step.tool} {cut(step.arguments, 80)}", tokens=step.tokens, dollars=step.dollars)

    def planned(self, plan: Plan) -> None:
        """How a plan ended."""
        ended = "is done" if plan.ending == "done" else f"ended ({plan.ending})"
        text = f"The planner {ended}: {len(plan.chosen)} chosen in {_count(len(plan.steps), 'step')}, ${plan.dollars:.4f}"
        level: Level = "warning" if plan.ending == "failed" else "info"
        self.log.tell(PLANNER, "planner_ended", text, level=level, topics=("scans",), tokens=plan.tokens, dollars=plan.dollars)

    def _found(self, judged: Judged) -> None:
        found = judged.opportunity
        if found is None:
            return
        asked = f"{cut(found.deal.title)} at ${found.deal.price:,.2f}, worth ${found.estimate:,.2f}"
        ending = "is pushed" if judged.is_alert else "is too good to be believed: look first" if found.review else "is listed"
        self.log.tell(AGENT, "found", f"{asked}, {ending}", topics=_JUDGED, opportunity=found.id, deal=judged.deal.id)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
