"""The question set on the seed articles: its shape, and the floors that no change may break."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from qa.assistant import Assistant
from qa.evaluation.questions import load_questions
from qa.evaluation.report import check_floors, load_floors
from qa.evaluation.run import evaluate

HERE = Path(__file__).parent
SEEDS = HERE.parent / "seeds"
QUESTIONS = load_questions(HERE / "questions.jsonl")


def test_the_question_set_covers_both_languages_every_article_and_what_is_not_said():
    assert Counter(question.lang for question in QUESTIONS) == {"en": 49, "fr": 49}
    assert {i for question in QUESTIONS for i in question.article_ids} == {path.name for path in SEEDS.glob("*.txt")}
    assert sum(not question.answerable for question in QUESTIONS) == 28
    assert sum(bool(question.history) for question in QUESTIONS) >= 6


@pytest.mark.parametrize("name", ["questions.jsonl", "questions.dev.jsonl"])
def test_every_gold_answer_stands_in_its_evidence_and_that_in_its_article(name):
    for question in load_questions(HERE / name):
        if not question.answerable:
            continue
        texts = [(SEEDS / article_id).read_text(encoding="utf-8") for article_id in question.article_ids]
        assert question.evidence is not None
        assert any(question.evidence in text for text in texts), question.id
        assert all(answer in question.evidence for answer in question.answers), question.id


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_figure_falls_below_its_floor(tmp_path):
    assistant = Assistant.build([str(SEEDS)], store=str(tmp_path / "index"))
    try:
        evaluation = evaluate(lambda text, history: assistant.ask(text, history=history), QUESTIONS)
    finally:
        assistant.close()
    assert check_floors(evaluation.overall, load_floors(HERE / "questions.floors.json")) == []
