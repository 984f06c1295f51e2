"""A network small enough to be worked out by hand, and probabilities that leave room for "none of them"."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.scoring import Scorer, softmax_with_none

SCORES = st.lists(st.floats(-20, 20, width=32), max_size=30).map(lambda scores: np.array(scores, dtype=np.float32))


def scorer() -> Scorer:
    """Standardises two features, adds up what is positive of them and takes 1 off."""
    return Scorer(
        mean=np.array([1, 10], dtype=np.float32),
        scale=np.array([2, 5], dtype=np.float32),
        w1=np.eye(2, dtype=np.float32),
        b1=np.zeros(2, dtype=np.float32),
        w2=np.ones(2, dtype=np.float32),
        b2=np.float32(-1),
    )


def test_a_score_can_be_worked_out_by_hand():
    features = np.array([[5, 20], [1, 10], [-9, 20]], dtype=np.float32)
    # (5-1)/2 + (20-10)/5 - 1 = 3; the mean gives only the offset; a negative unit counts as 0.
    assert scorer().score(features).tolist() == [3, -1, 1]


def test_scores_of_no_rows_are_no_scores():
    scores = scorer().score(np.empty((0, 2), dtype=np.float32))
    assert scores.shape == (0,)
    assert scores.dtype == np.float32


def test_one_choice_as_good_as_none_has_half_the_probability():
    assert softmax_with_none(np.zeros(1, dtype=np.float32)).tolist() == [0.5]
    assert softmax_with_none(np.zeros(3, dtype=np.float32)).tolist() == [0.25] * 3


def test_a_probability_is_the_share_of_the_exponentials():
    two, three = softmax_with_none(np.log(np.array([2, 3], dtype=np.float32)))
    assert (two, three) == (pytest.approx(2 / 6), pytest.approx(3 / 6))


def test_the_probability_of_a_single_choice_is_the_logistic_of_its_score():
    assert softmax_with_none(np.array([4], dtype=np.float32))[0] == pytest.approx(1 / (1 + math.exp(-4)))


@given(SCORES)
def test_the_probabilities_leave_some_for_none(scores):
    probabilities = softmax_with_none(scores)
    assert probabilities.shape == scores.shape
    assert (probabilities > 0).all()
    assert probabilities.sum() < 1


@given(SCORES)
def test_a_better_score_is_never_less_probable(scores):
    order = np.argsort(scores, kind="stable")
    assert (np.diff(softmax_with_none(scores)[order]) >= 0).all()


def test_scores_beyond_all_measure_give_probabilities_all_the_same():
    probabilities = softmax_with_none(np.array([3e38, -3e38], dtype=np.float32))
    assert probabilities.tolist() == [1, 0]
