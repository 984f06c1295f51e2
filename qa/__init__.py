"""Answers questions from a folder of articles with their exact, cited words."""

from qa.assistant import Assistant, Conversation
from qa.errors import (
    BadInput,
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    ModelUnavailable,
    QAError,
)
from qa.records import Abstention, Alternative, Answer, Article, Chunk, Citation, Filter, Hit

__version__ = "0.1.0"

__all__ = [
    "Abstention",
    "Alternative",
    "Answer",
    "Article",
    "Assistant",
    "BadInput",
    "Chunk",
    "Citation",
    "Conversation",
    "Filter",
    "Hit",
    "IndexBusy",
    "IndexDamaged",
    "IndexMismatch",
    "IndexMissing",
    "ModelUnavailable",
    "QAError",
]
