"""Passages hold whole sentences, keep their place and lose nothing."""

import itertools
import time
from pathlib import Path

import pytest
from conftest import SEEDS
from hypothesis import example, given
from hypothesis import strategies as st

from qa.chunking import SentenceSplitter, chunk, passage_text
from qa.cleaning import kept_spans
from qa.records import Article, Chunk, Span
from qa.sentences import sentences

SENTENCE = "Le ministre a signé mardi à Vilnius un contrat pour neuf batteries."  # 67 characters
HEADING = "Un contrat record"


def cut(text: str, *, size: int = 200, overlap: int = 0, spans: list[Span] | None = None) -> list[Chunk]:
    article = Article("a.txt", "Titre", text, "fr", "2025-10-14", "Agence")
    return chunk(article, [Span(0, len(text))] if spans is None else spans, size=size, overlap=overlap)


def texts(chunks: list[Chunk]) -> list[str]:
    return [each.text for each in chunks]


def test_a_passage_carries_what_its_article_says_of_itself() -> None:
    [passage] = cut(SENTENCE)
    assert passage == Chunk("a.txt", 0, 67, SENTENCE, "fr", "Titre", "2025-10-14", "Agence")


def test_sentences_are_packed_up_to_the_size() -> None:
    assert texts(cut(" ".join([SENTENCE] * 4))) == [f"{SENTENCE} {SENTENCE}", f"{SENTENCE} {SENTENCE}"]


def test_neighbours_share_whole_sentences_up_to_the_overlap() -> None:
    first, second, third = (SENTENCE.replace("neuf", number) for number in ("deux", "cinq", "onze"))
    text = " ".join([first, second, third])
    assert texts(cut(text, overlap=70)) == [f"{first} {second}", f"{second} {third}"]
    assert texts(cut(text, overlap=60)) == [f"{first} {second}", third]


def test_a_passage_ends_with_its_paragraph_when_the_next_one_does_not_fit() -> None:
    text = f"{SENTENCE} {SENTENCE}\n{SENTENCE} Court. {SENTENCE}"
    assert texts(cut(text, size=220)) == text.split("\n")


def test_a_heading_stands_with_what_follows_it() -> None:
    text = f"{SENTENCE} {SENTENCE}\n{HEADING}\n{SENTENCE} {SENTENCE}"
    assert texts(cut(text, size=200)) == [f"{SENTENCE} {SENTENCE}", f"{HEADING}\n{SENTENCE} {SENTENCE}"]


def test_a_short_tail_joins_the_passage_before() -> None:
    text = f"{SENTENCE} {SENTENCE} Ils sont neuf."
    assert texts(cut(text, size=140)) == [text]


def test_a_sentence_too_long_for_a_passage_is_cut_at_a_clause() -> None:
    clauses = ", ".join(f"{number} radars rotatifs et leurs camions de transport" for number in range(100, 120)) + "."
    passages = cut(clauses)
    assert all(len(passage.text) <= 200 for passage in passages)
    assert all(passage.text.endswith(("transport,", "transport.")) for passage in passages)


def test_no_passage_crosses_a_span_that_was_left_out() -> None:
    text = f"{SENTENCE}\nVoir l'original\n{SENTENCE[:-1]} suédoises."
    spans = kept_spans(text)
    assert len(spans) == 2
    assert texts(cut(text, spans=spans, size=1_000)) == [span.of(text) for span in spans]


def test_a_repeated_sentence_keeps_its_own_place() -> None:
    assert [passage.start for passage in cut("\n".join([SENTENCE] * 3), size=100)] == [0, 68, 136]


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.name[:3])
def test_passages_of_the_articles_begin_and_end_with_sentences(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    passages = cut(text, size=600, overlap=120, spans=kept_spans(text))
    found = sentences(text)
    assert {passage.start for passage in passages} <= {sentence.start for sentence in found}
    assert {passage.end for passage in passages} <= {sentence.end for sentence in found}
    assert max(len(passage.text) for passage in passages) <= 750


def test_a_passage_is_looked_up_under_its_title() -> None:
    [passage] = cut(SENTENCE)
    assert passage_text(passage) == f"Titre\n{SENTENCE}"


def test_a_passage_that_begins_with_its_title_does_not_repeat_it() -> None:
    [passage] = cut(f"Titre\n{SENTENCE}")
    assert passage_text(passage) == f"Titre\n{SENTENCE}"


def test_it_is_a_langchain_splitter() -> None:
    splitter = SentenceSplitter(size=200, overlap=70)
    [first, second] = splitter.create_documents([" ".join([SENTENCE] * 3)])
    assert first.page_content == second.page_content == f"{SENTENCE} {SENTENCE}"


NASTY = st.text(
    alphabet=st.sampled_from(list("aé,;:.!?…«»’' -\t\n\r\u2028\u00a0\u202f\u200b\x0b\x0c\x1c\x85Àßﬁ9😀\u0301漢"))
) | st.lists(
    st.sampled_from(["Oui. ", "M. Dupont a dit : « Non. » ", "x" * 130, "Titre\n", "a, " * 60, "\r\n", "1. ", "..."])
).map("".join)


@given(NASTY, st.integers(100, 300), st.integers(0, 99))
@example("x" * 1_000, 100, 99)
@example("Oui. " + "x" * 90 + "\nNon. " + "x" * 20, 100, 99)
@example("Titre\nSous-titre\n" * 30, 100, 50)
def test_passages_are_verbatim_in_order_bounded_and_lose_nothing(text: str, size: int, overlap: int) -> None:
    passages = cut(text, size=size, overlap=overlap)
    covered = [False] * len(text)
    for passage in passages:
        assert passage.text == text[passage.start : passage.end]
        assert passage.text == passage.text.strip() != ""
        assert len(passage.text) <= 1.25 * size
        covered[passage.start : passage.end] = [True] * len(passage.text)
    assert all(seen or character.isspace() for character, seen in zip(text, covered, strict=True))
    assert [passage.end for passage in passages] == sorted({passage.end for passage in passages})
    assert [passage.start for passage in passages] == sorted({passage.start for passage in passages})
    for before, after in itertools.pairwise(passages):
        assert before.end - after.start <= overlap


@pytest.mark.parametrize(
    "text",
    [f"{SENTENCE} {SENTENCE}\n" * 7_400, "x" * 1_000_000, "mot " * 250_000, "- x\n" * 250_000],
    ids=["news", "one word", "one sentence", "list"],
)
def test_a_megabyte_is_cut_in_seconds(text: str) -> None:
    began = time.process_time()
    passages = cut(text, size=600, overlap=120)
    assert time.process_time() - began < 6  # 3 on an idle laptop
    assert passages[-1].end >= len(text) - 1
