"""Trains the alignment reader: which sentence answers, which of its words do, and when none does.

Learns from the newsroom's training part.

    python -m training.alignment --work WORK      # → qa/models/alignment-reader
"""

from __future__ import annotations

import argparse
import logging
import os
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from qa.alignment import ALIGNMENT
from qa.assembly import load_chosen_embedder
from qa.scoring import Scorer
from qa.settings import load_settings
from training.examples import SEED, Example, examples
from training.newsroom import load_questions, open_newsroom, open_search
from training.publish import open_to_all
from training.split import Part

log = logging.getLogger(__name__)


def fit(
    data: Sequence[Example], *, hidden: int, epochs: int, sharpness: float, with_none: bool, dropout: float = 0.1
) -> Scorer:
    """Train a scorer so that a softmax over each example's choices (and "none") falls on the right ones.

    The target is proportional to ``right ** sharpness``; "none" (score 0) where nothing is right.
    """
    torch.manual_seed(SEED)
    everything = np.concatenate([example.features for example in data])
    mean, scale = everything.mean(axis=0), everything.std(axis=0) + 1e-3
    first, last = torch.nn.Linear(len(mean), hidden), torch.nn.Linear(hidden, 1)
    network = torch.nn.Sequential(first, torch.nn.ReLU(), torch.nn.Dropout(dropout), last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    steps = epochs * (len(data) // 64 + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    prepared = [
        (torch.from_numpy((example.features - mean) / scale), torch.from_numpy(example.right**sharpness))
        for example in data
        if with_none or example.right.max() > 0
    ]
    dice = random.Random(SEED)
    for _ in range(epochs):
        network.train()
        dice.shuffle(prepared)
        for start in range(0, len(prepared), 64):
            batch = prepared[start : start + 64]
            sizes = [len(right) for _, right in batch]
            scores = network(torch.cat([features for features, _ in batch])).squeeze(1).split(sizes)
            losses = [_loss(score, right, with_none) for score, (_, right) in zip(scores, batch, strict=True)]
            optimiser.zero_grad()
            torch.stack(losses).mean().backward()
            optimiser.step()
            if schedule.last_epoch < steps - 1:
                schedule.step()
    arrays = (mean, scale, first.weight.T, first.bias, last.weight[0], last.bias[0])
    return Scorer(
        *(np.ascontiguousarray(torch.as_tensor(array).detach().numpy(), dtype=np.float32) for array in arrays)
    )


def _loss(scores: torch.Tensor, right: torch.Tensor, with_none: bool) -> torch.Tensor:
    if with_none:
        scores = torch.cat([scores, scores.new_zeros(1)])
        right = torch.cat([right, (right.sum() == 0).float().reshape(1)])
    return -(torch.log_softmax(scores, 0) * right / right.sum()).sum()


def report(name: str, data: Sequence[Example], scorer: Scorer) -> None:
    """Log how often the best choice is right."""
    for lang in ("en", "fr"):
        best = [
            float(example.right[np.argmax(scorer.score(example.features))])
            for example in data
            if example.lang == lang and example.right.max() > 0
        ]
        log.info("%s %s: best choice right %.3f of %d", name, lang, np.mean(best), len(best))


def make_examples(work: Path, share: int, shares: int) -> tuple[list[Example], list[Example]]:
    """The examples of every ``shares``-th question, from the ``share``-th on; the index must be there."""
    torch.set_num_threads(1)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    questions = [question for question in load_questions() if question.part is not Part.TEST][share::shares]
    search = open_search(work, questions)
    return examples(questions, search.store, search.retriever, search.lexicon)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for the newsroom's index")
    parser.add_argument("--out", type=Path, default=ALIGNMENT)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    settings = load_settings(store=arguments.work / "index")
    open_newsroom(settings, load_chosen_embedder(settings)).close()
    shares = os.cpu_count() or 1
    with ProcessPoolExecutor(shares, mp_context=get_context("spawn")) as pool:
        made = list(pool.map(make_examples, [arguments.work] * shares, range(shares), [shares] * shares))
    for_sentences = [example for sentences, _ in made for example in sentences]
    for_stretches = [example for _, stretches in made for example in stretches]

    def part(data: Sequence[Example], which: Part) -> list[Example]:
        return [example for example in data if example.part is which]

    sentence = fit(part(for_sentences, Part.TRAIN), hidden=64, epochs=15, sharpness=1, with_none=True, dropout=0.2)
    stretch = fit(part(for_stretches, Part.TRAIN), hidden=48, epochs=12, sharpness=4, with_none=False)
    for which in (Part.TRAIN, Part.DEV):
        report(f"{which.value}, sentences", part(for_sentences, which), sentence)
        report(f"{which.value}, stretches (F1)", part(for_stretches, which), stretch)
    arguments.out.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{name}.{field.name}": getattr(scorer, field.name)
        for name, scorer in (("sentence", sentence), ("stretch", stretch))
        for field in fields(Scorer)
    }
    save_file(arrays, arguments.out / "model.safetensors")
    open_to_all(arguments.out)


if __name__ == "__main__":
    main()
