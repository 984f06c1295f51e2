"""What a person or a client may ask to be searched: articles, languages and days; and what is refused."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import BadInput
from qa.filters import make_filter, refuse_unknown_articles, texts
from qa.records import Article, Filter


def test_empty_wishes_filter_nothing() -> None:
    assert make_filter() == make_filter(article_ids=[], languages=[], since=" ", until="") == Filter()


def test_wishes_become_a_filter() -> None:
    made = make_filter(article_ids=["a.txt"], languages=["fr"], since="2025-01-31", until=" 2025-02-01 ")
    assert made == Filter(frozenset({"a.txt"}), frozenset({"fr"}), "2025-01-31", "2025-02-01")


@pytest.mark.parametrize("day", ["2025-13-01", "2025-02-30", "yesterday", "20250131", "2025-W05-5", "5/11/2025"])
def test_what_is_no_day_is_refused_by_name(day: str) -> None:
    with pytest.raises(BadInput, match=f"until = {day!r} is not a day"):
        make_filter(until=day)


def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(BadInput, match="since 2025-02-02 is after until 2025-02-01"):
        make_filter(since="2025-02-02", until="2025-02-01")


def test_an_article_that_is_not_there_is_refused_not_silently_searched() -> None:
    articles = {"a.txt": Article("a.txt", "t", "Oslo en a promis six.", "fr")}
    refuse_unknown_articles(make_filter(article_ids=["a.txt"]), articles.get)
    refuse_unknown_articles(make_filter(), articles.get)
    with pytest.raises(BadInput, match=r"no article 'b\.txt'"):
        refuse_unknown_articles(make_filter(article_ids=["a.txt", "b.txt"]), articles.get)


@pytest.mark.parametrize("values", ["abc", ["a", 1], [None]])
def test_a_list_must_hold_texts(values: list[str]) -> None:
    with pytest.raises(BadInput, match=r"history = .* is not a list of texts"):
        texts("history", values)


@given(st.dates())
def test_every_day_there_is_can_be_asked_for(day: datetime.date) -> None:
    assert make_filter(since=day.isoformat(), until=day.isoformat()) == Filter(
        since=day.isoformat(), until=day.isoformat()
    )


@given(st.text(max_size=20) | st.from_regex(r"\d{4}-\d\d-\d\d", fullmatch=True))
def test_any_other_text_is_a_day_or_refused_and_nothing_worse(day: str) -> None:
    try:
        made = make_filter(since=day).since
    except BadInput:
        return
    assert made is None or datetime.date.fromisoformat(made).isoformat() == day.strip()


def test_a_tuple_of_texts_is_a_list_and_nothing_is_none() -> None:
    assert texts("languages", ("fr", "en")) == ("fr", "en")
    assert texts("languages", None) == texts("languages", []) == ()


def test_a_very_long_unknown_article_is_told_in_short() -> None:
    with pytest.raises(BadInput) as refused:
        refuse_unknown_articles(make_filter(article_ids=["a" * 10_000]), {}.get)
    assert len(str(refused.value)) < 400
