"""Repeats and page furniture do not count; everything else does."""

import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st

from qa.boilerplate import is_boilerplate
from qa.cleaning import kept_spans

LEAD = "Le ministre a signé mardi à Vilnius un contrat de 1,46 milliard d’euros pour neuf batteries antiaériennes."
BODY = "Quatre batteries reviendront à la Lituanie, trois à la Lettonie et deux à l’Estonie avant la fin de 2031."


def kept(text: str, title: str = "") -> str:
    return "\n".join(span.of(text) for span in kept_spans(text, title=title))


def test_the_article_that_stands_twice_on_its_page_is_kept_once_with_its_title() -> None:
    text = next(SEEDS.glob("002_*.txt")).read_text(encoding="utf-8")
    [title] = [line for line in text.splitlines() if line.startswith("Le chef de l'OTAN")]
    first, second = kept_spans(text, title=title)
    assert first.start == 0
    assert first.of(text).endswith("au sein de l’architecture de sécurité de l’OTAN.")
    assert "Accélérer la stratégie de déploiement de la défense aérienne" in first.of(text)
    assert second.of(text) == title


@pytest.mark.parametrize("number", ["000", "001", "003", "004"])
def test_an_article_without_repeats_is_kept_whole(number: str) -> None:
    text = next(SEEDS.glob(f"{number}_*.txt")).read_text(encoding="utf-8")
    [span] = kept_spans(text)
    assert span.of(text) == text.strip()


@pytest.mark.parametrize(
    "again",
    [
        LEAD,
        LEAD.upper(),
        LEAD.replace("’", "'").replace(" ", "  "),
        LEAD.replace("antiaériennes", "antiaerienes"),  # 14 of 15 words, the other one misspelt
    ],
)
def test_a_paragraph_that_stood_before_is_left_out(again: str) -> None:
    longer = f"{LEAD} {BODY}"
    assert kept(f"{longer}\nUne autre phrase.\n{longer.replace(LEAD, again)}") == f"{longer}\nUne autre phrase."


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1,46", "1,47"),
        ("Vilnius", "Tallinn"),
        ("a signé", "n’a pas signé"),
        ("milliard", "million"),
        ("signé", "refusé"),
    ],
)
def test_a_paragraph_with_another_fact_is_kept(before: str, after: str) -> None:
    other = f"{LEAD} {BODY}".replace(before, after, 1)
    text = f"{LEAD} {BODY}\n{other}"
    assert kept(text) == text


def test_a_short_line_may_stand_twice() -> None:
    text = "– Viendrez-vous ?\n– Oui.\n– Et vos collègues viendront-ils aussi demain ?\n– Oui.\nIls sont venus."
    assert kept(text) == text


def test_a_heading_of_a_repeated_block_is_left_out_with_it() -> None:
    block = f"Un contrat record\n{LEAD}"
    assert kept(f"{block}\n{BODY}\n{block}") == f"{block}\n{BODY}"


@pytest.mark.parametrize(
    "line",
    [
        "Voir l'original",
        "Voir l’original",
        "View original",
        "Lire aussi : La Lituanie achète des radars",
        "**Lire aussi** : [La Lituanie achète des radars](https://example.org/radars)",
        "À lire également – Les radars de demain",
        "Read more",
        "> Related: How the radars were chosen",
        "Lire la suite",
        "Nous utilisons des cookies pour améliorer votre expérience de navigation.",
        "We use cookies to improve your experience on our site. You can change your settings at any time.",
        "Tout accepter",
        "Gérer les cookies",
        "Inscrivez-vous gratuitement à notre newsletter quotidienne",
        "Abonnez-vous à nos alertes e-mail.",
        "Sign up for our daily newsletter!",
        "Partager sur Facebook",
        "Facebook Twitter WhatsApp",
        "Partager",
        "Share this article",
        "© 2025 Example Média",
        "Copyright © 2025 Example Media. All rights reserved.",
        "Tous droits réservés.",
        "Publicité",
        "La suite après la publicité",
        "Story continues below advertisement",
        "Suivez-nous sur Telegram.",
        "Temps de lecture : 3 min",
        "Article réservé aux abonnés",
        "12 commentaires",
        "Retour en haut de page",
        "Politique de confidentialité",
        "Cette page peut inclure du contenu de tiers fourni à des fins d'information uniquement. Gate ne garantit ni "
        "l'exactitude ni la validité de ces contenus, n’endosse pas les opinions exprimées, et ne fournit aucun "
        "conseil financier ou professionnel à travers ces informations. Voir la section Avertissement.",
        "This content is for informational purposes only and does not constitute financial advice. See disclaimer.",
    ],
)
def test_page_furniture_is_left_out(line: str) -> None:
    assert kept(f"{LEAD}\n{line}\n{BODY}") == f"{LEAD}\n{BODY}"


