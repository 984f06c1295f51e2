"""Scores every place of a passage as the start or the end of an answer, with a question-answering transformer.

Works with any model of ``AutoModelForQuestionAnswering``; one whose token types are :class:`qa.marking.Mark` is told,
besides, which words match. Knows nothing of sentences or of what makes an answer shown.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa.loading import load_model
from qa.marking import Mark
from qa.records import Span
from qa.windows import Text, Window, padded, windows

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

MOST_ANSWER_PIECES = 40
NO_ANSWER = -20.0  # the logit of words that the model did not read as an answer
_BATCH = 8


@dataclass(frozen=True, slots=True)
class PieceScores:
    """Each word piece of a passage, in order: its place there, and its logits as an answer's first and last one.

    Shapes (n,). ``none`` is the logit of "no answer here", start and end summed.
    """

    places: tuple[Span, ...]
    starts: NDArray[np.float32]
    ends: NDArray[np.float32]
    none: float

    def best_within(self, span: Span) -> float:
        """The best logit, against "no answer", of an answer inside a stretch of the passage; NO_ANSWER if none is."""
        inside = [i for i, place in enumerate(self.places) if span.start <= place.start and place.end <= span.end]
        if not inside:
            return NO_ANSWER
        starts, ends = self.starts[inside], self.ends[inside]
        best = max(float(start + ends[i : i + MOST_ANSWER_PIECES].max()) for i, start in enumerate(starts))
        return best - self.none

    def of_stretches(self, stretches: Sequence[Span]) -> NDArray[np.float32]:
        """The logit of each stretch of the passage as an answer, against "no answer": shape (len(stretches),)."""
        first = {place.start: i for i, place in enumerate(self.places)}
        last = {place.end: i for i, place in enumerate(self.places)}
        found = np.full(len(stretches), NO_ANSWER, dtype=np.float32)
        for number, stretch in enumerate(stretches):
            start, end = first.get(stretch.start), last.get(stretch.end)
            if start is not None and end is not None:
                found[number] = self.starts[start] + self.ends[end] - self.none
        return found


class SpanScorer:
    """A question-answering model with its tokenizer."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> None:
        self._model = model.eval()
        self._tokenizer = tokenizer
        self._lock = threading.Lock()
        self._types = int(getattr(model.config, "type_vocab_size", 0) or 0)

    @property
    def wants_marks(self) -> bool:
        """Whether the model's token types are marks."""
        return self._types == len(Mark)

    def score(self, texts: Sequence[Text]) -> list[PieceScores]:
        """The scores of each text's passage, in the order given."""
        import torch

        if not texts:
            return []
        with self._lock:  # a fast tokenizer keeps the length limit of the last call: two threads would mix theirs
            cut = windows(texts, self._tokenizer)
        found: list[list[_Read]] = [[] for _ in texts]
        order = sorted(range(len(cut)), key=lambda i: len(cut[i].ids))
        pad = self._tokenizer.pad_token_id or 0
        with torch.inference_mode():
            for at in range(0, len(order), _BATCH):
                rows = order[at : at + _BATCH]
                batch = padded([cut[i] for i in rows], pad)
                if self._types < 2:
                    del batch["token_type_ids"]
                output = self._model(**batch)
                for i, starts, ends in zip(rows, output.start_logits, output.end_logits, strict=True):
                    found[cut[i].text].append(_Read(cut[i], starts.float().numpy(), ends.float().numpy()))
        return [_joined(parts) for parts in found]


@dataclass(frozen=True, slots=True)
class _Read:
    """A window with its logits, one for each of its ids."""

    window: Window
    starts: NDArray[np.float32]
    ends: NDArray[np.float32]


def _joined(parts: Sequence[_Read]) -> PieceScores:
    """One passage's windows as one: a piece in two windows has the better of its scores, "none" the worst."""
    best: dict[Span, tuple[float, float]] = {}
    for part in parts:
        for place, piece in zip(part.window.places, part.window.pieces, strict=True):
            start, end = best.get(place, (-np.inf, -np.inf))
            best[place] = max(start, float(part.starts[piece])), max(end, float(part.ends[piece]))
    places = tuple(sorted(best, key=lambda place: place.start))
    scores = np.array([best[place] for place in places], dtype=np.float32).reshape(-1, 2)
    none = min(float(part.starts[0] + part.ends[0]) for part in parts)
    return PieceScores(places, scores[:, 0], scores[:, 1], none)


def load_span_scorer(source: str, *, setting: str | None = "QA_READER") -> SpanScorer:
    """Load the folder ``source``, or else the model of the hub of that name. Raises ``ModelUnavailable``.

    ``setting`` is what named it; None for the reader that is shipped.
    """
    return load_model(source, setting=setting, load=_from_pretrained)


def _from_pretrained(source: str, *, local: bool) -> SpanScorer:
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer, PreTrainedTokenizerFast

    model, loaded = AutoModelForQuestionAnswering.from_pretrained(
        source, local_files_only=local, dtype=torch.float32, output_loading_info=True
    )
    if loaded["missing_keys"]:  # transformers would draw them by lot
        raise ValueError(f"no question-answering model: it lacks {', '.join(sorted(loaded['missing_keys'])[:3])}")
    tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local)
    if tokenizer.vocab_size <= len(tokenizer.all_special_tokens):  # transformers makes up an empty one
        raise ValueError("it has no tokenizer")
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ValueError("its tokenizer gives no offsets")
    return SpanScorer(model, tokenizer)
