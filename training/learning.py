"""Learns from batches for a set time: their order, the learning rates, and going on after an interruption."""

from __future__ import annotations

import hashlib
import logging
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from transformers import PreTrainedModel

SAVE_EVERY = 300.0  # seconds
_POOL = 64  # batches among which texts are sorted by length
_SAMPLE = 8  # batches that stand for all the data when a state's origin is told

Item = TypeVar("Item")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rates:
    """The highest learning rates: of the word embeddings, and of all else, the body."""

    embeddings: float
    body: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training has come: batches learnt from, seconds spent."""

    done: int = 0
    spent: float = 0.0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file that keeps a training's state; ``origin`` tells the training from others."""

    path: Path
    origin: str

    def save(self, model: PreTrainedModel, optimizer: torch.optim.Optimizer, progress: Progress) -> None:
        """Write the file; killed on the way, the one before is still whole."""
        state = {
            "origin": self.origin,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "done": progress.done,
            "spent": progress.spent,
        }
        unfinished = self.path.with_name(f"{self.path.name}.new")
        torch.save(state, unfinished)
        os.replace(unfinished, self.path)

    def restore(self, model: PreTrainedModel, optimizer: torch.optim.Optimizer) -> Progress:
        """Put model and optimizer where the file has them, if there is one.

        Raises ``ValueError`` for a file of another training.
        """
        if not self.path.exists():
            return Progress()
        state = torch.load(self.path, map_location="cpu")
        if state.get("origin") != self.origin:
            raise ValueError(
                f"{self.path} was left by another training: its weights, data or learning rates differ; "
                "delete it to begin anew"
            )
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        log.info("resumed after %d batches", state["done"])
        return Progress(state["done"], state["spent"])


def learn(
    model: PreTrainedModel,
    batches: Sequence[list[Item]],
    loss_of: Callable[[list[Item]], torch.Tensor],
    *,
    rates: Rates,
    seconds: float,
    state: Path,
    seed: int = 0,
    save_every: float = SAVE_EVERY,
) -> None:
    """Take a step on each batch, until ``seconds`` are spent, those before an interruption included.

    Chance, as in dropout, follows from ``seed`` and the batch's number: torch's generator is seeded before each.
    Goes on from ``state``, which is written every ``save_every`` seconds; delete it once the model is saved. Raises
    ``ValueError`` where it is another training's.
    """
    optimizer = optimiser(model, rates)
    checkpoint = Checkpoint(state, _origin(model, batches, rates))
    before = checkpoint.restore(model, optimizer)
    spent, saved_at, average = before.spent, before.spent, 0.0
    model.train()
    for number, batch in enumerate(batches[before.done :], before.done + 1):
        if spent >= seconds:
            break
        began = time.monotonic()
        set_pace(optimizer, max(spent / seconds, number / len(batches)))
        torch.manual_seed(len(batches) * seed + number)
        loss = loss_of(batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average = 0.98 * average + 0.02 * loss.item() if average else loss.item()
        spent += time.monotonic() - began
        if number % 50 == 0:
            log.info("batch %d of %d, %.0f s, loss %.3f", number, len(batches), spent, average)
        if spent - saved_at >= save_every:
            saved_at = spent
            checkpoint.save(model, optimizer, Progress(number, spent))


def optimiser(model: PreTrainedModel, rates: Rates) -> torch.optim.AdamW:
    """AdamW with one learning rate for the word embeddings, another for all else."""
    words = list(model.get_input_embeddings().parameters())
    known = {id(parameter) for parameter in words}
    others = [parameter for parameter in model.parameters() if id(parameter) not in known]
    groups = [{"params": words, "lr": rates.embeddings}, {"params": others, "lr": rates.body}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    for group in optimizer.param_groups:
        group["peak"] = group["lr"]
    return optimizer


def set_pace(optimizer: torch.optim.Optimizer, done: float, *, warm_up: float = 0.05) -> None:
    """Learning rates at ``done`` in [0, 1] of the training: up in ``warm_up``, then linearly down to a twentieth."""
    factor = done / warm_up if done < warm_up else max(0.05, (1 - done) / (1 - warm_up))
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * max(factor, 0.01)


def batches_by_length(lengths: Sequence[int], size: int, dice: random.Random) -> Iterator[list[int]]:
    """Indexes of every text once, in batches of about one length, in random order."""
    order = list(range(len(lengths)))
    dice.shuffle(order)
    batches = []
    for start in range(0, len(order), size * _POOL):
        pool = sorted(order[start : start + size * _POOL], key=lambda i: lengths[i])
        part = [pool[at : at + size] for at in range(0, len(pool), size)]
        dice.shuffle(part)
        batches.extend(part)
    yield from batches


def weights_of(model: PreTrainedModel) -> dict[str, torch.Tensor]:
    """A copy of a model's weights, by name."""
    return {name: weights.clone() for name, weights in model.state_dict().items()}


@torch.no_grad()
def mix(model: PreTrainedModel, before: Mapping[str, torch.Tensor], share: float) -> None:
    """Move the weights towards those ``before``, by ``share`` of the way, in [0, 1]."""
    for name, weights in model.state_dict().items():
        if weights.is_floating_point():
            weights.lerp_(before[name].to(weights.device), share)


def _origin(model: PreTrainedModel, batches: Sequence[list[Item]], rates: Rates) -> str:
    """A digest of what a training starts from: weights, learning rates, how many batches, the first of them."""
    digest = hashlib.blake2b(repr((rates, len(batches), batches[:_SAMPLE])).encode(), digest_size=16)
    for name, weights in model.state_dict().items():
        digest.update(name.encode())
        digest.update(weights.detach().cpu().contiguous().numpy().data)
    return digest.hexdigest()
