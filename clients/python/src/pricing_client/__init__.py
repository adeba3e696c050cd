"""Ask the Product Pricing Agent what products should cost: PricingClient, or AsyncPricingClient with the same methods."""

from pricing_client.aio import AsyncPricingClient
from pricing_client.client import PricingClient
from pricing_client.errors import (
    ApiError,
    ConflictError,
    ConnectionFailedError,
    DeadlineError,
    InvalidRequestError,
    OverloadedError,
    PricingError,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
    UnexpectedAnswerError,
)
from pricing_client.models import Estimate, FieldError, Item, ItemError, Price, Priced, Problem, Similar

__all__ = [
    "ApiError",
    "AsyncPricingClient",
    "ConflictError",
    "ConnectionFailedError",
    "DeadlineError",
    "Estimate",
    "FieldError",
    "InvalidRequestError",
    "Item",
    "ItemError",
    "OverloadedError",
    "Price",
    "Priced",
    "PricingClient",
    "PricingError",
    "Problem",
    "Similar",
    "TooLargeError",
    "UnauthorizedError",
    "UnavailableError",
    "UnexpectedAnswerError",
]
