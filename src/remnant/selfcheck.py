"""A short private check for oneself: questions whose makers let everybody use them, and their adding-up. Nothing is kept."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Annotated

from pydantic import Field

from remnant.catalogue.evidence import data_folder, row_of
from remnant.description import Description, Id, nearest
from remnant.errors import InputError


class SelfCheck(Description):
    """One form, in the wording of its makers."""

    id: Id
    name: str
    about: str
    credit: str
    licence: str
    """Page on which its makers say that it may be used."""
    licence_seen: date
    source: Annotated[tuple[str, ...], Field(min_length=1)]
    """Evidence rows behind the sum from which to call."""
    stem: str
    choices: Annotated[tuple[str, ...], Field(min_length=2)]
    """What may be answered; the first counts 0."""
    items: Annotated[tuple[str, ...], Field(min_length=1)]
    call_from: Annotated[int, Field(gt=0)]
    """Sum from which it is a good idea to call somebody."""
    same_day_items: tuple[int, ...] = ()
    """Questions, counted from 1, where any answer over 0 means help on the same day."""


class Checked(Description):
    """What the answers add up to."""

    sum: int
    most: int
    call: bool
    """Whether it is a good idea to call somebody."""
    same_day: bool
    """Whether to get help on the same day."""


@cache
def self_checks() -> dict[str, SelfCheck]:
    """Return the checks by id."""
    found = {}
    for file in sorted((data_folder() / "selfchecks").iterdir(), key=lambda one: one.name):
        one = SelfCheck.read(tomllib.loads(file.read_text(encoding="utf-8")), f"selfchecks/{file.name}")
        for source in one.source:
            row_of(source)
        found[one.id] = one
    return found


def self_check(name: str) -> SelfCheck:
    """Return one check.

    Raises
    ------
    InputError
        If none is called so.
    """
    if name not in self_checks():
        raise InputError("check", f"must be one of {', '.join(self_checks())}", name, nearest(name, self_checks()))
    return self_checks()[name]


def add_up(check: SelfCheck, answers: Sequence[int]) -> Checked:
    """Return the sum of the answers and what it means: whom to call, never a diagnosis.

    Parameters
    ----------
    check : SelfCheck
    answers : sequence of int
        One for each question, 0 for the first choice.

    Raises
    ------
    InputError
        If there are too many or too few, or one is not among the choices.
    """
    if len(answers) != len(check.items):
        raise InputError("answers", f"must be {len(check.items)} numbers, one for each question", f"{len(answers)} of them")
    most = len(check.choices) - 1
    for i, answer in enumerate(answers, 1):
        if isinstance(answer, bool) or not isinstance(answer, int) or not 0 <= answer <= most:
            raise InputError(f"answers, number {i}", f"must be a whole number from 0 to {most}", answer)
    total = sum(answers)
    same_day = any(answers[i - 1] > 0 for i in check.same_day_items)
    return Checked(sum=total, most=most * len(check.items), call=total >= check.call_from or same_day, same_day=same_day)


def read_answers(text: str) -> list[int]:
    """Return answers from a text such as "0,1,2".

    Raises
    ------
    InputError
        If something in it is not a whole number.
    """
    answers = []
    for i, part in enumerate(re.split(r"[,\s]+", text.strip()), 1):
        if part and not part.isdigit():
            raise InputError(f"answers, number {i}", "must be a whole number", part, "such as 0,1,0,2")
        if part:
            answers.append(int(part))
    return answers
