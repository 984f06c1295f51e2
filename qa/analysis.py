"""Turns text into search terms: tokens, folded, without stop words, stemmed by language."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

# The stemmers of Snowball by ISO 639-1 code; other languages are matched unstemmed.
_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

_STOP_WORDS = {
    "en": """
        a about after all also am an and any are as at be because been being between both but by can could did do does
        doing for from further had has have having he her here hers him his how i if in into is it its itself just
        many me more most much my no nor not of off on once only or other our out over own same she should so some
        such t than that the their them then there these they this those through to too under until up very was we
        were what when where which while who whom whose why will with would you your s d ll re ve m tell give please
        say says said exactly actually""",
    "fr": """
        a à ai aie as au aussi autre aux avait avaient avec avez avoir avons ayant c ce ceci cela celle celles celui
        ces cet cette ceux chez ci comme comment d dans de depuis des donc dont du elle elles en encore entre es est
        et étaient était été être eu eux fait faire faut fut il ils j je l la là le les leur leurs lors lui m ma mais
        me même mes moi mon n ne ni nos notre nous on ont or ou où par pas pendant peu plus pour pourquoi puis qu
        quand que quel quelle quelles quels qui quoi s sa sans se sera seront ses si soit son sont sous sur t ta te
        tes ton tous tout toute toutes très tu un une va vos votre vous y combien est-ce lequel laquelle lesquels
        lesquelles dit""",
}
_TOKEN = re.compile(
    r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)"  # 10 000
    r"|\d+(?:[.,]\d+)*"  # 1,46 or 10,000
    r"|(?:[A-Z]\.){2,}"  # U.S.
    r"|[^\W\d_]+(?=['’](?:[^\W\d_]))"  # the l of l’OTAN
    r"|\w+"
)
_THOUSANDS = re.compile(r"[ \u00a0\u202f]|(?<=\d),(?=\d{3}(?!\d))")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "’": "'"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number of a text and its place there."""

    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Words and numbers in order; an elided article ("l’") is a token of its own, "10 000" is one number."""
    return [Token(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """Lower case, accents and ligatures gone, "10 000" and "10,000" as "10000", "1,46" as "1.46"."""
    if word[:1].isdigit():
        return _THOUSANDS.sub("", word).replace(",", ".")
    if word in ("US", "U.S."):  # else indistinguishable from the pronoun
        return "usa"
    decomposed = unicodedata.normalize("NFKD", word).lower().replace(".", "")
    bare = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return bare.translate(_LIGATURES) or word.lower()


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """The folded stem of ``word``; the folded word itself where the language has no stemmer."""
    algorithm = _ALGORITHMS.get(language)
    # Acronyms have no endings: "JEF" and "PURL" stay whole.
    if algorithm is None or word[:1].isdigit() or (1 < len(word) <= 5 and word.isupper()):
        return fold(word)
    return fold(_stemmer(algorithm).stemWord(word.lower()))


def is_stop_word(word: str, language: str) -> bool:
    """Whether ``word`` carries no topic in ``language``."""
    return fold(word) in _folded_stop_words(language)


def terms(text: str, language: str) -> list[str]:
    """The search terms of a text in order, repeats kept: what the lexical index holds."""
    return [stem(token.text, language) for token in tokens(text) if not is_stop_word(token.text, language)]


@lru_cache
def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(algorithm)


@lru_cache
def _folded_stop_words(language: str) -> frozenset[str]:
    return frozenset(fold(word) for word in _STOP_WORDS.get(language, "").split())
