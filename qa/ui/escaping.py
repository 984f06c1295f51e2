"""Makes any text safe to stand in the page: it shows as itself, whatever it contains."""

from __future__ import annotations

import re

# Not only HTML's five: "{{", "${" and "`" mean something to gr.HTML's templates, "*", "[" and "$$" to Markdown.
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
# Control characters can't be written in HTML; direction overrides would reorder what surrounds them.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def escape(text: str) -> str:
    """``text`` as HTML, for content and for quoted attributes, inert to Markdown and templates too.

    Every ASCII punctuation mark becomes a numeric reference; invisible control characters become U+FFFD.
    """
    return _PUNCTUATION.sub(lambda mark: f"&#{ord(mark.group())};", _INVISIBLE.sub("\ufffd", text))


def opener(label: str, *, article_id: str, start: int = 0, end: int = 0, spoken: str, css: str = "qa-chip") -> str:
    """A button that opens ``article.text[start:end]`` in the article panel; ``label`` is HTML, ``spoken`` its name."""
    return (
        f'<button type="button" class="{css}" data-article="{escape(article_id)}" data-start="{start}" '
        f'data-end="{end}" aria-label="{escape(spoken)}">{label}</button>'
    )
