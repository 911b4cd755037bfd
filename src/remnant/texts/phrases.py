"""Sentences with gaps, by name: what a program says with numbers in it, kept with the other texts for translators."""

from __future__ import annotations

from string import Formatter

from remnant.description import nearest
from remnant.errors import InputError
from remnant.texts.store import ENGLISH, document


def phrase(name: str, language: str = ENGLISH, /, **gaps: object) -> str:
    """Return a sentence with its gaps filled.

    Parameters
    ----------
    name : str
        Section and name, such as "outlook.counts".
    language : str
        Code of the language.
    **gaps
        What goes into each {gap}; exactly those the sentence has.

    Raises
    ------
    InputError
        If there is no such sentence, or the gaps are others.
    """
    section, _, key = name.partition(".")
    held = document("phrases", language)
    sentences = held.get(section, {})
    if key not in sentences:
        known = [f"{one}.{two}" for one, inner in held.items() for two in inner]
        raise InputError("phrase", f"none is called {name!r}", name, nearest(name, known))
    sentence: str = sentences[key]
    wanted = {field for _, field, _, _ in Formatter().parse(sentence) if field}
    if wanted != set(gaps):
        raise InputError(f"phrase {name}", f"has the gaps {', '.join(sorted(wanted)) or 'none'}", sorted(gaps))
    return sentence.format(**gaps)
