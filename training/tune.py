"""Tunes the embedder on questions: a question must lie nearer to its passage than to the passages around it.

A batch holds the passages of articles on one topic, all of an article's side by side, each with its questions: the
wrong passages of a batch are then the hard ones (topic-aware sampling, Hofstätter et al., 2021), and the costly passage
is embedded once for all its questions. Between them come batches of translated sentences, as in ``training.distil``, so
that the two languages stay together; with ``--kept`` the weights saved are a mean of those before and after (Wortsman
et al., 2022), which forgets less. Resumes where it was interrupted.

    python -m training.tune --data DATA --work WORK --minutes 40      # WORK/distilled → WORK/tuned
"""

from __future__ import annotations

import argparse
import logging
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import TypeAlias

import torch
from torch.nn.functional import cross_entropy, normalize

from training import distil
from training.base import base_folder
from training.encoder import Encoder
from training.learning import Rates, learn, mix, weights_of
from training.parallel import Pair
from training.questions import Asked, newsroom_asked, piaf_asked, squad_asked
from training.split import Part, group_of

BATCH = 48  # passages
MOST_QUESTIONS = 5  # of one passage
TEMPERATURE = 0.05
MAX_PIECES = 176
PIAF_LONGEST = 400  # characters of a passage
ROUNDS = 4  # through the newsroom, which is nearest to what will be asked; the others add breadth
EVERY_PIAF, EVERY_SQUAD = 4, 4  # one of so many of their batches a round
SQUAD_SHARE = 4  # one of so many of its questions
RATES = Rates(embeddings=1.5e-4, body=8e-5)
SEED = 20_26

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A passage, the id of its article, and questions that it answers."""

    passage: str
    article_id: str
    questions: tuple[str, ...]


Batch: TypeAlias = list[Lesson | Pair]


def lessons_of(asked: Iterable[Asked]) -> list[Lesson]:
    """What is asked, by passage."""
    questions: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in asked:
        questions[one.article_id, one.passage].append(one.question)
    return [Lesson(passage, article_id, tuple(members)) for (article_id, passage), members in questions.items()]


def topic_batches(lessons: Sequence[Lesson], vectors: torch.Tensor, dice: random.Random) -> list[list[Lesson]]:
    """Batches of articles near one another, every lesson in one; ``vectors`` has a unit row for each lesson.

    Of a passage with many questions a part is drawn.
    """
    members: dict[tuple[str, int], list[int]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for i, lesson in enumerate(lessons):
        members[lesson.article_id, counts[lesson.article_id] // BATCH].append(i)
        counts[lesson.article_id] += 1
    articles = list(members.values())
    centres = normalize(torch.stack([vectors[own].mean(dim=0) for own in articles]), dim=-1)
    left = torch.ones(len(articles), dtype=torch.bool)
    order = list(range(len(articles)))
    dice.shuffle(order)
    batches: list[list[Lesson]] = []
    for first in order:
        if not left[first]:
            continue
        batch: list[Lesson] = []
        nearness = (centres @ centres[first]).masked_fill(~left, -2.0)
        nearness[first] = 2.0
        for other in nearness.argsort(descending=True, stable=True).tolist():
            own = articles[other]
            if not left[other] or len(batch) + len(own) > BATCH:
                break
            left[other] = False
            batch += [_drawn(lessons[i], dice) for i in own]
        batches.append(batch)
    return batches


def _drawn(lesson: Lesson, dice: random.Random) -> Lesson:
    count = min(MOST_QUESTIONS, len(lesson.questions))
    return replace(lesson, questions=tuple(dice.sample(lesson.questions, count)))


def training_batches(folder: Path, encoder: Encoder) -> list[Batch]:
    """Batches of questions, each followed by one of translated sentences, others than distillation began with."""
    translated = cycle(distil.training_batches(folder, seed=SEED + 1))
    by_turns = zip(question_batches(folder, encoder), translated, strict=False)  # without end are the translated
    return [[*batch] for turn in by_turns for batch in turn]


def question_batches(folder: Path, encoder: Encoder) -> list[list[Lesson]]:
    """Rounds through the newsroom, with some of PIAF and of SQuAD in each; which articles meet changes every round."""
    collections = [
        (lessons_of(newsroom_asked(Part.TRAIN)), 1),
        (lessons_of(piaf_asked(folder, longest=PIAF_LONGEST)), EVERY_PIAF),
        (lessons_of(islice(squad_asked(folder), 0, None, SQUAD_SHARE)), EVERY_SQUAD),
    ]
    embedded = [(lessons, _vectors(lessons, encoder), every) for lessons, every in collections]
    dice = random.Random(SEED)
    batches: list[list[Lesson]] = []
    for number in range(ROUNDS):
        of_round = [
            batch
            for lessons, vectors, every in embedded
            for batch in topic_batches(lessons, vectors, dice)[number % every :: every]
        ]
        dice.shuffle(of_round)
        batches += of_round
    return batches


@torch.no_grad()
def _vectors(lessons: Sequence[Lesson], encoder: Encoder) -> torch.Tensor:
    log.info("%d passages, %d questions", len(lessons), sum(len(lesson.questions) for lesson in lessons))
    order = sorted(range(len(lessons)), key=lambda i: len(lessons[i].passage))
    vectors = torch.empty(len(lessons), encoder.model.config.hidden_size)
    for at in range(0, len(order), BATCH):
        some = order[at : at + BATCH]
        vectors[some] = encoder.embed([lessons[i].passage for i in some], max_pieces=MAX_PIECES).cpu()
    return vectors


def loss_of(encoder: Encoder, teacher: Encoder, batch: Batch) -> torch.Tensor:
    """The loss of a batch of either kind, scalar."""
    lessons = [one for one in batch if isinstance(one, Lesson)]
    pairs = [one for one in batch if isinstance(one, Pair)]
    return loss_of_questions(encoder, lessons) if lessons else distil.loss_of(encoder, teacher, pairs)


def loss_of_questions(encoder: Encoder, batch: Sequence[Lesson]) -> torch.Tensor:
    """Cross-entropy of the right passage among the batch's, scalar; a passage that says the same is no rival."""
    asked = [(question, i) for i, lesson in enumerate(batch) for question in lesson.questions]
    questions = encoder.embed([question for question, _ in asked], max_pieces=MAX_PIECES)
    passages = encoder.embed([lesson.passage for lesson in batch], max_pieces=MAX_PIECES)
    scores = questions @ passages.T / TEMPERATURE
    no_rivals = [[_says_the_same(batch[i], other) for other in batch] for _, i in asked]
    scores = scores.masked_fill(torch.tensor(no_rivals, device=scores.device), float("-inf"))
    return cross_entropy(scores, torch.tensor([i for _, i in asked], device=scores.device))


def _says_the_same(one: Lesson, other: Lesson) -> bool:
    """Whether another passage is the same text, or of another report on the same event."""
    same_event = one.article_id != other.article_id and group_of(one.article_id) == group_of(other.article_id)
    return one is not other and (one.passage == other.passage or same_event)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public question sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is made on the way")
    parser.add_argument("--start", type=Path, help="folder of the embedder to start from; default WORK/distilled")
    parser.add_argument("--kept", type=float, default=0.0, help="share of the weights before in the mean, in [0, 1]")
    parser.add_argument("--minutes", type=float, default=40)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    encoder, teacher = Encoder.load(arguments.start or arguments.work / "distilled"), Encoder.load(base_folder())
    teacher.model.eval()
    before = weights_of(encoder.model)
    batches = training_batches(arguments.data, encoder)
    seconds, state = 60 * arguments.minutes, arguments.work / "tune.pt"
    learn(encoder.model, batches, partial(loss_of, encoder, teacher), rates=RATES, seconds=seconds, state=state)
    mix(encoder.model, before, arguments.kept)
    encoder.save(arguments.work / "tuned")
    state.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
