"""What becomes of a reader's candidates: quotes that stand in their articles, other articles' answers, abstentions."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_samples import manifest

from qa.answering import MOST_ALTERNATIVES, Answerer, Asked
from qa.lexicon import load_lexicon
from qa.protocols import Addition, Change
from qa.records import Abstention, Answer, Article, Candidate, Chunk, Hit, Span
from qa.sentences import sentence_at
from qa.stores.local import LocalStore

THRESHOLD = 0.4
ARTICLES = {
    article.id: article
    for article in (
        Article(
            "request.txt",
            "La demande",
            "La demande\nKyiv a demandé dix systèmes Patriot. La livraison prendrait deux ans.",
            "fr",
            "2025-01-10",
            "https://example.org/request",
        ),
        Article("wire.txt", "La dépêche", "La dépêche\nAu total, dix systèmes Patriot sont espérés.", "fr"),
        Article("radio.txt", "À la radio", "À la radio\nSelon Oslo, il en faudrait douze.", "fr"),
        Article("blog.txt", "Le blog", "Le blog\nUn blogueur parle de trente systèmes.", "fr"),
        Article("letter.txt", "La lettre", "La lettre\nUn lecteur en voudrait cent.", "fr"),
        Article("club.txt", "Le club", "Le club\nLe club a engagé vingt joueurs.", "fr"),
    )
}
ASKED = Asked("And how many?", "How many Patriot systems were requested?", "en")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    opened = filled(tmp_path_factory.mktemp("news"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def answerer(store: LocalStore) -> Answerer:
    return Answerer(store, load_lexicon())


def filled(folder: Path) -> LocalStore:
    """A store with all articles, to be changed or not."""
    made = LocalStore.create(folder, manifest())
    made.apply(Change(additions=[addition(article) for article in ARTICLES.values()]))
    return made


def addition(article: Article) -> Addition:
    return Addition(article, [passage(article)], np.array([[1, 0]], dtype=np.float32), [["word"]])


def passage(article: Article) -> Chunk:
    """All of an article but its title, so that offsets in the passage and in the article differ."""
    start = article.text.index("\n") + 1
    return Chunk(
        article.id,
        start,
        len(article.text),
        article.text[start:],
        article.language,
        article.title,
        article.date,
        article.source,
    )


def hit(article_id: str, *, copies: tuple[str, ...] = ()) -> Hit:
    return Hit(passage(ARTICLES[article_id]), 0.9, copies)


def proposed(article_id: str, words: str, probability: float, *, copies: tuple[str, ...] = ()) -> Candidate:
    """``words`` of an article, in their sentence."""
    text = ARTICLES[article_id].text
    span = Span(text.index(words), text.index(words) + len(words))
    return Candidate(hit(article_id, copies=copies), span, sentence_at(text, span.start, span.end), probability)


def composed(answerer: Answerer, *candidates: Candidate, asked: Asked = ASKED) -> Answer:
    hits = tuple(dict.fromkeys(candidate.hit for candidate in candidates))
    return answerer.compose(asked, candidates, hits, threshold=THRESHOLD)


def quotes(answer: Answer) -> list[str]:
    return [citation.quote for citation in answer.citations]


TEN = proposed("request.txt", "dix systèmes Patriot", 0.6)


def test_an_answer_is_the_words_with_their_sentence_as_its_citation(answerer):
    answer = composed(answerer, TEN)
    assert (answer.answered, answer.text, answer.confidence) == (True, "dix systèmes Patriot", 0.6)
    [citation] = answer.citations
    assert citation.quote == "Kyiv a demandé dix systèmes Patriot."
    assert citation.quote == ARTICLES["request.txt"].text[citation.start : citation.end]
    assert (citation.number, citation.article_id, citation.title) == (1, "request.txt", "La demande")
    assert (citation.score, citation.source, citation.date) == (0.6, "https://example.org/request", "2025-01-10")
    assert answer.alternatives == ()


def test_an_answer_tells_the_question_as_asked_and_as_understood(answerer):
    answer = composed(answerer, TEN)
    assert (answer.question, answer.interpretation, answer.language) == ("And how many?", ASKED.interpretation, "en")
    assert (answer.reason, answer.hits) == (None, (replace(TEN.hit, score=TEN.probability),))


def test_a_second_sentence_of_the_same_article_is_quoted_when_it_is_likely_enough(answerer):
    likely, unlikely = (proposed("request.txt", "deux ans", probability) for probability in (0.06, 0.05))
    assert quotes(composed(answerer, TEN, likely)) == [
        "Kyiv a demandé dix systèmes Patriot.",
        "La livraison prendrait deux ans.",
    ]
    assert quotes(composed(answerer, TEN, unlikely)) == ["Kyiv a demandé dix systèmes Patriot."]


def test_the_hits_of_an_answer_come_in_the_reader_s_order_with_its_probabilities(answerer):
    other = proposed("radio.txt", "douze", 0.3)
    unread = proposed("club.txt", "vingt", 0.1).hit
    answer = answerer.compose(ASKED, [TEN, other], [unread, other.hit, TEN.hit], threshold=THRESHOLD)
    assert [hit.chunk for hit in answer.hits] == [TEN.hit.chunk, other.hit.chunk, unread.chunk]
    assert [hit.score for hit in answer.hits] == [0.6, 0.3, 0.0]


def moved(start: int, end: int, *, sentence: Span = TEN.sentence) -> Candidate:
    return Candidate(TEN.hit, Span(start, end), sentence, 0.6)


BEFORE_THE_PASSAGE = Span(0, TEN.sentence.end)
BEHIND_THE_ARTICLE = Span(TEN.sentence.start, len(ARTICLES["request.txt"].text) + 1)


@pytest.mark.parametrize(
    "unsound",
    [
        moved(TEN.span.start, TEN.span.start),
        moved(TEN.sentence.start - 1, TEN.span.end),
        moved(TEN.span.start, TEN.sentence.end + 1),
        moved(TEN.span.start, TEN.span.end, sentence=BEFORE_THE_PASSAGE),
        moved(TEN.span.start, TEN.span.end, sentence=BEHIND_THE_ARTICLE),
    ],
    ids=[
        "no words",
        "words before their sentence",
        "words behind it",
        "sentence before the passage",
        "sentence behind it",
    ],
)
def test_words_outside_their_sentence_or_passage_are_never_shown(answerer, unsound):
    assert not composed(answerer, unsound).answered


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[LocalStore]:
    opened = filled(tmp_path / "store")
    yield opened
    opened.close()


def rewritten(text: str) -> Change:
    old = ARTICLES["request.txt"]
    return Change(additions=[addition(Article(old.id, old.title, text, old.language))])


@pytest.mark.parametrize(
    "change",
    [
        Change(removals=["request.txt"]),
        rewritten(ARTICLES["request.txt"].text.replace("dix", "dix-huit")),
        rewritten("La demande\nRetirée."),
    ],
    ids=["removed", "changed", "shortened"],
)
def test_a_quote_that_no_longer_stands_in_its_article_is_dropped(changing, change):
    answerer = Answerer(changing, load_lexicon())
    twelve = proposed("radio.txt", "douze", 0.5)
    assert composed(answerer, TEN, twelve).text == "dix systèmes Patriot"
    changing.apply(change)
    answer = composed(answerer, TEN, twelve)
    assert (answer.text, quotes(answer), answer.alternatives) == ("douze", ["Selon Oslo, il en faudrait douze."], ())
    assert not composed(answerer, TEN).answered


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "The articles don't say: they touch on the topic without stating this."),
        ("fr", "Les articles ne le disent pas : le sujet y est abordé, pas cette information."),
        ("uk", "У статтях про це не сказано: тему згадано, але цього факту немає."),
        ("de", "The articles don't say: they touch on the topic without stating this."),
    ],
)
def test_below_the_threshold_it_says_so_in_the_language_of_the_question_and_shows_the_nearest(
    answerer, language, message
):
    unsure = proposed("request.txt", "dix systèmes Patriot", 0.39)
    answer = composed(answerer, unsure, asked=Asked("Patriot ?", "systèmes Patriot", language))
    assert (answer.answered, answer.text, answer.confidence) == (False, "", 0.0)
    assert (answer.citations, answer.alternatives, answer.hits) == ((), (), (replace(unsure.hit, score=0.39),))
    assert (answer.reason, answer.message) == (Abstention.FACT_NOT_STATED, message)


def test_every_reason_is_told_in_every_language(answerer):
    told = {
        answerer.abstain(Asked("?", "?", language), reason).message
        for language in ("en", "fr", "uk")
        for reason in Abstention
    }
    assert len(told) == 9
    assert all(told)


def test_the_candidates_reach_the_threshold_together(answerer):
    halves = [proposed("request.txt", "dix systèmes Patriot", 0.2), proposed("wire.txt", "dix systèmes Patriot", 0.2)]
    answer = composed(answerer, *halves)
    assert (answer.text, answer.confidence) == ("dix systèmes Patriot", pytest.approx(0.4))
    assert not composed(answerer, halves[0]).answered


@pytest.mark.parametrize(
    ("question", "language", "reason"),
    [
        ("Quand Kyiv a-t-il demandé les systèmes Patriot ?", "fr", Abstention.FACT_NOT_STATED),
        ("Who paid for the Patriot systems that Kyiv requested?", "en", Abstention.FACT_NOT_STATED),
        ("Quelle est la capitale du Pérou ?", "fr", Abstention.NOTHING_ON_TOPIC),
        ("How tall is the Eiffel Tower?", "en", Abstention.NOTHING_ON_TOPIC),
    ],
)
def test_nothing_on_the_topic_and_a_fact_not_stated_are_told_apart(answerer, question, language, reason):
    asked = Asked(question, question, language)
    hits = [hit("club.txt"), hit("request.txt")]
    assert answerer.compose(asked, [], hits, threshold=THRESHOLD).reason is reason


def test_without_any_passage_there_is_nothing_on_the_topic(answerer):
    assert answerer.compose(ASKED, [], [], threshold=0.0).reason is Abstention.NOTHING_ON_TOPIC


def test_each_sentence_quoted_adds_to_the_confidence_once(answerer):
    also_agreeing = proposed("request.txt", "Patriot", 0.2)
    assert composed(answerer, TEN, also_agreeing).confidence == pytest.approx(0.8)
    quoted = proposed("request.txt", "deux ans", 0.1)
    assert composed(answerer, TEN, quoted).confidence == pytest.approx(0.7)
    unlikely = proposed("request.txt", "deux ans", 0.05)
    assert composed(answerer, TEN, unlikely).confidence == 0.6


def test_another_article_that_says_the_same_agrees_and_adds_to_the_confidence(answerer):
    answer = composed(answerer, TEN, proposed("wire.txt", "dix systèmes Patriot", 0.3))
    [other] = answer.alternatives
    assert (other.text, other.agrees, other.confidence) == ("dix systèmes Patriot", True, 0.3)
    assert other.citations[0].quote == "Au total, dix systèmes Patriot sont espérés."
    assert answer.confidence == pytest.approx(0.9)


def test_another_article_that_says_something_else_disagrees_and_adds_nothing(answerer):
    answer = composed(answerer, TEN, proposed("blog.txt", "trente systèmes", 0.3))
    [other] = answer.alternatives
    assert (other.text, other.agrees) == ("trente systèmes", False)
    assert answer.confidence == 0.6


def test_one_article_is_heard_once_with_its_best_answer(answerer):
    answer = composed(answerer, proposed("wire.txt", "Patriot", 0.4), TEN, proposed("request.txt", "deux ans", 0.35))
    assert [other.text for other in answer.alternatives] == ["dix systèmes Patriot"]


def test_an_unlikely_answer_of_another_article_is_not_shown(answerer):
    unlikely = proposed("radio.txt", "douze", 0.14)
    assert composed(answerer, TEN, unlikely).alternatives == ()


def test_a_copy_of_the_article_that_answers_is_no_second_witness(answerer):
    best = proposed("request.txt", "dix systèmes Patriot", 0.5, copies=("wire.txt",))
    assert composed(answerer, best, proposed("wire.txt", "dix systèmes Patriot", 0.4)).alternatives == ()


def test_a_passage_that_stands_in_the_article_that_answers_is_no_second_witness(answerer):
    again = proposed("wire.txt", "dix systèmes Patriot", 0.4, copies=("request.txt",))
    assert composed(answerer, TEN, again).alternatives == ()


def test_two_copies_of_another_article_are_one_witness(answerer):
    twelve = proposed("radio.txt", "douze", 0.3, copies=("blog.txt",))
    answer = composed(answerer, TEN, twelve, proposed("blog.txt", "trente systèmes", 0.25))
    assert [other.text for other in answer.alternatives] == ["douze"]


def test_citations_are_numbered_on_through_the_alternatives(answerer):
    answer = composed(
        answerer,
        TEN,
        proposed("request.txt", "deux ans", 0.5),
        proposed("radio.txt", "douze", 0.4),
        proposed("blog.txt", "trente", 0.3),
    )
    assert [citation.number for citation in answer.citations] == [1, 2]
    assert [[citation.number for citation in other.citations] for other in answer.alternatives] == [[3], [4]]


WORDS = [
    ("request.txt", "dix systèmes Patriot"),
    ("request.txt", "deux ans"),
    ("wire.txt", "dix systèmes Patriot"),
    ("radio.txt", "douze"),
    ("blog.txt", "trente systèmes"),
    ("letter.txt", "cent"),
    ("club.txt", "vingt joueurs"),
]
COPIES = st.sets(st.sampled_from(sorted(ARTICLES)), max_size=2).map(lambda ids: tuple(sorted(ids)))
CANDIDATES = st.lists(
    st.tuples(st.sampled_from(WORDS), st.floats(0, 1), COPIES), max_size=8, unique_by=lambda one: one[0]
)


@given(CANDIDATES)
def test_whatever_is_proposed_every_quote_is_verbatim_and_every_number_in_its_place(answerer, proposals):
    candidates = [proposed(name, words, each, copies=copies) for (name, words), each, copies in proposals]
    candidates.sort(key=lambda candidate: -candidate.probability)
    answer = composed(answerer, *candidates)
    cited = [*answer.citations, *(citation for other in answer.alternatives for citation in other.citations)]
    assert [citation.number for citation in cited] == list(range(1, len(cited) + 1))
    assert all(ARTICLES[one.article_id].text[one.start : one.end] == one.quote for one in cited)
    assert answer.answered == (sum(candidate.probability for candidate in candidates) >= THRESHOLD)
    assert answer.answered == bool(answer.text) == (answer.reason is None) == (not answer.message)
    assert 0 <= answer.confidence <= 1
    witnesses = [answer.citations[0].article_id] if answer.answered else []
    witnesses += [other.citations[0].article_id for other in answer.alternatives]
    assert len(witnesses) == len(set(witnesses)) <= 1 + MOST_ALTERNATIVES
