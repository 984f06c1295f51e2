"""Splits the newsroom by article, once and for all: what is learnt from, what is tuned on, what is only measured."""

from __future__ import annotations

import hashlib
from enum import Enum


class Part(str, Enum):
    """A part of the newsroom's articles, by share of groups: 70 % train, 10 % development, 20 % test."""

    TRAIN = "train"
    DEV = "dev"
    TEST = "test"


def part_of(article_id: str) -> Part:
    """The part an article belongs to, by a hash of its group: articles on one event stay together."""
    if article_id.startswith(("u", "v")):  # written later, to learn from
        return Part.TRAIN
    bucket = _bucket(group_of(article_id))
    if bucket < 2:
        return Part.TEST
    return Part.DEV if bucket == 2 else Part.TRAIN


def part_of_title(title: str) -> Part:
    """The part a title of PIAF belongs to: a tenth is only ever measured."""
    return Part.TEST if _bucket(title) == 0 else Part.TRAIN


def group_of(article_id: str) -> str:
    """The id itself, but for series s5: numbers 1 to 15 are triples, later ones pairs of reports on one event."""
    series, _, number = article_id.partition("-")
    if series != "s5":
        return article_id
    position = int(number) - 1
    first = position - position % 3 if position < 15 else position - (position - 15) % 2
    return f"s5-{first + 1:02d}"


def _bucket(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10
