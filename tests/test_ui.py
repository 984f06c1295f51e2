"""Checks what the page is made of: escaping, answers in HTML, texts and remembered conversations."""

from __future__ import annotations

import html
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import BadInput
from qa.protocols import ArticleEntry
from qa.records import Abstention, Alternative, Answer, Article, Chunk, Citation, Hit, Span
from qa.ui.answers import Turn, answer_parts, as_text, messages
from qa.ui.conversations import REMEMBERED, Conversations
from qa.ui.escaping import escape, opener
from qa.ui.sources import LISTED, article_list, article_view, sources_list
from qa.ui.texts import TEXTS, say

TEXT = "Kyiv a demandé dix avions. Oslo en a promis six."
HOSTILE = "<script>alert(1)</script> **b** [l](http://evil.example) ![i](//e) $$x$$ `c` ${1} {{v}} \" ' <!-- | # _"


def citation(number: int, quote: str, article_id: str = "a.txt", title: str = "Les avions") -> Citation:
    start = TEXT.index(quote)
    return Citation(number, article_id, title, quote, start, start + len(quote), 0.9, None, "2025-11-05")


def answered() -> Answer:
    return Answer(
        question="Et combien ?",
        interpretation="Combien d’avions Kyiv a-t-il demandés ?",
        language="fr",
        text="dix avions",
        confidence=0.83,
        citations=(citation(1, "Kyiv a demandé dix avions."),),
        alternatives=(
            Alternative("dix", True, 0.6, (citation(2, "dix avions", "b.txt"),)),
            Alternative("six", False, 0.5, (citation(3, "Oslo en a promis six.", "c.txt"),)),
        ),
        hits=(),
        message="dix avions",
    )


def abstained(message: str = "The articles do not say.") -> Answer:
    hit = Hit(Chunk("a.txt", 0, len(TEXT), TEXT, "fr", "Les avions"), 0.4)
    return Answer("Why?", "Why?", "en", "", 0.1, (), (), (hit,), message, Abstention.FACT_NOT_STATED)


@given(st.text())
def test_escaped_text_reads_as_itself_and_holds_no_markup(text: str) -> None:
    escaped = escape(text)
    assert not set(re.sub(r"&#\d+;", "", escaped)) & set(string.punctuation)
    shown = html.unescape(escaped)
    assert len(shown) == len(text)
    assert all(seen in (meant, "\ufffd") for seen, meant in zip(shown, text, strict=True))


def test_direction_overrides_cannot_reorder_the_page() -> None:
    assert escape("a\u202eb\u2066c\x00d") == "a\ufffdb\ufffdc\ufffdd"


def test_a_button_cannot_be_broken_out_of() -> None:
    button = opener("1", article_id='x" onclick="evil()', start=1, end=2, spoken="<b>")
    assert re.findall(r'(\S+?)="', button) == ["type", "class", "data-article", "data-start", "data-end", "aria-label"]


def test_an_answer_comes_first_then_its_quote_then_other_articles_then_the_confidence() -> None:
    page = html.unescape("".join(answer_parts(answered())))
    marks = [
        "qa-short",
        "Kyiv a demandé dix avions.",
        "de même",
        "autre chose",
        "Confiance élevée",
        "Compris comme",
        "Copier",
    ]
    places = [page.index(mark) for mark in marks]
    assert places == sorted(places)
    assert 'title="probabilité que l’une des citations réponde : 83 %"' in page


def test_every_number_opens_its_own_quote() -> None:
    page = html.unescape("".join(answer_parts(answered())))
    opened = re.findall(r'data-article="(.*?)" data-start="(\d+)" data-end="(\d+)" aria-label=".*?">(\d)<', page)
    assert {(name, TEXT[int(start) : int(end)], number) for name, start, end, number in opened} == {
        ("a.txt", "Kyiv a demandé dix avions.", "1"),
        ("b.txt", "dix avions", "2"),
        ("c.txt", "Oslo en a promis six.", "3"),
    }


def test_an_abstention_says_so_and_calls_its_passages_no_answer() -> None:
    page = html.unescape("".join(answer_parts(abstained())))
    assert "qa-short" not in page
    assert "The articles do not say." in page
    assert page.index("(not an answer)") < page.index(TEXT)


