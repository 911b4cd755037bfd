"""Why, when and where cancer comes back after treatment, and what would change it: for research and teaching.

Not approved as a medical device; must not be used to choose anybody's care.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from remnant.course import Course
from remnant.errors import (
    ConvergenceError,
    DataWarning,
    FitWarning,
    FolderError,
    InputError,
    PrecisionWarning,
    RefusedError,
    RemnantError,
    RemnantWarning,
    SamplingError,
    WorkerError,
)
from remnant.outcome import Incidence, Outcome
from remnant.predict import sample, solve, solve_many
from remnant.timeline import Timeline

if TYPE_CHECKING:
    from remnant import catalogue
    from remnant.fitter import RecurrenceFitter
    from remnant.studies import Study

__version__ = version("remnant")

__all__ = [
    "ConvergenceError",
    "Course",
    "DataWarning",
    "FitWarning",
    "FolderError",
    "Incidence",
    "InputError",
    "Outcome",
    "PrecisionWarning",
    "RecurrenceFitter",
    "RefusedError",
    "RemnantError",
    "RemnantWarning",
    "SamplingError",
    "Study",
    "Timeline",
    "WorkerError",
    "__version__",
    "catalogue",
    "sample",
    "solve",
    "solve_many",
]

# these bring heavy libraries, so they are fetched when first used
_ON_USE = {"RecurrenceFitter": "remnant.fitter", "Study": "remnant.studies"}


def __getattr__(name: str) -> Any:
    if name == "catalogue":
        return import_module("remnant.catalogue")
    if name in _ON_USE:
        return getattr(import_module(_ON_USE[name]), name)
    raise AttributeError(f"module 'remnant' has no attribute {name!r}")
