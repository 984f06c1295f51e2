"""How meaning and words, in a passage and around it, become one ranking."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.protocols import Ranked
from qa.ranking import AROUND, WEIGHTS, Candidates, Weights, max_normalised, min_max, rank
from qa.records import Chunk

NAMES = ("dense", "lexical", "dense_around", "lexical_around")


def own(dense: float, lexical: float) -> Weights:
    return Weights(dense=dense, lexical=lexical, dense_around=0, lexical_around=0)


HALVES = own(0.5, 0.5)


def ranking(*scored: tuple[int, float]) -> list[Ranked]:
    return [Ranked(row, score) for row, score in scored]


def chunk(article_id: str, start: int = 0) -> Chunk:
    return Chunk(article_id, start, start + 3, "Non", "fr", article_id)


def scores(
    near: Mapping[int, float], alike: Mapping[int, float], chunks: Mapping[int, Chunk], weights: Weights
) -> list[tuple[int, float]]:
    return [(one.row, pytest.approx(one.score)) for one in rank(Candidates(near, alike, chunks), weights)]


def test_cosines_are_stretched_between_the_last_and_the_first():
    assert min_max(ranking((1, 0.9), (2, 0.5), (3, 0.1))) == pytest.approx({1: 1, 2: 0.5, 3: 0})
    assert min_max([]) == min_max([], ranking((1, 0.5))) == {}


def test_cosines_of_others_are_put_on_the_same_scale_and_never_leave_it():
    first, others = ranking((1, 0.9), (2, 0.5)), ranking((1, 0.9), (3, 0.7), (4, 0.2))
    assert min_max(first, others) == pytest.approx({1: 1, 2: 0, 3: 0.5, 4: 0})


def test_passages_equally_near_are_all_near():
    assert min_max(ranking((1, 0.3), (2, 0.3)), ranking((2, 0.3), (3, 0.1))) == {1: 1.0, 2: 1.0, 3: 0.0}


def test_bm25_is_divided_by_the_best():
    assert max_normalised(ranking((2, 8.0), (4, 2.0))) == {2: 1.0, 4: 0.25}
    assert max_normalised([]) == {}
    assert max_normalised(ranking((2, 0.0))) == {2: 0.0}


def test_without_surroundings_a_score_is_the_weighted_sum_of_both():
    chunks = {row: chunk(str(row)) for row in (1, 2, 4)}
    found = scores({1: 1.0, 2: 0.5}, {2: 1.0, 4: 0.25}, chunks, own(0.2, 0.8))
    assert found == [(2, 0.9), (1, 0.2), (4, 0.2)]


def test_a_passage_gains_by_the_best_around_it_in_its_own_article():
    chunks = {1: chunk("a", 0), 2: chunk("a", 3 + AROUND), 3: chunk("a", 4 + AROUND), 4: chunk("b", 0)}
    found = scores({}, {1: 1.0}, chunks, Weights(dense=0, lexical=0.4, dense_around=0, lexical_around=0.6))
    assert found == [(1, 1.0), (2, 0.6), (3, 0.0), (4, 0.0)]


def test_words_find_the_article_and_meaning_the_passage_in_it():
    chunks = {1: chunk("named", 0), 2: chunk("named", 600), 3: chunk("other")}
    # The first passage has the question's words, the second its meaning; the third is nearer still, elsewhere.
    found = rank(Candidates({2: 0.8, 3: 1.0}, {1: 1.0}, chunks), WEIGHTS)
    assert [one.row for one in found] == [2, 1, 3]


def test_a_long_passage_stands_beside_the_next_one():
    chunks = {1: Chunk("a", 0, 9000, "...", "fr", "a"), 2: chunk("a", 9000)}
    weights = Weights(dense=0, lexical=0, dense_around=0, lexical_around=1)
    assert scores({}, {2: 1.0}, chunks, weights) == [(1, 1.0), (2, 1.0)]


def test_a_row_without_a_chunk_is_not_ranked():
    assert scores({1: 1.0, 2: 0.5}, {1: 1.0}, {2: chunk("a")}, HALVES) == [(2, 0.25)]


def test_equal_scores_are_ranked_by_row():
    assert [row for row, _ in scores({9: 0.5, 3: 0.5}, {}, {9: chunk("a"), 3: chunk("b")}, HALVES)] == [3, 9]


ROWS = st.integers(0, 30)
SHARES = st.dictionaries(ROWS, st.floats(0, 1))
PLACES = st.builds(chunk, st.sampled_from("abc"), st.integers(0, 5 * AROUND))
WEIGHINGS = st.lists(st.integers(1, 9), min_size=4, max_size=4).map(
    lambda parts: Weights(**dict(zip(NAMES, (part / sum(parts) for part in parts), strict=True)))
)


@given(SHARES, SHARES, st.dictionaries(ROWS, PLACES), WEIGHINGS)
def test_a_ranking_has_every_passage_once_best_first_with_scores_from_0_to_1(near, alike, chunks, weights):
    found = rank(Candidates(near, alike, chunks), weights)
    assert sorted(one.row for one in found) == sorted(chunks)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(0 <= one.score <= 1 for one in found)


@given(SHARES, SHARES, WEIGHINGS)
def test_what_is_first_in_meaning_and_in_words_scores_1(near, alike, weights):
    chunks = {row: chunk(str(row)) for row in {*near, *alike, 7}}
    assert rank(Candidates({**near, 7: 1.0}, {**alike, 7: 1.0}, chunks), weights)[0].score == pytest.approx(1)
