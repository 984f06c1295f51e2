"""How two rankings become one, and which passages a question finds in a small newsroom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import WordEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.analysis import terms
from qa.lexicon import Lexicon, load_lexicon
from qa.protocols import Addition, Change, Manifest, Ranked
from qa.records import Article, Chunk, Filter, Hit
from qa.retrieval import Retriever, fuse
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


def ranking(*scored: tuple[int, float]) -> list[Ranked]:
    return [Ranked(row, score) for row, score in scored]


def fused(dense: list[Ranked], lexical: list[Ranked], *, dense_weight: float = 0.2) -> dict[int, float]:
    return {ranked.row: ranked.score for ranked in fuse(dense, lexical, dense_weight=dense_weight)}


def test_fused_scores_can_be_worked_out_by_hand():
    # Cosines 0.9, 0.5, 0.1 are stretched to 1, 0.5, 0; BM25 of 8 and 2 divided by the best are 1 and 0.25.
    scores = fused(ranking((1, 0.9), (2, 0.5), (3, 0.1)), ranking((2, 8.0), (4, 2.0)))
    assert scores == pytest.approx({2: 0.2 * 0.5 + 0.8 * 1, 1: 0.2 * 1, 4: 0.8 * 0.25, 3: 0})
    assert next(iter(scores)) == 2


def test_a_passage_first_in_both_rankings_scores_1():
    assert fused(ranking((7, 0.6), (8, 0.2)), ranking((7, 3.0), (8, 1.0)))[7] == pytest.approx(1)


def test_either_ranking_alone_will_do():
    assert fused(ranking((1, 0.9), (2, 0.4)), []) == pytest.approx({1: 0.2, 2: 0})
    assert fused([], ranking((1, 6.0), (2, 3.0))) == pytest.approx({1: 0.8, 2: 0.4})
    assert fused([], []) == {}


def test_passages_equally_near_all_count_as_near():
    assert fused(ranking((1, 0.3)), []) == pytest.approx({1: 0.2})
    assert fused(ranking((1, 0.3), (2, 0.3)), []) == pytest.approx({1: 0.2, 2: 0.2})


def test_equal_scores_are_ranked_by_row():
    assert list(fused(ranking((9, 0.5), (3, 0.5)), [])) == [3, 9]


RANKINGS = st.dictionaries(st.integers(0, 30), st.floats(-1, 1, width=32)).map(
    lambda scores: [Ranked(row, scores[row]) for row in sorted(scores, key=lambda row: -scores[row])]
)
BM25 = RANKINGS.map(lambda ranked: [Ranked(one.row, 20 * (one.score + 1.01)) for one in ranked])


@given(RANKINGS, BM25, st.floats(0, 1))
def test_a_fused_ranking_holds_every_row_once_best_first_with_scores_from_0_to_1(dense, lexical, weight):
    found = fuse(dense, lexical, dense_weight=weight)
    assert sorted(one.row for one in found) == sorted({one.row for one in dense + lexical})
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(0 <= one.score <= 1 for one in found)


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
    found = [row.row for row in untranslated.rank(question, language="en", k=8, where=french)[1]]
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