@pytest.mark.parametrize(
    "sentence",
    [
        "La CNIL a infligé une amende de 150 millions d’euros pour l’usage de cookies sans consentement.",
        "« Nous utilisons des cookies », a reconnu le directeur devant les députés.",
        "We use cookies, the bakery said, because children love them.",
        "Partager le pouvoir avec l’opposition : tel est le pari du président.",
        "Partager les missiles était le point le plus disputé.",
        "Share prices fell by 3% on Tuesday.",
        "Sa newsletter compte 40 000 abonnés.",
        "Abonnez-vous, répétait-il à chaque réunion.",
        "Le copyright de la chanson appartient à ses héritiers.",
        "Copyright reform divides the European Parliament.",
        "Lire aussi vite demande de l’entraînement.",
        "Voir l’original du traité exige une autorisation du ministère.",
        "Facebook a été condamné à une amende.",
        "La publicité pour le tabac est interdite depuis 1991.",
        "Commentaires acerbes à Moscou",
        "Cette page de l’histoire est tournée.",
        "Ce document ne constitue pas un engagement, a précisé le ministère.",
        "The information was confirmed by two officials.",
        "Les informations du ministère ne garantissent pas la livraison.",
        "Accélérer la stratégie de déploiement de la défense aérienne",
        "Réservé aux abonnés absents : le Sénat se vide",
        "Suivez-nous, a lancé le général à ses hommes.",
        "Recommended dose lowered",
        "Crédit : les taux baissent encore",
        "Sur Telegram",
        "Comment",
        "À la une : Zelensky à Washington",
    ],
)
def test_a_sentence_that_mentions_such_things_is_kept(sentence: str) -> None:
    assert not is_boilerplate(sentence)
    text = f"{LEAD}\n{sentence}\n{BODY}"
    assert kept(text) == text


def test_an_article_of_nothing_but_furniture_is_kept() -> None:
    text = "Politique de confidentialité\nTous droits réservés."
    assert kept(text) == text
    assert kept(text, title="Politique de confidentialité") == text


def test_a_title_that_looks_like_furniture_is_kept() -> None:
    text = f"Publicité\n{LEAD}\nPublicité\n{BODY}"
    assert kept(text, title="Publicité").startswith("Publicité\nLe ministre")


def test_header_lines_are_left_out() -> None:
    assert kept(f"---\ntitle: Titre\ndate: 2025-10-14\n---\n{LEAD}") == LEAD
    assert kept(f"Titre : Neuf batteries\nDate : 2025-10-14\n\n{LEAD}") == LEAD


def test_an_article_that_begins_with_a_rule_is_kept_whole() -> None:
    text = f"---\n{LEAD}\n---\n{BODY}"
    assert kept(text) == text


LINES = st.sampled_from([LEAD, BODY, "Oui.", "Voir l'original", "", "  ", "Titre", "---", "a: b", "\u2028", "!!!"])


@given(st.one_of(st.text(), st.lists(LINES).map("\n".join), st.lists(LINES).map("\r\n".join)))
def test_spans_are_in_order_disjoint_trimmed_and_never_empty_for_a_text_with_words(text: str) -> None:
    spans = kept_spans(text, title="Titre")
    ends = [0, *(place for span in spans for place in (span.start, span.end)), len(text)]
    assert ends == sorted(ends)
    assert all(span.of(text) and span.of(text) == span.of(text).strip() for span in spans)
    assert bool(spans) == bool(text.strip())
