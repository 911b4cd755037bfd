"""What one page may ask of the machine: how much is read, how many wait, how much is computed at a time."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qsl

from fastapi import Request

from remnant.errors import InputError, RemnantError, RemnantWarning

MOST_BYTES = 64 * 1024
"""Of the fields of one form."""
MOST_FIELDS = 100
MOST_CHARACTERS = 200
"""Of one field."""
MOST_WAITING = 12
WAIT_SECONDS = 20.0
Fields = dict[str, list[str]]
"""What was written into a form: every field with all its values."""
Answer = TypeVar("Answer")


class BusyError(RemnantError):
    """Too many ask at once."""


class TooLargeError(RemnantError):
    """More was sent than any form of the page holds."""


class Work:
    """Computes one thing at a time, lets a few wait, and sends the others away."""

    def __init__(self, waiting: int = MOST_WAITING, seconds: float = WAIT_SECONDS) -> None:
        self._places = threading.BoundedSemaphore(1 + waiting)
        self._turn = threading.Lock()
        self._seconds = seconds

    def do(self, ask: Callable[[], Answer]) -> tuple[Answer, list[str]]:
        """Return an answer, with the warnings that came with it.

        Raises
        ------
        BusyError
            If too many wait already, or the turn does not come in time.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError("too many wait")
        try:
            if not self._turn.acquire(timeout=self._seconds):
                raise BusyError("the turn did not come")
            try:
                return _with_warnings(ask)
            finally:
                self._turn.release()
        finally:
            self._places.release()


def _with_warnings(ask: Callable[[], Answer]) -> tuple[Answer, list[str]]:
    # which warnings are shown is one setting of the whole process: safe here because only one thread computes
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", RemnantWarning)
        answer = ask()
    return answer, list(dict.fromkeys(" ".join(str(one.message).split()) for one in caught))


async def read_form(request: Request) -> Fields:
    """Return the fields of a form that was sent, read up to `MOST_BYTES`.

    Raises
    ------
    TooLargeError
        If more was sent.
    InputError
        If it is not a form, has too many fields or too long ones.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise TooLargeError(f"a form may hold {MOST_BYTES // 1024} kB")
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise InputError("form", f"must be a form of up to {MOST_FIELDS} fields in UTF-8", "something else") from None
    fields: Fields = {}
    for name, value in pairs:
        if len(name) > MOST_CHARACTERS or len(value) > MOST_CHARACTERS:
            raise InputError(name[:40], f"must be up to {MOST_CHARACTERS} characters", value)
        fields.setdefault(name, []).append(" ".join(value.split()))
    return fields
