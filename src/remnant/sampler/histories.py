"""Sampled patients as one Arrow table, a row a patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from remnant.reading import Floats
from remnant.sampler.life import Lives
from remnant.timeline import COMPETING_CAUSES, SYMPTOMS_ROUTE, Timeline

SUMMED = ("states", "probe")


def joined(blocks: Sequence[Lives]) -> Lives:
    """Return the lives of all blocks as one."""
    parts = {name: [getattr(block, name) for block in blocks] for name in Lives._fields if name != "lesion_first"}
    whole = {name: sum(arrays[1:], arrays[0]) if name in SUMMED else np.concatenate(arrays) for name, arrays in parts.items()}
    starts = np.cumsum([0, *(len(block.lesion_site) for block in blocks)])
    first = [block.lesion_first[:-1] + start for block, start in zip(blocks, starts, strict=False)]
    return Lives(**whole, lesion_first=np.concatenate([*first, starts[-1:]]))


def found_lesions(lives: Lives) -> tuple[Any, Floats]:
    """Return the lesions at the site where it was found: [patient + 1] where those of a patient begin, and their cells."""
    owner = np.repeat(np.arange(len(lives.day)), np.diff(lives.lesion_first))
    here = lives.lesion_site == lives.site[owner]
    counts = np.bincount(owner[here], minlength=len(lives.day))
    return np.concatenate([[0], np.cumsum(counts)]), lives.lesion_cells.sum(axis=1)[here]


def histories_table(timeline: Timeline, lives: Lives, first_patient: int) -> Any:
    """Return the patients as a pyarrow Table.

    Columns: `patient` number; `time`, `site` and `route` of the first finding (null for none by the last day asked for);
    `lesions` at that site, their `sizes` in cells on that day and the cell `types` in them; `last_cell_died`, the day
    (null where cells are left or none ever was); `other_time` and `other_cause`, the first competing cause; the
    patient's `growth_speed` and `burden`; `attempts`, 1 and one more for each time it was found before `zero`.
    A row of more than 64 founders is one lesion.
    """
    import pyarrow as pa

    found, died, other = np.isfinite(lives.day), np.isfinite(lives.last_death), lives.cause >= 0
    first, cells = found_lesions(lives)
    sizes = pa.ListArray.from_arrays(pa.array(first, pa.int32()), pa.array(cells))
    lesions = np.diff(first)
    columns = {
        "patient": pa.array(np.arange(len(lives.day)) + first_patient),
        "time": pa.array(lives.day, mask=~found),
        "site": named(timeline.sites, lives.site),
        "route": named((SYMPTOMS_ROUTE, *timeline.exams), lives.route),
        "lesions": pa.array(lesions, pa.int32(), mask=~found),
        "sizes": sizes,
        "types": _types(timeline, lives),
        "last_cell_died": pa.array(lives.last_death, mask=~died),
        "other_time": pa.array(lives.cause_day, mask=~other),
        "other_cause": named(COMPETING_CAUSES, lives.cause),
        "growth_speed": pa.array(lives.speed),
        "burden": pa.array(lives.burden),
        "attempts": pa.array(lives.attempts),
    }
    return pa.table(columns)


def named(names: Sequence[str], which: Any, bits: Literal[16, 32] = 32) -> Any:
    """Return names by number as an Arrow array whose numbers have so many bits; null below 0."""
    import pyarrow as pa

    missing, index = which < 0, {16: pa.int16(), 32: pa.int32()}[bits]
    return pa.DictionaryArray.from_arrays(pa.array(np.where(missing, 0, which), index, mask=missing), pa.array([*names]))


def _types(timeline: Timeline, lives: Lives) -> Any:
    """Return the names of the types in the lesions, [patient] a list."""
    import pyarrow as pa

    bits = (lives.types[:, None] >> np.arange(len(timeline.types), dtype=np.uint64)) & np.uint64(1)
    rows, kinds = np.nonzero(bits)
    first = np.searchsorted(rows, np.arange(len(lives.types) + 1))
    names = pa.DictionaryArray.from_arrays(pa.array(kinds, pa.int32()), pa.array(list(timeline.types)))
    return pa.ListArray.from_arrays(pa.array(first, pa.int32()), names)
