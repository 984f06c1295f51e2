"""The metrics give the textbook's numbers on judgments small enough to check by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.metrics import (
    Ranking,
    RiskPoint,
    abstention,
    area_under_risk_coverage,
    contains_answer,
    exact_match,
    expected_calibration_error,
    mean,
    mean_reciprocal_rank,
    ndcg,
    normalise,
    overlaps,
    percentile,
    recall,
    risk_coverage,
    token_f1,
)

# Found first · found third · one of two found, second · not found.
RANKINGS = [
    Ranking(("gold", "x", "y"), frozenset({"gold"})),
    Ranking(("x", "y", "gold"), frozenset({"gold"})),
    Ranking(("x", "gold"), frozenset({"gold", "other"})),
    Ranking(("x",), frozenset({"gold"})),
]
texts = st.text(alphabet="aAbé l’'«».,- 1\u00a0", max_size=20)
shares = st.floats(0, 1)


def rankings() -> st.SearchStrategy[list[Ranking]]:
    ids = st.sampled_from("abcdef")
    found = st.lists(ids, unique=True).map(tuple)
    return st.lists(st.builds(Ranking, found, st.frozensets(ids, min_size=1)), min_size=1, max_size=4)


def answers() -> st.SearchStrategy[list[tuple[float, bool]]]:
    return st.lists(st.tuples(shares, st.booleans()), min_size=1, max_size=20)


def test_recall_is_the_mean_share_of_the_relevant_ids_among_the_first_k() -> None:
    assert recall(RANKINGS, k=1) == pytest.approx(1 / 4)
    assert recall(RANKINGS, k=2) == pytest.approx((1 + 0 + 1 / 2 + 0) / 4)
    assert recall(RANKINGS, k=5) == pytest.approx((1 + 1 + 1 / 2 + 0) / 4)


def test_mean_reciprocal_rank_counts_the_first_relevant_id_only() -> None:
    assert mean_reciprocal_rank(RANKINGS, k=10) == pytest.approx((1 + 1 / 3 + 1 / 2 + 0) / 4)
    assert mean_reciprocal_rank(RANKINGS, k=2) == pytest.approx((1 + 0 + 1 / 2 + 0) / 4)


def test_ndcg_divides_the_discounted_gain_by_that_of_the_best_order() -> None:
    second, third = 1 / math.log2(3), 1 / math.log2(4)
    assert ndcg(RANKINGS, k=10) == pytest.approx((1 + third + second / (1 + second) + 0) / 4)


def test_a_question_for_which_nothing_was_found_counts_as_zero() -> None:
    nothing = [Ranking((), frozenset({"gold"}))]
    assert recall(nothing, k=5) == mean_reciprocal_rank(nothing, k=10) == ndcg(nothing, k=10) == 0


@given(rankings())
def test_retrieval_metrics_stay_within_bounds_and_recall_grows_with_k(some: list[Ranking]) -> None:
    at = [recall(some, k=k) or 0.0 for k in (1, 2, 5)]
    assert at == sorted(at)
    for value in (*at, mean_reciprocal_rank(some, k=10), ndcg(some, k=10)):
        assert value is not None
        assert 0 <= value <= 1 + 1e-9


def test_normalising_drops_case_punctuation_and_the_articles_of_both_languages() -> None:
    assert normalise("« Les systèmes Patriot », l’OTAN !") == "systèmes patriot otan"
    assert normalise("The United States' offer") == "united states offer"
    assert normalise("de la défense de Kiev, d'Europe et des alliés") == "défense de kiev europe et alliés"
    assert normalise("10\u202f000 €") == "10 000"


def test_an_answer_of_articles_alone_keeps_them() -> None:
    assert normalise("Un") == "un"
    assert exact_match("un", ["Un"])
    assert not exact_match("le", ["Un"])


def test_exact_match_accepts_any_gold_up_to_normalising() -> None:
    assert exact_match("La Maison-Blanche.", ["Washington", "à Paris", "maison-blanche"])
    assert not exact_match("à la Maison-Blanche", ["maison-blanche"])
    assert not exact_match("", ["maison-blanche"])
    assert not exact_match("rien", [])


def test_token_f1_is_the_best_over_the_golds() -> None:
    # Shared: systèmes, patriot. Precision 2/4, recall 2/2.
    assert token_f1("au moins systèmes Patriot", ["les systèmes Patriot"]) == pytest.approx(2 / 3)
    assert token_f1("au moins systèmes Patriot", ["navires", "au moins systèmes patriot"]) == 1
    assert token_f1("dix dix", ["dix"]) == pytest.approx(2 / 3)
    assert token_f1("", ["dix"]) == token_f1("dix", []) == token_f1("onze", ["dix"]) == 0


@given(texts, texts)
def test_token_f1_is_symmetric_bounded_and_one_for_an_exact_match(one: str, other: str) -> None:
    assert token_f1(one, [other]) == token_f1(other, [one])
    assert 0 <= token_f1(one, [other]) <= 1
    if exact_match(one, [other]):
        assert token_f1(one, [other]) == 1


def test_an_answer_is_contained_only_as_whole_words_in_a_row() -> None:
    sentence = "Kiev veut « au moins 10 systèmes Patriot », selon l’OTAN."
    assert contains_answer(sentence, ["10"])
    assert contains_answer(sentence, ["les systèmes Patriot"])
    assert contains_answer(sentence, ["vingt", "OTAN"])
    assert not contains_answer(sentence, ["1"])
    assert not contains_answer(sentence, ["10 Patriot"])
    assert not contains_answer(sentence, [])


def test_an_answer_that_is_an_article_is_found_only_where_it_stands() -> None:
    assert contains_answer("Il reste un navire.", ["un"])
    assert not contains_answer("Il reste deux navires.", ["un"])


@given(texts, texts, texts)
def test_a_text_contains_every_answer_it_was_written_around(before: str, answer: str, after: str) -> None:
    if normalise(answer):
        assert contains_answer(f"{before} {answer} {after}", [answer])


def test_stretches_overlap_when_one_holds_the_other_or_they_share_half_of_the_shorter() -> None:
    evidence = "Kiev demande dix systèmes, selon Bloomberg."
    assert overlaps("La guerre dure. Kiev demande dix systèmes, selon Bloomberg. Et après ?", evidence)
    assert overlaps("dix systèmes", evidence)
    assert overlaps("La guerre dure toujours. Kiev demande dix", evidence)
    assert overlaps("systèmes, selon Bloomberg. Paris se tait encore", evidence)
    assert not overlaps("La guerre dure toujours à Kiev", evidence)
    assert not overlaps("Paris demande dix systèmes, selon Reuters.", evidence)
    assert not overlaps("", evidence)


@given(texts, texts)
def test_overlap_is_symmetric_and_a_text_overlaps_itself(one: str, other: str) -> None:
    assert overlaps(one, other) == overlaps(other, one)
    assert overlaps(one, one) == any(character.isalnum() for character in one)


def test_abstention_is_scored_as_a_search_for_the_unanswerable() -> None:
    # Abstained from two unanswerable and one answerable question, answered one unanswerable one.
    scores = abstention(
        abstained=[True, True, True, False, False],
        answerable=[False, False, True, False, True],
    )
    assert scores.precision == pytest.approx(2 / 3)
    assert scores.recall == pytest.approx(2 / 3)
    assert scores.f1 == pytest.approx(2 / 3)


def test_abstention_is_undefined_where_there_was_no_occasion() -> None:
    always_answered = abstention(abstained=[False, False], answerable=[True, True])
    assert (always_answered.precision, always_answered.recall, always_answered.f1) == (None, None, None)
    silent_once = abstention(abstained=[True, False], answerable=[True, True])
    assert (silent_once.precision, silent_once.recall, silent_once.f1) == (0, None, 0)


@given(st.lists(st.tuples(st.booleans(), st.booleans())))
def test_abstention_f1_is_the_harmonic_mean_of_precision_and_recall(flags: list[tuple[bool, bool]]) -> None:
    scores = abstention(abstained=[silent for silent, _ in flags], answerable=[known for _, known in flags])
    if scores.precision and scores.recall:
        assert scores.f1 == pytest.approx(2 * scores.precision * scores.recall / (scores.precision + scores.recall))


def test_risk_falls_as_the_assistant_grows_stricter() -> None:
    points = risk_coverage([0.9, 0.8, 0.8, 0.6], [True, True, False, False], questions=5)
    assert points == [RiskPoint(0.9, 1 / 5, 0), RiskPoint(0.8, 3 / 5, 1 / 3), RiskPoint(0.6, 4 / 5, 1 / 2)]
    # One answer at risk 0, two at 1/3, one at 1/2.
    assert area_under_risk_coverage(points) == pytest.approx((0 + 2 / 3 + 1 / 2) / 4)


@given(answers())
def test_aurc_is_bounded_and_blind_to_the_order_of_the_questions(given_answers: list[tuple[float, bool]]) -> None:
    def area(pairs: list[tuple[float, bool]]) -> float:
        found = area_under_risk_coverage(risk_coverage(*zip(*pairs, strict=True), questions=len(pairs)))
        assert found is not None
        return found

    assert area(given_answers[::-1]) == area(given_answers)
    assert 0 <= area(given_answers) <= 1 + 1e-9
    assert (area(given_answers) == 0) == all(right for _, right in given_answers)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy_bin_by_bin() -> None:
    # Bin (0.7, 0.8]: mean confidence 0.775, accuracy 1/2. Bin (0.9, 1]: confidence 1, accuracy 1.
    error = expected_calibration_error([0.75, 0.8, 1.0, 1.0], [True, False, True, True])
    assert error == pytest.approx((2 * 0.275 + 2 * 0) / 4)
    assert expected_calibration_error([0.0, 1.0], [False, True]) == 0
    assert expected_calibration_error([0.0, 1.0], [True, False]) == 1


@given(answers())
def test_calibration_error_is_bounded(given_answers: list[tuple[float, bool]]) -> None:
    error = expected_calibration_error(*zip(*given_answers, strict=True))
    assert error is not None
    assert -1e-9 <= error <= 1 + 1e-9


def test_percentiles_are_interpolated_between_neighbours() -> None:
    assert percentile([30, 10, 20], 50) == 20
    assert percentile([10, 20], 95) == pytest.approx(19.5)


def test_a_metric_over_nothing_is_undefined() -> None:
    assert mean([]) is None
    assert percentile([], 50) is None
    assert recall([], k=5) is None
    assert area_under_risk_coverage([]) is None
    assert expected_calibration_error([], []) is None
