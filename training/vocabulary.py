"""Teaches all-MiniLM-L6-v2 French words: new word pieces, each placed where its English translation lies.

French WordPiece is trained with the base tokenizer's own normaliser; the pieces it has and the base lacks are appended
to the vocabulary. IBM model 1 (Brown et al., 1993) between the pieces of translated sentences, both directions
multiplied, gives each new piece the English pieces whose embeddings it starts from (WECHSEL, Minixhofer et al., 2022,
does so with static vectors). Nothing is trained by gradient here.

    python -m training.vocabulary --data DATA --work WORK      # WORK/placed
"""

from __future__ import annotations

import argparse
import json
import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, trainers
from transformers import AutoModel, BertTokenizer

from training.base import base_folder
from training.parallel import aligned_pairs

FRENCH_PIECES = 30_000  # of the French vocabulary that new pieces are taken from
NEW_PIECES = 12_500
MAX_PIECES = 30  # of a sentence that is aligned; longer ones align badly and cost the square
ITERATIONS = 5
BEST = 5  # English pieces a new piece starts from

log = logging.getLogger(__name__)


def french_pieces(texts: Sequence[str], base: BertTokenizer) -> list[str]:
    """The French pieces that ``base`` lacks, most useful (most often used in ``texts``) first."""
    french = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    french.normalizer = base.backend_tokenizer.normalizer
    french.pre_tokenizer = base.backend_tokenizer.pre_tokenizer
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    french.train_from_iterator(
        texts, trainers.WordPieceTrainer(vocab_size=FRENCH_PIECES, special_tokens=special, show_progress=False)
    )
    used: Counter[str] = Counter()
    for encoding in french.encode_batch(list(texts), add_special_tokens=False):
        used.update(encoding.tokens)
    known = base.get_vocab()
    return [piece for piece, _ in used.most_common() if piece not in known and piece not in special]


@numba.njit(cache=True)
def _expect(
    table: NDArray[np.float32],
    expected: NDArray[np.float32],
    given: NDArray[np.int32],
    given_ends: NDArray[np.int64],
    made: NDArray[np.int32],
    made_ends: NDArray[np.int64],
) -> None:
    given_start = made_start = 0
    for sentence in range(len(given_ends)):
        for m in range(made_start, made_ends[sentence]):
            row = made[m]
            total = 0.0
            for g in range(given_start, given_ends[sentence]):
                total += table[row, given[g]]
            if total > 0:
                for g in range(given_start, given_ends[sentence]):
                    expected[row, given[g]] += table[row, given[g]] / total
        given_start, made_start = given_ends[sentence], made_ends[sentence]


def model_one(
    given: Sequence[Sequence[int]], made: Sequence[Sequence[int]], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """t(made piece | given piece) by expectation maximisation: shape (made vocabulary, given vocabulary)."""
    flat_given = np.array([piece for sentence in given for piece in sentence], dtype=np.int32)
    flat_made = np.array([piece for sentence in made for piece in sentence], dtype=np.int32)
    given_ends = np.cumsum([len(sentence) for sentence in given])
    made_ends = np.cumsum([len(sentence) for sentence in made])
    table = np.ones(shape, dtype=np.float32)
    for iteration in range(ITERATIONS):
        expected = np.zeros(shape, dtype=np.float32)
        _expect(table, expected, flat_given, given_ends, flat_made, made_ends)
        expected /= np.maximum(expected.sum(axis=0, keepdims=True), 1e-9)
        table = expected
        log.info("alignment, iteration %d", iteration + 1)
    return table


def place(
    words: NDArray[np.float32], likeness: NDArray[np.float32], fallback: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Rows for new pieces: the mean of their best English pieces' rows, weighted by likeness.

    Shapes: ``words`` (base vocabulary, d), ``likeness`` (new, base vocabulary), ``fallback`` (new, d), used where no
    piece is alike.
    """
    rows = fallback.copy()
    for new, alike in enumerate(likeness):
        best = np.argsort(-alike)[:BEST]
        weights = alike[best]
        if weights[0] > 0:
            rows[new] = weights @ words[best] / weights.sum()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the translated sentences")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is made on the way")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")

    base = BertTokenizer.from_pretrained(base_folder())
    pairs = list(aligned_pairs(arguments.data))
    new = french_pieces([pair.french for pair in pairs], base)[:NEW_PIECES]
    old = len(base)
    log.info("%d sentence pairs, %d new pieces: %s ...", len(pairs), len(new), " ".join(new[:12]))

    state = json.loads(base.backend_tokenizer.to_str())
    state["model"]["vocab"] |= {piece: old + number for number, piece in enumerate(new)}
    extended = BertTokenizer(tokenizer_object=Tokenizer.from_str(json.dumps(state)), model_max_length=512)

    english = base([pair.english for pair in pairs], add_special_tokens=False)["input_ids"]
    french = extended([pair.french for pair in pairs], add_special_tokens=False)["input_ids"]
    short = [i for i in range(len(pairs)) if 0 < len(english[i]) <= MAX_PIECES and 0 < len(french[i]) <= MAX_PIECES]
    english, french = [english[i] for i in short], [french[i] for i in short]
    log.info("%d pairs are short enough to align", len(short))
    to_french = model_one(english, french, (old + len(new), old))[old:].copy()
    to_english = model_one(french, english, (old, old + len(new)))[:, old:].T
    likeness = to_french * to_english

    model = AutoModel.from_pretrained(base_folder())
    words = model.get_input_embeddings().weight.detach().numpy()
    letters = base([piece.removeprefix("##") for piece in new], add_special_tokens=False)["input_ids"]
    rows = place(words, likeness, np.stack([words[pieces].mean(axis=0) for pieces in letters]))
    model.resize_token_embeddings(old + len(new), mean_resizing=False)
    with torch.no_grad():
        model.get_input_embeddings().weight[old:] = torch.from_numpy(rows)
    model.save_pretrained(arguments.work / "placed")
    extended.save_pretrained(arguments.work / "placed")
    log.info("%d of %d new pieces are placed by alignment", int((likeness.max(axis=1) > 0).sum()), len(new))


if __name__ == "__main__":
    main()
