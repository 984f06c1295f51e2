"""The reader's benchmark: questions on the right passage only, scores worked out by eye, time without retrieval."""

from __future__ import annotations

import io
import json
import lzma
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import tiny_readers
import torch
from conftest import WordEmbedder
from rich.console import Console

from benchmarks.figures import Figure, progress_bars
from benchmarks.quality import Bench, measure_readers
from benchmarks.reading import ALONE, CHOSEN, measure_time, measure_words, piaf_tasks, with_witnesses
from qa.assembly import Parts, question_language
from qa.assistant import Assistant
from qa.evaluation.questions import Question
from qa.indexing import sync
from qa.lexicon import load_lexicon
from qa.marking import Mark
from qa.reading import Combination, CombinedReader
from qa.records import Candidate, Chunk, Hit, Span
from qa.settings import Settings, load_settings
from qa.stores.local import LocalStore
from qa.transformer import SpanScorer
from training.split import Part, part_of_title

MEASURED = next(title for title in map(str, range(1_000)) if part_of_title(title) is Part.TEST)
LEARNT = next(title for title in map(str, range(1_000)) if part_of_title(title) is Part.TRAIN)
BIRDS = "Le merle chante. La pie vole un miroir."
COMBINED = Combination(alignment=2.0, transformer=0.1, bias=-1.0, stretch_alignment=1.0, stretch_transformer=0.5)


class KnownWords:
    """A reader that picks the same words for each question, if they are in the passage, and nothing else."""

    threshold = 0.9

    def __init__(self, known: dict[str, str]) -> None:
        self.known = known
        self.read_of: list[tuple[str, Sequence[Hit]]] = []

    def read(self, question: str, hits: Sequence[Hit]) -> list[Candidate]:
        self.read_of.append((question, hits))
        words, chunk = self.known.get(question, ""), hits[0].chunk
        if not words:
            return []
        start = chunk.start + chunk.text.index(words)
        return [Candidate(hits[0], Span(start, start + len(words)), Span(chunk.start, chunk.end), 0.1)]


def silent(done: int, total: int) -> None:
    pass


def row(question: str, *answers: str, title: str = MEASURED, context: str = BIRDS, en: str | None = None) -> dict:
    starts = [context.index(answer) for answer in answers]
    asked = {"question": question} | ({"question_en": en} if en else {})
    return {"title": title, "context": context, "answers": list(answers), "answer_start": starts, **asked}


def write_piaf(folder: Path, *rows: dict) -> Path:
    lines = "".join(f"{json.dumps(each)}\n" for each in rows)
    (folder / "piaf_train.jsonl.xz").write_bytes(lzma.compress(lines.encode()))
    return folder


def test_words_are_scored_by_the_nearest_answer_for_each_language_of_question_and_nothing_read_is_wrong(tmp_path: Path):
    folder = write_piaf(
        tmp_path,
        row("Qui chante ?", "Le merle chante", "merle", en="Who sings?"),
        row("Que vole la pie ?", "un miroir", en="What does the magpie steal?"),
        row("Qui se tait ?", "La pie"),
        row("Jamais posée ?", "merle", title=LEARNT, en="Never asked?"),
    )
    reader = KnownWords(
        {
            "Qui chante ?": "Le merle",
            "Que vole la pie ?": "vole un miroir",
            "Who sings?": "pie",
            "What does the magpie steal?": "miroir",
        }
    )
    told: list[tuple[int, int]] = []
    figures = measure_words({"known": reader}, folder, lambda done, total: told.append((done, total)))
    # "vole miroir" and "miroir" share one word: precision 1/2, recall 1. Articles do not count.
    assert [(figure.test, figure.measure, figure.value, figure.cases) for figure in figures] == [
        ("PIAF, fr → fr", "token F1", pytest.approx((1 + 2 / 3 + 0) / 3), 3),
        ("PIAF, fr → fr", "exact match", pytest.approx(1 / 3), 3),
        ("PIAF, en → fr", "token F1", 1 / 2, 2),
        ("PIAF, en → fr", "exact match", 1 / 2, 2),
    ]
    assert {figure.subject for figure in figures} == {"known"}
    assert told[-1] == (5, 5)


