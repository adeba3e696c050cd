"""The schema that the peer holds requests against is as strict as OpenAI's description, whose names the client library carries."""

import pytest
from openai.types.chat import ChatCompletion
from openai.types.chat.completion_create_params import CompletionCreateParamsBase

from frontier_rag.chat.api_dialect import Dialect, simpler
from frontier_rag.chat.prompt import build_messages
from tests.integration.openai_peer import completion
from tests.integration.openai_schema import ANSWER, REQUEST, violations
from tests.unit.frontier_rag_fakes import neighbour

GOOD = {"model": "m", "messages": [{"role": "user", "content": "hello, in JSON"}]}


def test_it_knows_exactly_the_fields_of_the_published_description() -> None:
    assert set(REQUEST["properties"]) == {*CompletionCreateParamsBase.__annotations__, "stream"}
    assert set(ANSWER["required"]) <= set(ChatCompletion.model_fields)


@pytest.mark.parametrize(
    "change",
    [
        {"modle": "m"},
        {"messages": []},
        {"messages": [{"role": "wizard", "content": "x"}]},
        {"messages": [{"role": "user", "content": "x", "price": 1}]},
        {"messages": [{"role": "user"}]},
        {"temperature": 3},
        {"temperature": "0"},
        {"seed": 1.5},
        {"max_tokens": 0},
        {"max_tokens": 5, "max_completion_tokens": 5},
        {"response_format": {"type": "json"}},
        {"response_format": {"type": "json_schema"}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a b", "schema": {}}}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "strict": True, "schema": {"type": "object"}}}},
        {"response_format": {"type": "json_object"}, "messages": [{"role": "user", "content": "hello"}]},
        {"model": None},
    ],
)
def test_a_request_that_openai_would_refuse_is_refused(change: dict[str, object]) -> None:
    assert violations(GOOD) == []
    assert violations(GOOD | change)


def test_every_dialect_that_we_speak_is_allowed() -> None:
    dialect: Dialect | None = Dialect()
    spoken = 0
    while dialect:
        arguments = dialect.arguments(42, 200)
        assert violations({"model": "m", "messages": build_messages("a drill", [neighbour("d", 9.0, 0.9)]), **arguments}) == []
        spoken, dialect = spoken + 1, simpler(dialect, "")
    assert spoken == 4


def test_the_peers_own_answers_are_what_openai_promises() -> None:
    from jsonschema import Draft202012Validator

    assert list(Draft202012Validator(ANSWER).iter_errors(completion("x"))) == []
    assert list(Draft202012Validator(ANSWER).iter_errors(completion("x") | {"choices": []}))
