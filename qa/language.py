"""Tells the language of an article or of a question."""

from __future__ import annotations

import re
from collections.abc import Collection

DEFAULT_LANGUAGE = "en"
QUESTION_LANGUAGES = frozenset({"en", "fr", "uk"})
ENOUGH_CHARS = 1_000  # the language of a text shows in its first paragraphs
ENOUGH_WORDS = 3  # fewer words without a function word among them ("Patriot ?") tell the model nothing

# Words that are frequent in one language and not words of the other: no "on", "a", "but", "plus", "son", "pour".
_FRENCH = frozenset(
    """le la les un une des du de et est sont ont qui que quoi quel quelle quels quelles où comment pourquoi combien
    quand dans sur avec par pas ne il elle ils elles nous vous leur leurs ses cette ces cet ce ceux au aux y en été
    être était étaient fait faire faut peut peuvent dit selon entre après avant contre sous depuis lors chez donc mais
    ou si je tu mon ma mes sa t-il t-elle t-on t-ils parle-moi dis-moi est-ce qu'est-ce ont-ils ont-elles va vont aura
    sera seront ça cela lequel laquelle lesquels lesquelles quelqu'un rien tout tous toute toutes même aussi très
    moins chaque vers""".split()
)
_ENGLISH = frozenset(
    """the an of to in is are was were do does did has have had what which who whom whose when where why how many much
    and for from with by at that this these those it its they their them will would can could should not about into
    after before between against during under over there any been be he she his her you your our we than tell give
    show list more most some other only such being whether isn't doesn't didn't what's who's""".split()
)
_FRENCH_ELISION = re.compile(r"\b(?:l|d|n|s|j|c|m|t|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=[^\W\d_])", re.IGNORECASE)
_ENGLISH_ENDING = re.compile(r"[^\W\d_](?:n't|'s|'re|'ve|'ll)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LETTER = re.compile(r"[^\W\d_]")
_FRENCH_LETTER = re.compile(r"[àâçèéêëîïôùûœ]", re.IGNORECASE)
_FRENCH_SPACING = re.compile(r"\w[ \u00a0\u202f][?!:;]")


def detect_language(text: str, *, among: Collection[str] | None = None) -> str:
    """The ISO 639-1 code of the language of ``text``, one of ``among`` if given; 'en' for a text without letters."""
    if _LETTER.search(text) is None:
        return DEFAULT_LANGUAGE
    # Imported late, loaded once by the library: opening an index does not need the model.
    import py3langid

    ranking: list[tuple[str, float]] = py3langid.rank(text[:ENOUGH_CHARS])
    return next((language for language, _ in ranking if among is None or language in among), DEFAULT_LANGUAGE)


def detect_question_language(question: str, *, default: str) -> str:
    """The ISO 639-1 code of the language of a short question: en, fr, uk or ``default``.

    Function words, elisions and the alphabet decide; the model is asked only where they are silent, and ``default``
    stands where nothing tells ("Patriot").
    """
    if _LETTER.search(question) is None:
        return default
    plain = question.replace("’", "'")
    spelled = _WORD.findall(plain)
    words = [word.lower() for word in spelled]
    english = sum(word in _ENGLISH for word in words) + len(_ENGLISH_ENDING.findall(plain))
    french = sum(word in _FRENCH for word in _with_parts(words)) + len(_FRENCH_ELISION.findall(plain))
    cyrillic = [word for word in spelled if _CYRILLIC.match(word)]
    # Of the languages of questions only Ukrainian is written in Cyrillic; a name in it may stand in any of them.
    if cyrillic and (any(map(str.islower, cyrillic)) or english == french == 0):
        return "uk"
    if english != french:
        return "en" if english > french else "fr"
    if _FRENCH_SPACING.search(question):
        return "fr"
    if len(words) >= ENOUGH_WORDS or _FRENCH_LETTER.search(question):
        return detect_language(question, among=QUESTION_LANGUAGES | {default})
    return default


def _with_parts(words: list[str]) -> list[str]:
    """The words, with the "t-il" of "a-t-il" and the "un" of "d'un"."""
    tails = [tail for word in words for _, separator, tail in [word.partition("-")] if separator]
    return words + tails + [word.rpartition("'")[2] for word in words if "'" in word]
