"""Reads untrusted nested data; every refusal says where, what was allowed and what came."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from remnant.errors import InputError

Floats = NDArray[np.float64]


class Item(NamedTuple):
    """One value of a nested document with the path that leads to it."""

    path: str
    value: Any

    def mapping(self, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Item]:
        """Return the entries of a mapping whose keys are all known and none of `required` missing."""
        if not isinstance(self.value, dict):
            raise InputError(self.path, "must be a mapping of names to values", self.value)
        known = [*required, *optional]
        for key in self.value:
            if key not in known:
                raise InputError(self._join(str(key)), f"unknown key; allowed are {', '.join(known)}", self.value[key])
        for key in required:
            if key not in self.value:
                raise InputError(self._join(key), "is required", "nothing", f"add the key {key!r}")
        before = self._join("")
        return {key: Item(before + key, value) for key, value in self.value.items()}

    def items(self, least: int = 0) -> list[Item]:
        """Return the elements of a list with at least `least` of them."""
        value = self.value.tolist() if isinstance(self.value, np.ndarray) else self.value
        if not isinstance(value, list | tuple):
            raise InputError(self.path, "must be a list", self.value)
        if len(value) < least:
            raise InputError(self.path, f"needs at least {least} element(s)", self.value)
        return [Item(f"{self.path}[{i}]", element) for i, element in enumerate(value)]

    def number(self, low: float = -math.inf, high: float = math.inf, *, above: float | None = None) -> float:
        """Return a finite number from `low` to `high`, and strictly over `above` if given."""
        value = self.value
        if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
            raise InputError(self.path, f"must be {_range_words(low, high, above)}", value)
        try:
            number = float(value)
        except OverflowError:
            raise InputError(self.path, f"must be {_range_words(low, high, above)}", value) from None
        if not (math.isfinite(number) and low <= number <= high and (above is None or number > above)):
            raise InputError(self.path, f"must be {_range_words(low, high, above)}", value)
        return number

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`."""
        number = self.number(low, high)
        if number != int(number):
            raise InputError(self.path, f"must be a whole number from {low} to {high:g}", self.value)
        return int(number)

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise InputError(self.path, "must be true or false", self.value)
        return self.value

    def text(self, among: Sequence[str] | None = None) -> str:
        """Return a non-empty text, one of `among` if given."""
        if not isinstance(self.value, str) or not self.value:
            raise InputError(self.path, "must be a non-empty text", self.value)
        if among is not None and self.value not in among:
            raise InputError(self.path, f"must be one of {', '.join(among)}", self.value)
        return self.value

    def names(self, least: int = 0, among: Sequence[str] | None = None) -> tuple[str, ...]:
        """Return distinct names."""
        names: list[str] = []
        for item in self.items(least):
            name = item.text(among)
            if name in names:
                raise InputError(item.path, "must not repeat an earlier name", name)
            names.append(name)
        return tuple(names)

    def row(self, length: int, of: str, read: Callable[[Item], float]) -> Floats:
        """Return `length` numbers, one for each of `of` (a word for the message)."""
        items = self.items()
        if len(items) != length:
            raise InputError(self.path, f"must have one number per {of}, {length}", f"{len(items)} of them")
        return frozen([read(item) for item in items])

    def table(self, shape: tuple[int, int], low: float, high: float) -> Floats:
        """Return a [site][type] table of numbers from `low` to `high`."""
        table = _plain_table(self.value, shape)
        if table is not None and table.min() >= low and table.max() <= high:
            return table
        # one by one, to say which is not allowed
        rows = self.items()
        if len(rows) != shape[0]:
            raise InputError(self.path, f"must have one row per site, {shape[0]}", f"{len(rows)} of them")
        return frozen([row.row(shape[1], "type", lambda one: one.number(low, high)) for row in rows])

    def _join(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def frozen(values: Any) -> Floats:
    """Return the values as a read-only float array."""
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array


def _plain_table(value: Any, shape: tuple[int, int]) -> Floats | None:
    """Return a list of lists of plain numbers as an array of this shape; None for anything else."""
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        return None
    if any(type(one) is not float and type(one) is not int for row in value for one in row):
        return None
    try:
        table = frozen(value)
    except (ValueError, OverflowError):
        return None
    return table if table.shape == shape and table.size else None


def _range_words(low: float, high: float, above: float | None) -> str:
    parts = [f"over {above:g}"] if above is not None else []
    if math.isfinite(low):
        parts.append(f"{low:g} or more")
    if math.isfinite(high):
        parts.append(f"at most {high:g}")
    return "a finite number" + (", " if parts else "") + " and ".join(parts)


def dotted(changes: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Return nested tables as one mapping of dotted paths to values."""
    flat: dict[str, Any] = {}
    for key, value in changes.items():
        inner = f"{path}.{key}" if path else key
        flat |= dotted(value, inner) if isinstance(value, dict) else {inner: value}
    return flat
