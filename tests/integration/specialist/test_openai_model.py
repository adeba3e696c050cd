"""SPECIALIST_BACKEND=openai against a real endpoint on loopback that checks what it is sent and breaks in every way."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from common.artifact import write_meta
from common.errors import ArtifactError, DeadlineExceededError, OverloadedError, UnavailableError
from specialist.app import create_app
from specialist.fourth_digit import FOUR_DIGITS
from specialist.openai_model import OpenAIPriceModel, cutter
from specialist.price_classes import WHOLE_DOLLARS, PriceClasses
from specialist.readout import UNCALIBRATED, read_prices
from specialist.settings import Settings
from tests.integration.specialist.completions_peer import KEY, Completions
from tests.integration.training.api_peers import serving
from tests.waiting import until_ready


@pytest.fixture
def peer() -> Completions:
    return Completions()


@pytest.fixture
def url(peer: Completions) -> Iterator[str]:
    with serving(peer.routes()) as found:
        yield f"{found}/v1"


class Asking:
    """The model on an endpoint, whose pauses between tries are noted rather than slept."""

    def __init__(self, url: str, classes: PriceClasses = WHOLE_DOLLARS, **settings: object) -> None:
        self.pauses: list[float] = []
        options = {"openai_base_url": url, "openai_model": "m", "openai_api_key": KEY, "openai_timeout": 10, **settings}
        self.classes = classes
        self.model = OpenAIPriceModel(Settings.model_validate(options), 160, classes=classes, sleep=self.pauses.append)

    def prices(self, *texts: str) -> list[float]:
        try:
            return [round(each.price) for each in read_prices(self.model.logits(texts), UNCALIBRATED, self.classes)]
        finally:
            self.model.close()


def test_many_prompts_go_in_one_call_and_come_back_in_order(peer: Completions, url: str) -> None:
    texts = [f"thing number {price}" for price in (7, 250, 998, 30)]
    assert Asking(url).prices(*texts) == [7, 250, 998, 30]
    (body,) = peer.asked
    assert len(body["prompt"]) == 4
    assert {name: body[name] for name in ("max_tokens", "temperature", "logprobs")} == {
        "max_tokens": 1,
        "temperature": 0,
        "logprobs": 1000,
    }


def test_prices_past_999_are_asked_once_more_behind_their_first_three_digits(peer: Completions, url: str) -> None:
    texts = [f"thing number {price}" for price in (7, 250, 1299, 9980)]
    assert Asking(url, FOUR_DIGITS).prices(*texts) == [7, 250, 1299, 9980]
    first, second = peer.asked
    assert len(first["prompt"]) == 4
    assert len(second["prompt"]) == 3 * 16, "nothing more is asked of what costs 7 dollars"
    assert second["logprobs"] == 40
    assert any(prompt.endswith("Price is $129") for prompt in second["prompt"])


def test_cheap_goods_cost_one_call_alone(peer: Completions, url: str) -> None:
    assert Asking(url, FOUR_DIGITS).prices("thing 7", "thing 30") == [7, 30]
    assert len(peer.asked) == 1


def test_an_adapter_of_the_published_prices_is_asked_once(peer: Completions, url: str) -> None:
    assert Asking(url).prices("thing 250") == [250]
    assert len(peer.asked) == 1


def test_a_single_prompt_goes_as_text(peer: Completions, url: str) -> None:
    assert Asking(url).prices("thing 40") == [40]
    assert isinstance(peer.asked[0]["prompt"], str)


def test_a_pause_that_the_endpoint_asks_for_is_kept(peer: Completions, url: str) -> None:
    peer.faults = ["429"]
    asking = Asking(url)
    assert asking.prices("thing 40") == [40]
    (pause,) = asking.pauses
    assert 1.0 <= pause <= 1.25


@pytest.mark.parametrize("fault", ["500", "truncated", "html"])
def test_a_passing_fault_is_tried_again_with_growing_pauses(peer: Completions, url: str, fault: str) -> None:
    peer.faults = [fault, fault]
    asking = Asking(url)
    assert asking.prices("thing 40") == [40]
    first, second = asking.pauses
    assert 0.25 <= first <= 0.32
    assert 0.5 <= second <= 0.63


@pytest.mark.parametrize(
    ("fault", "error", "why"),
    [
        ("429", OverloadedError, "429"),
        ("500", UnavailableError, "answered 500.*broken"),
        ("truncated", UnavailableError, "something else than JSON"),
        ("html", UnavailableError, "something else than JSON"),
    ],
)
def test_a_lasting_fault_is_told_after_the_last_try(
    peer: Completions, url: str, fault: str, error: type[Exception], why: str
) -> None:
    peer.faults = [fault] * 9
    with pytest.raises(error, match=why):
        Asking(url, openai_retries=2).prices("thing 40")
    assert len(peer.asked) == 3


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("404", r"does not exist.*SPECIALIST_OPENAI_BASE_URL"),
        ("no choices", "0 choices for 1 prompts"),
        ("no logprobs", "no log probabilities"),
        ("words", "only 0% of the probability lies on the prices"),
        ("huge", "sent more than"),
        ("endless", "sent more than"),
    ],
)
def test_what_no_second_try_would_mend_is_told_at_once(peer: Completions, url: str, fault: str, why: str) -> None:
    peer.faults = [fault]
    with pytest.raises(UnavailableError, match=why):
        Asking(url).prices("thing 40")
    assert len(peer.asked) == 1


@pytest.mark.parametrize("fault", ["hang", "trickle"])
def test_an_endpoint_that_does_not_finish_is_given_up(peer: Completions, url: str, fault: str) -> None:
    peer.faults = [fault]
    started = time.monotonic()
    with pytest.raises(DeadlineExceededError, match="did not answer within"):
        Asking(url, openai_timeout=0.5).prices("thing 40")
    assert time.monotonic() - started < 15


def test_a_pause_past_the_deadline_is_not_begun(peer: Completions, url: str) -> None:
    peer.faults = ["503 for long"]
    asking = Asking(url, openai_timeout=5)
    with pytest.raises(UnavailableError) as told:
        asking.prices("thing 40")
    assert asking.pauses == []
    assert told.value.retry_after == 86_400


def test_a_wrong_key_names_the_setting(url: str) -> None:
    with pytest.raises(UnavailableError, match=r"401.*_API_KEY"):
        Asking(url, openai_api_key="wrong").prices("thing 40")


def test_an_endpoint_that_lists_fewer_tokens_says_which_option_to_raise(peer: Completions, url: str) -> None:
    peer.max_logprobs = 20
    with pytest.raises(UnavailableError, match=r"max allowed: 20.*--max-logprobs"):
        Asking(url).prices("thing 40")


def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match="cannot be reached"):
        Asking("http://127.0.0.1:9/v1").prices("thing 40")


def test_no_more_calls_are_under_way_than_allowed(peer: Completions, url: str) -> None:
    asking = Asking(url, workers=2)
    threads = [threading.Thread(target=asking.model.logits, args=([f"thing {price}"],)) for price in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    asking.model.close()
    assert len(peer.asked) == 8
    assert peer.most_at_once == 2


def test_texts_are_cut_by_characters_or_by_tokens_where_a_tokenizer_is_given(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    assert cutter("", 10)("x" * 100) == "x" * 40
    words = Tokenizer(models.WordLevel({"<unk>": 0}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.save(str(tmp_path / "tokenizer.json"))
    cut = cutter(str(tmp_path / "tokenizer.json"), 3)
    assert cut("a bb ccc dddd") == "a bb ccc"
    assert cut("a bb") == "a bb"
    with pytest.raises(ArtifactError, match="SPECIALIST_OPENAI_TOKENIZER"):
        cutter(str(tmp_path / "none.json"), 3)


@pytest.fixture
def _configured(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for name, value in {"BACKEND": "openai", "OPENAI_BASE_URL": url, "OPENAI_MODEL": "org/llama", "OPENAI_API_KEY": KEY}.items():
        monkeypatch.setenv(f"SPECIALIST_{name}", value)


@pytest.mark.usefixtures("_configured")
def test_the_service_prices_batches_through_the_endpoint(peer: Completions) -> None:
    with TestClient(create_app()) as client:
        until_ready(client)
        results = client.post("/price/batch", json={"items": [{"description": f"thing {price}"} for price in range(1, 101)]}).json()
        assert [round(result["price"]) for result in results["results"]] == list(range(1, 101))
        assert {result["model"] for result in results["results"]} == {"specialist@llama-openai"}
    assert len(peer.asked) == 1 + 4, "the trial at start, and 100 items in slices of 32"


@pytest.mark.usefixtures("_configured")
def test_an_adapter_that_says_so_makes_the_service_price_past_999(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calibration = {"estimator": "median", "prices": [1.0], "low_levels": [0.1], "high_levels": [0.9]}
    write_meta(tmp_path, format_version=1, command="none", files=[], calibration=calibration, classes={"dollars": 10_000})
    monkeypatch.setenv("SPECIALIST_ADAPTER", str(tmp_path))
    with TestClient(create_app()) as client:
        until_ready(client)
        assert round(client.post("/price", json={"description": "thing 1299"}).json()["price"]) == 1299


@pytest.mark.usefixtures("_configured")
def test_the_service_becomes_ready_when_the_endpoint_comes_to_serve_the_model(peer: Completions) -> None:
    peer.faults = ["404"]
    with TestClient(create_app()) as client:
        until_ready(client, "does not exist")
        until_ready(client)


def test_without_an_address_the_service_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECIALIST_BACKEND", "openai")
    with TestClient(create_app()) as client:
        until_ready(client, "SPECIALIST_OPENAI_BASE_URL and SPECIALIST_OPENAI_MODEL")
        assert client.post("/price", json={"description": "a lamp"}).status_code == 503
