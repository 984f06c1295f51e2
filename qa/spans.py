"""Proposes the stretches of a sentence that could be an answer, and describes each by numbers a model can weigh.

A stretch runs from one word to another, at most ``MOST_WORDS`` long, and neither starts nor ends where no answer does
(on punctuation, inside a number with its unit, at a dangling article). The description looks at its border words, at
what kind of words it holds and at how the question's words lie around it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.analysis import fold, stem
from qa.matching import Word
from qa.questions import Expected, QuestionReading
from qa.records import Span

STRETCH_FEATURES = 145  # that describe_stretches gives
_FAR = 20.0  # pieces; farther tells no more
MOST_WORDS = 32  # longer answers are rarer than one in a hundred

_PIECE = re.compile(
    r"\d+(?:[.,\u00a0\u202f ]\d+)*|[^\W\d_]+['’](?=\w)|(?:[A-Z]\.){2,}|[^\W\d_]+(?:-[^\W\d_]+)*|\w+|[^\w\s]"
)

# Closed word classes, in French and English; a word is of the first class that holds it.
_CLASSES: tuple[tuple[str, str], ...] = (
    ("number", """
        deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante
        cinquante soixante cent cents mille million millions milliard milliards dizaine douzaine quinzaine vingtaine
        trentaine cinquantaine centaine centaines millier milliers moitié tiers quart two three four five seven eight
        nine ten eleven twelve thirteen fifteen twenty thirty forty fifty hundred hundreds thousand thousands billion
        billions dozen dozens half third"""),
    ("approximation", """
        moins plus environ près quelque quelques presque jusqu autour dépassant supérieur least about around nearly
        almost over approximately roughly some"""),
    ("time", """
        janvier février mars avril mai juin juillet août septembre octobre novembre décembre lundi mardi mercredi
        jeudi vendredi samedi dimanche hier demain aujourd printemps été automne hiver trimestre semestre january
        february march april may june july august september october november december monday tuesday wednesday
        thursday friday saturday sunday yesterday tomorrow today spring summer autumn winter fin début end mi"""),
    ("unit", """
        ans an années année mois semaines semaine jours jour heures heure minutes secondes dollars dollar euros euro
        couronnes livres kilomètres kilomètre km mètres tonnes hectares litres kilos degrés points personnes habitants
        years year months weeks days hours percent miles tons pounds people"""),
    ("reason", """car parce afin raison cause faute grâce pour because due order since owing"""),
    ("determiner", """
        le la les l un une des du au aux ce cet cette ces son sa ses leur leurs notre votre mon ma mes d the a an this
        that these those its his her their our your"""),
    ("preposition", """
        de à en dans sur sous avec sans par vers chez contre entre depuis pendant lors selon après avant dès auprès
        via of to in on at by with from for against between during under into after before towards through"""),
    ("conjunction", """et ou mais ni or donc and but nor"""),
    ("relative", """
        qui que qu dont où lequel laquelle lesquels lesquelles which who whom whose where what when quand lorsque si
        comme alors tandis if while as"""),
    ("pronoun", """il elle ils elles on je j nous vous se s c cela ceci y n ne pas it he she they we you i not"""),
    ("verb", """
        est sont était étaient été être a ont avait avaient avoir sera seront serait va vont peut peuvent pourrait
        doit doivent fait faire is are was were be been has have had will would can could may might must does did
        do"""),
)  # fmt: skip
_OPEN_CLASSES = ("digit", "capital", "acronym", "punctuation", "ending", "other", "edge")
CLASS_NAMES = tuple(name for name, _ in _CLASSES) + _OPEN_CLASSES
_CLASS_OF = {fold(word): i for i, (_, words) in reversed(list(enumerate(_CLASSES))) for word in words.split()}
_INDEX = {name: i for i, name in enumerate(CLASS_NAMES)}
_EDGE = _INDEX["edge"]
# French and English endings of verbs and adverbs; a noun phrase seldom ends on one.
_VERBAL = re.compile(r"(?:ait|aient|èrent|ent|er|ir|ant|era|ront|ment|ly|ing|ed)$")
_NEVER_FIRST = frozenset(_INDEX[name] for name in ("punctuation", "unit", "edge"))
_NEVER_LAST = frozenset(
    _INDEX[name] for name in ("punctuation", "determiner", "preposition", "conjunction", "relative", "pronoun", "edge")
)
_NUMERIC = frozenset((_INDEX["digit"], _INDEX["number"]))
_NOUN_LIKE = frozenset(_INDEX[name] for name in ("other", "capital", "acronym", "unit"))
_HEDGE = re.compile(
    r"\b(?:au (?:moins|plus|minimum|maximum)|(?:plus|moins|près) (?:de|d['’])|environ|quelque|presque|jusqu['’]à"
    r"|at (?:least|most)|(?:more|less|fewer) than|up to|about|around|nearly|almost|over|roughly|approximately)\s*\Z",
    re.IGNORECASE,
)
_COUNTED = ("number", "digit", "time", "unit", "capital", "acronym", "relative", "verb", "ending")
_OPENING_QUOTES = "«“‘\"'"


@dataclass(frozen=True, slots=True)
class Pieces:
    """A sentence cut into words and punctuation; offsets are those of the article."""

    spans: tuple[Span, ...]
    texts: tuple[str, ...]
    classes: NDArray[np.int64]  # (pieces,) indices into CLASS_NAMES
    stems: tuple[str, ...]


def cut(text: str, sentence: Span, language: str) -> Pieces:
    """Cut ``text[sentence.start:sentence.end]`` into pieces."""
    found = list(_PIECE.finditer(text, sentence.start, sentence.end))
    texts = tuple(match.group() for match in found)
    return Pieces(
        tuple(Span(match.start(), match.end()) for match in found),
        texts,
        np.array([_classify(piece, first=i == 0) for i, piece in enumerate(texts)], dtype=np.int64),
        tuple(stem(piece.rstrip("'’"), language) for piece in texts),
    )


def propose(pieces: Pieces) -> NDArray[np.int64]:
    """All stretches worth weighing: shape (n, 2), first and last piece (inclusive)."""
    count = len(pieces.texts)
    classes = pieces.classes
    firsts = [i for i in range(count) if classes[i] not in _NEVER_FIRST]
    lasts = {i for i in range(count) if classes[i] not in _NEVER_LAST}
    found = [
        (first, last) for first in firsts for last in range(first, min(first + MOST_WORDS, count)) if last in lasts
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def describe_stretches(
    pieces: Pieces, stretches: NDArray[np.int64], words: list[Word], reading: QuestionReading, language: str
) -> NDArray[np.float32]:
    """The features of each stretch: shape (len(stretches), STRETCH_FEATURES), float32."""
    count = len(pieces.texts)
    matched = np.array([[word.form_in(one, language) for one in pieces.stems] for word in words])
    matched = matched.reshape(len(words), count)  # without words, too
    rarity = np.array([word.rarity for word in words])
    focus = {token.text for token in reading.focus}
    is_focus = np.array([word.token.text in focus for word in words], dtype=bool)
    strength = matched.max(axis=0, initial=0.0)  # (pieces,)
    focus_strength = matched[is_focus].max(axis=0, initial=0.0) if is_focus.any() else np.zeros(count)
    weight = (matched * rarity[:, None]).max(axis=0, initial=0.0)

    first, last = stretches[:, 0], stretches[:, 1]
    length = last - first + 1
    classes = np.concatenate([pieces.classes, [_EDGE]])
    before = np.where(first > 0, classes[first - 1], _EDGE)
    before2 = np.where(first > 1, classes[first - 2], _EDGE)
    after = classes[np.minimum(last + 1, count)]

    def inside(values: NDArray[np.float64]) -> NDArray[np.float64]:
        sums = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray(sums[last + 1] - sums[first])

    def share(name: str) -> NDArray[np.float64]:
        return inside((pieces.classes == _INDEX[name]).astype(float))

    near = _distance(strength > 0.3, first, last)
    near_focus = _distance(focus_strength > 0.3, first, last)
    total_weight = weight.sum() + 1e-6
    commas = inside(np.array([piece == "," for piece in pieces.texts], dtype=float))
    quotes = inside(np.array([piece in '«»“”"' for piece in pieces.texts], dtype=float))
    opened = np.array([i > 0 and pieces.texts[i - 1] in _OPENING_QUOTES for i in range(count)], dtype=float)
    shares = [share(name) for name in _COUNTED]
    plain = np.stack(
        [
            np.log1p(length), length == 1, length <= 3, length > 10, length / count, first / count, (last + 1) / count,
            *(np.minimum(values, 3) for values in shares), *(values > 0 for values in shares),
            np.minimum(commas, 4), quotes % 2, opened[first], share("conjunction") > 0, share("pronoun") > 0,
            inside(weight) / total_weight, inside(strength) / length,
            inside(focus_strength) > 0.3, inside(strength) == 0,
            1 / (1 + near), near <= 2, 1 / (1 + near_focus), near_focus <= 2,
            strength[np.maximum(first - 1, 0)], strength[np.minimum(last + 1, count - 1)],
            strength[first], strength[last], focus_strength[first], focus_strength[last],
        ],
        axis=1,
    )  # fmt: skip
    kinds = np.zeros((len(stretches), len(Expected) + 2))
    kinds[:, list(Expected).index(reading.expected)] = 1
    kinds[:, -2] = reading.plural
    kinds[:, -1] = bool(focus)
    borders = [np.eye(len(CLASS_NAMES))[which] for which in (before2, before, classes[first], classes[last], after)]
    return np.hstack([plain, kinds, *borders]).astype(np.float32)


def words_of(pieces: Pieces, stretch: NDArray[np.int64]) -> Span:
    """The place of a stretch in the article."""
    return Span(pieces.spans[int(stretch[0])].start, pieces.spans[int(stretch[1])].end)


def whole_quantity(text: str, pieces: Pieces, stretch: NDArray[np.int64]) -> Span:
    """The place in the article of a stretch; a bare number gets its unit and its "at least".

    Of "notamment au moins 10 systèmes Patriot américain, ainsi que" the stretch "10" becomes all from "au" on to
    "américain".
    """
    first, last = int(stretch[0]), int(stretch[1])
    if pieces.classes[last] not in _NUMERIC:
        return words_of(pieces, stretch)
    after = last + 1
    if after < len(pieces.texts) and fold(pieces.texts[after].rstrip("'’")) in (
        "d",
        "de",
    ):  # "deux milliards de dollars"
        after += 1
    unit_end = after + (after < len(pieces.texts) and pieces.texts[after] in "%‰°€$£")
    while unit_end < len(pieces.texts) and pieces.classes[unit_end] in _NOUN_LIKE:
        unit_end += 1
    if unit_end > after:
        last = unit_end - 1
    start = pieces.spans[first].start
    hedge = _HEDGE.search(text, pieces.spans[0].start, start)
    return Span(hedge.start() if hedge else start, pieces.spans[last].end)


def _classify(piece: str, *, first: bool) -> int:
    word = piece.rstrip("'’")
    if piece[0].isdigit():
        return _INDEX["digit"]
    if not piece[0].isalnum():
        return _INDEX["punctuation"]
    known = _CLASS_OF.get(fold(word))
    if known is not None and (first or not word[0].isupper()):
        return known
    if len(word) > 1 and word.isupper():
        return _INDEX["acronym"]
    if word[0].isupper():
        return _INDEX["capital"]
    return _INDEX["ending"] if _VERBAL.search(word) else _INDEX["other"]


def _distance(flags: NDArray[np.bool_], first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float64]:
    """Pieces between each stretch and the nearest flagged one outside it; ``_FAR`` when there is none so near."""
    left, right = [_FAR], [_FAR]  # from each border to the nearest flagged piece on its left, on its right
    for flag in flags:
        left.append(0.0 if flag else min(left[-1] + 1, _FAR))
    for flag in flags[::-1]:
        right.append(0.0 if flag else min(right[-1] + 1, _FAR))
    nearest: NDArray[np.float64] = np.minimum(np.array(left)[first], np.array(right[::-1])[last + 1])
    return nearest
