"""What schemathesis is told beside its configuration: JSON Lines, headers that no document names, and what no schema tells."""

import json

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.core.failures import Failure

# Fields whose validity no schema can tell: what a service gave before, what is set up, what has to agree with another field.
BEYOND_SCHEMAS = ("cursor", "channel", "Idempotency-Key", "url", "offer.references.")
# Of a notifier's channel: what leads to a service, is a template's or a file's language, or is fixed where NOTIFY_URLS gives it.
BEYOND_SCHEMAS += ("address", "secret", "template", "yaml", "name", "filter", "sound", "opportunity", "id")
BEYOND_SCHEMAS += ("enabled", "only_named", "follows_times", "use_wording")  # null stands for what is not named, and is no value
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
    return not all(each["field"].startswith(BEYOND_SCHEMAS) for each in response.json()["errors"])


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
