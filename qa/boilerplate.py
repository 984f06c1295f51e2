"""Recognises the lines of a web page that are not the article: cookie notices, share buttons, legal notes."""

from __future__ import annotations

import re

LONGEST_LINE = 300  # chars; a longer paragraph is the article's, or a legal note, which has its own rule
LEGAL_PHRASES = 2  # so many stock phrases after a legal note's opening make it one

_MARKUP = re.compile(r"^[\s>*_#|•·→»-]+|[\s*_|→»›…]+$")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_EMPHASIS = re.compile(r"\*\*|__")
_SPACE = re.compile(r"\s+")

_SHARE = r"(?:partager|partagez|share|tweet(?:er)?|imprimer|print|envoyer par|copier le lien|copy (?:the )?link)"
_NETWORK = (
    r"(?:facebook|twitter|x|whatsapp|linkedin|telegram|messenger|reddit|pinterest|bluesky|threads|e-?mail|courriel)"
)
_NEWSLETTER = r"(?:newsletters?|infolettres?|lettres? d'information|alertes?(?: e-?mail)?|alerts?)"
_COOKIE_PURPOSE = r"(?:expérience|experience|site|trafic|traffic|navigation|audience|contenus?|content|services?)"
_LINKED = r"(?: ?[:|–—-] ?.*)?"  # the headline of the other page

# Each stands for a whole line, in any case, with straight apostrophes and single spaces.
_LINES = (
    # the way to another page
    r"(?:voir|lire|consulter|view|see|read)(?: l'| the | )(?:article |post |publication )?(?:originale?|source)",
    r"(?:lire|voir|read|see) (?:la suite|l'article(?: complet| entier)?|the full (?:story|article)|the rest|more)",
    r"en savoir plus|voir plus|learn more|continue reading|find out more|show more|load more",
    rf"(?:à )?(?:lire|voir|écouter|découvrir) (?:aussi|également|ailleurs){_LINKED}",
    rf"(?:read|see|watch) also{_LINKED}|also read{_LINKED}|(?:related|read more) ?[:|] ?.*",
    r"(?:sur le même (?:sujet|thème)|articles? (?:liés?|connexes?|similaires?)|à la une|les plus lus) ?:?",
    r"related (?:articles?|stories|topics|posts)|you (?:may|might) also like|recommended for you",
    r"most read|top stories",
    # page furniture
    r"aller au contenu(?: principal)?|retour en haut(?: de (?:la )?page)?|skip to (?:main )?content|back to top",
    r"(?:commentaires|comments)(?: ?\(?\d+\)?)?|\d+ (?:commentaires?|comments?)",
    r"(?:laisser|ajouter|leave|add|post|write) (?:un commentaire|a comment|a reply)",
    r"(?:temps de lecture|reading time) ?:? ?\d+ ?min(?:utes?)?|\d+ min(?:utes?)? (?:de lecture|read)",
    r"publicité|advertisement|sponsored(?: content)?|contenu sponsorisé|advertisement [-–—] .*",
    r"(?:la suite|l'article continue|article suite|suite de l'article) après (?:la|cette) publicité",
    r"(?:story|article) continues (?:below|after)(?: (?:the |this )?ad(?:vertisement)?)?",
    r"(?:suivez|retrouvez|rejoignez)-nous sur [^.!?]{1,80}[.!]?|(?:follow|find|join) us (?:on|at) [^.!?]{1,80}[.!]?",
    rf"{_SHARE}(?:[ ,|/·:]+(?:sur|on|via|{_SHARE}|{_NETWORK}|cet article|this article))*",
    rf"{_NETWORK}(?:[ ,|/·]+{_NETWORK})+",
    # cookies
    r"(?:tout )?(?:accepter|refuser|gérer|paramétrer)(?: tous)?(?: les| mes)? (?:cookies|traceurs)",
    r"(?:accept|reject|manage)(?: all)?(?: my)? cookies?(?: settings)?",
    r"tout accepter|tout refuser|accept all|reject all",
    rf"(?:nous utilisons|(?:ce|notre) site utilise) (?:des |les )?cookies (?:pour|afin) .*\b{_COOKIE_PURPOSE}\b.*",
    rf"(?:we use|(?:this|our) (?:web ?)?site uses) cookies (?:to|and|on) .*\b{_COOKIE_PURPOSE}\b.*",
    r"en (?:continuant|poursuivant) (?:votre navigation|à naviguer|sur ce site).*",
    r"by (?:continuing|using) (?:to use )?this site.*",
    # subscriptions
    rf"(?:inscrivez|abonnez)-vous(?: (?:à|pour|gratuitement) [^.!?]*)? {_NEWSLETTER}\b[^.!?]*[.!]?",
    rf"s'(?:inscrire|abonner) (?:à|pour) [^.!?]*\b{_NEWSLETTER}\b[^.!?]*",
    rf"(?:sign up|subscribe|register)(?: now| here| today)? (?:for|to) [^.!?]*\b{_NEWSLETTER}\b[^.!?]*[.!]?",
    rf"{_NEWSLETTER}",
    r"(?:recevez|get|receive) (?:nos|notre|our|the latest) [^.!?]*\b(?:e-?mail|boîte|inbox)\b[^.!?]*[.!]?",
    r"(?:(?:cet )?article (?:est )?)?réservé (?:aux|à nos) abonnés\.?",
    r"(?:this (?:article|story) is )?for subscribers only\.?",
    r"il vous reste \d.{0,20} de cet article à lire.*|déjà abonné ?\?.*|already a subscriber ?\?.*",
    # rights
    r"©.{0,80}|(?:copyright|\(c\)) ?(?:©|\(c\)|\d{4}) ?(?:\W.{0,80}|(?:\W*\d{4})?)",
    r"(?:©|copyright|\(c\)).{0,100}(?:tous droits réservés|all rights reserved).{0,60}",
    r"(?:tous droits(?: de reproduction(?: et de représentation)?)? réservés|all rights reserved)\.?(?: ©.{0,60})?",
    r"(?:crédits? (?:photos?|images?)|(?:photo|image) credits?) ?: ?.{1,60}",
    r"politique de confidentialité|mentions légales|conditions (?:générales )?d'utilisation|plan du site",
    r"privacy policy|legal notice|terms (?:of (?:service|use)|and conditions)|site ?map",
    r"politique (?:de|des|relative aux) cookies|cookie policy",
)
_LINE = re.compile("|".join(f"(?:{line})" for line in _LINES), re.IGNORECASE)

