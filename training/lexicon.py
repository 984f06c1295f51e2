"""Makes the bilingual lexicon: which French stem translates which English stem, learnt from translated sentences.

IBM model 1 (Brown et al., 1993) in both directions over content stems; a pair is kept for the product of its two
probabilities. Knows nothing of word order or phrases.

    python -m training.lexicon --data DIR --out qa/models/lexicon/lexicon.tsv.gz
"""

from __future__ import annotations

import argparse
import gzip
import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.analysis import terms
from training.parallel import aligned_pairs

MAX_TERMS = 30  # a sentence with more content words aligns badly and costs the square
ITERATIONS = 6
MIN_COUNT = 3  # occurrences on both sides
MIN_PRODUCT = 0.0005  # t(f|e) t(e|f) of a pair worth keeping
COMMON = 20  # from this count on, a stem's count is kept even without a translation
BEST = 10  # translations kept a stem, in either direction

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Corpus:
    """Sentence pairs as numbers: parallel arrays over all (English, French) co-occurrences in a pair."""

    pairs: int
    english: list[str]
    french: list[str]
    english_counts: NDArray[np.int64]
    french_counts: NDArray[np.int64]
    pair_english: NDArray[np.int64]  # (p,) each distinct co-occurring pair of stems
    pair_french: NDArray[np.int64]
    occurrences: NDArray[np.int32]  # (n,) index of the pair, in order of sentence, French word, English word
    widths: NDArray[np.int64]  # English words (and NULL) facing each French token, in the same order
    heights: NDArray[np.int64]  # French words (and NULL) facing each English token, after ``transposed``
    transposed: NDArray[np.int64]  # (n,) reorders occurrences by English token


def read_corpus(folder: Path) -> Corpus:
    """Stem, count, number and cross every sentence pair."""
    sides: list[tuple[list[str], list[str]]] = []
    english_counter: Counter[str] = Counter()
    french_counter: Counter[str] = Counter()
    for pair in aligned_pairs(folder):
        left, right = sorted(set(terms(pair.english, "en"))), sorted(set(terms(pair.french, "fr")))
        if 0 < len(left) <= MAX_TERMS and 0 < len(right) <= MAX_TERMS:
            sides.append((left, right))
            english_counter.update(left)
            french_counter.update(right)
    log.info("%d sentence pairs", len(sides))
    # Number 0 is NULL: the source of words that translate nothing.
    english_words = ["", *sorted(word for word, count in english_counter.items() if count >= MIN_COUNT)]
    french_words = ["", *sorted(word for word, count in french_counter.items() if count >= MIN_COUNT)]
    english_ids = {word: number for number, word in enumerate(english_words)}
    french_ids = {word: number for number, word in enumerate(french_words)}
    keys, tokens_f, tokens_e = [], [], []
    widths: list[int] = []
    token_f = token_e = 0
    for left, right in sides:
        e = np.array([0, *(english_ids[w] for w in left if w in english_ids)], dtype=np.int64)
        f = np.array([0, *(french_ids[w] for w in right if w in french_ids)], dtype=np.int64)
        keys.append((f[:, None] * len(english_words) + e[None, :]).ravel())
        tokens_f.append(np.repeat(np.arange(token_f, token_f + len(f), dtype=np.int32), len(e)))
        tokens_e.append(np.tile(np.arange(token_e, token_e + len(e), dtype=np.int32), len(f)))
        widths.extend([len(e)] * len(f))
        token_f += len(f)
        token_e += len(e)
    distinct, occurrences = np.unique(np.concatenate(keys), return_inverse=True)
    by_english = np.concatenate(tokens_e)
    transposed = np.argsort(by_english, kind="stable")
    log.info("%d co-occurrences of %d pairs", len(occurrences), len(distinct))
    return Corpus(
        len(sides),
        english_words,
        french_words,
        np.array([english_counter[w] for w in english_words]),
        np.array([french_counter[w] for w in french_words]),
        distinct % len(english_words),
        distinct // len(english_words),
        occurrences.astype(np.int32),
        np.array(widths, dtype=np.int64),
        np.bincount(by_english).astype(np.int64),
        transposed,
    )


def model_one(
    occurrences: NDArray[np.int32], group_sizes: NDArray[np.int64], given: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Expectation maximisation: the translation probability of each pair, given its ``given`` word.

    ``occurrences`` are grouped by the translated token, ``group_sizes`` words facing each. Returns shape (p,).
    """
    probability = np.ones(len(given))
    starts = np.concatenate([[0], np.cumsum(group_sizes)[:-1]])
    for _ in range(ITERATIONS):
        weights = probability[occurrences]
        weights /= np.repeat(np.add.reduceat(weights, starts), group_sizes)
        expected = np.bincount(occurrences, weights=weights, minlength=len(given))
        probability = expected / np.bincount(given, weights=expected)[given]
    return probability


def write(corpus: Corpus, forward: NDArray[np.float64], backward: NDArray[np.float64], out: Path) -> int:
    """Keep the best pairs and both languages' sentence counts; returns how many pairs were kept."""
    product = forward * backward
    good = (product >= MIN_PRODUCT) & (corpus.pair_english > 0) & (corpus.pair_french > 0)
    kept = set()
    for side in (corpus.pair_english, corpus.pair_french):
        seen: Counter[int] = Counter()
        for pair in np.flatnonzero(good)[np.argsort(-product[good], kind="stable")]:
            seen[int(side[pair])] += 1
            if seen[int(side[pair])] <= BEST:
                kept.add(int(pair))
    out.parent.mkdir(parents=True, exist_ok=True)
    # No time stamp inside, so that the same data give the same bytes.
    with out.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        file.write(f"n\t{corpus.pairs}\n".encode())
        for language, words, counts, in_pairs in (
            ("en", corpus.english, corpus.english_counts, corpus.pair_english),
            ("fr", corpus.french, corpus.french_counts, corpus.pair_french),
        ):
            translated = {int(in_pairs[pair]) for pair in kept}
            for number in range(1, len(words)):
                if counts[number] >= COMMON or number in translated:
                    file.write(f"{language}\t{words[number]}\t{counts[number]}\n".encode())
        for pair in sorted(kept, key=lambda p: (corpus.english[corpus.pair_english[p]], -product[p])):
            english, french = corpus.english[corpus.pair_english[pair]], corpus.french[corpus.pair_french[pair]]
            file.write(f"=\t{english}\t{french}\t{forward[pair]:.3f}\t{backward[pair]:.3f}\n".encode())
    return len(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the translated sentences")
    parser.add_argument("--out", type=Path, default=Path("qa/models/lexicon/lexicon.tsv.gz"))
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    corpus = read_corpus(arguments.data)
    forward = model_one(corpus.occurrences, corpus.widths, corpus.pair_english)
    backward = model_one(corpus.occurrences[corpus.transposed], corpus.heights, corpus.pair_french)
    log.info("kept %d pairs", write(corpus, forward, backward, arguments.out))


if __name__ == "__main__":
    main()
