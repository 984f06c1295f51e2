"""Questions with the passages that answer them: the newsroom's training part, PIAF, SQuAD's sentences."""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.chunking import places
from qa.records import Span
from qa.settings import load_settings
from training.newsroom import load_articles, load_questions
from training.split import Part, part_of_title

PIAF = "piaf_train.jsonl.xz"
# The development part holds all of XQuAD's questions, which are for measuring.
SQUAD_SENTENCES = "squad_nqg_test_en.jsonl.xz"
_LOWER_CASED_MARKS = {"-lrb-": "(", "-rrb-": ")", "``": '"', "''": '"'}  # as SQuAD's tokenizer wrote them


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and a text that answers it; ``article_id`` is shared by questions on one article or title."""

    question: str
    passage: str
    article_id: str


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of an xz-compressed file of JSON lines."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def newsroom_asked(part: Part) -> Iterator[Asked]:
    """Each answerable question with its passage, about as an index has it."""
    articles, size = load_articles(), load_settings().chunk_size
    for question in load_questions():
        if question.part is part and question.evidence is not None:
            article = articles[question.article_id]
            passage = around(article.text, article.text.index(question.evidence), size=size)
            yield Asked(question.question, f"{article.title}\n{passage}", article.id)


def piaf_rows(folder: Path, part: Part) -> Iterator[dict[str, Any]]:
    """PIAF's rows whose title belongs to a part."""
    return (row for row in read_rows(folder / PIAF) if part_of_title(row["title"]) is part)


def piaf_asked(folder: Path, *, longest: int) -> Iterator[Asked]:
    """PIAF's questions in French and, by our translation, in English; passages of at most ``longest`` characters."""
    for row in piaf_rows(folder, Part.TRAIN):
        passage = around(row["context"], row["answer_start"][0], size=longest)
        for key in ("question", "question_en"):
            if row.get(key):
                yield Asked(row[key], passage, f"piaf {row['title']}")


def squad_asked(folder: Path) -> Iterator[Asked]:
    """SQuAD's questions with the sentence that answers."""
    for number, row in enumerate(read_rows(folder / SQUAD_SENTENCES)):
        yield Asked(detokenised(row["question"]), detokenised(row["sentence"]), f"squad {number // 50}")


def around(text: str, at: int, *, size: int) -> str:
    """The piece of whole sentences, about ``size`` characters, that holds the character ``at``, which is no space."""
    pieces = places(text, [Span(0, len(text))], size=size, overlap=0)
    return next(piece.of(text) for piece in pieces if piece.start <= at < piece.end)


def place_of(words: str, text: str, start: int = 0) -> int:
    """Where ``words`` first stand in ``text`` from ``start`` on: as whole words ("11" is not in "118"), else anywhere.

    Raises ``ValueError`` where they don't.
    """
    whole = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)").search(text, start)
    return whole.start() if whole else text.index(words, start)


def detokenised(text: str) -> str:
    """A tokenised text nearly as it was written."""
    words = [_LOWER_CASED_MARKS.get(word, word) for word in text.split()]
    joined = " ".join(words)
    for mark in (",", ".", "?", "!", ";", ":", "'s", ")", "%"):
        joined = joined.replace(f" {mark}", mark)
    return joined.replace("( ", "(")
