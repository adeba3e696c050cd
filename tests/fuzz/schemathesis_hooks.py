"""What schemathesis is told beside its configuration: JSON Lines, headers that no document names, and what no schema tells."""

import json
import os

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.core.failures import Failure

# Fields whose validity no schema can tell: what a service gave before, what is set up, what has to agree with another field.
BEYOND_SCHEMAS = ("cursor", "channel", "Idempotency-Key", "url", "offer.references.")
# By service: what agrees with another field, leads to a service, is a word, or has a language of its own; and null where it stands
# for what is not named.
OF_SERVICE = {
    "scanner": (
        *(
            "when",
            "rule.",
            "required",
            "forbidden",
            "brand",
            "model",
            "text",
            "ids",
            "schedule",
            "currency",
            "title",
            "channels",
        ),
        *("name", "priority", "candidate", "price", "worth", "label", "enabled"),
    ),
    "notifier": (
        *("endpoint", "keys", "label", "address", "secret", "template", "yaml", "name", "filter", "sound", "opportunity", "id"),
        *("enabled", "only_named", "follows_times", "use_wording"),
        *("weekly", "quiet", "time_zone", "digest_at", "hourly", "daily", "until", "minutes", "hours", "days"),
    ),
}
BEYOND_SCHEMAS += OF_SERVICE.get(os.environ.get("SERVICE", ""), ())
WHOLE = ("/snoozes", "/review/{review_id}")  # of whose fields exactly one is wanted, as the body's own error says
DESCRIBE = "/describe"  # what speaks of no product, which no schema tells
FILES = ("/rules/import", "/feeds/opml")  # bodies that have a language of their own
OF_ANY_ANSWER = {"content-length", "content-type", "date", "server", "connection", "transfer-encoding", "allow"}
# Of common.http.security_headers, on every answer alike.
OF_SECURITY = {
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
}


@schemathesis.hook
def filter_failure(_: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Whether it is one: a request in its schema's form may be refused for what the schema cannot tell."""
    if failure.title != "Schema-valid request rejected":
        return True
    if case.path.endswith("/infer"):  # how many elements a tensor has depends on another field; binary ones have no schema at all
        return response.status_code != 400
    if case.path in FILES:
        return response.status_code != 422
    beyond = (*BEYOND_SCHEMAS, "body") if case.operation.path in WHOLE else BEYOND_SCHEMAS
    if case.operation.path == DESCRIBE:
        beyond = (*beyond, "body", "title", "description")
    return not all(each["field"].startswith(beyond) for each in response.json()["errors"])


@schemathesis.check
def only_documented_headers(_: CheckContext, response: Response, case: Case) -> None:
    documented = case.operation.responses.find_by_status_code(response.status_code)
    if documented is not None:
        unannounced = set(response.headers) - OF_ANY_ANSWER - OF_SECURITY - {name.lower() for name, _ in documented.headers.items()}
        assert not unannounced, f"headers that the document does not name: {sorted(unannounced)}"


@schemathesis.serializer("application/x-ndjson")
def as_lines(_: object, value: object) -> bytes:
    """A list is a line for each of its items."""
    return b"".join(json.dumps(line).encode() + b"\n" for line in (value if isinstance(value, list) else [value]))


@schemathesis.deserializer("application/x-ndjson")
def of_lines(_: object, response: Response) -> object:
    return [json.loads(line) for line in response.content.splitlines()]
