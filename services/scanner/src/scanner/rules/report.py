"""A dry run as it is told: its sentence, its latest pushes, and what kept the others back."""

from datetime import datetime, timedelta

from scanner.deal_data import Judged
from scanner.rules.dry_run import LISTED, DryRunReport
from scanner.rules.schemas import DryRunView, Missed, PastPush

_SLACK = timedelta(hours=36)  # by which deals may begin later than was asked for before that is worth a word


def view_of_run(report: DryRunReport) -> DryRunView:
    """A dry run as it is answered."""
    in_digest = sum(_is_in_digest(each) for _, each in report.sent)
    items = [_push(at, each) for at, each in reversed(report.sent[-LISTED:])]
    return DryRunView(
        days=report.days,
        since=report.since,
        judged=report.judged,
        pushes=len(report.sent) - in_digest,
        in_digest=in_digest,
        complete=report.stopped is None,
        sentence=_sentence(report, in_digest),
        items=[each for each in items if each],
        missed=[Missed(reason=reason, count=count) for reason, count in report.reasons],
    )


def _sentence(report: DryRunReport, in_digest: int) -> str:
    pushes, begin = len(report.sent) - in_digest, report.until - timedelta(days=report.days)
    told = f"this rule would have sent {_counted(pushes, 'push', 'pushes')}"
    told += f" and {_counted(in_digest, 'deal', 'deals')} in digests" if in_digest else ""
    if report.stopped is not None:
        first = _spoken(report.stopped - begin)
        return f"{told} in the first {first} of the last {report.days} days: so much that the rest was left out"
    told += f" in the last {report.days} days" if report.days > 1 else " in the last day"
    if report.since is None:
        return f"{told}, of which no judged deals are kept"
    is_short = report.since - begin > _SLACK
    return f"{told}, of which judged deals are kept for {_spoken(report.until - report.since)} alone" if is_short else told


def _push(at: datetime, judged: Judged) -> PastPush | None:
    found = judged.opportunity
    return (
        None
        if found is None
        else PastPush(
            when=at,
            title=found.deal.title,
            price=found.deal.price,
            worth=found.estimate,
            saving=found.discount,
            chance=found.chance or 0.0,
            condition=found.deal.condition,
            retailer=found.deal.retailer,
            feed=found.deal.feed,
            url=found.deal.url,
            digest=found.digest,
            deal=judged.deal.id,
            opportunity=found.id,
        )
    )


def _is_in_digest(judged: Judged) -> bool:
    return judged.opportunity is not None and judged.opportunity.digest


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _spoken(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return _counted(round(hours), "hour", "hours") if hours < 48 else _counted(round(hours / 24), "day", "days")
