"""The judge's model: evidence is combined by how sure it is, and what is too good by the estimate alone is not believed."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from common.errors import ArtifactError
from ensemble.judge.density import GRID, Posterior, TwoPiece
from ensemble.judge.model import EstimateFacts, Facts, JudgeModel, ReferenceFacts, load_judge
from ensemble.judge.terms import OfferFacts, terms_of
from tests.unit.ensemble.judge.judges import MODEL

OFFER = OfferFacts("Acme QX100 mixer", 100.0)


def estimate(price: float, match: str = "similar", spread: float = 1.2) -> EstimateFacts:
    return EstimateFacts(price, price / spread, price * spread, match)


def worth(*references: ReferenceFacts, estimate: EstimateFacts | None = None, model: JudgeModel = MODEL) -> float:
    return model.judge(Facts(OFFER, estimate, references)).worth


def test_without_other_evidence_worth_is_what_offers_like_it_are_worth() -> None:
    verdict = MODEL.judge(Facts(OFFER))
    assert verdict.worth == pytest.approx(100 * math.exp(0.2), rel=0.01)
    assert [(piece.kind, piece.weight) for piece in verdict.pieces] == [("asked_price", 1.0)]
    assert verdict.low < verdict.worth < verdict.high


def test_a_truth_falls_into_the_cell_around_it_and_beyond_the_grid_into_the_last() -> None:
    rows = np.full((1, len(GRID)), -50.0)
    rows[0, 300] = rows[0, -1] = 0.0
    posterior = Posterior.of(rows)
    inside = [posterior.log_mass(np.array([GRID[300] + off]))[0] for off in (-0.004, 0.0, 0.004)]
    assert inside == pytest.approx([math.log(0.5)] * 3, abs=1e-5)
    assert posterior.log_mass(np.array([99.0]))[0] == pytest.approx(math.log(0.5), abs=1e-5)
    assert posterior.log_mass(np.array([GRID[300] + 0.006]))[0] < -10


def test_an_estimate_moves_worth_a_part_of_the_way_and_a_surer_one_farther() -> None:
    vague, usual, found = (
        worth(estimate=estimate(250, spread=3)),
        worth(estimate=estimate(250)),
        worth(estimate=estimate(250, "exact")),
    )
    assert 122 < vague < usual < found < 250


def test_of_a_price_that_nobody_published_as_a_deal_nothing_follows_for_the_worth() -> None:
    said = estimate(50.0)
    worths = {price: MODEL.judge(Facts(replace(OFFER, price=price), said, published=False)).worth for price in (25.0, 50.0, 100.0)}
    assert all(found == pytest.approx(50.0, rel=0.001) for found in worths.values()), worths
    dear, published = (MODEL.judge(Facts(replace(OFFER, price=100.0), said, published=each)) for each in (False, True))
    assert dear.chance(0.25) < published.chance(0.25)
    assert [piece.kind for piece in dear.pieces] == ["estimate"]


def test_an_absurd_estimate_does_not_make_a_saving() -> None:
    verdict = MODEL.judge(Facts(OFFER, EstimateFacts(2000, 500, 8000, "unknown")))
    assert verdict.worth < 200
    assert verdict.saving <= verdict.worth - 100


def test_what_others_ask_nearly_decides() -> None:
    assert worth(ReferenceFacts("next_best", 180.0), estimate=estimate(90)) == pytest.approx(180, rel=0.02)


def test_a_sellers_claims_count_as_one_however_many_there_are() -> None:
    once = worth(ReferenceFacts("list", 300.0))
    assert worth(ReferenceFacts("list", 300.0), ReferenceFacts("was", 300.0), ReferenceFacts("regular", 300.0)) == pytest.approx(
        once, rel=0.02
    )
    assert once < 200


def test_the_shares_sum_to_one_and_the_surest_has_most() -> None:
    facts = Facts(OFFER, estimate(150), (ReferenceFacts("next_best", 180.0), ReferenceFacts("list", 400.0)))
    pieces = MODEL.judge(facts).pieces
    assert sum(piece.weight for piece in pieces) == pytest.approx(1)
    assert max(pieces, key=lambda piece: piece.weight).kind == "next_best"
    assert {piece.kind: round(piece.price) for piece in pieces}["next_best"] == 180


def test_an_unknown_kind_of_reference_changes_nothing() -> None:
    assert worth(ReferenceFacts("hearsay", 900.0)) == worth()


def test_worth_scales_with_the_price() -> None:
    flat = replace(MODEL, prior=replace(MODEL.prior, location=replace(MODEL.prior.location, weights={})))
    cheap, dear = (flat.judge(Facts(replace(OFFER, price=p), estimate(1.5 * p))).worth / p for p in (10.0, 1000.0))
    assert cheap == pytest.approx(dear)


def test_the_chance_falls_as_the_margin_grows_and_is_half_at_the_median() -> None:
    verdict = MODEL.judge(Facts(OFFER, estimate(150)))
    assert verdict.chance(0.0) > verdict.chance(0.25) > verdict.chance(1.0)
    assert verdict.chance(verdict.worth / 100 - 1) == pytest.approx(0.5, abs=0.01)
    assert verdict.chance_above(verdict.worth) == pytest.approx(0.5, abs=0.01)


def test_a_posterior_is_what_the_t_distribution_says() -> None:  # by tables of t with four degrees of freedom
    shape = TwoPiece(0.1, 0.1, 4.0)
    posterior = Posterior.of(shape.log_density(GRID, np.array([0.3]), np.array([1.0])))
    assert posterior.quantile(0.9)[0] == pytest.approx(0.3 + 0.1 * 1.5332, abs=0.003)
    assert posterior.chance(0.2)[0] == pytest.approx(0.8130, abs=0.003)


def test_a_two_piece_density_leans_to_its_wider_side() -> None:
    posterior = Posterior.of(TwoPiece(0.1, 0.3, 50.0).log_density(GRID, np.array([0.0]), np.array([1.0])))
    assert posterior.chance(0.0)[0] == pytest.approx(0.75, abs=0.01)  # the halves' areas go as their scales


def test_terms_tell_shop_kind_level_and_the_habit_of_the_price() -> None:
    terms = terms_of(OfferFacts("Acme QX100 Blender, 2 pack", 19.99, "Kitchen", "Acme  Store"))
    assert {"kind=kitchen", "shop=acme store", "level=4", "ends=99", "round=nines", "word=blender", "condition=new"} <= set(terms)
    assert "kind=kitchen&shop=acme store" in terms
    assert "shop=none" in terms_of(OFFER)
    assert "round=tens" in terms_of(OFFER)


def test_a_judge_that_lacks_a_kind_of_reference_is_refused(tmp_path: Path) -> None:
    known = {kind: model for kind, model in MODEL.references.items() if kind != "was"}
    replace(MODEL, references=known).save(tmp_path / "judge.json")
    with pytest.raises(ArtifactError, match="no references of kind was"):
        load_judge(tmp_path / "judge.json")


def test_a_judge_is_read_as_it_was_saved(tmp_path: Path) -> None:
    MODEL.save(tmp_path / "judge.json")
    assert load_judge(tmp_path / "judge.json").judge(Facts(OFFER)).worth == worth()


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"prior": 3}'])
def test_what_is_no_judge_is_refused_with_the_command_that_makes_one(tmp_path: Path, content: str) -> None:
    (tmp_path / "judge.json").write_text(content)
    with pytest.raises(ArtifactError, match=r"training\.judge_train"):
        load_judge(tmp_path / "judge.json")