def test_the_only_hit_is_the_passage_of_the_text_that_holds_the_answer(tmp_path: Path):
    rain = "Il pleut sur Brest. "
    context = rain * (3 * load_settings().chunk_size // len(rain)) + BIRDS
    write_piaf(tmp_path, row("Qui chante ?", "merle", context=context, en="Who sings?"))
    french, english = piaf_tasks(tmp_path)
    chunk = french.passage.chunk
    assert english.passage == french.passage
    assert (french.lang, french.question, french.answers) == ("fr", "Qui chante ?", ("merle",))
    assert (english.lang, english.question) == ("en", "Who sings?")
    assert "merle" in chunk.text
    assert len(chunk.text) < len(context) / 2
    assert chunk.text == context[chunk.start : chunk.end]
    assert (chunk.article_id, chunk.title, chunk.language) == (MEASURED, MEASURED, "fr")
    # Places count from the whole text's beginning; the words must still come out right.
    figures = measure_words({"known": KnownWords({"Qui chante ?": "merle"})}, tmp_path, silent)
    assert figures[1] == Figure("PIAF, fr → fr", "exact match", "known", 1.0, 1)


@pytest.fixture(scope="module")
def models() -> tuple:
    """What combined readers are made of, with a transformer of a few kilobytes."""
    return SpanScorer(*tiny_readers.bert(types=len(Mark))), tiny_readers.alignment(), load_lexicon()


def test_a_witness_alone_reads_as_a_reader_made_of_it_alone(models: tuple):
    readers = with_witnesses(CombinedReader(*models, COMBINED, language_of=question_language))
    assert list(readers) == [CHOSEN, "transformer alone", "alignment alone"]
    hits = [Hit(Chunk("birds", 0, len(BIRDS), BIRDS, "fr", "Les oiseaux"), 1.0)]
    read = {name: reader.read("Que vole la pie ?", hits) for name, reader in readers.items()}
    for name, weights in {CHOSEN: COMBINED, **ALONE}.items():
        assert read[name] == CombinedReader(*models, weights, language_of=question_language).read(
            "Que vole la pie ?", hits
        )
    # The alignment sees the question's words in the second sentence and prefers long stretches.
    sentence = BIRDS.index("La pie")
    assert read["alignment alone"][0].sentence == Span(sentence, len(BIRDS))
    assert len({tuple(candidates) for candidates in read.values()}) == 3


def test_a_reader_that_hears_no_witnesses_stands_alone():
    reader = KnownWords({})
    assert with_witnesses(reader) == {CHOSEN: reader}


class SlowEmbedder(WordEmbedder):
    """Takes a tenth of a second for a question."""

    def embed_questions(self, texts: Sequence[str]):
        time.sleep(0.1)
        return super().embed_questions(texts)


@pytest.fixture
def assistant(tmp_path: Path, empty_store: LocalStore, local_settings: Settings) -> Iterator[Assistant]:
    """Over three articles; it finds slowly, reads two passages at once, and has a reader that takes no time."""
    texts = ("Le merle chante.", "La pie vole un miroir.", "Il pleut sur Brest.")
    lines = [json.dumps({"id": str(number), "title": "", "text": text}) for number, text in enumerate(texts)]
    (tmp_path / "articles.jsonl").write_text("\n".join(lines), encoding="utf-8")
    sync(empty_store, [str(tmp_path / "articles.jsonl")], embedder=WordEmbedder(), settings=local_settings)
    settings = local_settings.model_copy(update={"passages": 2})
    yield Assistant(empty_store, Parts(SlowEmbedder(), load_lexicon(), KnownWords({})), settings)
    empty_store.close()


def test_the_time_is_that_of_reading_the_passages_a_user_would_have_read_without_finding_them(assistant: Assistant):
    questions = [
        Question("1", "Que vole la pie ?", "fr", ("un miroir",), ("1",)),
        Question("2", "Who sings?", "en", (), ("0",)),
    ]
    figures = measure_time(assistant, questions, silent, test="three")
    assert {figure.test for figure in figures} == {f"three: 2 passages, torch threads: {torch.get_num_threads()}"}
    assert [(figure.measure, figure.subject, figure.cases) for figure in figures] == [
        ("p50 ms", CHOSEN, 2),
        ("p95 ms", CHOSEN, 2),
    ]
    assert figures[0].value <= figures[1].value < 100  # finding takes that long
    # The first question is read once more, before the clock starts.
    read_of = assistant.parts.reader.read_of
    assert [question for question, _ in read_of] == [questions[0].question, *(each.question for each in questions)]
    assert {len(hits) for _, hits in read_of} == {2}


def test_no_questions_take_no_time_at_all(assistant: Assistant):
    assert [figure.value for figure in measure_time(assistant, [], silent, test="none")] == [None, None]


def test_without_data_and_without_the_newsroom_the_reader_is_skipped_in_one_line_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    watch = progress_bars(Console(file=io.StringIO()))
    assert measure_readers(Bench(None, tmp_path, 1, told.append, watch)) == []
    assert measure_readers(Bench(tmp_path, tmp_path, 1, told.append, watch)) == []
    assert ["--data" in told[0], "newsroom" in told[1], "piaf_train" in told[2], "newsroom" in told[3]] == [True] * 4
    assert len(told) == 4
    assert all(line.startswith("reader: ") and " skipped, " in line for line in told)
