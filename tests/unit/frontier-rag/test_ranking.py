"""What a person sees first of what vectors and words have found."""

from dataclasses import replace

from common.product_files.product_identity import identity_of
from frontier_rag.products import Neighbour, Product
from frontier_rag.ranking import described, ranked
from tests.unit.frontier_rag_fakes import neighbour


def of(title: str, similarity: float, lexical: float = 0.0, name: str = "") -> Neighbour:
    return Neighbour(Product(title, 10.0, "Audio", "text"), similarity, lexical, id=name)


def test_the_product_itself_comes_first_then_its_variants_whatever_the_similarities() -> None:
    asked = identity_of("Sony WH-1000XM5")
    found = [of("Sony WH-1000XM4", 0.95, 0.9), of("Sony WH-1000XM5 (Renewed)", 0.6), of("sony wh1000xm5", 0.5)]
    shown = ranked(described(asked, found, {}))
    assert [(each.product.title, each.match) for each in shown] == [
        ("sony wh1000xm5", "exact"),
        ("Sony WH-1000XM5 (Renewed)", "model"),
        ("Sony WH-1000XM4", "similar"),
    ]


def test_words_count_twice_as_much_as_meaning() -> None:
    found = [of("a", 0.9), of("b", 0.8, 0.1), of("c", 0.5, 0.3)]
    assert [each.product.title for each in ranked(found)] == ["c", "b", "a"]


def test_without_words_vectors_alone_decide() -> None:
    found = [of("a", 0.7), of("b", 0.9), of("c", 0.8)]
    assert [each.product.title for each in ranked(found)] == ["b", "c", "a"]


def test_words_are_known_by_id_and_a_nameless_product_matches_nothing() -> None:
    nameless = replace(neighbour("Sony WH-1000XM5", 20.0, 0.9), id="x")
    (told,) = described(identity_of("Sony WH-1000XM5"), [nameless], {"x": 0.4, "y": 0.9})
    assert (told.lexical, told.match) == (0.4, "similar")
