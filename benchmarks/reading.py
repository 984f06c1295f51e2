"""Measures the reader alone: does it pick the right words of the right passage, and how long does it take?"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure
from qa.assistant import Assistant
from qa.evaluation.metrics import exact_match, mean, percentile, token_f1
from qa.evaluation.questions import Question
from qa.evidence import Sentence
from qa.protocols import Progress, Reader
from qa.reading import Combination, CombinedReader, Heard
from qa.records import Chunk, Hit
from qa.spans import Pieces
from training.questions import piaf_rows
from training.spans import piaf_place
from training.split import Part

CHOSEN = "chosen reader"
ALONE = {
    "transformer alone": Combination(),
    "alignment alone": Combination(alignment=1.0, transformer=0.0, stretch_alignment=1.0, stretch_transformer=0.0),
}
_ASKED_IN = {"fr": "question", "en": "question_en"}  # language of a question → its name in PIAF's rows
_MEASURES: Mapping[str, Callable[[str, Sequence[str]], float]] = {"token F1": token_f1, "exact match": exact_match}


class Reweighed(CombinedReader):
    """Hears what another reader hears, with that one's models, and weighs it differently."""

    def __init__(self, reader: CombinedReader, combination: Combination) -> None:
        self._reader = reader
        self._combination = combination

    def hear(self, question: str, hits: Sequence[Hit]) -> Heard | None:
        return self._reader.hear(question, hits)

    def hear_stretches(
        self, pieces: Pieces, stretches: NDArray[np.int64], sentence: Sentence, heard: Heard
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return self._reader.hear_stretches(pieces, stretches, sentence, heard)


def with_witnesses(reader: Reader) -> dict[str, Reader]:
    """The reader by the name ``CHOSEN``; where it weighs several witnesses, each that reads alone as well."""
    if not isinstance(reader, CombinedReader):
        return {CHOSEN: reader}
    return {CHOSEN: reader, **{name: Reweighed(reader, weights) for name, weights in ALONE.items()}}


@dataclass(frozen=True, slots=True)
class Task:
    """A question in ``lang``, the passage that answers it, and the accepted wordings of its answer."""

    question: str
    lang: str
    passage: Hit
    answers: tuple[str, ...]


def piaf_tasks(folder: Path) -> list[Task]:
    """The questions on PIAF's titles kept for measuring, in French and, where they are translated, in English."""
    return [
        Task(row[name], lang, right_passage(row), tuple(row["answers"]))
        for row in piaf_rows(folder, Part.TEST)
        for lang, name in _ASKED_IN.items()
        if row.get(name)
    ]


def right_passage(row: Mapping[str, Any]) -> Hit:
    """The passage of a row's text, as an index would cut it, that holds the first answer."""
    text, title = row["context"], row["title"]
    place, _ = piaf_place(text, row["answer_start"][0], row["answers"][0])
    return Hit(Chunk(title, place.start, place.end, place.of(text), "fr", title), score=1.0)


def measure_words(readers: Mapping[str, Reader], folder: Path, progress: Progress) -> list[Figure]:
    """PIAF, given the right passage and never abstaining: how near the words picked are to an accepted answer."""
    tasks = piaf_tasks(folder)
    picked: dict[str, list[str]] = {name: [] for name in readers}
    for done, task in enumerate(tasks, start=1):
        for name, reader in readers.items():
            picked[name].append(words_picked(reader, task))
        progress(done, len(tasks))
    figures = []
    for lang in _ASKED_IN:
        for measure, score in _MEASURES.items():
            for name, texts in picked.items():
                read = zip(tasks, texts, strict=True)
                scores = [score(text, task.answers) for task, text in read if task.lang == lang]
                figures.append(Figure(f"PIAF, {lang} → fr", measure, name, mean(scores), len(scores)))
    return figures


def words_picked(reader: Reader, task: Task) -> str:
    """The words of the first candidate, however unlikely; "" without any."""
    candidates = reader.read(task.question, [task.passage])
    if not candidates:
        return ""
    chunk, span = task.passage.chunk, candidates[0].span
    return chunk.text[span.start - chunk.start : span.end - chunk.start]


def measure_time(assistant: Assistant, questions: Sequence[Question], progress: Progress, *, test: str) -> list[Figure]:
    """p50 and p95 of the time to read as many passages as the assistant reads for a question, found beforehand."""
    import torch

    reader, passages = assistant.parts.reader, assistant.settings.passages
    found = [(question.question, assistant.search(question.question, k=passages)) for question in questions]
    for question, hits in found[:1]:
        reader.read(question, hits)  # so that no time has a model's first run in it
    milliseconds: list[float] = []
    for question, hits in found:
        began = time.perf_counter()
        reader.read(question, hits)
        milliseconds.append(1000 * (time.perf_counter() - began))
        progress(len(milliseconds), len(found))
    name = f"{test}: {passages} passages, torch threads: {torch.get_num_threads()}"
    return [
        Figure(name, f"p{percent} ms", CHOSEN, percentile(milliseconds, percent), len(found)) for percent in (50, 95)
    ]
