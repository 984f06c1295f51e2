"""Tunes the embedder on questions: a question must lie nearer to its passage than to those of its neighbours.

In-batch negatives (Karpukhin et al., 2020). A batch is made of small groups of one topic, so that some of the negatives
are passages of the very article. Resumes where it was interrupted.

    python -m training.tune --data DATA --work WORK --minutes 13      # WORK/distilled → WORK/tuned
"""

from __future__ import annotations

import argparse
import logging
import random
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from training.encoder import Encoder
from training.learning import Rates, learn
from training.questions import Asked, newsroom_asked, piaf_asked, squad_asked
from training.split import Part

BATCH = 48
OF_ONE_TOPIC = 4  # at most, in a batch
TEMPERATURE = 0.05
MAX_PIECES = 160
PIAF_LONGEST = 400  # characters of a passage
EVERY_PIAF, EVERY_SQUAD = 5, 8  # the newsroom is nearest to what will be asked, the others add breadth
RATES = Rates(embeddings=1e-4, body=5e-5)
SEED = 20_26


def training_questions(folder: Path) -> list[Asked]:
    """What is asked, in batches' order: groups of one topic side by side, groups in an order of chance."""
    asked: list[Asked] = [
        *newsroom_asked(Part.TRAIN),
        *islice(piaf_asked(folder, longest=PIAF_LONGEST), 0, None, EVERY_PIAF),
        *islice(squad_asked(folder), 0, None, EVERY_SQUAD),
    ]
    dice = random.Random(SEED)
    dice.shuffle(asked)
    topics: dict[tuple[str, bool], list[Asked]] = defaultdict(list)
    for one in asked:
        # Sentences with sentences: a batch is padded to its longest.
        topics[one.topic, len(one.passage) > PIAF_LONGEST].append(one)
    groups = [
        (long, members[at : at + OF_ONE_TOPIC])
        for (_, long), members in topics.items()
        for at in range(0, len(members), OF_ONE_TOPIC)
    ]
    dice.shuffle(groups)
    return [one for long in (False, True) for is_long, group in groups if is_long is long for one in group]


def in_batches(asked: list[Asked]) -> list[list[Asked]]:
    batches = [asked[at : at + BATCH] for at in range(0, len(asked), BATCH)]
    random.Random(SEED).shuffle(batches)
    return batches


def loss_of(encoder: Encoder, batch: Sequence[Asked]) -> torch.Tensor:
    """Cross-entropy of the right passage among the batch's, scalar; a passage equal to the right one is no rival."""
    questions = encoder.embed([one.question for one in batch], max_pieces=MAX_PIECES)
    passages = encoder.embed([one.passage for one in batch], max_pieces=MAX_PIECES)
    scores = questions @ passages.T / TEMPERATURE
    same = torch.tensor([[i != j and a.passage == b.passage for j, b in enumerate(batch)] for i, a in enumerate(batch)])
    scores = scores.masked_fill(same.to(scores.device), float("-inf"))
    return cross_entropy(scores, torch.arange(len(batch), device=scores.device))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public question sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is made on the way")
    parser.add_argument("--minutes", type=float, default=13)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    batches = in_batches(training_questions(arguments.data))
    encoder = Encoder.load(arguments.work / "distilled")
    seconds, state = 60 * arguments.minutes, arguments.work / "tune.pt"
    learn(encoder.model, batches, partial(loss_of, encoder), rates=RATES, seconds=seconds, state=state)
    encoder.save(arguments.work / "tuned")
    state.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
