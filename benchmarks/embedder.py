"""Measures an embedder on public data: does the right text lie nearest to a translation, or to a question?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure
from qa.evaluation.metrics import mean
from qa.protocols import Embedder, Progress, Vectors
from training.parallel import read_pairs
from training.questions import PIAF, piaf_rows, read_rows
from training.split import Part

NEWS = ("dev_newstest2013.tsv.xz", "dev_newstest2014.tsv.xz")
XQUAD = "xquad_en.jsonl.xz"
_AT_ONCE = 512  # texts between two reports of progress; also rows of the table of cosines held at a time

Vector = NDArray[np.float32]
Pairs = Sequence[tuple[str, str]]  # (what is searched with, what it should find)
Embed = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Trial:
    """Something an embedder should do, and the files of the data folder it is measured on."""

    name: str
    files: tuple[str, ...]
    measure: Callable[[Embedder, Path, Progress], list[Figure]]


def translations(embedder: Embedder, folder: Path, progress: Progress) -> list[Figure]:
    """News sentences: the share whose translation is the nearest of all sentences of the other language."""
    pairs = [(pair.english, pair.french) for name in NEWS for pair in read_pairs(folder, name=name)]
    english = embedded([one for one, _ in pairs], embedder.embed_passages, progress)
    french = embedded([other for _, other in pairs], embedder.embed_passages, progress)
    back = [(other, one) for one, other in pairs]
    return [
        *recalls("news sentences, en → fr", embedder, ranks(pairs, english, french), at=(1,)),
        *recalls("news sentences, fr → en", embedder, ranks(back, french, english), at=(1,)),
    ]


def english_passages(embedder: Embedder, folder: Path, progress: Progress) -> list[Figure]:
    """XQuAD: English questions, their passages among all its English passages."""
    pairs = [(row["question"], row["context"]) for row in read_rows(folder / XQUAD)]
    passages = embedded([passage for _, passage in pairs], embedder.embed_passages, progress)
    questions = embedded([question for question, _ in pairs], embedder.embed_questions, progress)
    return recalls("XQuAD, en → en", embedder, ranks(pairs, questions, passages), at=(1, 5))


def french_passages(embedder: Embedder, folder: Path, progress: Progress) -> list[Figure]:
    """PIAF's titles kept for measuring: French and English questions, their passages among all those of the titles."""
    rows = list(piaf_rows(folder, Part.TEST))
    passages = embedded([row["context"] for row in rows], embedder.embed_passages, progress)
    figures = []
    for lang, key in (("fr", "question"), ("en", "question_en")):
        pairs = [(row[key], row["context"]) for row in rows if row.get(key)]
        questions = embedded([question for question, _ in pairs], embedder.embed_questions, progress)
        found = ranks(pairs, questions, passages)
        figures += recalls(f"PIAF, {lang} → fr", embedder, found, at=(1, 5))
    return figures


TRIALS = (
    Trial("news sentences", NEWS, translations),
    Trial("XQuAD", (XQUAD,), english_passages),
    Trial("PIAF", (PIAF,), french_passages),
)


def embedded(texts: Sequence[str], embed: Embed, progress: Progress) -> dict[str, Vector]:
    """The vector of each different text, shape (dimension,), in the order in which they first occur."""
    different = list(dict.fromkeys(texts))
    vectors: dict[str, Vector] = {}
    for start in range(0, len(different), _AT_ONCE):
        batch = different[start : start + _AT_ONCE]
        vectors.update(zip(batch, embed(batch), strict=True))
        progress(len(vectors), len(different))
    return vectors


def ranks(pairs: Pairs, queries: Mapping[str, Vector], targets: Mapping[str, Vector]) -> list[int]:
    """At which rank, from 1, each pair's second text is found among all ``targets`` by its cosine to the first.

    A rival exactly as near ranks before it, so that an embedder that sees no differences finds nothing.
    """
    if not pairs:
        return []
    column = {text: number for number, text in enumerate(targets)}
    matrix = np.stack(list(targets.values())).T
    found: list[int] = []
    for start in range(0, len(pairs), _AT_ONCE):
        batch = pairs[start : start + _AT_ONCE]
        cosines = np.stack([queries[query] for query, _ in batch]) @ matrix
        right = cosines[np.arange(len(batch)), [column[target] for _, target in batch]]
        found += (cosines >= right[:, np.newaxis]).sum(axis=1).tolist()
    return found


def recalls(test: str, embedder: Embedder, found: Sequence[int], *, at: Sequence[int]) -> list[Figure]:
    """recall@k for each k of ``at``, over the ranks at which the one right text was found."""
    return [Figure(test, f"recall@{k}", embedder.name, mean(rank <= k for rank in found), len(found)) for k in at]
