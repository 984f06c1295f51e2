"""Makes a follow-up stand alone: "And the drone deal?" is looked up in the light of what was asked before.

It works on the words alone: what was asked about before follows in parentheses, where words count less ("Quand a-t-il
été annoncé ? (statut, Ukraine)"); a follow-up without an interrogative takes the previous one ("How much the drone
deal? (Ukraine, spend, weapons)"). It resolves no grammar.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.analysis import fold, is_stop_word, tokens

_OPENER = re.compile(
    r"^\s*(?:and|but|or|so|then|also|what about|how about|et|mais|ou|donc|alors|aussi"
    r"|qu['’]en est-il|quid de|quid|même question)\b"
    r"[\s,:]*(?:what about|how about|qu['’]en est-il|for\b|pour\b|about\b)?\s*",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|he|him|his|she|hers?|this|that|these|those|there|then|one|ones|il|elle|ils|elles|lui|leur"
    r"|leurs|cela|ça|ce|celui-ci|celle-ci|ceux-ci|celles-ci|y|en|son|sa|ses|cette|cet|ces|l['’](?=a\b|ont\b|avait\b)|t-il|t-elle"
    r"|t-ils|t-elles|t-on)\b",
    re.IGNORECASE,
)
_INTERROGATIVE = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|why|how(?: \w+)?|qui|que|quoi|quel(?:le)?s?|quand|où|pourquoi|comment"
    r"|combien|lequel|laquelle|lesquels|lesquelles|qu['’]est-ce)\b(?:[ '’](?:many|much|long|de|d['’]))?",
    re.IGNORECASE,
)
_SHORT = 3  # a question with fewer meaningful words than this leans on the one before
_TOPIC_MOST = 8


def stand_alone(question: str, history: Sequence[str], *, language: str) -> str:
    """``question`` made independent of the earlier questions ``history`` (oldest first); unchanged if it already is."""
    previous = ""
    for asked in filter(str.strip, history):
        previous = _resolve(asked, previous, language)
    return _resolve(question, previous, language)


def _resolve(question: str, previous: str, language: str) -> str:
    """``question`` in the light of the one before, which stands alone already; "" for none."""
    if not previous or not question.strip() or not _leans(question, language):
        return question
    opener = _OPENER.match(question)
    if _INTERROGATIVE.search(question) is None:
        rest = question[opener.end() :] if opener else question
        asked = _INTERROGATIVE.search(previous)
        return _with_topic(f"{asked.group()} {rest}".strip() if asked else rest, previous, language)
    return _with_topic(question, previous, language)


def _leans(question: str, language: str) -> bool:
    """Whether a question cannot be understood alone: it opens on "and", points back, or says next to nothing."""
    if _OPENER.match(question) or _PRONOUN.search(question):
        return True
    meaningful = len(_meaningful(_INTERROGATIVE.sub(" ", question), language))
    return meaningful == 0 or (meaningful < _SHORT and _INTERROGATIVE.search(question) is None)


def _with_topic(question: str, previous: str, language: str) -> str:
    own = {fold(word) for word in _meaningful(question, language)}
    topic = [word for word in _meaningful(previous, language) if fold(word) not in own]
    return f"{question} ({', '.join(topic[:_TOPIC_MOST])})" if topic else question


def _meaningful(question: str, language: str) -> list[str]:
    return [token.text for token in tokens(question) if not is_stop_word(token.text, language) and len(token.text) > 1]
