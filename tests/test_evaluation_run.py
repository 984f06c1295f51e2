"""An evaluation asks every question with its history and scores what comes back, by numbers one can check by hand."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Sequence

import pytest

from qa.errors import IndexMissing
from qa.evaluation.judging import judge, names_article, rank_passages
from qa.evaluation.questions import Question
from qa.evaluation.run import METRICS, Evaluation, evaluate
from qa.records import Abstention, Answer, Chunk, Citation, Hit

TALKS = "Kiev veut dix systèmes Patriot. Les pourparlers se tiennent à Washington."
TRADE = "Le GNL arrive en mai. Paris se tait."
ARTICLES = {"2025/talks.txt": TALKS, "trade.txt": TRADE}

PATRIOT = Question(
    id="q-1",
    question="How many Patriot systems does Kyiv want?",
    lang="en",
    answers=("dix", "dix systèmes Patriot"),
    article_ids=("talks",),
    evidence="Kiev veut dix systèmes Patriot.",
    type="number",
)
WHERE = Question(
    id="q-2",
    question="Et où en parle-t-on ?",
    lang="fr",
    answers=("Washington",),
    article_ids=("talks",),
    evidence="Les pourparlers se tiennent à Washington.",
    history=("Que veut Kiev ?",),
    type="place",
)
FUEL = Question(
    id="q-3",
    question="Quand arrive le GNL ?",
    lang="fr",
    answers=("en mai",),
    article_ids=("trade",),
    evidence="Le GNL arrive en mai.",
    type="date",
)
SKY = Question(id="q-4", question="Pourquoi le ciel est-il bleu ?", lang="fr", answers=(), article_ids=())
PRICE = Question(id="q-5", question="What does the gas cost?", lang="en", answers=(), article_ids=("trade",))


def hit(article_id: str, words: str, *, copies: tuple[str, ...] = ()) -> Hit:
    start = ARTICLES[article_id].index(words)
    return Hit(Chunk(article_id, start, start + len(words), words, "fr", "Titre"), score=0.5, copies=copies)


def citation(article_id: str, quote: str, *, number: int = 1) -> Citation:
    start = ARTICLES[article_id].index(quote)
    return Citation(number, article_id, "Titre", quote, start, start + len(quote), 0.5, None, None)


def answer(text: str, *citations: Citation, confidence: float, hits: Sequence[Hit] = ()) -> Answer:
    return Answer(
        question="",
        interpretation="as it was looked up",
        language="fr",
        text=text,
        confidence=confidence,
        citations=citations,
        alternatives=(),
        hits=tuple(hits),
        message="",
        reason=None if citations else Abstention.FACT_NOT_STATED,
    )


FIRST, SECOND = TALKS[:31], TALKS[32:]
GAS, PARIS = TRADE[:21], TRADE[22:]
ANSWERS = {
    # Right, and cited rightly once in two.
    PATRIOT.question: answer(
        "dix systèmes",
        citation("2025/talks.txt", FIRST),
        citation("trade.txt", PARIS, number=2),
        confidence=0.9,
        hits=[hit("2025/talks.txt", FIRST), hit("trade.txt", GAS)],
    ),
    # Wrong: the neighbouring sentence, though the right one was found second.
    WHERE.question: answer(
        "dix",
        citation("2025/talks.txt", FIRST),
        confidence=0.7,
        hits=[hit("2025/talks.txt", FIRST), hit("2025/talks.txt", SECOND)],
    ),
    # Silent where it should have answered.
    FUEL.question: answer("", confidence=0.2, hits=[hit("trade.txt", PARIS)]),
    # Rightly silent.
    SKY.question: answer("", confidence=0.1),
    # Answered what the articles don't say.
    PRICE.question: answer("mai", citation("trade.txt", GAS), confidence=0.6, hits=[hit("trade.txt", GAS)]),
}


@pytest.fixture
def evaluation() -> Evaluation:
    return evaluate(lambda question, history: ANSWERS[question], [PATRIOT, WHERE, FUEL, SKY, PRICE])


def test_each_question_is_asked_once_with_its_history_and_progress_is_told() -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []
    told: list[tuple[int, int]] = []

    def ask(question: str, history: Sequence[str]) -> Answer:
        asked.append((question, tuple(history)))
        return ANSWERS[question]

    evaluate(ask, [SKY, WHERE], progress=lambda done, total: told.append((done, total)))
    assert asked == [(SKY.question, ()), (WHERE.question, ("Que veut Kiev ?",))]
    assert told == [(1, 2), (2, 2)]


def test_each_outcome_says_what_was_shown_and_whether_it_is_right(evaluation: Evaluation) -> None:
    patriot, where, fuel, sky, price = evaluation.outcomes
    assert [outcome.correct for outcome in evaluation.outcomes] == [True, False, False, True, False]
    assert (patriot.text, patriot.quotes) == ("dix systèmes", (FIRST, PARIS))
    assert patriot.citations_right == (True, False)
    assert not patriot.exact_match
    assert patriot.token_f1 == pytest.approx(4 / 5)  # two words of two shown and three expected
    assert where.citations_right == (False,)
    assert (patriot.ranks, where.ranks, fuel.ranks) == ((1,), (2,), ())
    assert not fuel.answered
    assert sky.confidence == 0.1
    assert not price.accurate


def test_the_overall_scores_are_those_worked_out_by_hand(evaluation: Evaluation) -> None:
    scores = evaluation.overall.to_dict()
    assert (scores["questions"], scores["answerable"], scores["answered"]) == (5, 3, 3)
    assert scores["recall@1"] == pytest.approx(1 / 3)
    assert scores["recall@5"] == pytest.approx(2 / 3)
    assert scores["MRR@10"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert scores["exact_match"] == 0
    assert scores["token_f1"] == pytest.approx((4 / 5 + 0 + 0) / 3)
    assert scores["answer_accuracy"] == pytest.approx(1 / 3)
    assert scores["citation_precision"] == pytest.approx((1 / 2 + 0) / 2)
    assert scores["citation_recall"] == pytest.approx(1 / 3)
    assert scores["abstention_precision"] == scores["abstention_recall"] == scores["abstention_f1"] == 1 / 2
    # Answers by confidence: right, wrong, wrong.
    assert scores["aurc"] == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)
    assert scores["ece"] == pytest.approx((0.1 + 0.7 + 0.6) / 3)


def test_scores_are_also_given_by_language_and_by_type(evaluation: Evaluation) -> None:
    assert list(evaluation.by_language) == ["en", "fr"]
    assert evaluation.by_language["en"].answer_accuracy == 1
    assert evaluation.by_language["fr"].answer_accuracy == 0
    assert {name: scores.questions for name, scores in evaluation.by_type.items()} == {
        "date": 1,
        "number": 1,
        "place": 1,
    }


def test_a_score_with_nothing_to_measure_is_none() -> None:
    scores = evaluate(lambda question, history: ANSWERS[question], [SKY]).overall
    assert scores.abstention_f1 == 1
    assert (
        scores.recall_at_5 is scores.answer_accuracy is scores.citation_precision is scores.aurc is scores.ece is None
    )


def test_latency_is_the_wall_time_of_asking() -> None:
    def slow(question: str, history: Sequence[str]) -> Answer:
        time.sleep(0.02)
        return ANSWERS[question]

    scores = evaluate(slow, [SKY, SKY]).overall
    assert scores.latency_p50_ms is not None
    assert scores.latency_p95_ms is not None
    assert 20 <= scores.latency_p50_ms <= scores.latency_p95_ms < 5_000


def test_an_evaluation_as_a_dictionary_survives_json_and_names_every_metric(evaluation: Evaluation) -> None:
    content = json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))
    assert tuple(content["scores"]["overall"]) == METRICS
    assert set(content["scores"]["by_language"]) == {"en", "fr"}
    assert [line["id"] for line in content["questions"]] == ["q-1", "q-2", "q-3", "q-4", "q-5"]
    assert content["risk_coverage"][0] == {"confidence": 0.9, "coverage": 0.2, "risk": 0.0}


def test_a_problem_while_asking_ends_the_evaluation() -> None:
    def broken(question: str, history: Sequence[str]) -> Answer:
        raise IndexMissing("no index")

    with pytest.raises(IndexMissing):
        evaluate(broken, [SKY])


def test_a_passage_found_twice_counts_once() -> None:
    ranking = rank_passages(
        WHERE, [hit("2025/talks.txt", FIRST), hit("2025/talks.txt", FIRST), hit("2025/talks.txt", SECOND)]
    )
    assert [name in ranking.relevant for name in ranking.found] == [False, True]


def test_a_second_passage_of_the_same_gold_article_takes_a_place_but_is_no_second_success() -> None:
    ranking = rank_passages(PATRIOT, [hit("2025/talks.txt", FIRST), hit("2025/talks.txt", TALKS)])
    assert [name in ranking.relevant for name in ranking.found] == [True, False]


def test_the_right_words_in_another_article_are_not_relevant() -> None:
    elsewhere = dataclasses.replace(WHERE, article_ids=("trade",))
    assert not judge(elsewhere, ANSWERS[WHERE.question], seconds=0).ranks


def test_a_passage_kept_for_its_copies_finds_their_articles_too() -> None:
    both = dataclasses.replace(PATRIOT, article_ids=("talks", "reprint"))
    alone = rank_passages(both, [hit("2025/talks.txt", FIRST)])
    assert alone.relevant == {"talks", "reprint"}
    with_copy = rank_passages(both, [hit("2025/talks.txt", FIRST, copies=("reprint.txt",))])
    assert with_copy.relevant == {"talks"}
    through_copy = dataclasses.replace(PATRIOT, article_ids=("reprint",))
    assert judge(
        through_copy, answer("", confidence=0, hits=[hit("2025/talks.txt", FIRST, copies=("reprint.txt",))]), seconds=0
    ).ranks == (1,)


@pytest.mark.parametrize("gold", ["2025/talks.txt", "2025/talks", "talks.txt", "talks"])
def test_a_question_set_may_name_an_article_without_its_folder_or_suffix(gold: str) -> None:
    assert names_article(gold, "2025/talks.txt")


def test_an_article_is_not_named_by_a_part_of_its_name() -> None:
    assert names_article("news.jsonl#7", "2025/news.jsonl#7")
    assert not names_article("news", "2025/news.jsonl#7")
    assert not names_article("s0", "s0.1")
    assert not names_article("alks", "2025/talks.txt")
