"""What the reader learns from: questions with a passage, and the place of the answer there, or none.

Wrong passages are those that retrieval really returns; near misses are unanswerable questions over their best passages,
and right passages with the answering sentence cut out.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.assembly import question_language
from qa.chunking import places
from qa.lexicon import Lexicon
from qa.marking import mark
from qa.matching import question_words
from qa.records import Article, Filter, Hit, Span
from qa.retrieval import Retriever
from qa.settings import load_settings
from qa.stores.local import LocalStore
from qa.windows import Text
from training.newsroom import Question
from training.questions import detokenised, piaf_rows, place_of, read_rows
from training.split import Part, group_of, part_of

PASSAGES = 8  # of retrieval's, from which wrong ones are drawn
CUT, SECOND = 0.2, 0.4  # shares of questions that give their passage cut, a second near miss
PIAF_WRONG = 0.2
SQUAD_SENTENCES, SQUAD_ANSWERS = "squad_nqg_dev_en.jsonl.xz", "dpr.squad.test_en.jsonl.xz"
EVERY_PIAF, EVERY_SQUAD = 2, 4

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SpanExample:
    """What is read and the place of the answer in its passage; None where it has none."""

    text: Text
    answer: Span | None


def text_to_read(question: str, title: str, passage: str, *, language: str, lexicon: Lexicon) -> Text:
    """A question and a passage in ``language``, marked."""
    words = question_words(question, question_language(question), lexicon, passages_in={language})
    plain = Text(question, title, passage)
    return Text(question, title, passage, mark(words, plain.context, language))


def newsroom_examples(
    questions: Sequence[Question], store: LocalStore, retriever: Retriever, lexicon: Lexicon, *, seed: int
) -> Iterator[SpanExample]:
    """Examples of the newsroom's questions over its index."""
    dice = random.Random(seed)
    learnt_from = frozenset(entry.id for entry in store.articles() if part_of(entry.id) is Part.TRAIN)
    for number, question in enumerate(questions):
        if number % 500 == 0:
            log.info("%d of %d questions", number, len(questions))
        language = question_language(question.question)
        where = Filter(article_ids=learnt_from)
        hits = retriever.search(question.question, language=language, k=PASSAGES, where=where)
        article = store.article(question.article_id)
        if article is not None and question.evidence is not None:
            yield from _right_and_cut(question, article, hits, lexicon, cut=dice.random() < CUT)
            wrong = [hit for hit in hits if not _answers(hit, question)]
            misread = [dice.choice(wrong)] if wrong else []
        else:
            misread = hits[: 2 if dice.random() < SECOND else 1]
        for hit in misread:
            chunk = hit.chunk
            yield SpanExample(
                text_to_read(question.question, chunk.title, chunk.text, language=chunk.language, lexicon=lexicon), None
            )


def _right_and_cut(
    question: Question, article: Article, hits: Sequence[Hit], lexicon: Lexicon, *, cut: bool
) -> Iterator[SpanExample]:
    """The passage with the evidence, and, if wanted and fair, the same without it."""
    evidence = question.evidence or ""
    at = article.text.index(evidence)
    here = _passage(article, Span(at, at + len(evidence)), hits)
    passage = here.of(article.text)
    start = place_of(question.answers[0], article.text, at) - here.start

    def reading(of: str) -> Text:
        return text_to_read(question.question, article.title, of, language=article.language, lexicon=lexicon)

    yield SpanExample(reading(passage), Span(start, start + len(question.answers[0])))
    rest = passage.replace(evidence, " ")
    if cut and len(passage) > 2 * len(evidence) and not any(other in rest for other in question.answers):
        yield SpanExample(reading(rest), None)


def _answers(hit: Hit, question: Question) -> bool:
    """Whether a hit holds a gold answer and is on the same event: it may well be right."""
    same = group_of(hit.chunk.article_id) == group_of(question.article_id)
    return same and any(answer in hit.chunk.text for answer in question.answers)


def _passage(article: Article, evidence: Span, hits: Sequence[Hit]) -> Span:
    """The place of the passage that holds the evidence: the one found, else the first that has it whole."""
    settings = load_settings()
    found = [Span(hit.chunk.start, hit.chunk.end) for hit in hits if hit.chunk.article_id == article.id]
    whole = Span(0, len(article.text))
    cut = places(article.text, [whole], size=settings.chunk_size, overlap=settings.chunk_overlap)
    holding = (span for span in (*found, *cut) if span.start <= evidence.start and evidence.end <= span.end)
    return next(holding, evidence)


def piaf_examples(folder: Path, lexicon: Lexicon, *, seed: int) -> Iterator[SpanExample]:
    """PIAF's French passages, asked in French and in English by turns."""
    dice = random.Random(seed)
    rows = list(piaf_rows(folder, Part.TRAIN))
    for number, row in enumerate(rows):
        place, answer = piaf_place(row["context"], row["answer_start"][0], row["answers"][0])
        for turn, key in enumerate(("question", "question_en")):
            if not row.get(key) or (number + turn + seed) % EVERY_PIAF:
                continue
            passage = place.of(row["context"])
            yield SpanExample(text_to_read(row[key], row["title"], passage, language="fr", lexicon=lexicon), answer)
            other = dice.choice(rows[max(0, number - 8) : number + 8])  # often of the same title
            if dice.random() < PIAF_WRONG and row["answers"][0] not in other["context"]:
                passage = other["context"][: load_settings().chunk_size]
                yield SpanExample(text_to_read(row[key], other["title"], passage, language="fr", lexicon=lexicon), None)


def piaf_place(context: str, at: int, answer: str) -> tuple[Span, Span]:
    """The passage of a context, as an index would cut it, that holds an answer; the answer's place in it."""
    pieces = places(context, [Span(0, len(context))], size=load_settings().chunk_size, overlap=0)
    holding = (piece for piece in pieces if piece.start <= at and at + len(answer) <= piece.end)
    piece = next(holding, Span(0, len(context)))
    return piece, Span(at - piece.start, at - piece.start + len(answer))


def squad_examples(folder: Path, lexicon: Lexicon, *, seed: int) -> Iterator[SpanExample]:
    """SQuAD's sentences (English, lower case) whose answers are known."""
    answers = {_plain(row["question"]): row["answers"] for row in read_rows(folder / SQUAD_ANSWERS)}
    number = 0
    for row in read_rows(folder / SQUAD_SENTENCES):
        question, sentence = detokenised(row["question"]), detokenised(row["sentence"])
        known = [one.lower() for one in answers.get(_plain(question), []) if one.lower() in sentence]
        number += bool(known)
        if known and (number + seed) % EVERY_SQUAD == 0:
            at = place_of(known[0], sentence)
            text = text_to_read(question, "", sentence, language="en", lexicon=lexicon)
            yield SpanExample(text, Span(at, at + len(known[0])))


def _plain(question: str) -> str:
    return "".join(filter(str.isalnum, question.lower()))
