"""How texts are cut into windows of word pieces: places in the passage, lengths, and the marks on each piece."""

import re

import pytest
import tiny_readers
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.marking import Mark, Marked
from qa.records import Span
from qa.windows import MAX_PIECES, Text, windows

TOKENIZERS = {
    make.__name__: make()
    for make in (tiny_readers.wordpiece, tiny_readers.unigram, tiny_readers.spaced, tiny_readers.byte_level)
}
WORDPIECE = TOKENIZERS["wordpiece"]
QUESTION = "how many drones?"


def words(text: str) -> list[Span]:
    return [Span(*match.span()) for match in re.finditer(r"\S+", text)]


@pytest.mark.parametrize("name", TOKENIZERS)
@pytest.mark.parametrize("title", ["", "Un accord"])
def test_the_pieces_of_a_passage_begin_and_end_with_its_words_whatever_the_tokenizer(name, title):
    """Some tokenizers count the space before a word in, some the line break between title and passage."""
    passage = "dix drones à Kyiv, dix \n dix encore"
    (window,) = windows([Text(QUESTION, title, passage)], TOKENIZERS[name])
    texts = [place.of(passage) for place in window.places]
    assert [text for text in texts if text != text.strip() or not text] == []
    assert {place.start for place in words(passage)} <= {place.start for place in window.places}
    assert {place.end for place in words(passage)} <= {place.end for place in window.places}


@pytest.mark.parametrize("name", TOKENIZERS)
def test_the_pieces_of_a_title_are_not_the_passage_s(name):
    title, passage = "Kyiv attend", "Oslo promet six drones."
    (window,) = windows([Text(QUESTION, title, passage)], TOKENIZERS[name])
    assert all(0 <= place.start < place.end <= len(passage) for place in window.places)
    assert {place.of(passage) for place in window.places} >= {"l", "p", "."}


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(["dix", "drones", "accord"]), max_size=900))
def test_the_windows_of_a_long_passage_cover_every_word_and_fit_the_model(chosen):
    passage = " ".join(chosen)
    cut = windows([Text(QUESTION, "Accord", passage)], WORDPIECE)
    others = "[CLS] h ##o ##w m ##a ##n ##y drones ? [SEP] accord [SEP]".split()
    assert (len(cut) > 1) == (len(others) + len(chosen) > MAX_PIECES)
    assert max(len(window.ids) for window in cut) <= MAX_PIECES
    assert sorted({place.start for window in cut for place in window.places}) == [one.start for one in words(passage)]


def test_marks_reach_the_pieces_of_their_words_and_all_others_say_where_they_stand():
    title, passage = "Accord", "Kyiv veut dix drones."
    at = len(title) + 1
    marked = Marked(
        ((Span(9, 15), Mark.FOUND), (Span(4, 8), Mark.MISSING)),
        ((Span(at, at + 4), Mark.RARE), (Span(at + 10, at + 13), Mark.WEAK), (Span(at + 14, at + 20), Mark.STRONG)),
    )
    (window,) = windows([Text(QUESTION, title, passage, marked)], WORDPIECE)
    pieces = WORDPIECE.convert_ids_to_tokens(window.ids)
    assert list(zip(pieces, map(Mark, window.types), strict=True)) == [
        ("[CLS]", Mark.QUESTION),
        *((piece, Mark.QUESTION) for piece in ("h", "##o", "##w")),
        *((piece, Mark.MISSING) for piece in ("m", "##a", "##n", "##y")),
        ("drones", Mark.FOUND),
        ("?", Mark.QUESTION),
        ("[SEP]", Mark.QUESTION),
        ("accord", Mark.TITLE),
        *((piece, Mark.RARE) for piece in ("k", "##y", "##i", "##v")),
        *((piece, Mark.PASSAGE) for piece in ("v", "##e", "##u", "##t")),
        ("dix", Mark.WEAK),
        ("drones", Mark.STRONG),
        (".", Mark.PASSAGE),
        ("[SEP]", Mark.QUESTION),
    ]


def test_a_word_of_the_title_is_marked_where_it_matches():
    (window,) = windows([Text("?", "dix drones", "", Marked((), ((Span(4, 10), Mark.STRONG),)))], WORDPIECE)
    types = dict(zip(WORDPIECE.convert_ids_to_tokens(window.ids), window.types, strict=True))
    assert (types["dix"], types["drones"]) == (Mark.TITLE, Mark.STRONG)


def test_without_marks_the_types_are_the_tokenizer_s():
    (window,) = windows([Text("dix", "", "drones")], WORDPIECE)
    assert window.types == [0, 0, 0, 1, 1]


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(0, 399)), st.text(max_size=6).filter(lambda title: "\n" not in title))
def test_a_mark_reaches_its_word_in_every_window_and_no_other_word(chosen, title):
    passage = " ".join(["dix", "drones"][i % 2] for i in range(400))
    offset = len(title) + 1 if title else 0
    places = words(passage)
    marked = tuple((Span(places[i].start + offset, places[i].end + offset), Mark.RARE) for i in sorted(chosen))
    for window in windows([Text("?", title, passage, Marked((), marked))], WORDPIECE):
        for place, piece in zip(window.places, window.pieces, strict=True):
            assert window.types[piece] == (Mark.RARE if places.index(place) in chosen else Mark.PASSAGE)
