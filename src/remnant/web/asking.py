"""How the routes ask: through the desk of the page, each in the line of its own address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request

from remnant.web.computing import Ask, Told


def ask(request: Request, question: Ask, *, keep: bool = False, long: bool = False) -> Told:
    """Return an answer with its warnings; with `keep`, from memory where it is there (answers that are about
    nobody); `long` where it is known to take long.
    """
    return request.app.state.desk.do(question, _whose(request), keep=keep, long=long)


def ask_drawn(request: Request, question: Callable[[int], Ask], about: str) -> tuple[Any, list[str], int]:
    """Return an answer with as many draws as there is time for, its warnings, and how many draws."""
    return request.app.state.desk.drawn(question, about, _whose(request))


def _whose(request: Request) -> str:
    return request.client.host if request.client else ""
