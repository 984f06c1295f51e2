"""The quality benchmark measures what it says, on data small enough to work out by eye."""

from __future__ import annotations

import dataclasses
import io
import json
import lzma
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from conftest import WordEmbedder
from rich.console import Console

from benchmarks.answers import REFUSED, Replies, ask_all, measure_answers, sentence_answers
from benchmarks.corpora import NEWSROOM, questions_of, thinned
from benchmarks.embedder import embedded, english_passages, french_passages, ranks, translations
from benchmarks.figures import Figure, progress_bars, table
from benchmarks.quality import Bench, main, measure_embedders
from benchmarks.retrieval import answers, measure_retrieval
from qa.assembly import Parts
from qa.assistant import Assistant
from qa.evaluation.questions import Question
from qa.evaluation.run import evaluate
from qa.indexing import sync
from qa.lexicon import load_lexicon
from qa.protocols import Progress, Vectors
from qa.records import Answer, Candidate, Chunk, Citation, Hit, Span
from qa.settings import Settings
from qa.stores.local import LocalStore
from training.split import Part, part_of, part_of_title

# Degrees on a circle: what is near is near in meaning.
ANGLES = {
    "a dog": 0, "a cat": 90, "a bird": 180,
    "un chien": 10, "un chat": 95, "un oiseau": 120,
    "Who barks?": 5, "Who purrs?": 40, "Qui aboie ?": 20, "Qui miaule ?": 100, "Qui chante ?": 0,
}  # fmt: skip
MEASURED = next(title for title in map(str, range(1_000)) if part_of_title(title) is Part.TEST)
LEARNT = next(title for title in map(str, range(1_000)) if part_of_title(title) is Part.TRAIN)


class CircleEmbedder:
    name = "circle"
    fingerprint = "circle"
    dimension = 2

    def embed_passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        return self.embed_questions(texts)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        turns = [math.radians(ANGLES[text]) for text in texts]
        return np.array([(math.cos(turn), math.sin(turn)) for turn in turns], dtype=np.float32)


def silent(done: int, total: int) -> None:
    pass


def write_xz(path: Path, lines: Sequence[str]) -> None:
    path.write_bytes(lzma.compress("".join(f"{line}\n" for line in lines).encode()))


def values(figures: Sequence[Figure]) -> dict[tuple[str, str], float | None]:
    return {(figure.test, figure.measure): figure.value for figure in figures}


def test_a_rank_counts_the_texts_that_are_nearer_and_those_just_as_near():
    targets = {name: np.array(place, dtype=np.float32) for name, place in (("east", (1, 0)), ("north", (0, 1)))}
    queries = {"north-east by east": np.array((0.9, 0.4), dtype=np.float32), "between": np.array((1, 1), np.float32)}
    pairs = [("north-east by east", "east"), ("north-east by east", "north"), ("between", "east")]
    assert ranks(pairs, queries, targets) == [1, 2, 2]
    assert ranks([], queries, targets) == []


def test_a_text_that_occurs_twice_is_embedded_once_and_progress_is_told():
    told: list[tuple[int, int]] = []
    vectors = embedded(
        ["a cat", "a dog", "a cat"], CircleEmbedder().embed_passages, lambda done, total: told.append((done, total))
    )
    assert list(vectors) == ["a cat", "a dog"]
    assert vectors["a dog"].tolist() == [1, 0]
    assert told == [(2, 2)]


def test_news_sentences_are_looked_up_in_both_directions(tmp_path: Path):
    write_xz(tmp_path / "dev_newstest2013.tsv.xz", ["a dog\tun chien", "a cat\tun chat"])
    write_xz(tmp_path / "dev_newstest2014.tsv.xz", ["a bird\tun oiseau"])
    figures = translations(CircleEmbedder(), tmp_path, silent)
    # "un oiseau" at 120° lies nearer to "a cat" at 90° than to "a bird" at 180°.
    assert values(figures) == {
        ("news sentences, en → fr", "recall@1"): 1.0,
        ("news sentences, fr → en", "recall@1"): pytest.approx(2 / 3),
    }
    assert {(figure.subject, figure.cases) for figure in figures} == {("circle", 3)}


