"""The local store finds by vectors and by words what its contract says, filtered before it is ranked."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_samples import EVERYTHING, add, add_winds, addition, found, manifest, worded

from qa.errors import BadInput
from qa.protocols import Addition, Change
from qa.records import Filter
from qa.stores import lexical
from qa.stores.local import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = LocalStore.create(tmp_path / "index", manifest())
    yield opened
    opened.close()


@pytest.fixture
def filled(store: LocalStore) -> LocalStore:
    add_winds(store)
    return store


def test_the_nearest_passages_come_first_with_their_inner_products(filled):
    hits = filled.dense(np.array([1, 0], dtype=np.float32), k=3, where=EVERYTHING)
    assert [hit.score for hit in hits] == pytest.approx([1.0, 0.8, 0.6])
    assert found(filled, [1, 0], k=3) == ["sun rises", "sun rose", "wind rose"]


def test_asking_for_more_passages_than_there_are_gives_those_there_are(filled):
    assert len(found(filled, [1, 0], k=50)) == 4
    assert len(found(filled, [1, 0], k=50, where=Filter(languages=frozenset({"fr"})))) == 1


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Filter(languages=frozenset({"fr"})), ["ours polaire"]),
        (Filter(article_ids=frozenset({"north"})), ["ours polaire"]),
        (Filter(since="2024-05-02"), ["ours polaire"]),
        (Filter(since="2024-05-01", until="2024-05-01"), ["sun rises"]),
        (Filter(until="2024-04-30"), []),
        (Filter(languages=frozenset()), []),
        (Filter(article_ids=frozenset({"no such", 'a"b\\c', "\ud800"})), []),
    ],
)
def test_a_filter_is_applied_before_the_best_passage_is_chosen(filled, where, expected):
    assert found(filled, [1, 0], k=1, where=where) == expected
    words = ("sun", "rises", "rose", "wind", "ours", "polaire")
    assert worded(filled, *words, k=1, where=where) == expected


def test_a_filter_finds_a_passage_that_a_hundred_others_outrank_by_words(store):
    better = [addition(f"en{number}", ("sun", [1, 0])) for number in range(150)]
    add(store, *better, addition("fr", ("sun and many other words", [0, 1]), language="fr"))
    assert worded(store, "sun", k=1, where=Filter(languages=frozenset({"fr"}))) == ["sun and many other words"]


def test_passages_are_cut_from_the_article_by_code_points(store):
    passages = ("a😀é", [1, 0]), ("日本語 👩‍👩‍👧", [0, 1]), ("fin", [0, -1])
    add(store, addition("unicode", *passages))
    assert found(store, [0, 1]) == ["日本語 👩‍👩‍👧", "a😀é", "fin"]
    article = store.article("unicode")
    rows = [hit.row for hit in store.dense(np.array([0, 1], dtype=np.float32), k=3, where=EVERYTHING)]
    assert all(chunk.text == article.text[chunk.start : chunk.end] for chunk in store.chunks(rows).values())


def test_bm25_is_the_published_formula(filled):
    # 4 passages of 2 terms: the length part is 1; "rises" stands in one of them, once.
    (hit,) = filled.lexical({"rises": 1.0}, k=5, where=EVERYTHING)
    idf = math.log(1 + (4 - 1 + 0.5) / (1 + 0.5))
    assert hit.score == pytest.approx(idf * (1.2 + 1) / (1 + 1.2))


def test_a_terms_weight_multiplies_its_part_of_the_score(filled):
    plain = filled.lexical({"rises": 1.0}, k=1, where=EVERYTHING)[0]
    (halved,) = filled.lexical({"rises": 0.5, "wind": 0.0, "rose": -1.0}, k=5, where=EVERYTHING)
    assert halved.score == pytest.approx(plain.score / 2)
    by_weight = filled.lexical({"rises": 1.0, "wind": 2.0}, k=2, where=EVERYTHING)
    assert [filled.chunks([hit.row])[hit.row].text for hit in by_weight] == ["wind rose", "sun rises"]


def test_a_large_index_ignores_a_common_term_beside_a_rarer_one(filled, monkeypatch):
    monkeypatch.setattr(lexical, "MANY_PASSAGES", 3)
    assert worded(filled, "sun", "wind") == ["wind rose"]
    assert sorted(worded(filled, "sun")) == ["sun rises", "sun rose"], "alone, a common term still counts"


STRANGE = ["1.46", "c++", "d'été", 'say "x"', "a OR b", "NEAR(a)", "terms:x", "*", "", " ", "_", "\0", "\ud800", "😀"]


@pytest.mark.parametrize("term", STRANGE)
def test_a_strange_term_is_found_where_it_stands_and_nowhere_else(store, term):
    plain = addition("strange", ("first", [1, 0]), ("second", [0, 1]))
    store.apply(Change([Addition(plain.article, plain.chunks, plain.vectors, [["x", term], ["x", "y", "other"]])]))
    assert worded(store, term) == (["first"] if term else [])
    assert store.document_frequencies([term, "x"]) == {term: 1 if term else 0, "x": 2}


def test_a_question_of_thousands_of_terms_is_searched(filled):
    assert worded(filled) == []
    assert worded(filled, *(f"w{number}" for number in range(5_000)), "wind") == ["wind rose"]


@given(st.dictionaries(st.text(st.characters()), st.floats(allow_nan=False, width=16), max_size=5))
def test_no_term_breaks_the_search(searched, terms):
    searched.lexical(terms, k=3, where=EVERYTHING)
    assert searched.document_frequencies(terms).keys() == terms.keys()


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    """A store that hypothesis only reads from."""
    opened = LocalStore.create(tmp_path_factory.mktemp("searched") / "index", manifest())
    add(opened, addition("a", ("some words 0 a", [1, 0])))
    yield opened
    opened.close()


def test_a_question_vector_of_another_model_is_refused(filled):
    with pytest.raises(BadInput, match="use the model it was built with"):
        found(filled, [1, 0, 0])
