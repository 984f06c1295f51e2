"""Aligns a question's words with a passage's, within a language or across two."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache

from qa.analysis import Token, fold, is_stop_word, stem, tokens
from qa.countries import same_country
from qa.lexicon import Lexicon

CONTEXT_WEIGHT = 0.8  # of a word in parentheses, where conversation puts what was asked before
_SAME_COUNTRY = 0.8  # "Washington" for "États-Unis"
_PART_OF_MANY = frozenset(
    ("unis", "uni", "pays", "bas", "blanche", "maison")
)  # of a name in two words, the other tells
_SPELLING_FLOOR = 0.75  # "Zelenskyy" and "Zelensky" are 0.94 alike, "minister" and "minibus" 0.53
_SPELLING_SHORTEST = 5


@dataclass(frozen=True)
class Word:
    """A word of the question that carries meaning, with all that may stand for it in a passage.

    ``forms[language]`` maps stems to how well each stands for the word, in (0, 1], best first; ``rarity`` in (0, 1] is
    its weight.
    """

    token: Token
    rarity: float
    is_name: bool
    forms: Mapping[str, Mapping[str, float]] = field(repr=False)

    def match(self, stems: Collection[str], language: str) -> float:
        """How well the best of ``stems`` stands for this word, in [0, 1]."""
        # Best first: the first form found is the answer.
        best = next((value for form, value in self.forms[language].items() if form in stems), 0.0)
        if best == 0.0 and self.is_name:
            best = max((_spelling(fold(self.token.text), other) for other in stems), default=0.0)
        return best

    def form_in(self, other: str, language: str) -> float:
        """How well the one stem ``other`` stands for this word, in [0, 1]."""
        return self.forms[language].get(other, 0.0)


def question_words(question: str, language: str, lexicon: Lexicon, *, passages_in: Iterable[str]) -> list[Word]:
    """The meaningful words of a question, readied for passages in the languages ``passages_in``."""
    targets = tuple(passages_in)
    words: list[Word] = []
    seen: set[str] = set()
    all_tokens = tokens(question)
    for position, token in enumerate(all_tokens):
        own = stem(token.text, language)
        if own in seen or is_stop_word(token.text, language) or (len(own) < 2 and not own.isdigit()):
            continue
        seen.add(own)
        forms = {target: _forms(token.text, own, language, target, lexicon) for target in targets}
        rarity = lexicon.rarity(own, language)
        # Many type names in lower case; a word that no training text holds is likely one.
        is_name = (token.text[:1].isupper() and position > 0) or token.text[:1].isdigit() or rarity == 1
        aside = question.rfind("(", 0, token.start) > question.rfind(")", 0, token.start)
        words.append(Word(token, rarity * CONTEXT_WEIGHT if aside else rarity, is_name and not aside, forms))
    return words


def coverage(words: Collection[Word], stems: Collection[str], language: str) -> float:
    """The share of the question's meaning, by rarity, that ``stems`` hold, in [0, 1]; 0 for no words."""
    total = sum(word.rarity for word in words)
    if not total:
        return 0.0
    return sum(word.rarity * word.match(stems, language) for word in words) / total


def _forms(text: str, own: str, language: str, target: str, lexicon: Lexicon) -> dict[str, float]:
    related = dict(
        lexicon.synonyms(own, language) if target == language else lexicon.translations(own, language, target)
    )
    best = max(related.values(), default=1.0)
    # The likeliest translation counts fully; a synonym never as much as the word itself.
    ceiling = 0.6 if target == language else 1.0
    forms = {form: ceiling * (value / best) ** 0.5 for form, value in related.items()}
    for name in same_country(text):
        forms |= {stem(part, target): _SAME_COUNTRY for part in name.split("-") if part not in _PART_OF_MANY}
    forms |= {fold(text): 1.0, stem(text, target): 1.0, stem(fold(text), target): 1.0}
    if target == language:
        forms[own] = 1.0
    return dict(sorted(forms.items(), key=lambda form: -form[1]))


@lru_cache(maxsize=100_000)
def _spelling(one: str, other: str) -> float:
    if min(len(one), len(other)) < _SPELLING_SHORTEST or one[0] != other[0] or abs(len(one) - len(other)) > 3:
        return 0.0
    alike = SequenceMatcher(None, one, other).ratio()
    return alike if alike >= _SPELLING_FLOOR else 0.0