def test_english_questions_look_for_their_passage_among_all_different_ones(tmp_path: Path):
    asked = [("Who barks?", "a dog"), ("Who purrs?", "a cat"), ("Who barks?", "a dog")]
    write_xz(tmp_path / "xquad_en.jsonl.xz", [json.dumps({"question": q, "context": c}) for q, c in asked])
    # "Who purrs?" at 40° lies nearer to "a dog".
    assert values(english_passages(CircleEmbedder(), tmp_path, silent)) == {
        ("XQuAD, en → en", "recall@1"): pytest.approx(2 / 3),
        ("XQuAD, en → en", "recall@5"): 1.0,
    }


def test_of_piaf_only_the_titles_kept_for_measuring_count_and_untranslated_questions_are_asked_in_french(
    tmp_path: Path,
):
    rows = [
        {"title": MEASURED, "context": "un chien", "question": "Qui aboie ?", "question_en": "Who barks?"},
        {"title": MEASURED, "context": "un chat", "question": "Qui miaule ?", "question_en": "Who purrs?"},
        {"title": MEASURED, "context": "un oiseau", "question": "Qui chante ?"},
        {"title": LEARNT, "context": "never read", "question": "Never asked ?"},
    ]
    write_xz(tmp_path / "piaf_train.jsonl.xz", [json.dumps(row) for row in rows])
    figures = french_passages(CircleEmbedder(), tmp_path, silent)
    # Found: "un chien" and "un chat" by French questions, "un chien" by an English one.
    assert values(figures) == {
        ("PIAF, fr → fr", "recall@1"): pytest.approx(2 / 3),
        ("PIAF, fr → fr", "recall@5"): 1.0,
        ("PIAF, en → fr", "recall@1"): 1 / 2,
        ("PIAF, en → fr", "recall@5"): 1.0,
    }
    assert [figure.cases for figure in figures] == [3, 3, 2, 2]


BRIDGES = Question("q-1", "Combien de ponts ferment à Lyon ?", "fr", ("trois ponts",), ("s5-16",))
HARBOUR = Question("q-2", "Quand ouvre le port ?", "fr", ("mardi",), ("s0-01",))
NOWHERE = Question("q-3", "What does the bridge cost?", "en", (), ("s5-16",))
ARTICLES = {
    "s5-16": "La ville de Lyon ferme ses ponts au printemps.",
    "s5-17": "Lyon a fermé trois ponts hier.",  # on the same event as s5-16
    "s0-01": "Le port de Brest ouvre mardi.",
    "s0-02": "Des pluies ont emporté trois ponts dans les Alpes.",
}


@dataclass
class FirstPassage:
    """A reader that always answers with the first passage found, as surely as ``sureness`` tells for the question."""

    sureness: dict[str, float]
    threshold: float = 0.5

    def read(self, question: str, hits: Sequence[Hit]) -> list[Candidate]:
        chunk = hits[0].chunk
        whole = Span(chunk.start, chunk.end)
        return [Candidate(hits[0], whole, whole, self.sureness.get(question, 0.3))]


@pytest.fixture
def assistant(
    tmp_path: Path, empty_store: LocalStore, local_settings: Settings, word_embedder: WordEmbedder
) -> Iterator[Assistant]:
    """Over the four articles."""
    lines = [json.dumps({"id": name, "title": name, "text": text}) for name, text in ARTICLES.items()]
    (tmp_path / "articles.jsonl").write_text("\n".join(lines), encoding="utf-8")
    sync(empty_store, [str(tmp_path / "articles.jsonl")], embedder=word_embedder, settings=local_settings)
    reader = FirstPassage({BRIDGES.question: 0.8, HARBOUR.question: 0.4, NOWHERE.question: 0.6})
    yield Assistant(empty_store, Parts(word_embedder, load_lexicon(), reader), local_settings)
    empty_store.close()


def passage(article_id: str) -> Chunk:
    text = ARTICLES[article_id]
    return Chunk(article_id, 0, len(text), text, "fr", article_id)


def test_a_passage_answers_if_it_holds_the_gold_answer_and_is_about_the_event_asked_for():
    assert answers(BRIDGES, passage("s5-17"))
    assert not answers(BRIDGES, passage("s5-16"))  # the right article, without the answer
    assert not answers(BRIDGES, passage("s0-02"))  # the right words, of another event
    assert answers(BRIDGES, passage("s0-02"), copies=["s5-16"])


