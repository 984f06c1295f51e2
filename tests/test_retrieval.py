"""Which passages a question finds in a small newsroom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import WordEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.analysis import terms
from qa.lexicon import Lexicon, load_lexicon
from qa.protocols import Addition, Change, Manifest
from qa.records import Article, Chunk, Filter, Hit
from qa.retrieval import DEPTH, Retriever
from qa.stores.local import LocalStore
from qa.stores.schema import FORMAT

EVERYTHING = Filter()
SNOW = "Une tempête de neige a paralysé mardi les aéroports du nord du pays et retardé des centaines de voyageurs."


@dataclass(frozen=True)
class News:
    id: str
    text: str
    language: str = "fr"
    date: str | None = None


NEWSROOM = [
    News("farmers", "Les agriculteurs en colère bloquent les routes contre la hausse des taxes.", date="2025-01-10"),
    News("budget", "Le Parlement a voté lundi le budget de la défense.", date="2025-02-20"),
    News("beds", "Les médecins réclament davantage de lits dans les hôpitaux.", date="2025-03-05"),
    News("snow", SNOW, date="2025-01-31"),
    News("snow-again", SNOW, date="2025-02-01"),
    News("snow-longer", f"{SNOW} Le dégel est attendu jeudi.", date="2025-02-02"),
    News("rates", "The central bank kept its interest rates unchanged on Monday.", language="en", date="2025-02-20"),
    News("vaccine", "Scientists have tested a vaccine against malaria in Kenya.", language="en"),
]


def filled(folder: Path, newsroom: Sequence[News]) -> LocalStore:
    """A store in which each article is one passage."""
    embedder = WordEmbedder()
    manifest = Manifest(FORMAT, embedder.name, embedder.fingerprint, embedder.dimension, 600, 120)
    store = LocalStore.create(folder, manifest)
    store.apply(Change(additions=[addition(news, embedder) for news in newsroom]))
    return store


def addition(news: News, embedder: WordEmbedder) -> Addition:
    article = Article(news.id, news.id, news.text, news.language, news.date)
    chunk = Chunk(news.id, 0, len(news.text), news.text, news.language, news.id, news.date)
    return Addition(article, [chunk], embedder.embed_passages([news.text]), [terms(news.text, news.language)])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    opened = filled(tmp_path_factory.mktemp("newsroom"), NEWSROOM)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def retriever(store: LocalStore) -> Retriever:
    return Retriever(store, WordEmbedder(), load_lexicon())


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.chunk.article_id for hit in hits]


def test_a_question_finds_the_passage_with_its_words(retriever):
    hits = retriever.search("Did the central bank change its interest rates?", language="en", k=3, where=EVERYTHING)
    assert ids(hits)[0] == "rates"
    assert hits[0].score == pytest.approx(1)
    assert hits[0].chunk.text == NEWSROOM[6].text


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Why were the farmers angry?", "farmers"),
        ("Do the hospitals have enough beds?", "beds"),
        ("When did parliament adopt the defence plan?", "budget"),
        ("Which airports were closed by the snow?", "snow"),
    ],
)
def test_an_english_question_finds_a_french_passage_by_the_lexicon_alone(store, retriever, question, expected):
    (hit,) = retriever.search(question, language="en", k=1, where=EVERYTHING)
    assert expected in (hit.chunk.article_id, *hit.copies)
    untranslated = Retriever(store, WordEmbedder(), Lexicon({}, {}, sentences=10))
    french = Filter(languages=frozenset({"fr"}))
    found = [row.row for row in untranslated.rankings(question, language="en", k=8, where=french)[1]]
    assert expected not in {chunk.article_id for chunk in store.chunks(found).values()}


def test_a_french_question_finds_an_english_passage(retriever):
    hits = retriever.search("Qui a testé un vaccin contre le paludisme ?", language="fr", k=1, where=EVERYTHING)
    assert ids(hits) == ["vaccine"]


def test_near_copies_are_one_hit_that_names_the_others(retriever):
    hits = retriever.search("tempête de neige dans les aéroports", language="fr", k=5, where=EVERYTHING)
    stormy = [hit for hit in hits if "tempête" in hit.chunk.text]
    assert len(stormy) == 1
    assert {stormy[0].chunk.article_id, *stormy[0].copies} == {"snow", "snow-again", "snow-longer"}
    assert len(set(stormy[0].copies)) == 2
    assert all(hit.copies == () for hit in hits if hit is not stormy[0])


def test_many_copies_of_one_passage_do_not_hide_another(tmp_path):
    copies = [News(f"wire-{i:02}", SNOW) for i in range(12)]
    other = News("other", "La neige a fermé un seul des aéroports du sud.")
    with_copies = filled(tmp_path / "store", [*copies, other])
    retriever = Retriever(with_copies, WordEmbedder(), load_lexicon())
    hits = retriever.search("tempête de neige, aéroports du nord", language="fr", k=2, where=EVERYTHING)
    assert ids(hits) == ["wire-00", "other"]
    assert len(hits[0].copies) == 11
    with_copies.close()


def test_a_few_words_that_stand_in_another_passage_are_no_copy_of_it(tmp_path):
    with_byline = filled(tmp_path / "store", [News("wire", SNOW), News("byline", "Une tempête de neige.")])
    retriever = Retriever(with_byline, WordEmbedder(), load_lexicon())
    hits = retriever.search("tempête de neige, aéroports du nord", language="fr", k=5, where=EVERYTHING)
    assert sorted((hit.chunk.article_id, hit.copies) for hit in hits) == [("byline", ()), ("wire", ())]
    with_byline.close()


def test_a_passage_without_a_word_of_the_question_is_found_by_what_stands_before_it(tmp_path):
    embedder, text = WordEmbedder(), "La mairie de Brest rouvre le marché.\nCoût : neuf millions."
    article = Article("brest", "brest", text, "fr")
    chunks = [Chunk("brest", start, end, text[start:end], "fr", "brest") for start, end in ((0, 36), (37, len(text)))]
    words = [terms(chunk.text, "fr") for chunk in chunks]
    vectors = embedder.embed_passages([chunk.text for chunk in chunks])
    markets = [News(f"{number:02}", f"Le marché de la ville {number} ferme.") for number in range(2 * DEPTH)]
    many = filled(tmp_path / "store", markets)
    many.apply(Change(additions=[Addition(article, chunks, vectors, words)]))
    retriever, question = Retriever(many, embedder, load_lexicon()), "réouverture du marché par la mairie de Brest"
    dense, lexical = retriever.rankings(question, language="fr", k=DEPTH, where=EVERYTHING)
    assert chunks[1] not in many.chunks([ranked.row for ranked in (*dense, *lexical)]).values()
    hits = retriever.search(question, language="fr", k=2, where=EVERYTHING)
    assert [hit.chunk for hit in hits] == chunks
    assert [hit.chunk for hit in retriever.search(question, language="fr", k=9, where=Filter(since="2030-01-01"))] == []
    many.close()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Filter(languages=frozenset({"en"})), {"rates", "vaccine"}),
        (Filter(article_ids=frozenset({"beds", "farmers", "unknown"})), {"beds", "farmers"}),
        (Filter(since="2025-02-20"), {"budget", "rates", "beds"}),
        (Filter(until="2025-01-31"), {"farmers", "snow"}),
        (Filter(since="2025-02-20", until="2025-02-20", languages=frozenset({"fr"})), {"budget"}),
        (Filter(article_ids=frozenset()), set()),
        (Filter(languages=frozenset({"de"})), set()),
    ],
)
def test_only_articles_that_pass_the_filter_are_found(retriever, where, expected):
    assert set(ids(retriever.search("Monday lundi budget neige", language="fr", k=10, where=where))) == expected


@pytest.mark.parametrize("k", [1, 2, 3, 10])
def test_as_many_passages_are_given_as_were_asked_for_and_the_better_ones(retriever, k):
    all_of_them = retriever.search("le budget des hôpitaux", language="fr", k=10, where=EVERYTHING)
    assert ids(retriever.search("le budget des hôpitaux", language="fr", k=k, where=EVERYTHING)) == ids(all_of_them)[:k]
    assert len(all_of_them) == 6, "all but the two copies"


@pytest.mark.parametrize("question", ["", " \n\t"])
def test_an_empty_question_finds_nothing(retriever, question):
    assert retriever.search(question, language="en", k=5, where=EVERYTHING) == []


def test_an_empty_index_finds_nothing(empty_store, word_embedder):
    empty = Retriever(empty_store, word_embedder, load_lexicon())
    assert empty.search("budget", language="fr", k=5, where=EVERYTHING) == []


def test_a_question_of_stop_words_or_signs_still_gives_the_nearest(retriever):
    assert len(retriever.search("what is it?", language="en", k=3, where=EVERYTHING)) == 3
    assert len(retriever.search('"OR" (AND) *?!', language="en", k=3, where=EVERYTHING)) == 3


def test_a_whole_page_pasted_as_a_question_is_searched(retriever):
    page = f"{NEWSROOM[2].text}\n" * 500
    assert ids(retriever.search(page, language="fr", k=1, where=EVERYTHING)) == ["beds"]


@settings(deadline=None)  # each example reads the disk
@given(
    st.text() | st.sampled_from([news.text for news in NEWSROOM]),
    st.sampled_from(["en", "fr", "uk"]),
    st.integers(1, 9),
)
def test_hits_are_at_most_k_different_passages_best_first_with_scores_from_0_to_1(retriever, question, language, k):
    hits = retriever.search(question, language=language, k=k, where=EVERYTHING)
    assert len(hits) <= k
    assert len(set(ids(hits))) == len(hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 <= hit.score <= 1 for hit in hits)
