"""What /metrics shows of chat models: calls, time, tokens, dollars, cache, budget. Made once: an application may load twice.

Knows no prices of tokens.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_NAME = "frontier_rag_chat"


class ChatMetrics:
    """The metrics, in `registry` or in one of their own."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        priced = "Products by who priced them: chat, chat-confirmed, chat-second, chat-pulled, or why not the chat model"
        self.answers = Counter(f"{_NAME}_answers", priced, ["outcome"], registry=registry)
        second = "Questions by the name alone, after a first answer far from the local estimate: answered, or why not"
        self.second = Counter(f"{_NAME}_second_answers", second, ["outcome"], registry=registry)
        described = "Products described by who wrote the text: chat, or why not the chat model"
        self.descriptions = Counter(f"{_NAME}_descriptions", described, ["outcome"], registry=registry)
        self.calls = Counter(
            f"{_NAME}_calls", "Products asked for by outcome: ok, or why not", ["endpoint", "outcome"], registry=registry
        )
        self.retries = Counter(f"{_NAME}_retries", "Tries after the first", ["endpoint"], registry=registry)
        self.seconds = Histogram(f"{_NAME}_seconds", "Time of a call", ["endpoint"], buckets=_SECONDS, registry=registry)
        self.cache = Counter(f"{_NAME}_cache", "Answers looked up in the cache: hit or miss", ["result"], registry=registry)
        self.tokens = Counter(f"{_NAME}_tokens", "Tokens: in, cached (a part of in), out", ["model", "kind"], registry=registry)
        self.dollars = Counter(f"{_NAME}_dollars", "Dollars by the price table", ["model"], registry=registry)
        assumed = "The part of the dollars that is assumed: calls sent and never counted, since late or broken off"
        self.assumed = Counter(f"{_NAME}_assumed_dollars", assumed, ["model"], registry=registry)
        known = "1 where the model has a price; 0: its tokens alone are counted"
        self.price_known = Gauge(f"{_NAME}_price_known", known, ["model"], registry=registry)
        self.spent_today = Gauge(f"{_NAME}_spent_today_dollars", "Dollars since midnight UTC, restarts included", registry=registry)
        self.budget = Gauge(f"{_NAME}_budget_dollars", "Dollars a day; +Inf: no bound", registry=registry)
