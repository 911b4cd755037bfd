"""What people may mean by a word that is no name here: bowel is colon or rectum, anxiety is fear that it comes back."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache

from remnant.catalogue.evidence import data_folder
from remnant.description import nearest, words_of


@cache
def everyday() -> dict[str, list[str]]:
    """Return what everyday words stand for, by word."""
    return tomllib.loads((data_folder() / "everyday.toml").read_text(encoding="utf-8"))


def meant(name: str, known: Iterable[str]) -> str:
    """Return what to write instead of a name that is not known: what its words mean, else the nearest names.

    Parameters
    ----------
    name : str
        As somebody wrote it.
    known : iterable of str
        The names that are allowed here.
    """
    allowed = list(known)
    found = [one for word in words_of(name) for one in everyday().get(word, []) if one in allowed]
    return "did you mean " + " or ".join(dict.fromkeys(found)) + "?" if found else nearest(name, allowed)
