"""Makes a channel's pushes: by its template, a chat model's text where it is true, or as all are; and with the channel's priority.

A template that fails at a deal costs nobody the push: the default goes out, and says so. Jinja2 comes in with the first template.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

import structlog

from common.deals import Opportunity
from notifier.channels.channel import ChannelSettings
from notifier.channels.facts import VARIABLES, TemplateFaultError, facts_of
from notifier.channels.sample import meagre_sample, sample
from notifier.channels.wording import shown_wording
from notifier.message import Push, default_text, framed


@dataclass
class Renderer:
    """One channel's. `settings` may be exchanged at any time; `dashboard`: the public address of the dashboard, or nothing.

    `trouble`: what was wrong with the template when it was last used here; None: not used since that was asked.
    """

    label: str
    settings: ChannelSettings
    dashboard: str = ""
    trouble: str | None = None

    def push_of(self, opportunity: Opportunity, identifier: str = "", *, is_repeat: bool = False) -> Push:
        """The push for one opportunity, under that id."""
        page = page_of(opportunity, self.dashboard)
        title, lines = self._text(opportunity, page)
        push = framed(opportunity, title, lines, identifier, is_repeat=is_repeat, page=_unless_told(page, lines))
        return replace(push, priority=self.settings.priority_of(opportunity.priority))

    def _text(self, opportunity: Opportunity, page: str) -> tuple[str, Sequence[str]]:
        title, lines = (
            self._template_text(self.settings.template, opportunity, page) if self.settings.template else default_text(opportunity)
        )
        wording = shown_wording(opportunity) if self.settings.use_wording else None
        return title, lines if wording is None else [wording]

    def _template_text(self, template: str, opportunity: Opportunity, page: str) -> tuple[str, list[str]]:
        """What the template says; where it fails the default, with that."""
        try:
            title, lines = text_by_template(template, opportunity, page)
        except TemplateFaultError as exc:
            self.trouble = str(exc)[:200]
            structlog.get_logger().warning("template_failed", target=self.label, opportunity=opportunity.id, why=self.trouble)
            title, lines = default_text(opportunity)
            return title, [*lines, f"Your template failed here: {self.trouble}"]
        self.trouble = ""
        return title, lines


def text_by_template(template: str, opportunity: Opportunity, page: str = "") -> tuple[str, list[str]]:
    """Title and lines, without the deal's link, which comes last in any case. TemplateFaultError."""
    from notifier.channels.template import text_of

    facts = facts_of(opportunity, page)
    said = text_of(template, facts)
    lines = [line for line in said.lines if not (facts["link"] and line.strip() == facts["link"])]
    while lines and not lines[-1]:
        lines.pop()
    return said.title, lines


def check(template: str) -> None:
    """TemplateFaultError for one that cannot be used with every deal."""
    from notifier.channels.template import check_template

    check_template(
        template, VARIABLES, [facts_of(sample(), "https://dashboard.example/opportunities/1"), facts_of(meagre_sample())]
    )


def page_of(opportunity: Opportunity, dashboard: str) -> str:
    """The address of the dashboard's page of a deal; nothing where its own is not known."""
    return f"{dashboard.rstrip('/')}/opportunities/{quote(opportunity.id, safe='')}" if dashboard else ""


def _unless_told(page: str, lines: Sequence[str]) -> str:
    return "" if page and any(page in line for line in lines) else page