def test_hostile_words_stay_words_in_every_part_of_the_page() -> None:
    hostile = Answer(HOSTILE, HOSTILE + "?", HOSTILE, HOSTILE, 0.9, (), (), (), HOSTILE)
    bad = Citation(1, HOSTILE, HOSTILE, HOSTILE, 0, len(HOSTILE), 0.9, HOSTILE, HOSTILE)
    hit = Hit(Chunk(HOSTILE, 0, len(HOSTILE), HOSTILE, HOSTILE, HOSTILE), 0.5)
    shown = Answer(
        HOSTILE, HOSTILE + "?", "en", HOSTILE, 0.9, (bad,), (Alternative(HOSTILE, True, 1, (bad,)),), (hit,), ""
    )
    silent = Answer(HOSTILE, HOSTILE, "en", "", 0.0, (), (), (hit,), HOSTILE, Abstention.NOTHING_ON_TOPIC)
    article = Article(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    pages = [
        *(part["content"].value for answer in (shown, silent, hostile) for part in messages([Turn(HOSTILE, answer)])),
        sources_list(shown, "en"),
        article_list([ArticleEntry(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, 1)], "en"),
        article_view(article, Span(2, 9), language="en"),
    ]
    for page in pages:
        assert "script" in page
        for piece in ("<script", "**", "](", "$$", "`", "${", "{{", "<!--"):
            assert piece not in page


def test_a_copied_answer_carries_its_quotes_and_where_they_stand() -> None:
    first, _, *quotes = as_text(answered()).splitlines()
    assert first == "dix avions"
    assert quotes[0] == "[1] « Kyiv a demandé dix avions. » (Les avions, 2025-11-05, a.txt)"
    assert [quote[:3] for quote in quotes] == ["[1]", "[2]", "[3]"]
    assert as_text(abstained()) == "The articles do not say."


def test_the_sources_list_every_quote_and_are_empty_without_an_answer() -> None:
    assert sources_list(answered(), "en").count("data-article") == 3
    assert "data-article" not in sources_list(abstained(), "en")
    assert "data-article" not in sources_list(None, "fr")


def test_an_article_is_shown_whole_with_only_the_quote_marked() -> None:
    article = Article("a.txt", "Les avions", TEXT, "fr")
    page = html.unescape(article_view(article, Span(27, len(TEXT)), language="fr"))
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", page) == ["Oslo en a promis six."]
    assert TEXT in re.sub(r"</?mark[^>]*>", "", page)
    assert "sans date" in page


@pytest.mark.parametrize("place", [Span(-1, 3), Span(5, 4), Span(0, len(TEXT) + 1)])
def test_a_place_outside_the_article_is_refused(place: Span) -> None:
    with pytest.raises(BadInput, match="ask the question again"):
        article_view(Article("a.txt", "t", TEXT, "fr"), place, language="en")


def test_a_long_list_of_articles_is_cut_and_counted() -> None:
    entries = [ArticleEntry(f"{n}.txt", f"T{n}", "fr", None, None, n) for n in range(LISTED + 7)]
    page = article_list(entries, "en")
    assert page.count("data-article") == LISTED
    assert "and 7 more" in page


def test_both_languages_say_the_same_things() -> None:
    def blanks(text: str) -> list[str]:
        return sorted(re.findall(r"{(\w+)}", text))

    assert TEXTS["en"].keys() == TEXTS["fr"].keys()
    assert all(blanks(TEXTS["en"][key]) == blanks(TEXTS["fr"][key]) for key in TEXTS["en"])
    assert say("send", "de") == "Ask"


def test_a_conversation_is_found_again_by_its_key_only() -> None:
    conversations = Conversations()
    key, other = conversations.start(), conversations.start()
    conversations.add(key, Turn("Why?", abstained()))
    assert [turn.question for turn in conversations.turns(key)] == ["Why?"]
    assert conversations.turns(other) == conversations.turns("") == ()
    conversations.forget(key)
    assert conversations.turns(key) == ()


def test_the_conversation_unused_for_longest_is_forgotten_first() -> None:
    conversations = Conversations()
    turn = Turn("Why?", abstained())
    for number in range(REMEMBERED):
        conversations.add(str(number), turn)
    conversations.turns("0")
    conversations.add("new", turn)
    assert conversations.turns("0")
    assert not conversations.turns("1")
