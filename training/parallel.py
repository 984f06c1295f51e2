"""Reads the translated sentences that the embedder and its vocabulary are learnt from, and the lexicon."""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

EUROPARL = "europarl.tsv.xz"
ALIGNED = {EUROPARL: 2, "sentences.tsv.xz": 1, "titles.tsv.xz": 1}  # file: every n-th pair is aligned


@dataclass(frozen=True, slots=True)
class Pair:
    """An English text and its French translation; ``source`` is the sitting in Europarl, else the collection."""

    english: str
    french: str
    source: str


def read_pairs(folder: Path, *, name: str, every: int = 1) -> Iterator[Pair]:
    """Every ``every``-th pair of a file of tab-separated English, French and, but for titles, source."""
    with lzma.open(folder / name, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            fields = line.rstrip("\n").split("\t")
            if number % every == 0 and len(fields) >= 2 and fields[0] and fields[1]:
                yield Pair(fields[0], fields[1], fields[2] if len(fields) > 2 else "titles")


def aligned_pairs(folder: Path) -> Iterator[Pair]:
    """The pairs whose words are aligned."""
    for name, every in ALIGNED.items():
        yield from read_pairs(folder, name=name, every=every)
