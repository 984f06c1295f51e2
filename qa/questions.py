"""Reads what a question asks for: a number, a date, a person, a place, a reason, a list ... in English or French."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from qa.analysis import Token, fold, is_stop_word, tokens


class Expected(str, Enum):
    """The kind of words that would answer."""

    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    DURATION = "duration"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    NAME = "name"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class QuestionReading:
    """What is asked: the kind of answer, the words that say of what ("how many *Patriot systems*"), whether several."""

    expected: Expected
    focus: tuple[Token, ...]
    plural: bool


# "Quel est le montant", "what is the total amount": what stands between the interrogative and its noun.
_EST = r"(?:(?:est|était|sera|fut|sont|étaient) l\w{0,2}[ '’])?(?:\w+ )?"
_IS = r"(?:(?:is|was|are|were|will be) (?:the |its |their )?)?(?:\w+ )?"
_MONEY_EN = (
    rf"how much (?:money|funding|cash)|how many {_IS}(?:dollars|euros|pounds)"
    r"|(?:what|which) (?:\w+ ){0,2}(?:sum|amount|budget|price|cost|value|worth|fine)\b"
    r"|how much .*\b(?:cost|pay|paid|worth|spen[dt]|raise[ds]?|invest\w*|give[ns]?|fund\w*|mobili[sz]e\w*)"
    r"|worth\b"
)
_MONEY_FR = (
    rf"quel(?:le)? {_EST}(?:somme|montant|budget|prix|coût|cout|valeur|enveloppe|amende|facture)"
    r"|combien (?:d['’e] ?)?(?:dollars|euros|argent)"
    r"|combien .*\b(?:coût|cout|pa[iy]|vaut|rapport|dépens|investi|financ|mobilis)"
    r"|combien de (?:millions|milliards) (?:de dollars|d['’]euros)"
)
_RULES: tuple[tuple[Expected, str], ...] = (
    (
        Expected.REASON,
        r"\bwhy\b|\bpourquoi\b|what (?:for|caused|causes|led to|explains|prompted|motivat\w+)"
        r"|for what (?:reason|purpose)"
        r"|(?:what|which) (?:is|was|were|are)? ?(?:\w+ ){0,3}(?:reason|cause|purpose|aim|goal|objective)s?\b"
        r"|quel(?:le)?s? (?:\w+ ){0,3}(?:raison|cause|but|objectif|motif)s?\b|dans quel but|à cause de quoi"
        r"|grâce à quoi|a quelle fin|à quelle fin",
    ),
    (
        Expected.DURATION,
        r"how long\b(?!-)|how many (?:years|months|days|weeks|hours|minutes)|for how (?:long|many)"
        r"|combien de temps|combien d['’e ]+(?:années|annees|ans|mois|jours|semaines|heures|minutes)"
        r"|quelle (?:est la )?durée|what (?:is|was) the duration",
    ),
    (Expected.MONEY, f"{_MONEY_EN}|{_MONEY_FR}"),
    (
        Expected.DATE,
        r"\bwhen\b|\bsince when"
        rf"|(?:what|which|in what|by what) {_IS}(?:date|year|month|day|deadline|period|season|time)\b"
        rf"|\bquand\b|quel(?:le)? {_EST}(?:date|année|annee|mois|jour|échéance|période|saison|heure)"
        r"|en quelle année|à partir de quand|by when",
    ),
    (
        Expected.PERSON,
        r"\bwho(?:m|se)?\b"
        rf"|which {_IS}(?:person|official|minister|president|politician|leader|ambassador"
        r"|spokes\w+|man|woman|expert|author|player|coach|head)\b"
        r"|what is the name of the (?:\w+ ){0,2}(?:minister|president|leader|ambassador|head|chief|secretary|envoy)"
        r"|\bqui\b(?! est-ce que)"
        rf"|quel(?:le)?s? {_EST}(?:personne|responsable|ministre|président|présidente|dirigeant|ambassadeur"
        r"|ambassadrice|homme|femme|expert|experte|auteur|autrice|joueur|entraîneur|chef|envoyée?)\b"
        r"|comment s['’]appelle",
    ),
    (
        Expected.PLACE,
        r"\bwhere\b"
        rf"|(?:what|which|in what|in which) {_IS}(?:place|city|town|country|region|location"
        r"|village|port|site)\b"
        r"|\boù\b|\bou (?:est|a|sont|se|vont|va)\b"
        rf"|(?:dans )?quel(?:le)? {_EST}(?:ville|pays|région|endroit|lieu|village|port|site)\b",
    ),
    (
        Expected.NUMBER,
        r"how many|how much|how (?:tall|big|large|old|far|fast|high|deep|heavy|often|wide)"
        rf"|what {_IS}(?:number|percentage|share|proportion|rate|speed|age|distance|size|height"
        r"|population|quantity|temperature|score)"
        r"|\bcombien\b"
        rf"|quel(?:le)?s? {_EST}(?:nombre|pourcentage|part|proportion|taux|vitesse|âge|distance|taille"
        r"|hauteur|population|quantité|température|score|superficie|portée|puissance|capacité)\b"
        r"|à quelle (?:vitesse|distance|hauteur)|number of",
    ),
    (
        Expected.NAME,
        r"\bwhich\b"
        r"|what (?:company|firm|organi[sz]ation|agency|group|body|newspaper|media|programme|program"
        r"|initiative|mechanism|name)"
        r"|\bquel(?:le)?s?\b|\blequel|\blaquelle|\blesquel|what is the name|nom\b",
    ),
)
_COMPILED = tuple((expected, re.compile(pattern, re.IGNORECASE)) for expected, pattern in _RULES)
_INTERROGATIVE = re.compile(
    r"\b(?:how (?:many|much|long|old|tall|far)|which|what|whose|combien (?:de|d['’])?|quel(?:le)?s?)\s*(?P<rest>.*)",
    re.IGNORECASE,
)
# A plural noun must follow soon: "what was the number of drones" and "which firm makes drones" ask for one thing.
_VERB = r"(?:is|was|does|did|has|had|do|makes|says|leads|owns|comes|happens|takes|gives|runs|builds|wants|uses)\b"
_PLURAL_NOUN = rf"(?!kinds? of|sorts? of)(?:(?!{_VERB}|of\b)\w+\s+){{0,3}}(?!{_VERB}|this\b)\w{{2,}}[^\Wuis]s"
_PLURAL = re.compile(
    rf"\b(?:which|what)\s+(?:are|were|{_PLURAL_NOUN})\b|\bwho (?:are|were)\b|\bname (?:the|all)\b|\blist\b"
    r"|\b(?:quels|quelles|lesquels|lesquelles|citez|énumér\w+|nomme[rz]?)\b|\bqui sont\b",
    re.IGNORECASE,
)
# The auxiliary after which the topic of the question has been named: "how many systems | did ...".
_FOCUS_ENDS = frozenset(
    fold(word)
    for word in """
        is are was were do does did has have had can could will would should may might est sont était étaient a ont
        avait avaient sera seront va vont peut peuvent doit doivent pourrait pourraient aurait auraient serait
        seraient""".split()
)
_FOCUS_MOST = 5


def read_question(question: str, language: str) -> QuestionReading:
    """Find the kind of answer expected; ``OTHER`` when nothing tells. Never raises."""
    expected = next((kind for kind, pattern in _COMPILED if pattern.search(question)), Expected.OTHER)
    return QuestionReading(expected, _focus(question, language), bool(_PLURAL.search(question)))


def _focus(question: str, language: str) -> tuple[Token, ...]:
    asked = _INTERROGATIVE.search(question)
    if asked is None:
        return ()
    found: list[Token] = []
    for token in tokens(asked.group("rest")):
        if fold(token.text) in _FOCUS_ENDS and found:
            break
        if not is_stop_word(token.text, language):
            found.append(token)
        if len(found) == _FOCUS_MOST:
            break
    return tuple(found)
