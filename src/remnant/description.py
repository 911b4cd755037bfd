"""The base of every description: frozen, unable to hold a key it does not know, and refusing in one clear sentence."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Strict, ValidationError

from remnant.errors import InputError

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)?")
"""Grammar of an id: lower case letters and digits in words joined by dashes, in at most two parts."""
EMPTY_WORDS = ("a", "an", "and", "cancer", "it", "my", "of", "or", "that", "the", "to", "tumour")
LEAST_LETTERS, MOST_PART = 3, 5
"""A name one of whose words begins with so many letters of what was written is meant, unless there are more such names."""


def _an_id(text: str) -> str:
    if not ID.fullmatch(text):
        raise ValueError("must be lower case words of letters and digits joined by dashes, with at most one slash")
    return text


Number = Annotated[float, Strict()]
Id = Annotated[str, AfterValidator(_an_id)]


class Description(BaseModel):
    """A thing in the words of the clinic: it says what is so, and cannot compute."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_min_length=0)

    @classmethod
    def read(cls, document: Any, where: str = "") -> Self:
        """Return the description written as plain data.

        Parameters
        ----------
        document : dict
            Plain data, as read from TOML or JSON.
        where : str
            What leads to the document, such as the name of its file; stands before the path in a refusal.

        Raises
        ------
        InputError
            Names the path of the first thing that is not allowed, what was allowed and what came.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise refusal(error, cls, where) from None


def refusal(error: ValidationError, model: type[BaseModel], where: str) -> InputError:
    """Return the first complaint of pydantic in this project's words."""
    first = _deepest(error.errors())
    path = ".".join(str(part) for part in first["loc"] if not _names_a_choice(part))
    place = f"{where}: {path}" if where and path else where or path or model.__name__
    came, said = first.get("input"), first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return InputError(place, "unknown key", came, "remove it or correct its name")
    if first["type"] == "missing":
        return InputError(place, "is required", "nothing", f"add the key {first['loc'][-1]!r}")
    return InputError(place, said[:1].lower() + said[1:], came)


def _deepest(errors: Sequence[Any]) -> Any:
    """Return the first complaint; where a field has several forms and none fits, that of the form that fits best."""
    first = errors[0]
    if not _names_a_choice(first["loc"][-1] if first["loc"] else ""):
        return first
    beside = [one for one in errors if one["loc"][: len(first["loc"]) - 1] == first["loc"][:-1]]
    return max(beside, key=lambda one: len(one["loc"]))


def _names_a_choice(part: Any) -> bool:
    """Return whether this part of a place is pydantic's name for one form of a field, and not in the file."""
    return isinstance(part, str) and (part.startswith("function-") or "[" in part or part == "constrained-str")


def words_of(name: str) -> list[str]:
    """Return the words of a name, in small letters, without those that tell nothing here."""
    return [word for word in re.split(r"[\W_]+", name.casefold()) if word and word not in EMPTY_WORDS]


def nearest(name: str, known: Any, most: int = 3) -> str:
    """Return what to write instead of a name that is not known: the nearest ones, or all where they are few."""
    names = sorted(str(one) for one in known)
    mistyped = difflib.get_close_matches(name, names, n=most, cutoff=0.85)
    if mistyped:
        return "did you mean " + " or ".join(mistyped) + "?"
    words = [word for word in words_of(name) if len(word) >= LEAST_LETTERS]
    alike = {one: sum(any(held.startswith(word) for held in words_of(one)) for word in words) for one in names}
    most_alike = max(alike.values(), default=0)
    part = [one for one, count in alike.items() if count == most_alike > 0]
    if 0 < len(part) <= MOST_PART:
        return "did you mean " + " or ".join(part) + "?"
    near = difflib.get_close_matches(name, names, n=most, cutoff=0.5) or [one for one in names if name and name in one][:most]
    if near:
        return "did you mean " + " or ".join(near) + "?"
    return "known are " + ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
