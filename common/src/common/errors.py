"""Every error that crosses a module's border. The tree knows no HTTP; problem.py maps its classes to status codes.

PricingAgentError
├── InvalidInputError        what the caller sent cannot be used
├── UnauthorizedError        no valid key
├── NotFoundError            no such thing
├── ConflictError            the same is under way already: come back later
├── PreconditionFailedError  it is another now than the caller has read
├── SlowBodyError            the body did not arrive in time
├── OverloadedError          too much work at once: come back later
├── UnavailableError         a part that is needed is missing, late or broken
│   ├── DeadlineExceededError
│   ├── UnreachableError     nothing answers at a peer's address
│   ├── KeyRefusedError      a peer does not take the key that we show it
│   └── AnswerTooLargeError  a peer sent more than any honest answer has
├── ArtifactError            a trained artifact is missing, foreign or damaged
└── NewerDatabaseError       a later version has altered the database
"""

from collections.abc import Mapping


class PricingAgentError(Exception):
    """Root of the tree. `retry_after` is in seconds; None where waiting does not help."""

    retry_after: float | None = None


class InvalidInputError(PricingAgentError):
    """What the caller sent cannot be used. `field` is the dotted path of the culprit, `fields`: of all where several are told."""

    def __init__(self, detail: str, field: str = "body", fields: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.field, self.fields = field, dict(fields or {field: detail})


class UnauthorizedError(PricingAgentError):
    """The request carries no valid key."""


class NotFoundError(PricingAgentError):
    """The thing that was asked for does not exist."""


class ConflictError(PricingAgentError):
    """What was asked for is being done already, for an earlier request."""

    retry_after = 1.0


class PreconditionFailedError(PricingAgentError):
    """What was to be changed is another now than the one that the caller has read."""


class SlowBodyError(PricingAgentError):
    """The request's body did not arrive within its time."""


class OverloadedError(PricingAgentError):
    """More work than the bound allows is under way."""

    retry_after = 1.0


class UnavailableError(PricingAgentError):
    """A part that the answer needs is missing, late or broken."""

    retry_after = 2.0


class DeadlineExceededError(UnavailableError):
    """The answer did not come within its deadline."""


class UnreachableError(UnavailableError):
    """Nothing answers at the peer's address, or the connection broke."""


class KeyRefusedError(UnavailableError):
    """The peer demands a key, and ours is none of those that it knows."""


class AnswerTooLargeError(UnavailableError):
    """A peer sent more than `most` bytes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"sent more than {most} bytes")
        self.most = most


class ArtifactError(PricingAgentError):
    """A trained artifact is missing, of another format version, or damaged; the message says which command makes it."""


class NewerDatabaseError(PricingAgentError):
    """A later version of the service has altered its database; the message says what to do."""
