"""What OpenAI's published description of POST /v1/chat/completions allows in a request and promises in an answer, as JSON Schema.

Written down in our own structure, strict about unknown fields; what a caller may use who sends text once is spelled out, the rest
is known by name. tests/unit/frontier-rag/test_openai_schema.py holds the names against the client library's types, which are
generated from the description.
"""

from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]
NAME = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
TEXT = {"type": "string", "minLength": 1}


def record(required: list[str], **properties: Schema) -> Schema:
    """An object without unknown fields."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def one_of(*values: object) -> Schema:
    return {"enum": list(values)}


def number(low: float, high: float, kind: str = "number") -> Schema:
    return {"type": [kind, "null"], "minimum": low, "maximum": high}


def message(*roles: str) -> Schema:
    part = record(["type", "text"], type=one_of("text"), text={"type": "string"})
    content = {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": part}]}
    return record(["role", "content"], role=one_of(*roles), content=content, name={"type": "string"})


CALL = record(
    ["id", "type", "function"],
    id=TEXT,
    type=one_of("function"),
    function=record(["name", "arguments"], name=NAME, arguments={"type": "string"}),
)
CALLING = record(
    ["role", "tool_calls"],
    role=one_of("assistant"),
    content={"type": ["string", "null"]},
    tool_calls={"type": "array", "minItems": 1, "items": CALL},
)
TOLD = record(["role", "tool_call_id", "content"], role=one_of("tool"), tool_call_id=TEXT, content={"type": "string"})
TOOL = record(
    ["type", "function"],
    type=one_of("function"),
    function=record(
        ["name"], name=NAME, description={"type": "string"}, parameters={"type": "object"}, strict={"type": ["boolean", "null"]}
    ),
)
RESPONSE_FORMAT = {
    "oneOf": [
        record(["type"], type=one_of("text")),
        record(["type"], type=one_of("json_object")),
        record(
            ["type", "json_schema"],
            type=one_of("json_schema"),
            json_schema=record(
                ["name"],
                name=NAME,
                description={"type": "string"},
                schema={"type": "object"},
                strict={"type": ["boolean", "null"]},
            ),
        ),
    ]
}
SPELLED_OUT: dict[str, Schema] = {
    "messages": {
        "type": "array",
        "minItems": 1,
        "items": {"anyOf": [message("system", "developer"), message("user"), message("assistant"), CALLING, TOLD]},
    },
    "model": TEXT,
    "tools": {"type": "array", "minItems": 1, "maxItems": 128, "items": TOOL},
    "response_format": RESPONSE_FORMAT,
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "seed": number(-(2**63), 2**63 - 1, "integer"),
    "max_tokens": number(1, 2**31, "integer"),
    "max_completion_tokens": number(1, 2**31, "integer"),
    "n": number(1, 128, "integer"),
    "frequency_penalty": number(-2, 2),
    "presence_penalty": number(-2, 2),
    "logprobs": {"type": ["boolean", "null"]},
    "top_logprobs": number(0, 20, "integer"),
    "stream": {"type": ["boolean", "null"]},
    "user": {"type": "string"},
    "stop": {"anyOf": [{"type": ["string", "null"]}, {"type": "array", "minItems": 1, "maxItems": 4, "items": {"type": "string"}}]},
}
KNOWN_BY_NAME = [
    "audio",
    "function_call",
    "functions",
    "logit_bias",
    "metadata",
    "modalities",
    "moderation",
    "parallel_tool_calls",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "safety_identifier",
    "service_tier",
    "store",
    "stream_options",
    "tool_choice",
    "verbosity",
    "web_search_options",
]
REQUEST = record(["model", "messages"], **SPELLED_OUT, **{name: {} for name in KNOWN_BY_NAME})
COUNT = {"type": "integer", "minimum": 0}
ANSWER = {
    "type": "object",
    "required": ["id", "object", "created", "model", "choices"],
    "properties": {
        "id": TEXT,
        "object": one_of("chat.completion"),
        "created": {"type": "integer"},
        "model": TEXT,
        "choices": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["index", "finish_reason", "message", "logprobs"],
                "properties": {
                    "index": COUNT,
                    "finish_reason": one_of("stop", "length", "tool_calls", "content_filter", "function_call"),
                    "logprobs": {"type": ["object", "null"]},
                    "message": {
                        "type": "object",
                        "required": ["role", "content", "refusal"],
                        "properties": {
                            "role": one_of("assistant"),
                            "content": {"type": ["string", "null"]},
                            "refusal": {"type": ["string", "null"]},
                        },
                    },
                },
            },
        },
        "usage": {
            "type": "object",
            "required": ["prompt_tokens", "completion_tokens", "total_tokens"],
            "properties": {"prompt_tokens": COUNT, "completion_tokens": COUNT, "total_tokens": COUNT},
        },
    },
}


def violations(request: object) -> list[str]:
    """What is wrong with a request; empty: nothing. Strict schemas have rules of their own, checked as well."""
    found = [
        f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in Draft202012Validator(REQUEST).iter_errors(request)
    ]
    if found or not isinstance(request, dict):
        return found
    asked = request.get("response_format", {})
    if asked.get("type") == "json_object" and "json" not in str(request["messages"]).lower():
        found.append("messages: the word JSON must stand in them for json_object")
    if asked.get("type") == "json_schema" and asked["json_schema"].get("strict"):
        found += strictness(asked["json_schema"].get("schema", {}))
    if "max_tokens" in request and "max_completion_tokens" in request:
        found.append("max_tokens: not beside max_completion_tokens")
    return found


def strictness(schema: Schema) -> list[str]:
    """Rules of structured outputs: the root is an object, all fields are required, none is unknown."""
    found = [] if schema.get("type") == "object" else ["schema: the root must be an object"]
    for each in [schema, *schema.get("properties", {}).values()]:
        if each.get("type") == "object" and each.get("additionalProperties") is not False:
            found.append("schema: additionalProperties must be false")
        if each.get("type") == "object" and sorted(each.get("required", [])) != sorted(each.get("properties", {})):
            found.append("schema: all properties must be required")
    return found
