"""What a success of each of the scanner's doors changes, as a person reads it under Activity and pages learn it."""

from common.activity.announcing import Announcements, Said

_LISTED, _FEEDS, _RULES, _REVIEW = ("opportunities", "ledger"), ("feeds",), ("rules",), ("review", "deals", "opportunities")
_FEEDBACK, _WATCH = ("opportunities", "deals", "ledger"), ("watchlist",)

ANNOUNCEMENTS: Announcements = {
    "POST /feeds": Said("A feed was added", _FEEDS),
    "POST /feeds/opml": Said("A list of feeds was taken in", _FEEDS),
    "POST /feeds/test": None,
    "PATCH /feeds/{feed_id}": Said("Feed {feed_id} was changed", _FEEDS),
    "DELETE /feeds/{feed_id}": Said("Feed {feed_id} was removed", _FEEDS),
    "POST /scan": None,  # the scan tells of itself
    "POST /views": Said("A view of the list was kept", ("opportunities",)),
    "DELETE /views/{name}": Said("A view of the list was removed", ("opportunities",)),
    "POST /feed-keys": Said("A private address of the list was made", ("opportunities",)),
    "DELETE /feed-keys/{number}": Said("Private address {number} of the list was closed", ("opportunities",)),
    "POST /opportunities/{opportunity_id}/dismiss": Said("An opportunity was dismissed", _LISTED),
    "POST /opportunities/{opportunity_id}/restore": Said("An opportunity was put back", _LISTED),
    "POST /opportunities/{opportunity_id}/feedback": Said("A verdict was given", _FEEDBACK),
    "DELETE /opportunities/{opportunity_id}/feedback": Said("A verdict was taken back", _FEEDBACK),
    "POST /deals/{deal_id}/feedback": Said("A verdict was given on deal {deal_id}", _FEEDBACK),
    "DELETE /deals/{deal_id}/feedback": Said("A verdict was taken back on deal {deal_id}", _FEEDBACK),
    "POST /rules": Said("A rule was added", _RULES),
    "PUT /rules/order": Said("The rules were put in another order", _RULES),
    "PUT /rules/mode": Said("How rules and watchlist work together was changed", _RULES),
    "POST /rules/import": Said("Rules were taken in from a file", _RULES),
    "POST /rules/dry-run": None,
    "POST /rules/{rule_id}/dry-run": None,
    "PUT /rules/{rule_id}": Said("Rule {rule_id} was changed", _RULES),
    "PATCH /rules/{rule_id}": Said("Rule {rule_id} was changed", _RULES),
    "DELETE /rules/{rule_id}": Said("Rule {rule_id} was removed", _RULES),
    "POST /review/{review_id}": Said("Review {review_id} was decided", _REVIEW),
    "POST /review/{review_id}/reopen": Said("Review {review_id} was opened again", _REVIEW),
    "PATCH /products/{product_id}": Said("What is told of a product was changed", ("ledger", "opportunities")),
    "POST /products/{product_id}/reset": Said("What was known of a product was forgotten", ("ledger", "opportunities")),
    "POST /pages/read": None,
    "POST /watchlist": Said("A wanted thing was added", _WATCH),
    "POST /watchlist/preview": None,
    "PUT /watchlist/{watch_id}": Said("Wanted thing {watch_id} was changed", _WATCH),
    "PATCH /watchlist/{watch_id}": Said("Wanted thing {watch_id} was changed", _WATCH),
    "DELETE /watchlist/{watch_id}": Said("Wanted thing {watch_id} was removed", _WATCH),
}
