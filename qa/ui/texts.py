"""What the page says, in English and French."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

TEXTS = {
    "en": {
        "title": "Ask the articles",
        "heading": "# Ask the articles\nEvery answer is a verbatim quote. What the articles do not say, you are told.",
        "conversation": "Conversation",
        "question": "Question",
        "placeholder": "Ask about the articles, in English or French",
        "send": "Ask",
        "new": "New conversation",
        "try": "Ask a question, or try one of these:",
        "reading": "Reading the articles …",
        "agreeing": "Other articles say the same:",
        "differing": "Other articles say something else:",
        "confidence_high": "High confidence",
        "confidence_medium": "Medium confidence",
        "confidence_low": "Low confidence",
        "probability": "probability that one of the quotes answers: {percent} %",
        "understood": "Understood as:",
        "nearest": "Nearest passages (not an answer)",
        "copy": "Copy",
        "copied": "Copied",
        "open_quote": "Open quote {number} in {title}",
        "open_passage": "Open this passage in {title}",
        "open_article": "Open {title}",
        "sources": "Sources of the last answer",
        "no_sources": "The quotes behind an answer are listed here.",
        "article": "Article",
        "no_article": "Choose a quote to read it in its article.",
        "back": "Back to the conversation",
        "undated": "no date",
        "articles": "Articles",
        "passages": "{count} passages",
        "one_passage": "1 passage",
        "more_articles": "… and {count} more",
        "filters": "Search only in …",
        "languages": "Languages",
        "since": "Since",
        "until": "Until",
    },
    "fr": {
        "title": "Interroger les articles",
        "heading": "# Interroger les articles\nChaque réponse est une citation mot pour mot. Ce que les articles ne "
        "disent pas, on vous le dit.",
        "conversation": "Conversation",
        "question": "Question",
        "placeholder": "Interrogez les articles, en français ou en anglais",
        "send": "Demander",
        "new": "Nouvelle conversation",
        "try": "Posez une question ou essayez l’une de celles-ci :",
        "reading": "Lecture des articles …",
        "agreeing": "D’autres articles disent de même :",
        "differing": "D’autres articles disent autre chose :",
        "confidence_high": "Confiance élevée",
        "confidence_medium": "Confiance moyenne",
        "confidence_low": "Confiance faible",
        "probability": "probabilité que l’une des citations réponde : {percent} %",
        "understood": "Compris comme :",
        "nearest": "Passages les plus proches (ce n’est pas une réponse)",
        "copy": "Copier",
        "copied": "Copié",
        "open_quote": "Ouvrir la citation {number} dans {title}",
        "open_passage": "Ouvrir ce passage dans {title}",
        "open_article": "Ouvrir {title}",
        "sources": "Sources de la dernière réponse",
        "no_sources": "Les citations qui fondent une réponse s’affichent ici.",
        "article": "Article",
        "no_article": "Choisissez une citation pour la lire dans son article.",
        "back": "Retour à la conversation",
        "undated": "sans date",
        "articles": "Articles",
        "passages": "{count} passages",
        "one_passage": "1 passage",
        "more_articles": "… et {count} autres",
        "filters": "Chercher seulement dans …",
        "languages": "Langues",
        "since": "Depuis",
        "until": "Jusqu’au",
    },
}


@dataclass(frozen=True, slots=True)
class Example:
    """A question to try; ``article_id`` names the seed article that answers it, None where none does."""

    question: str
    article_id: str | None


EXAMPLES = (
    Example("How many Patriot systems were requested?", "001_77f543e1e514cc2d.txt"),
    Example("Qui est le ministre ukrainien de la Défense ?", "004_0d1f5a32a9ad0036.txt"),
    Example("Which countries are in the JEF?", "004_0d1f5a32a9ad0036.txt"),
    Example("Quel mécanisme finance l’envoi d’armes à Kyiv ?", "002_d469f00401c58864.txt"),
    Example("When was the new status announced?", "004_0d1f5a32a9ad0036.txt"),
    Example("How tall is the Eiffel Tower?", None),
)


def say(key: str, language: str, **values: object) -> str:
    """The text named ``key`` in ``language`` (English where we have no other), its ``{values}`` filled in."""
    return TEXTS.get(language, TEXTS["en"])[key].format(**values)


def language_of(request: gr.Request | None) -> str:
    """The first language of the browser's ``Accept-Language`` that the page speaks, else English."""
    accepted = request.headers.get("accept-language", "") if request is not None else ""
    for choice in accepted.split(","):
        code = choice.split(";")[0].strip().lower()[:2]
        if code in TEXTS:
            return code
    return "en"
