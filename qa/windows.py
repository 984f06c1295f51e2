"""Cuts a question and a passage into windows of word pieces that a transformer can take, marks and places kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qa.marking import Mark, Marked
from qa.records import Span

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerFast

# Of question, title and passage together, as the shipped reader learnt it; longer passages are read in windows.
MAX_PIECES = 256
STRIDE = 64  # pieces that two windows share
MOST_QUESTION_PIECES = 64


@dataclass(frozen=True, slots=True)
class Text:
    """A question and what to read: the article's title (may be empty) and a passage; ``marks`` if the model has them.

    Places in ``marks.passage`` count from the title's first character; title and passage are parted by one line break.
    """

    question: str
    title: str
    passage: str
    marks: Marked | None = None

    @property
    def context(self) -> str:
        return f"{self.title}\n{self.passage}" if self.title else self.passage

    @property
    def offset(self) -> int:
        """Where the passage begins in ``context``."""
        return len(self.context) - len(self.passage)


@dataclass(frozen=True, slots=True)
class Window:
    """A question with as much of a text as fits; ``pieces`` are the positions of the passage's pieces."""

    text: int
    ids: list[int]
    types: list[int]
    pieces: list[int]
    places: list[Span]  # in the passage, of each of ``pieces``


def windows(texts: Sequence[Text], tokenizer: PreTrainedTokenizerFast, *, max_pieces: int = MAX_PIECES) -> list[Window]:
    """Cut texts into windows of at most ``max_pieces``; most texts give one."""
    encoded = tokenizer(
        [_shortened(text.question, tokenizer) for text in texts],
        [text.context for text in texts],
        truncation="only_second",
        max_length=max_pieces,
        stride=STRIDE,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_token_type_ids=True,
    )
    rows = enumerate(encoded["overflow_to_sample_mapping"])
    return [_window(encoded, row, texts[number], number) for row, number in rows]


def _window(encoded: Any, row: int, text: Text, number: int) -> Window:
    offsets, sides = encoded["offset_mapping"][row], encoded.sequence_ids(row)
    types = list(encoded["token_type_ids"][row])
    if text.marks is not None:
        types = [
            Mark.QUESTION if side != 1 else Mark.PASSAGE if start >= text.offset else Mark.TITLE
            for side, (start, _) in zip(sides, offsets, strict=True)
        ]
        for side, marked in ((0, text.marks.question), (1, text.marks.passage)):
            at = {start: mark for place, mark in marked for start in range(place.start, place.end)}
            for position, (start, end) in enumerate(offsets):
                if sides[position] == side and end > start and start in at:
                    types[position] = at[start]
    places = {i: _place(text, *offsets[i]) for i, side in enumerate(sides) if side == 1}
    places = {i: place for i, place in places.items() if 0 <= place.start < place.end}
    ids = encoded["input_ids"][row]
    return Window(number, ids, [int(kind) for kind in types], list(places), list(places.values()))


def _place(text: Text, start: int, end: int) -> Span:
    """Where a piece lies in the passage; some tokenizers count the space before it in, even the line break."""
    while start < end and text.context[start].isspace():
        start += 1
    return Span(start - text.offset, end - text.offset)


def _shortened(question: str, tokenizer: PreTrainedTokenizerFast) -> str:
    # Not verbose: a question longer than the model takes is about to be shortened.
    encoded = tokenizer(question, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    offsets = encoded["offset_mapping"]
    if len(offsets) <= MOST_QUESTION_PIECES:
        return question
    return question[: offsets[MOST_QUESTION_PIECES - 1][1]]


def padded(rows: Sequence[Window], pad: int) -> dict[str, torch.Tensor]:
    """The model's input for windows: tensors of shape (len(rows), longest)."""
    import torch

    longest = max(len(row.ids) for row in rows)

    def filled(values: list[list[int]], filler: int) -> torch.Tensor:
        return torch.tensor([row + [filler] * (longest - len(row)) for row in values])

    return {
        "input_ids": filled([row.ids for row in rows], pad),
        "attention_mask": filled([[1] * len(row.ids) for row in rows], 0),
        "token_type_ids": filled([row.types for row in rows], 0),
    }
