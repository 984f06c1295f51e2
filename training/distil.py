"""Teaches the student to put a French text where the English original puts its translation.

Multilingual distillation (Reimers & Gurevych, 2020): cosine to the teacher's vector of the English side, and contrast
with the other translations of the batch, which an average cosine forgives. A part of the English sides goes through the
student, too, so that it forgets no English. Resumes where it was interrupted.

    python -m training.distil --data DATA --work WORK --minutes 29      # WORK/placed → WORK/distilled
"""

from __future__ import annotations

import argparse
import logging
import random
from functools import partial
from itertools import islice
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from training.base import base_folder
from training.encoder import Encoder
from training.learning import Rates, batches_by_length, learn
from training.parallel import EUROPARL, Pair, read_pairs

BATCH = 64
ENGLISH_SHARE = 4  # one English side of so many goes through the student
TEMPERATURE = 0.05  # of the contrast
MAX_PIECES = 80
LONGEST = 280  # characters of a side
SHORTEST = 20
JOINED = 0.3  # of Europarl's sentences are joined with their successor
RATES = Rates(embeddings=3e-4, body=1e-4)
# Share of each collection that is used; names and questions are short and dear, parliament is long and plenty.
SHARES = {
    "europarl": 0.14,
    "titles": 0.2,
    "tatoeba": 0.1,
    "canada_laws": 0.1,
    "nc5k": 1.0,
    "openquizzdb": 1.0,
    "qald": 1.0,
}
SEED = 20_26

log = logging.getLogger(__name__)


def training_pairs(folder: Path) -> list[Pair]:
    """The pairs to learn from, in an order of chance that is always the same."""
    dice = random.Random(SEED)
    pairs = []
    sentences = list(read_pairs(folder, name=EUROPARL))
    for one, following in zip(sentences, islice(sentences, 1, None), strict=False):
        if dice.random() >= SHARES["europarl"]:
            continue
        joined = one.source == following.source and dice.random() < JOINED
        pairs.append(
            Pair(f"{one.english} {following.english}", f"{one.french} {following.french}", one.source)
            if joined
            else one
        )
    for name in ("sentences.tsv.xz", "titles.tsv.xz"):
        pairs.extend(pair for pair in read_pairs(folder, name=name) if dice.random() < SHARES[pair.source])
    fitting = [
        pair
        for pair in pairs
        if len(pair.english) <= LONGEST
        and len(pair.french) <= LONGEST
        and (pair.source == "titles" or len(pair.french) >= SHORTEST)
    ]
    dice.shuffle(fitting)
    return fitting


def training_batches(folder: Path, *, seed: int = SEED) -> list[list[Pair]]:
    """The pairs in batches of about one length."""
    pairs = training_pairs(folder)
    log.info("%d pairs", len(pairs))
    order = batches_by_length([len(pair.french) for pair in pairs], BATCH, random.Random(seed))
    return [[pairs[i] for i in batch] for batch in order]


def loss_of(student: Encoder, teacher: Encoder, batch: list[Pair]) -> torch.Tensor:
    """Distance of the student's vectors from the teacher's, scalar."""
    with torch.no_grad():
        target = teacher.embed([pair.english for pair in batch], max_pieces=MAX_PIECES)
    french = student.embed([pair.french for pair in batch], max_pieces=MAX_PIECES)
    english = student.embed([pair.english for pair in batch[::ENGLISH_SHARE]], max_pieces=MAX_PIECES)
    contrast = cross_entropy(french @ target.T / TEMPERATURE, torch.arange(len(batch), device=french.device))
    apart = (1 - (french * target).sum(dim=-1)).mean() + (1 - (english * target[::ENGLISH_SHARE]).sum(dim=-1)).mean()
    return 4 * apart + contrast


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the translated sentences")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is made on the way")
    parser.add_argument("--minutes", type=float, default=29)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    batches = training_batches(arguments.data)
    student, teacher = Encoder.load(arguments.work / "placed"), Encoder.load(base_folder())
    teacher.model.eval()
    seconds, state = 60 * arguments.minutes, arguments.work / "distil.pt"
    learn(student.model, batches, partial(loss_of, student, teacher), rates=RATES, seconds=seconds, state=state)
    student.save(arguments.work / "distilled")
    state.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