_LEGAL_OPENINGS = (
    r"cette page|cet article|ce (?:contenu|site|document)|les (?:informations|contenus?|opinions)",
    r"avertissement|(?:avis|clause) de non-responsabilité|disclaimer",
    r"this (?:page|article|content|site|website|material|post)|the (?:information|content|views|opinions)",
)
_LEGAL_OPENING = re.compile(rf"(?:{'|'.join(_LEGAL_OPENINGS)})\b", re.IGNORECASE)
_LEGAL_PHRASES = (
    r"contenus? (?:de |provenant de )?tiers|third[- ]party content|content (?:provided )?by third parties",
    r"fins d'information|à titre (?:purement )?informatif|informational purposes",
    r"ne garanti\w+|n'endosse|(?:does|do) not (?:guarantee|warrant|endorse)",
    r"conseils? (?:financiers?|juridiques?|professionnels?|(?:en |d')investissement)",
    r"(?:financial|investment|legal|professional|trading) advice",
    r"n'engagent? que|ne (?:constitue\w*|saurai\w+) (?:pas|en aucun cas)|not (?:constitute|necessarily reflect)",
    r"voir (?:la section )?avertissement|see (?:the )?disclaimer",
)
_LEGAL_PHRASE = re.compile("|".join(_LEGAL_PHRASES), re.IGNORECASE)


def is_boilerplate(line: str) -> bool:
    """Whether a whole line is page furniture, in French or English; a sentence that mentions such things is not."""
    shown = _EMPHASIS.sub("", _LINK.sub(r"\1", line[:2_000]))
    plain = _SPACE.sub(" ", _MARKUP.sub("", shown)).replace("’", "'").strip()
    if not plain:
        return False
    if len(plain) <= LONGEST_LINE and _LINE.fullmatch(plain):
        return True
    if _LEGAL_OPENING.match(plain) is None:
        return False
    return len({match.lower() for match in _LEGAL_PHRASE.findall(plain)}) >= LEGAL_PHRASES
