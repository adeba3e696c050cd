"""Those who ask for judgements, against the whole ensemble on a real port: the command `pricer judge`, and pricing-client."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ensemble.app import create_app
from pricer.__main__ import main
from pricing_client import InvalidRequestError, ItemError, Judgement, Offer, PricingClient, Reference
from tests.integration.common.front_doors import running
from tests.integration.ensemble.faulty_pricers import NAMES, Pricers
from tests.integration.ensemble.judge.conftest import write_judge

DRILL = {"title": "Acme QX100 drill", "description": "Acme QX100 drill, 20 V"}
ELSEWHERE = Reference(kind="next_best", price=80, said_by="editor")


@pytest.fixture
def url(pricers: Pricers, artifacts: Path) -> Iterator[str]:
    write_judge(artifacts)
    with running(create_app()) as server:
        yield f"http://127.0.0.1:{server.config.port}"


def test_the_command_prints_what_the_ensemble_judges(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "offer.txt"
    text.write_text("Brushless. That's $30 less than you'd pay elsewhere. The list price is $400.")
    command = ["judge", "Acme QX100 Drill for $50", "--price", "50", "--retailer", "Acme Store", "--text", str(text)]
    assert main([*command, "--url", url]) == 0
    out = capsys.readouterr().out
    assert "worth   $79." in out or "worth   $80." in out
    assert "over 99 % that it is worth 25 % more than is asked" in out
    assert "$400.00 is inflated" in out
    first = next(line for line in out.splitlines() if line.strip()[:1].isdigit())
    assert "An editor says the lowest price elsewhere is $80" in first


def test_the_client_reads_what_the_ensemble_judges(url: str) -> None:
    with PricingClient(url, trust_env=False) as client:
        found = client.judge(DRILL, Offer(price=50, references=[ELSEWHERE]))
        assert found.worth == pytest.approx(80, rel=0.02)
        assert [each.pricer for each in found.answer.estimates] == list(NAMES)
        first, second = client.judge_batch([(DRILL, {"price": 50, "references": [ELSEWHERE]}), (DRILL, {"price": 50, "shop": "x"})])
        assert isinstance(first, Judgement)
        assert first.worth == found.worth
        assert isinstance(second, ItemError)
        assert [each.field for each in second.error.errors] == ["offer.shop"]
        with pytest.raises(InvalidRequestError) as caught:
            client.judge(DRILL, {})
        assert [each.field for each in caught.value.problem.errors] == ["offer.price"]
