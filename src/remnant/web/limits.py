"""What one page may ask of the machine: how much is read, how many wait, how much is computed at a time."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.formparsers import MultiPartException, MultiPartParser

from remnant.errors import InputError, RemnantError
from remnant.web.computing import Ask, Told, told

MOST_BYTES = 64 * 1024
"""Of the fields of one form."""
MOST_FIELDS = 100
MOST_CHARACTERS = 200
"""Of one field."""
MOST_FILE_BYTES = 1024 * 1024
"""Of a form with a file."""
LONGER = {"file": MOST_FILE_BYTES, "more": 4000, "words": 4000}
"""Most characters of some fields, which are taken as they were written."""
MOST_WAITING = 12
WAIT_SECONDS = 20.0
Fields = dict[str, list[str]]
"""What was written into a form: every field with all its values."""


class BusyError(RemnantError):
    """Too many ask at once."""


class TooLargeError(RemnantError):
    """More was sent than any form of the page holds."""


class TooMuchError(RemnantError):
    """What was asked takes too long or too much memory."""


class Work:
    """Computes in this process, one thing at a time; for tests and one person. `workers.Workers` is for more."""

    def __init__(self, waiting: int = MOST_WAITING, seconds: float = WAIT_SECONDS) -> None:
        self._places = threading.BoundedSemaphore(1 + waiting)
        self._turn = threading.Lock()
        self._seconds = seconds

    @property
    def ahead(self) -> float:
        """Questions before the next one: 0 or 1, for who waits is not counted here."""
        return float(self._turn.locked())

    def do(self, ask: Ask, whose: str = "", *, long: bool = False) -> Told:
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
                return told(ask)
            finally:
                self._turn.release()
        finally:
            self._places.release()


async def read_form(request: Request) -> Fields:
    """Return the fields of a form that was sent, read up to `MOST_BYTES`; with a file, up to `MOST_FILE_BYTES`.

    Raises
    ------
    TooLargeError
        If more was sent.
    InputError
        If it is not a form, has too many fields or too long ones.
    """
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        pairs = await _with_files(request)
    else:
        pairs = _pairs(b"".join([piece async for piece in _pieces(request, MOST_BYTES)]))
    fields: Fields = {}
    for name, value in pairs:
        most = LONGER.get(name, MOST_CHARACTERS)
        if len(name) > MOST_CHARACTERS or len(value) > most:
            raise InputError(name[:40], f"must be up to {most} characters", value)
        fields.setdefault(name, []).append(value if name in LONGER else " ".join(value.split()))
    request.state.fields = fields  # for the form to be drawn again where something in it is refused
    return fields


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise InputError("form", f"must be a form of up to {MOST_FIELDS} fields in UTF-8", "something else") from None


async def _pieces(request: Request, most: int) -> AsyncGenerator[bytes]:
    length = 0
    async for piece in request.stream():
        length += len(piece)
        if length > most:
            raise TooLargeError(f"a form may hold {most // 1024} kB")
        yield piece


class _InMemory(MultiPartParser):
    """Reads a form with files, none of which touches the disk: what is larger than this is refused before."""

    spool_max_size = 2 * MOST_FILE_BYTES


async def _with_files(request: Request) -> list[tuple[str, str]]:
    parser = _InMemory(
        request.headers, _pieces(request, MOST_FILE_BYTES), max_files=1, max_fields=MOST_FIELDS, max_part_size=MOST_BYTES
    )
    try:
        form = await parser.parse()
        items = [(name, value if isinstance(value, str) else (await value.read())) for name, value in form.multi_items()]
        await form.close()
        return [(name, value if isinstance(value, str) else value.decode("utf-8-sig")) for name, value in items]
    except (MultiPartException, KeyError, ValueError):
        raise InputError(
            "form", f"must be a form of up to {MOST_FIELDS} fields and one file in UTF-8", "something else"
        ) from None
