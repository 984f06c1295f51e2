"""How a sentence bears on a question: the sentences of the hits, and the numbers that describe them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.evidence import SENTENCE_FEATURES, Sentence, describe_sentences, sentences_of
from qa.lexicon import load_lexicon
from qa.matching import question_words
from qa.questions import read_question
from qa.records import Article, Chunk, Hit, Span

TEXT = "Kyiv attend. Le ministre demande au moins 10 systèmes Patriot. Oslo a promis deux drones."
COVERED, IN_CONTEXT, IN_PASSAGE = 0, 1, 2  # the first features: the share of the question's meaning found there
QUESTION = "how many Patriot systems were requested?"


def hit(text: str = TEXT, *, start: int = 0, end: int | None = None, article_id: str = "a", score: float = 1.0) -> Hit:
    article = Article(article_id, "Défense", text, "fr")
    stop = len(text) if end is None else end
    return Hit(Chunk(article_id, start, stop, text[start:stop], article.language, article.title), score)


def features(sentences: list[Sentence], question: str = QUESTION, language: str = "en") -> np.ndarray:
    words = question_words(question, language, load_lexicon(), passages_in=["fr"])
    return describe_sentences(sentences, words, read_question(question, language), language)


def test_every_sentence_of_a_hit_is_found_with_its_place_in_the_article():
    article = f"Un titre.\n{TEXT}"
    found = sentences_of([hit(article, start=10)])
    assert [sentence.text for sentence in found] == [
        "Kyiv attend.", "Le ministre demande au moins 10 systèmes Patriot.", "Oslo a promis deux drones."
    ]  # fmt: skip
    assert [sentence.place.of(article) for sentence in found] == [sentence.text for sentence in found]


def test_a_sentence_that_two_passages_share_appears_once_from_the_better_one():
    middle = TEXT.index("Le ministre")
    end = TEXT.index(" Oslo")
    found = sentences_of([hit(start=middle), hit(start=0, end=end)])
    assert [(sentence.rank, sentence.text[:4]) for sentence in found] == [(0, "Le m"), (0, "Oslo"), (1, "Kyiv")]


def test_the_same_words_in_another_article_are_another_sentence():
    assert len(sentences_of([hit(article_id="a"), hit(article_id="b")])) == 6
    assert sentences_of([]) == []


def test_the_context_of_a_sentence_is_itself_and_its_neighbours():
    first, second, third = sentences_of([hit()])
    assert {"kyiv", "ministr"} <= first.context
    assert "oslo" not in first.context
    assert second.context == first.stems | second.stems | third.stems


def test_the_sentence_that_answers_covers_most_of_the_question_even_across_languages():
    rows = features(sentences_of([hit()]))
    assert rows[1, COVERED] > 0.9
    assert rows[0, COVERED] < 0.1
    assert rows[0, IN_CONTEXT] == pytest.approx(rows[1, COVERED])
    assert rows[0, IN_PASSAGE] == rows[1, IN_PASSAGE] == rows[2, IN_PASSAGE]


def test_only_a_sentence_with_a_number_offers_what_how_many_asks_for():
    """One column says that the sentence has a number, a second that it has what is asked for."""
    sentences = sentences_of([hit("Kyiv attend. Kyiv a 10 chars. Kyiv a deux chars.")])
    with_a_number = [0, 1, 1]
    assert features(sentences, "how many?").T.tolist().count(with_a_number) == 2
    assert features(sentences, "who?").T.tolist().count(with_a_number) == 1


def test_features_are_as_many_for_any_question_and_a_row_for_each_sentence():
    sentences = sentences_of([hit()])
    for described in (features(sentences), features(sentences, ""), features(sentences, "Qui ?", "fr")):
        assert described.shape == (3, SENTENCE_FEATURES)
    assert features(sentences).dtype == np.float32


@settings(deadline=None)  # the first example loads the lexicon
@given(st.text(min_size=1), st.text(), st.sampled_from(["en", "fr", "uk"]), st.floats(0, 1))
def test_the_features_of_any_sentence_are_finite(text, question, language, score):
    sentences = sentences_of([hit(text, score=score)])
    if sentences:
        assert np.isfinite(features(sentences, question, language)).all()


@given(st.text(), st.data())
def test_no_sentence_is_listed_twice_and_each_lies_in_its_passage(text, data):
    cuts = st.integers(0, len(text))
    pairs = data.draw(st.lists(st.tuples(cuts, cuts), max_size=4))
    found = sentences_of([hit(text, start=min(pair), end=max(pair)) for pair in pairs])
    places = [sentence.place for sentence in found]
    assert len({place.start for place in places}) == len(places)
    for sentence in found:
        assert sentence.place.of(text) == sentence.text != ""
        chunk = sentence.hit.chunk
        assert chunk.start <= sentence.place.start < sentence.place.end <= chunk.end
        assert sentence.span == Span(sentence.place.start - chunk.start, sentence.place.end - chunk.start)