def test_retrieval_is_measured_over_answerable_questions_by_ranking_and_language(assistant: Assistant):
    lost = Question("q-4", "Combien de ponts ferment à Lyon ?", "en", ("quatre ponts",), ("s5-16",))
    figures = measure_retrieval(assistant, [BRIDGES, HARBOUR, NOWHERE, lost], silent, test="four")
    found = {(figure.test, figure.subject): (figure.value, figure.cases) for figure in figures}
    assert {figure.measure for figure in figures} == {"success@8"}
    assert found["four, fr", "hybrid"] == found["four, fr", "dense alone"] == (1.0, 2)
    assert found["four, en", "hybrid"] == (0.0, 1)
    assert found["four, all", "lexical alone"] == (pytest.approx(2 / 3), 3)


@pytest.mark.parametrize("threshold", [0.0, 0.35, 0.5, 0.7, 0.9])
def test_what_a_threshold_withholds_is_what_an_assistant_with_that_threshold_refuses(
    assistant: Assistant, threshold: float
):
    follow_up = Question("q-5", "Et à Brest ?", "fr", ("mardi",), ("s0-01",), history=(BRIDGES.question,))
    questions = [BRIDGES, HARBOUR, NOWHERE, follow_up]
    replies = ask_all(assistant, questions, silent)
    assert replies.evaluation.outcomes[3].interpretation != follow_up.question
    assistant.parts.reader.threshold = threshold
    asked = [assistant.ask(question.question, history=question.history) for question in questions]
    assert [outcome.answered for outcome in replies.at(threshold)] == [answer.answered for answer in asked]
    assert [outcome.text for outcome in replies.at(threshold)] == [answer.text for answer in asked]


def reply(number: int, *, right: bool, answerable: bool = True, lang: str = "en") -> tuple[Question, Answer]:
    """A question to be answered with "ten boats", answered so or with "one boat", as sure as ``number`` tenths."""
    golds = ("ten boats",) if answerable else ()
    question = Question(f"q-{lang}-{number}-{answerable}", f"{lang} {number} {answerable}?", lang, golds, ("a",))
    text = "ten boats" if right else "one boat"
    quote = f"There are {text}."
    citation = Citation(1, "a", "", quote, 0, len(quote), 0.5, None, None)
    return question, Answer("", "", lang, text, number / 10, (citation,), (), (), "")


def replies_of(*pairs: tuple[Question, Answer]) -> Replies:
    known = {question.question: answer for question, answer in pairs}
    evaluation = evaluate(lambda text, history: known[text], [question for question, _ in pairs])
    return Replies(evaluation, tuple(answer.confidence for _, answer in pairs))


def test_the_threshold_that_refuses_a_tenth_of_ten_questions_refuses_the_least_sure_one():
    replies = replies_of(
        *(reply(number, right=True) for number in (3, 1, 2, 10, 9, 8, 7, 6, 5, 4)),
        reply(1, right=False, answerable=False),
    )
    threshold = replies.threshold_refusing(REFUSED)
    assert threshold == 0.2
    refused = [outcome.question.id for outcome in replies.at(threshold) if not outcome.answered]
    assert refused == ["q-en-1-True", "q-en-1-False"]
    assert replies_of(reply(1, right=True)).threshold_refusing(REFUSED) == 0.1  # a tenth of one question is none


