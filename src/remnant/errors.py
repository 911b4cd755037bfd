"""What can go wrong, in few classes that tests and users can catch."""

from typing import Any


class RemnantError(Exception):
    """Base of every error raised on purpose; its text is one clear sentence."""


class InputError(RemnantError, ValueError):
    """Something that came in is not allowed: which thing, where, what was allowed, what came."""

    def __init__(self, where: str, allowed: str, came: object, write: str = "") -> None:
        advice = f"; {write}" if write else ""
        super().__init__(f"`{where}`: {allowed}; came {_short(came)}{advice}")
        self.where = where

    def __reduce__(self) -> tuple[Any, ...]:
        """Tell pickle how it is made again: by default it calls `__init__` with the sentence, and worker processes die of it."""
        return said, (str(self), self.where)


class FolderError(RemnantError):
    """The folder of a study cannot be used, or cannot take more: which, why, and what to do."""


class WorkerError(RemnantError):
    """The processes or machines that work on a study cannot go on."""


class RefusedError(RemnantError):
    """The engine cannot answer this question and says which engine can."""


class ConvergenceError(RemnantError):
    """A numerical method did not reach the accuracy it promises."""


class SamplingError(RemnantError):
    """Sampling cannot go on, for example when nearly every patient is detected before zero."""


class RemnantWarning(UserWarning):
    """Base of every warning given on purpose."""


class PrecisionWarning(RemnantWarning):
    """A figure is less precise than usual, or not a number, and why."""


class DataWarning(RemnantWarning):
    """The data allow an answer that should not be trusted, and why."""


class FitWarning(RemnantWarning):
    """A fit ended somewhere that deserves a second look, and why."""


def said(sentence: str, where: str) -> InputError:
    """Return the refusal of this whole sentence."""
    error = InputError(where, "", "")
    error.args = (sentence,)
    return error


def _short(came: object, limit: int = 60) -> str:
    text = repr(came)
    return text if len(text) <= limit else text[: limit - 3] + "..."
