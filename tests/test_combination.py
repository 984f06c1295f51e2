"""Fits weights to made-up witnesses: the one that is right is heard, the others are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qa.reading import Combination
from training.combination import Case, fit_sentences, probabilities, proposed

SENTENCES, CASES = 5, 1000
WITNESSES = ("aligned", "read", "retrieved")


def cases(knowing: str) -> list[Case]:
    """Questions of which half have an answer; one witness gives the right sentence 2 more, all are noisy."""
    dice = np.random.default_rng(20_26)
    made = []
    for number in range(CASES):
        right = np.zeros(SENTENCES, dtype=np.float32)
        if number % 2:
            right[dice.integers(SENTENCES)] = 1
        said = {name: dice.normal(size=SENTENCES).astype(np.float32) for name in WITNESSES}
        said[knowing] += 2 * right
        made.append(Case("en", **said, right=right))
    return made


@pytest.mark.parametrize("knowing", WITNESSES)
def test_the_witness_that_knows_is_heard(knowing: str):
    fitted = fit_sentences(cases(knowing))
    weights = {"aligned": fitted.alignment, "read": fitted.transformer, "retrieved": fitted.retrieval}
    others = [abs(weight) for name, weight in weights.items() if name != knowing]
    assert weights[knowing] > 1 > 4 * max(others)


def test_what_is_fitted_is_about_as_often_right_as_it_says():
    known = cases("read")
    fitted = fit_sentences(known)
    assert np.mean([probabilities(case, fitted).sum() for case in known]) == pytest.approx(0.5, abs=0.05)
    answered, unanswered = known[1::2], known[::2]
    assert np.mean([proposed(case, fitted) for case in answered]) > 0.6
    assert np.mean([proposed(case, fitted) for case in unanswered]) < 0.4


def loss(known: list[Case], weights: Combination) -> float:
    """The mean log loss of the right sentences, or of "none" where there are none, case by case."""
    losses = []
    for case in known:
        logits = weights.sentence_logits(case.aligned, case.read, case.retrieved)
        right = np.exp(logits[case.right > 0]).sum() if case.right.any() else 1.0
        losses.append(np.log((np.exp(logits).sum() + 1) / right))
    return float(np.mean(losses))


def test_no_weights_nearby_fit_cases_of_different_length_better():
    known = cases("aligned")
    shorter = [Case("fr", one.aligned[:2], one.read[:2], one.retrieved[:2], one.right[:2]) for one in known]
    fitted = fit_sentences([*known, *shorter])
    best = loss([*known, *shorter], fitted)
    for name in ("alignment", "transformer", "retrieval", "bias"):
        for step in (-0.2, 0.2):
            nearby = replace(fitted, **{name: getattr(fitted, name) + step})
            assert loss([*known, *shorter], nearby) > best
