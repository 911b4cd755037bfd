"""Everything people read, in one place: texts by language and shelf, the glossary, words to avoid, and phrases of sentences."""

from remnant.texts.glossary import Piece, Term, glossary, linked
from remnant.texts.phrases import phrase
from remnant.texts.plain import Avoided, avoided, avoided_in
from remnant.texts.store import ENGLISH, LANGUAGES, behind, list_texts, passages, text, texts
from remnant.texts.text import AUDIENCES, PHASES, Text, overdue, paragraphs

__all__ = [
    "AUDIENCES", "ENGLISH", "LANGUAGES", "PHASES", "Avoided", "Piece", "Term", "Text", "avoided", "avoided_in", "behind",
    "glossary", "linked", "list_texts", "overdue", "paragraphs", "passages", "phrase", "text", "texts",
]  # fmt: skip
