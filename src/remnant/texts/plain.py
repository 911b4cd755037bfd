"""Words to avoid in what people read, each with its plain twin."""

from __future__ import annotations

import re
from functools import cache

from remnant.description import Description
from remnant.texts.store import ENGLISH, document


class Avoided(Description):
    """A word or phrase that is not used, and what is said instead."""

    word: str
    """A regular expression without regard to case, matched at the edges of words."""
    instead: str
    why: str = ""


@cache
def avoided(language: str = ENGLISH) -> tuple[Avoided, ...]:
    """Return the words to avoid in a language."""
    where = f"texts/{language}/avoid.toml"
    entries = document("avoid", language)["avoid"]
    return tuple(Avoided.read(entry, f"{where}: avoid.{i}") for i, entry in enumerate(entries))


def avoided_in(words: str, language: str = ENGLISH) -> list[tuple[str, str]]:
    """Return each word to avoid that stands in a text, with its plain twin, in order."""
    found = [
        (match.start(), match[0], one.instead)
        for one in avoided(language)
        for match in re.finditer(rf"(?<!\w)(?:{one.word})(?!\w)", words, re.IGNORECASE)
    ]
    return [(word, instead) for _, word, instead in sorted(found)]