def test_the_figures_of_answers_are_those_worked_out_by_hand():
    replies = replies_of(
        reply(9, right=True),
        reply(3, right=True),
        reply(8, right=False, lang="fr"),
        reply(7, right=False, answerable=False),
        reply(2, right=False, answerable=False, lang="fr"),
    )
    figures = measure_answers(replies, threshold=0.5, test="set")
    found = {(figure.test.removeprefix("set: "), figure.measure, figure.subject): figure.value for figure in figures}
    bold, shipped = "never abstaining", "shipped threshold"
    assert found[bold, "sentence accuracy", "all"] == pytest.approx(2 / 3)
    # "one boat" shares no word with "ten boats".
    assert found[bold, "token F1", "all"] == found[bold, "exact match", "all"] == pytest.approx(2 / 3)
    assert found[bold, "answerable refused", "all"] == found[bold, "unanswerable refused", "all"] == 0
    assert found[bold, "calibration error", "all"] == pytest.approx((0.1 + 0.7 + 0.8 + 0.7 + 0.2) / 5)
    assert found[shipped, "sentence accuracy", "en"] == found[shipped, "token F1", "en"] == 1 / 2
    assert found[shipped, "answerable refused", "all"] == pytest.approx(1 / 3)
    assert found[shipped, "unanswerable refused", "all"] == 1 / 2
    assert found[shipped, "unanswerable refused", "fr"] == 1
    assert found[shipped, "calibration error", "all"] == pytest.approx((0.1 + 0.8 + 0.7) / 3)
    assert found[shipped, "threshold", "all"] == 0.5
    # Of three questions none may be refused: the threshold is the least sure one's.
    assert found["10 % refused", "threshold", "all"] == 0.3
    assert found["10 % refused", "unanswerable refused", "all"] == 1 / 2
    assert found["time", "p50 ms", "all"] <= found["time", "p95 ms", "all"]


def test_the_sentence_that_counts_is_the_one_shown_first():
    right, wrong = "There are ten boats.", "There is one boat."
    question, answer = reply(9, right=True)
    outcome = dataclasses.replace(replies_of((question, answer)).evaluation.outcomes[0], quotes=(wrong, right))
    assert not sentence_answers(outcome)
    assert outcome.accurate


def test_thinned_questions_keep_their_order_and_the_share_of_every_language_and_kind():
    questions = [
        Question(f"q-{n}", f"{n}?", ("en", "fr")[n % 2], ("gold",) if n % 4 < 2 else (), ("a",)) for n in range(400)
    ]
    kept = thinned(questions, every=4)
    assert Counter((one.lang, one.answerable) for one in kept) == dict.fromkeys(
        [("en", True), ("fr", True), ("en", False), ("fr", False)], 25
    )
    assert [one.id for one in kept] == [one.id for one in questions if one in kept]
    assert kept == thinned(questions, every=4)
    assert thinned(questions, every=1) == questions


def test_of_the_newsroom_only_questions_on_articles_kept_for_measuring_are_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(Path(__file__).parent.parent)
    asked = questions_of(NEWSROOM, every=1)
    assert {part_of(name) for question in asked for name in question.article_ids} == {Part.TEST}
    assert any(not question.answerable for question in asked)


def test_data_that_are_not_there_are_told_in_one_line_each(tmp_path: Path):
    told: list[str] = []
    watch = progress_bars(Console(file=io.StringIO()))
    assert measure_embedders(Bench(None, tmp_path, 1, told.append, watch)) == []
    assert measure_embedders(Bench(tmp_path, tmp_path, 1, told.append, watch)) == []
    without_data, *without_files = told
    assert "--data" in without_data
    assert [line.split(" skipped")[0].removeprefix("embedder: ") for line in without_files] == [
        "news sentences",
        "XQuAD",
        "PIAF",
    ]


def test_the_command_outside_the_repository_skips_everything_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["quality"])
    main()
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 7
    assert all("skipped" in line for line in said[:-1])
    assert "nothing" in said[-1]
    assert list(tmp_path.iterdir()) == []


def test_a_table_has_a_column_for_each_subject_and_tells_the_cases_once_where_they_are_the_same():
    console = Console(file=io.StringIO(), width=100)
    figures = [
        Figure("news", "recall@1", "old", 0.25, 8),
        Figure("news", "recall@1", "new", 0.5, 8),
        Figure("answers", "token F1", "old", None, 0),
        Figure("answers", "token F1", "new", 0.125, 4),
        Figure("time", "p50 ms", "new", 250.4, 4),
    ]
    console.print(table(figures, title="Two"))
    lines = [line.replace("│", " ").split() for line in console.file.getvalue().splitlines()]
    assert ["news", "recall@1", "0.250", "0.500", "8"] in lines
    assert ["answers", "token", "F1", "–", "0.125", "0", "/", "4"] in lines
    assert ["time", "p50", "ms", "250", "4"] in lines
    assert figures[0].to_dict() == {"test": "news", "measure": "recall@1", "subject": "old", "value": 0.25, "cases": 8}
