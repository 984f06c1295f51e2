"""Trains the reader: where in a passage the answer begins and ends, or that the passage does not answer.

What it says of a question's passages must be comparable, for one of them is chosen: besides its places, each question
teaches which of its passages answers, or that none does (after the shared norm of Clark & Gardner, 2018). Starts from
the tuned embedder, whose token types become marks (``qa.marking``), or goes on from a reader; with ``--kept`` the
weights saved are a mean of those before and after (Wortsman et al., 2022). Resumes where it was interrupted.

    python -m training.span_reader --data DATA --work WORK --minutes 45      # WORK/tuned → WORK/reader
    python -m training.span_reader ... --start qa/models/reader --seed 2027  # the shipped one → WORK/reader
"""

from __future__ import annotations

import argparse
import logging
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForQuestionAnswering, BertModel, BertTokenizer

from qa.marking import Mark
from qa.windows import Window, padded, windows
from training.encoder import DEVICE
from training.learning import Rates, batches_by_length, learn, mix, weights_of
from training.newsroom import load_questions, open_search
from training.spans import SpanExample, newsroom_examples, piaf_examples, squad_examples
from training.split import Part

BATCH = 10  # questions, each with about two passages
PASSES = 3  # over all examples, if the time suffices
RATES = Rates(embeddings=1e-4, body=1.5e-4)
DROPOUT = 0.1  # of hidden states: the newsroom is seen more than once, and a reader soon knows it by heart
CLOSED = -1e4  # the logit of a piece that no answer can begin or end with
SEED = 20_26

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """A window and the positions of the answer's first and last piece; both 0, the [CLS], for none."""

    window: Window
    start: int
    end: int


def targets(examples: Sequence[SpanExample], tokenizer: BertTokenizer) -> list[list[Target]]:
    """What is to be learnt, by question."""
    found: dict[str, list[Target]] = defaultdict(list)
    for window in windows([example.text for example in examples], tokenizer):
        text, answer = examples[window.text].text, examples[window.text].answer
        inside = [] if answer is None else [
            piece
            for piece, place in zip(window.pieces, window.places, strict=True)
            if place.start < answer.end and answer.start < place.end
        ]  # fmt: skip
        found[text.question].append(Target(window, inside[0], inside[-1]) if inside else Target(window, 0, 0))
    return list(found.values())


def new_reader(folder: Path) -> BertForQuestionAnswering:
    """A reader with the body of the embedder in ``folder``; every mark starts as the embedder's only token type."""
    body = BertModel.from_pretrained(folder, add_pooling_layer=False)
    config = BertConfig.from_pretrained(
        folder, type_vocab_size=len(Mark), hidden_dropout_prob=DROPOUT, attention_probs_dropout_prob=0.0
    )
    torch.manual_seed(SEED)
    reader = BertForQuestionAnswering(config)
    state = body.state_dict()
    name = "embeddings.token_type_embeddings.weight"
    state[name] = state[name][:1].repeat(len(Mark), 1) + 0.01 * torch.randn(len(Mark), state[name].shape[1])
    reader.bert.load_state_dict(state)
    return reader


def known_reader(folder: Path) -> BertForQuestionAnswering:
    """The reader in ``folder``, to go on from."""
    return BertForQuestionAnswering.from_pretrained(
        folder, dtype=torch.float32, hidden_dropout_prob=DROPOUT, attention_probs_dropout_prob=0.0
    )


def loss_of(model: BertForQuestionAnswering, pad: int, batch: Sequence[Sequence[Target]]) -> torch.Tensor:
    """Cross-entropy of each window's first and last piece, and of each question's right window, scalar."""
    windowed = [one for asked in batch for one in asked]
    inputs = {name: tensor.to(model.device) for name, tensor in padded([one.window for one in windowed], pad).items()}
    output = model(**inputs)
    closed = torch.ones_like(inputs["input_ids"], dtype=torch.bool)
    for row, one in enumerate(windowed):
        closed[row, [0, *one.window.pieces]] = False
    starts = torch.tensor([one.start for one in windowed], device=model.device)
    ends = torch.tensor([one.end for one in windowed], device=model.device)
    start_logits = output.start_logits.masked_fill(closed, CLOSED)
    end_logits = output.end_logits.masked_fill(closed, CLOSED)
    of_places = cross_entropy(start_logits, starts) + cross_entropy(end_logits, ends)
    return of_places + loss_of_choice(_answering(start_logits) + _answering(end_logits), starts > 0, batch)


def _answering(logits: torch.Tensor) -> torch.Tensor:
    """How much speaks for some piece against [CLS]: shape (windows,)."""
    return logits[:, 1:].logsumexp(dim=1) - logits[:, 0]


def loss_of_choice(scores: torch.Tensor, right: torch.Tensor, batch: Sequence[Sequence[Target]]) -> torch.Tensor:
    """Cross-entropy of a question's right window, whichever, among its own and "none" (logit 0), scalar."""
    losses = []
    none = scores.new_zeros(1)
    sizes = [len(asked) for asked in batch]
    for own, holds in zip(scores.split(sizes), right.split(sizes), strict=True):
        answering = own[holds] if holds.any() else none
        losses.append(torch.cat([own, none]).logsumexp(dim=0) - answering.logsumexp(dim=0))
    return torch.stack(losses).mean()


def make_examples(data: Path, work: Path, *, seed: int) -> list[SpanExample]:
    """All examples; the newsroom's need its index, made in the work folder."""
    questions = [question for question in load_questions() if question.part is Part.TRAIN]
    search = open_search(work, questions)
    search.embedder.save()
    return [
        *newsroom_examples(questions, search.store, search.retriever, search.lexicon, seed=seed),
        *piaf_examples(data, search.lexicon, seed=seed),
        *squad_examples(data, search.lexicon, seed=seed),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public question sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is made on the way")
    parser.add_argument("--start", type=Path, help="folder of the reader to go on from")
    parser.add_argument(
        "--seed",
        type=int,
        default=SEED,
        help="draws order and passages; the next draws other questions of PIAF, SQuAD",
    )
    parser.add_argument("--kept", type=float, default=0.0, help="share of the weights before in the mean, in [0, 1]")
    parser.add_argument("--minutes", type=float, default=45)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    examples = make_examples(arguments.data, arguments.work, seed=arguments.seed)
    tokenizer = BertTokenizer.from_pretrained(arguments.start or arguments.work / "tuned")
    data = targets(examples, tokenizer)
    log.info("%d questions, %d windows, %d with the answer", len(data), sum(map(len, data)),
             sum(one.start > 0 for asked in data for one in asked))  # fmt: skip
    lengths, dice = [max(len(one.window.ids) for one in asked) for asked in data], random.Random(arguments.seed)
    order = [batch for _ in range(PASSES) for batch in batches_by_length(lengths, BATCH, dice)]
    batches = [[data[i] for i in batch] for batch in order]
    model = known_reader(arguments.start) if arguments.start else new_reader(arguments.work / "tuned")
    model = model.to(DEVICE)  # type: ignore[arg-type]  # transformers wraps it wrongly
    seconds, state = 60 * arguments.minutes, arguments.work / "span_reader.pt"
    before = weights_of(model)
    loss = partial(loss_of, model, tokenizer.pad_token_id)
    learn(model, batches, loss, rates=RATES, seconds=seconds, state=state, seed=arguments.seed)
    mix(model, before, arguments.kept)
    model.save_pretrained(arguments.work / "reader")
    tokenizer.save_pretrained(arguments.work / "reader")
    state.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
