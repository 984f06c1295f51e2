"""Trains the alignment reader: which sentence answers, which of its words do, and when none does.

Learns from the newsroom's training part; the temperature and the threshold come from its development part.

    python -m training.reader --work DIR [--out qa/models/alignment-reader]
"""

from __future__ import annotations

import argparse
import json
import logging
import random
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from qa.assembly import load_chosen_embedder, question_language
from qa.lexicon import load_lexicon
from qa.reading import READER, AlignmentReader, ReaderModel
from qa.scoring import Scorer, softmax_with_none
from qa.sentences import sentences
from qa.settings import load_settings
from training.examples import SEED, Example, examples
from training.newsroom import RememberingEmbedder, load_questions, open_newsroom, texts
from training.split import Part

WRONGLY_REFUSED = 0.07  # of the answerable development questions, at the threshold

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


def calibrate(data: Sequence[Example], scorer: Scorer) -> tuple[float, float]:
    """The temperature with the least log loss, and the probability of an answer that refuses WRONGLY_REFUSED."""
    scores = [scorer.score(example.features) for example in data]

    def loss(temperature: float) -> float:
        return float(np.mean([
            -np.log(max(_mass(softmax_with_none(score, temperature), example.right), 1e-9))
            for score, example in zip(scores, data, strict=True)
        ]))  # fmt: skip

    temperature = min(np.arange(0.5, 3.01, 0.05), key=loss)
    answerable = [
        softmax_with_none(score, temperature).sum()
        for score, example in zip(scores, data, strict=True)
        if example.right.max() > 0
    ]
    return float(temperature), float(np.quantile(answerable, WRONGLY_REFUSED))


def _mass(probabilities: NDArray[np.float64], right: NDArray[np.float32]) -> float:
    return float(probabilities[right > 0].sum()) if right.max() > 0 else float(1 - probabilities.sum())


def report(name: str, data: Sequence[Example], scorer: Scorer, temperature: float, threshold: float) -> None:
    """Log how often the best choice is right, and how many unanswerable questions are refused."""
    for lang in ("en", "fr"):
        chosen = [example for example in data if example.lang == lang]
        probabilities = [softmax_with_none(scorer.score(example.features), temperature) for example in chosen]
        best = [
            float(example.right[np.argmax(p)])
            for example, p in zip(chosen, probabilities, strict=True)
            if example.right.max() > 0
        ]
        refused = [
            p.sum() < threshold for example, p in zip(chosen, probabilities, strict=True) if example.right.max() == 0
        ]
        log.info("%s %s: best choice right %.3f of %d, unanswerable refused %.3f of %d", name, lang, np.mean(best),
                 len(best), np.mean(refused) if refused else 0, len(refused))  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for the newsroom's index")
    parser.add_argument("--out", type=Path, default=READER)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    settings = load_settings(store=arguments.work / "index")
    untrained = Scorer(*(np.zeros(1, dtype=np.float32) for _ in fields(Scorer)))
    embedder = RememberingEmbedder(load_chosen_embedder(settings), arguments.work / "vectors.safetensors")
    lexicon = load_lexicon()
    store = open_newsroom(settings, embedder)
    reader = AlignmentReader(
        ReaderModel(untrained, untrained, 1.0, 0.5), embedder, lexicon, language_of=question_language
    )
    questions = [question for question in load_questions() if question.part is not Part.TEST]
    # All at once: large batches are embedded several times faster than a question's few sentences.
    embedder.embed_questions([question.question for question in questions])
    embedder.embed_passages([place.of(text) for text in texts(store) for place in sentences(text)])
    for_sentences, for_stretches = examples(
        questions,
        store,
        embedder,
        lexicon,
        reader,
    )

    def part(data: Sequence[Example], which: Part) -> list[Example]:
        return [example for example in data if example.part is which]

    sentence = fit(part(for_sentences, Part.TRAIN), hidden=64, epochs=15, sharpness=1, with_none=True, dropout=0.2)
    stretch = fit(part(for_stretches, Part.TRAIN), hidden=48, epochs=12, sharpness=4, with_none=False)
    temperature, threshold = calibrate(part(for_sentences, Part.DEV), sentence)
    log.info("temperature %.2f, threshold %.3f", temperature, threshold)
    for which in (Part.TRAIN, Part.DEV):
        report(f"{which.value}, sentences", part(for_sentences, which), sentence, temperature, threshold)
        report(f"{which.value}, stretches (F1)", part(for_stretches, which), stretch, 1.0, 0.0)
    arguments.out.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{name}.{field.name}": getattr(scorer, field.name)
        for name, scorer in (("sentence", sentence), ("stretch", stretch))
        for field in fields(Scorer)
    }
    save_file(arrays, arguments.out / "model.safetensors")
    calibration = {"temperature": round(temperature, 3), "threshold": round(threshold, 4)}
    (arguments.out / "config.json").write_text(json.dumps(calibration, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
