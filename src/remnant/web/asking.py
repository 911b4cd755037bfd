"""How the routes ask: through the desk of the page, each in the line of its own address."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request

from remnant.web.computing import Ask, Told


def ask(request: Request, question: Ask, *, keep: bool = False, long: bool = False) -> Told:
    """Return an answer with its warnings; with `keep`, from memory where it is there (answers that are about
    nobody); `long` where it is known to take long.
    """
    return request.app.state.desk.do(question, _whose(request), keep=keep, long=long)


def ask_within(request: Request, question: Callable[[float], Ask]) -> Told:
    """Return an answer that was told how many seconds it may take, with its warnings."""
    return request.app.state.desk.within(question, _whose(request))


def _whose(request: Request) -> str:
    return request.client.host if request.client else ""
